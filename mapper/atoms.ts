import { type ChainLoop, outerPosition } from "./chains.js";
import { extentsOf, pointsTouched, shiftOf } from "./motion.js";
import { nodePosition } from "./orders.js";
import type { Placement } from "./placement.js";
import type { Problem } from "./problem.js";

/** A hand-over between a tensor's node (or backing store, −1) and what is below it (a node, or compute: K). */
export interface Transfer {
  readonly tensor: number;
  readonly parent: number;
  readonly child: number;
}

export function transfersOf(placement: Placement): readonly Transfer[] {
  return placement.chains.flatMap((chain, tensor) => {
    const stops = [-1, ...chain, placement.nodes.length];
    return stops.slice(1).map((child, i) => ({ tensor, parent: stops[i] ?? -1, child }));
  });
}

/**
 * The numbers of a split, each of which is one variable's (or one coupled group's) factor of a product over all of them: offsets
 * into a flat array. K nodes, T transfers, F fan-outs.
 */
export interface AtomLayout {
  /** Extent of the tile at the node. */
  readonly tile: (node: number) => number;
  /** Temporal iterations above the node that bring a new tile; depends on the order family. */
  readonly visits: (node: number) => number;
  /** Instances of what stands at the node (K: compute); 1 for backing stores (−1). */
  readonly instances: (node: number) => number;
  /**
   * Distinct words that one instance of the transfer's child ever holds; to compute: of the parent, that operations touch. Timeloop: the
   * parent's share of the tensor. AccelForge: what visits of the child bring that are not repeated, in loops over other variables.
   */
  readonly distinct: (transfer: number) => number;
  /** Request (drain) classes under one instance of the transfer's parent. */
  readonly requests: (transfer: number) => number;
  readonly drains: (transfer: number) => number;
  /** Copies that cross the links of a fan-out, under one instance of the transfer's parent. */
  readonly crossDown: (transfer: number, fanout: number) => number;
  readonly crossUp: (transfer: number, fanout: number) => number;
  readonly steps: number;
  /** Steps at which reductions begin (variables that the output lacks being at 0), and what holds their start, such instances alone. */
  readonly beginnings: number;
  readonly starters: number;
  readonly used: (fanout: number, axis: "x" | "y") => number;
  readonly size: number;
}

export function layoutOf(problem: Problem, placement: Placement, transfers: readonly Transfer[]): AtomLayout {
  const nodes = placement.nodes.length;
  const count = transfers.length;
  const fanouts = problem.fanouts.length;
  let next = 0;
  const take = (n: number): number => {
    const at = next;
    next += n;
    return at;
  };
  const [tile, visits, instances] = [take(nodes), take(nodes), take(nodes + 2)];
  const [distinct, requests, drains] = [take(count), take(count), take(count)];
  const [down, up] = [take(count * fanouts), take(count * fanouts)];
  const [steps, beginnings, starters] = [take(1), take(1), take(1)];
  const used = take(2 * fanouts);
  return {
    tile: (node) => tile + node,
    visits: (node) => visits + node,
    instances: (node) => instances + node + 1,
    distinct: (t) => distinct + t,
    requests: (t) => requests + t,
    drains: (t) => drains + t,
    crossDown: (t, f) => down + t * fanouts + f,
    crossUp: (t, f) => up + t * fanouts + f,
    steps,
    beginnings,
    starters,
    used: (f, axis) => used + 2 * f + (axis === "x" ? 0 : 1),
    size: next,
  };
}

/** Whether a transfer hands the operations what reductions start from. */
export const isStarting = (problem: Problem, placement: Placement, { tensor, child }: Transfer): boolean =>
  tensor === problem.start && child === placement.nodes.length;

/** The stop that the start of reductions comes from (−1: its backing store). */
export const starterOf = (problem: Problem, placement: Placement): number =>
  placement.chains[problem.start]?.at(-1) ?? -1;

/** A placement with what its atoms are made of. */
export interface Setting {
  readonly problem: Problem;
  readonly placement: Placement;
  readonly transfers: readonly Transfer[];
  readonly layout: AtomLayout;
}

/**
 * The atoms that some splits of several coupled variables do not get by multiplying the variables' own: tiles, classes and
 * distinct words of tensors with an axis in which the variables meet.
 */
export function jointAtoms({ problem, placement, transfers, layout }: Setting, group: number): readonly number[] {
  const meets = (tensor: number): boolean =>
    (problem.axes[tensor]?.[group] ?? []).some((axis) => axis.variables.length > 1);
  const tiles = placement.nodes.flatMap((node, j) => (meets(node.tensor) ? [layout.tile(j)] : []));
  const others = transfers.flatMap((transfer, t) => {
    if (!meets(transfer.tensor)) return [];
    const crossings = problem.fanouts.flatMap((_, f) => [layout.crossDown(t, f), layout.crossUp(t, f)]);
    return [layout.distinct(t), layout.requests(t), layout.drains(t), ...crossings];
  });
  return [...tiles, ...others];
}

/** Distinct words of an output's transfer that the loops of a group's variables make together. */
export function distinctAtom(
  { problem, placement }: Setting,
  transfer: Transfer,
  group: number,
  loops: readonly ChainLoop[],
): number {
  const at = loops.map((loop) => outerPosition(problem, placement, loop));
  const extentAt = (position: number, variable: number): number =>
    loops.reduce(
      (extent, loop, i) => (loop.variable === variable && (at[i] ?? 0) < position ? extent / loop.count : extent),
      problem.bounds[variable] ?? 1,
    );
  const axes = problem.axes[transfer.tensor]?.[group] ?? [];
  if (axes.length === 0) return 1;
  const { extrapolates, movesEveryVisit } = problem.rules;
  const toCompute = extrapolates || transfer.child === placement.nodes.length;
  const place = toCompute ? (transfer.parent < 0 ? -1 : nodePosition(transfer.parent)) : nodePosition(transfer.child);
  const moves = (loop: ChainLoop, i: number): boolean =>
    toCompute && !movesEveryVisit
      ? loop.place >= 0 || (at[i] ?? 0) > place
      : loop.place >= 0 && (toCompute || (at[i] ?? 0) < place);
  const steps = loops
    .filter(moves)
    .map((loop) => ({ count: loop.count, shift: shiftOf(axes, loop.variable, loop.by) }))
    .filter((step) => step.shift.some((s) => s !== 0));
  const extents = toCompute ? axes.map(() => 1) : extentsOf(axes, (v) => extentAt(place, v));
  const separate =
    movesEveryVisit ||
    (axes.every((axis) => axis.variables.length === 1) &&
      new Set(axes.flatMap((a) => a.variables)).size === axes.length);
  if (separate) return extents.reduce((n, e) => n * e, 1) * steps.reduce((n, step) => n * step.count, 1);
  return pointsTouched(extents, steps);
}
