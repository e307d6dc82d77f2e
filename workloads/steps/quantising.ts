import { product } from "../../base/index.js";
import { float8Of } from "../graph/small-floats.js";
import type { Operand, ValueType } from "../graph/types.js";
import { isFloat, limitsOf } from "../graph/value-types.js";
import { roundHalfEven } from "./scalars.js";
import { around, axisOf, given, numberOf, plan, type Step, wordOf, wordsOf } from "./step.js";

/** Reads a scale or zero point: one for all, one for each place along the axis, or one a block along it. */
function along(parameter: Operand, x: Operand, axis: number, block: number): (word: number) => number {
  const words = wordsOf(parameter);
  if (words.length === 1) return () => words[0] ?? 0;
  const [, extent, inner] = around(x.shape, axis);
  if (parameter.shape.length <= 1) return (word) => words[Math.floor(word / inner) % extent] ?? 0;
  const blocks = parameter.shape[axis] ?? 1;
  return (word) => {
    const outer = Math.floor(word / (inner * extent));
    const at = Math.floor((Math.floor(word / inner) % extent) / Math.max(1, block));
    return words[(outer * blocks + at) * inner + (word % inner)] ?? 0;
  };
}

/** The value in the range of the type: rounded half to even and saturated. */
function quantized(type: ValueType, saturate: boolean): (x: number) => number {
  if (type.startsWith("float8")) return (x) => float8Of(x, type as Parameters<typeof float8Of>[1], saturate);
  if (isFloat(type)) return (x) => x;
  const { low, high } = limitsOf(type);
  return (x) => Math.min(high, Math.max(low, roundHalfEven(x)));
}

const axisIn = (x: Operand, axis: number): number => (x.shape.length < 2 ? 0 : axisOf(axis, x.shape.length));

const quantizeLinear: Step = (operands, attributes) => {
  const [x, scale, zero] = [given(operands, 0), given(operands, 1), operands[2]];
  const type = zero?.type ?? (wordOf(attributes, "type", "uint8") as ValueType);
  return [
    plan(type, x.shape, (out) => {
      const axis = axisIn(x, numberOf(attributes, "axis", 1));
      const block = numberOf(attributes, "block_size", 0);
      const finish = quantized(type, numberOf(attributes, "saturate", 1) === 1);
      const scales = along(scale, x, axis, block);
      const zeros = zero === undefined ? () => 0 : along(zero, x, axis, block);
      const words = wordsOf(x);
      const isWhole = !isFloat(type);
      for (let i = 0; i < out.length; i++) {
        const steps = Math.fround((words[i] ?? 0) / scales(i));
        out[i] = finish((isWhole ? roundHalfEven(steps) : steps) + zeros(i));
      }
    }),
  ];
};

const dequantizeLinear: Step = (operands, attributes) => {
  const [x, scale, zero] = [given(operands, 0), given(operands, 1), operands[2]];
  return [
    plan(scale.type, x.shape, (out) => {
      const axis = axisIn(x, numberOf(attributes, "axis", 1));
      const block = numberOf(attributes, "block_size", 0);
      const scales = along(scale, x, axis, block);
      const zeros = zero === undefined ? () => 0 : along(zero, x, axis, block);
      const words = wordsOf(x);
      for (let i = 0; i < out.length; i++) out[i] = ((words[i] ?? 0) - zeros(i)) * scales(i);
    }),
  ];
};

/** To uint8, scale and zero point from the least and the largest word, with zero inside. */
const dynamicQuantizeLinear: Step = (operands) => {
  const x = given(operands, 0);
  const range = (): readonly [number, number] => {
    let [low, high] = [0, 0];
    for (const word of wordsOf(x)) [low, high] = [Math.min(low, word), Math.max(high, word)];
    const scale = Math.fround((high - low) / 255);
    return [scale, roundHalfEven(Math.min(255, Math.max(0, Math.fround(-low / scale))))];
  };
  return [
    plan("uint8", x.shape, (out) => {
      const [scale, zero] = range();
      const words = wordsOf(x);
      const finish = quantized("uint8", true);
      for (let i = 0; i < product(x.shape); i++)
        out[i] = finish(roundHalfEven(Math.fround((words[i] ?? 0) / scale)) + zero);
    }),
    plan("float32", [], (out) => out.fill(range()[0])),
    plan("uint8", [], (out) => out.fill(range()[1])),
  ];
};

/** From integers to few bits and back. */
export const quantising: Readonly<Record<string, Step>> = {
  DequantizeLinear: dequantizeLinear,
  DynamicQuantizeLinear: dynamicQuantizeLinear,
  QuantizeLinear: quantizeLinear,
};
