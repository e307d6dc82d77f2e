import { type Diagnostic, failed, inArgument, ok, type Result } from "../base/index.js";
import { inputsOf, outputOf } from "./counts.js";
import type { Einsum, Layer, Operation, Tensor, Workload } from "./einsum.js";
import * as messages from "./messages.js";

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
 * Layers that choose (max, min), multiply up, square, or end in an activation are refused: their gradients need values of the forward pass.
 */
export function gradients(layer: Layer): Result<readonly Layer[]> {
  const { einsum } = layer;
  const reason = whyNot(einsum.operation);
  if (reason !== undefined) return failed([messages.noGradient(inArgument(layer.name), layer.name, reason)]);
  return ok(
    inputsOf(einsum).map((wanted, i) => ({
      name: `${layer.name}.d${wanted.name}`,
      kind: "gradient",
      repeat: layer.repeat,
      einsum: gradientOf(einsum, i),
    })),
  );
}

/**
 * A training step's layers: every layer forward, then, last layer first, each one's gradients. The gradient with respect to the input of the
 * first layer is among them, though a network that reads images has no use for it.
 */
export function trainingOf(workload: Workload): Result<Workload> {
  const backward: Layer[] = [];
  const problems: Diagnostic[] = [];
  for (const layer of workload.layers.toReversed()) {
    const derived = gradients(layer);
    if (derived.ok) backward.push(...derived.value);
    else problems.push(...derived.errors);
  }
  if (problems.length > 0) return failed(problems);
  return ok({ ...workload, name: `${workload.name} (training)`, layers: [...workload.layers, ...backward] });
}

function whyNot({ combine, reduce, after, start }: Operation): string | undefined {
  if (reduce !== "add" && reduce !== "assign") return `its reduction is ${reduce}`;
  if (combine === "subtract-square") return "it squares a difference";
  if (after !== null && after.kind !== "scale")
    return after.kind === "activation" ? `it ends in the activation ${after.name}` : "it divides by a count";
  return start === "identity" ? undefined : `it starts from ${start.tensor}`;
}

/** The gradient with respect to input number i, as an Einsum over the same iteration space. */
function gradientOf(einsum: Einsum, i: number): Einsum {
  const inputs = inputsOf(einsum);
  const wanted = inputs[i];
  if (wanted === undefined) throw new Error(`no input ${i}`);
  const { combine, after } = einsum.operation;
  const output = outputOf(einsum);
  const upstream: Tensor = { ...output, name: `d${output.name}`, role: "input", type: wanted.type };
  const others = combine === "multiply" ? inputs.filter((tensor) => tensor !== wanted) : [];
  const operands = i === 0 ? [upstream, ...others] : [...others, upstream];
  const result: Tensor = {
    ...wanted,
    name: `d${wanted.name}`,
    alias: "Outputs",
    role: "output",
    type: einsum.accumulator,
  };
  const factor = (after?.kind === "scale" ? after.by : 1) * (combine === "subtract" && i > 0 ? -1 : 1);
  const tensors = [
    ...operands.map((tensor, k) => ({ ...tensor, alias: ["Inputs", "Weights"][k] ?? tensor.name })),
    result,
  ];
  return withoutIdle({
    ...einsum,
    tensors,
    operation: {
      combine: operands.length > 1 ? "multiply" : "first",
      reduce: "add",
      start: "identity",
      after: scaledBy(factor),
    },
  });
}

const scaledBy = (factor: number): Operation["after"] => (factor === 1 ? null : { kind: "scale", by: factor });

/** The Einsum without the variables that no tensor mentions: each would only add the same words up `bound` times, so it becomes a factor. */
function withoutIdle(einsum: Einsum): Einsum {
  const used = new Set(
    einsum.tensors.flatMap(({ ranks }) => ranks.flatMap(({ terms }) => terms.map((term) => term.variable))),
  );
  const kept = einsum.variables.map((_, variable) => variable).filter((variable) => used.has(variable));
  const times = einsum.bounds.reduce((factor, bound, variable) => (used.has(variable) ? factor : factor * bound), 1);
  if (kept.length === einsum.variables.length) return einsum;
  const { after } = einsum.operation;
  const renumbered = (tensor: Tensor): Tensor => ({
    ...tensor,
    ranks: tensor.ranks.map(({ terms, offset }) => ({
      terms: terms.map((term) => ({ ...term, variable: kept.indexOf(term.variable) })),
      offset,
    })),
  });
  return {
    ...einsum,
    variables: kept.map((variable) => einsum.variables[variable] ?? ""),
    bounds: kept.map((variable) => einsum.bounds[variable] ?? 1),
    tensors: einsum.tensors.map(renumbered),
    operation: { ...einsum.operation, after: scaledBy(times * (after?.kind === "scale" ? after.by : 1)) },
  };
}
