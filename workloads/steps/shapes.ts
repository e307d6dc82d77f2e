import { product } from "../../base/index.js";
import type { Operand } from "../graph/types.js";
import { stridesOf } from "../values.js";
import { placesOf } from "./places.kernel.js";
import {
  around,
  axisOf,
  given,
  listFrom,
  numberOf,
  numbersOf,
  type Planned,
  plan,
  printShape,
  type Step,
  StepError,
  viewed,
  wordOf,
  wordsOf,
} from "./step.js";

/** The operand's words in another order: those at `strides` from `offset`, under a new shape. */
export function rearranged(
  x: Operand,
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
  result: readonly number[] = shape,
): Planned {
  return plan(x.type, result, (out) => {
    const words = wordsOf(x);
    placesOf(shape, strides, offset).forEach((place, i) => {
      out[i] = words[place] ?? 0;
    });
  });
}

const reshape: Step = (operands, attributes) => {
  const x = given(operands, 0);
  const wanted = listFrom(operands[1], attributes, "shape") ?? [];
  const keepsZeros = numberOf(attributes, "allowzero", 0) === 1;
  const shape = wanted.map((extent, axis) => (extent === 0 && !keepsZeros ? (x.shape[axis] ?? 0) : extent));
  const rest = product(shape.filter((extent) => extent !== -1));
  const full = shape.map((extent) => (extent === -1 ? product(x.shape) / Math.max(1, rest) : extent));
  if (product(full) !== product(x.shape))
    throw new StepError(`${printShape(x.shape)} cannot be given the shape ${printShape(wanted)}`);
  return [viewed(x, full)];
};

const flatten: Step = (operands, attributes) => {
  const x = given(operands, 0);
  const axis = numberOf(attributes, "axis", 1);
  const at = axis < 0 ? axis + x.shape.length : axis;
  return [viewed(x, [product(x.shape.slice(0, at)), product(x.shape.slice(at))])];
};

const squeeze: Step = (operands, attributes) => {
  const x = given(operands, 0);
  const axes = listFrom(operands[1], attributes, "axes")?.map((axis) => axisOf(axis, x.shape.length));
  return [
    viewed(
      x,
      x.shape.filter((extent, axis) => (axes === undefined ? extent !== 1 : !axes.includes(axis))),
    ),
  ];
};

const unsqueeze: Step = (operands, attributes) => {
  const x = given(operands, 0);
  const axes = listFrom(operands[1], attributes, "axes") ?? [];
  const rank = x.shape.length + axes.length;
  const added = new Set(axes.map((axis) => axisOf(axis, rank)));
  const extents = [...x.shape];
  return [
    viewed(
      x,
      Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : (extents.shift() ?? 1))),
    ),
  ];
};

const transpose: Step = (operands, attributes) => {
  const x = given(operands, 0);
  const order = numbersOf(attributes, "perm") ?? x.shape.map((_, axis) => x.shape.length - 1 - axis);
  const strides = stridesOf(x.shape);
  return [
    rearranged(
      x,
      order.map((axis) => x.shape[axis] ?? 1),
      order.map((axis) => strides[axis] ?? 0),
    ),
  ];
};

const concat: Step = (operands, attributes) => {
  const parts = operands.map((_, i) => given(operands, i));
  const first = given(operands, 0);
  const axis = axisOf(numberOf(attributes, "axis", 1), first.shape.length);
  for (const { shape } of parts)
    if (shape.length !== first.shape.length || shape.some((extent, a) => a !== axis && extent !== first.shape[a]))
      throw new StepError(`${printShape(first.shape)} and ${printShape(shape)} cannot be joined along axis ${axis}`);
  const total = parts.reduce((extent, part) => extent + (part.shape[axis] ?? 0), 0);
  const shape = first.shape.map((extent, a) => (a === axis ? total : extent));
  return [
    plan(first.type, shape, (out) => {
      const [outer, , inner] = around(shape, axis);
      let from = 0;
      for (const part of parts) {
        const run = (part.shape[axis] ?? 0) * inner;
        const words = wordsOf(part);
        for (let o = 0; o < outer; o++) out.set(words.subarray(o * run, (o + 1) * run), o * total * inner + from);
        from += run;
      }
    }),
  ];
};

/** Equal parts, the last one shorter where they do not come out even; or parts of given lengths. */
const split: Step = (operands, attributes) => {
  const x = given(operands, 0);
  const axis = axisOf(numberOf(attributes, "axis", 0), x.shape.length);
  const extent = x.shape[axis] ?? 1;
  const count = numberOf(attributes, "num_outputs", numberOf(attributes, "outputs", 1));
  const chunk = Math.ceil(extent / count);
  const even = Array.from({ length: count }, (_, i) => Math.max(0, Math.min(chunk, extent - i * chunk)));
  const lengths = listFrom(operands[1], attributes, "split") ?? even;
  if (lengths.reduce((a, b) => a + b, 0) !== extent)
    throw new StepError(`parts of ${lengths.join(", ")} do not add up to the extent ${extent}`);
  const strides = stridesOf(x.shape);
  let from = 0;
  return lengths.map((length) => {
    const offset = from * (strides[axis] ?? 1);
    from += length;
    return rearranged(
      x,
      x.shape.map((whole, a) => (a === axis ? length : whole)),
      strides,
      offset,
    );
  });
};

/** One axis of a slice: first word, distance, and how many. */
interface Range {
  readonly start: number;
  readonly step: number;
  readonly extent: number;
}

