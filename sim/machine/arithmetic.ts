import { type Einsum, type ElementType, identityOf, type Operation } from "../../workloads/index.js";

/** The number format that the machine computes in: that of the accumulator. */
export type NumberKind = "int32" | "float32" | "float64";

/** What the compute instances and the adders of a network do, rounded as the hardware of this number kind rounds. */
export interface Arithmetic {
  readonly kind: NumberKind;
  /** What a copy of an output word starts from, and what a word outside an input tensor reads as. */
  readonly identity: number;
  /** The operands of one operation, combined. */
  readonly combine: (operands: readonly number[]) => number;
  /** One operation's value taken into the old one. */
  readonly accumulate: (old: number, value: number) => number;
  /** Two partial results of one word joined. */
  readonly merge: (a: number, b: number) => number;
}

export function numberKindOf({ kind, bits }: ElementType): NumberKind {
  if (kind !== "float") return "int32";
  return bits > 32 ? "float64" : "float32";
}

/**
 * Integers are 32 bits wide and wrap around at every step (8- and 16-bit operands cannot overflow a product); 32-bit floats are
 * rounded after every product and every sum.
 */
export function arithmeticOf({ operation, accumulator }: Einsum): Arithmetic {
  const kind = numberKindOf(accumulator);
  const round: (x: number) => number = kind === "int32" ? (x) => x | 0 : kind === "float32" ? Math.fround : (x) => x;
  const multiply = kind === "int32" ? Math.imul : (a: number, b: number) => round(a * b);
  const add = (a: number, b: number): number => round(a + b);
  const subtract = (a: number, b: number): number => round(a - b);
  const pairwise: Record<Operation["combine"], (a: number, b: number) => number> = {
    multiply,
    add,
    subtract,
    "subtract-square": (a, b) => multiply(subtract(a, b), subtract(a, b)),
    first: (a) => a,
  };
  const join: Record<Operation["reduce"], (a: number, b: number) => number> = {
    add,
    multiply,
    max: Math.max,
    min: Math.min,
    // Every word is assigned once, so all copies but one are zero.
    assign: add,
  };
  const { combine, reduce } = operation;
  const fold = pairwise[combine];
  return {
    kind,
    identity: identityOf(reduce, kind !== "int32"),
    combine: (operands) => operands.reduce(fold),
    accumulate: reduce === "assign" ? (_, value) => value : join[reduce],
    merge: join[reduce],
  };
}
