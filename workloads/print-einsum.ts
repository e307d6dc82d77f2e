import { printAffine } from "./affine.js";
import { inputsOf, macsOf, operandsOf, outputOf, tensorWords } from "./counts.js";
import type { Einsum, Layer, Operation, Tensor } from "./einsum.js";
import { parametersOf } from "./parameters.js";

const REDUCE: Readonly<Record<Operation["reduce"], string>> = {
  add: "+=",
  multiply: "*=",
  max: "max=",
  min: "min=",
  assign: "=",
};

/** The text form of an Einsum, constants filled in: `Outputs[n,m,p] += Inputs[n,c,2*p+r-1] * Weights[m,c,r]`. `parseEinsum` reads it back. */
export function printEinsum(einsum: Einsum): string {
  const { combine, reduce } = einsum.operation;
  const print = (tensor: Tensor): string =>
    `${tensor.name}[${tensor.ranks.map((affine) => printAffine(affine, einsum.variables)).join(",")}]`;
  const operator = combine === "multiply" ? " * " : combine === "add" ? " + " : " - ";
  const right = operandsOf(einsum).map(print).join(operator);
  return `${print(outputOf(einsum))} ${REDUCE[reduce]} ${combine === "subtract-square" ? `(${right})^2` : right}`;
}

/** `1x64x56x56`. */
export const printShape = (tensor: Tensor): string => (tensor.shape.length === 0 ? "1" : tensor.shape.join("x"));

/** What a table of layers says of one; counts are those of one run, of which there are `repeat`. */
export interface LayerSummary {
  readonly name: string;
  readonly kind: string;
  /** `Inputs 1x3x224x224`, the output last. */
  readonly shapes: readonly string[];
  readonly macs: number;
  readonly weights: number;
  readonly biases: number;
  /** Words of the inputs that are not trained. */
  readonly inputWords: number;
  readonly outputWords: number;
  readonly repeat: number;
}

export function summaryOf(layer: Layer): LayerSummary {
  const { einsum, name, kind, repeat } = layer;
  const parameters = parametersOf(layer);
  const read = inputsOf(einsum).reduce((words, tensor) => words + tensorWords(tensor), 0);
  return {
    name,
    kind,
    shapes: einsum.tensors.map((tensor) => `${tensor.name} ${printShape(tensor)}`),
    macs: macsOf(einsum),
    ...parameters,
    inputWords: read - parameters.weights,
    outputWords: tensorWords(outputOf(einsum)),
    repeat,
  };
}
