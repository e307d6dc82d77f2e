import { product } from "../../base/index.js";
import type { Operand } from "../graph/types.js";
import type { Values } from "../values.js";
import { groupsOf } from "./reductions.js";
import { around, axisOf, given, numberOf, numbersOf, type Planned, plan, type Step, wordsOf } from "./step.js";

/** Mean and variance (over all words, not one fewer) of each run of words. */
interface Moments {
  readonly means: Float64Array;
  readonly variances: Float64Array;
}

function momentsOf(words: Values, bases: Int32Array, offsets: Int32Array): Moments {
  const means = new Float64Array(bases.length);
  const variances = new Float64Array(bases.length);
  bases.forEach((base, i) => {
    let total = 0;
    for (const offset of offsets) total += words[base + offset] ?? 0;
    const mean = total / offsets.length;
    let squares = 0;
    for (const offset of offsets) squares += ((words[base + offset] ?? 0) - mean) ** 2;
    means[i] = mean;
    variances[i] = squares / offsets.length;
  });
  return { means, variances };
}

/** (x − mean) ÷ √(variance + ε), times a scale and plus a shift that stand at their own places. */
function normalized(
  x: Operand,
  axes: readonly number[],
  epsilon: number,
  scale: (word: number) => number,
  shift: (word: number) => number,
): Planned {
  return plan(x.type, x.shape, (out) => {
    const words = wordsOf(x);
    const { bases, offsets } = groupsOf(x.shape, axes);
    const { means, variances } = momentsOf(words, bases, offsets);
    bases.forEach((base, i) => {
      const [mean, inverse] = [means[i] ?? 0, 1 / Math.sqrt((variances[i] ?? 0) + epsilon)];
      for (const offset of offsets) {
        const word = base + offset;
        out[word] = ((words[word] ?? 0) - mean) * inverse * scale(word) + shift(word);
      }
    });
  });
}

const one = (): number => 1;
const zero = (): number => 0;

/** The channel of a word: axis 1. */
function channelOf(shape: readonly number[]): (word: number) => number {
  const [, channels, inner] = around(shape, 1);
  return (word) => Math.floor(word / inner) % channels;
}

/** Reads a parameter by channel, once it is asked. */
function byChannel(parameter: Operand, shape: readonly number[]): (word: number) => number {
  const channel = channelOf(shape);
  return (word) => parameter.values?.[channel(word)] ?? 0;
}

/** With the statistics that were learnt; in training with the batch's, which then move the running ones. */
const batchNormalization: Step = (operands, attributes) => {
  const x = given(operands, 0);
  const [scale, shift, mean, variance] = [1, 2, 3, 4].map((i) => given(operands, i));
  if (scale === undefined || shift === undefined || mean === undefined || variance === undefined) return [];
  const epsilon = numberOf(attributes, "epsilon", 1e-5);
  const momentum = numberOf(attributes, "momentum", 0.9);
  if (numberOf(attributes, "training_mode", 0) === 1) {
    const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
    const moved = (old: Operand, which: keyof Moments): Planned =>
      plan(old.type, old.shape, (out) => {
        const { bases, offsets } = groupsOf(x.shape, axes);
        const batch = momentsOf(wordsOf(x), bases, offsets)[which];
        const running = wordsOf(old);
        for (let c = 0; c < out.length; c++) out[c] = (running[c] ?? 0) * momentum + (batch[c] ?? 0) * (1 - momentum);
      });
    return [
      normalized(x, axes, epsilon, byChannel(scale, x.shape), byChannel(shift, x.shape)),
      moved(mean, "means"),
      moved(variance, "variances"),
    ];
  }
  return [
    plan(x.type, x.shape, (out) => {
      const words = wordsOf(x);
      const [gammas, betas, means, variances] = [scale, shift, mean, variance].map(wordsOf);
      const channel = channelOf(x.shape);
      for (let i = 0; i < out.length; i++) {
        const c = channel(i);
        const spread = Math.sqrt((variances?.[c] ?? 0) + epsilon);
        out[i] = (((words[i] ?? 0) - (means?.[c] ?? 0)) / spread) * (gammas?.[c] ?? 1) + (betas?.[c] ?? 0);
      }
    }),
  ];
};

const instanceNormalization: Step = (operands, attributes) => {
  const [x, scale, shift] = [given(operands, 0), given(operands, 1), given(operands, 2)];
  const axes = x.shape.map((_, axis) => axis).slice(2);
  const epsilon = numberOf(attributes, "epsilon", 1e-5);
  return [normalized(x, axes, epsilon, byChannel(scale, x.shape), byChannel(shift, x.shape))];
};

/** Scale and shift are given by channel, or (operator sets 18 to 20) by group. */
const groupNormalization: Step = (operands, attributes) => {
  const [x, scale, shift] = [given(operands, 0), given(operands, 1), given(operands, 2)];
  const [n = 1, channels = 1, ...rest] = x.shape;
  const groups = numberOf(attributes, "num_groups", 1);
  const channel = channelOf(x.shape);
  const read = (parameter: Operand) => (word: number) => {
    const own = product(parameter.shape) === channels ? channel(word) : Math.floor(channel(word) / (channels / groups));
    return parameter.values?.[own] ?? 0;
  };
  const split = { ...x, shape: [n, groups, (channels / groups) * product(rest)] };
  const epsilon = numberOf(attributes, "epsilon", 1e-5);
  return [{ ...normalized(split, [2], epsilon, read(scale), read(shift)), shape: x.shape }];
};

