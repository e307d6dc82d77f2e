import type { Values } from "../../../workloads/index.js";
import type { Arithmetic } from "../arithmetic.js";
import { incrementsAt, type KernelForm, kernelOf, PARAMETERS, parametersOf } from "./kernel.js";
import { type Extent, type Mover, moverOf, shiftOf } from "./movers.js";
import { MOST_RECORDS, RECORD, sweepOf } from "./sweep.js";
import { moduleOf } from "./wasm.js";
import { compiled, instantiate, memoryOf, type WasmCall, type WasmMemory, type WasmModule } from "./webassembly.js";

/** The machine's memory, with the code that works on it. */
export interface Program {
  readonly arithmetic: Arithmetic;
  readonly memory: WasmMemory;
  /** The whole memory as words of the number kind. */
  readonly words: Values;
  /** The numbers that `compute` works with (`PARAMETERS`). */
  readonly parameters: Int32Array;
  readonly movers: Readonly<Record<Mover, Readonly<Record<Extent, WasmCall>>>>;
  readonly shift: WasmCall;
  readonly compute: WasmCall;
  readonly sweep: WasmCall;
  /** What each distance grows by from step to step of a sweep, and the records of its moves. */
  readonly increments: Int32Array;
  readonly records: Int32Array;
}

const MOVERS: readonly Mover[] = ["copy", "take", "give", "clear"];
const EXTENTS: readonly Extent[] = ["word", "row", "box"];

/** The numbers by which records of a sweep name what they do. */
export const SHIFT_RECORD = 0;
export const moverRecord = (mover: Mover, extent: Extent): number =>
  1 + MOVERS.indexOf(mover) * EXTENTS.length + EXTENTS.indexOf(extent);

/** Hands out places in a memory, in bytes. */
export class Places {
  size: number;
  constructor(form: KernelForm) {
    this.size = 0;
    this.take(recordsAt(form) + 4 * RECORD * MOST_RECORDS);
  }
  take(bytes: number): number {
    const place = this.size;
    this.size += Math.ceil(bytes / 16) * 16;
    return place;
  }
}

const recordsAt = (form: KernelForm): number => PARAMETERS + 4 * parametersOf(form);

/** The code for mappings of a form, on a memory of its own. `bytes`: how large it is. */
export function programOf(form: KernelForm, arithmetic: Arithmetic, bytes: number): Program {
  if (bytes > MOST_BYTES)
    throw new RangeError(`the buffers of this mapping take ${bytes} bytes, more than ${MOST_BYTES}`);
  const memory = memoryOf(bytes);
  const code = instantiate(compiledFor(form), memory);
  const named = (name: string): WasmCall => {
    const call = code[name];
    if (call === undefined) throw new Error(`no code for ${name}`);
    return call;
  };
  const extents = (mover: Mover): Readonly<Record<Extent, WasmCall>> => ({
    word: named(`${mover} word`),
    row: named(`${mover} row`),
    box: named(`${mover} box`),
  });
  return {
    arithmetic,
    memory,
    words: wordsOf(arithmetic, memory),
    parameters: new Int32Array(memory.buffer, PARAMETERS, parametersOf(form)),
    movers: { copy: extents("copy"), take: extents("take"), give: extents("give"), clear: extents("clear") },
    shift: named("shift"),
    compute: named("compute"),
    sweep: named("sweep"),
    increments: new Int32Array(memory.buffer, incrementsAt(form), form.tensors),
    records: new Int32Array(memory.buffer, recordsAt(form), RECORD * MOST_RECORDS),
  };
}
const MOST_BYTES = 2 ** 31 - 1;

/** Code that was compiled before, by the form that it is for: compiling takes longer than executing a small problem. */
const known = new Map<string, WasmModule>();
const MOST_KNOWN = 256;

function compiledFor(form: KernelForm): WasmModule {
  const key = JSON.stringify([
    form.loops,
    form.trips,
    form.kind,
    form.combine,
    form.reduce,
    form.tensors,
    form.vectorLoop,
  ]);
  const before = known.get(key);
  if (before !== undefined) return before;
  const { kind, reduce, identity } = form;
  const moving = [
    shiftOf(kind),
    ...MOVERS.flatMap((mover) => EXTENTS.map((extent) => moverOf(mover, extent, reduce, identity, kind))),
  ];
  const numbered = moving.map(({ parameters }, i) => ({ index: i, parameters }));
  const functions = [...moving, kernelOf(form), sweepOf(form, numbered, moving.length)];
  const module = compiled(moduleOf(functions));
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, module);
  return module;
}

function wordsOf({ kind }: Arithmetic, { buffer }: WasmMemory): Values {
  if (kind === "int32") return new Int32Array(buffer);
  return kind === "float32" ? new Float32Array(buffer) : new Float64Array(buffer);
}
