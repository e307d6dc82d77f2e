import { activation } from "./activations.js";
import { operandsOf } from "./counts.js";
import type { Einsum } from "./einsum.js";
import { reference } from "./reference.js";
import { slopeOf } from "./training/slopes.js";
import type { Values } from "./values.js";

/** How far a sum may be off, as a share of its terms' sizes, where the slope of an activation is asked for. */
const NEAR = 2 ** -12;

/**
 * What bounds the rounding of floats, word by word: the sizes of all terms that meet in a word, added up (the Einsum on absolute values, differences
 * taken as sums, factors without their signs); with an activation at the end this times the steepest slope near the sum, and the word itself, which is rounded once more. Null for
 * integers, which are exact.
 */
export function magnitudesOf(einsum: Einsum, inputs: readonly Values[]): Values | null {
  if (einsum.accumulator.kind !== "float") return null;
  const { after } = einsum.operation;
  if (after?.kind !== "activation") return sizesOf(einsum, inputs);
  const plain: Einsum = { ...einsum, operation: { ...einsum.operation, after: null } };
  const [sums, sizes] = [reference(plain, inputs), sizesOf(plain, inputs)];
  const [apply, slope] = [activation(after.name, after), slopeOf(after.name, after)];
  return Float64Array.from(sums, (sum, i) => {
    const size = sizes[i] ?? 0;
    const slopes = [sum - NEAR * size, sum, sum + NEAR * size].map((x) => Math.abs(slope(x, apply(x))));
    return size * Math.max(...slopes.map((one) => (Number.isNaN(one) ? 0 : one))) + Math.abs(apply(sum));
  });
}

function sizesOf(einsum: Einsum, inputs: readonly Values[]): Values {
  const { combine } = einsum.operation;
  const second = operandsOf(einsum)[1];
  const sizes = inputs.map((values, i) => {
    const isSubtracted = combine === "subtract-square" && einsum.tensors[i] === second;
    return values.map((value) => (isSubtracted ? -Math.abs(value) : Math.abs(value)));
  });
  const operation = { ...einsum.operation, combine: combine === "subtract" ? ("add" as const) : combine };
  return reference({ ...einsum, operation }, sizes).map(Math.abs);
}
