import { divisorsOf } from "../base/index.js";
import { Numbers } from "./numbers.kernel.js";

/** Where loops of a variable may stand: a temporal place, or a fan-out. */
export interface Station {
  /** The largest extent with which it may be reached. */
  readonly cap: number;
  /** Null: a temporal place. */
  readonly fanout: FanoutStation | null;
}

export interface FanoutStation {
  /** Index into `problem.fanouts`. */
  readonly index: number;
  /** How many iterations its axes hold at most. */
  readonly x: number;
  readonly y: number;
  /** Whether temporal loops may stand between the two spatial ones, and below them: these and the order of the two matter to coupled variables only. */
  readonly between: boolean;
  readonly below: boolean;
  /** Whether the axes share alike what the variable moves to overlapping places (chains.ts). */
  readonly isAlike: boolean;
}

/** How a bound may be split over stations. */
export interface SplitsOf {
  readonly bound: number;
  readonly stations: readonly Station[];
  readonly isCoupled: boolean;
  /** Whether a variable uses one axis of a fan-out at most. */
  readonly isEven: boolean;
}

/** A loop at a station. */
export interface SplitLoop {
  readonly station: number;
  readonly kind: "temporal" | "between" | "below" | "first" | "second";
  readonly axis: "x" | "y";
  readonly count: number;
  /** The extent left below. */
  readonly by: number;
}

/**
 * All factorisations of a bound over stations, outermost first, wherever in a nest these stand: placements and variables have many of them in common. n splits,
 * S stations, A axes of fan-outs.
 */
export interface Splits {
  readonly length: number;
  /** The loops of all splits, one after another: split i has those from first[i] to first[i + 1]; loops of one iteration are left out. */
  readonly first: Int32Array;
  readonly ids: Int32Array;
  readonly loops: readonly SplitLoop[];
  /** n × width (S + 1): what is left behind the first s stations, by its index among the divisors of the bound. */
  readonly lefts: Uint16Array;
  readonly width: number;
  readonly divisors: readonly number[];
  /** n × A: how far each split fans out. */
  readonly uses: Int32Array;
  /** A number for the spatial loops, 0 for none. */
  readonly spatial: Int32Array;
}

/** `axes`: of all fan-outs; `admits`: whether a split, by the numbers of its loops, is wanted. */
export const splitsOf = (of: SplitsOf, axes: number, admits: Admits | null): Splits =>
  new Splitter(of, axes, admits).splits();

export type Admits = (ids: Int32Array, loops: readonly SplitLoop[]) => boolean;

const ONE: readonly number[] = [1];

class Splitter {
  private readonly of: SplitsOf;
  private readonly stations: readonly Station[];
  private readonly admits: Admits | null;
  private readonly divisors: readonly number[];
  /** Per divisor of the bound: its index, and its own divisors. */
  private readonly index = new Map<number, number>();
  private readonly divisorsOf = new Map<number, readonly number[]>();
  private readonly first = new Numbers(Int32Array);
  private readonly ids = new Numbers(Int32Array);
  private readonly lefts = new Numbers(Int32Array);
  private readonly uses = new Numbers(Int32Array);
  private readonly spatial = new Numbers(Int32Array);
  private readonly loops: SplitLoop[] = [];
  private readonly known = new Map<number, number>();
  /** From the number of some spatial loops, and one more, to the number of all. */
  private readonly numbers = new Map<number, number>();
  /** Of the present split: its loops, what is left behind the stations, its uses, and the number of its spatial loops. */
  private readonly chosen = new Int32Array(64);
  private depth = 0;
  private readonly left: Int32Array;
  private readonly use: Int32Array;
  private together = 0;

  constructor(of: SplitsOf, axes: number, admits: Admits | null) {
    this.of = of;
    this.stations = of.stations;
    this.admits = admits;
    this.divisors = divisorsOf(of.bound);
    for (const [i, n] of this.divisors.entries()) {
      this.index.set(n, i);
      this.divisorsOf.set(n, divisorsOf(n));
    }
    this.left = new Int32Array(of.stations.length + 1);
    this.use = new Int32Array(axes).fill(1);
  }

  splits(): Splits {
    this.first.push(0);
    this.visit(0, this.of.bound);
    const { first, ids, lefts, uses, spatial, loops, divisors } = this;
    return {
      ...{ length: spatial.length, first: first.values.slice(0, first.length), ids: ids.values.slice(0, ids.length) },
      ...{ loops, width: this.left.length, lefts: Uint16Array.from(lefts.values.subarray(0, lefts.length)), divisors },
      ...{ uses: uses.values.slice(0, uses.length), spatial: spatial.values.slice(0, spatial.length) },
    };
  }

  private visit(at: number, left: number): void {
    this.left[at] = this.index.get(left)!;
    const station = this.stations[at];
    if (station === undefined) {
      if (left === 1) this.add();
      return;
    }
    if (left > station.cap) return;
    if (station.fanout !== null) {
      this.fanOut(at, left, station.fanout);
      return;
    }
    const { depth } = this;
    const counts = this.divisorsOf.get(left)!;
    for (let i = 0; i < counts.length; i++) {
      const n = counts[i]!;
      this.temporal(at, "temporal", n, left / n);
      this.visit(at + 1, left / n);
      this.depth = depth;
    }
  }

