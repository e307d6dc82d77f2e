import type { ReusePolicy } from "../../arch-specs/index.js";
import type { Tensor } from "../../workloads/index.js";
import { chainsOf, isShared, type Link, reuseAt } from "./nest.js";
import { isCoupled, isRelevant, type Projection } from "./projection.js";
import { loopsIn, type Structure, type StructureLoop } from "./structure.js";

/**
 * Every count of a structure as a sum of products, for tile sizes yet to be chosen (perfect factors). With n the iterations of a
 * loop, over the temporal loops above a node,
 *
 *     entered = tile · Π n − Σ events (n − 1) · Π n outside · kept
 *
 * one event a loop: it advances and all inner loops wrap. All but `kept` are products of trip counts and extents; `kept` is a
 * product of one factor a group of coupled rank variables, the overlap of the tile's shadow with itself moved. It is the
 * whole shadow where nothing of the group moves and none where a variable moves that alone drives an axis: so the sum ends
 * at the first such loop, from the inside out, that iterates at all. Counts are `entered` times products of spatial trip
 * counts (`Requests`), less, for outputs, the words ever held (`held`, such a product, too).
 */
export interface Terms {
  readonly structure: Structure;
  readonly loops: readonly StructureLoop[];
  readonly links: readonly LinkTerms[];
}

export interface LinkTerms {
  readonly link: Link;
  readonly reuse: ReusePolicy;
  /** One a temporal loop above the child, innermost first; up to and including the outermost that may keep something. */
  readonly events: readonly EventTerm[];
  /** Different requests of the children of one parent, and different drains: at the parent, then over each fan-out. */
  readonly down: readonly Requests[];
  readonly up: readonly Requests[];
  /** Words that one child ever holds; at compute, that all children of one parent ever touch. */
  readonly held: Spread;
}

/** What a temporal loop's advance does to the tile. */
export interface EventTerm {
  /** Index into `Terms.loops`. */
  readonly loop: number;
  /** `still`: by itself nothing; `apart`: nothing can be kept; `along`: it slides along axes that several variables drive. */
  readonly moves: "still" | "apart" | "along";
}

/** A product: the trip counts of `times`, and for every coupled group the number of different places. */
export interface Requests {
  readonly times: readonly number[];
  readonly places: Spread;
}

/** Words in the union of copies of a tile: trip counts where the copies are apart, else the union on the group's axes. */
export interface Spread {
  readonly times: readonly number[];
  /** Groups of coupled variables, and the loops that spread the tile along them. */
  readonly unions: readonly { readonly axes: readonly number[]; readonly loops: readonly number[] }[];
}

/** Throws where words beyond a tensor's edges are free: their number is no such product. */
export function termsOf(structure: Structure): Terms {
  const loops = loopsIn(structure);
  const links = chainsOf(structure)
    .flat()
    .map((link) => linkTerms(structure, loops, link));
  if (links.some(({ link }) => link.projection.clipped.includes(true)))
    throw new Error("terms count padding like words");
  return { structure, loops, links };
}

function linkTerms(structure: Structure, loops: readonly StructureLoop[], link: Link): LinkTerms {
  const { architecture, layer } = structure;
  const { projection, parent, child } = link;
  const tensor = layer.einsum.tensors[link.tensor];
  if (tensor === undefined) throw new Error(`no tensor ${link.tensor}`);
  const crossings = [0, ...link.fanouts.map((_, i) => i + 1)];
  const request = (capability: "multicast" | "reduction") => (crossed: number) =>
    requestsOf(structure, loops, link, tensor, capability, crossed);
  const temporal = loops.flatMap((loop, i) => (loop.kind === "for" && i < child.depth ? [i] : []));
  const below = loops.flatMap((loop, i) => (loop.kind === "spatial" && i >= parent.depth ? [i] : []));
  return {
    link,
    reuse: link.kind === "compute" ? "none" : reuseAt(architecture, child.level),
    events: link.kind === "compute" ? [] : eventsOf(projection, loops, temporal),
    down: crossings.map(request("multicast")),
    up: crossings.map(request("reduction")),
    held: spreadOf(projection, loops, link.kind === "compute" ? [...temporal, ...below] : temporal),
  };
}

function eventsOf(
  projection: Projection,
  loops: readonly StructureLoop[],
  temporal: readonly number[],
): readonly EventTerm[] {
  return [...temporal].reverse().map((loop) => {
    const variable = loops[loop]?.variable ?? -1;
    if (!isRelevant(projection, variable)) return { loop, moves: "still" };
    return { loop, moves: isCoupled(projection, variable) ? "along" : "apart" };
  });
}

function requestsOf(
  { architecture }: Structure,
  loops: readonly StructureLoop[],
  { projection, parent, child, fanouts }: Link,
  tensor: Tensor,
  capability: "multicast" | "reduction",
  crossed: number,
): Requests {
  const times: number[] = [];
  const sharing: number[] = [];
  loops.slice(parent.depth, child.depth).forEach((loop, i) => {
    if (loop.kind === "for") return;
    const isApart = fanouts.indexOf(loop.fanout) < crossed || !isShared(architecture, loop, tensor, capability);
    (isApart ? times : sharing).push(parent.depth + i);
  });
  return { times, places: spreadOf(projection, loops, sharing) };
}

/** Copies along an axis that one variable drives never overlap; those of irrelevant loops are the same. */
function spreadOf(projection: Projection, loops: readonly StructureLoop[], moving: readonly number[]): Spread {
  const variableOf = (loop: number): number => loops[loop]?.variable ?? -1;
  const relevant = moving.filter((loop) => isRelevant(projection, variableOf(loop)));
  const unions = projection.groups.map(({ axes, variables }) => ({
    axes,
    loops: relevant.filter((loop) => variables.includes(variableOf(loop)) && isCoupled(projection, variableOf(loop))),
  }));
  return {
    times: relevant.filter((loop) => !isCoupled(projection, variableOf(loop))),
    unions: unions.filter((union) => union.loops.length > 0),
  };
}
