import type { ResolvedDataflow } from "../mappings/index.js";
import type { ChainLoop } from "./chains.js";
import { ownRegions, type Placement } from "./placement.js";
import { regionOfPlace } from "./places.js";
import type { Problem } from "./problem.js";
import type { Prescribed } from "./views.js";

/** What a dataflow takes away from the mapspace, in the mapper's terms. */
export interface Limits {
  /** Groups, levels and axes that are alike need not be treated alike. */
  readonly constrained: boolean;
  /** Whether temporal loops irrelevant to the tensor of a node may have to stay in a region above it. */
  isBarred(placement: Placement, region: number, node: number): boolean;
  /** Numbers of iterations are prescribed per level: loops may not be moved across nodes at all. */
  readonly rigid: boolean;
  /** The order of loops is prescribed, which families do not know (where tiles stream): what is found has to be checked. */
  readonly ordered: boolean;
  /** The order that the loops of a region have to stand in, the same object for all regions of a level; null where they may stand in any. */
  prescribed(placement: Placement, region: number): Prescribed | null;
  /** The tensors that may and must live in the storage level; null where the dataflow is silent. */
  keeps(level: number): { readonly may: ReadonlySet<number>; readonly must: ReadonlySet<number> } | null;
  /** Whether a temporal loop over the variable may stand in the region of the placement. */
  temporal(placement: Placement, region: number, variable: number): boolean;
  /** Whether a spatial loop over the variable may use the axis of the fan-out. */
  spatial(placement: Placement, fanout: number, axis: "x" | "y", variable: number): boolean;
  /** How many iterations the loops of the storage level or fan-out over the variable have, at least and at most; 1 to Infinity where nothing is asked. */
  iterations(level: number, variable: number): { readonly least: number; readonly most: number };
  /** Whether the numbers of iterations of one variable's loops are as prescribed. */
  admits(placement: Placement, variable: number, loops: readonly ChainLoop[]): boolean;
}

const ANY = { least: 1, most: Number.POSITIVE_INFINITY };

const unlimited: Limits = {
  constrained: false,
  isBarred: () => false,
  rigid: false,
  ordered: false,
  prescribed: () => null,
  keeps: () => null,
  temporal: () => true,
  spatial: () => true,
  iterations: () => ANY,
  admits: () => true,
};

export function limitsOf(problem: Problem, dataflow: ResolvedDataflow | null): Limits {
  if (problem.rules.isEven) return even(limitsBy(problem, dataflow));
  return limitsBy(problem, dataflow);
}

/** The loops of a level stand together, below all its nodes. */
const even = (limits: Limits): Limits => ({
  ...limits,
  temporal: (placement, region, variable) => {
    const { nodes, backing } = placement;
    const isAboveBacking = nodes.some(({ level }, j) => j >= region && backing.includes(level));
    const isWithinLevel = region > 0 && nodes[region - 1]?.level === nodes[region]?.level;
    return !isAboveBacking && !isWithinLevel && limits.temporal(placement, region, variable);
  },
});

function limitsBy(problem: Problem, dataflow: ResolvedDataflow | null): Limits {
  if (dataflow === null) return unlimited;
  const { storages, fanouts } = dataflow;
  const firstRegion = (placement: Placement, level: number): number => {
    if (placement.backing.includes(level)) return 0;
    const first = placement.nodes.findIndex((node) => node.level === level);
    return first < 0 ? Number.POSITIVE_INFINITY : first + 1;
  };
  const below = (placement: Placement, region: number, variable: number): boolean =>
    [...storages].every(
      ([level, rule]) =>
        rule.loopsBelow === null || rule.loopsBelow.has(variable) || region < firstRegion(placement, level),
    );
  const orders = new Map<number, Prescribed>();
  for (const [level, { order }] of storages) {
    if (order === null) continue;
    const free = order.indexOf(null);
    const ranks = problem.einsum.variables.map((_, v) => (order.includes(v) ? order.indexOf(v) : free));
    orders.set(level, { ranks, free });
  }
  const prescribed = (placement: Placement, region: number): Prescribed | null => {
    for (const [level, order] of orders) {
      const own = ownRegions(placement, level);
      if (own !== null && own.first <= region && region <= own.last) return order;
    }
    return null;
  };
  const isForbidding = [...storages.values()].some((rule) => rule.loopsBelow !== null);
  const rigid = [...storages.values()].some((rule) => rule.factors.size + rule.maxFactors.size > 0);
  const counted = [...storages.values(), ...fanouts.values()].some(
    (rule) => rule.factors.size + rule.maxFactors.size > 0,
  );
  return {
    constrained: true,
    rigid,
    ordered: problem.rules.streams && orders.size > 0,
    prescribed,
    // What is sunk comes to stand outermost in the region below the node, or the node of a level that has no order moves outwards over it.
    isBarred: (placement, region, node) => {
      for (let below = region + 1; below <= node + 1; below++) if (prescribed(placement, below) !== null) return true;
      return isForbidding || rigid;
    },
    keeps: (level) => storages.get(level) ?? null,
    temporal: below,
    spatial: (placement, fanout, axis, variable) => {
      const region = placement.fanouts.findIndex((there) => there.includes(fanout));
      const allowed = fanouts.get(fanout)?.[axis] ?? null;
      return (allowed === null || allowed.has(variable)) && below(placement, region, variable);
    },
    iterations: (level, variable) => {
      const rule = storages.get(level) ?? fanouts.get(level);
      const exact = rule?.factors.get(variable);
      return { least: exact ?? 1, most: Math.min(exact ?? ANY.most, rule?.maxFactors.get(variable) ?? ANY.most) };
    },
    admits: (placement, variable, loops) => !counted || asCounted(problem, dataflow, placement, variable, loops),
  };
}

function asCounted(
  problem: Problem,
  { storages, fanouts }: ResolvedDataflow,
  placement: Placement,
  variable: number,
  loops: readonly ChainLoop[],
): boolean {
  const obeys = (
    rule: { factors: ReadonlyMap<number, number>; maxFactors: ReadonlyMap<number, number> },
    n: number,
  ): boolean => n === (rule.factors.get(variable) ?? n) && n <= (rule.maxFactors.get(variable) ?? n);
  for (const [level, rule] of fanouts) {
    const f = problem.fanouts.indexOf(level);
    if (
      !obeys(
        rule,
        loops.reduce((n, loop) => (loop.fanout === f ? n * loop.count : n), 1),
      )
    )
      return false;
  }
  for (const [level, rule] of storages) {
    if (!placement.backing.includes(level) && !placement.nodes.some((node) => node.level === level)) continue;
    const span = ownRegions(placement, level);
    const own = loops.reduce((n, loop) => {
      if (loop.place < 0) return n;
      const region = regionOfPlace(problem, placement, loop.place);
      return span !== null && region >= span.first && region <= span.last ? n * loop.count : n;
    }, 1);
    if (!obeys(rule, own)) return false;
  }
  return true;
}
