import type { Limits } from "./limits.js";
import { type Placement, permutations } from "./placement.js";
import type { Problem } from "./problem.js";

/**
 * Temporal places that a variable's loops may take in a placement, as bits: bit r is region r above its fan-outs; bits
 * K+1+2f and K+2+2f are, in the region of fan-out number f, the places between the variable's own two spatial loops there and below them
 * (coupled variables only: for others the order of temporal and spatial loops changes nothing). Spatial loops of other variables
 * do not matter to a temporal loop, so all temporal loops of a region stand in one order, by blocks, whatever their places.
 */
export const betweenPlace = (placement: Placement, fanout: number): number => placement.nodes.length + 1 + 2 * fanout;
export const belowPlace = (placement: Placement, fanout: number): number => placement.nodes.length + 2 + 2 * fanout;

/** Positions number the whole nest from outside to inside: 64 a region, its node last. */
const REGION = 64;
const FANOUTS = 8;
export const nodePosition = (node: number): number => node * REGION + REGION - 1;

/** The region of a position, and a position in it further in than any block. */
export const regionAt = (position: number): number => Math.floor(position / REGION);
export const innermostBlock = (region: number): number => region * REGION + REGION - 2;

export const positionOfBlock = (region: number, block: number): number => region * REGION + block;

/** Where a loop of a variable at a temporal place stands among the temporal loops of the nest, given the blocks of its region. */
export function positionOf(
  problem: Problem,
  placement: Placement,
  order: OrderFamily,
  place: number,
  variable: number,
): number {
  const region = regionOfPlace(problem, placement, place);
  return region * REGION + (order.depth[region]?.[variable] ?? 0);
}

/** The region of a temporal place. */
export function regionOfPlace(problem: Problem, placement: Placement, place: number): number {
  const regions = placement.nodes.length + 1;
  if (place < regions) return place;
  const level = problem.fanouts[Math.floor((place - regions) / 2)] ?? -1;
  return placement.fanouts.findIndex((there) => there.includes(level));
}

/** The position of the first spatial loop of a fan-out; the second stands two below. */
export function fanoutPosition(problem: Problem, placement: Placement, fanout: number): number {
  const level = problem.fanouts[fanout] ?? -1;
  const region = placement.fanouts.findIndex((there) => there.includes(level));
  return region * REGION + FANOUTS + 4 * (placement.fanouts[region]?.indexOf(level) ?? 0);
}

/**
 * One family of loop orders. Its formulas take every allowed loop as present: they are exact for a nest whose loops
 * break reuse where the family says, and never too low for any other nest of the family.
 */
export interface OrderFamily {
  /** Per region and variable: the block of the region in which its loop stands, 0 outermost. */
  readonly depth: readonly (readonly number[])[];
  /** Per variable: bits of the places at which it may have a loop. */
  readonly allowed: readonly number[];
  /** Per node: irrelevant loops at this position or further in cost it nothing. */
  readonly cuts: readonly number[];
  /**
   * Per node and variable: bits of the places whose loops lie in the unbroken run under the node, and so shrink what its tile takes (streams.ts);
   * empty where tiles are held whole.
   */
  readonly streamed: readonly (readonly number[])[];
  /** Bits of the fan-outs that are not used. */
  readonly unused: number;
}

export const NEVER: number = Number.MAX_SAFE_INTEGER;

/**
 * The families that a placement needs, by two rewriting rules that never raise a count or an occupancy:
 *
 * - *sink*: a loop directly above a node whose tensor it is irrelevant to moves below it (the tile does not change; not so a coupled
 *   loop with spatial loops of its group in between, whose steps it would change);
 * - *lift*: a loop directly below a node to which it is fully relevant moves above it, outside the loops that slide the
 *   node's tile (the tile shrinks, the words moved stay the same).
 *
 * Neither is always free: a node that sees irrelevant loops further out (a cut, below) loses them when a loop is lifted over it.
 *
 * After both, region r holds loops not fully relevant to node r−1 (region 0: any). What is left of the order is: which nodes
 * see *through* emptied regions to a tail of irrelevant loops further out, across a node of an outer level (nodes of one level
 * are permuted instead): a *cut*. (Which coupled variables slide a tile, and how far out, the search finds as it goes.)
 */
export function* ordersOf(problem: Problem, limits: Limits, placement: Placement): Generator<OrderFamily> {
  const base = baseAllowed(problem, limits, placement);
  for (const cuts of cutChoices(problem, limits, placement, 0, []))
    yield* blocksOf(problem, limits, placement, base, cuts);
}

