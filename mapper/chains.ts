import { divisorsOf } from "../base/index.js";
import type { Limits } from "./limits.js";
import { belowPlace, betweenPlace, fanoutPosition, regionOfPlace } from "./orders.js";
import type { Placement } from "./placement.js";
import { fanoutOf, type Problem, shares } from "./problem.js";

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
  /** The most loops of a split. */
  readonly mostLoops: number;
  /** Per node: the largest extent that may be left below it; with more, the variable's own part of a tile passes a capacity. */
  readonly largest: readonly number[];
}

/** The factorisations of one variable's bound over its stations, outermost first. */
export function chainsOf(
  problem: Problem,
  placement: Placement,
  variable: number,
  given: ChainLimits,
): readonly Chain[] {
  return new Splitter(problem, placement, variable, given).chains();
}

/** A temporal place (fanout −1), or the spatial loops of a fan-out with the places around them. */
interface Station {
  readonly place: number;
  readonly fanout: number;
}

class Splitter {
  private readonly problem: Problem;
  private readonly placement: Placement;
  private readonly variable: number;
  private readonly given: ChainLimits;
  private readonly coupled: boolean;
  private readonly bound: number;
  private readonly stations: readonly Station[];
  private readonly found: Chain[] = [];
  /** The loops chosen so far. */
  private readonly loops: ChainLoop[] = [];
  /** Equal loops are one object. */
  private readonly known = new Map<number, ChainLoop>();
  private readonly divisors = new Map<number, readonly number[]>();
  private readonly alike = new Map<number, boolean>();

  constructor(problem: Problem, placement: Placement, variable: number, given: ChainLimits) {
    this.problem = problem;
    this.placement = placement;
    this.variable = variable;
    this.given = given;
    this.coupled = problem.groups.some(({ coupled, variables }) => coupled && variables.includes(variable));
    this.bound = problem.bounds[variable] ?? 1;
    this.stations = [...placement.nodes, null].flatMap((_, r) => [
      { place: r, fanout: -1 },
      ...(placement.fanouts[r] ?? []).map((level) => ({ place: -1, fanout: problem.fanouts.indexOf(level) })),
    ]);
  }

  chains(): readonly Chain[] {
    this.visit(0, this.bound);
    return this.found;
  }

  private divisorsOf(n: number): readonly number[] {
    const known = this.divisors.get(n) ?? divisorsOf(n);
    this.divisors.set(n, known);
    return known;
  }

  /** The iterations that a temporal place may take of what is left. */
  private at(place: number, left: number): readonly number[] {
    return (this.given.allowed & (1 << place)) === 0 ? ONE : this.divisorsOf(left);
  }

  private along(fanout: number, axis: "x" | "y", left: number): readonly number[] {
    const level = this.problem.fanouts[fanout] ?? -1;
    if (!this.given.limits.spatial(this.placement, level, axis, this.variable)) return ONE;
    const size = fanoutOf(this.problem, level)[axis];
    return this.divisorsOf(left).filter((n) => n <= size);
  }

  private visit(at: number, left: number): void {
    const { loops, given, stations } = this;
    if (loops.length > given.mostLoops) return;
    const station = stations[at];
    if (station === undefined) {
      if (left === 1 && given.limits.admits(this.placement, this.variable, loops)) this.found.push(loops.slice());
      return;
    }
    const { place, fanout } = station;
    if (place < 0) {
      for (const x of this.along(fanout, "x", left))
        for (const y of this.along(fanout, "y", left / x)) this.spread(at, left, fanout, x, y);
      return;
    }
    if (left > (given.largest[place - 1] ?? Number.POSITIVE_INFINITY)) return;
    for (const n of this.at(place, left)) {
      const before = loops.length;
      this.temporal(place, n, left / n);
      this.visit(at + 1, left / n);
      loops.length = before;
    }
  }

  /**
   * The spatial loops of a fan-out. Their order, and loops between and below them, matter only to coupled variables, which may also have several on one axis
   * with temporal loops between.
   */
  private spread(at: number, left: number, fanout: number, x: number, y: number): void {
    const { loops, coupled } = this;
    const before = loops.length;
    if (x > 1 && y > 1 && this.problem.rules.isEven) return;
    if (!coupled || x * y === 1) {
      this.spatial(fanout, "x", false, x, left / x);
      this.spatial(fanout, "y", true, y, left / x / y);
      this.visit(at + 1, left / x / y);
      loops.length = before;
      return;
    }
    this.nest(at, left, fanout, x, y, "", this.isAlike(fanout) ? new Set() : null);
  }

