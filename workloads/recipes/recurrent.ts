import { ending, type Recipe, type RecipeStep } from "./recipe.js";

const CELL = {
  keys: ["N", "I", "H", "T"],
  optional: ["N", "T"],
  figures: {},
  channels: "H",
  repeat: "T",
} as const;

/** The two matrix products of gates: the inputs', from the bias on, and the hidden state's, from the inputs' product on. */
const gated = (gates: number): readonly RecipeStep[] => [
  {
    ...{ name: "inputs", text: "FromInputs[n,g,h] += Inputs[n,i] * Weights[g,h,i]", start: "Bias[g,h]" },
    bounds: { G: gates },
  },
  {
    ...{ name: "recurrent", text: "Sums[n,g,h] += Hidden[n,k] * Recurrence[g,h,k]", start: "FromInputs[n,g,h]" },
    bounds: { G: gates },
  },
];

/**
 * One step of recurrent cells, run T times; N sequences, I inputs, H hidden values. Gates stand in ONNX's order
 * (LSTM: input, output, forget, cell; GRU: update, reset, hidden), with one bias where ONNX has two that it adds.
 */
export const recurrent: Readonly<Record<string, Recipe>> = {
  rnn: {
    ...CELL,
    steps: (_, bound) => [
      { name: "inputs", text: "FromInputs[n,h] += Inputs[n,i] * Weights[h,i]", start: "Bias[h]" },
      {
        ...{ name: "state", text: "Outputs[n,h] += Hidden[n,k] * Recurrence[h,k]", start: "FromInputs[n,h]" },
        ...{ after: ending("tanh"), bounds: { K: bound("H") } },
      },
    ],
  },
  lstm: {
    ...CELL,
    steps: (_, bound) => {
      const hidden = { K: bound("H") };
      const sums = [bound("N"), 4, bound("H")];
      const gates = [bound("N"), 3, bound("H")];
      return [
        ...gated(4).map((step) => ({ ...step, bounds: { ...step.bounds, ...hidden } })),
        {
          ...{ name: "gates", text: "Gates[n,g,h] = Sums[n,g,h]", after: ending("sigmoid") },
          ...{ bounds: { G: 3 }, shapes: { Sums: sums } },
        },
        {
          ...{ name: "candidate", text: "Candidate[n,h] = Sums[n,3,h]", after: ending("tanh") },
          ...{ shapes: { Sums: sums } },
        },
        { name: "written", text: "Written[n,h] = Gates[n,0,h] * Candidate[n,h]", shapes: { Gates: gates } },
        {
          ...{ name: "cell", text: "Cell[n,h] += Gates[n,2,h] * OldCell[n,h]", start: "Written[n,h]" },
          ...{ shapes: { Gates: gates } },
        },
        { name: "squashed", text: "Squashed[n,h] = Cell[n,h]", after: ending("tanh") },
        { name: "state", text: "Outputs[n,h] = Gates[n,1,h] * Squashed[n,h]", shapes: { Gates: gates } },
      ];
    },
  },
  gru: {
    ...CELL,
    steps: (_, bound) => {
      const hidden = { K: bound("H") };
      const sums = [bound("N"), 3, bound("H")];
      const gates = [bound("N"), 2, bound("H")];
      return [
        {
          ...{ name: "inputs", text: "FromInputs[n,g,h] += Inputs[n,i] * Weights[g,h,i]", start: "Bias[g,h]" },
          ...{ bounds: { G: 3 } },
        },
        { name: "moved", text: "Moved[n,g,h] = FromInputs[n,g,h]", bounds: { G: 2 }, shapes: { FromInputs: sums } },
        {
          ...{ name: "gates", text: "Gates[n,g,h] += Hidden[n,k] * Recurrence[g,h,k]", start: "Moved[n,g,h]" },
          ...{
            after: ending("sigmoid"),
            bounds: { G: 2, ...hidden },
            shapes: { Recurrence: [3, bound("H"), bound("H")] },
          },
        },
        { name: "reset", text: "Reset[n,h] = Gates[n,1,h] * Hidden[n,h]", shapes: { Gates: gates } },
        { name: "offered", text: "Offered[n,h] = FromInputs[n,2,h]", shapes: { FromInputs: sums } },
        {
          ...{ name: "candidate", text: "Candidate[n,h] += Reset[n,k] * Recurrence[2,h,k]", start: "Offered[n,h]" },
          ...{ after: ending("tanh"), bounds: hidden, shapes: { Recurrence: [3, bound("H"), bound("H")] } },
        },
        { name: "difference", text: "Difference[n,h] = Hidden[n,h] - Candidate[n,h]" },
        {
          ...{ name: "state", text: "Outputs[n,h] += Gates[n,0,h] * Difference[n,h]", start: "Candidate[n,h]" },
          ...{ shapes: { Gates: gates } },
        },
      ];
    },
  },
};
