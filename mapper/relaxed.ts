import type { Setting } from "./atoms.js";
import { type ChainLoop, regionOf } from "./chains.js";
import { type Step, shiftOf } from "./motion.js";

/** The steps that loops take with a tile: on one axis, their lengths, shortest first; on several, none are told. */
export interface Strides {
  readonly visits: number;
  readonly counts: readonly number[];
  readonly lengths: readonly number[];
  readonly isTold: boolean;
}

/** The steps of a group's loops above a node. */
export function stridesAt(
  { problem, placement }: Setting,
  group: number,
  node: number,
  loops: readonly ChainLoop[],
): Strides {
  const axes = problem.axes[placement.nodes[node]?.tensor ?? -1]?.[group] ?? [];
  const steps = loops
    .filter((loop) => loop.place >= 0 && regionOf(problem, placement, loop) <= node)
    .map((loop) => ({ count: loop.count, shift: shiftOf(axes, loop.variable, loop.by) }))
    .filter(({ shift }) => shift.some((s) => s !== 0));
  return stridesOf(steps, axes.length);
}

function stridesOf(steps: readonly Step[], axes: number): Strides {
  const visits = steps.reduce((n, { count }) => n * count, 1);
  if (axes !== 1) return { visits, counts: [], lengths: [], isTold: false };
  const sorted = steps
    .map(({ count, shift: [s = 0] }) => ({ count, length: Math.abs(s) }))
    .sort((a, b) => a.length - b.length);
  const counts = sorted.map(({ count }) => count);
  return { visits, counts, lengths: sorted.map(({ length }) => length), isTold: true };
}

/** ≤ 0: log of the words of a tile that must enter the node at least under the group's loops, each point once, over those of whole tiles. */
export function gainAt(
  setting: Setting,
  group: number,
  node: number,
  loops: readonly ChainLoop[],
  tile: number,
): number {
  return gainOver(tile, stridesAt(setting, group, node, loops), NONE);
}

/** The same for any steps along so many axes. */
export const gainOf = (tile: number, steps: readonly Step[], axes: number): number =>
  gainOver(tile, stridesOf(steps, axes), NONE);

/**
 * Log of the points that a tile touches at least while it takes all the steps of both, over those of as many whole tiles. On one axis the steps are
 * taken shortest first: those that leave gaps bring whole tiles, those within what is covered without gaps lengthen it.
 */
export function gainOver(tile: number, a: Strides, b: Strides): number {
  const visits = a.visits * b.visits;
  if (!a.isTold || !b.isTold) return -Math.log(visits);
  const [n, m] = [a.counts.length, b.counts.length];
  let [points, span, gapless] = [tile, tile, true];
  for (let i = 0, k = 0; i < n || k < m; ) {
    const isFirst = k === m || (i < n && (a.lengths[i] ?? 0) <= (b.lengths[k] ?? 0));
    const count = (isFirst ? a.counts[i] : b.counts[k]) ?? 1;
    const step = (isFirst ? a.lengths[i++] : b.lengths[k++]) ?? 0;
    if (step >= span) {
      points *= count;
      gapless &&= step === span;
    } else points += (count - 1) * (gapless ? step : Math.min(step, tile));
    span += step * (count - 1);
  }
  return Math.min(0, Math.log(points / (tile * visits)));
}

const NONE: Strides = { visits: 1, counts: [], lengths: [], isTold: true };
