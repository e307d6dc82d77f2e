import type { Conventions } from "../base/index.js";
import { type LegalMapping, obeysResolved } from "../mappings/index.js";
import { type Cost, compareCosts } from "./cost.js";
import { valueUnder } from "./objective.js";
import type { Progress, SearchOptions } from "./search.js";

/** The best of some mappings, each priced exactly. */
export class Best {
  mapping: LegalMapping | null = null;
  cost: Cost | null = null;
  evaluated: number;
  private stopped = false;
  private readonly options: SearchOptions;

  constructor(options: SearchOptions, evaluated: number) {
    this.options = options;
    this.evaluated = evaluated;
  }

  /** Whose rules price. */
  get conventions(): Conventions {
    return this.options.conventions ?? "loopwright";
  }

  /** Its cost; null where it does not obey the dataflow, or takes too many cycles. Takes the mapping if it is better than all before it. */
  price(mapping: LegalMapping): Cost | null {
    const { dataflow, objective, costOf, mostCycles = Number.POSITIVE_INFINITY } = this.options;
    this.evaluated++;
    if (dataflow !== null && obeysResolved(mapping, dataflow).length > 0) return null;
    const { energy, cycles } = costOf(mapping);
    if (cycles > mostCycles) return null;
    const cost = { value: valueUnder(objective, energy, cycles), cycles, energy };
    if (this.cost === null || compareCosts(cost, this.cost) < 0) {
      this.mapping = mapping;
      this.cost = cost;
    }
    return cost;
  }

  /** Whether what costs at least this much may be better than the best, by more than rounding and the gap that was asked for. */
  isBeatable({ value, cycles, energy }: Cost): boolean {
    if (this.cost === null) return true;
    const { gap } = this.options;
    if (gap > 0 || value < this.cost.value * (1 - EQUAL)) return value < this.cost.value / (1 + gap);
    if (value > this.cost.value * (1 + EQUAL)) return false;
    return cycles < this.cost.cycles * (1 - EQUAL) || energy < this.cost.energy * (1 - EQUAL);
  }

  isStopped(): boolean {
    this.stopped ||= this.options.cancelled();
    return this.stopped;
  }

  progress(lowerBound: number): Progress {
    const value = this.cost?.value ?? Number.POSITIVE_INFINITY;
    return { incumbent: this.cost, lowerBound: Math.min(lowerBound, value), evaluated: this.evaluated };
  }
}

/** Relative room within which two values count as equal. */
const EQUAL = 1e-12;