function baseAllowed(problem: Problem, limits: Limits, placement: Placement): readonly number[] {
  return problem.einsum.variables.map((_, v) => {
    if (!problem.active.includes(v)) return 0;
    let bits = 0;
    for (let r = 0; r <= placement.nodes.length; r++) {
      if (!limits.temporal(placement, r, v)) continue;
      const above = placement.nodes[r - 1];
      const liftable =
        !limits.rigid &&
        above !== undefined &&
        relevance(problem, above.tensor, v) === "full" &&
        limits.temporal(placement, r - 1, v) &&
        !isUnderRun(problem, placement, r - 1, v) &&
        !leavesItsGroup(problem, placement, r, v);
      if (!liftable) bits |= 1 << r;
    }
    const coupled = problem.groups.some((group) => group.coupled && group.variables.includes(v));
    if (coupled && !problem.rules.isEven)
      problem.fanouts.forEach((level, f) => {
        const region = placement.fanouts.findIndex((there) => there.includes(level));
        if (region < 0 || !limits.temporal(placement, region, v)) return;
        bits |= (1 << betweenPlace(placement, f)) | (1 << belowPlace(placement, f));
      });
    return bits;
  });
}

/**
 * Whether a loop lifted out of the region would leave others of its group behind, in whose turns it moves a tile further in: inside them its
 * last step and theirs may undo each other.
 */
function leavesItsGroup(problem: Problem, placement: Placement, region: number, variable: number): boolean {
  const above = placement.nodes[region - 1]?.tensor ?? -1;
  const group = problem.groups.find(({ coupled, variables }) => coupled && variables.includes(variable));
  const stays = group?.variables.some((u) => u !== variable && relevance(problem, above, u) !== "full") === true;
  return (
    stays && placement.nodes.slice(region).some(({ tensor }) => relevance(problem, tensor, variable) === "partial")
  );
}

/**
 * Whether loops that slide the node's tile may stand on both sides of a node further out that the variable is irrelevant to: lifting
 * the variable's loop out of the slide would then cost that node.
 */
function isUnderRun(problem: Problem, placement: Placement, node: number, variable: number): boolean {
  const tensor = placement.nodes[node]?.tensor ?? -1;
  const sliding = problem.active.filter((v) => relevance(problem, tensor, v) === "partial");
  return placement.nodes.slice(0, node).some((above, i) => {
    if (relevance(problem, above.tensor, variable) !== "irrelevant") return false;
    const between = placement.nodes.slice(i, node);
    return sliding.some((v) => between.some((other) => relevance(problem, other.tensor, v) !== "full"));
  });
}

export const relevance = (problem: Problem, tensor: number, variable: number): string =>
  problem.relevance[tensor]?.[variable] ?? "irrelevant";

/** Per node the region whose tail it sees, or −1. */
function* cutChoices(
  problem: Problem,
  limits: Limits,
  placement: Placement,
  node: number,
  chosen: readonly number[],
): Generator<readonly number[]> {
  const here = placement.nodes[node];
  if (here === undefined) {
    yield chosen;
    return;
  }
  yield* cutChoices(problem, limits, placement, node + 1, [...chosen, -1]);
  for (let region = node; region >= 0; region--) {
    const between = placement.nodes.slice(region, node);
    const crossing = between.some((other) => other.level < here.level);
    const sinks = placement.nodes[region]?.tensor === here.tensor;
    const stuck = holdsCoupled(problem, placement, region, here.tensor) && isSeenBy(placement, chosen, region, node);
    if (limits.constrained || (crossing && !sinks) || stuck)
      yield* cutChoices(problem, limits, placement, node + 1, [...chosen, region]);
  }
}

/**
 * Whether coupled loops irrelevant to the tensor may be *stuck* in the region: they cannot be sunk through spatial loops of their own group, and
 * spatial loops may stand there. (Below spatial loops of a region further in, they would first have been sunk into that region.)
 */
function holdsCoupled(problem: Problem, placement: Placement, region: number, tensor: number): boolean {
  const coupled = problem.groups.filter((group) => group.coupled).flatMap((group) => group.variables);
  return (
    (placement.fanouts[region] ?? []).length > 0 && coupled.some((v) => relevance(problem, tensor, v) === "irrelevant")
  );
}

/**
 * Whether stuck loops of the region are seen by all that stand above the node and need to be: others of its level, over which the node could
 * else be moved (between them are only loops irrelevant to it), and an outer node of its own tensor, which sees all that it sees.
 */
