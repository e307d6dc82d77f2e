import {
  checkLegality,
  type LegalMapping,
  obeysResolved,
  type ResolvedDataflow,
  type ResolvedNode,
  toMapping,
} from "../mappings/index.js";
import { type Capacity, capacitiesOf } from "./capacities.js";
import { limitsOf } from "./limits.js";
import { type ObeyingChain, obeyingChains } from "./obeying-chains.js";
import { type Placement, placementsOf } from "./placement.js";
import { fanoutOf, type Problem, tensorOf } from "./problem.js";

/** Choices of chains of a placement that are looked at. */
const MOST_CHOICES = 2000;

/** What was found of the mappings that obey a dataflow, whatever their tiles. */
export interface Obeying {
  readonly mappings: readonly LegalMapping[];
  /** Whether there is none for certain, where none was found. */
  readonly isProven: boolean;
}

/**
 * Legal mappings with any tiles that obey a dataflow, of so many placements at most: one each, of chains that are as small as
 * its numbers of iterations allow (obeying-chains.ts). Tiles and instances in use only grow with the chains: so where none fits, nothing is legal.
 */
export function obeyingMappings(
  problem: Problem,
  dataflow: ResolvedDataflow,
  most: number,
  stop: () => boolean,
): Obeying {
  const limits = limitsOf(problem, dataflow);
  const mappings: LegalMapping[] = [];
  // What tiles take depends on the loops further in where they stream.
  let isProven = problem.rules.conventions === "loopwright";
  for (const placement of placementsOf(problem, limits)) {
    if (mappings.length >= most || stop()) return { mappings, isProven: false };
    const lists = problem.bounds.map((_, v) => obeyingChains(problem, placement, limits, dataflow, v));
    let choices = 0;
    for (const chains of fitting(
      problem,
      placement,
      lists.map((list) => list.chains),
    )) {
      const found = mappingOf(problem, placement, chains, dataflow);
      if (found !== null) mappings.push(found);
      // It fits, but its loops cannot stand in the order that is asked for, or so: others may.
      else isProven = false;
      if (found !== null || ++choices > MOST_CHOICES) break;
    }
    if (choices === 0) isProven &&= lists.every(({ isComplete }) => isComplete);
  }
  return { mappings, isProven };
}

/** One chain a variable, such that all tiles and all fan-outs fit. */
function* fitting(
  problem: Problem,
  placement: Placement,
  lists: readonly (readonly ObeyingChain[])[],
): Generator<readonly ObeyingChain[]> {
  if (lists.some((chains) => chains.length === 0)) return;
  const capacities = problem.rules.conventions === "loopwright" ? capacitiesOf(problem, placement) : [];
  const sizes = problem.fanouts.flatMap((level) => [fanoutOf(problem, level).x, fanoutOf(problem, level).y]);
  const least = lists.map((chains) => chains.reduce(lessOf));
  const order = [...lists.keys()].sort((a, b) => (lists[a]?.length ?? 0) - (lists[b]?.length ?? 0));
  const chosen = [...least];
  const fits = (): boolean =>
    sizes.every((size, axis) => chosen.reduce((n, { uses }) => n * (uses[axis] ?? 1), 1) <= size) &&
    capacities.every((capacity) => wordsIn(problem, placement, capacity, chosen) <= capacity.most);
  const visit = function* (at: number): Generator<readonly ObeyingChain[]> {
    const v = order[at];
    if (!fits()) return;
    if (v === undefined) {
      yield [...chosen];
      return;
    }
    for (const chain of lists[v] ?? []) {
      chosen[v] = chain;
      yield* visit(at + 1);
    }
    chosen.splice(v, 1, ...least.slice(v, v + 1));
  };
  yield* visit(0);
}

/** No more than either chain leaves or uses. */
const lessOf = (a: ObeyingChain, b: ObeyingChain): ObeyingChain => ({
  loops: [],
  tiles: a.tiles.map((tile, j) => Math.min(tile, b.tiles[j] ?? tile)),
  uses: a.uses.map((n, i) => Math.min(n, b.uses[i] ?? n)),
});

function wordsIn(
  problem: Problem,
  { nodes }: Placement,
  { nodes: inside }: Capacity,
  chains: readonly ObeyingChain[],
): number {
  return inside.reduce((sum, j) => {
    const tensor = tensorOf(problem, nodes[j]?.tensor ?? -1);
    const words = tensor.ranks.reduce(
      (n, { terms }) =>
        n *
        terms.reduce((e, { variable, coefficient }) => {
          const tile = chains[variable]?.tiles[j] ?? 1;
          return e + Math.abs(coefficient) * (tile - 1);
        }, 1),
      1,
    );
    return sum + words;
  }, 0);
}

/** The chains as a loop tree, each level's loops in the order that is asked for; null where that is not to be had. */
function mappingOf(
  problem: Problem,
  placement: Placement,
  chains: readonly ObeyingChain[],
  dataflow: ResolvedDataflow,
): LegalMapping | null {
  const { layer, architecture, bounds } = problem;
  const extents = [...bounds];
  const nodes: ResolvedNode[] = architecture.levels.flatMap((_, level) =>
    placement.backing.flatMap((at, tensor): ResolvedNode[] => (at === level ? [{ kind: "keep", tensor, level }] : [])),
  );
  for (let region = 0; region <= placement.nodes.length; region++) {
    const level = placement.nodes[region - 1]?.level ?? Math.max(...placement.backing);
    const loops = inOrder(region, chains, dataflow.storages.get(level)?.order ?? null);
    if (loops === null) return null;
    for (const { variable, by, spot } of loops) {
      const extent = extents[variable] ?? 1;
      const fanout = problem.fanouts[spot.fanout] ?? -1;
      nodes.push(
        spot.fanout < 0
          ? { kind: "for", variable, by, extent }
          : { kind: "spatial", variable, by, extent, axis: spot.axis, fanout },
      );
      extents[variable] = by;
    }
    const node = placement.nodes[region];
    if (node !== undefined) nodes.push({ kind: "keep", ...node });
  }
  const { conventions } = problem.rules;
  const named = toMapping({ layer, architecture, nodes });
  const checked = checkLegality(named, layer, architecture, { conventions });
  return checked.ok && obeysResolved(checked.value, dataflow).length === 0 ? checked.value : null;
}

type Placed = ObeyingChain["loops"][number] & { readonly variable: number };

/** The loops of a region: each variable's in its order, temporal ones in the order that is asked for, fan-outs in theirs; null where they get into each other's way. */
function inOrder(
  region: number,
  chains: readonly ObeyingChain[],
  order: readonly (number | null)[] | null,
): readonly Placed[] | null {
  const waiting = chains.map(({ loops }, variable) =>
    loops.filter(({ spot }) => spot.region === region).map((loop) => ({ ...loop, variable })),
  );
  const rankOf = ({ variable, spot }: Placed): number => {
    if (spot.fanout >= 0) return spot.fanout;
    const listed = order?.indexOf(variable) ?? 0;
    return listed < 0 ? (order?.indexOf(null) ?? 0) : listed;
  };
  const placed: Placed[] = [];
  for (;;) {
    const left = waiting.flat();
    if (left.length === 0) return placed;
    const isNext = (loop: Placed): boolean =>
      left.every((other) => other.spot.fanout < 0 !== loop.spot.fanout < 0 || rankOf(other) >= rankOf(loop));
    const at = waiting.findIndex(([head]) => head !== undefined && isNext(head));
    const next = waiting[at]?.shift();
    if (next === undefined) return null;
    placed.push(next);
  }
}
