import { outputOf } from "./counts.js";
import type { Affine, Einsum, Tensor } from "./einsum.js";

/**
 * The Einsum with its reduction starting from a tensor of its own, which becomes the last input: `Bias[m]`, `Gates[n,h]`. The variables in
 * brackets stand alone on axes of the output.
 * @throws where they do not: a bug; `mayStart` tells beforehand.
 */
export function startingFrom(einsum: Einsum, text: string): Einsum {
  const [, name = "", inside = ""] = /^(\w+)\[([\w,]*)\]$/.exec(text) ?? [];
  const variables = inside === "" ? [] : inside.split(",").map((variable) => einsum.variables.indexOf(variable));
  if (name === "" || !mayStart(einsum, variables)) throw new Error(`${text} cannot start ${outputOf(einsum).name}`);
  const output = outputOf(einsum);
  const tensor: Tensor = {
    ...{ name, alias: name, role: "input", type: startType(einsum) },
    ranks: variables.map((variable): Affine => ({ terms: [{ variable, coefficient: 1 }], offset: 0 })),
    shape: variables.map((variable) => einsum.bounds[variable] ?? 1),
  };
  return {
    ...einsum,
    tensors: [...einsum.tensors.slice(0, -1), tensor, output],
    operation: { ...einsum.operation, start: { tensor: name } },
  };
}

/** A start is of the type that sums are kept in: it takes part in them. */
const startType = (einsum: Einsum): Tensor["type"] => einsum.accumulator;

/**
 * Whether a reduction can start from a tensor of these variables: every axis of the output is one variable of its own (so that a word's first
 * operation is told by the variables that the output lacks), and these are among them.
 */
export function mayStart(einsum: Einsum, variables: readonly number[]): boolean {
  const alone = outputOf(einsum).ranks.map(({ terms: [term, ...more], offset }) =>
    term !== undefined && more.length === 0 && term.coefficient === 1 && offset === 0 ? term.variable : -1,
  );
  if (alone.includes(-1) || new Set(alone).size !== alone.length || einsum.operation.reduce === "assign") return false;
  return variables.every((variable) => alone.includes(variable));
}

/** The layer's Einsum with a bias: an accumulator of output channel m starts at `Bias[m]` (`Bias[g,m]` where channels are grouped). */
export function withBias(einsum: Einsum, channels: readonly string[]): Einsum | undefined {
  const variables = channels.map((name) => einsum.variables.indexOf(name));
  if (variables.includes(-1) || !mayStart(einsum, variables) || einsum.operation.start !== "identity") return undefined;
  return startingFrom(einsum, `Bias[${channels.join(",")}]`);
}
