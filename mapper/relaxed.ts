import type { Setting } from "./atoms.js";
import type { Loops } from "./chain-motion.kernel.js";
import { type Chain, type ChainLoop, regionOf } from "./chains.js";
import { type Step, shiftOf } from "./motion.js";

/** Per chain of the variable, chains × K: log visits of the nodes by loops that move their tiles; no order has fewer. */
export function movingVisits(
  { problem, placement }: Setting,
  variable: number,
  chains: readonly Chain[],
  { first, places, logs }: Loops,
): Float64Array {
  const K = placement.nodes.length;
  const relevant = placement.nodes.map(({ tensor }) => problem.relevance[tensor]?.[variable] !== "irrelevant");
  const visits = new Float64Array(chains.length * K);
  const regions = new Map<number, number>();
  for (const chain of chains)
    for (const loop of chain)
      if (loop.place >= 0 && !regions.has(loop.place)) regions.set(loop.place, regionOf(problem, placement, loop));
  for (let i = 0; i < chains.length; i++)
    for (let l = first[i] ?? 0; l < (first[i + 1] ?? 0); l++)
      for (let j = regions.get(places[l] ?? -1) ?? K; j < K; j++)
        if (relevant[j]) visits[i * K + j] = (visits[i * K + j] ?? 0) + (logs[l] ?? 0);
  return visits;
}

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
function gainOf(tile: number, steps: readonly Step[], axes: number): number {
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
