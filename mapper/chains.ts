import { divisorsOf } from "../base/index.js";
import type { Limits } from "./limits.js";
import { belowPlace, betweenPlace, fanoutPosition } from "./orders.js";
import type { Placement } from "./placement.js";
import { fanoutOf, type Problem } from "./problem.js";

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

/** The factorisations of one variable's bound over its stations, outermost first. */
export function chainsOf(
  problem: Problem,
  limits: Limits,
  placement: Placement,
  variable: number,
  allowed: number,
  coupled: boolean,
  mostLoops: number,
): readonly Chain[] {
  const found: Chain[] = [];
  const stations: { readonly place: number; readonly fanout: number }[] = [];
  for (let r = 0; r <= placement.nodes.length; r++) {
    stations.push({ place: r, fanout: -1 });
    for (const level of placement.fanouts[r] ?? [])
      stations.push({ place: -1, fanout: problem.fanouts.indexOf(level) });
  }
  const temporal = (place: number, count: number, left: number): ChainLoop[] =>
    count === 1 ? [] : [{ variable, count, by: left, place, fanout: -1, axis: "x", position: -1 }];
  const spatial = (f: number, axis: "x" | "y", second: boolean, count: number, left: number): ChainLoop[] => {
    const position = fanoutPosition(problem, placement, f) + (second ? 2 : 0);
    return count === 1 ? [] : [{ variable, count, by: left, place: -1, fanout: f, axis, position }];
  };
  const may = (place: number, rest: number): readonly number[] =>
    (allowed & (1 << place)) === 0 ? [1] : divisorsOf(rest);

  const visit = (at: number, left: number, loops: readonly ChainLoop[]): void => {
    if (loops.length > mostLoops) return;
    const station = stations[at];
    if (station === undefined) {
      if (left === 1 && limits.admits(placement, variable, loops)) found.push(loops);
      return;
    }
    if (station.place >= 0) {
      for (const n of may(station.place, left))
        visit(at + 1, left / n, [...loops, ...temporal(station.place, n, left / n)]);
      return;
    }
    const f = station.fanout;
    const { x: sizeX, y: sizeY } = fanoutOf(problem, problem.fanouts[f] ?? -1);
    const level = problem.fanouts[f] ?? -1;
    const upTo = (axis: "x" | "y", size: number, rest: number): readonly number[] =>
      limits.spatial(placement, level, axis, variable) ? divisorsOf(rest).filter((n) => n <= size) : [1];
    for (const x of upTo("x", sizeX, left))
      for (const y of upTo("y", sizeY, left / x)) {
        const both = x > 1 && y > 1 && coupled;
        for (const order of both ? (["xy", "yx"] as const) : (["xy"] as const)) {
          const [one, two] = order === "xy" ? [x, y] : [y, x];
          const [axis1, axis2] = order === "xy" ? (["x", "y"] as const) : (["y", "x"] as const);
          const left1 = left / one;
          for (const between of both ? may(betweenPlace(placement, f), left1 / two) : [1]) {
            const left2 = left1 / between / two;
            for (const below of coupled && one * two > 1 ? may(belowPlace(placement, f), left2) : [1])
              visit(at + 1, left2 / below, [
                ...loops,
                ...spatial(f, axis1, false, one, left1),
                ...temporal(betweenPlace(placement, f), between, left1 / between),
                ...spatial(f, axis2, true, two, left2),
                ...temporal(belowPlace(placement, f), below, left2 / below),
              ]);
          }
        }
      }
  };
  visit(0, problem.bounds[variable] ?? 1, []);
  return found;
}

/** Splits and interleaves the loops of one place; the first order is variable by variable. */
export function interleave(loops: readonly ChainLoop[]): readonly (readonly ChainLoop[])[] {
  const found: (readonly ChainLoop[])[] = [];
  const visit = (left: readonly number[], last: number, sofar: readonly ChainLoop[]): void => {
    if (left.every((n) => n === 1)) {
      found.push(sofar);
      return;
    }
    loops.forEach((loop, i) => {
      const rest = left[i] ?? 1;
      if (i === last || rest === 1) return;
      for (const n of [...divisorsOf(rest)].reverse()) {
        if (n === 1) continue;
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
  const regions = placement.nodes.length + 1;
  if (loop.place >= 0 && loop.place < regions) return loop.place;
  const fanout = loop.place < 0 ? loop.fanout : Math.floor((loop.place - regions) / 2);
  const level = problem.fanouts[fanout] ?? -1;
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
