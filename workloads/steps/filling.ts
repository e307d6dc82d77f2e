import { product } from "../../base/index.js";
import { float8Of } from "../graph/small-floats.js";
import type { Attributes, Operand, ValueType } from "../graph/types.js";
import { bitsOf, isFloat, limitsOf } from "../graph/value-types.js";
import { stridesOf } from "../values.js";
import {
  axisOf,
  given,
  listFrom,
  numberOf,
  numbersOf,
  OutsideTheProduct,
  type Planned,
  plan,
  type Step,
  StepError,
  scalarFrom,
  tensorOf,
  viewed,
  wordOf,
  wordsOf,
} from "./step.js";

const constant: Step = (_, attributes) => {
  const value = tensorOf(attributes, "value");
  if (value === undefined) throw new StepError("a constant without a value");
  return [viewed(value, value.shape)];
};

const constantOfShape: Step = (operands, attributes) => {
  const shape = [...wordsOf(given(operands, 0))];
  const value = tensorOf(attributes, "value");
  return [plan(value?.type ?? "float32", shape, (out) => out.fill(value?.values[0] ?? 0))];
};

const range: Step = (operands) => {
  const [start, limit, delta] = [0, 1, 2].map((i) => wordsOf(given(operands, i))[0] ?? 0);
  const [from, step] = [start ?? 0, delta ?? 1];
  const count = Math.max(0, Math.ceil(((limit ?? 0) - from) / step));
  return [
    plan(given(operands, 0).type, [count], (out) => {
      for (let i = 0; i < count; i++) out[i] = from + i * step;
    }),
  ];
};

const eyeLike: Step = (operands, attributes) => {
  const x = given(operands, 0);
  const shift = numberOf(attributes, "k", 0);
  const columns = x.shape[1] ?? 1;
  return [
    plan(wordOf(attributes, "type", x.type) as ValueType, x.shape, (out) => {
      for (let i = 0; i < out.length; i++) out[i] = Number((i % columns) - Math.floor(i / columns) === shift);
    }),
  ];
};

