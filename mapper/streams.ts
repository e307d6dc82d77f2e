import type { Limits } from "./limits.js";
import { NEVER, type OrderFamily } from "./orders.js";
import { type Placement, permutations } from "./placement.js";
import { type Problem, relevance } from "./problem.js";

/**
 * Orders where tiles are moved whole at every visit of their node and stream through it (AccelForge's conventions). What is moved then
 * depends on the regions of loops alone, not on their order, and no cut is ever seen: every loop above a node is a visit. The order decides what
 * a tile takes: what lies below the *run* under its node, the loops from the node on that are relevant to its tensor, up to the first that is
 * not, the first spatial one, or the tensor's next node.
 *
 * A family says in which region each node's run stops. Through the regions before, it passes: only loops relevant to the tensor are allowed there,
 * and no fan-out is used. Where runs of several nodes stop in one region, some stop before others: with t₁ the first and tₖ the last, the loops
 * relevant to all come first, then those irrelevant to t₁ alone, then those irrelevant to t₂ (t₁'s say no longer counts), … Every loop that
 * is relevant to the tensors that still run then stands before every one that is not, so no other order with these stops has a longer run.
 *
 * Two rules take mappings away:
 *
 * - *lift*: a loop in the region under node j to which it is fully relevant moves to the region above it. The tile at j shrinks by as much as
 *   it has more visits; no other node sees a change but in what it takes, and that grows for none, unless the run of a tensor to which the
 *   loop is irrelevant passes through the region above.
 * - *follow*: a node whose tensor has no partially relevant loop moves below the loops that run under it, over other nodes of its level: it has as
 *   many visits more as its tile is smaller, and takes what it took. Other runs pass over it as before. So such a tensor needs no run, but
 *   one that goes on below nodes of a further level, from where it stands, with no loop before them. (Not so where numbers of iterations are
 *   prescribed: nodes then stay between the loops that they stand between.)
 *
 * (Sinking a loop that is irrelevant to the node below it saves visits of that node, but takes the loop out of the runs further out: it is
 * left to the search.)
 */
export function* streamingOrdersOf(
  problem: Problem,
  limits: Limits,
  placement: Placement,
  isHopeless: (relaxed: OrderFamily) => boolean,
): Generator<OrderFamily> {
  const hopeless = new Map<number, boolean>();
  const seen = new Set<string>();
  for (const runs of runChoices(problem, limits, placement, 0, [])) {
    const allowed = allowedUnder(problem, limits, placement, runs);
    if (couldGoOn(problem, placement, runs, allowed)) continue;
    const unused = fanoutsPassed(problem, placement, runs);
    const isDead = hopeless.get(unused) ?? (unused !== 0 && isHopeless(relaxed(problem, limits, placement, unused)));
    hopeless.set(unused, isDead);
    if (isDead) continue;
    for (const priority of priorities(placement, runs)) {
      const family = { ...settled(problem, placement, runs, priority), turns: [], allowed, unused };
      const key = keyOf(problem, placement, family);
      if (!seen.has(key)) yield family;
      seen.add(key);
    }
  }
}

/** Families with equal keys allow the same loops, and the same of them lie in runs. */
function keyOf(
  problem: Problem,
  { nodes }: Placement,
  { allowed, streamed, unused }: Pick<OrderFamily, "allowed" | "streamed" | "unused">,
): string {
  const inRuns = streamed.map((of, j) =>
    of.map((bits, v) =>
      relevance(problem, nodes[j]?.tensor ?? -1, v) === "irrelevant" ? 0 : bits & (allowed[v] ?? 0),
    ),
  );
  return `${allowed} ${unused} ${inRuns.join(" ")}`;
}

/** Where the run under a node stops, and whether it has any loops at all. */
interface Run {
  readonly stop: number;
  readonly isEmpty: boolean;
}

/** Per node: where its run stops, in the region above the tensor's next node at the latest. */
function* runChoices(
  problem: Problem,
  limits: Limits,
  placement: Placement,
  node: number,
  chosen: readonly Run[],
): Generator<readonly Run[]> {
  const here = placement.nodes[node];
  if (here === undefined) {
    yield chosen;
    return;
  }
  const follows = !limits.rigid && problem.active.every((v) => relevance(problem, here.tensor, v) !== "partial");
  if (follows) yield* runChoices(problem, limits, placement, node + 1, [...chosen, { stop: node + 1, isEmpty: true }]);
  const first = follows ? placement.nodes.findLastIndex(({ level }) => level === here.level) + 2 : node + 1;
  for (let stop = first; stop <= lastRegion(placement, node); stop++)
    yield* runChoices(problem, limits, placement, node + 1, [...chosen, { stop, isEmpty: false }]);
}

function lastRegion({ nodes }: Placement, node: number): number {
  const next = nodes.findIndex(({ tensor }, j) => j > node && tensor === nodes[node]?.tensor);
  return next < 0 ? nodes.length : next;
}

/** Whether the run of the node passes through the region. */
const passes = (runs: readonly Run[], node: number, region: number): boolean =>
  node < region && region < (runs[node]?.stop ?? 0);

