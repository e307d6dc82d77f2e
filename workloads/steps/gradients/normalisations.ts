import { product } from "../../../base/index.js";
import { groupsOf } from "../reductions.js";
import { around, axisOf, numberOf, numbersOf } from "../step.js";
import { type Call, numbered, operandOf, outputOf, type Pull, slopeOfOutput, wantedOf } from "./call.js";

/** Runs of words that are normalised together. */
interface Groups {
  readonly bases: Int32Array;
  readonly offsets: Int32Array;
}

const axesFrom = (call: Call, first: number): readonly number[] =>
  operandOf(call, 0)
    .shape.map((_, axis) => axis)
    .slice(first);

const lastAxes = (call: Call): readonly number[] =>
  axesFrom(call, axisOf(numberOf(call.attributes, "axis", -1), operandOf(call, 0).shape.length));

/** Which word of the scale (and of the shift) each word of the output takes: with a scale of 0 only the shift shows. */
function parameterOf(call: Call): Float64Array {
  const scale = operandOf(call, 1);
  const operands = [operandOf(call, 0), scale, { ...scale, values: numbered(scale.values.length) }];
  const shows = { ...call, operands: [...operands, ...call.operands.slice(3)] };
  return outputOf(shows, new Map([[1, new Float64Array(scale.values.length)]])).map((place) => place - 1);
}

/** Adds each word to the parameter that it belongs to. */
function gathered(words: Float64Array, places: Float64Array, length: number): Float64Array {
  const sums = new Float64Array(length);
  words.forEach((word, i) => {
    const place = places[i] ?? 0;
    sums[place] = (sums[place] ?? 0) + word;
  });
  return sums;
}

/** x̂ = (x − mean) ÷ √(variance + ε) of every group, and the inverse of that root. */
function standardised(
  call: Call,
  { bases, offsets }: Groups,
  epsilon: number,
): { x: Float64Array; inverse: Float64Array } {
  const { values } = operandOf(call, 0);
  const x = new Float64Array(values.length);
  const inverse = new Float64Array(bases.length);
  bases.forEach((base, i) => {
    const words = Array.from(offsets, (offset) => values[base + offset] ?? 0);
    const mean = words.reduce((sum, word) => sum + word, 0) / words.length;
    const variance = words.reduce((sum, word) => sum + (word - mean) ** 2, 0) / words.length;
    const root = 1 / Math.sqrt(variance + epsilon);
    inverse[i] = root;
    offsets.forEach((offset, k) => {
      x[base + offset] = ((words[k] ?? 0) - mean) * root;
    });
  });
  return { x, inverse };
}

/** dx = (g − mean(g) − x̂·mean(g·x̂)) ÷ √(variance + ε) in every group (Ioffe and Szegedy, 2015, §3). */
function throughMoments(
  g: Float64Array,
  x: Float64Array,
  inverse: Float64Array,
  { bases, offsets }: Groups,
): Float64Array {
  const gradient = new Float64Array(g.length);
  bases.forEach((base, i) => {
    let [sum, along] = [0, 0];
    for (const offset of offsets) {
      const slope = g[base + offset] ?? 0;
      sum += slope;
      along += slope * (x[base + offset] ?? 0);
    }
    for (const offset of offsets) {
      const rest = (g[base + offset] ?? 0) - (sum + (x[base + offset] ?? 0) * along) / offsets.length;
      gradient[base + offset] = rest * (inverse[i] ?? 0);
    }
  });
  return gradient;
}

/** A normalisation with its own mean and variance, a scale and a shift (where it has them). */
const byMoments =
  (groupsIn: (call: Call) => Groups, epsilonIn: (call: Call) => number, isScaled = true): Pull =>
  (call) => {
    const g = slopeOfOutput(call);
    const groups = groupsIn(call);
    const { x, inverse } = standardised(call, groups, epsilonIn(call));
    if (!isScaled) return throughMoments(g, x, inverse, groups);
    const places = parameterOf(call);
    const { length } = wantedOf(call).values;
    if (call.wanted === 1)
      return gathered(
        g.map((slope, i) => slope * (x[i] ?? 0)),
        places,
        length,
      );
    if (call.wanted === 2) return gathered(g, places, length);
    const scale = operandOf(call, 1).values;
    const scaled = g.map((slope, i) => slope * (scale[places[i] ?? 0] ?? 0));
    return throughMoments(scaled, x, inverse, groups);
  };

