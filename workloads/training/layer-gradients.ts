import { inputsOf, outputOf, startOf } from "../counts.js";
import type { After, Einsum, Layer, Pass, Tensor, Workload } from "../einsum.js";
import { isTrained } from "../parameters.js";
import { linear } from "./linear.js";

/** Where the values of a backward layer's operand come from. */
export type Source =
  /** dO, the gradient of the loss with respect to the forward layer's output. */
  | { readonly kind: "upstream" }
  /** The output of the backward layer that went through the forward layer's last step (`wanted: null`). */
  | { readonly kind: "sums-gradient" }
  /** An input of the forward layer. */
  | { readonly kind: "input"; readonly index: number }
  /** The derivative of the forward layer's last step, one word an output word. */
  | { readonly kind: "slopes" }
  /** What O changes by with the word of input `index` that a point reads: 0 or 1 where a maximum chose; one word a point. */
  | { readonly kind: "point-slopes"; readonly index: number };

/** A layer of the backward pass. */
export interface GradientLayer extends Layer {
  /** The input, by its number, that this is the gradient of; null: of the sums before the forward layer's last step. */
  readonly wanted: number | null;
  /** One an input of the Einsum, in their order. */
  readonly sources: readonly Source[];
}

/**
 * The backward layers of a layer, one an input, in their order. With dO the gradient of a loss with respect to the output,
 * ```
 * O[f(x)] += A[g(x)] * B[h(x)]     gives     dA[g(x)] += dO[f(x)] * B[h(x)]     and     dB[h(x)] += A[g(x)] * dO[f(x)]
 * ```
 * over the same points x: each point's product is one term of O, and the derivative of that term with respect to A's word is B's. Sums and
 * differences pass dO on, with its sign. Padding stays right: a point that reads outside of A adds nothing to O, and its share of dA is dropped.
 *
 * `O` keeps its place on the right-hand side, so that the weight gradient of a convolution is `dWeights += Inputs * dOutputs` and its input
 * gradient, which scatters, `dInputs += dOutputs * Weights`; their aliases are Inputs, Weights and Outputs in this order.
 *
 * What is no sum of products takes values of the forward pass as an operand, one word a point, `dA[g(x)] += dO[f(x)] * Slopes[x]`: 1 where a
 * maximum took its value and 0 elsewhere (a gradient is routed; of equal values the first in loop order gets it), the rest of a product,
 * twice a difference. A last step (an activation, a division by a count) comes first: `dSums[o] = dO[o] * Slopes[o]`. A tensor that the sums
 * start from (a bias) gets `dB[h(o)] += dSums[o]`.
 */
export function gradientsOfLayer(layer: Layer): readonly GradientLayer[] {
  const { einsum } = layer;
  if (isWordByWord(einsum)) return [wordByWord(layer)];
  const last = isLinear(einsum.operation.after) ? [] : [throughLastStep(layer)];
  const after: Source = last.length > 0 ? { kind: "sums-gradient" } : { kind: "upstream" };
  const start = startOf(einsum);
  const each = inputsOf(einsum).map((tensor, i) =>
    tensor === start ? gradientOfStart(layer, i, after) : gradientOfInput(layer, i, after),
  );
  return [...last, ...each];
}

/**
 * A training step's layers: every layer forward, then, last layer first, each one's gradients. The gradient with respect to the input of the
 * first layer is among them, though a network that reads images has no use for it.
 */
export function trainingOf(workload: Workload): Workload {
  const forward = workload.layers.map((layer): Layer => ({ ...layer, pass: "forward" }));
  const backward = workload.layers.toReversed().flatMap(gradientsOfLayer);
  return { ...workload, name: `${workload.name} (training)`, layers: [...forward, ...backward] };
}

const isLinear = (after: After | null): boolean => after === null || after.kind === "scale";

/** Whether each point's value is added to its word by itself, so that the others do not matter. */
const isSum = ({ combine, reduce }: Einsum["operation"]): boolean =>
  (reduce === "add" || reduce === "assign") && combine !== "subtract-square";

/** Whether each output word is a step on the input word of the same place, as of an activation that is a layer by itself. */
function isWordByWord(einsum: Einsum): boolean {
  const { combine, reduce, start, after } = einsum.operation;
  const [input, ...more] = inputsOf(einsum);
  const isPlain = combine === "first" && reduce === "assign" && start === "identity" && more.length === 0;
  return isPlain && !isLinear(after) && input !== undefined && samePlaces(input, outputOf(einsum), einsum);
}

/** Whether two tensors show the same place to every point, and every place to one point. */
export function samePlaces(a: Tensor, b: Tensor, { bounds }: Einsum): boolean {
  const alone = b.ranks.map(({ terms: [term, ...more], offset }, axis) =>
    term?.coefficient === 1 && more.length === 0 && offset === 0 && bounds[term.variable] === b.shape[axis]
      ? term.variable
      : -1,
  );
  if (alone.includes(-1) || new Set(alone).size !== bounds.length) return false;
  return a.shape.join() === b.shape.join() && JSON.stringify(a.ranks) === JSON.stringify(b.ranks);
}

/** `dA[o] = dO[o] * Slopes[o]`, without a way round by the sums. */
function wordByWord(layer: Layer): GradientLayer {
  const { einsum, sources } = throughLastStep(layer);
  const name = `d${inputsOf(layer.einsum)[0]?.name}`;
  const tensors = einsum.tensors.map((tensor) => (tensor.role === "output" ? { ...tensor, name } : tensor));
  return backwardLayer(layer, name, "input-gradient", { einsum: { ...einsum, tensors }, wanted: 0, sources });
}

