import { unreachable } from "../base/index.js";
import type { Operation } from "./einsum.js";

/** The value from which a reduction starts, and which padding reads as. (A 32-bit integer maximum starts from the least integer.) */
export function identityOf(reduce: Operation["reduce"], isFloat: boolean): number {
  switch (reduce) {
    case "add":
    case "assign":
      return 0;
    case "multiply":
      return 1;
    case "max":
      return isFloat ? Number.NEGATIVE_INFINITY : -(2 ** 31);
    case "min":
      return isFloat ? Number.POSITIVE_INFINITY : 2 ** 31 - 1;
    default:
      return unreachable(reduce);
  }
}

const activations: ReadonlyMap<string, (x: number) => number> = new Map<string, (x: number) => number>([
  ["relu", (x) => Math.max(0, x)],
  ["relu6", (x) => Math.min(6, Math.max(0, x))],
  ["sigmoid", (x) => 1 / (1 + Math.exp(-x))],
  ["tanh", Math.tanh],
]);

/** The activations that a layer may end in. */
export const activationNames: readonly string[] = [...activations.keys()];

export function activation(name: string): (x: number) => number {
  const found = activations.get(name);
  if (found === undefined) throw new Error(`no activation ${name}`);
  return found;
}