function rangeOf(extent: number, start: number, end: number, step: number): Range {
  const clamp = (at: number, low: number, high: number): number =>
    Math.min(high, Math.max(low, at < 0 ? at + extent : at));
  const from = step > 0 ? clamp(start, 0, extent) : clamp(start, 0, extent - 1);
  const to = step > 0 ? clamp(end, 0, extent) : clamp(end, -1, extent - 1);
  return { start: from, step, extent: Math.max(0, Math.ceil((to - from) / step)) };
}

const slice: Step = (operands, attributes) => {
  const x = given(operands, 0);
  const starts = listFrom(operands[1], attributes, "starts") ?? [];
  const ends = listFrom(operands[2], attributes, "ends") ?? [];
  const axes = listFrom(operands[3], attributes, "axes") ?? starts.map((_, i) => i);
  const steps = listFrom(operands[4], {}, "steps") ?? starts.map(() => 1);
  const ranges: Range[] = x.shape.map((extent) => ({ start: 0, step: 1, extent }));
  axes.forEach((chosen, i) => {
    const axis = axisOf(chosen, x.shape.length);
    ranges[axis] = rangeOf(x.shape[axis] ?? 1, starts[i] ?? 0, ends[i] ?? 0, steps[i] ?? 1);
  });
  const strides = stridesOf(x.shape);
  return [
    rearranged(
      x,
      ranges.map((range) => range.extent),
      ranges.map((range, axis) => range.step * (strides[axis] ?? 0)),
      ranges.reduce((offset, range, axis) => offset + range.start * (strides[axis] ?? 0), 0),
    ),
  ];
};

/** [n, c, h, w] to [n, c/b², h·b, w·b]: DCR takes the block's offsets before the channel, CRD after. */
const depthToSpace: Step = (operands, attributes) => {
  const x = given(operands, 0);
  const [n = 1, c = 1, h = 1, w = 1] = x.shape;
  const b = numberOf(attributes, "blocksize", 1);
  const depth = c / (b * b);
  const crd = wordOf(attributes, "mode", "DCR") === "CRD";
  const [block, channel] = crd ? [h * w, b * b * h * w] : [depth * h * w, h * w];
  return [
    rearranged(x, [n, depth, h, b, w, b], [c * h * w, channel, w, b * block, 1, block], 0, [n, depth, h * b, w * b]),
  ];
};

const spaceToDepth: Step = (operands, attributes) => {
  const x = given(operands, 0);
  const [n = 1, c = 1, h = 1, w = 1] = x.shape;
  const b = numberOf(attributes, "blocksize", 1);
  const result = [n, c * b * b, h / b, w / b];
  return [rearranged(x, [n, b, b, c, h / b, w / b], [c * h * w, w, 1, h * w, b * w, b], 0, result)];
};

/** The extents of a tensor, from `start` to `end`. */
const shapeOf: Step = (operands, attributes) => {
  const x = given(operands, 0);
  const rank = x.shape.length;
  const part = x.shape.slice(numberOf(attributes, "start", 0), numberOf(attributes, "end", rank));
  return [plan("int64", [part.length], (out) => out.set(part))];
};

const reverseSequence: Step = (operands, attributes) => {
  const x = given(operands, 0);
  const time = numberOf(attributes, "time_axis", 0);
  const batch = numberOf(attributes, "batch_axis", 1);
  return [
    plan(x.type, x.shape, (out) => {
      const words = wordsOf(x);
      const lengths = wordsOf(given(operands, 1));
      const strides = stridesOf(x.shape);
      const along = strides[time] ?? 1;
      for (let i = 0; i < out.length; i++) {
        const t = Math.floor(i / along) % (x.shape[time] ?? 1);
        const length = lengths[Math.floor(i / (strides[batch] ?? 1)) % (x.shape[batch] ?? 1)] ?? 0;
        out[i] = words[t < length ? i + (length - 1 - 2 * t) * along : i] ?? 0;
      }
    }),
  ];
};

/** The triangle of the last two axes, the rest zero. */
const trilu: Step = (operands, attributes) => {
  const x = given(operands, 0);
  const upper = numberOf(attributes, "upper", 1) === 1;
  return [
    plan(x.type, x.shape, (out) => {
      const words = wordsOf(x);
      const shift = operands[1] === undefined ? 0 : (wordsOf(operands[1])[0] ?? 0);
      const [rows, columns] = [x.shape.at(-2) ?? 1, x.shape.at(-1) ?? 1];
      for (let i = 0; i < out.length; i++) {
        const [row, column] = [Math.floor(i / columns) % rows, i % columns];
        const inside = upper ? column >= row + shift : column <= row + shift;
        out[i] = inside ? (words[i] ?? 0) : 0;
      }
    }),
  ];
};

/** The steps that only move words. */
export const shapes: Readonly<Record<string, Step>> = {
  Concat: concat,
  DepthToSpace: depthToSpace,
  Flatten: flatten,
  Identity: (operands) => [viewed(given(operands, 0), given(operands, 0).shape)],
  Reshape: reshape,
  ReverseSequence: reverseSequence,
  Shape: shapeOf,
  Size: (operands) => [plan("int64", [], (out) => out.fill(product(given(operands, 0).shape)))],
  Slice: slice,
  SpaceToDepth: spaceToDepth,
  Split: split,
  Squeeze: squeeze,
  Transpose: transpose,
  Trilu: trilu,
  Unsqueeze: unsqueeze,
};