/** `dSums[o] = dO[o] * Slopes[o]`: through an activation or a division by a count. */
function throughLastStep(layer: Layer): GradientLayer {
  const output = outputOf(layer.einsum);
  const variables = output.shape.map((_, axis) => `o${axis}`);
  const ranks = variables.map((_, variable) => ({ terms: [{ variable, coefficient: 1 }], offset: 0 }));
  const operand = { ...output, ranks, role: "input", type: layer.einsum.accumulator } as const;
  const einsum: Einsum = {
    ...layer.einsum,
    variables,
    bounds: output.shape,
    tensors: [
      { ...operand, name: `d${output.name}`, alias: "Inputs" },
      { ...operand, name: "Slopes", alias: "Weights" },
      { ...operand, name: "dSums", alias: "Outputs", role: "output" },
    ],
    operation: { combine: "multiply", reduce: "assign", start: "identity", after: null },
  };
  const sources: readonly Source[] = [{ kind: "upstream" }, { kind: "slopes" }];
  return backwardLayer(layer, "dSums", "input-gradient", { einsum, wanted: null, sources });
}

/** `dB[h(o)] += dSums[o]`, over the words of the output. */
function gradientOfStart(layer: Layer, i: number, after: Source): GradientLayer {
  const { einsum } = layer;
  const start = inputsOf(einsum)[i];
  if (start === undefined) throw new Error(`no input ${i}`);
  const output = outputOf(einsum);
  const axes = start.ranks.map(({ terms, offset }) => ({
    terms: terms.map(({ variable, coefficient }) => ({ variable: axisOf(output, variable), coefficient })),
    offset,
  }));
  const variables = output.shape.map((_, axis) => `o${axis}`);
  const ranks = variables.map((_, variable) => ({ terms: [{ variable, coefficient: 1 }], offset: 0 }));
  return backwardLayer(layer, `d${start.name}`, passOf(layer, start), {
    einsum: {
      ...einsum,
      variables,
      bounds: output.shape,
      tensors: [
        { ...output, ranks, name: `d${output.name}`, alias: "Inputs", role: "input", type: start.type },
        { ...start, ranks: axes, name: `d${start.name}`, alias: "Outputs", role: "output", type: einsum.accumulator },
      ],
      operation: {
        combine: "first",
        reduce: "add",
        start: "identity",
        after: isLinear(einsum.operation.after) ? einsum.operation.after : null,
      },
    },
    wanted: i,
    sources: [after],
  });
}

/** The axis of the output on which a variable stands alone, as the variables of a tensor that the sums start from do. */
function axisOf(output: Tensor, variable: number): number {
  const axis = output.ranks.findIndex(({ terms }) => terms.length === 1 && terms[0]?.variable === variable);
  if (axis < 0) throw new Error(`variable ${variable} stands on no axis of ${output.name}`);
  return axis;
}

/** The gradient with respect to input number i, as an Einsum over the same iteration space. */
function gradientOfInput(layer: Layer, i: number, after: Source): GradientLayer {
  const { einsum } = layer;
  const inputs = inputsOf(einsum);
  const wanted = inputs[i];
  if (wanted === undefined) throw new Error(`no input ${i}`);
  const output = outputOf(einsum);
  const { combine, after: scaling } = einsum.operation;
  const upstream = { tensor: { ...output, name: `d${output.name}` }, source: after };
  const others = isSum(einsum.operation)
    ? combine === "multiply"
      ? inputs.flatMap((tensor, index) =>
          index === i || tensor === startOf(einsum) ? [] : [{ tensor, source: { kind: "input", index } as const }],
        )
      : []
    : [{ tensor: pointSlopes(einsum, wanted), source: { kind: "point-slopes", index: i } as const }];
  const operands = i === 0 ? [upstream, ...others] : [...others, upstream];
  const result: Tensor = {
    ...wanted,
    name: `d${wanted.name}`,
    alias: "Outputs",
    role: "output",
    type: einsum.accumulator,
  };
  const sign = isSum(einsum.operation) && combine === "subtract" && i > 0 ? -1 : 1;
  const factor = (scaling?.kind === "scale" ? scaling.by : 1) * sign;
  const tensors = operands.map(
    ({ tensor }, k): Tensor => ({
      ...tensor,
      role: "input",
      type: wanted.type,
      alias: ["Inputs", "Weights"][k] ?? tensor.name,
    }),
  );
  return backwardLayer(layer, `d${wanted.name}`, passOf(layer, wanted), {
    einsum: linear(einsum, [...tensors, result], factor),
    wanted: i,
    sources: operands.map(({ source }) => source),
  });
}

/** One word for every point of the iteration space. */
function pointSlopes({ variables, bounds, operation }: Einsum, wanted: Tensor): Tensor {
  const name = operation.reduce === "max" || operation.reduce === "min" ? "Routes" : "Slopes";
  const ranks = variables.map((_, variable) => ({ terms: [{ variable, coefficient: 1 }], offset: 0 }));
  return { ...wanted, name, ranks, shape: bounds };
}

const passOf = (layer: Layer, tensor: Tensor): Pass =>
  isTrained(layer, tensor) ? "weight-gradient" : "input-gradient";

function backwardLayer(
  layer: Layer,
  suffix: string,
  pass: Pass,
  rest: Pick<GradientLayer, "einsum" | "wanted" | "sources">,
): GradientLayer {
  return { name: `${layer.name}.${suffix}`, kind: "gradient", repeat: layer.repeat, pass, ...rest };
}
