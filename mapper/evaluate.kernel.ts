import type { Objective } from "./objective.js";
import type { Relaxation } from "./relaxation.js";
import { Terms } from "./terms.kernel.js";

/** What capacities may be passed by for rounding. */
const ROUNDING = 1 + 1e-11;

/**
 * What a complete choice is worth. One function for all placements: generated code would price a choice a little faster, but a placement is left after milliseconds, and compiling its code
 * takes as long.
 */
export class Valuation {
  private readonly constant: number;
  private readonly leakage: number;
  private readonly energyPower: number;
  private readonly delayPower: number;
  private readonly energy: Terms;
  private readonly leaks: Terms;
  private readonly delays: readonly Terms[];
  private readonly capacities: readonly { readonly columns: Int32Array; readonly most: number }[];

  constructor(relaxation: Relaxation, { energyPower, delayPower }: Objective) {
    this.constant = relaxation.constant;
    this.leakage = relaxation.leakage;
    this.energyPower = energyPower;
    this.delayPower = delayPower;
    this.energy = new Terms(relaxation.energy);
    this.leaks = new Terms(relaxation.leaks.map(({ weight, instances }) => ({ weight, column: instances, v: -1 })));
    this.delays = relaxation.delays.map((terms) => new Terms(terms));
    this.capacities = relaxation.capacities.map(({ columns, most }) => ({
      columns: Int32Array.from(columns),
      most: most * ROUNDING,
    }));
  }

  /** Prices a product vector p of C columns: writes [value, cycles, energy] into `out`, returns false where a capacity is passed. */
  price(p: Float64Array, out: Float64Array): boolean {
    const { capacities, delays } = this;
    for (let k = 0; k < capacities.length; k++) {
      const { columns, most } = capacities[k]!;
      let sum = 0;
      for (let i = 0; i < columns.length; i++) sum += p[columns[i]!]!;
      if (sum > most) return false;
    }
    let cycles = 0;
    for (let d = 0; d < delays.length; d++) {
      const own = sumOf(delays[d]!, p);
      if (own > cycles) cycles = own;
    }
    const spent = this.constant + sumOf(this.energy, p) + (this.leakage + sumOf(this.leaks, p)) * cycles;
    out[0] = raised(spent, this.energyPower) * raised(cycles, this.delayPower);
    out[1] = cycles;
    out[2] = spent;
    return true;
  }
}

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
