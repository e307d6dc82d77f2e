import { ending, type Recipe, type RecipeStep, reciprocal, scaled } from "./recipe.js";

const IMAGE = { keys: ["N", "C", "H", "W"], optional: ["N", "H", "W"], channels: "C" } as const;

/** Steps that all who subtract a mean and divide by a deviation have: over `words` words a mean; row: `n`, all: `n,c`. */
const standardised = (row: string, all: string, words: number, epsilon: number): readonly RecipeStep[] => [
  { name: "mean", text: `Means[${row}] += Inputs[${all}]`, after: scaled(1 / words) },
  {
    name: "deviation",
    text: `Deviations[${row}] += (Inputs[${all}] - Means[${row}])^2`,
    after: ending("power", { alpha: 1 / words, beta: epsilon, gamma: -0.5 }),
  },
  { name: "centred", text: `Centred[${all}] = Inputs[${all}] - Means[${row}]` },
  { name: "normalised", text: `Normalised[${all}] = Centred[${all}] * Deviations[${row}]` },
];

/** Scale and shift by trained values: the shift is what the product starts from. */
const affine = (all: string, trained: string, from: string): RecipeStep => ({
  name: "affine",
  text: `Outputs[${all}] += ${from}[${all}] * Weights[${trained}]`,
  start: `Bias[${trained}]`,
});

/** Normalisations, as ONNX defines them; batch normalisation as at inference, its statistics folded into scale and shift. */
export const normalisations: Readonly<Record<string, Recipe>> = {
  "batch-norm": { ...IMAGE, figures: {}, steps: () => [affine("n,c,h,w", "c", "Inputs")] },
  "layer-norm": {
    ...{ keys: ["N", "C"], optional: ["N"], channels: "C", figures: { epsilon: 1e-5 } },
    steps: (figure, bound) => [
      ...standardised("n", "n,c", bound("C"), figure("epsilon")),
      affine("n,c", "c", "Normalised"),
    ],
  },
  "instance-norm": {
    ...{ ...IMAGE, figures: { epsilon: 1e-5 } },
    steps: (figure, bound) => [
      ...standardised("n,c", "n,c,h,w", bound("H") * bound("W"), figure("epsilon")),
      affine("n,c,h,w", "c", "Normalised"),
    ],
  },
  "group-norm": {
    ...{ keys: ["N", "G", "C", "H", "W"], optional: ["N", "H", "W"], channels: "C", figures: { epsilon: 1e-5 } },
    steps: (figure, bound) => {
      const channels = bound("C") / bound("G");
      const own = { C: channels };
      const steps = [
        ...standardised("n,g", "n,g,c,h,w", channels * bound("H") * bound("W"), figure("epsilon")),
        affine("n,g,c,h,w", "g,c", "Normalised"),
      ];
      return steps.map((step) => ({ ...step, bounds: own }));
    },
  },
  lrn: {
    ...{ keys: ["N", "C", "H", "W", "K"], optional: ["N", "H", "W"], channels: "C" },
    figures: { alpha: 1e-4, beta: 0.75, bias: 1 },
    steps: (figure, bound) => [
      { name: "squares", text: "Squares[n,c,h,w] = Inputs[n,c,h,w]", after: ending("square") },
      {
        name: "sums",
        text: `Factors[n,c,h,w] += Squares[n,c+k-${Math.floor((bound("K") - 1) / 2)},h,w]`,
        shapes: { Squares: [bound("N"), bound("C"), bound("H"), bound("W")] },
        after: ending("power", {
          alpha: figure("alpha") / bound("K"),
          beta: figure("bias"),
          gamma: -figure("beta"),
        }),
      },
      { name: "scaled", text: "Outputs[n,c,h,w] = Inputs[n,c,h,w] * Factors[n,c,h,w]" },
    ],
  },
};

/** The maximum is taken away before exponents are taken, so that none overflows. */
const exponentials: readonly RecipeStep[] = [
  { name: "maxima", text: "Maxima[n] max= Inputs[n,c]" },
  { name: "exponentials", text: "Exponentials[n,c] = Inputs[n,c] - Maxima[n]", after: ending("exp") },
];
const logarithms: readonly RecipeStep[] = [
  ...exponentials,
  { name: "sums", text: "Logarithms[n] += Exponentials[n,c]", after: ending("log") },
];
const ROWS = { keys: ["N", "C"], optional: ["N"], channels: "C", figures: {} } as const;

/** Softmax and losses over rows of C classes; targets are one-hot rows (or probabilities). Losses are means over the N rows. */
export const classifications: Readonly<Record<string, Recipe>> = {
  softmax: {
    ...ROWS,
    steps: () => [
      ...exponentials,
      { name: "sums", text: "Reciprocals[n] += Exponentials[n,c]", after: reciprocal },
      { name: "shares", text: "Outputs[n,c] = Exponentials[n,c] * Reciprocals[n]" },
    ],
  },
  "log-softmax": {
    ...ROWS,
    steps: () => [
      ...logarithms,
      { name: "differences", text: "Outputs[n,c] = Inputs[n,c] - Maxima[n] - Logarithms[n]" },
    ],
  },
  nll: {
    ...ROWS,
    steps: (_, bound) => [
      { name: "loss", text: "Outputs[] += Inputs[n,c] * Targets[n,c]", after: scaled(-1 / bound("N")) },
    ],
  },
  "cross-entropy": {
    ...ROWS,
    steps: (_, bound) => [
      ...logarithms,
      { name: "log-shares", text: "LogShares[n,c] = Inputs[n,c] - Maxima[n] - Logarithms[n]" },
      { name: "loss", text: "Outputs[] += LogShares[n,c] * Targets[n,c]", after: scaled(-1 / bound("N")) },
    ],
  },
  "quadratic-loss": {
    ...ROWS,
    steps: (_, bound) => [
      { name: "loss", text: "Outputs[] += (Inputs[n,c] - Targets[n,c])^2", after: scaled(0.5 / bound("N")) },
    ],
  },
};
