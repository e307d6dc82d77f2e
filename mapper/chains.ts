import { divisorsOf } from "../base/index.js";
import type { Limits } from "./limits.js";
import { fanoutPosition } from "./orders.js";
import type { Placement } from "./placement.js";
import { belowPlace, betweenPlace, regionOfPlace } from "./places.js";
import { fanoutOf, type Problem, shares } from "./problem.js";
import { type FanoutStation, type SplitLoop, type Splits, type Station, splitsOf } from "./splits.kernel.js";

/** One loop of a split. `place` is a temporal place (orders.ts), or −1 for a spatial loop. */
export interface ChainLoop {
  readonly variable: number;
  readonly count: number;
  /** The extent left below, = how far one iteration moves the variable. */
  readonly by: number;
  readonly place: number;
  /** Index into `problem.fanouts`; −1 for temporal loops. */
  readonly fanout: number;
  readonly axis: "x" | "y";
  /** Position in the nest of its fan-out (spatial loops only). */
  readonly position: number;
}

/** One way to split the bound of a variable over the places of a placement, outermost first; loops of one iteration are left out. */
export type Chain = readonly ChainLoop[];

/** What the splits of a variable must respect, beside their placement. */
export interface ChainLimits {
  readonly limits: Limits;
  /** Bits of the temporal places that loops may take. */
  readonly allowed: number;
  /** Per node: the largest extent that may be left below it; with more, the variable's own part of a tile passes a capacity. */
  readonly largest: readonly number[];
}

/** The splits of one variable in a placement. */
export class ChainList {
  readonly length: number;
  readonly splits: Splits;
  /** The loops that splits are made of, by their numbers there. */
  readonly loops: readonly ChainLoop[];
  /** Per node: how many of the stations stand above it. */
  readonly above: readonly number[];

  constructor(splits: Splits, loops: readonly ChainLoop[], above: readonly number[]) {
    this.length = splits.length;
    this.splits = splits;
    this.loops = loops;
    this.above = above;
  }

  at(chain: number): Chain {
    const { first, ids } = this.splits;
    const found: ChainLoop[] = [];
    for (let l = first[chain] ?? 0; l < (first[chain + 1] ?? 0); l++) {
      const loop = this.loops[ids[l] ?? -1];
      if (loop !== undefined) found.push(loop);
    }
    return found;
  }
}

/** The factorisations of one variable's bound over its stations, outermost first; those that are known already, by what tells them apart. */
export function chainsOf(
  problem: Problem,
  placement: Placement,
  variable: number,
  given: ChainLimits,
  known: Map<string, Splits>,
): ChainList {
  return new Stations(problem, placement, variable, given).chains(known);
}

/** Where the loops of a variable may stand in a placement. */
class Stations {
  private readonly problem: Problem;
  private readonly placement: Placement;
  private readonly variable: number;
  private readonly given: ChainLimits;
  private readonly stations: Station[] = [];
  /** Per station. */
  private readonly regions: number[] = [];

  constructor(problem: Problem, placement: Placement, variable: number, given: ChainLimits) {
    this.problem = problem;
    this.placement = placement;
    this.variable = variable;
    this.given = given;
    if (!problem.active.includes(variable)) return;
    let cap = problem.bounds[variable] ?? 1;
    for (let region = 0; region <= placement.nodes.length; region++) {
      if (region > 0) cap = Math.min(cap, given.largest[region - 1] ?? cap);
      if (this.isAllowed(region)) this.add(region, cap, null);
      for (const level of placement.fanouts[region] ?? []) this.add(region, cap, this.fanoutStation(level));
    }
  }

  chains(known: Map<string, Splits>): ChainList {
    const { problem, placement, variable, stations, given } = this;
    const isCoupled = problem.groups.some(({ coupled, variables }) => coupled && variables.includes(variable));
    const bound = problem.bounds[variable] ?? 1;
    const of = { bound, stations, isCoupled, isEven: problem.rules.isEven };
    const axes = 2 * problem.fanouts.length;
    const above = placement.nodes.map((_, node) => this.regions.filter((region) => region <= node).length);
    if (!given.limits.constrained || stations.length === 0) {
      const key = JSON.stringify(of);
      const splits = known.get(key) ?? splitsOf(of, axes, null);
      known.set(key, splits);
      return new ChainList(
        splits,
        splits.loops.map((loop) => this.loopOf(loop)),
        above,
      );
    }
    const made: ChainLoop[] = [];
    const splits = splitsOf(of, axes, (ids, loops) => {
      for (const loop of loops.slice(made.length)) made.push(this.loopOf(loop));
      const own = Array.from(ids, (id) => made[id]).filter((loop) => loop !== undefined);
      return given.limits.admits(placement, variable, own);
    });
    return new ChainList(
      splits,
      splits.loops.map((loop) => this.loopOf(loop)),
      above,
    );
  }

