import { partedOf, worthwhile } from "./covered.js";
import type { Limits } from "./limits.js";
import { type Placement, product } from "./placement.js";
import { belowPlace, betweenPlace, placesIn, positionOfBlock, REGION, regionOfPlace } from "./places.js";
import { type Problem, relevance } from "./problem.js";
import { ANY_TURNS, isInAnyOrder, partsOf, type Turns, type View, viewsOf } from "./views.js";

/** The first position of a region's fan-outs: further in than all its blocks of temporal loops. */
const FANOUTS = 24;
export const nodePosition = (node: number): number => node * REGION + REGION - 1;

/** The region of a position, and whether coupled loops there may take turns with others of the region. */
export const regionAt = (position: number): number => Math.floor(position / REGION);
export function isInTurns(turns: readonly Turns[], position: number): boolean {
  const { first, last } = turns[regionAt(position)] ?? ANY_TURNS;
  return position % REGION >= first && position % REGION <= last;
}

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
  /** Per region: the blocks between which coupled loops may take turns; any where nothing is said. */
  readonly turns: readonly Turns[];
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
 *
 * Where a dataflow prescribes the order of a level's loops, neither rule takes loops into its regions, and tails begin where the order lets them
 * (views.ts). Such families are many: those that others cover are left out, and so are those of which `isHopeless` is true, told a family that allows what
 * several of them do.
 */
export function* ordersOf(
  problem: Problem,
  limits: Limits,
  placement: Placement,
  isHopeless: (relaxed: OrderFamily) => boolean = () => false,
): Generator<OrderFamily> {
  if (isInAnyOrder(limits, placement)) {
    yield* familiesOf(problem, limits, placement);
    return;
  }
  const known =
    prescribed.get(placement) ??
    partedOf(problem, placement, [...familiesOf(problem, limits, placement)], [...partsOf(problem, limits, placement)]);
  prescribed.set(placement, known);
  for (const parts of known) yield* worthwhile(parts, isHopeless);
}

/** The families of placements with a prescribed order, which are many to begin with. */
const prescribed = new WeakMap<Placement, readonly (readonly OrderFamily[])[]>();

function* familiesOf(problem: Problem, limits: Limits, placement: Placement): Generator<OrderFamily> {
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
        limits.prescribed(placement, r) === null &&
        limits.prescribed(placement, r - 1) === null &&
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
    if (limits.isBarred(placement, region, node) || (crossing && !sinks) || stuck)
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

/** Orders the blocks of every region, and takes away the loops that would stand in a node's view. */
function* blocksOf(
  problem: Problem,
  limits: Limits,
  placement: Placement,
  base: readonly number[],
  cuts: readonly number[],
): Generator<OrderFamily> {
  const regions = Array.from({ length: placement.nodes.length + 1 }, (_, region) => region);
  const ways = regions.map((region) => [
    ...viewsOf(problem, tensorsAt(placement, cuts, region), limits.prescribed(placement, region)),
  ]);
  for (const views of product(ways)) {
    const [depth, turns] = [views.map((view) => view.depth), views.map((view) => view.turns)];
    const allowed = [...base];
    const letBack = (v: number, region: number): void => {
      if (limits.temporal(placement, region, v)) allowed[v] = (allowed[v] ?? 0) | (1 << region);
    };
    for (const v of problem.active)
      for (const region of cuts.filter((cut) => cut >= 0)) if ((depth[region]?.[v] ?? 0) > 0) letBack(v, region);
    cuts.forEach((region, j) => {
      if (region >= 0) for (const v of problem.active) letBack(v, j + 1);
    });
    cuts.forEach((region, j) => {
      if (region >= 0) clearView(problem, placement, allowed, j, region, views[region]);
    });
    const positions = positionsOf(placement, cuts, views);
    const isWorth = cuts.every(
      (region, j) => region < 0 || paysOff(problem, placement, allowed, depth, j, region, positions[j] ?? NEVER),
    );
    if (isWorth) yield { depth, turns, allowed, cuts: positions, streamed: [], unused: 0 };
  }
}

/** The tensors whose nodes see through to a region. */
export const tensorsAt = ({ nodes }: Placement, cuts: readonly number[], region: number): readonly number[] => [
  ...new Set(cuts.flatMap((cut, j) => (cut === region ? [nodes[j]?.tensor ?? -1] : []))),
];

/** Per node where the tail begins that it sees. */
export const positionsOf = ({ nodes }: Placement, cuts: readonly number[], views: readonly View[]): readonly number[] =>
  cuts.map((region, j) =>
    region < 0 ? NEVER : positionOfBlock(region, views[region]?.tails.get(nodes[j]?.tensor ?? -1) ?? 0),
  );

/**
 * Only loops irrelevant to the node's tensor may stand in the tail of the region, and between it and the node. (More are left than need be: those right above the
 * node could be sunk, unless they are stuck.)
 */
export function clearView(
  problem: Problem,
  placement: Placement,
  allowed: number[],
  node: number,
  region: number,
  view: View | undefined,
): void {
  const tensor = placement.nodes[node]?.tensor ?? -1;
  const inside = Array.from({ length: node - region }, (_, i) => placesIn(problem, placement, region + 1 + i));
  const between = inside.reduce((bits, places) => bits | places, 0);
  for (const v of problem.active) {
    if (relevance(problem, tensor, v) === "irrelevant") continue;
    const isInTail = (view?.depth[v] ?? 0) >= (view?.tails.get(tensor) ?? NEVER);
    allowed[v] = (allowed[v] ?? 0) & ~(isInTail ? between | placesIn(problem, placement, region) : between);
  }
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