/** Over the last axes, from `axis` on; also gives the means and the inverse deviations. */
const layerNormalization: Step = (operands, attributes) => {
  const [x, scale, shift] = [given(operands, 0), given(operands, 1), operands[2]];
  const first = axisOf(numberOf(attributes, "axis", -1), x.shape.length);
  const axes = x.shape.map((_, axis) => axis).slice(first);
  const epsilon = numberOf(attributes, "epsilon", 1e-5);
  const inner = product(x.shape.slice(first));
  const repeated = (parameter: Operand) => {
    const words = product(parameter.shape);
    return (word: number) => parameter.values?.[(word % inner) % words] ?? 0;
  };
  const outer = x.shape.map((extent, axis) => (axis < first ? extent : 1));
  const statistic = (of: (moments: Moments, i: number) => number): Planned =>
    plan("float32", outer, (out) => {
      const { bases, offsets } = groupsOf(x.shape, axes);
      const moments = momentsOf(wordsOf(x), bases, offsets);
      for (let i = 0; i < out.length; i++) out[i] = of(moments, i);
    });
  return [
    normalized(x, axes, epsilon, repeated(scale), shift === undefined ? zero : repeated(shift)),
    statistic(({ means }, i) => means[i] ?? 0),
    statistic(({ variances }, i) => 1 / Math.sqrt((variances[i] ?? 0) + epsilon)),
  ];
};

/** The root of the mean square takes the place of the deviation. */
const rmsNormalization: Step = (operands, attributes) => {
  const [x, scale] = [given(operands, 0), given(operands, 1)];
  const first = axisOf(numberOf(attributes, "axis", -1), x.shape.length);
  const epsilon = numberOf(attributes, "epsilon", 1e-5);
  const inner = product(x.shape.slice(first));
  return [
    plan(x.type, x.shape, (out) => {
      const [words, gammas] = [wordsOf(x), wordsOf(scale)];
      for (let base = 0; base < out.length; base += inner) {
        let squares = 0;
        for (let k = 0; k < inner; k++) squares += (words[base + k] ?? 0) ** 2;
        const inverse = 1 / Math.sqrt(squares / inner + epsilon);
        for (let k = 0; k < inner; k++)
          out[base + k] = (words[base + k] ?? 0) * inverse * (gammas[k % gammas.length] ?? 1);
      }
    }),
  ];
};

const meanVarianceNormalization: Step = (operands, attributes) => {
  const x = given(operands, 0);
  return [normalized(x, numbersOf(attributes, "axes") ?? [0, 2, 3], 1e-18, one, zero)];
};

/** Each word divided by a power of the squares in the channels around it (Krizhevsky et al. 2012, §3.3). */
const localResponse: Step = (operands, attributes) => {
  const x = given(operands, 0);
  const [alpha, beta] = [numberOf(attributes, "alpha", 1e-4), numberOf(attributes, "beta", 0.75)];
  const [bias, size] = [numberOf(attributes, "bias", 1), numberOf(attributes, "size", 1)];
  const [before, after] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
  return [
    plan(x.type, x.shape, (out) => {
      const words = wordsOf(x);
      const [, channels, inner] = around(x.shape, 1);
      const channel = channelOf(x.shape);
      for (let i = 0; i < out.length; i++) {
        const c = channel(i);
        let squares = 0;
        for (let k = Math.max(0, c - before); k <= Math.min(channels - 1, c + after); k++)
          squares += (words[i + (k - c) * inner] ?? 0) ** 2;
        out[i] = (words[i] ?? 0) / (bias + (alpha / size) * squares) ** beta;
      }
    }),
  ];
};

/** Softmax and its relatives along one axis, or (before operator set 13) over all axes from one on. */
function alongAxis(
  normalize: (read: (k: number) => number, extent: number, write: (k: number, y: number) => void) => void,
): Step {
  return (operands, attributes) => {
    const x = given(operands, 0);
    const axis = axisOf(numberOf(attributes, "axis", -1), x.shape.length);
    const flat = numberOf(attributes, "flatten", 0) === 1;
    const shape = flat ? [product(x.shape.slice(0, axis)), product(x.shape.slice(axis))] : x.shape;
    return [
      plan(x.type, x.shape, (out) => {
        const words = wordsOf(x);
        const [outer, extent, inner] = around(shape, flat ? 1 : axis);
        for (let i = 0; i < outer * inner; i++) {
          const base = Math.floor(i / inner) * extent * inner + (i % inner);
          normalize(
            (k) => words[base + k * inner] ?? 0,
            extent,
            (k, y) => {
              out[base + k * inner] = y;
            },
          );
        }
      }),
    ];
  };
}

/** The largest word, and Σ exp(x − largest). */
function exponentials(read: (k: number) => number, extent: number): readonly [number, number] {
  let top = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < extent; k++) top = Math.max(top, read(k));
  let total = 0;
  for (let k = 0; k < extent; k++) total += Math.exp(read(k) - top);
  return [top, total];
}

/** The steps that normalise. */
export const normalisation: Readonly<Record<string, Step>> = {
  BatchNormalization: batchNormalization,
  GroupNormalization: groupNormalization,
  Hardmax: alongAxis((read, extent, write) => {
    let best = 0;
    for (let k = 1; k < extent; k++) if (read(k) > read(best)) best = k;
    for (let k = 0; k < extent; k++) write(k, Number(k === best));
  }),
  InstanceNormalization: instanceNormalization,
  LRN: localResponse,
  LayerNormalization: layerNormalization,
  LogSoftmax: alongAxis((read, extent, write) => {
    const [top, total] = exponentials(read, extent);
    for (let k = 0; k < extent; k++) write(k, read(k) - top - Math.log(total));
  }),
  MeanVarianceNormalization: meanVarianceNormalization,
  RMSNormalization: rmsNormalization,
  Softmax: alongAxis((read, extent, write) => {
    const [top, total] = exponentials(read, extent);
    for (let k = 0; k < extent; k++) write(k, Math.exp(read(k) - top) / total);
  }),
};
