/** How one number of a result comes about. */
export interface Explanation {
  /** What was asked: `GLB.Inputs.fills`, `energy`, `cycles`. */
  readonly count: string;
  readonly says: string;
  readonly unit: "words" | "pJ" | "cycles";
  readonly value: number;
  /** The value is the sum of the summands, or the largest of them. */
  readonly combine: "sum" | "largest";
  readonly summands: readonly ExplainedSummand[];
}

/** So many equal parts: `sign · instances · value`. */
export interface ExplainedSummand {
  readonly says: string;
  readonly sign: 1 | -1;
  readonly instances: number;
  /** Of one instance. */
  readonly value: number;
  /** What the steps begin with, in words, and how much it is; the value itself where there are no steps. */
  readonly start: { readonly says: string; readonly value: number };
  /** From the inside out. */
  readonly steps: readonly ExplainedStep[];
}

/** Makes the value so far `times · value − less`. */
export interface ExplainedStep {
  /** The loops, outermost first: `for q in 0..56 by 14`. */
  readonly loops: readonly string[];
  readonly says: string;
  readonly times: number;
  readonly less: number;
  readonly value: number;
}

/** A summand that is a number by itself. */
export const plainSummand = (says: string, value: number): ExplainedSummand => ({
  ...{ says, sign: 1, instances: 1, value, steps: [] },
  start: { says, value },
});