  private fanOut(at: number, left: number, fanout: FanoutStation): void {
    const xs = this.divisorsOf.get(left)!;
    for (let i = 0; i < xs.length && xs[i]! <= fanout.x; i++) {
      const x = xs[i]!;
      const ys = this.divisorsOf.get(left / x)!;
      for (let k = 0; k < ys.length && ys[k]! <= fanout.y; k++) this.spread(at, left, fanout, x, ys[k]!);
    }
  }

  /**
   * The spatial loops of a fan-out. Their order, and loops between and below them, matter only to coupled variables, which may also have several on one axis
   * with temporal loops between.
   */
  private spread(at: number, left: number, fanout: FanoutStation, x: number, y: number): void {
    const { of, use, depth, together } = this;
    if (x > 1 && y > 1 && of.isEven) return;
    use[2 * fanout.index]! *= x;
    use[2 * fanout.index + 1]! *= y;
    if (!of.isCoupled || x * y === 1) {
      this.along(at, "first", "x", x, left / x);
      this.along(at, "second", "y", y, left / x / y);
      this.visit(at + 1, left / x / y);
      this.depth = depth;
      this.together = together;
    } else this.nest(at, left, fanout, x, y, "", fanout.isAlike ? new Set() : null, null);
    use[2 * fanout.index]! /= x;
    use[2 * fanout.index + 1]! /= y;
  }

  /**
   * Spatial loops that go on to x and y iterations in all, some of them now, then, unless they are all, a temporal loop or, where axes tell, loops on the other
   * axis. `told`: the loops so far by their iterations, axes left aside; `seen`: those that need not be told again, null where axes tell; `last`: the axis of the
   * spatial loop right above.
   */
  private nest(
    at: number,
    left: number,
    fanout: FanoutStation,
    x: number,
    y: number,
    told: string,
    seen: Set<string> | null,
    last: "x" | "y" | null,
  ): void {
    if (x * y === 1) {
      if (seen?.has(told)) return;
      seen?.add(told);
      this.under(at, left, fanout);
      return;
    }
    const { depth, together } = this;
    const [xs, ys] = [this.divisorsOf.get(x)!, this.divisorsOf.get(y)!];
    const kind = told === "" ? "first" : "second";
    for (let i = xs.length - 1; i >= 0; i--)
      for (let k = ys.length - 1; k >= 0; k--) {
        const [a, b] = [xs[i]!, ys[k]!];
        const axis = a > 1 ? "x" : "y";
        if (a * b === 1 || (seen === null && ((a > 1 && b > 1) || axis === last))) continue;
        const isLast = a === x && b === y;
        const between = !isLast && fanout.between ? this.divisorsOf.get(left / x / y)! : ONE;
        const inside = left / a / b;
        for (let c = isLast || seen === null ? 0 : 1; c < between.length; c++) {
          const n = between[c]!;
          this.along(at, kind, "x", a, left / a);
          this.along(at, a > 1 ? "second" : kind, "y", b, inside);
          this.temporal(at, "between", n, inside / n);
          this.nest(at, inside / n, fanout, x / a, y / b, `${told} ${a * b}/${n}`, seen, n > 1 ? null : axis);
          this.depth = depth;
          this.together = together;
        }
      }
  }

  /** Temporal loops below all spatial ones of a coupled variable on the fan-out. */
  private under(at: number, left: number, fanout: FanoutStation): void {
    const { depth, together } = this;
    const below = fanout.below ? this.divisorsOf.get(left)! : ONE;
    for (let k = 0; k < below.length; k++) {
      this.temporal(at, "below", below[k]!, left / below[k]!);
      this.visit(at + 1, left / below[k]!);
      this.depth = depth;
      this.together = together;
    }
  }

  private temporal(station: number, kind: "temporal" | "between" | "below", count: number, by: number): void {
    if (count > 1) this.chosen[this.depth++] = this.loop(station, kind, "x", count, by);
  }

  private along(station: number, kind: "first" | "second", axis: "x" | "y", count: number, by: number): void {
    if (count === 1) return;
    const id = this.loop(station, kind, axis, count, by);
    this.chosen[this.depth++] = id;
    const key = this.together * 65536 + id + 1;
    let together = this.numbers.get(key);
    if (together === undefined) {
      together = this.numbers.size + 1;
      this.numbers.set(key, together);
    }
    this.together = together;
  }

  private loop(station: number, kind: SplitLoop["kind"], axis: "x" | "y", count: number, by: number): number {
    const slot = station * 6 + SLOTS[kind] + (axis === "x" ? 0 : 1);
    const key = (slot * 65536 + this.index.get(count)!) * 65536 + this.index.get(by)!;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const id = this.loops.length;
    this.loops.push({ station, kind, axis, count, by });
    this.known.set(key, id);
    return id;
  }

  private add(): void {
    const { ids, chosen, depth, left, use } = this;
    if (this.admits !== null && !this.admits(chosen.subarray(0, depth), this.loops)) return;
    for (let d = 0; d < depth; d++) ids.push(chosen[d]!);
    this.first.push(ids.length);
    for (let s = 0; s < left.length; s++) this.lefts.push(left[s]!);
    for (let a = 0; a < use.length; a++) this.uses.push(use[a]!);
    this.spatial.push(this.together);
  }
}

/** Kinds of loops at one station are told apart by these, and their axis. */
const SLOTS: Record<SplitLoop["kind"], number> = { temporal: 0, first: 0, second: 2, between: 4, below: 5 };
