import { LOGS, type Ratios, ratiosOf } from "./smooth-ratios.kernel.js";
import type { SmoothSpread } from "./smooth-spread.kernel.js";

const NONE = Number.POSITIVE_INFINITY;
/** So much of a cost, in logarithms, is given away for speed. */
const MERGED = 3e-4;

/** Steps through the smooth chains of one variable, region by region, tile by tile, for the least cost. */
export class SmoothChains {
  private readonly bound: number;
  private readonly K: number;
  private readonly spread: SmoothSpread;
  private readonly ratios: Ratios;
  private readonly lowest: Float64Array;
  private readonly useful: Int32Array;
  private readonly merged: Float64Array;

  constructor(bound: number, nodes: number, spread: SmoothSpread) {
    this.bound = bound;
    this.K = nodes;
    this.spread = spread;
    this.ratios = ratiosOf(bound);
    const n = this.ratios.logs.length;
    this.lowest = new Float64Array(n);
    this.useful = new Int32Array(n);
    this.merged = new Float64Array(n);
  }

  /** Per class the least cost of the main variable's chains; null where none has a cost. */
  solve(cost: Float64Array, classes: readonly number[]): Float64Array | null {
    const { before, after } = this.sweeps(cost);
    const split = this.spread.splitRegion;
    if (split < 0)
      return after[0]![this.bound] === NONE ? null : new Float64Array(classes.length).fill(after[0]![this.bound]!);
    this.lower(before[split]!, this.below(cost, after, split));
    const { logs } = this.ratios;
    const { lowest, useful, merged } = this;
    let n = 0;
    let floor = NONE;
    for (let l = 0; l < logs.length; l++)
      if (lowest[l]! < floor) {
        floor = lowest[l]!;
        // A little less at a ratio a little larger may as well be had at the smaller one.
        if (n > 0 && floor > lowest[useful[n - 1]!]! - MERGED) merged[n - 1] = floor;
        else {
          useful[n] = l;
          merged[n++] = floor;
        }
      }
    if (n === 0) return null;
    const own = new Float64Array(classes.length);
    for (let i = 0; i < classes.length; i++) {
      this.spread.setClass(split, classes[i]!);
      const {
        temporal,
        first,
        second,
        firstCap,
        secondCap,
        base,
        least: [leastFirst, leastSecond],
      } = this.spread.packed;
      let best = NONE;
      for (let k = 0; k < n; k++) {
        const l = useful[k]!;
        let left = logs[l]! - leastFirst - leastSecond;
        if (left < -1e-12) continue;
        let c = merged[k]! + base;
        const one = left < firstCap ? left : firstCap;
        if (first < temporal) {
          c += one * first;
          left -= one;
        }
        const two = left < secondCap ? left : secondCap;
        if (second < temporal) {
          c += two * second;
          left -= two;
        }
        if (left > 1e-12) c = temporal === NONE ? NONE : c + left * temporal;
        if (c < best) best = c;
      }
      own[i] = best;
    }
    return own;
  }

  /** Costs from the outside up to each region, and from each region to the inside, per extent before it. */
  private sweeps(cost: Float64Array): { before: Float64Array[]; after: Float64Array[] } {
    const { K, bound } = this;
    const split = this.spread.splitRegion;
    const width = bound + 1;
    const before: Float64Array[] = [];
    const after: Float64Array[] = [];
    let own: Float64Array = new Float64Array(width).fill(NONE);
    own[bound] = 0;
    for (let r = 0; r <= split; r++) {
      before[r] = own;
      if (r === split) break;
      own = this.inwards(r, own);
      for (let t = 1; t < width; t++) own[t]! += cost[r * width + t]!;
    }
    let next: Float64Array = new Float64Array(width).fill(NONE);
    next[1] = 0;
    after[K + 1] = next;
    for (let r = K; r > split; r--) {
      const from = new Float64Array(width);
      for (let t = 1; t < width; t++) from[t] = next[t]! + (r < K ? cost[r * width + t]! : 0);
      next = this.outwards(r, from);
      after[r] = next;
    }
    return { before, after };
  }

  /** Per extent below the region of the packed fan-out: its node's cost, and all further in. */
  private below(cost: Float64Array, after: readonly Float64Array[], split: number): Float64Array {
    const width = this.bound + 1;
    const next = after[split + 1]!;
    return Float64Array.from(next, (c, t) => (t === 0 ? NONE : c + (split < this.K ? cost[split * width + t]! : 0)));
  }

