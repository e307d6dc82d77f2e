import type { SmoothPacking } from "./smooth-packing.js";
import { LOGS } from "./smooth-ratios.kernel.js";
import type { Bins } from "./smooth-sides.js";

const NONE = Number.POSITIVE_INFINITY;

/** What the packed fan-out's region costs for a class: its axes, the cheaper one first, how far (logs) they go at least, and beyond that at most. */
interface Packed {
  temporal: number;
  first: number;
  second: number;
  firstBin: number;
  secondBin: number;
  firstCap: number;
  secondCap: number;
  /** What going as far as they must costs. */
  base: number;
  least: readonly [number, number];
}

/** What factors of one variable cost in each region, under some weights of its bins: the cheapest bins first, as far as sizes allow. */
export class SmoothSpread {
  /** Per bin, Infinity where it takes no factor. */
  weights: Float64Array = new Float64Array(0);
  /** Iterations along the packed fan-out at least. */
  least: readonly [number, number] = [1, 1];
  private readonly K: number;
  private readonly bins: Bins;
  private readonly packing: SmoothPacking;
  private readonly sizes: readonly number[];

  constructor(bins: Bins, packing: SmoothPacking, sizes: readonly number[]) {
    this.K = bins.regions - 1;
    this.bins = bins;
    this.packing = packing;
    this.sizes = sizes;
  }

  /** The region of the packed fan-out, −1 where the main variable may not use it. */
  get splitRegion(): number {
    const { fanout } = this.packing;
    if (fanout < 0) return -1;
    const { weights } = this;
    const at = this.K + 1 + 2 * fanout;
    return weights[at] === NONE && weights[at + 1] === NONE ? -1 : this.bins.regionOfAxis[2 * fanout]!;
  }

  readonly packed: Packed = {
    ...{ temporal: 0, first: 0, second: 0, firstBin: 0, secondBin: 0, firstCap: 0, secondCap: 0, base: 0 },
    least: [0, 0],
  };

  /** Sets `packed` for a class: nx · 65536 + ny iterations at most. */
  setClass(region: number, own: number): void {
    const { packing, K, packed, least: lo, weights: w } = this;
    const a = K + 1 + 2 * packing.fanout;
    const [x, y] = [w[a]!, w[a + 1]!];
    const isXFirst = x <= y;
    packed.temporal = w[region]!;
    packed.first = isXFirst ? x : y;
    packed.second = isXFirst ? y : x;
    packed.firstBin = isXFirst ? a : a + 1;
    packed.secondBin = isXFirst ? a + 1 : a;
    const [nx, ny] = [own >> 16, own & 65535];
    // A factor of more than n − 1 takes n iterations.
    const least = (at: number): number => LOGS(Math.max(1, lo[at]! - 1));
    const [lx, ly] = [least(0), least(1)];
    packed.least = isXFirst ? [lx, ly] : [ly, lx];
    packed.firstCap = LOGS(isXFirst ? nx : ny) - packed.least[0];
    packed.secondCap = LOGS(isXFirst ? ny : nx) - packed.least[1];
    packed.base =
      (packed.least[0] > 0 ? packed.least[0] * packed.first : 0) +
      (packed.least[1] > 0 ? packed.least[1] * packed.second : 0);
  }

  /** The cost of a ratio over the packed fan-out's region for the class that is set; adds the parts to `to`, by bin. */
  spreadPacked(region: number, log: number, to: Float64Array | null): number {
    const { temporal, first, second, firstBin, secondBin, firstCap, secondCap, base, least } = this.packed;
    let left = log - least[0] - least[1];
    if (left < -1e-12) return NONE;
    let c = base;
    const one = first < temporal ? Math.min(left, firstCap) : 0;
    if (one > 0) c += one * first;
    left -= one;
    const two = second < temporal ? Math.min(left, secondCap) : 0;
    if (two > 0) c += two * second;
    left -= two;
    if (left > 1e-12) {
      if (temporal === NONE) return NONE;
      c += left * temporal;
    } else left = 0;
    if (to !== null) {
      to[firstBin]! += one + least[0];
      to[secondBin]! += two + least[1];
      to[region]! += left;
    }
    return c;
  }

  /** Whether only a temporal place takes factors in the region, or none does. */
  isPlain(region: number): boolean {
    return this.bins.regionOfAxis.every((at, axis) => at !== region || this.weights[this.K + 1 + axis] === NONE);
  }

  table(region: number, ratios: Float64Array): Float64Array {
    return ratios.map((log) => this.spread(region, log, null));
  }

  /**
   * The least cost of a factor in another region: what is cheaper than its temporal place goes along the axes, as far as their sizes allow. `to`: takes
   * the parts, by bin.
   */
  spread(region: number, log: number, to: Float64Array | null): number {
    const { bins, sizes, K } = this;
    const w = this.weights;
    let left = log;
    let cost = 0;
    const temporal = w[region]!;
    let done = 0;
    while (left > 1e-12) {
      let [best, weight] = [-1, temporal];
      for (let axis = 0; axis < sizes.length; axis++)
        if (bins.regionOfAxis[axis] === region && (done & (1 << axis)) === 0 && w[K + 1 + axis]! < weight) {
          best = axis;
          weight = w[K + 1 + axis]!;
        }
      if (best < 0) break;
      done |= 1 << best;
      const part = Math.min(left, LOGS(sizes[best]!));
      cost += part * weight;
      left -= part;
      if (to !== null) to[K + 1 + best]! += part;
    }
    if (left <= 1e-12) return cost;
    if (temporal === NONE) return NONE;
    if (to !== null) to[region]! += left;
    return cost + left * temporal;
  }
}
