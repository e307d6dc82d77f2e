import type { Family, Incumbent } from "./branch.kernel.js";

/** What the bounds of a family must pass to be hopeless. */
export class Horizon {
  private readonly incumbent: Incumbent;
  /** Log of a value that no choice passes; Infinity where that does not matter. */
  private readonly ceiling: number;
  private readonly ends: Float64Array;

  constructor(family: Family, incumbent: Incumbent) {
    this.incumbent = incumbent;
    this.ceiling = Number.isFinite(family.mostCycles) ? ceilingOf(family) : Number.POSITIVE_INFINITY;
    this.ends = family.packing.ends;
  }

  /** Log of a value. */
  cutoff(): number {
    const cutoff = this.incumbent.cutoff();
    return cutoff <= this.ceiling ? cutoff : Math.min(cutoff, this.ceiling + this.dearestEnd());
  }

  /** The most that a choice of interest pays for its use of the fan-outs, which bounds hold. */
  private dearestEnd(): number {
    let dearest = 0;
    for (const end of this.ends) if (end > dearest && end < Number.POSITIVE_INFINITY) dearest = end;
    return dearest;
  }
}

/** Log of a value that no choice of the family within its cycles passes: where nothing is known to measure by, bounds that pass it tell that none exists. */
function ceilingOf({ relaxation, rows, objective, mostCycles }: Family): number {
  const { columns, constant, energy, leakage, leaks } = relaxation;
  const C = columns.length;
  const most = new Float64Array(C);
  for (const { logs } of rows)
    for (let c = 0; c < C; c++) {
      let largest = Number.NEGATIVE_INFINITY;
      for (let at = c; at < logs.length; at += C) if (logs[at]! > largest) largest = logs[at]!;
      most[c]! += largest;
    }
  let sum = constant + leakage * mostCycles;
  for (const { weight, column, v } of energy) sum += weight * Math.exp(most[column]! + (v < 0 ? 0 : most[v]!));
  for (const { weight, instances } of leaks) sum += weight * Math.exp(most[instances]!) * mostCycles;
  return objective.energyPower * Math.log(sum) + objective.delayPower * Math.log(mostCycles);
}
