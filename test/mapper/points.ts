import type { Random } from "../../base/index.js";
import type { Packing } from "../../mapper/packing.js";
import type { Point } from "../../mapper/prospect.kernel.js";
import type { Relaxation } from "../../mapper/relaxation.js";

/** What all points of a placement have in common. */
export interface Ground {
  readonly relaxation: Relaxation;
  /** How many multipliers there are. */
  readonly multipliers: number;
  /** Power of the delay. */
  readonly power: number;
}

export function groundOf(relaxation: Relaxation, { exact }: Packing, power: number): Ground {
  const open = relaxation.fanouts.filter((_, a) => !exact[a]).length;
  return { relaxation, multipliers: relaxation.capacities.reduce((n, { columns }) => n + columns.length, open), power };
}

const delaysOf = ({ delays }: Relaxation): Relaxation["delays"] => delays.filter((terms) => terms.length > 0);

/** A point anywhere: a linear bound holds there as well. */
export function pointFrom({ relaxation, multipliers, power }: Ground, random: Random): Point {
  const some = (n: number, most: number): Float64Array =>
    Float64Array.from({ length: n }, () => (random.integer(0, 1000) / 1000) * most);
  const shares = some(delaysOf(relaxation).length, 1).map((x) => x + 1e-3);
  const sum = shares.reduce((a, b) => a + b, 0);
  return {
    point: some(relaxation.columns.length, random.pick([0, 2, 5])),
    multipliers: some(multipliers, 0.3).map((x) => x + 1e-4),
    shares: shares.map((x) => x / sum),
    delayPower: power,
  };
}

/** Where a linear bound comes closest to a choice: at its own columns, and its longest delay alone. */
export function pointAt({ relaxation, multipliers, power }: Ground, columns: Float64Array): Point {
  const cycles = delaysOf(relaxation).map((terms) =>
    terms.reduce(
      (sum, { weight, column, v }) => sum + weight * (columns[column] ?? 0) * (v < 0 ? 1 : (columns[v] ?? 0) - 1),
      0,
    ),
  );
  const longest = cycles.indexOf(Math.max(...cycles));
  return {
    point: columns.map(Math.log),
    multipliers: new Float64Array(multipliers).fill(1e-7),
    shares: Float64Array.from(cycles, (_, d) => (d === longest ? 1 : 0)),
    delayPower: power,
  };
}
