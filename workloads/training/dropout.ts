import type { Random } from "../../base/index.js";
import type { Values } from "../values.js";

const GRAIN = 2 ** 30;

/**
 * What dropout multiplies its words with while a network trains: 0 for the share `rate` of them that is left out (each by itself), `1 ÷ (1 − rate)` for
 * the others, so that sums stay the same on average and nothing is to be done at inference. `0 ≤ rate < 1`.
 */
export function dropoutMask(words: number, rate: number, random: Random): Float64Array {
  if (!(rate >= 0 && rate < 1)) throw new Error(`a dropout rate is at least 0 and below 1, not ${rate}`);
  const kept = 1 / (1 - rate);
  return Float64Array.from({ length: words }, () => (random.integer(0, GRAIN - 1) < rate * GRAIN ? 0 : kept));
}

/** The words times the mask: dropout forward, and, with the gradient for the words, backward. */
export const masked = (values: Values, mask: Values): Float64Array =>
  Float64Array.from(values, (value, i) => value * (mask[i] ?? 0));
