import { product } from "../base/index.js";
import { operandsOf, outputOf, startOf, tensorWords } from "./counts.js";
import type { Affine, Einsum, Layer, Tensor } from "./einsum.js";
import { copyAlong, type WalkLoop } from "./gather.kernel.js";
import { emptyValues, stridesOf, type Values } from "./values.js";

/** A layer as a matrix product, with the way there and back for its values. */
export interface Lowered {
  /** The product: the same name, types and number of operations; `loweredFrom` is the layer that it was. */
  readonly layer: Layer;
  /** The layer's own inputs as those of the product: the input unfolded, the weights flattened. */
  readonly operands: (inputs: readonly Values[]) => readonly Values[];
  /** The product's output as the layer's. */
  readonly restore: (output: Values) => Values;
  /** Words of the input as it is, and unfolded: what the lowering costs. */
  readonly unfolding: Unfolding;
}
export interface Unfolding {
  readonly inputWords: number;
  readonly unfoldedWords: number;
}

/**
 * Lowers a layer to a matrix product over its unfolded input (im2col):
 * `Outputs[n,m,p,q] += Inputs[n,c,U*p+D*r-Z,U*q+D*s-Z] * Weights[m,c,r,s]` becomes `Outputs[p,m] += Inputs[p,k] * Weights[m,k]`, where p counts
 * the output pixels of the whole batch (n, p, q), k the taps of one window (c, r, s, in this order), m the filters; a word of the new input is a
 * copy of the word that the old one has there, or the zero outside. Variables of all three tensors (groups) stay a leading g.
 *
 * It goes by what each variable indexes, so convolutions of any number of axes, stride, padding, dilation and grouping, fully connected
 * layers and batched products are all the same to it. Undefined where the layer is no sum of products of two operands, where a
 * variable is in one operand alone, or where weights or outputs are read along a slanted axis.
 */
export function lowerToProduct(layer: Layer): Lowered | undefined {
  const roles = rolesOf(layer.einsum);
  if (roles === undefined) return undefined;
  const { inputs, weights, outputs, groups, pixels, filters, taps } = roles;
  const { bounds } = layer.einsum;
  const lists = new Map([
    ["g", groups],
    ["p", pixels],
    ["m", filters],
    ["k", taps],
  ]);
  const names = ["g", "p", "m", "k"].filter((name) => name !== "g" || groups.length > 0);
  const sizeOf = (name: string): number => product((lists.get(name) ?? []).map((variable) => bounds[variable] ?? 1));
  const flat = (tensor: Tensor, axes: readonly string[]): Tensor => {
    const own = groups.length > 0 ? ["g", ...axes] : axes;
    const index = (name: string): Affine => ({
      terms: [{ variable: names.indexOf(name), coefficient: 1 }],
      offset: 0,
    });
    return { ...tensor, ranks: own.map(index), shape: own.map(sizeOf) };
  };
  const [unfolded, flattened] = [flat(inputs, ["p", "k"]), flat(weights, ["m", "k"])];
  const einsum: Einsum = {
    ...layer.einsum,
    variables: names,
    bounds: names.map(sizeOf),
    tensors: [unfolded, flattened, flat(outputs, ["p", "m"])],
  };
  const gather = (values: Values | undefined, tensor: Tensor, order: readonly number[], into: Tensor): Values => {
    if (values === undefined) throw new Error(`no values for ${tensor.name}`);
    const gathered = emptyValues(into.type, tensorWords(into));
    copyAlong(walkOver(tensor, bounds, order), placedIn(tensor), values, gathered, "gather");
    return gathered;
  };
  const input = layer.einsum.tensors.indexOf(inputs);
  return {
    layer: { ...layer, einsum, loweredFrom: layer },
    operands: (values) => [
      gather(values[input], inputs, [...groups, ...pixels, ...taps], unfolded),
      gather(values[1 - input], weights, [...groups, ...filters, ...taps], flattened),
    ],
    restore: (output) => {
      const restored = emptyValues(outputs.type, tensorWords(outputs));
      const walk = walkOver(outputs, bounds, [...groups, ...pixels, ...filters]);
      copyAlong(walk, placedIn(outputs), restored, output, "scatter");
      return restored;
    },
    unfolding: { inputWords: tensorWords(inputs), unfoldedWords: tensorWords(unfolded) },
  };
}

/** Whether the layer is a matrix product as it stands: lowering would change nothing but names. */
export function isProduct(layer: Layer): boolean {
  const roles = rolesOf(layer.einsum);
  if (roles === undefined || !roles.inputs.ranks.every(isPlain)) return false;
  return [roles.pixels, roles.filters, roles.taps].every((variables) => variables.length === 1);
}

interface ProductRoles {
  readonly inputs: Tensor;
  readonly weights: Tensor;
  readonly outputs: Tensor;
  /** Variables of all three tensors; of inputs and outputs; of weights and outputs; of inputs and weights. */
  readonly groups: readonly number[];
  readonly pixels: readonly number[];
  readonly filters: readonly number[];
  readonly taps: readonly number[];
}

function rolesOf(einsum: Einsum): ProductRoles | undefined {
  const { operation } = einsum;
  const [first, second, ...more] = operandsOf(einsum);
  const isProduct = operation.combine === "multiply" && operation.reduce === "add" && startOf(einsum) === undefined;
  if (!isProduct || first === undefined || second === undefined || more.length > 0) return undefined;
  const swapped =
    first.alias === "Weights" ||
    second.alias === "Inputs" ||
    (first.ranks.every(isPlain) && !second.ranks.every(isPlain));
  const [inputs, weights] = swapped ? [second, first] : [first, second];
  const outputs = outputOf(einsum);
  if (![...weights.ranks, ...outputs.ranks].every(isPlain)) return undefined;
  const groups: number[] = [];
  const [pixels, filters, taps]: [number[], number[], number[]] = [[], [], []];
  for (const variable of einsum.variables.keys()) {
    const [i, w, o] = [inputs, weights, outputs].map((tensor) => has(tensor, variable));
    if (i && w && o) groups.push(variable);
    else if (i && o) pixels.push(variable);
    else if (w && o) filters.push(variable);
    else if (i && w) taps.push(variable);
    else return undefined;
  }
  return { inputs, weights, outputs, groups, pixels, filters, taps };
}

const isPlain = ({ terms: [term, ...more], offset }: Affine): boolean =>
  more.length === 0 && offset === 0 && (term === undefined || term.coefficient === 1);
const has = (tensor: Tensor, variable: number): boolean =>
  tensor.ranks.some(({ terms }) => terms.some((term) => term.variable === variable));

/** A walk over some variables, the last one fastest, along the axes of a tensor. */
const walkOver = (tensor: Tensor, bounds: readonly number[], order: readonly number[]): readonly WalkLoop[] =>
  order.map((variable) => ({
    bound: bounds[variable] ?? 1,
    moves: tensor.ranks.map(({ terms }) => terms.find((term) => term.variable === variable)?.coefficient ?? 0),
  }));

const placedIn = ({ shape, ranks }: Tensor): Parameters<typeof copyAlong>[1] => ({
  ...{ shape, strides: stridesOf(shape), offsets: ranks.map(({ offset }) => offset) },
});
