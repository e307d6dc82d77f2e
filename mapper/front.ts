import type { Architecture } from "../arch-specs/index.js";
import type { Layer } from "../workloads/index.js";
import { floorOf } from "./floor.js";
import { DELAY, ENERGY } from "./objective.js";
import { problemOf } from "./problem.js";
import { type SearchOptions, search } from "./search.js";
import { type FrontPoint, type Interval, isCertain, Staircase } from "./staircase.js";

export interface FrontOptions extends Omit<SearchOptions, "objective" | "mostCycles" | "start" | "part" | "progress"> {
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
 * proof. Each point is a search for the least energy, then the fewest cycles, under a cap on the cycles, that starts from the best mapping known to hold
 * to it; which cap comes next: staircase.ts. Within a gap, pairs may be left out that are so near to a point.
 *
 * Cut short, the result says what is proven: which points are certain, and for each interval of cycles the least energy that a mapping there
 * may have.
 */
export function front(layer: Layer, architecture: Architecture, options: FrontOptions): FrontResult {
  const problem = problemOf(layer, architecture, options.conventions);
  const stairs = new Staircase(floorOf(problem, ENERGY), floorOf(problem, DELAY));
  const { gap } = options;
  let evaluated = 0;
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
  for (let cap = stairs.next(gap); cap !== null; cap = stairs.next(gap)) {
    const start = stairs.cheapest(cap)?.mapping ?? null;
    const how = { ...options, objective: ENERGY, mostCycles: cap, start, costOf, progress };
    const found = search(layer, architecture, how);
    evaluated += found.evaluated;
    stairs.prove(cap, found.status === "infeasible" ? Number.POSITIVE_INFINITY : found.lowerBound);
    if (found.status === "gap" && found.gap > gap / (1 + gap) + 1e-12) break;
    if (found.cost === null && found.status === "gap") break;
    if (options.cancelled()) break;
  }
  const [points, open] = [stairs.points(), stairs.open()];
  const status = open.length > 0 ? "gap" : points.length > 0 ? "optimal" : "infeasible";
  return { points, open, within: stairs.farthest(), status, evaluated };
}