const epsilon = (call: Call): number => numberOf(call.attributes, "epsilon", 1e-5);
const groupsAlong =
  (axesIn: (call: Call) => readonly number[]) =>
  (call: Call): Groups =>
    groupsOf(operandOf(call, 0).shape, axesIn(call));

const allButChannels = (call: Call): readonly number[] => axesFrom(call, 0).filter((axis) => axis !== 1);

/** With statistics that are given: y = (x − μ) ÷ √(σ² + ε) · γ + β. */
const withGivenMoments: Pull = (call) => {
  const x = operandOf(call, 0);
  const [, channels, inner] = around(x.shape, 1);
  const [scale, mean, variance] = [1, 3, 4].map((i) => operandOf(call, i).values);
  const places =
    x.values.length === 0
      ? new Float64Array()
      : Float64Array.from(x.values, (_, i) => Math.floor(i / inner) % channels);
  const each = slopeOfOutput(call).map((g, i) => {
    const c = places[i] ?? 0;
    const root = 1 / Math.sqrt((variance?.[c] ?? 0) + epsilon(call));
    const [gamma, away] = [scale?.[c] ?? 1, (x.values[i] ?? 0) - (mean?.[c] ?? 0)];
    const partials = [gamma * root, away * root, 1, -gamma * root, (-gamma * away * root ** 3) / 2];
    return g * (partials[call.wanted] ?? 0);
  });
  return call.wanted === 0 ? each : gathered(each, places, channels);
};

const batch: Pull = (call) =>
  numberOf(call.attributes, "training_mode", 0) === 1
    ? byMoments(groupsAlong(allButChannels), epsilon)(call)
    : withGivenMoments(call);

/** Channels in groups, each with all of its image. */
function channelGroups(call: Call): Groups {
  const [n = 1, channels = 1, ...image] = operandOf(call, 0).shape;
  const groups = numberOf(call.attributes, "num_groups", 1);
  return groupsOf([n, groups, (channels / groups) * product(image)], [2]);
}

/** y = x·r·γ with r = 1 ÷ √(mean(x²) + ε). */
const rootMeanSquare: Pull = (call) => {
  const { values, shape } = operandOf(call, 0);
  const scale = operandOf(call, 1).values;
  const g = slopeOfOutput(call);
  const { bases, offsets } = groupsOf(shape, lastAxes(call));
  const gradient = new Float64Array(wantedOf(call).values.length);
  for (const base of bases) {
    let [squares, along] = [0, 0];
    offsets.forEach((offset, k) => {
      const x = values[base + offset] ?? 0;
      squares += x * x;
      along += (g[base + offset] ?? 0) * (scale[k % scale.length] ?? 1) * x;
    });
    const root = 1 / Math.sqrt(squares / offsets.length + epsilon(call));
    offsets.forEach((offset, k) => {
      const [x, slope] = [values[base + offset] ?? 0, g[base + offset] ?? 0];
      const place = k % scale.length;
      if (call.wanted === 1) gradient[place] = (gradient[place] ?? 0) + slope * x * root;
      else gradient[base + offset] = root * slope * (scale[place] ?? 1) - (x * root ** 3 * along) / offsets.length;
    });
  }
  return gradient;
};