/** The same values as another type; 8-bit floats saturate unless told not to, 4-bit integers always. */
export function castTo(x: Operand, type: ValueType, saturate: boolean): Planned {
  return plan(type, x.shape, (out) => {
    const words = wordsOf(x);
    const saturating = type.startsWith("float8") && saturate;
    const { low, high } =
      bitsOf(type) === 4 ? limitsOf(type) : { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
    for (let i = 0; i < out.length; i++) {
      const word = words[i] ?? 0;
      if (saturating) out[i] = float8Of(word, type as Parameters<typeof float8Of>[1], true);
      else
        out[i] =
          type === "bool" ? Number(word !== 0) : isFloat(type) ? word : Math.trunc(Math.min(high, Math.max(low, word)));
    }
  });
}

const cast: Step = (operands, attributes) => [
  castTo(
    given(operands, 0),
    wordOf(attributes, "type", "float32") as ValueType,
    numberOf(attributes, "saturate", 1) === 1,
  ),
];
const castLike: Step = (operands, attributes) => [
  castTo(given(operands, 0), given(operands, 1).type, numberOf(attributes, "saturate", 1) === 1),
];

/** Where a padded coordinate is read from; −1: the constant. */
function source(at: number, extent: number, mode: string): number {
  if (at >= 0 && at < extent) return at;
  if (mode === "edge") return at < 0 ? 0 : extent - 1;
  if (mode === "wrap") return ((at % extent) + extent) % extent;
  if (mode !== "reflect") return -1;
  const period = Math.max(1, 2 * (extent - 1));
  const inside = ((at % period) + period) % period;
  return inside < extent ? inside : period - inside;
}

/** Pads are operands since operator set 11 (all low ends, then all high ends; of some axes only since 18), attributes before. */
function padsOf(x: Operand, operands: readonly (Operand | undefined)[], attributes: Attributes): readonly number[] {
  const given = listFrom(operands[1], attributes, "pads") ?? numbersOf(attributes, "paddings") ?? [];
  const rank = x.shape.length;
  const axes = (operands[3] === undefined ? x.shape.map((_, axis) => axis) : [...wordsOf(operands[3])]).map((axis) =>
    axisOf(axis, rank),
  );
  const pads = Array<number>(2 * rank).fill(0);
  axes.forEach((axis, i) => {
    pads[axis] = given[i] ?? 0;
    pads[axis + rank] = given[i + axes.length] ?? 0;
  });
  return pads;
}

const pad: Step = (operands, attributes) => {
  const x = given(operands, 0);
  const pads = padsOf(x, operands, attributes);
  const mode = wordOf(attributes, "mode", "constant");
  const shape = x.shape.map((extent, axis) => extent + (pads[axis] ?? 0) + (pads[axis + x.shape.length] ?? 0));
  return [
    plan(x.type, shape, (out) => {
      const words = wordsOf(x);
      const fill = scalarFrom(operands[2], numberOf(attributes, "value", 0));
      const [to, from] = [stridesOf(shape), stridesOf(x.shape)];
      for (let i = 0; i < out.length; i++) {
        let place = 0;
        for (let axis = 0; axis < shape.length && place >= 0; axis++) {
          const at = (Math.floor(i / (to[axis] ?? 1)) % (shape[axis] ?? 1)) - (pads[axis] ?? 0);
          const read = source(at, x.shape[axis] ?? 1, mode);
          place = read < 0 ? -1 : place + read * (from[axis] ?? 1);
        }
        out[i] = place < 0 ? fill : (words[place] ?? 0);
      }
    }),
  ];
};

/** Centred: what is cut off or added is halved, the odd word at the end. */
const centerCropPad: Step = (operands, attributes) => {
  const x = given(operands, 0);
  const rank = x.shape.length;
  const axes = (numbersOf(attributes, "axes") ?? x.shape.map((_, axis) => axis)).map((axis) => axisOf(axis, rank));
  const wanted = wordsOf(given(operands, 1));
  const shape = [...x.shape];
  axes.forEach((axis, i) => {
    shape[axis] = wanted[i] ?? 1;
  });
  const low = shape.map((extent, axis) => {
    const more = extent - (x.shape[axis] ?? 1);
    return more >= 0 ? Math.floor(more / 2) : -Math.floor(-more / 2);
  });
  const high = shape.map((extent, axis) => extent - (x.shape[axis] ?? 1) - (low[axis] ?? 0));
  return pad([x], { pads: [...low, ...high] });
};

/** Nothing is dropped outside of training: the words pass, and all of them are kept. */
const dropout: Step = (operands, attributes) => {
  const x = given(operands, 0);
  const [ratio, training] = [scalarFrom(operands[1], 0.5), scalarFrom(operands[2], 0)];
  if (training !== 0 && ratio !== 0) throw new OutsideTheProduct("dropping words at random is outside of the product");
  return [viewed(x, x.shape), plan(wordOf(attributes, "type", "bool") as ValueType, x.shape, (out) => out.fill(1))];
};

/** Columns of a sliding window put back where they came from, overlaps added up. */
const col2im: Step = (operands, attributes) => {
  const x = given(operands, 0);
  const image = [...wordsOf(given(operands, 1))];
  const block = [...wordsOf(given(operands, 2))];
  const strides = numbersOf(attributes, "strides") ?? image.map(() => 1);
  const dilations = numbersOf(attributes, "dilations") ?? image.map(() => 1);
  const pads = numbersOf(attributes, "pads") ?? image.flatMap(() => [0, 0]);
  const taps = product(block);
  const [n = 1, rows = 1] = x.shape;
  const windows = image.map((extent, a) => {
    const padded = extent + (pads[a] ?? 0) + (pads[a + image.length] ?? 0);
    return Math.floor((padded - (dilations[a] ?? 1) * ((block[a] ?? 1) - 1) - 1) / (strides[a] ?? 1)) + 1;
  });
  const channels = rows / taps;
  return [
    plan(x.type, [n, channels, ...image], (out) => {
      const [tapStrides, windowStrides, imageStrides] = [stridesOf(block), stridesOf(windows), stridesOf(image)];
      wordsOf(x).forEach((word, i) => {
        const window = i % product(windows);
        const row = Math.floor(i / product(windows));
        const tap = row % taps;
        let place = Math.floor(row / taps) * product(image);
        let isInside = true;
        image.forEach((extent, a) => {
          const at =
            (Math.floor(window / (windowStrides[a] ?? 1)) % (windows[a] ?? 1)) * (strides[a] ?? 1) +
            (Math.floor(tap / (tapStrides[a] ?? 1)) % (block[a] ?? 1)) * (dilations[a] ?? 1) -
            (pads[a] ?? 0);
          if (at < 0 || at >= extent) isInside = false;
          place += at * (imageStrides[a] ?? 1);
        });
        if (isInside) out[place] = (out[place] ?? 0) + word;
      });
    }),
  ];
};

/** The steps that make words, or let them pass as another type or in a larger frame. */
export const filling: Readonly<Record<string, Step>> = {
  Cast: cast,
  CastLike: castLike,
  CenterCropPad: centerCropPad,
  Col2Im: col2im,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Dropout: dropout,
  EyeLike: eyeLike,
  Pad: pad,
  Range: range,
};
