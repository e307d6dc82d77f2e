import type { Architecture } from "../arch-specs/index.js";
import type { Layer } from "../workloads/index.js";
import { floorOf } from "./floor.js";
import { FrontGoal, fewestCycles } from "./front-goal.js";
import { limitsOf } from "./limits.js";
import { DELAY, ENERGY } from "./objective.js";
import { type Packing, packingOf } from "./packing.js";
import { placementsOf } from "./placement.js";
import { type Problem, problemOf } from "./problem.js";
import { explore, type SearchOptions, search } from "./search.js";
import { type FrontPoint, type Interval, isCertain, type Reach, Staircase } from "./staircase.js";

/** Over tiles that divide their extent. */
export interface FrontOptions
  extends Omit<SearchOptions, "objective" | "mostCycles" | "start" | "part" | "progress" | "imperfect"> {
  readonly progress: (seen: FrontProgress) => void;
}

export interface FrontProgress {
  /** Points that are certain, and others that are known. */
  readonly certain: number;
  readonly others: number;
  /** Every mapping is within the factor 1 + this of some point, in energy and in cycles. */
  readonly within: number;
}

export interface FrontResult {
  /** Slowest first, so cheapest first. */
  readonly points: readonly FrontPoint[];
  /** Where mappings may lie that no point is as good as in both: from the slowest to the fastest. */
  readonly open: readonly Interval[];
  /** Every mapping is within the factor 1 + this of some point, in energy and in cycles; 0: the points are the whole front. */
  readonly within: number;
  readonly status: "optimal" | "gap" | "infeasible";
  /** Nodes of all searches. */
  readonly evaluated: number;
}

/**
 * The front of energy and cycles: every pair of which no mapping has less of one and no more of the other, with a mapping, and with the
 * proof. A first search finds a fast mapping. One more finds all points at once (front-goal.ts), so long as it is use of the fan-outs
 * that makes mappings fast. A point that owes its cycles to a bandwidth is an *edge*, between which and the next there is a search of its own: below its
 * edge, the bound holds cycles dear (dual.kernel.ts).
 *
 * Cut short, the result says what is proven: which points are certain, and for each interval of cycles the least energy that a mapping there
 * may have.
 */
export function front(layer: Layer, architecture: Architecture, options: FrontOptions): FrontResult {
  if ("imperfect" in options && options.imperfect === true)
    throw new Error("no front is searched over imperfect tiles");
  return new FrontSearch(layer, architecture, options).run();
}

class FrontSearch {
  private readonly layer: Layer;
  private readonly architecture: Architecture;
  private readonly options: FrontOptions;
  private readonly problem: Problem;
  private readonly packing: Packing;
  /** Per state of the packing. */
  private readonly fewest: Float64Array;
  private readonly stairs: Staircase;
  private readonly floor: number;
  private evaluated = 0;

  constructor(layer: Layer, architecture: Architecture, options: FrontOptions) {
    this.layer = layer;
    this.architecture = architecture;
    this.options = options;
    this.problem = problemOf(layer, architecture, options.conventions);
    this.packing = packingOf(this.problem, true);
    this.fewest = fewestCycles(this.problem, this.packing);
    const least = this.fewest.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    this.floor = Math.max(floorOf(this.problem, DELAY), least);
    this.stairs = new Staircase(floorOf(this.problem, ENERGY), this.floor);
  }

  run(): FrontResult {
    const { stairs, options } = this;
    this.startFast();
    const tried = new Set<string>();
    for (let worst = stairs.worst(options.gap); worst !== null; worst = stairs.worst(options.gap)) {
      const reach = stairs.reachOf(worst, (cycles) => this.isEdge(cycles));
      const key = `${reach?.from} ${reach?.upTo ?? worst.upTo}`;
      if (tried.has(key) || options.cancelled()) break;
      tried.add(key);
      if (reach === null) this.lookForFaster(worst.upTo);
      else this.search(reach);
    }
    const [points, open] = [stairs.points(), stairs.open()];
    const status = open.length > 0 ? "gap" : points.length > 0 ? "optimal" : "infeasible";
    return { points, open, within: stairs.farthest(), status, evaluated: this.evaluated };
  }

  /** A first fast mapping: as a rule, one of those that a first look at every placement meets. Bounds of families would not be used. */
  private startFast(): void {
    const { layer, architecture, options, problem, stairs, floor } = this;
    const looks = [...placementsOf(problem, limitsOf(problem, options.dataflow))].length;
    let asked = 0;
    const isFast = (): boolean => (stairs.fastest?.cycles ?? Number.POSITIVE_INFINITY) <= floor * (1 + 1e-9);
    const cancelled = (): boolean => isFast() || ++asked > looks || options.cancelled();
    const how = { ...options, ...this.watched(), objective: DELAY, gap: Math.max(options.gap, 1e-9), cancelled };
    const found = search(layer, architecture, how);
    this.evaluated += found.evaluated;
    if (found.status === "infeasible") stairs.prove(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
  }

  /** Whether any mapping takes at most so many cycles, which none that is known does. */
  private lookForFaster(mostCycles: number): void {
    const { layer, architecture, options, stairs } = this;
    const how = { ...options, ...this.watched(), objective: ENERGY, mostCycles };
    const found = search(layer, architecture, how);
    this.evaluated += found.evaluated;
    if (found.mapping !== null && found.cost !== null) stairs.note(found.mapping, found.cost, found.rank);
    stairs.prove(mostCycles, found.status === "infeasible" ? Number.POSITIVE_INFINITY : found.lowerBound);
  }

  /** All points within the reach. */
  private search(reach: Reach): void {
    const { options, problem, packing, stairs, fewest } = this;
    const goal = new FrontGoal(stairs, packing, fewest, reach, options.gap);
    const prove = (value: number): void => stairs.proveSteps(Math.min(1, value / goal.value), reach, options.gap);
    const watched = this.watched();
    const found = explore(
      problem,
      packing,
      {
        ...options,
        ...{ objective: ENERGY, costOf: options.costOf, mostCycles: reach.upTo },
        progress: (seen) => {
          prove(seen.lowerBound);
          watched.progress();
        },
      },
      goal,
    );
    this.evaluated += found.evaluated;
    prove(found.open === Number.POSITIVE_INFINITY ? goal.value : Math.max(found.open * (1 - 1e-9), found.floor));
  }

  /** Whether no use of the fan-outs takes just so many cycles. */
  private isEdge(cycles: number): boolean {
    return !this.fewest.some((least) => Math.abs(least / cycles - 1) < 1e-9);
  }

  /** Keeps what a search comes to price, and tells how far the front is. */
  private watched(): Pick<SearchOptions, "costOf"> & { readonly progress: () => void } {
    const { stairs, options } = this;
    const costOf: SearchOptions["costOf"] = (mapping) => {
      const cost = options.costOf(mapping);
      stairs.note(mapping, cost);
      return cost;
    };
    const progress = (): void => {
      const points = stairs.points();
      const certain = points.filter(isCertain).length;
      options.progress({ certain, others: points.length - certain, within: stairs.farthest() });
    };
    return { costOf, progress };
  }
}