  /** Sets `lowest`: per ratio of extents above and below the packed fan-out's region, the least of all else. */
  private lower(above: Float64Array, below: Float64Array): void {
    const { bound, lowest } = this;
    const { numbers } = this.ratios;
    lowest.fill(NONE);
    for (let t = 1; t <= bound; t++) {
      const a = above[t]!;
      if (a === NONE) continue;
      for (let u = 1, at = t * (bound + 1) + 1; u <= t; u++, at++) {
        const c = a + below[u]!;
        const l = numbers[at]!;
        if (c < lowest[l]!) lowest[l] = c;
      }
    }
  }

  /** min over t ≥ u of own[t] + what the region costs from t to u. */
  private inwards(region: number, own: Float64Array): Float64Array {
    const { bound } = this;
    const result = new Float64Array(bound + 1).fill(NONE);
    if (this.spread.isPlain(region)) {
      const w = this.spread.weights[region]!;
      if (w === NONE) return own.slice();
      let best = NONE;
      for (let t = bound; t >= 1; t--) {
        const log = w * LOGS(t);
        if (own[t]! + log < best) best = own[t]! + log;
        result[t] = best - log;
      }
      return result;
    }
    const table = this.spread.table(region, this.ratios.logs);
    for (let t = 1; t <= bound; t++)
      if (own[t]! < NONE)
        for (let u = 1; u <= t; u++) {
          const c = own[t]! + table[this.ratios.numbers[t * (bound + 1) + u]!]!;
          if (c < result[u]!) result[u] = c;
        }
    return result;
  }

  /** min over u ≤ t of what the region costs from t to u + own[u]. */
  private outwards(region: number, own: Float64Array): Float64Array {
    const { bound } = this;
    const result = new Float64Array(bound + 1).fill(NONE);
    if (this.spread.isPlain(region)) {
      const w = this.spread.weights[region]!;
      if (w === NONE) return own.slice();
      let best = NONE;
      for (let t = 1; t <= bound; t++) {
        const log = w * LOGS(t);
        if (own[t]! - log < best) best = own[t]! - log;
        result[t] = best + log;
      }
      return result;
    }
    const table = this.spread.table(region, this.ratios.logs);
    for (let t = 1; t <= bound; t++)
      for (let u = 1; u <= t; u++) {
        const c = own[u]! + table[this.ratios.numbers[t * (bound + 1) + u]!]!;
        if (c < result[t]!) result[t] = c;
      }
    return result;
  }

  /** The tiles of the least chain of a class; its factors by bin. */
  trace(cost: Float64Array, own: number, bins: Float64Array): readonly number[] {
    const { K, bound } = this;
    const width = bound + 1;
    const { before, after } = this.sweeps(cost);
    const split = this.spread.splitRegion;
    const tiles = new Array<number>(K).fill(bound);
    let extent = bound;
    if (split >= 0) {
      this.spread.setClass(split, own);
      const below = this.below(cost, after, split);
      let [least, from, to] = [NONE, bound, bound];
      for (let t = 1; t <= bound; t++)
        for (let u = 1; u <= t && before[split]![t]! < NONE; u++) {
          const log = this.ratios.logs[this.ratios.numbers[t * width + u]!]!;
          const rest = before[split]![t]! + below[u]!;
          if (rest >= least) continue;
          const c = rest + this.spread.spreadPacked(split, log, null);
          if (c < least) [least, from, to] = [c, t, u];
        }
      let goal = from;
      for (let r = split - 1; r >= 0; r--) {
        tiles[r] = goal;
        let [best, at] = [NONE, goal];
        for (let t = goal; t <= bound; t++) {
          const c = before[r]![t]! + this.spread.spread(r, this.logOf(r, t, goal), null);
          if (c < best) [best, at] = [c, t];
        }
        this.spread.spread(r, this.logOf(r, at, goal), bins);
        goal = at;
      }
      this.spread.spreadPacked(split, this.ratios.logs[this.ratios.numbers[from * width + to]!]!, bins);
      if (split < K) tiles[split] = to;
      extent = to;
    }
    for (let r = split + 1; r <= K; r++) {
      let [best, at] = [NONE, extent];
      for (let u = 1; u <= extent; u++) {
        const rest = (r < K ? cost[r * width + u]! : 0) + after[r + 1]![u]!;
        if (rest >= best) continue;
        const c = rest + this.spread.spread(r, this.logOf(r, extent, u), null);
        if (c < best) [best, at] = [c, u];
      }
      this.spread.spread(r, this.logOf(r, extent, at), bins);
      if (r < K) tiles[r] = at;
      extent = at;
    }
    return tiles;
  }

  private logOf(region: number, t: number, u: number): number {
    return this.spread.isPlain(region)
      ? LOGS(t) - LOGS(u)
      : this.ratios.logs[this.ratios.numbers[t * (this.bound + 1) + u]!]!;
  }
}
