import type { After, Einsum, Tensor } from "../einsum.js";

/**
 * The sum over the points of an Einsum of the product of other tensors, scaled. Variables that none of them mentions are left out: each
 * would only add the same words up `bound` times, so it becomes a factor.
 */
export function linear(einsum: Einsum, tensors: readonly Tensor[], factor: number): Einsum {
  const used = new Set(
    tensors.flatMap(({ ranks }) => ranks.flatMap(({ terms }) => terms.map((term) => term.variable))),
  );
  const kept = einsum.variables.map((_, variable) => variable).filter((variable) => used.has(variable));
  const times = einsum.bounds.reduce((n, bound, variable) => (used.has(variable) ? n : n * bound), 1);
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
    tensors: tensors.map(renumbered),
    operation: {
      combine: tensors.length > 2 ? "multiply" : "first",
      reduce: "add",
      start: "identity",
      after: scaledBy(factor * times),
    },
  };
}

const scaledBy = (by: number): After | null => (by === 1 ? null : { kind: "scale", by });
