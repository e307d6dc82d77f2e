/** Cost of a mapping: objective value, cycles, pJ; compared in this order. */
export interface Cost {
  readonly value: number;
  readonly cycles: number;
  readonly energy: number;
}

/** By value, then cycles, then energy; what was found first wins the rest. */
export function isBetter(a: Cost, b: Cost): boolean {
  if (a.value !== b.value) return a.value < b.value;
  if (a.cycles !== b.cycles) return a.cycles < b.cycles;
  return a.energy < b.energy;
}