function isSeenBy({ nodes }: Placement, chosen: readonly number[], region: number, node: number): boolean {
  const here = nodes[node];
  return nodes
    .slice(0, node)
    .every(({ level, tensor }, i) =>
      i < region || (level !== here?.level && tensor !== here?.tensor)
        ? true
        : (chosen[i] ?? -1) >= 0 && (chosen[i] ?? -1) <= region,
    );
}

/** Orders the blocks of every region that some node cuts, and takes away the loops that would stand in a node's view. */
function* blocksOf(
  problem: Problem,
  limits: Limits,
  placement: Placement,
  base: readonly number[],
  cuts: readonly number[],
): Generator<OrderFamily> {
  const regions = [...new Set(cuts.filter((region) => region >= 0))];
  const tensorsAt = regions.map((region) => [
    ...new Set(cuts.flatMap((r, j) => (r === region ? [placement.nodes[j]?.tensor ?? -1] : []))),
  ]);
  for (const priority of allPriorities(tensorsAt)) {
    const depth = Array.from({ length: placement.nodes.length + 1 }, () => problem.einsum.variables.map(() => 0));
    const allowed = [...base];
    regions.forEach((region, i) => {
      const tensors = priority[i] ?? [];
      for (const v of problem.active) {
        const block = tensors.findIndex((t) => relevance(problem, t, v) !== "irrelevant");
        const inner = block < 0 ? tensors.length : block;
        if (inner === 0) continue;
        (depth[region] as number[])[v] = inner;
        if (limits.temporal(placement, region, v)) allowed[v] = (allowed[v] ?? 0) | (1 << region);
      }
    });
    cuts.forEach((region, j) => {
      if (region < 0) return;
      for (const v of problem.active)
        if (limits.temporal(placement, j + 1, v)) allowed[v] = (allowed[v] ?? 0) | (1 << (j + 1));
    });
    cuts.forEach((region, j) => {
      if (region >= 0) clearView(problem, placement, allowed, j, region);
    });
    const positions = cuts.map((region, j) => {
      if (region < 0) return NEVER;
      const tensors = priority[regions.indexOf(region)] ?? [];
      return region * REGION + tensors.indexOf(placement.nodes[j]?.tensor ?? -1) + 1;
    });
    if (
      cuts.every(
        (region, j) => region < 0 || paysOff(problem, placement, allowed, depth, j, region, positions[j] ?? NEVER),
      )
    )
      yield { depth, allowed, cuts: positions, streamed: [], unused: 0 };
  }
}

function* allPriorities(tensorsAt: readonly (readonly number[])[]): Generator<readonly (readonly number[])[]> {
  const [first, ...rest] = tensorsAt;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const order of permutations(first)) for (const others of allPriorities(rest)) yield [order, ...others];
}

/**
 * Only loops irrelevant to the node's tensor may stand between the tail of the region and the node. (More are left than need be: those right above the
 * node could be sunk, unless they are stuck.)
 */
export function clearView(
  problem: Problem,
  placement: Placement,
  allowed: number[],
  node: number,
  region: number,
): void {
  const tensor = placement.nodes[node]?.tensor ?? -1;
  const inside = placesBetween(problem, placement, region, node);
  for (const v of problem.active)
    if (relevance(problem, tensor, v) !== "irrelevant") allowed[v] = (allowed[v] ?? 0) & ~inside;
}

/** Bits of the places below region `from` and above the node. */
function placesBetween(problem: Problem, placement: Placement, from: number, node: number): number {
  let bits = 0;
  for (let r = from + 1; r <= node; r++) bits |= 1 << r;
  problem.fanouts.forEach((level, f) => {
    const region = placement.fanouts.findIndex((there) => there.includes(level));
    if (region > from && region <= node) bits |= (1 << betweenPlace(placement, f)) | (1 << belowPlace(placement, f));
  });
  return bits;
}

/** A cut is worth a family of its own only where some irrelevant loop may stand in the tail. */
function paysOff(
  problem: Problem,
  placement: Placement,
  allowed: readonly number[],
  depth: readonly (readonly number[])[],
  node: number,
  region: number,
  position: number,
): boolean {
  const tensor = placement.nodes[node]?.tensor ?? -1;
  return problem.active.some(
    (v) =>
      relevance(problem, tensor, v) === "irrelevant" &&
      ((allowed[v] ?? 0) & (1 << region)) !== 0 &&
      region * REGION + (depth[region]?.[v] ?? 0) >= position,
  );
}
