import { product } from "../../base/index.js";
import { clippedLink } from "./clipped.js";
import { copiesOf, digitsOf, sharingOf, temporalCopies } from "./copies.js";
import type { LinkCounts } from "./link.js";
import { enteredWords, type Visits } from "./motion.js";
import { extentsAt, type Link, type Nest, reuseAt } from "./nest.js";
import { lengthsOf } from "./projection.js";
import { unionOf } from "./spread.js";

/**
 * A link where no loop ever has a short last tile: all instances are translated copies of one, so one instance's words
 * (`enteredWords`) times the number of different requests under a parent are everything, if every word counts.
 */
export function closedLink(nest: Nest, link: Link, visits: Visits): LinkCounts {
  if (link.projection.clipped.includes(true)) return clippedLink(nest, link, visits);
  return link.kind === "compute" ? closedOperands(nest, link) : closedTiles(nest, link, visits);
}

function closedTiles(nest: Nest, link: Link, visits: Visits): LinkCounts {
  const { projection, child } = link;
  const lengths = lengthsOf(projection, extentsAt(nest, child.depth));
  const loops = temporalCopies(nest, link, child.depth);
  const entered = enteredWords(lengths, loops, reuseAt(nest.architecture, child.level), visits);
  const fills = link.role === "input" ? entered : entered - unionOf(projection, lengths, loops);
  const drains = link.role === "input" ? 0 : entered;
  const down = (crossed: number): number => fills * distinctRequests(nest, link, "multicast", crossed);
  const up = (crossed: number): number => drains * distinctRequests(nest, link, "reduction", crossed);
  const hops = link.fanouts.map((_, i) => down(i + 1) + (drains === 0 ? 0 : up(i + 1)));
  const atParent = { reads: down(0), updates: drains === 0 ? 0 : up(0), hops };
  const atChild = { fills, drains };
  return { atParent: () => atParent, atChild: () => atChild };
}

function closedOperands(nest: Nest, link: Link): LinkCounts {
  const { projection } = link;
  const temporal = temporalCopies(nest, link, nest.loops.length);
  const steps = product(temporal.map((loop) => loop.count));
  const point = projection.offsets.map(() => 1);
  if (link.role === "input") {
    const down = (crossed: number): number => steps * distinctRequests(nest, link, "multicast", crossed);
    const atParent = { reads: down(0), updates: 0, hops: link.fanouts.map((_, i) => down(i + 1)) };
    return { atParent: () => atParent, atChild: () => ({ fills: 0, drains: 0 }) };
  }
  const up = (crossed: number): number => steps * distinctRequests(nest, link, "reduction", crossed);
  const updates = up(0);
  const below = digitsOf(nest, link).map((loop) => copiesOf(link, loop));
  const reads = updates - unionOf(projection, point, [...temporal, ...below]);
  const atParent = { reads, updates, hops: link.fanouts.map((_, i) => up(i + 1) + reads) };
  return { atParent: () => atParent, atChild: () => ({ fills: 0, drains: 0 }) };
}

/**
 * How many different requests the instances below one parent make at a step, where the first `crossed` fan-outs and all
 * axes that cannot share tell instances apart: every index there counts, elsewhere only different places do.
 */
export function distinctRequests(
  nest: Nest,
  link: Link,
  capability: "multicast" | "reduction",
  crossed: number,
): number {
  const { apart, sharing } = sharingOf(nest, link, capability, crossed);
  const point = link.projection.offsets.map(() => 1);
  const places = unionOf(
    link.projection,
    point,
    sharing.map((loop) => copiesOf(link, loop)),
  );
  return product(apart.map(({ count }) => count)) * places;
}
