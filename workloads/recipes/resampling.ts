import { ending, type Recipe, scaled } from "./recipe.js";

const IMAGE = { keys: ["N", "C", "H", "W"], optional: ["N", "H", "W"], channels: "C", figures: {} } as const;
const SCALED = { ...IMAGE, keys: ["N", "C", "H", "W", "U"] } as const;
const ALL = "n,c,h,w";

/** Upsampling by a whole factor U, and its opposite of max pooling; layers word by word, and reductions of rows. */
export const resampling: Readonly<Record<string, Recipe>> = {
  /** Zero insertion. */
  unpool: {
    ...SCALED,
    steps: (_, bound) => {
      const u = bound("U");
      const shapes = { Outputs: [bound("N"), bound("C"), u * bound("H"), u * bound("W")] };
      return [{ name: "", text: `Outputs[n,c,${u}*h,${u}*w] = Inputs[${ALL}]`, shapes }];
    },
  },
  /** Every value goes where the maximum stood, told by a one in the mask. */
  "max-unpool": {
    ...SCALED,
    steps: (_, bound) => {
      const u = bound("U");
      const text = `Outputs[n,c,${u}*h+r,${u}*w+s] = Inputs[${ALL}] * Mask[n,c,${u}*h+r,${u}*w+s]`;
      return [{ name: "", text, bounds: { R: u, S: u } }];
    },
  },
  "upsample-nearest": {
    ...SCALED,
    steps: (_, bound) => {
      const u = bound("U");
      return [{ name: "", text: `Outputs[n,c,${u}*h+r,${u}*w+s] = Inputs[${ALL}]`, bounds: { R: u, S: u } }];
    },
  },
  /** Between neighbours, the corners staying where they are: word U·h + r is (1 − r/U)·I[h] + r/U·I[h+1], by rows and by columns. */
  "upsample-linear": {
    ...SCALED,
    steps: (_, bound) => {
      const [u, n, c, h, w] = [bound("U"), bound("N"), bound("C"), bound("H"), bound("W")];
      const [rows, columns] = [u * (h - 1) + 1, u * (w - 1) + 1];
      return [
        {
          ...{ name: "rows", text: `Rows[n,c,${u}*h+r,w] += Inputs[n,c,h+j,w] * Shares[r,j]`, bounds: { R: u, J: 2 } },
          ...{ shapes: { Inputs: [n, c, h, w], Rows: [n, c, rows, w] } },
        },
        {
          ...{ name: "columns", text: `Outputs[n,c,h,${u}*w+s] += Rows[n,c,h,w+j] * Shares[s,j]` },
          ...{ bounds: { H: rows, S: u, J: 2 } },
          ...{ shapes: { Rows: [n, c, rows, w], Outputs: [n, c, rows, columns] } },
        },
      ];
    },
  },
  prelu: {
    ...IMAGE,
    steps: () => [
      { name: "positive", text: `Positive[${ALL}] = Inputs[${ALL}]`, after: ending("relu") },
      { name: "negative", text: `Negative[${ALL}] = Inputs[${ALL}] - Positive[${ALL}]` },
      { name: "sum", text: `Outputs[${ALL}] += Negative[${ALL}] * Weights[c]`, start: `Positive[${ALL}]` },
    ],
  },
  "reduce-mean": {
    ...{ keys: ["N", "C"], optional: ["N"], channels: "C", figures: {} },
    steps: (_, bound) => [{ name: "", text: "Outputs[n] += Inputs[n,c]", after: scaled(1 / bound("C")) }],
  },
};
