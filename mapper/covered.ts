import type { OrderFamily } from "./orders.js";
import type { Placement } from "./placement.js";
import { placesIn, positionOfBlock } from "./places.js";
import { type Problem, relevance } from "./problem.js";

/**
 * Families parted in every way (`masks`: per variable the places that are left), those together that are parts of one, without those of which others
 * allow every mapping and charge it no more.
 */
export function partedOf(
  problem: Problem,
  placement: Placement,
  families: readonly OrderFamily[],
  masks: readonly (readonly number[])[],
): readonly (readonly OrderFamily[])[] {
  const wholes = uncovered(problem, placement, families).map((family) =>
    masks.map((mask) => ({ ...family, allowed: family.allowed.map((bits, v) => bits & (mask[v] ?? 0)) })),
  );
  const kept = new Set(uncovered(problem, placement, wholes.flat()));
  return wholes.map((parts) => parts.filter((part) => kept.has(part)));
}

/** The parts but those that a bound of several together shows to be hopeless. */
export function* worthwhile(
  parts: readonly OrderFamily[],
  isHopeless: (relaxed: OrderFamily) => boolean,
): Generator<OrderFamily> {
  const [first] = parts;
  if (first === undefined) return;
  if (parts.length === 1) {
    yield first;
    return;
  }
  const allowed = first.allowed.map((_, v) => parts.reduce((bits, part) => bits | (part.allowed[v] ?? 0), 0));
  if (isHopeless({ ...first, allowed })) return;
  const half = Math.ceil(parts.length / 2);
  yield* worthwhile(parts.slice(0, half), isHopeless);
  yield* worthwhile(parts.slice(half), isHopeless);
}

/** What a family allows and charges, to be compared with others of its placement. */
interface Terms {
  readonly family: OrderFamily;
  /** Per variable: bits of the places. */
  readonly allowed: readonly number[];
  /** Per node and irrelevant variable: bits of the regions whose loops it pays for. */
  readonly charged: readonly number[];
}

/** The families without those of which another one allows every mapping and charges it no more; of equal ones the first stays. */
function uncovered(problem: Problem, placement: Placement, families: readonly OrderFamily[]): readonly OrderFamily[] {
  const all = families.map((family) => termsOf(problem, placement, family));
  const kept: Terms[] = [];
  for (const [i, one] of all.entries()) {
    const isCovered = (other: Terms): boolean => covers(problem, placement, other, one);
    if (kept.some(isCovered)) continue;
    if (all.slice(i + 1).some((other) => isCovered(other) && !covers(problem, placement, one, other))) continue;
    kept.push(one);
  }
  return kept.map(({ family }) => family);
}

function termsOf(problem: Problem, placement: Placement, family: OrderFamily): Terms {
  const { allowed, cuts, depth } = family;
  const charged = placement.nodes.flatMap(({ tensor }, j) =>
    problem.active
      .filter((v) => relevance(problem, tensor, v) === "irrelevant")
      .map((v) => {
        let bits = 0;
        for (let region = 0; region <= j; region++)
          if (positionOfBlock(region, depth[region]?.[v] ?? 0) < (cuts[j] ?? 0))
            bits |= (allowed[v] ?? 0) & placesIn(problem, placement, region);
        return bits;
      }),
  );
  return { family, allowed, charged };
}

/** Whether every mapping of the one stands in the other, in an order that the other allows, and is charged no more there. */
function covers(problem: Problem, placement: Placement, other: Terms, one: Terms): boolean {
  if (one.allowed.some((bits, v) => (bits & ~(other.allowed[v] ?? 0)) !== 0)) return false;
  let at = 0;
  for (const { tensor } of placement.nodes)
    for (const v of problem.active) {
      if (relevance(problem, tensor, v) !== "irrelevant") continue;
      const bits = (other.charged[at] ?? 0) & (one.allowed[v] ?? 0);
      if ((bits & ~(one.charged[at] ?? 0)) !== 0) return false;
      at++;
    }
  return one.family.depth.every((of, region) => {
    const places = placesIn(problem, placement, region);
    const open = problem.active.filter((v) => ((one.allowed[v] ?? 0) & places) !== 0);
    const theirs = other.family.depth[region] ?? [];
    return open.every((u) =>
      open.every((v) => Math.sign((of[u] ?? 0) - (of[v] ?? 0)) === Math.sign((theirs[u] ?? 0) - (theirs[v] ?? 0))),
    );
  });
}