  /**
   * Spatial loops that go on to x and y iterations in all: some stand together, then, unless they are all, a temporal loop and the others. `told`: the loops
   * so far by their iterations, axes left aside; `seen`: those that need not be told again, null where axes tell.
   */
  private nest(
    at: number,
    left: number,
    fanout: number,
    x: number,
    y: number,
    told: string,
    seen: Set<string> | null,
  ): void {
    const { loops, placement } = this;
    const before = loops.length;
    if (x * y === 1) {
      if (seen?.has(told)) return;
      seen?.add(told);
      const below = belowPlace(placement, fanout);
      for (const m of this.at(below, left)) {
        this.temporal(below, m, left / m);
        this.visit(at + 1, left / m);
        loops.length = before;
      }
      return;
    }
    const between = betweenPlace(placement, fanout);
    const isFirst = told === "";
    for (const a of this.divisorsOf(x).toReversed())
      for (const b of this.divisorsOf(y).toReversed()) {
        if (a * b === 1) continue;
        const isLast = a === x && b === y;
        const inside = left / a / b;
        for (const outer of a > 1 && b > 1 && seen === null ? AXES : a > 1 ? X : Y)
          for (const n of isLast ? ONE : this.at(between, (inside / x / y) * a * b)) {
            if (!isLast && n === 1) continue;
            const [one, two] = outer === "x" ? [a, b] : [b, a];
            this.spatial(fanout, outer, !isFirst, one, left / one);
            this.spatial(fanout, outer === "x" ? "y" : "x", true, two, inside);
            this.temporal(between, n, inside / n);
            this.nest(at, inside / n, fanout, x / a, y / b, `${told} ${a * b}/${n}`, seen);
            loops.length = before;
          }
      }
  }

  /**
   * Whether the axes share alike what the variable moves to overlapping places. Then spatial loops reach the same places whichever axis each is on, and those with
   * nothing between them in any order: of all nests that go as far along each axis and step alike, one is enough. Whether axes share what the variable moves to
   * places apart, or not at all, does not depend on the order.
   */
  private isAlike(fanout: number): boolean {
    const { problem, variable, given } = this;
    if (given.limits.constrained) return false;
    const known = this.alike.get(fanout);
    if (known !== undefined) return known;
    const level = problem.fanouts[fanout] ?? -1;
    const isAlike = problem.relevance.every((of, tensor) => {
      const ways = tensor === problem.output ? (["multicast", "reduction"] as const) : (["multicast"] as const);
      const sharesAlike = (way: "multicast" | "reduction"): boolean =>
        shares(problem, level, "x", tensor, way) === shares(problem, level, "y", tensor, way);
      return of[variable] !== "partial" || ways.every(sharesAlike);
    });
    this.alike.set(fanout, isAlike);
    return isAlike;
  }

  private temporal(place: number, count: number, by: number): void {
    if (count > 1) this.push(place, -1, "x", false, count, by);
  }

  private spatial(fanout: number, axis: "x" | "y", second: boolean, count: number, by: number): void {
    if (count > 1) this.push(-1, fanout, axis, second, count, by);
  }

  private push(place: number, fanout: number, axis: "x" | "y", second: boolean, count: number, by: number): void {
    const slot = place >= 0 ? place : 64 + 4 * fanout + (axis === "x" ? 0 : 2) + (second ? 1 : 0);
    const key = (slot * (this.bound + 1) + count) * (this.bound + 1) + by;
    const known = this.known.get(key);
    if (known !== undefined) {
      this.loops.push(known);
      return;
    }
    const position = place >= 0 ? -1 : fanoutPosition(this.problem, this.placement, fanout) + (second ? 2 : 0);
    const made: ChainLoop = { variable: this.variable, count, by, place, fanout, axis, position };
    this.known.set(key, made);
    this.loops.push(made);
  }
}

const ONE: readonly number[] = [1];
const X = ["x"] as const;
const Y = ["y"] as const;
const AXES = ["x", "y"] as const;

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
