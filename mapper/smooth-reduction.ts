import { fanoutOf, type Problem } from "./problem.js";
import type { Box, SmoothGroup } from "./smooth-group.kernel.js";
import type { SmoothPacking } from "./smooth-packing.js";

/** Iterations, along x and y of the packed fan-out, of all loops over variables that the output lacks. */
export interface Reduction {
  readonly lo: readonly [number, number];
  readonly hi: readonly [number, number];
}

export const anyReduction = ({ x, y }: SmoothPacking): Reduction => ({ lo: [1, 1], hi: [x, y] });

/**
 * Log of how often, at least, each word of the output is accumulated into where it is touched: of all operations on it, no more instances than those of
 * the reduction hold a word of their own.
 */
export function repeatsOf(problem: Problem, { fanout }: SmoothPacking, { hi: [x, y] }: Reduction): number {
  const others = problem.fanouts.reduce((n, level, f) => {
    const size = fanoutOf(problem, level);
    return f === fanout ? n : n * size.x * size.y;
  }, 1);
  const operations = problem.reduced.reduce((n, v) => n * (problem.bounds[v] ?? 1), 1);
  return Math.max(0, Math.log(operations / (others * x * y)));
}

/** The reduction cut in two where it ranges most; null where it does not. */
export function reductionsOf({ lo, hi }: Reduction): readonly Reduction[] | null {
  const axis = hi[0] * lo[1] >= hi[1] * lo[0] ? 0 : 1;
  const [from, to] = [lo[axis], hi[axis]];
  if (from === to) return null;
  const middle = Math.min(to - 1, Math.floor(Math.sqrt(from * to)));
  const other = (pair: readonly [number, number], n: number): readonly [number, number] =>
    axis === 0 ? [n, pair[1]] : [pair[0], n];
  return [
    { lo, hi: other(hi, middle) },
    { lo: other(lo, middle + 1), hi },
  ];
}

/** The boxes in which variables of the reduction go no further than it, and all others no further than it leaves room. */
export function reducedBoxes(
  { reduced }: Problem,
  { x, y }: SmoothPacking,
  { lo, hi }: Reduction,
  groups: readonly SmoothGroup[],
  boxes: readonly Box[],
): readonly Box[] {
  return boxes.map((box, g) => {
    const variables = groups[g]?.variables ?? [];
    const width = box.hi.length / Math.max(1, variables.length);
    const most = box.hi.slice();
    variables.forEach((v, i) => {
      [x, y].forEach((size, axis) => {
        const at = i * width + width - 2 + axis;
        const cap = reduced.includes(v) ? (hi[axis] ?? size) : Math.floor(size / (lo[axis] ?? 1));
        most[at] = Math.min(most[at] ?? cap, cap);
      });
    });
    return { ...box, hi: most };
  });
}
