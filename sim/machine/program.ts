import type { Values } from "../../workloads/index.js";
import type { Arithmetic } from "./arithmetic.js";
import type { KernelPlan } from "./kernel.js";
import { kernelOf } from "./kernel.js";
import { type Mover, moverOf, shiftOf } from "./movers.js";
import { moduleOf } from "./wasm.js";
import { instantiate, memoryOf, type WasmCall, type WasmMemory } from "./webassembly.js";

/** The machine's memory, with the code that works on it. */
export interface Program {
  readonly arithmetic: Arithmetic;
  readonly memory: WasmMemory;
  /** The whole memory as words of the number kind. */
  readonly words: Values;
  readonly movers: Readonly<Record<Mover, WasmCall>>;
  readonly shift: WasmCall;
  readonly compute: WasmCall;
}

/** Compiles the code for one mapping. `bytes` is the size of the memory. */
export function programOf(plan: KernelPlan, arithmetic: Arithmetic, memory: WasmMemory): Program {
  const { reduce } = plan.operation;
  const movers: readonly Mover[] = ["copy", "take", "give", "clear"];
  const functions = [kernelOf(plan), shiftOf(arithmetic), ...movers.map((mover) => moverOf(mover, reduce, arithmetic))];
  const code = instantiate(moduleOf(functions), memory);
  const named = (name: string): WasmCall => {
    const call = code[name];
    if (call === undefined) throw new Error(`no code for ${name}`);
    return call;
  };
  return {
    arithmetic,
    memory,
    words: wordsOf(arithmetic, memory),
    movers: { copy: named("copy"), take: named("take"), give: named("give"), clear: named("clear") },
    shift: named("shift"),
    compute: named("compute"),
  };
}

export function wordsOf({ kind }: Arithmetic, { buffer }: WasmMemory): Values {
  if (kind === "int32") return new Int32Array(buffer);
  return kind === "float32" ? new Float32Array(buffer) : new Float64Array(buffer);
}

/** Hands out places in a memory, in bytes. */
export class Places {
  size = 16;
  take(bytes: number): number {
    const place = this.size;
    this.size += Math.ceil(bytes / 16) * 16;
    return place;
  }
}

export { memoryOf };
