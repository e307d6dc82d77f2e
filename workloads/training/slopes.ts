import { type ActivationFigures, activation, activationDefinition, errorFunction } from "../activations.js";

/** The derivative of an activation at x, where its value is y; alpha, beta and gamma are its figures. */
type Definition = (x: number, y: number, alpha: number, beta: number, gamma: number) => number;

const sigmoid = activation("sigmoid");
const within = (x: number, low: number, high: number): number => (x > low && x < high ? 1 : 0);
const ofPlus = (x: number): number => 1 - activation("tanh")(x) ** 2;
const ROOT = Math.sqrt(2 / Math.PI);

const slopes: ReadonlyMap<string, Definition> = new Map<string, Definition>([
  ["relu", (x) => (x > 0 ? 1 : 0)],
  ["relu6", (x) => within(x, 0, 6)],
  ["sigmoid", (_, y) => y * (1 - y)],
  ["tanh", (_, y) => 1 - y * y],
  ["leaky-relu", (x, _, alpha) => (x < 0 ? alpha : 1)],
  ["elu", (x, _, alpha) => (x < 0 ? alpha * Math.exp(x) : 1)],
  ["selu", (x, _, alpha, __, gamma) => gamma * (x <= 0 ? alpha * Math.exp(x) : 1)],
  ["celu", (x, _, alpha) => (x < 0 ? Math.exp(x / alpha) : 1)],
  ["swish", (x, y, alpha) => alpha * y + sigmoid(alpha * x) * (1 - alpha * y)],
  ["hard-swish", (x) => (x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5)],
  ["hard-sigmoid", (x, _, alpha, beta) => alpha * within(alpha * x + beta, 0, 1)],
  ["gelu", (x) => 0.5 * (1 + errorFunction(x / Math.SQRT2)) + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI)],
  [
    "gelu-tanh",
    (x) => {
      const inner = ROOT * (x + 0.044715 * x ** 3);
      return 0.5 * (1 + Math.tanh(inner)) + 0.5 * x * ofPlus(inner) * ROOT * (1 + 3 * 0.044715 * x * x);
    },
  ],
  ["softplus", (x) => sigmoid(x)],
  ["softsign", (x) => 1 / (1 + Math.abs(x)) ** 2],
  [
    "mish",
    (x) => {
      const plus = activation("softplus")(x);
      return Math.tanh(plus) + x * ofPlus(plus) * sigmoid(x);
    },
  ],
  ["thresholded-relu", (x, _, alpha) => (x > alpha ? 1 : 0)],
  ["clip", (x, _, low, high) => within(x, low, high)],
  ["exp", (_, y) => y],
  ["log", (x) => 1 / x],
  ["square", (x) => 2 * x],
  ["absolute", (x) => Math.sign(x)],
  ["power", (x, _, alpha, beta, gamma) => alpha * gamma * (alpha * x + beta) ** (gamma - 1)],
  ["absolute-power", (x, _, __, ___, gamma) => gamma * Math.sign(x) * Math.abs(x) ** (gamma - 1)],
]);

/** The derivative of an activation with its figures; at a kink that of the flat side (0 for ReLU at 0). */
export function slopeOf(name: string, figures: ActivationFigures = {}): (x: number, y: number) => number {
  const slope = slopes.get(name);
  const definition = activationDefinition(name);
  if (slope === undefined || definition === undefined) throw new Error(`no derivative of the activation ${name}`);
  const { alpha = 0, beta = 0, gamma = 0 } = { ...definition.figures, ...figures };
  return (x, y) => slope(x, y, alpha, beta, gamma);
}
