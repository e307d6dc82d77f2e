import type { LegalMapping } from "../mappings/index.js";
import { type Cost, compareCosts } from "./cost.js";
import { compareRanks, type Rank } from "./rank.js";
import type { SearchOptions } from "./search.js";

/** What a search is after: it tells which mappings are worth finding, and takes those that are found. */
export interface Goal {
  /** The least value found so far, Infinity for none. */
  readonly value: number;
  /** Log of the value below which a mapping is worth finding. */
  readonly cutoff: number;
  /** The cost of the best mapping, null for none. */
  readonly cost: Cost | null;
  /** Looks up what other searches have found. */
  settle(): void;
  /** Whether a mapping of the value, cycles and energy is worth pricing. */
  isWorthOffering(value: number, cycles: number, energy: number): boolean;
  /** Whether a choice of rows that promises the cost is no news: what is known goes before it, or is its own. */
  isSettled(promised: Cost, rank: Rank | null): boolean;
  /** Takes a legal mapping that obeys the dataflow, if it is better than what is known, or as good and of lower rank. */
  take(mapping: LegalMapping, cost: Cost, rank: Rank | null): void;
  /** Told that no mapping tried for rows that promise the cost obeys the dataflow, or has it, and that another one may. */
  leave(promised: Cost): void;
}

/** The best mapping so far; `rank` (null: any other goes before it) decides between mappings of equal cost. */
export interface Best {
  readonly mapping: LegalMapping;
  readonly cost: Cost;
  readonly rank: Rank | null;
}

/** One mapping, of the least value under the objective. */
export class Least implements Goal {
  best: Best | null = null;
  value: number = Number.POSITIVE_INFINITY;
  cutoff: number = Number.POSITIVE_INFINITY;
  /** The least value promised by rows of which no loop order that was tried obeys the dataflow, or has it where not all could be tried. */
  leastLeft: number = Number.POSITIVE_INFINITY;
  private readonly options: Pick<SearchOptions, "gap" | "part">;

  constructor(options: Pick<SearchOptions, "gap" | "part">) {
    this.options = options;
  }

  get cost(): Cost | null {
    return this.best?.cost ?? null;
  }

  settle(): void {
    const { part, gap } = this.options;
    this.value = Math.min(this.best?.cost.value ?? Number.POSITIVE_INFINITY, part?.best() ?? Number.POSITIVE_INFINITY);
    this.cutoff = Math.log(this.value / (1 + gap));
  }

  /** Whether a cost is not worse than the best; within a gap, whether it is better by more than the gap. */
  isWorthOffering(value: number, cycles: number, energy: number): boolean {
    const { gap } = this.options;
    if (value > (this.value / (1 + gap)) * (1 + 1e-12)) return false;
    if (this.best === null) return true;
    const { cost: best } = this.best;
    return gap > 0
      ? value < (best.value / (1 + gap)) * (1 - 1e-12)
      : compareCosts({ value, cycles, energy }, best) <= 0;
  }

  /** Whether a choice of rows that promises the best cost stands at the best's own place in the canonical order, or behind. */
  isSettled(promised: Cost, rank: Rank | null): boolean {
    if (this.best === null || compareCosts(promised, this.best.cost) !== 0) return false;
    return rank === null || (this.best.rank !== null && compareRanks(rank, this.best.rank) >= 0);
  }

  take(mapping: LegalMapping, cost: Cost, rank: Rank | null): void {
    const order = this.best === null ? -1 : compareCosts(cost, this.best.cost);
    if (order > 0) return;
    const isBefore = rank !== null && (this.best?.rank == null || compareRanks(rank, this.best.rank) < 0);
    if (order >= 0 && !isBefore) return;
    this.best = { mapping, cost, rank };
    this.settle();
    if (order < 0) this.options.part?.found(cost.value);
  }

  leave({ value }: Cost): void {
    this.leastLeft = Math.min(this.leastLeft, value);
  }
}
