import { fitsOf, type Packing } from "./packing.js";
import type { Placement } from "./placement.js";
import { fanoutOf, type Problem } from "./problem.js";

/** Fan-outs with more instances are not packed exactly. */
const MOST = 400;

/**
 * How groups share the largest fan-out that stands alone in its region and may be packed exactly (any number of iterations along each axis); all others
 * are left to multipliers.
 */
export interface SmoothPacking {
  readonly packing: Packing;
  /** Index of the fan-out, −1 for none, and its size. */
  readonly fanout: number;
  readonly x: number;
  readonly y: number;
}

export function smoothPackingOf(problem: Problem, { fanouts }: Placement): SmoothPacking {
  const sizes = problem.fanouts.map((level) => fanoutOf(problem, level));
  let fanout = -1;
  sizes.forEach(({ x, y }, f) => {
    const best = sizes[fanout];
    const there = fanouts.find((of) => of.includes(problem.fanouts[f] ?? -1)) ?? [];
    if (there.filter((level) => fanoutOf(problem, level).x * fanoutOf(problem, level).y > 1).length > 1) return;
    if (x * y > 1 && x * y <= MOST && x * y > (best === undefined ? 1 : best.x * best.y)) fanout = f;
  });
  const { x, y } = sizes[fanout] ?? { x: 1, y: 1 };
  const states = x * y;
  const times = new Int32Array(states * states).fill(-1);
  for (let a = 0; a < states; a++)
    for (let b = 0; b < states; b++) {
      const ux = (Math.floor(a / y) + 1) * (Math.floor(b / y) + 1);
      const uy = ((a % y) + 1) * ((b % y) + 1);
      if (ux <= x && uy <= y) times[a * states + b] = (ux - 1) * y + uy - 1;
    }
  const exact = sizes.flatMap((_, f) => [f === fanout, f === fanout]);
  const others = sizes.reduce((n, size, f) => (f === fanout ? n : n * size.x * size.y), 1);
  const widths = Float64Array.from({ length: states }, (_, s) => others * (Math.floor(s / y) + 1) * ((s % y) + 1));
  const shared = { exact, digits: [], stateOf: new Map(), states, times, fits: fitsOf(times, states) };
  return { packing: { ...shared, widths, ends: new Float64Array(states) }, fanout, x, y };
}
