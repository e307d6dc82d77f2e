import { activation, errorFunction } from "../activations.js";
import type { Attributes, ValueType } from "../graph/types.js";
import { bitsOf } from "../graph/value-types.js";
import { roundHalfEven } from "./scalars.js";
import { given, numberOf, plan, type Step, wordsOf } from "./step.js";

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

/** One of the activations that layers may end in, with the figures that the node gives. */
const activated = (name: string): Step =>
  eachWord((attributes) => {
    const figure = (key: string): object => {
      const value = attributes[key];
      return typeof value === "number" ? { [key]: value } : {};
    };
    return activation(name, { ...figure("alpha"), ...figure("beta"), ...figure("gamma") });
  });

const gelu: Formula = (attributes) => activation(attributes["approximate"] === "tanh" ? "gelu-tanh" : "gelu");

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
  Celu: activated("celu"),
  Cos: plain(Math.cos),
  Cosh: plain(Math.cosh),
  Elu: activated("elu"),
  Erf: plain(errorFunction),
  Exp: plain(Math.exp),
  Floor: plain(Math.floor),
  Gelu: eachWord(gelu),
  HardSigmoid: activated("hard-sigmoid"),
  HardSwish: activated("hard-swish"),
  IsInf: test(isInfinite),
  IsNaN: test(() => (x) => Number(Number.isNaN(x))),
  LeakyRelu: activated("leaky-relu"),
  Log: plain(Math.log),
  Mish: activated("mish"),
  Neg: plain((x) => -x),
  Not: test(() => (x) => Number(x === 0)),
  Reciprocal: plain((x) => 1 / x),
  Relu: activated("relu"),
  Round: plain(roundHalfEven),
  Selu: activated("selu"),
  Shrink: eachWord(shrink),
  Sigmoid: activated("sigmoid"),
  Sign: plain(Math.sign),
  Sin: plain(Math.sin),
  Sinh: plain(Math.sinh),
  Softplus: activated("softplus"),
  Softsign: activated("softsign"),
  Sqrt: plain(Math.sqrt),
  Swish: activated("swish"),
  Tan: plain(Math.tan),
  Tanh: activated("tanh"),
  ThresholdedRelu: activated("thresholded-relu"),
};
