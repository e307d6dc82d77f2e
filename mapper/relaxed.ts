import type { Setting } from "./atoms.js";
import { type ChainLoop, regionOf } from "./chains.js";
import { type Step, shiftOf } from "./motion.js";

/** ≤ 0: log of the words of a tile that must enter the node at least under the group's loops, each point once, over those of whole tiles. */
export function gainAt(
  { problem, placement }: Setting,
  group: number,
  node: number,
  loops: readonly ChainLoop[],
  tile: number,
): number {
  const axes = problem.axes[placement.nodes[node]?.tensor ?? -1]?.[group] ?? [];
  const steps = loops
    .filter((loop) => loop.place >= 0 && regionOf(problem, placement, loop) <= node)
    .map((loop) => ({ count: loop.count, shift: shiftOf(axes, loop.variable, loop.by) }))
    .filter(({ shift }) => shift.some((s) => s !== 0));
  return gainOf(tile, steps, axes.length);
}

/**
 * Log of the points that a tile touches at least while it takes all the steps, over those of as many whole tiles. On one axis the steps are
 * taken shortest first: those that leave gaps bring whole tiles, those within what is covered without gaps lengthen it.
 */
export function gainOf(tile: number, steps: readonly Step[], axes: number): number {
  const visits = steps.reduce((n, { count }) => n * count, 1);
  if (axes !== 1) return -Math.log(visits);
  const lengths = steps.map(({ count, shift: [s = 0] }) => ({ count, step: Math.abs(s) }));
  let [points, span, gapless] = [tile, tile, true];
  for (const { count, step } of lengths.sort((a, b) => a.step - b.step)) {
    if (step >= span) {
      points *= count;
      gapless &&= step === span;
    } else points += (count - 1) * (gapless ? step : Math.min(step, tile));
    span += step * (count - 1);
  }
  return Math.min(0, Math.log(points / (tile * visits)));
}
