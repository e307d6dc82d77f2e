import { product } from "../base/index.js";
import { macsOf, outputOf, tensorWords } from "./counts.js";
import type { Einsum } from "./einsum.js";

/** What a vector unit does for an Einsum. */
export interface Operations {
  /** Combinations and reductions, one a point; none where words are only passed on. */
  readonly operations: number;
  /** Post-steps, one a finished word: activations, divisions. */
  readonly posts: number;
}

export function operationsOf(einsum: Einsum): Operations {
  const { combine, reduce, after } = einsum.operation;
  return {
    operations: combine === "first" && reduce === "assign" ? 0 : macsOf(einsum),
    posts: after === null ? 0 : tensorWords(outputOf(einsum)),
  };
}

/**
 * Whether a vector unit can run the Einsum: it finishes one output word after the other, so no word may be reached from two points that
 * differ in the variables of the output (a scatter that overlaps). An axis is told apart where each coefficient outgrows all that lies below.
 */
export function isWordByWord(einsum: Einsum): boolean {
  const axes = outputOf(einsum).ranks.map(({ terms }) =>
    [...terms].sort((a, b) => Math.abs(a.coefficient) - Math.abs(b.coefficient)),
  );
  const seen = axes.flat().map(({ variable }) => variable);
  const isApart = axes.every((terms) => {
    let reach = 0;
    return terms.every(({ variable, coefficient }) => {
      const isAbove = Math.abs(coefficient) > reach;
      reach += Math.abs(coefficient) * ((einsum.bounds[variable] ?? 1) - 1);
      return isAbove;
    });
  });
  return isApart && new Set(seen).size === seen.length && product(einsum.bounds) > 0;
}
