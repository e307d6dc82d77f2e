import type { Attributes, ValueType } from "../graph/types.js";
import { bitsOf } from "../graph/value-types.js";
import { erf, roundHalfEven, sigmoid, softplus } from "./scalars.js";
import { given, numberOf, plan, type Step, wordOf, wordsOf } from "./step.js";

/** What becomes of one word; the attributes are read once. */
type Formula = (attributes: Attributes, type: ValueType) => (x: number) => number;

/** A step that changes each word by itself. */
function eachWord(formula: Formula, result: (type: ValueType) => ValueType = (type) => type): Step {
  return (operands, attributes) => {
    const x = given(operands, 0);
    const f = formula(attributes, x.type);
    return [
      plan(result(x.type), x.shape, (out) => {
        const words = wordsOf(x);
        for (let i = 0; i < out.length; i++) out[i] = f(words[i] ?? 0);
      }),
    ];
  };
}

const plain = (f: (x: number) => number): Step => eachWord(() => f);
const test = (formula: Formula): Step => eachWord(formula, () => "bool");

/** A formula with the parameters alpha and beta (or gamma), and their values where they are not given. */
function shaped(alpha: number, second: number, f: (x: number, alpha: number, second: number) => number): Step {
  return eachWord((attributes) => {
    const a = numberOf(attributes, "alpha", alpha);
    const b = numberOf(attributes, "beta", numberOf(attributes, "gamma", second));
    return (x) => f(x, a, b);
  });
}

const gelu: Formula = (attributes) =>
  wordOf(attributes, "approximate", "none") === "tanh"
    ? (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
    : (x) => 0.5 * x * (1 + erf(x / Math.SQRT2));

const isInfinite: Formula = (attributes) => {
  const positive = numberOf(attributes, "detect_positive", 1) !== 0;
  const negative = numberOf(attributes, "detect_negative", 1) !== 0;
  return (x) => Number((positive && x === Number.POSITIVE_INFINITY) || (negative && x === Number.NEGATIVE_INFINITY));
};

const shrink: Formula = (attributes) => {
  const limit = numberOf(attributes, "lambd", 0.5);
  const bias = numberOf(attributes, "bias", 0);
  return (x) => (x < -limit ? x + bias : x > limit ? x - bias : 0);
};

/** −1 − x, in the width of the type. */
const complement: Formula = (_, type) => (type.startsWith("u") ? (x) => 2 ** bitsOf(type) - 1 - x : (x) => -1 - x);

/** The steps that change each word by itself: ONNX' elementwise functions of one operand, activations included. */
export const unary: Readonly<Record<string, Step>> = {
  Abs: plain(Math.abs),
  Acos: plain(Math.acos),
  Acosh: plain(Math.acosh),
  Asin: plain(Math.asin),
  Asinh: plain(Math.asinh),
  Atan: plain(Math.atan),
  Atanh: plain(Math.atanh),
  BitwiseNot: eachWord(complement),
  Ceil: plain(Math.ceil),
  Celu: shaped(1, 0, (x, alpha) => Math.max(0, x) + Math.min(0, alpha * Math.expm1(x / alpha))),
  Cos: plain(Math.cos),
  Cosh: plain(Math.cosh),
  Elu: shaped(1, 0, (x, alpha) => (x < 0 ? alpha * Math.expm1(x) : x)),
  Erf: plain(erf),
  Exp: plain(Math.exp),
  Floor: plain(Math.floor),
  Gelu: eachWord(gelu),
  HardSigmoid: shaped(0.2, 0.5, (x, alpha, beta) => Math.max(0, Math.min(1, alpha * x + beta))),
  HardSwish: plain((x) => x * Math.max(0, Math.min(1, x / 6 + 0.5))),
  IsInf: test(isInfinite),
  IsNaN: test(() => (x) => Number(Number.isNaN(x))),
  LeakyRelu: shaped(0.01, 0, (x, alpha) => (x < 0 ? alpha * x : x)),
  Log: plain(Math.log),
  Mish: plain((x) => x * Math.tanh(softplus(x))),
  Neg: plain((x) => -x),
  Not: test(() => (x) => Number(x === 0)),
  Reciprocal: plain((x) => 1 / x),
  Relu: plain((x) => (x < 0 ? 0 : x)),
  Round: plain(roundHalfEven),
  Selu: shaped(1.6732632423543772, 1.0507009873554805, (x, alpha, gamma) =>
    x > 0 ? gamma * x : gamma * alpha * Math.expm1(x),
  ),
  Shrink: eachWord(shrink),
  Sigmoid: plain(sigmoid),
  Sign: plain(Math.sign),
  Sin: plain(Math.sin),
  Sinh: plain(Math.sinh),
  Softplus: plain(softplus),
  Softsign: plain((x) => x / (1 + Math.abs(x))),
  Sqrt: plain(Math.sqrt),
  Swish: shaped(1, 0, (x, alpha) => x * sigmoid(alpha * x)),
  Tan: plain(Math.tan),
  Tanh: plain(Math.tanh),
  ThresholdedRelu: shaped(1, 0, (x, alpha) => (x > alpha ? x : 0)),
};
