import type { ConvolutionAxis } from "../convolution.js";
import type { Attributes } from "../graph/types.js";
import { numberOf, numbersOf, StepError, wordOf } from "./step.js";

/** A window that slides along one axis, and whether its last place reaches beyond the padding (`ceil_mode`). */
export interface Window extends ConvolutionAxis {
  /** Padding at the high end, as given. */
  readonly after: number;
}

/** Variables of the output and of the filter, by axis: `p, r`, `q, s`, then `t, k`, `x, y`. */
const names = (rank: number): readonly (readonly [string, string])[] => {
  const one = (i: number): readonly [string, string] => [`x${i}`, `y${i}`];
  const usual: readonly (readonly [string, string])[] =
    rank === 3
      ? [
          ["o", "t"],
          ["p", "r"],
          ["q", "s"],
        ]
      : [
          ["p", "r"],
          ["q", "s"],
        ];
  return Array.from({ length: rank }, (_, i) => usual[i] ?? one(i));
};

/** The windows of a convolution or pooling over these spatial extents, from ONNX' attributes. */
export function windowsOf(
  extents: readonly number[],
  filter: readonly number[],
  attributes: Attributes,
): readonly Window[] {
  const of = (name: string, otherwise: number): readonly number[] =>
    numbersOf(attributes, name) ?? extents.map(() => otherwise);
  const [strides, dilations] = [of("strides", 1), of("dilations", 1)];
  const pads = numbersOf(attributes, "pads") ?? extents.flatMap(() => [0, 0]);
  const mode = wordOf(attributes, "auto_pad", "NOTSET");
  const ceil = numberOf(attributes, "ceil_mode", 0) === 1;
  if (filter.length !== extents.length)
    throw new StepError(`a window of rank ${filter.length} over ${extents.length} axes`);
  return extents.map((input, i) => {
    const [size, stride, dilation] = [filter[i] ?? 1, strides[i] ?? 1, dilations[i] ?? 1];
    const reach = dilation * (size - 1) + 1;
    const explicit = mode === "NOTSET" || mode === "";
    const [before, after] = explicit
      ? [pads[i] ?? 0, pads[i + extents.length] ?? 0]
      : samePads(input, reach, stride, mode);
    const free = input + before + after - reach;
    let output = Math.floor(free / stride) + 1;
    if (ceil && free % stride !== 0 && output * stride < input + before) output++;
    if (output < 1) throw new StepError(`a window of ${reach} words does not fit into ${input + before + after}`);
    return {
      names: names(extents.length)[i] ?? ["p", "r"],
      input,
      output,
      filter: size,
      stride,
      dilation,
      before,
      after,
    };
  });
}

/** Padding with which the output has ⌈input ÷ stride⌉ words; an odd word goes to the upper or the lower end. */
function samePads(input: number, reach: number, stride: number, mode: string): readonly [number, number] {
  if (mode === "VALID") return [0, 0];
  const total = Math.max(0, (Math.ceil(input / stride) - 1) * stride + reach - input);
  const less = Math.floor(total / 2);
  return mode === "SAME_LOWER" ? [total - less, less] : [less, total - less];
}
