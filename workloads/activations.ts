/** The figures of an activation's formula; which of them it has, and what they are unless given, its definition says. */
export interface ActivationFigures {
  readonly alpha?: number;
  readonly beta?: number;
  readonly gamma?: number;
}

/** A function of one value, as ONNX defines it where ONNX has one of the name. */
export interface ActivationDefinition {
  /** What the figures are unless given; a figure that is not here is none of the function's. */
  readonly figures: ActivationFigures;
  readonly of: (x: number, alpha: number, beta: number, gamma: number) => number;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const clamp = (x: number, low: number, high: number): number => Math.min(high, Math.max(low, x));
const softplus = (x: number): number => Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x)));
const plain = (of: (x: number) => number): ActivationDefinition => ({ figures: {}, of });

const activations: readonly (readonly [string, ActivationDefinition])[] = [
  ["relu", plain((x) => Math.max(0, x))],
  ["relu6", plain((x) => clamp(x, 0, 6))],
  ["sigmoid", plain(sigmoid)],
  ["tanh", plain(Math.tanh)],
  ["leaky-relu", { figures: { alpha: 0.01 }, of: (x, alpha) => (x < 0 ? alpha * x : x) }],
  ["elu", { figures: { alpha: 1 }, of: (x, alpha) => (x < 0 ? alpha * Math.expm1(x) : x) }],
  [
    "selu",
    {
      figures: { alpha: 1.6732632423543772, gamma: 1.0507009873554805 },
      of: (x, alpha, _, gamma) => gamma * (x <= 0 ? alpha * Math.expm1(x) : x),
    },
  ],
  ["celu", { figures: { alpha: 1 }, of: (x, alpha) => Math.max(0, x) + Math.min(0, alpha * Math.expm1(x / alpha)) }],
  ["swish", { figures: { alpha: 1 }, of: (x, alpha) => x * sigmoid(alpha * x) }],
  ["hard-swish", plain((x) => x * clamp(x / 6 + 0.5, 0, 1))],
  ["hard-sigmoid", { figures: { alpha: 0.2, beta: 0.5 }, of: (x, alpha, beta) => clamp(alpha * x + beta, 0, 1) }],
  ["gelu", plain((x) => 0.5 * x * (1 + errorFunction(x / Math.SQRT2)))],
  ["gelu-tanh", plain((x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))))],
  ["softplus", plain(softplus)],
  ["softsign", plain((x) => x / (1 + Math.abs(x)))],
  ["mish", plain((x) => x * Math.tanh(softplus(x)))],
];

/** What other layers are made of, and activations with edges of their own. */
const functions: readonly (readonly [string, ActivationDefinition])[] = [
  ["thresholded-relu", { figures: { alpha: 1 }, of: (x, alpha) => (x > alpha ? x : 0) }],
  ["clip", { figures: { alpha: -1, beta: 1 }, of: clamp }],
  ["exp", plain(Math.exp)],
  ["log", plain(Math.log)],
  ["square", plain((x) => x * x)],
  ["absolute", plain(Math.abs)],
  ["power", { figures: { alpha: 1, beta: 0, gamma: 1 }, of: (x, a, b, exponent) => (a * x + b) ** exponent }],
  ["absolute-power", { figures: { gamma: 2 }, of: (x, _, __, exponent) => Math.abs(x) ** exponent }],
];

const definitions: ReadonlyMap<string, ActivationDefinition> = new Map([...activations, ...functions]);

/** The activations of the trade, by name. */
export const activationNames: readonly string[] = activations.map(([name]) => name);

/**
 * All functions that a layer may end in: the activations, and those that other layers are made of. `power` is
 * (alpha·x + beta)^gamma, `absolute-power` |x|^gamma, `clip` keeps x within alpha … beta.
 */
export const functionNames: readonly string[] = [...definitions.keys()];

/** The definition of an activation; undefined where there is none of this name. */
export const activationDefinition = (name: string): ActivationDefinition | undefined => definitions.get(name);

/**
 * The function of this name with its figures; those not given are ONNX's defaults.
 * @throws where there is no such activation: a bug, parsers have asked `functionNames` before.
 */
export function activation(name: string, figures: ActivationFigures = {}): (x: number) => number {
  const found = definitions.get(name);
  if (found === undefined) throw new Error(`no activation ${name}`);
  const { alpha = 0, beta = 0, gamma = 0 } = { ...found.figures, ...figures };
  const { of } = found;
  return (x) => of(x, alpha, beta, gamma);
}

/**
 * erf to the accuracy of doubles: the Maclaurin series near 0, the continued fraction of erfc beyond
 * (Abramowitz and Stegun, *Handbook of Mathematical Functions*, 7.1.6 and 7.1.14).
 */
export function errorFunction(x: number): number {
  const z = Math.abs(x);
  if (Number.isNaN(z)) return z;
  if (z > 6) return Math.sign(x);
  return Math.sign(x) * (z < 2.5 ? series(z) : 1 - complement(z));
}

/** 2/√π · e^(−z²) · Σ 2ⁿ z^(2n+1) ÷ (1·3·…·(2n+1)). */
function series(z: number): number {
  let term = z;
  let sum = z;
  for (let n = 1; term > sum * 2 ** -54; n++) {
    term *= (2 * z * z) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z) * sum;
}

/** e^(−z²)/√π · 1/(z + (1/2)/(z + 1/(z + (3/2)/(z + …)))). */
function complement(z: number): number {
  let fraction = z;
  for (let k = 60; k >= 1; k--) fraction = z + k / 2 / fraction;
  return Math.exp(-z * z) / Math.sqrt(Math.PI) / fraction;
}
