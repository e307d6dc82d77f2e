import { activation, errorFunction } from "../../activations.js";
import type { Attributes } from "../../graph/types.js";
import { numberOf, wordOf } from "../step.js";
import { operandOf, outputOf, type Pull, slopeOfOutput } from "./call.js";

/** The derivative at x, where the value is y. At a kink it is that of the flat side, or of the left. */
type Slope = (x: number, y: number, attributes: Attributes) => number;

const alpha = (attributes: Attributes, otherwise: number): number => numberOf(attributes, "alpha", otherwise);
const sigmoid = activation("sigmoid");
const softplus = activation("softplus");
const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

const gelu: Slope = (x, _, attributes) => {
  if (wordOf(attributes, "approximate", "none") !== "tanh")
    return (1 + errorFunction(x / Math.SQRT2)) / 2 + x * density(x);
  const root = Math.sqrt(2 / Math.PI);
  const t = Math.tanh(root * (x + 0.044715 * x ** 3));
  return (1 + t + x * (1 - t * t) * root * (1 + 3 * 0.044715 * x * x)) / 2;
};

/** The derivatives of steps that change each word by itself. */
export const slopes: Readonly<Record<string, Slope>> = {
  Abs: Math.sign,
  Acos: (x) => -1 / Math.sqrt(1 - x * x),
  Acosh: (x) => 1 / Math.sqrt(x * x - 1),
  Asin: (x) => 1 / Math.sqrt(1 - x * x),
  Asinh: (x) => 1 / Math.sqrt(x * x + 1),
  Atan: (x) => 1 / (1 + x * x),
  Atanh: (x) => 1 / (1 - x * x),
  Ceil: () => 0,
  Celu: (x, _, attributes) => (x > 0 ? 1 : Math.exp(x / alpha(attributes, 1))),
  Clip: (x, y) => (x === y ? 1 : 0),
  Cos: (x) => -Math.sin(x),
  Cosh: Math.sinh,
  Elu: (x, _, attributes) => (x < 0 ? alpha(attributes, 1) * Math.exp(x) : 1),
  Erf: (x) => (2 * Math.exp(-x * x)) / Math.sqrt(Math.PI),
  Exp: (_, y) => y,
  Floor: () => 0,
  Gelu: gelu,
  HardSigmoid: (_, y, attributes) => (y > 0 && y < 1 ? alpha(attributes, 0.2) : 0),
  HardSwish: (x) => (x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5),
  LeakyRelu: (x, _, attributes) => (x < 0 ? alpha(attributes, 0.01) : 1),
  Log: (x) => 1 / x,
  Mish: (x) => {
    const t = Math.tanh(softplus(x));
    return t + x * (1 - t * t) * sigmoid(x);
  },
  Neg: () => -1,
  Reciprocal: (_, y) => -y * y,
  Relu: (x) => (x > 0 ? 1 : 0),
  Round: () => 0,
  Selu: (x, _, attributes) => {
    const gamma = numberOf(attributes, "gamma", 1.0507009873554805);
    return x > 0 ? gamma : gamma * alpha(attributes, 1.6732632423543772) * Math.exp(x);
  },
  Shrink: (_, y) => (y === 0 ? 0 : 1),
  Sigmoid: (_, y) => y * (1 - y),
  Sign: () => 0,
  Sin: Math.cos,
  Sinh: Math.cosh,
  Softplus: sigmoid,
  Softsign: (x) => 1 / (1 + Math.abs(x)) ** 2,
  Sqrt: (_, y) => 0.5 / y,
  Swish: (x, _, attributes) => {
    const a = alpha(attributes, 1);
    const s = sigmoid(a * x);
    return s + a * x * s * (1 - s);
  },
  Tan: (_, y) => 1 + y * y,
  Tanh: (_, y) => 1 - y * y,
  ThresholdedRelu: (_, y) => (y === 0 ? 0 : 1),
};

const through =
  (slope: Slope): Pull =>
  (call) => {
    const { values } = operandOf(call, 0);
    const y = outputOf(call);
    return slopeOfOutput(call).map((g, i) => g * slope(values[i] ?? 0, y[i] ?? 0, call.attributes));
  };

export const elementwise: Readonly<Record<string, Pull>> = Object.fromEntries(
  Object.entries(slopes).map(([name, slope]) => [name, through(slope)]),
);
