import type { Values } from "../values.js";

/** A loss and its gradient with respect to what it was computed from, row-major like that. */
export interface Loss {
  /** Mean over the rows of a batch. */
  readonly value: number;
  readonly gradient: Float64Array;
}

/** `values` as rows of `width` words. */
function rowsOf(values: Values, width: number): readonly Float64Array[] {
  if (width < 1 || values.length % width !== 0) throw new Error(`${values.length} words in rows of ${width}`);
  return Array.from({ length: values.length / width }, (_, row) =>
    Float64Array.from(values.subarray(row * width, (row + 1) * width)),
  );
}

/** The mean over rows of a loss of one row, and its gradient; `targets` has the shape of `values`. */
function meanOverRows(
  values: Values,
  targets: Values,
  width: number,
  ofRow: (row: Float64Array, target: Float64Array) => { readonly value: number; readonly gradient: Float64Array },
): Loss {
  if (values.length !== targets.length) throw new Error(`${values.length} words for ${targets.length} targets`);
  const rows = rowsOf(values, width);
  const wanted = rowsOf(targets, width);
  const gradient = new Float64Array(values.length);
  let sum = 0;
  for (const [i, row] of rows.entries()) {
    const { value, gradient: slope } = ofRow(row, wanted[i] ?? row);
    sum += value;
    gradient.set(
      slope.map((x) => x / rows.length),
      i * width,
    );
  }
  return { value: sum / rows.length, gradient };
}

/** `e^s ÷ Σ e^s` of every row of scores, computed from the differences to the row's largest score, so that nothing overflows. */
export function softmax(scores: Values, classes: number): Float64Array {
  return Float64Array.from(logSoftmax(scores, classes), Math.exp);
}

/** The logarithm of `softmax`. */
export function logSoftmax(scores: Values, classes: number): Float64Array {
  const result = new Float64Array(scores.length);
  for (const [i, row] of rowsOf(scores, classes).entries()) {
    const largest = Math.max(...row);
    const logarithm = largest + Math.log(row.reduce((sum, score) => sum + Math.exp(score - largest), 0));
    result.set(
      row.map((score) => score - logarithm),
      i * classes,
    );
  }
  return result;
}

/** The gradient through a softmax whose outputs are given: `dS = y·(dO − Σ y·dO)` in every row. */
export function softmaxGradient(probabilities: Values, upstream: Values, classes: number): Float64Array {
  const result = new Float64Array(probabilities.length);
  const slopes = rowsOf(upstream, classes);
  for (const [i, row] of rowsOf(probabilities, classes).entries()) {
    const slope = slopes[i] ?? row;
    const mean = row.reduce((sum, y, k) => sum + y * (slope[k] ?? 0), 0);
    result.set(
      row.map((y, k) => y * ((slope[k] ?? 0) - mean)),
      i * classes,
    );
  }
  return result;
}

/**
 * Softmax and cross-entropy in one: `−Σ t·log softmax(s)`; the gradient with respect to the scores is `softmax(s)·Σt − t`.
 * `targets`: one-hot rows, or any probabilities.
 */
export function softmaxCrossEntropy(scores: Values, targets: Values, classes: number): Loss {
  return meanOverRows(scores, targets, classes, (row, target) => {
    const logarithms = logSoftmax(row, classes);
    const total = target.reduce((sum, t) => sum + t, 0);
    return {
      value: -target.reduce((sum, t, k) => sum + (t === 0 ? 0 : t * (logarithms[k] ?? 0)), 0),
      gradient: logarithms.map((log, k) => Math.exp(log) * total - (target[k] ?? 0)),
    };
  });
}

/** `−Σ t·log p` of probabilities; the gradient with respect to them is `−t ÷ p`. */
export function crossEntropy(probabilities: Values, targets: Values, classes: number): Loss {
  return meanOverRows(probabilities, targets, classes, (row, target) => ({
    value: -row.reduce((sum, p, k) => sum + (target[k] === 0 ? 0 : (target[k] ?? 0) * Math.log(p)), 0),
    gradient: row.map((p, k) => (target[k] === 0 ? 0 : -(target[k] ?? 0) / p)),
  }));
}

/** The negative log-likelihood of log-probabilities: `−Σ t·l`, with the gradient `−t`. */
export function negativeLogLikelihood(logarithms: Values, targets: Values, classes: number): Loss {
  return meanOverRows(logarithms, targets, classes, (row, target) => ({
    value: -row.reduce((sum, log, k) => sum + (target[k] === 0 ? 0 : (target[k] ?? 0) * log), 0),
    gradient: target.map((t) => 0 - t),
  }));
}

/**
 * For labels that do not exclude each other: a sigmoid and a cross-entropy for each class by itself,
 * `−Σ t·log σ(s) + (1 − t)·log(1 − σ(s))`, with the gradient `σ(s) − t`. Written as `max(s, 0) − s·t + log(1 + e^−|s|)`, which never overflows.
 */
export function sigmoidCrossEntropy(scores: Values, targets: Values, classes: number): Loss {
  return meanOverRows(scores, targets, classes, (row, target) => ({
    value: row.reduce(
      (sum, s, k) => sum + Math.max(s, 0) - s * (target[k] ?? 0) + Math.log1p(Math.exp(-Math.abs(s))),
      0,
    ),
    gradient: row.map((s, k) => 1 / (1 + Math.exp(-s)) - (target[k] ?? 0)),
  }));
}

/** `½·Σ (y − t)²`, with the gradient `y − t`. */
export function quadratic(outputs: Values, targets: Values, width: number): Loss {
  return meanOverRows(outputs, targets, width, (row, target) => ({
    value: row.reduce((sum, y, k) => sum + (y - (target[k] ?? 0)) ** 2 / 2, 0),
    gradient: row.map((y, k) => y - (target[k] ?? 0)),
  }));
}

/** The mean of `(y − t)²` over all words, with the gradient `2·(y − t) ÷ words`. */
export function meanSquaredError(outputs: Values, targets: Values): Loss {
  const { value, gradient } = quadratic(outputs, targets, 1);
  return { value: 2 * value, gradient: gradient.map((slope) => 2 * slope) };
}

/** Weight decay: what large weights add to the loss. */
export interface Decay {
  /** `l1·Σ|w|`. (The lectures' λ ÷ n.) */
  readonly l1: number;
  /** `½·l2·Σw²`. (The lectures' λ ÷ n.) */
  readonly l2: number;
}

/** `l1·Σ|w| + ½·l2·Σw²`, with the gradient `l1·sign(w) + l2·w`. */
export function weightDecay(weights: Values, { l1, l2 }: Decay): Loss {
  let value = 0;
  for (const w of weights) value += l1 * Math.abs(w) + (l2 * w * w) / 2;
  return { value, gradient: Float64Array.from(weights, (w) => l1 * Math.sign(w) + l2 * w) };
}
