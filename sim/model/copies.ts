import type { SpatialLoop } from "./loops.js";
import { isShared, type Link, type Nest } from "./nest.js";
import { stepOf } from "./projection.js";
import type { Copies } from "./spread.js";

/** The spatial loops between the parent and the child. */
export const digitsOf = (nest: Nest, { parent, child }: Link): readonly SpatialLoop[] =>
  nest.loops.slice(parent.depth, child.depth).filter((loop) => loop.kind === "spatial");

export const temporalCopies = (nest: Nest, link: Link, depth: number): readonly Copies[] =>
  nest.loops
    .slice(0, depth)
    .filter((loop) => loop.kind === "for")
    .map((loop) => copiesOf(link, loop));

export const copiesOf = (
  { projection }: Link,
  loop: { readonly variable: number; readonly by: number; readonly count: number },
): Copies => ({ variable: loop.variable, count: loop.count, step: stepOf(projection, loop.variable, loop.by) });

/** The spatial loops between parent and child whose every index makes a request of its own, and the others. */
export function sharingOf(
  nest: Nest,
  link: Link,
  capability: "multicast" | "reduction",
  crossed: number,
): { readonly apart: readonly SpatialLoop[]; readonly sharing: readonly SpatialLoop[] } {
  const tensor = nest.einsum.tensors[link.tensor];
  if (tensor === undefined) throw new Error(`no tensor ${link.tensor}`);
  const isApart = (loop: SpatialLoop): boolean =>
    link.fanouts.indexOf(loop.fanout) < crossed || !isShared(nest.architecture, loop, tensor, capability);
  const digits = digitsOf(nest, link);
  return { apart: digits.filter(isApart), sharing: digits.filter((loop) => !isApart(loop)) };
}
