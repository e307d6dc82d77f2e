import type { Einsum } from "../../workloads/index.js";
import type { Link, Nest } from "./nest.js";

/** The tensor that reductions start from is asked for by the operations that begin one: those at which the output's missing variables are at 0. */
export function isStart({ einsum }: Pick<Nest, "einsum">, tensor: number): boolean {
  const { start } = einsum.operation;
  return start !== "identity" && einsum.tensors[tensor]?.name === start.tensor;
}

/** The variables that the output lacks. */
export const reducedOf = ({ einsum }: Nest): readonly number[] => reducedVariables(einsum);

export function reducedVariables(einsum: Einsum): readonly number[] {
  const known = new Set(einsum.tensors.at(-1)?.ranks.flatMap(({ terms }) => terms.map((term) => term.variable)));
  return einsum.variables.flatMap((_, v) => (known.has(v) ? [] : [v]));
}

/** The variables that are at 0 in every operation that asks for the link's words: none where all operations ask. */
export const beginningOf = (nest: Nest, link: Link): readonly number[] =>
  link.kind === "compute" && isStart(nest, link.tensor) ? reducedOf(nest) : [];
