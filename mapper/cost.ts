/** Cost of a mapping: objective value, cycles, pJ; compared in this order. */
export interface Cost {
  readonly value: number;
  readonly cycles: number;
  readonly energy: number;
}

/** Relative room within which two numbers count as equal, so that rounding never decides a tie. */
const EQUAL = 1e-12;

/** By value, then cycles, then energy: below 0 where the first is the better, 0 where they are equal but for rounding. */
export function compareCosts(a: Cost, b: Cost): number {
  return compare(a.value, b.value) || compare(a.cycles, b.cycles) || compare(a.energy, b.energy);
}

const compare = (x: number, y: number): number => (x < y * (1 - EQUAL) ? -1 : x > y * (1 + EQUAL) ? 1 : 0);
