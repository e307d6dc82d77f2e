import type { Values } from "./values.js";

/** What a batch normalisation has learnt, one value a channel. */
export interface BatchNormalisation {
  readonly scale: Values;
  readonly shift: Values;
  readonly mean: Values;
  readonly variance: Values;
  /** Added to the variance before its root is taken. */
  readonly epsilon: number;
}

/**
 * Weights and biases of a layer that does what it did and the batch normalisation behind it: with f = scale ÷ √(variance + epsilon),
 * weights · f and (bias − mean) · f + shift. Weights are `[M, …]`, row-major, a filter an output channel.
 * @throws where the numbers of channels differ
 */
export function foldBatchNorm(
  weights: Float32Array,
  bias: Float32Array | null,
  { scale, shift, mean, variance, epsilon }: BatchNormalisation,
): { readonly weights: Float32Array; readonly bias: Float32Array } {
  const channels = scale.length;
  const sizes = [shift, mean, variance, ...(bias === null ? [] : [bias])].map((values) => values.length);
  if (sizes.some((size) => size !== channels) || weights.length % channels !== 0)
    throw new RangeError(`${channels} channels, but ${sizes.join(", ")} values and ${weights.length} weights`);
  const filter = weights.length / channels;
  const factors = Float64Array.from(scale, (gamma, m) => gamma / Math.sqrt((variance[m] ?? 0) + epsilon));
  return {
    weights: weights.map((weight, i) => weight * (factors[Math.floor(i / filter)] ?? 1)),
    bias: Float32Array.from(factors, (factor, m) => ((bias?.[m] ?? 0) - (mean[m] ?? 0)) * factor + (shift[m] ?? 0)),
  };
}
