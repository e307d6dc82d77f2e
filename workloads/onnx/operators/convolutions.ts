import { product } from "../../../base/index.js";
import { convolutionEinsum } from "../../convolution.js";
import { transposedConvolutionEinsum, transposedExtent } from "../../sliding.js";
import { numberOf, numbersOf, StepError, wordOf } from "../../steps/step.js";
import { windowsOf } from "../../steps/windows.js";
import { addLayer, type Call, has, inputOf, known, type Lowering, operandOf, outputName, step, typed } from "./call.js";

/** Puts the bias, one word a channel, on top of what the layer gave. */
export function biased(call: Call, sums: string, bias: string, channels: number, rank: number, output: string): string {
  const shape = [channels, ...Array<number>(rank).fill(1)];
  return step(call, "Add", [sums, step(call, "Reshape", [bias], { shape })], {}, output);
}

/** The convolution of two tensors of the graph, without bias; returns the name of its output and that output's shape. */
export function convolved(
  call: Call,
  x: string,
  w: string,
  output?: string,
  biases = 0,
): { readonly name: string; readonly shape: readonly number[] } {
  const [input, weights] = [call.builder.operand(x), call.builder.operand(w)];
  const [batch = 1, inputChannels = 1, ...extents] = input.shape;
  const [outputChannels = 1, perGroup = 1, ...filter] = weights.shape;
  const groups = numberOf(call.attributes, "group", 1);
  if (perGroup * groups !== inputChannels)
    throw new StepError(`filters of ${perGroup} channels in ${groups} groups do not suit ${inputChannels} channels`);
  const axes = windowsOf(extents, filter, call.attributes);
  const einsum = typed(convolutionEinsum({ batch, groups, outputChannels, inputChannels, axes }), input.type);
  const shape = [batch, outputChannels, ...axes.map((axis) => axis.output)];
  const kind = ["conv", "conv1d", "conv", "conv3d"][axes.length] ?? "conv";
  const name = addLayer(call, { kind, einsum, inputs: [x, w], type: input.type, shape, biases }, output);
  return { name, shape };
}

const conv: Lowering = (call) => {
  const [x, w] = [inputOf(call, 0), inputOf(call, 1)];
  if (!has(call, 2)) {
    convolved(call, x, w, outputName(call));
    return;
  }
  const channels = operandOf(call, 1).shape[0] ?? 1;
  const { name, shape } = convolved(call, x, w, undefined, channels);
  biased(call, name, inputOf(call, 2), channels, shape.length - 2, outputName(call));
};

/** Padding of a transposed convolution: as given, or what makes its output as large as it is asked to be. */
function cuts(
  call: Call,
  extents: readonly number[],
  filter: readonly number[],
): readonly (readonly [number, number, number])[] {
  const { attributes } = call;
  const of = (name: string, otherwise: number): readonly number[] =>
    numbersOf(attributes, name) ?? extents.map(() => otherwise);
  const [strides, dilations, beyond] = [of("strides", 1), of("dilations", 1), of("output_padding", 0)];
  const mode = wordOf(attributes, "auto_pad", "NOTSET");
  const isSame = mode === "SAME_UPPER" || mode === "SAME_LOWER";
  const wanted = numbersOf(attributes, "output_shape")?.slice(-extents.length);
  const pads = numbersOf(attributes, "pads") ?? extents.flatMap(() => [0, 0]);
  return extents.map((input, i) => {
    const [stride, added] = [strides[i] ?? 1, beyond[i] ?? 0];
    const asked = wanted?.[i] ?? (isSame ? input * stride : undefined);
    if (asked === undefined)
      return mode === "VALID" ? [0, 0, added] : [pads[i] ?? 0, pads[i + extents.length] ?? 0, added];
    const reach = (dilations[i] ?? 1) * ((filter[i] ?? 1) - 1) + 1;
    const total = stride * (input - 1) + added + reach - asked;
    const less = Math.floor(total / 2);
    if (total < 0) return [0, 0, added - total];
    return mode === "SAME_UPPER" ? [less, total - less, added] : [total - less, less, added];
  });
}

