import { checkLegality, type LegalMapping, obeysResolved } from "../mappings/index.js";
import { type Family, type Incumbent, spaceOf } from "./branch.kernel.js";
import { mappingsOf } from "./build.js";
import { type Cost, compareCosts } from "./cost.js";
import { valueUnder } from "./objective.js";
import { extentOf } from "./open.kernel.js";
import { concluded } from "./parts.js";
import { compareRanks, type Rank } from "./rank.js";
import type { Progress, SearchOptions, SearchResult } from "./search.js";
import type { Met, Seat } from "./space.js";

/** Times that a search without any mapping is not asked to stop; where none may exist, it is asked at once. */
const PATIENCE = 200;

/** The best mapping so far; `rank` (null: any other goes before it) decides between mappings of equal cost. */
interface Best {
  readonly mapping: LegalMapping;
  readonly cost: Cost;
  readonly rank: Rank | null;
}

/** What a search knows so far: its best mapping, how much it has looked at, and whether it is to end. */
export class State {
  best: Best | null = null;
  readonly floor: number;
  /** Log of the value below which a mapping is worth finding. */
  cutoff: number = Number.POSITIVE_INFINITY;
  /** The least value found, here or by another part. */
  private value = Number.POSITIVE_INFINITY;
  private evaluated = 0;
  /** The least value promised by rows of which no loop order that was tried obeys the dataflow: another one may. */
  private leastUnkept: number = Number.POSITIVE_INFINITY;
  private stopped = false;
  private tries = 0;
  private readonly options: SearchOptions;
  private readonly mostCycles: number;

  constructor(options: SearchOptions, floor: number) {
    this.options = options;
    this.floor = floor;
    this.mostCycles = options.mostCycles ?? Number.POSITIVE_INFINITY;
  }

  progress(lowerBound: number): Progress {
    return {
      incumbent: this.best?.cost ?? null,
      lowerBound: Math.min(Math.max(lowerBound, this.floor), this.value),
      evaluated: this.evaluated,
    };
  }

  /** Whether the search goes on although it is to end: some mapping is to be found. */
  get isPatient(): boolean {
    return this.value === Number.POSITIVE_INFINITY && this.mostCycles === Number.POSITIVE_INFINITY;
  }

  /** Whether the search is to end; at first it goes on for a while even so, until it has found a mapping. */
  isStopped(): boolean {
    this.settle();
    if (this.isPatient && ++this.tries < PATIENCE) return false;
    this.stopped ||= this.options.cancelled();
    return this.stopped;
  }

  /** Counts a node of a first look, which is too short to be stopped. */
  goesOn(): false {
    this.evaluated++;
    return false;
  }

  /** Looks up what the other parts have found. */
  private settle(): void {
    const { part, gap } = this.options;
    this.value = Math.min(this.best?.cost.value ?? Number.POSITIVE_INFINITY, part?.best() ?? Number.POSITIVE_INFINITY);
    this.cutoff = Math.log(this.value / (1 + gap));
  }

  isBeaten(bound: number): boolean {
    return bound > this.cutoff + 1e-10;
  }

  /** The search's view of the best so far, for one family; without a seat its mappings lose every tie. */
  incumbent(met: Omit<Met, "seat">, seat: Seat | null): Incumbent {
    return {
      cutoff: () => this.cutoff,
      isWorthOffering: (value, cycles, energy) => this.isWorthOffering({ value, cycles, energy }),
      offer: (rows, [value = 0, cycles = 0, energy = 0]) => {
        const rank = seat === null ? null : rankOf(seat, met.family, rows);
        const promised = { value, cycles, energy };
        if (!this.isSettled(promised, rank)) this.offer(met, rows, promised, rank);
      },
      tick: () => (++this.evaluated & 15) === 0 && this.isStopped(),
    };
  }

  /** Whether a cost is not worse than the best; within a gap, whether it is better by more than the gap. */
  private isWorthOffering(cost: Cost): boolean {
    if (this.isTooSlow(cost)) return false;
    const { gap } = this.options;
    if (cost.value > (this.value / (1 + gap)) * (1 + 1e-12)) return false;
    if (this.best === null) return true;
    const { cost: best } = this.best;
    return gap > 0 ? cost.value < (best.value / (1 + gap)) * (1 - 1e-12) : compareCosts(cost, best) <= 0;
  }

