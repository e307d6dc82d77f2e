import type { Attributes, Operand } from "../graph/types.js";
import type { Values } from "../values.js";
import { around, axisOf, given, numberOf, numbersOf, plan, type Step, StepError, wordOf, wordsOf } from "./step.js";

/** For each word along the new axis the words it is made of, with their weights; null: the value for what lies outside. */
type Taps = readonly (readonly (readonly [number, number])[] | null)[];

/** One axis to be resized. */
interface Axis {
  readonly axis: number;
  readonly input: number;
  readonly output: number;
  /** Output extent ÷ input extent, before it was made whole. */
  readonly scale: number;
  /** The part of the input to be cropped to, between 0 and 1. */
  readonly roi: readonly [number, number];
}

/** Where in the input word number x of the output lies. */
function coordinate(x: number, { input, output, scale, roi }: Axis, mode: string): number {
  const exact = scale * input;
  switch (mode) {
    case "align_corners":
      return exact === 1 ? 0 : (x * (input - 1)) / (exact - 1);
    case "asymmetric":
      return x / scale;
    case "tf_crop_and_resize": {
      const [from, to] = roi;
      const inside = exact === 1 ? ((to - from) * (input - 1)) / 2 : (x * (to - from) * (input - 1)) / (exact - 1);
      return from * (input - 1) + inside;
    }
    case "pytorch_half_pixel":
      return exact === 1 ? -0.5 : (x + 0.5) / scale - 0.5;
    case "tf_half_pixel_for_nn":
      return (x + 0.5) / scale;
    case "half_pixel_symmetric":
      return (input / 2) * (1 - output / exact) + (x + 0.5) / scale - 0.5;
    case "half_pixel":
      return (x + 0.5) / scale - 0.5;
    default:
      throw new StepError(`there is no coordinate transformation ${mode}`);
  }
}

function nearest(at: number, rounding: string): number {
  if (rounding === "floor") return Math.floor(at);
  if (rounding === "ceil") return Math.ceil(at);
  return rounding === "round_prefer_ceil" ? Math.floor(at + 0.5) : Math.ceil(at - 0.5);
}

/** How much a word at distance x counts: linear, or the cubic convolution of Keys (1981). */
function weight(x: number, mode: string, a: number): number {
  const size = Math.abs(x);
  if (mode === "linear") return Math.max(0, 1 - size);
  if (size <= 1) return (a + 2) * size ** 3 - (a + 3) * size ** 2 + 1;
  return size < 2 ? a * size ** 3 - 5 * a * size ** 2 + 8 * a * size - 4 * a : 0;
}

function tapsOf(axis: Axis, attributes: Attributes): Taps {
  const mode = wordOf(attributes, "mode", "nearest");
  const transformation = wordOf(attributes, "coordinate_transformation_mode", "half_pixel");
  const cubic = numberOf(attributes, "cubic_coeff_a", -0.75);
  const antialias = numberOf(attributes, "antialias", 0) === 1;
  const excludes = numberOf(attributes, "exclude_outside", 0) === 1;
  const rounding = wordOf(attributes, "nearest_mode", "round_prefer_floor");
  const clamp = (place: number): number => Math.min(axis.input - 1, Math.max(0, place));
  const stretch = antialias ? Math.min(1, axis.scale) : 1;
  const reach = (mode === "linear" ? 1 : 2) / stretch;
  return Array.from({ length: axis.output }, (_, x) => {
    const at = coordinate(x, axis, transformation);
    if (transformation === "tf_crop_and_resize" && (at < 0 || at > axis.input - 1)) return null;
    if (mode === "nearest") return [[clamp(nearest(at, rounding)), 1]];
    const taps: [number, number][] = [];
    for (let place = Math.ceil(at - reach); place <= Math.floor(at + reach); place++) {
      if (excludes && place !== clamp(place)) continue;
      taps.push([clamp(place), weight((place - at) * stretch, mode, cubic)]);
    }
    const total = taps.reduce((sum, [, w]) => sum + w, 0);
    return taps.map(([place, w]) => [place, w / total]);
  });
}

/** The words resized along one axis. */
function resizedAlong(
  words: Values,
  shape: readonly number[],
  axis: number,
  taps: Taps,
  outside: number,
): Float64Array {
  const [outer, extent, inner] = around(shape, axis);
  const out = new Float64Array(outer * taps.length * inner);
  for (let o = 0; o < outer; o++)
    taps.forEach((tap, k) => {
      const to = (o * taps.length + k) * inner;
      if (tap === null) out.fill(outside, to, to + inner);
      else
        for (const [place, w] of tap) {
          const from = (o * extent + place) * inner;
          for (let i = 0; i < inner; i++) out[to + i] = (out[to + i] ?? 0) + w * (words[from + i] ?? 0);
        }
    });
  return out;
}

/** The axes with their extents, from scales or from sizes (which may keep the aspect ratio). */
function axesOf(
  x: Operand,
  roi: readonly number[],
  scales: readonly number[],
  sizes: readonly number[],
  attributes: Attributes,
): readonly Axis[] {
  const chosen = numbersOf(attributes, "axes")?.map((axis) => axisOf(axis, x.shape.length));
  const axes = chosen ?? x.shape.map((_, axis) => axis);
  const policy = wordOf(attributes, "keep_aspect_ratio_policy", "stretch");
  const ratios = axes.map((axis, i) => (sizes[i] ?? 1) / (x.shape[axis] ?? 1));
  const common = policy === "not_larger" ? Math.min(...ratios) : Math.max(...ratios);
  return axes.map((axis, i) => {
    const input = x.shape[axis] ?? 1;
    const part = [roi[i] ?? 0, roi[i + axes.length] ?? 1] as const;
    if (sizes.length === 0) {
      const scale = scales[i] ?? 1;
      return { axis, input, output: Math.floor(scale * input), scale, roi: part };
    }
    if (policy === "stretch") return { axis, input, output: sizes[i] ?? 1, scale: ratios[i] ?? 1, roi: part };
    return { axis, input, output: Math.floor(common * input + 0.5), scale: common, roi: part };
  });
}

const resize: Step = (operands, attributes) => {
  const x = given(operands, 0);
  const list = (operand: Operand | undefined): readonly number[] =>
    operand === undefined ? [] : [...wordsOf(operand)];
  const scales = numbersOf(attributes, "scales") ?? list(operands[2]);
  const axes = axesOf(x, list(operands[1]), scales, list(operands[3]), attributes);
  const shape = [...x.shape];
  for (const { axis, output } of axes) shape[axis] = output;
  return [
    plan(x.type, shape, (out) => {
      let words: Values = wordsOf(x);
      const now = [...x.shape];
      for (const axis of axes) {
        if (axis.input === axis.output && axis.scale === 1 && axis.roi[0] === 0 && axis.roi[1] === 1) continue;
        const outside = numberOf(attributes, "extrapolation_value", 0);
        words = resizedAlong(words, now, axis.axis, tapsOf(axis, attributes), outside);
        now[axis.axis] = axis.output;
      }
      out.set(words);
    }),
  ];
};

/** Resizing and upsampling. */
export const resizing: Readonly<Record<string, Step>> = { Resize: resize };