const convTranspose: Lowering = (call) => {
  const [input, weights] = [operandOf(call, 0), operandOf(call, 1)];
  const [batch = 1, inputChannels = 1, ...extents] = input.shape;
  const [, perGroup = 1, ...filter] = weights.shape;
  const groups = numberOf(call.attributes, "group", 1);
  const padding = cuts(call, extents, filter);
  const axes = windowsOf(
    extents,
    extents.map(() => 1),
    {},
  ).map((window, i) => {
    const [before = 0, after = 0, beyond = 0] = padding[i] ?? [];
    const axis = {
      ...{ names: window.names, input: extents[i] ?? 1, filter: filter[i] ?? 1, before },
      stride: numbersOf(call.attributes, "strides")?.[i] ?? 1,
      dilation: numbersOf(call.attributes, "dilations")?.[i] ?? 1,
    };
    return { ...axis, output: transposedExtent(axis, after, beyond) };
  });
  const outputChannels = perGroup * groups;
  const parsed = transposedConvolutionEinsum({ batch, groups, inputChannels, outputChannels, axes });
  if (!parsed.ok) throw new StepError(parsed.errors.map((error) => error.message).join("; "));
  const shape = [batch, outputChannels, ...axes.map((axis) => axis.output)];
  const wish = {
    ...{ kind: "deconv", einsum: typed(parsed.value, input.type), type: input.type, shape },
    inputs: [inputOf(call, 0), inputOf(call, 1)],
  };
  if (!has(call, 2)) addLayer(call, wish, outputName(call));
  else {
    const sums = addLayer(call, { ...wish, biases: outputChannels });
    biased(call, sums, inputOf(call, 2), outputChannels, axes.length, outputName(call));
  }
};

/** Integers less their zero point, as 32-bit integers. A zero point may be one for all, or one for each place of an axis. */
export function shifted(call: Call, i: number, zero: number, axis: number): string {
  const whole = step(call, "Cast", [inputOf(call, i)], { type: "int32" });
  if (!has(call, zero)) return whole;
  const rank = operandOf(call, i).shape.length;
  const point = step(call, "Cast", [inputOf(call, zero)], { type: "int32" });
  const own = call.builder.operand(point).shape;
  if (product(own) === 1 || own.length !== 1) return step(call, "Sub", [whole, point]);
  const at = axis < 0 ? axis + rank : axis;
  const shape = Array.from({ length: rank }, (_, a) => (a === at ? (own[0] ?? 1) : 1));
  return step(call, "Sub", [whole, step(call, "Reshape", [point], { shape })]);
}

const convInteger: Lowering = (call) => {
  convolved(call, shifted(call, 0, 2, 1), shifted(call, 1, 3, 0), outputName(call));
};

/** Brings 32-bit sums of quantised words (scales a and b) to those of the output: rounded half to even, and saturated. */
export function requantized(
  call: Call,
  sums: string,
  scales: readonly [string, string],
  output: readonly [string, string],
): void {
  const ratio = step(call, "Div", [step(call, "Mul", scales), output[0]]);
  const float = (name: string): string => step(call, "Cast", [name], { type: "float32" });
  const real = step(call, "Mul", [float(sums), float(ratio)]);
  const one = known(call, "float32", [], [1]);
  step(call, "QuantizeLinear", [real, one, output[1]], { axis: 1 }, outputName(call));
}

/** x, scale, zero, w, scale, zero, y's scale, zero, bias. */
const qLinearConv: Lowering = (call) => {
  const { name, shape } = convolved(call, shifted(call, 0, 2, 1), shifted(call, 3, 5, 0));
  const channels = shape[1] ?? 1;
  const sums = has(call, 8)
    ? biased(call, name, inputOf(call, 8), channels, shape.length - 2, call.builder.fresh(`${call.name}.biased`))
    : name;
  const scale = operandOf(call, 4);
  const perChannel =
    product(scale.shape) === 1
      ? inputOf(call, 4)
      : step(call, "Reshape", [inputOf(call, 4)], { shape: [channels, ...shape.slice(2).map(() => 1)] });
  requantized(call, sums, [inputOf(call, 1), perChannel], [inputOf(call, 6), inputOf(call, 7)]);
};

/** Convolutions of every kind, as layers. */
export const convolutions: Readonly<Record<string, Lowering>> = {
  Conv: conv,
  ConvInteger: convInteger,
  ConvTranspose: convTranspose,
  QLinearConv: qLinearConv,
};
