import type { Objective } from "./objective.js";
import type { Relaxation, Term } from "./relaxation.js";

/** Prices a product vector p of C columns: writes [value, cycles, energy] into `out`, returns false where a capacity is passed. */
export type Evaluate = (p: Float64Array, out: Float64Array) => boolean;

/** Terms one after another. */
interface Terms {
  readonly weights: Float64Array;
  readonly columns: Int32Array;
  readonly factors: Int32Array;
}

/** What capacities may be passed by for rounding. */
const ROUNDING = 1 + 1e-11;

/**
 * One function for all placements: generated code would price a choice a little faster, but a placement is left after milliseconds, and compiling its code
 * takes as long.
 */
export function evaluateOf(relaxation: Relaxation, { energyPower, delayPower }: Objective): Evaluate {
  const { capacities, constant, leakage } = relaxation;
  const energy = termsOf(relaxation.energy);
  const delays = relaxation.delays.map(termsOf);
  const leaks = termsOf(relaxation.leaks.map(({ weight, instances }) => ({ weight, column: instances, v: -1 })));
  const limits = capacities.map(({ columns, most }) => ({ columns: Int32Array.from(columns), most: most * ROUNDING }));
  return (p, out) => {
    for (let k = 0; k < limits.length; k++) {
      const { columns, most } = limits[k]!;
      let sum = 0;
      for (let i = 0; i < columns.length; i++) sum += p[columns[i]!]!;
      if (sum > most) return false;
    }
    let cycles = 0;
    for (let d = 0; d < delays.length; d++) {
      const own = sumOf(delays[d]!, p);
      if (own > cycles) cycles = own;
    }
    const spent = constant + sumOf(energy, p) + (leakage + sumOf(leaks, p)) * cycles;
    out[0] = raised(spent, energyPower) * raised(cycles, delayPower);
    out[1] = cycles;
    out[2] = spent;
    return true;
  };
}

const termsOf = (terms: readonly Term[]): Terms => ({
  weights: Float64Array.from(terms, ({ weight }) => weight),
  columns: Int32Array.from(terms, ({ column }) => column),
  factors: Int32Array.from(terms, ({ v }) => v),
});

function sumOf({ weights, columns, factors }: Terms, p: Float64Array): number {
  let sum = 0;
  for (let t = 0; t < weights.length; t++) {
    const product = weights[t]! * p[columns[t]!]!;
    const v = factors[t]!;
    sum += v < 0 ? product : product * (p[v]! - 1);
  }
  return sum;
}

const raised = (x: number, power: number): number => (power === 0 ? 1 : power === 1 ? x : x ** power);
