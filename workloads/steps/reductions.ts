import type { Attributes, Operand, ValueType } from "../graph/types.js";
import { limitsOf } from "../graph/value-types.js";
import { stridesOf } from "../values.js";
import { placesOf } from "./places.kernel.js";
import { around, axisOf, given, listFrom, numberOf, type Planned, plan, type Step, wordsOf } from "./step.js";

/** How words are joined: from `start`, by `join`, and what is done at the end. */
interface Reduction {
  readonly start: (type: ValueType) => number;
  readonly join: (sum: number, x: number) => number;
  readonly finish?: (sum: number, count: number) => number;
}
const zero = (): number => 0;
const sum = (start: number, x: number): number => start + x;

/** The axes to reduce: an operand since operator set 13 or 18, an attribute before; all where none are given. */
export function axesOf(x: Operand, axes: Operand | undefined, attributes: Attributes): readonly number[] {
  const chosen = listFrom(axes, attributes, "axes") ?? [];
  if (chosen.length > 0) return chosen.map((axis) => axisOf(axis, x.shape.length));
  return numberOf(attributes, "noop_with_empty_axes", 0) === 1 ? [] : x.shape.map((_, axis) => axis);
}

/** The shape without the reduced axes, or with them at extent 1. */
function reducedShape(shape: readonly number[], axes: readonly number[], attributes: Attributes): readonly number[] {
  const keeps = numberOf(attributes, "keepdims", 1) === 1;
  return shape.flatMap((extent, axis) => (axes.includes(axis) ? (keeps ? [1] : []) : [extent]));
}

/** For each word of the result the place of its first word, and the distances of the others from it. */
export function groupsOf(
  shape: readonly number[],
  axes: readonly number[],
): { readonly bases: Int32Array; readonly offsets: Int32Array } {
  const strides = stridesOf(shape);
  const pick = (list: readonly number[], wanted: boolean): readonly number[] =>
    list.filter((_, axis) => axes.includes(axis) === wanted);
  return {
    bases: placesOf(pick(shape, false), pick(strides, false)),
    offsets: placesOf(pick(shape, true), pick(strides, true)),
  };
}

function reduction({ start, join, finish = (x) => x }: Reduction): Step {
  return (operands, attributes) => {
    const x = given(operands, 0);
    const axes = axesOf(x, operands[1], attributes);
    return [
      plan(x.type, reducedShape(x.shape, axes, attributes), (out) => {
        const words = wordsOf(x);
        const { bases, offsets } = groupsOf(x.shape, axes);
        const from = start(x.type);
        bases.forEach((base, i) => {
          let total = from;
          for (const offset of offsets) total = join(total, words[base + offset] ?? 0);
          out[i] = finish(total, offsets.length);
        });
      }),
    ];
  };
}

/** log Σ eˣ, the largest x taken out first so that nothing overflows. */
const logSumExp: Step = (operands, attributes) => {
  const x = given(operands, 0);
  const axes = axesOf(x, operands[1], attributes);
  return [
    plan(x.type, reducedShape(x.shape, axes, attributes), (out) => {
      const words = wordsOf(x);
      const { bases, offsets } = groupsOf(x.shape, axes);
      bases.forEach((base, i) => {
        let top = Number.NEGATIVE_INFINITY;
        for (const offset of offsets) top = Math.max(top, words[base + offset] ?? 0);
        const shift = Number.isFinite(top) ? top : 0;
        let total = 0;
        for (const offset of offsets) total += Math.exp((words[base + offset] ?? 0) - shift);
        out[i] = Math.log(total) + shift;
      });
    }),
  ];
};

/** The place of the largest (or least) word along an axis; of several the first, or the last. */
function extremum(better: (a: number, b: number) => boolean): Step {
  return (operands, attributes) => {
    const x = given(operands, 0);
    const axis = axisOf(numberOf(attributes, "axis", 0), x.shape.length);
    const last = numberOf(attributes, "select_last_index", 0) === 1;
    return [
      plan("int64", reducedShape(x.shape, [axis], attributes), (out) => {
        const words = wordsOf(x);
        const [outer, extent, inner] = around(x.shape, axis);
        for (let i = 0; i < outer * inner; i++) {
          const base = Math.floor(i / inner) * extent * inner + (i % inner);
          let best = 0;
          for (let k = 1; k < extent; k++) {
            const [a, b] = [words[base + k * inner] ?? 0, words[base + best * inner] ?? 0];
            if (better(a, b) || (last && a === b)) best = k;
          }
          out[i] = best;
        }
      }),
    ];
  };
}

/** The sums (or products) of all words up to each one along an axis. */
const cumulative: Step = (operands, attributes) => {
  const x = given(operands, 0);
  return [
    plan(x.type, x.shape, (out) => {
      const words = wordsOf(x);
      const axis = axisOf(wordsOf(given(operands, 1))[0] ?? 0, x.shape.length);
      const exclusive = numberOf(attributes, "exclusive", 0) === 1;
      const reverse = numberOf(attributes, "reverse", 0) === 1;
      const [outer, extent, inner] = around(x.shape, axis);
      for (let i = 0; i < outer * inner; i++) {
        const base = Math.floor(i / inner) * extent * inner + (i % inner);
        let total = 0;
        for (let k = 0; k < extent; k++) {
          const place = base + (reverse ? extent - 1 - k : k) * inner;
          if (exclusive) out[place] = total;
          total += words[place] ?? 0;
          if (!exclusive) out[place] = total;
        }
      }
    }),
  ];
};

/** Words of each group made of length one in the p-norm. */
const lpNormalization: Step = (operands, attributes): readonly Planned[] => {
  const x = given(operands, 0);
  const axis = axisOf(numberOf(attributes, "axis", -1), x.shape.length);
  const p = numberOf(attributes, "p", 2);
  return [
    plan(x.type, x.shape, (out) => {
      const words = wordsOf(x);
      const { bases, offsets } = groupsOf(x.shape, [axis]);
      for (const base of bases) {
        let total = 0;
        for (const offset of offsets) total += Math.abs(words[base + offset] ?? 0) ** p;
        const norm = total ** (1 / p);
        for (const offset of offsets) out[base + offset] = norm === 0 ? 0 : (words[base + offset] ?? 0) / norm;
      }
    }),
  ];
};

/** The steps that join words along axes. */
export const reductions: Readonly<Record<string, Step>> = {
  ArgMax: extremum((a, b) => a > b),
  ArgMin: extremum((a, b) => a < b),
  CumSum: cumulative,
  LpNormalization: lpNormalization,
  ReduceL1: reduction({ start: zero, join: (total, x) => total + Math.abs(x) }),
  ReduceL2: reduction({ start: zero, join: (total, x) => total + x * x, finish: Math.sqrt }),
  ReduceLogSum: reduction({ start: zero, join: sum, finish: Math.log }),
  ReduceLogSumExp: logSumExp,
  ReduceMax: reduction({ start: (type) => limitsOf(type).low, join: Math.max }),
  ReduceMean: reduction({ start: zero, join: sum, finish: (total, count) => total / count }),
  ReduceMin: reduction({ start: (type) => limitsOf(type).high, join: Math.min }),
  ReduceProd: reduction({ start: () => 1, join: (total, x) => total * x }),
  ReduceSum: reduction({ start: zero, join: sum }),
  ReduceSumSquare: reduction({ start: zero, join: (total, x) => total + x * x }),
};
