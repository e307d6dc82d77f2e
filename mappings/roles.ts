import type { Einsum, Tensor } from "../workloads/index.js";
import { isRelevant } from "./tensors.js";

/** What the variables do, whatever their letters: those of convolution in comments. */
export interface Roles {
  readonly inputs: Tensor | null;
  readonly weights: Tensor | null;
  readonly outputs: Tensor;
  /** Of weights and outputs only: m. */
  readonly filters: readonly number[];
  /** Of inputs and weights only, an axis by themselves: c. */
  readonly channels: readonly number[];
  /** Of every tensor: the groups of a grouped convolution. */
  readonly groups: readonly number[];
  /** Of inputs and outputs only, an axis by themselves: n. */
  readonly batch: readonly number[];
  /** The sliding windows, in the order of the inputs' axes: positions (of the outputs) and taps (of the weights): p, r; q, s. */
  readonly windows: readonly { readonly positions: readonly number[]; readonly taps: readonly number[] }[];
}

/** Finds the roles by which variables each tensor has. Inputs and Weights are told by alias, else the first and second input. */
export function rolesOf(einsum: Einsum): Roles {
  const operands = einsum.tensors.filter((tensor) => tensor.role === "input");
  const outputs = einsum.tensors.find((tensor) => tensor.role === "output");
  if (outputs === undefined) throw new Error("an Einsum has an output");
  const weights = operands.find((t) => t.alias === "Weights") ?? operands.find((t, i) => i > 0 && t.alias !== "Inputs");
  const inputs = operands.find((t) => t.alias === "Inputs") ?? operands.find((t) => t !== weights);
  const windows = [...(inputs?.ranks ?? [])].flatMap((rank) => {
    const variables = rank.terms.map((term) => term.variable);
    const positions = variables.filter((v) => isRelevant(outputs, v));
    const taps = variables.filter((v) => !isRelevant(outputs, v));
    return variables.length > 1 && positions.length > 0 && taps.length > 0 ? [{ positions, taps }] : [];
  });
  const sliding = new Set(windows.flatMap((w) => [...w.positions, ...w.taps]));
  const having = (i: boolean, w: boolean, o: boolean): readonly number[] =>
    [...einsum.variables.keys()].filter(
      (v) =>
        !sliding.has(v) &&
        (inputs === undefined || isRelevant(inputs, v) === i) &&
        (weights === undefined || isRelevant(weights, v) === w) &&
        isRelevant(outputs, v) === o,
    );
  return {
    inputs: inputs ?? null,
    weights: weights ?? null,
    outputs,
    filters: having(false, true, true),
    channels: having(true, true, false),
    groups: having(true, true, true),
    batch: weights === undefined ? [] : having(true, false, true),
    windows,
  };
}