/** y = x·d^−β with d = bias + α/size · Σ x² over the channels around (Krizhevsky et al. 2012, §3.3). */
const localResponse: Pull = (call) => {
  const { values, shape } = operandOf(call, 0);
  const { attributes } = call;
  const [alpha, beta] = [numberOf(attributes, "alpha", 1e-4), numberOf(attributes, "beta", 0.75)];
  const [bias, size] = [numberOf(attributes, "bias", 1), numberOf(attributes, "size", 1)];
  const [before, after] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
  const [, channels, inner] = around(shape, 1);
  const near = (i: number, low: number, high: number, of: (word: number) => number): number => {
    const c = Math.floor(i / inner) % channels;
    let sum = 0;
    for (let k = Math.max(0, c - low); k <= Math.min(channels - 1, c + high); k++) sum += of(i + (k - c) * inner);
    return sum;
  };
  const d = Float64Array.from(
    values,
    (_, i) => bias + (alpha / size) * near(i, before, after, (j) => (values[j] ?? 0) ** 2),
  );
  const g = slopeOfOutput(call);
  const share = g.map((slope, i) => slope * (values[i] ?? 0) * (d[i] ?? 1) ** (-beta - 1));
  return g.map(
    (slope, j) =>
      slope * (d[j] ?? 1) ** -beta -
      ((2 * alpha * beta) / size) * (values[j] ?? 0) * near(j, after, before, (i) => share[i] ?? 0),
  );
};

/** Softmax and its logarithm along an axis, or over all axes from one on. */
const alongAxis =
  (slope: (g: number, y: number, mean: number) => number, weigh: (g: number, y: number) => number): Pull =>
  (call) => {
    const { shape } = operandOf(call, 0);
    const axis = axisOf(numberOf(call.attributes, "axis", -1), shape.length);
    const flat = numberOf(call.attributes, "flatten", 0) === 1;
    const seen = flat ? [product(shape.slice(0, axis)), product(shape.slice(axis))] : shape;
    const { bases, offsets } = groupsOf(seen, [flat ? 1 : axis]);
    const [y, g] = [outputOf(call), slopeOfOutput(call)];
    const gradient = new Float64Array(y.length);
    for (const base of bases) {
      let sum = 0;
      for (const offset of offsets) sum += weigh(g[base + offset] ?? 0, y[base + offset] ?? 0);
      for (const offset of offsets) gradient[base + offset] = slope(g[base + offset] ?? 0, y[base + offset] ?? 0, sum);
    }
    return gradient;
  };

export const softmax: Pull = alongAxis(
  (g, y, sum) => y * (g - sum),
  (g, y) => g * y,
);
export const logSoftmax: Pull = alongAxis(
  (g, y, sum) => g - Math.exp(y) * sum,
  (g) => g,
);

/** y = x ÷ ‖x‖ₚ along an axis. */
const lengthOne: Pull = (call) => {
  const { values, shape } = operandOf(call, 0);
  const { bases, offsets } = groupsOf(shape, [axisOf(numberOf(call.attributes, "axis", -1), shape.length)]);
  const p = numberOf(call.attributes, "p", 2);
  const [y, g] = [outputOf(call), slopeOfOutput(call)];
  const gradient = new Float64Array(y.length);
  for (const base of bases) {
    let [sum, along] = [0, 0];
    for (const offset of offsets) {
      sum += Math.abs(values[base + offset] ?? 0) ** p;
      along += (g[base + offset] ?? 0) * (y[base + offset] ?? 0);
    }
    const norm = sum ** (1 / p);
    for (const offset of offsets) {
      const x = values[base + offset] ?? 0;
      const ofNorm = Math.sign(x) * (Math.abs(x) / norm) ** (p - 1);
      gradient[base + offset] = norm === 0 ? 0 : ((g[base + offset] ?? 0) - ofNorm * along) / norm;
    }
  }
  return gradient;
};

/** Steps that normalise. */
export const normalisations: Readonly<Record<string, Pull>> = {
  BatchNormalization: batch,
  GroupNormalization: byMoments(channelGroups, epsilon),
  InstanceNormalization: byMoments(
    groupsAlong((call) => axesFrom(call, 2)),
    epsilon,
  ),
  LRN: localResponse,
  LayerNormalization: byMoments(groupsAlong(lastAxes), epsilon),
  LogSoftmax: logSoftmax,
  LpNormalization: lengthOne,
  MeanVarianceNormalization: byMoments(
    groupsAlong((call) => numbersOf(call.attributes, "axes") ?? [0, 2, 3]),
    () => 1e-18,
    false,
  ),
  RMSNormalization: rootMeanSquare,
  Softmax: softmax,
};