  private isTooSlow({ cycles }: Cost): boolean {
    return cycles > this.mostCycles * (1 + 1e-12);
  }

  /** Whether a choice of rows that promises the best cost is no news: it stands at the best's own place in the canonical order, or behind. */
  private isSettled(promised: Cost, rank: Rank | null): boolean {
    if (this.best === null || compareCosts(promised, this.best.cost) !== 0) return false;
    return rank === null || (this.best.rank !== null && compareRanks(rank, this.best.rank) >= 0);
  }

  /** Builds and prices what a choice of rows stands for, in every order of loops that may matter. */
  private offer(
    { setting, splits, order, family }: Omit<Met, "seat">,
    chosen: Int32Array,
    promised: Cost,
    rank: Rank | null,
  ): void {
    const { problem, placement } = setting;
    const loops = splits.groups.flatMap(({ variables, chains }, g) => {
      const row = family.rows[g]?.rows[chosen[g] ?? -1] ?? -1;
      return variables.flatMap((v, i) => splits.chains[v]?.[chains[row * variables.length + i] ?? -1] ?? []);
    });
    let isKept = false;
    const every = family.sliding.some(({ together }) => together);
    for (const mapping of mappingsOf(problem, placement, order, loops, every, this.options.dataflow)) {
      const legal = checkLegality(mapping, problem.layer, problem.architecture, {
        conventions: problem.rules.conventions,
      });
      if (!legal.ok)
        throw new Error(`the search built an illegal mapping: ${legal.errors.map((e) => e.message).join("; ")}`);
      if (this.price(legal.value, promised, rank)) isKept = true;
    }
    if (!isKept) this.leastUnkept = Math.min(this.leastUnkept, promised.value);
  }

  /** Takes a mapping that is known from elsewhere, if it obeys the dataflow: it is the answer where nothing as good is found. */
  startFrom(mapping: LegalMapping): void {
    this.price(mapping, { value: 0, cycles: 0, energy: 0 }, null);
  }

  /**
   * Takes a mapping that obeys the dataflow if it is better, or as good and of lower rank. One that costs less than its rows promised has no
   * rank: some other choice of rows promises as much, and whether this one is met depends on the course of the search. False where it
   * does not obey.
   */
  private price(mapping: LegalMapping, promised: Cost, rank: Rank | null): boolean {
    const { dataflow, objective, costOf } = this.options;
    if (dataflow !== null && obeysResolved(mapping, dataflow).length > 0) return false;
    const { energy, cycles } = costOf(mapping);
    const cost = { value: valueUnder(objective, energy, cycles), cycles, energy };
    if (this.isTooSlow(cost)) return true;
    const own = compareCosts(cost, promised) < 0 ? null : rank;
    const order = this.best === null ? -1 : compareCosts(cost, this.best.cost);
    if (order > 0) return true;
    const isBefore = own !== null && (this.best?.rank == null || compareRanks(own, this.best.rank) < 0);
    if (order >= 0 && !isBefore) return true;
    this.best = { mapping, cost, rank: own };
    this.settle();
    if (order < 0) this.options.part?.found(cost.value);
    return true;
  }

  /** `openValue`: the least value that what was not searched may have. */
  result(openValue: number, families: number): SearchResult {
    const { best, evaluated } = this;
    const least = Math.min(openValue, this.leastUnkept);
    const found = {
      mapping: best?.mapping ?? null,
      cost: best?.cost ?? null,
      rank: best?.rank ?? null,
      evaluated,
      families,
    };
    return concluded([found], Math.max(least * (1 - 1e-9), this.floor), this.options.gap);
  }
}

function rankOf({ placement, order }: Seat, family: Family, chosen: Int32Array): Rank {
  const rows = family.rows.map((of, g) => of.rows[chosen[g] ?? -1] ?? -1);
  return [placement, order, extentOf(spaceOf(family), chosen), ...rows];
}
