import type { Limits } from "./limits.js";
import { type Placement, permutations, product } from "./placement.js";
import { placesIn } from "./places.js";
import { type Problem, relevance } from "./problem.js";

/** The order that a dataflow prescribes for the loops of a region: per variable its rank, outermost first; those with the rank `free` stand in any order. */
export interface Prescribed {
  readonly ranks: readonly number[];
  readonly free: number;
}

/** Whether no order is prescribed for the loops of any region. */
export const isInAnyOrder = (limits: Limits, placement: Placement): boolean =>
  [...placement.nodes, null].every((_, region) => limits.prescribed(placement, region) === null);

/** How the temporal loops of a region stand, and from where on nodes further in see them for nothing. */
export interface View {
  /** Per variable: the block in which its loops stand, 0 outermost. */
  readonly depth: readonly number[];
  /** Per tensor that sees through to the region: the first block of its tail. Loops relevant to it that would stand there are not there. */
  readonly tails: ReadonlyMap<number, number>;
  /** The blocks between which loops may take turns. */
  readonly turns: Turns;
}

/** Blocks from the first to the last one. */
export interface Turns {
  readonly first: number;
  readonly last: number;
}

/** Whatever block, of all that a region may have. */
export const ANY_TURNS: Turns = { first: 0, last: 62 };

/**
 * The ways in which a region's loops stand, given the tensors that see through to it. In any order: loops relevant to the tensor that has its say first
 * stand outermost, then those relevant to the second, …; what is left is everybody's tail. In a prescribed order a tail begins at one of the ranks, and none of the loops behind
 * are relevant to its tensor; or among the loops that stand freely, which are in blocks by the say of these tensors.
 */
export function* viewsOf(problem: Problem, tensors: readonly number[], prescribed: Prescribed | null): Generator<View> {
  if (prescribed === null) {
    for (const say of permutations(tensors)) yield viewBy(problem, say, [], null);
    return;
  }
  for (const ranks of product(tensors.map((tensor) => ranksOf(problem, tensor, prescribed)))) {
    const fixed = tensors.flatMap((tensor, i) => {
      const rank = ranks[i] ?? prescribed.free;
      return rank === prescribed.free ? [] : [{ tensor, rank }];
    });
    const free = tensors.filter((_, i) => ranks[i] === prescribed.free);
    for (const say of permutations(free)) yield viewBy(problem, say, fixed, prescribed);
  }
}

/** The ranks at which a tail of the tensor may begin: no loop irrelevant to it stands right above. */
function ranksOf(problem: Problem, tensor: number, { ranks, free }: Prescribed): readonly number[] {
  const isIrrelevant = (rank: number): boolean => {
    const own = problem.active.filter((v) => ranks[v] === rank);
    return own.length > 0 && own.every((v) => relevance(problem, tensor, v) === "irrelevant");
  };
  const found = [...new Set(problem.active.map((v) => ranks[v] ?? free))].sort((a, b) => a - b);
  return found.filter(
    (rank, i) =>
      rank === free ||
      (isIrrelevant(rank) && (i === 0 || found[i - 1] === free || !isIrrelevant(found[i - 1] ?? free))),
  );
}

function viewBy(
  problem: Problem,
  say: readonly number[],
  fixed: readonly { readonly tensor: number; readonly rank: number }[],
  prescribed: Prescribed | null,
): View {
  const { ranks, free } = prescribed ?? { ranks: [], free: 0 };
  const depthOf = (rank: number): number => (rank > free ? rank + say.length : rank);
  const depth = problem.einsum.variables.map((_, v) => {
    const rank = ranks[v] ?? free;
    if (rank !== free || !problem.active.includes(v)) return depthOf(rank);
    const block = say.findIndex((t) => relevance(problem, t, v) !== "irrelevant");
    return free + (block < 0 ? say.length : block);
  });
  const tails = new Map(say.map((tensor, i) => [tensor, free + i + 1]));
  for (const { tensor, rank } of fixed) tails.set(tensor, depthOf(rank));
  const turns = prescribed === null ? ANY_TURNS : { first: free, last: free + say.length };
  return { depth, tails, turns };
}

/**
 * Per variable the regions, as bits, in which it may have loops: every way to part the ranks of a level's order among the regions between its nodes, so that none
 * stands above a lower one. A rank at which they are parted may stand on both sides.
 */
export function* partsOf(problem: Problem, limits: Limits, placement: Placement): Generator<readonly number[]> {
  const regions = Array.from({ length: placement.nodes.length + 1 }, (_, region) =>
    limits.prescribed(placement, region),
  );
  // Regions of one level have the very same order.
  const spans: number[][] = [];
  regions.forEach((order, region) => {
    const last = spans.at(-1);
    if (order !== null && last !== undefined && regions[region - 1] === order) last.push(region);
    else spans.push([region]);
  });
  const ways = spans.map((span) => {
    const order = regions[span[0] ?? 0] ?? null;
    return order === null ? [[]] : [...parted(problem, span, order)];
  });
  for (const picked of product(ways)) {
    const forbidden = picked.flat();
    yield problem.einsum.variables.map((_, v) =>
      forbidden.reduce(
        (bits, one) => (one.variable === v ? bits & ~placesIn(problem, placement, one.region) : bits),
        -1,
      ),
    );
  }
}

/** A variable that has no loop in a region. */
interface Forbidden {
  readonly variable: number;
  readonly region: number;
}

function* parted(
  problem: Problem,
  span: readonly number[],
  { ranks, free }: Prescribed,
  least: number = Number.NEGATIVE_INFINITY,
): Generator<readonly Forbidden[]> {
  const [region, ...rest] = span;
  if (region === undefined) {
    yield [];
    return;
  }
  const rankOf = (v: number): number => ranks[v] ?? free;
  const all = [...new Set(problem.active.map(rankOf))].sort((a, b) => a - b).filter((rank) => rank >= least);
  for (const most of rest.length === 0 || all.length === 0 ? [Number.POSITIVE_INFINITY] : all) {
    const here = problem.active
      .filter((v) => rankOf(v) < least || rankOf(v) > most)
      .map((variable) => ({ variable, region }));
    for (const others of parted(problem, rest, { ranks, free }, most)) yield [...here, ...others];
  }
}
