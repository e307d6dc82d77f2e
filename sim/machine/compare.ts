import { type Einsum, outputOf, type Values } from "../../workloads/index.js";
import { numberKindOf } from "./arithmetic.js";

/** How an executed output stands to the expected one. */
export interface Comparison {
  readonly status: "exact" | "within-tolerance" | "failed";
  /** The largest |actual − expected|; NaN where one of the two is not a number and the other is. */
  readonly maxAbsError: number;
  /** Words compared. */
  readonly compared: number;
}

/**
 * Compares an output with the expected one. Integers must be equal. Floats may differ by the roundings of n operations in another
 * order (Higham, *Accuracy and Stability of Numerical Algorithms*, §4.2: |error| ≤ γₙ·Σ|terms|, γₙ = n·u ÷ (1 − n·u)), where
 * n counts the values that can meet in one word and the roundings of one value, and u is half a unit in the last place (2⁻²⁴ or 2⁻⁵³).
 * For Σ|terms| stands, word by word, `magnitudes` (the same Einsum on absolute values: a strict bound), or where they are not
 * given the largest |expected| of the whole tensor.
 */
export function compareOutputs(
  actual: Values,
  expected: Values,
  einsum: Einsum,
  magnitudes: Values | null = null,
): Comparison {
  if (actual.length !== expected.length)
    throw new Error(`${actual.length} words compared with ${expected.length} words`);
  const factor = toleranceFactor(einsum);
  const largest = magnitudes === null ? largestOf(expected) : 0;
  let maxAbsError = 0;
  let isWithin = true;
  for (let i = 0; i < actual.length; i++) {
    const [a, e] = [actual[i] ?? 0, expected[i] ?? 0];
    if (a === e || (Number.isNaN(a) && Number.isNaN(e))) continue;
    const error = Math.abs(a - e);
    if (!(error <= factor * (magnitudes?.[i] ?? largest))) isWithin = false;
    if (!(error <= maxAbsError)) maxAbsError = error;
  }
  const status = maxAbsError === 0 ? "exact" : isWithin ? "within-tolerance" : "failed";
  return { status, maxAbsError, compared: actual.length };
}

/** γₙ of the accumulator's format; 0 for integers. */
function toleranceFactor(einsum: Einsum): number {
  const kind = numberKindOf(einsum.accumulator);
  if (kind === "int32") return 0;
  const unit = kind === "float32" ? 2 ** -24 : 2 ** -53;
  const n = valuesPerWord(einsum) + einsum.tensors.length;
  return (n * unit) / (1 - Math.min(0.5, n * unit));
}

/**
 * The most values that can be reduced into one word: every combination of the variables that the output does not know, and of all but
 * the longest on an axis that several of its variables share.
 */
function valuesPerWord(einsum: Einsum): number {
  const known = new Set<number>();
  let values = 1;
  for (const { terms } of outputOf(einsum).ranks) {
    const bounds = terms.map(({ variable }) => einsum.bounds[variable] ?? 1).sort((a, b) => a - b);
    for (const bound of bounds.slice(0, -1)) values *= bound;
    for (const { variable } of terms) known.add(variable);
  }
  einsum.bounds.forEach((bound, variable) => {
    if (!known.has(variable)) values *= bound;
  });
  return values;
}

const largestOf = (values: Values): number => {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest;
};
