import { checkLegality, type LegalMapping, obeysResolved } from "../mappings/index.js";
import { type Family, type Incumbent, spaceOf } from "./branch.kernel.js";
import { hasEveryOrder, mappingsOf } from "./build.js";
import { type Cost, compareCosts } from "./cost.js";
import type { Goal } from "./goal.js";
import { valueUnder } from "./objective.js";
import { extentOf } from "./open.kernel.js";
import type { Rank } from "./rank.js";
import type { Progress, SearchOptions } from "./search.js";
import type { Met, Seat } from "./space.js";

/** Times that a search without any mapping is not asked to stop; where none may exist, it is asked at once. */
const PATIENCE = 200;

/** What a search knows so far: its best mapping, how much it has looked at, and whether it is to end. */
export class State {
  readonly floor: number;
  evaluated = 0;
  private readonly goal: Goal;
  private stopped = false;
  private tries = 0;
  private readonly options: SearchOptions;
  private readonly mostCycles: number;

  constructor(options: SearchOptions, floor: number, goal: Goal) {
    this.options = options;
    this.goal = goal;
    this.floor = floor;
    this.mostCycles = options.mostCycles ?? Number.POSITIVE_INFINITY;
  }

  progress(lowerBound: number): Progress {
    return {
      incumbent: this.goal.cost,
      lowerBound: Math.min(Math.max(lowerBound, this.floor), this.goal.value),
      evaluated: this.evaluated,
    };
  }

  /** Whether the search goes on although it is to end: some mapping is to be found. */
  get isPatient(): boolean {
    return this.goal.value === Number.POSITIVE_INFINITY && this.mostCycles === Number.POSITIVE_INFINITY;
  }

  /** Whether the search is to end; at first it goes on for a while even so, until it has found a mapping. */
  isStopped(): boolean {
    this.goal.settle();
    if (this.isPatient && ++this.tries < PATIENCE) return false;
    this.stopped ||= this.options.cancelled();
    return this.stopped;
  }

  /** Log of the value below which a mapping is worth finding. */
  get cutoff(): number {
    return this.goal.cutoff;
  }

  isBeaten(bound: number): boolean {
    return bound > this.cutoff + 1e-10;
  }

  /**
   * The search's view of the best so far, for one family; without a seat its mappings lose every tie. With slack (a logarithm), only of
   * bounds that are better than the best by more.
   */
  incumbent(met: Omit<Met, "seat">, seat: Seat | null, slack = 0): Incumbent {
    return new View(this, met, seat, slack, false);
  }

  /** The same for a first look, which is too short to be stopped. */
  glance(met: Omit<Met, "seat">): Incumbent {
    return new View(this, met, null, 0, true);
  }

  /** Counts a node; now and then looks whether the search is to end, unless it is too short for that. */
  tick(isShort: boolean): boolean {
    return (++this.evaluated & 15) === 0 && !isShort && this.isStopped();
  }

  isWorthOffering(value: number, cycles: number, energy: number): boolean {
    return !this.isTooSlow(cycles) && this.goal.isWorthOffering(value, cycles, energy);
  }

  isSettled(promised: Cost, rank: Rank | null): boolean {
    return this.goal.isSettled(promised, rank);
  }

  private isTooSlow(cycles: number): boolean {
    return cycles > this.mostCycles * (1 + 1e-12);
  }

  /** Builds and prices what a choice of rows stands for, in every order of loops that may matter. */
  offer(
    { setting, splits, order, family }: Omit<Met, "seat">,
    chosen: Int32Array,
    promised: Cost,
    rank: Rank | null,
  ): void {
    const { problem, placement } = setting;
    const loops = splits.groups.flatMap(({ variables, chains }, g) => {
      const row = family.rows[g]?.rows[chosen[g] ?? -1] ?? -1;
      return variables.flatMap((v, i) => splits.chains[v]?.at(chains[row * variables.length + i] ?? -1) ?? []);
    });
    let least = Number.POSITIVE_INFINITY;
    const every = family.sliding.some(({ together }) => together);
    // Where a buffer keeps every overlap of several windows, orders that take turns among them are not tried.
    const areWoven = family.sliding.some(({ together, groups }) => together && groups.length > 1);
    for (const mapping of mappingsOf(problem, placement, order, loops, every, this.options.dataflow)) {
      const legal = checkLegality(mapping, problem.layer, problem.architecture, {
        conventions: problem.rules.conventions,
      });
      if (!legal.ok)
        throw new Error(`the search built an illegal mapping: ${legal.errors.map((e) => e.message).join("; ")}`);
      least = Math.min(least, this.price(legal.value, promised, rank));
    }
    const isMissed =
      least > promised.value * (1 + 1e-9) && (areWoven || !hasEveryOrder(problem, placement, order, loops));
    if (least === Number.POSITIVE_INFINITY || isMissed) this.goal.leave(promised);
  }

  /** Takes a mapping that is known from elsewhere, if it obeys the dataflow: it is the answer where nothing as good is found. */
  startFrom(mapping: LegalMapping): void {
    this.price(mapping, { value: 0, cycles: 0, energy: 0 }, null);
  }

  /**
   * Hands the goal a mapping that obeys the dataflow. One that costs less than its rows promised has no rank: some other choice of rows
   * promises as much, and whether this one is met depends on the course of the search. Its value; Infinity where it does not obey.
   */
  private price(mapping: LegalMapping, promised: Cost, rank: Rank | null): number {
    const { dataflow, objective, costOf } = this.options;
    if (dataflow !== null && obeysResolved(mapping, dataflow).length > 0) return Number.POSITIVE_INFINITY;
    const { energy, cycles } = costOf(mapping);
    const cost = { value: valueUnder(objective, energy, cycles), cycles, energy };
    if (!this.isTooSlow(cycles)) this.goal.take(mapping, cost, compareCosts(cost, promised) < 0 ? null : rank);
    return cost.value;
  }
}

/** What State.incumbent gives. */
class View implements Incumbent {
  private readonly state: State;
  private readonly met: Omit<Met, "seat">;
  private readonly seat: Seat | null;
  private readonly slack: number;
  private readonly isShort: boolean;

  constructor(state: State, met: Omit<Met, "seat">, seat: Seat | null, slack: number, isShort: boolean) {
    this.state = state;
    this.met = met;
    this.seat = seat;
    this.slack = slack;
    this.isShort = isShort;
  }

  cutoff(): number {
    return this.state.cutoff - this.slack;
  }

  isWorthOffering(value: number, cycles: number, energy: number): boolean {
    return this.state.isWorthOffering(value, cycles, energy);
  }

  offer(rows: Int32Array, [value = 0, cycles = 0, energy = 0]: Float64Array): void {
    const { state, met, seat } = this;
    const rank = seat === null ? null : rankOf(seat, met.family, rows);
    const promised = { value, cycles, energy };
    if (!state.isSettled(promised, rank)) state.offer(met, rows, promised, rank);
  }

  tick(): boolean {
    return this.state.tick(this.isShort);
  }
}

function rankOf({ placement, order }: Seat, family: Family, chosen: Int32Array): Rank {
  const rows = family.rows.map((of, g) => family.tables[g]?.codes[of.rows[chosen[g] ?? -1] ?? -1] ?? -1);
  return [placement, order, extentOf(spaceOf(family), chosen), ...rows];
}
