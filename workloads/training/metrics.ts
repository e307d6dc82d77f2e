import type { Values } from "../values.js";

/** The place of the largest word of every row, the first of equal ones. */
export function argmax(values: Values, width: number): Int32Array {
  const places = new Int32Array(values.length / width);
  for (const row of places.keys()) {
    let best = 0;
    for (let k = 1; k < width; k++) if ((values[row * width + k] ?? 0) > (values[row * width + best] ?? 0)) best = k;
    places[row] = best;
  }
  return places;
}

/** The share of rows whose largest word stands where `labels` says, 0 to 1. */
export function accuracy(scores: Values, labels: ArrayLike<number>, classes: number): number {
  const guesses = argmax(scores, classes);
  const right = guesses.reduce((n, guess, row) => n + (guess === labels[row] ? 1 : 0), 0);
  return right / guesses.length;
}

/** The share of rows whose label is among the `k` largest words; of equal words earlier ones count as larger. */
export function topAccuracy(scores: Values, labels: ArrayLike<number>, classes: number, k: number): number {
  const rows = scores.length / classes;
  let right = 0;
  for (let row = 0; row < rows; row++) {
    const label = labels[row] ?? -1;
    const own = scores[row * classes + label] ?? Number.NEGATIVE_INFINITY;
    let before = 0;
    for (let i = 0; i < classes; i++) {
      const other = scores[row * classes + i] ?? 0;
      if (other > own || (other === own && i < label)) before++;
    }
    if (before < k) right++;
  }
  return right / rows;
}

/** Rows of zeros with a one at each label. */
export function oneHot(labels: ArrayLike<number>, classes: number): Float64Array {
  const rows = new Float64Array(labels.length * classes);
  for (let row = 0; row < labels.length; row++) rows[row * classes + (labels[row] ?? 0)] = 1;
  return rows;
}
