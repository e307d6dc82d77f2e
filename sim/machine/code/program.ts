import type { Values } from "../../../workloads/index.js";
import type { Arithmetic } from "../arithmetic.js";
import { type KernelForm, kernelOf, PARAMETERS, parametersOf } from "./kernel.js";
import { type Extent, type Mover, moverOf, shiftOf } from "./movers.js";
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
}

/** Hands out places in a memory, in bytes. */
export class Places {
  size: number;
  constructor(form: KernelForm) {
    this.size = 0;
    this.take(PARAMETERS + 4 * parametersOf(form));
  }
  take(bytes: number): number {
    const place = this.size;
    this.size += Math.ceil(bytes / 16) * 16;
    return place;
  }
}

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
  const movers: readonly Mover[] = ["copy", "take", "give", "clear"];
  const extents: readonly Extent[] = ["word", "row", "box"];
  const { kind, reduce, identity } = form;
  const functions = [
    kernelOf(form),
    shiftOf(kind),
    ...movers.flatMap((mover) => extents.map((extent) => moverOf(mover, extent, reduce, identity, kind))),
  ];
  const module = compiled(moduleOf(functions));
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, module);
  return module;
}

function wordsOf({ kind }: Arithmetic, { buffer }: WasmMemory): Values {
  if (kind === "int32") return new Int32Array(buffer);
  return kind === "float32" ? new Float32Array(buffer) : new Float64Array(buffer);
}