function allowedUnder(problem: Problem, limits: Limits, placement: Placement, runs: readonly Run[]): readonly number[] {
  const { nodes } = placement;
  /** Whether loops over the variable may stand in a region through which the node's run passes. */
  const isPassed = (j: number, region: number, v: number): boolean => {
    const { tensor, level } = nodes[j] ?? { tensor: -1, level: -1 };
    const isOfLevel = nodes.slice(region).some((other) => other.level === level);
    const follows = !limits.rigid && problem.active.every((u) => relevance(problem, tensor, u) !== "partial");
    return relevance(problem, tensor, v) !== "irrelevant" && !(follows && isOfLevel);
  };
  const isIn = (region: number, v: number): boolean =>
    limits.temporal(placement, region, v) && nodes.every((_, j) => !passes(runs, j, region) || isPassed(j, region, v));
  return problem.einsum.variables.map((_, v) => {
    if (!problem.active.includes(v)) return 0;
    let bits = 0;
    for (let r = 0; r <= nodes.length; r++) {
      const above = nodes[r - 1];
      const isLifted =
        !limits.rigid && above !== undefined && relevance(problem, above.tensor, v) === "full" && isIn(r - 1, v);
      if (isIn(r, v) && !isLifted) bits |= 1 << r;
    }
    return bits;
  });
}

/** Whether some run stops where nothing can stop it: the family in which it goes on has the same mappings, and they take no more. */
function couldGoOn(problem: Problem, placement: Placement, runs: readonly Run[], allowed: readonly number[]): boolean {
  const unused = fanoutsPassed(problem, placement, runs);
  const isSpread = (region: number): boolean =>
    (placement.fanouts[region] ?? []).some((level) => (unused & (1 << problem.fanouts.indexOf(level))) === 0);
  return placement.nodes.some(({ tensor }, j) => {
    const { stop, isEmpty } = runs[j] ?? { stop: 0, isEmpty: true };
    if (isEmpty || stop === lastRegion(placement, j) || isSpread(stop)) return false;
    return problem.active.every(
      (v) => relevance(problem, tensor, v) !== "irrelevant" || ((allowed[v] ?? 0) & (1 << stop)) === 0,
    );
  });
}

/** Bits of the fan-outs in regions that some run passes through. */
function fanoutsPassed(problem: Problem, placement: Placement, runs: readonly Run[]): number {
  let bits = 0;
  placement.fanouts.forEach((levels, region) => {
    if (runs.some((_, j) => passes(runs, j, region)))
      for (const level of levels) bits |= 1 << problem.fanouts.indexOf(level);
  });
  return bits;
}

/** Per region the nodes whose runs stop there, the first to stop first, in every order. */
function* priorities(placement: Placement, runs: readonly Run[]): Generator<readonly (readonly number[])[]> {
  const regions = Array.from({ length: placement.nodes.length + 1 }, (_, region) =>
    runs.flatMap(({ stop, isEmpty }, j) => (stop === region && !isEmpty ? [j] : [])),
  );
  const from = function* (region: number): Generator<readonly (readonly number[])[]> {
    const here = regions[region];
    if (here === undefined) {
      yield [];
      return;
    }
    for (const order of permutations(here)) for (const rest of from(region + 1)) yield [order, ...rest];
  };
  yield* from(0);
}

/** The blocks of every region, and which loops lie in which run. */
function settled(
  problem: Problem,
  placement: Placement,
  runs: readonly Run[],
  priority: readonly (readonly number[])[],
): Pick<OrderFamily, "depth" | "cuts" | "streamed"> {
  const { nodes } = placement;
  const isIrrelevant = (node: number, v: number): boolean =>
    relevance(problem, nodes[node]?.tensor ?? -1, v) === "irrelevant";
  const depth = priority.map((order) =>
    problem.einsum.variables.map((_, v) => order.findLastIndex((node) => isIrrelevant(node, v)) + 1),
  );
  const streamed = nodes.map((_, j) => {
    const { stop } = runs[j] ?? { stop: 0 };
    const rank = (priority[stop] ?? []).indexOf(j);
    return problem.einsum.variables.map((__, v) => {
      let bits = 0;
      for (let r = j + 1; r < stop; r++) bits |= 1 << r;
      return (depth[stop]?.[v] ?? 0) <= rank ? bits | (1 << stop) : bits;
    });
  });
  return { depth, cuts: nodes.map(() => NEVER), streamed };
}

/** Everything that families with these fan-outs unused allow, all at once, and no tile larger than in any of them. */
function relaxed(problem: Problem, limits: Limits, placement: Placement, unused: number): OrderFamily {
  const { nodes } = placement;
  const every = problem.einsum.variables.map((_, v) => {
    let bits = 0;
    for (let r = 0; r <= nodes.length; r++)
      if (problem.active.includes(v) && limits.temporal(placement, r, v)) bits |= 1 << r;
    return bits;
  });
  const streamed = nodes.map((_, j) => {
    let below = 0;
    for (let r = j + 1; r <= lastRegion(placement, j); r++) below |= 1 << r;
    return problem.einsum.variables.map(() => below);
  });
  const depth = Array.from({ length: nodes.length + 1 }, () => problem.einsum.variables.map(() => 0));
  return { depth, turns: [], allowed: every, cuts: nodes.map(() => NEVER), streamed, unused };
}
