import { assertSafe, product } from "../base/index.js";
import type { Einsum, Tensor } from "./einsum.js";

/** Points of the iteration space: the operations that the layer takes, whatever the mapping. */
export const macsOf = (einsum: Einsum): number => assertSafe(product(einsum.bounds), "the number of operations");

/** Words that a tensor holds, padding not included. */
export const tensorWords = (tensor: Tensor): number => assertSafe(product(tensor.shape), `the words of ${tensor.name}`);

/** The output of an Einsum. */
export function outputOf(einsum: Einsum): Tensor {
  const output = einsum.tensors.at(-1);
  if (output === undefined || output.role !== "output") throw new Error("the last tensor of an Einsum is its output");
  return output;
}

/** The inputs of an Einsum, in the order of its right-hand side. */
export const inputsOf = (einsum: Einsum): readonly Tensor[] => einsum.tensors.slice(0, -1);

/** The tensor from whose values the output's words start, if there is one (a bias). It is an input that takes no part in `combine`. */
export function startOf(einsum: Einsum): Tensor | undefined {
  const { start } = einsum.operation;
  if (start === "identity") return undefined;
  const found = inputsOf(einsum).find((tensor) => tensor.name === start.tensor);
  if (found === undefined) throw new Error(`no tensor ${start.tensor} to start from`);
  return found;
}

/** The inputs that are combined at every point: all but the one that the output starts from. */
export function operandsOf(einsum: Einsum): readonly Tensor[] {
  const start = startOf(einsum);
  return inputsOf(einsum).filter((tensor) => tensor !== start);
}

/** The tensor of this name or, if none has it, of this alias. */
export const tensorNamed = (einsum: Einsum, name: string): Tensor | undefined =>
  einsum.tensors.find((tensor) => tensor.name === name) ?? einsum.tensors.find((tensor) => tensor.alias === name);
