import type { LegalMapping } from "../mappings/index.js";
import type { Cost } from "./cost.js";
import type { Goal } from "./goal.js";
import type { Packing } from "./packing.js";
import type { Problem } from "./problem.js";
import type { Rank } from "./rank.js";
import type { Reach, Staircase } from "./staircase.js";

/**
 * All points of the front within a reach at once. A mapping is worth finding if it takes less energy than every known one that is no slower. How
 * fast it can be is told by how far it fans out, which the bounds know exactly (packing.ts): so a choice of splits is held against the
 * staircase at the fewest cycles that its use of the fan-outs allows. With s(d) the least known energy within d cycles and e₀ a constant, the value
 * of a choice is at least e₀ · energy ÷ s(fewest cycles), and it is of interest up to e₀; the ends of the packing are log(e₀ ÷ s), state by state.
 *
 * Points found on the way lower s: ends only grow, and what was left out before stays rightly out. Mappings faster than `from` are held
 * against s(from), so what is proven holds of all mappings that take fewer cycles than a limit within the reach.
 */
export class FrontGoal implements Goal {
  readonly value: number;
  readonly cutoff: number;
  readonly cost = null;
  private readonly stairs: Staircase;
  private readonly packing: Packing;
  private readonly fewest: Float64Array;
  private readonly reach: Reach;
  private readonly gap: number;

  constructor(stairs: Staircase, packing: Packing, fewest: Float64Array, reach: Reach, gap: number) {
    this.stairs = stairs;
    this.packing = packing;
    this.fewest = fewest;
    this.reach = reach;
    this.gap = gap;
    this.value = stairs.cheapest(reach.from)?.energy ?? Number.POSITIVE_INFINITY;
    this.cutoff = Math.log(this.value);
    this.settle();
  }

  /** Holds the states of the packing against the staircase. */
  settle(): void {
    const { stairs, packing, fewest, reach, gap, cutoff } = this;
    for (let s = 0; s < packing.states; s++) {
      const cycles = fewest[s] ?? 0;
      const bar = stairs.bar(Math.max(cycles, reach.from), gap);
      packing.ends[s] = cycles <= reach.upTo * (1 + 1e-12) ? cutoff - Math.log(bar) : Number.POSITIVE_INFINITY;
    }
  }

  isWorthOffering(_value: number, cycles: number, energy: number): boolean {
    return energy <= this.stairs.bar(cycles, this.gap) * (1 + 1e-12);
  }

  isSettled(promised: Cost, rank: Rank | null): boolean {
    return this.stairs.isSettled(promised, rank);
  }

  take(mapping: LegalMapping, cost: Cost, rank: Rank | null): void {
    if (this.stairs.note(mapping, cost, rank)) this.settle();
  }

  leave(promised: Cost): void {
    this.stairs.leave(promised);
  }
}

/** The fewest cycles of what ends in each state of the packing: all operations, on as many units as it fans out to. */
export function fewestCycles(problem: Problem, packing: Packing): Float64Array {
  const compute = problem.architecture.levels[problem.compute];
  if (compute?.kind !== "compute") throw new Error("the last level is not compute");
  const rate = problem.rules.extrapolates ? 1 : compute.operationsPerCycle;
  const operations = problem.bounds.reduce((n, b) => n * b, 1);
  return packing.widths.map((width) => operations / (width * rate));
}