  private add(region: number, cap: number, fanout: FanoutStation | null): void {
    this.stations.push({ cap, fanout });
    this.regions.push(region);
  }

  private isAllowed(place: number): boolean {
    return (this.given.allowed & (1 << place)) !== 0;
  }

  private fanoutStation(level: number): FanoutStation {
    const { problem, placement, variable, given } = this;
    const index = problem.fanouts.indexOf(level);
    const size = fanoutOf(problem, level);
    return {
      index,
      x: given.limits.spatial(placement, level, "x", variable) ? size.x : 1,
      y: given.limits.spatial(placement, level, "y", variable) ? size.y : 1,
      between: this.isAllowed(betweenPlace(placement, index)),
      below: this.isAllowed(belowPlace(placement, index)),
      isAlike: !given.limits.constrained && isAlike(problem, level, variable),
    };
  }

  private loopOf({ station, kind, axis, count, by }: SplitLoop): ChainLoop {
    const { problem, placement, variable } = this;
    const fanout = this.stations[station]?.fanout?.index ?? -1;
    const place =
      kind === "temporal"
        ? (this.regions[station] ?? -1)
        : kind === "between"
          ? betweenPlace(placement, fanout)
          : kind === "below"
            ? belowPlace(placement, fanout)
            : -1;
    if (place >= 0) return { variable, count, by, place, fanout: -1, axis: "x", position: -1 };
    const position = fanoutPosition(problem, placement, fanout) + (kind === "second" ? 2 : 0);
    return { variable, count, by, place, fanout, axis, position };
  }
}

/**
 * Whether the axes share alike what the variable moves to overlapping places. Then spatial loops reach the same places whichever axis each is on, and those with
 * nothing between them in any order: of all nests that go as far along each axis and step alike, one is enough. Whether axes share what the variable moves to
 * places apart, or not at all, does not depend on the order.
 */
function isAlike(problem: Problem, level: number, variable: number): boolean {
  return problem.relevance.every((of, tensor) => {
    const ways = tensor === problem.output ? (["multicast", "reduction"] as const) : (["multicast"] as const);
    const sharesAlike = (way: "multicast" | "reduction"): boolean =>
      shares(problem, level, "x", tensor, way) === shares(problem, level, "y", tensor, way);
    return of[variable] !== "partial" || ways.every(sharesAlike);
  });
}

/**
 * Splits (unless they are to stay whole) and interleaves loops that may stand in any order, but for those of one variable, which stay in theirs;
 * the first order is variable by variable.
 */
export function interleave(loops: readonly ChainLoop[], isWhole: boolean): readonly (readonly ChainLoop[])[] {
  const found: (readonly ChainLoop[])[] = [];
  /** Whether a loop has to come before loop i. */
  const isBefore =
    (i: number, left: readonly number[]) =>
    ({ variable }: ChainLoop, k: number): boolean =>
      k < i && variable === loops[i]?.variable && (left[k] ?? 1) > 1;
  const visit = (left: readonly number[], last: number, sofar: readonly ChainLoop[]): void => {
    if (left.every((n) => n === 1)) {
      found.push(sofar);
      return;
    }
    loops.forEach((loop, i) => {
      const rest = left[i] ?? 1;
      if (i === last || rest === 1 || loops.some(isBefore(i, left))) return;
      for (const n of [...divisorsOf(rest)].reverse()) {
        if (n === 1 || (isWhole && n < rest)) continue;
        const below = rest / n;
        const next = left.map((m, k) => (k === i ? below : m));
        visit(next, i, [...sofar, { ...loop, count: n, by: loop.by * below }]);
      }
    });
  };
  visit(
    loops.map((loop) => loop.count),
    -1,
    [],
  );
  return found;
}

/** A position that compares rightly with nodes', whatever the blocks of the region. */
export function outerPosition(problem: Problem, placement: Placement, loop: ChainLoop): number {
  if (loop.place < 0) return loop.position;
  const regions = placement.nodes.length + 1;
  if (loop.place < regions) return loop.place * 64;
  const fanout = Math.floor((loop.place - regions) / 2);
  return fanoutPosition(problem, placement, fanout) + ((loop.place - regions) % 2 === 0 ? 1 : 3);
}

/** The region in which a loop stands. */
export function regionOf(problem: Problem, placement: Placement, loop: ChainLoop): number {
  if (loop.place >= 0) return regionOfPlace(problem, placement, loop.place);
  const level = problem.fanouts[loop.fanout] ?? -1;
  return placement.fanouts.findIndex((there) => there.includes(level));
}

/** The extent of the variable that a chain leaves below the node. */
export function extentBelow(
  problem: Problem,
  placement: Placement,
  chain: Chain,
  variable: number,
  node: number,
): number {
  let extent = problem.bounds[variable] ?? 1;
  for (const loop of chain)
    if (loop.variable === variable && regionOf(problem, placement, loop) <= node) extent /= loop.count;
  return extent;
}
