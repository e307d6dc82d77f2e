import type { Setting } from "./atoms.js";
import type { Relaxation } from "./relaxation.js";
import { SmoothChains } from "./smooth-chains.kernel.js";
import { type Key, keysOf } from "./smooth-keys.kernel.js";
import type { SmoothPacking } from "./smooth-packing.js";
import { MOST_STATES } from "./smooth-ratios.kernel.js";
import type { SideChain } from "./smooth-sides.js";
import type { Slot } from "./smooth-slots.js";
import { SmoothSpread } from "./smooth-spread.kernel.js";

const NONE = Number.POSITIVE_INFINITY;

/**
 * Per variable of a group (the main one first): K tiles, and iterations along the two axes of the packed fan-out (of others than the main one
 * only at most), at least and at most.
 */
export interface Box {
  readonly lo: Int32Array;
  readonly hi: Int32Array;
  /** The keys that may still matter. */
  readonly keys: Int32Array;
  /** K: 1 where loops of another group slide the node's tile, so that this group's bring it whole. */
  readonly whole: Uint8Array;
  /** Per variable (the main one first): bits of the regions in which it has no temporal loop. */
  readonly closed: Int32Array;
}

/** What a call found least for a state of the packing. */
interface Found {
  readonly key: Int32Array;
  readonly member: Int32Array;
  /** nx · 65536 + ny of the main variable. */
  readonly own: Int32Array;
}

/** Weights of a variable's bins under some coefficients. */
interface Weights {
  readonly bins: Float64Array;
  readonly slots: Int32Array;
}

/** What the groups of one placement share: keys by group and open bins; null where they would be too many. */
export type Keys = Map<string, readonly Key[] | null>;

/**
 * The smooth chains of a group (smooth.ts): for any coefficients of the columns, the least cost of its part for every state of the packing. The
 * variable of the largest bound, the *main* one, is stepped through node by node, tile by tile; chains of the others are listed.
 */
export class SmoothGroup {
  /** Whether the group is one that this bound is made for. */
  readonly isSuited: boolean;
  readonly least: Float64Array;
  /** An earlier group whose variables stand in every tensor, and in the order, just as this group's do. */
  private readonly twin: SmoothGroup | null;
  private readonly main: number;
  private readonly sides: readonly number[];
  private readonly slots: readonly (readonly Slot[])[];
  private readonly bound: number;
  private readonly K: number;
  private readonly C: number;
  private readonly B: number;
  private keys: readonly Key[] = [];
  private readonly packing: SmoothPacking;
  private readonly found: Found;
  private readonly spread: SmoothSpread;
  private readonly chains: SmoothChains;
  /** Per column: the nodes whose tiles it holds, and the node that it enters. */
  private readonly tileOf: readonly (readonly number[])[];
  private readonly entered: readonly number[];
  private lo: Int32Array;
  private hi: Int32Array;
  private inside: Int32Array;
  private whole: Uint8Array;
  private closed: Int32Array;
  private mainWeights: Weights;
  private sideWeights: readonly Weights[] = [];
  /** Per variable: iterations along x and y of the packed fan-out in the latest pick. */
  uses: number[][] = [];
  private readonly tau: Float64Array;
  private readonly eps: Float64Array;

  constructor(
    setting: Setting,
    relaxation: Relaxation,
    packing: SmoothPacking,
    group: number,
    slotsOfVariable: readonly (readonly Slot[])[],
    keys: Keys,
    twin: SmoothGroup | null,
  ) {
    const { problem, placement, layout } = setting;
    const variables = [...problem.groups[group]!.variables].sort((a, b) => problem.bounds[b]! - problem.bounds[a]!);
    this.main = variables[0]!;
    this.sides = variables.slice(1);
    this.twin = twin;
    this.slots = slotsOfVariable;
    this.K = placement.nodes.length;
    this.C = relaxation.columns.length;
    this.bound = problem.bounds[this.main]!;
    this.packing = packing;
    const sizes = problem.fanouts.flatMap((level) => {
      const fanout = problem.architecture.levels[level]!;
      return fanout.kind === "fanout" ? [fanout.x, fanout.y] : [1, 1];
    });
    const regionOfAxis = problem.fanouts.flatMap((level) => {
      const at = placement.fanouts.findIndex((there) => there.includes(level));
      return [at, at];
    });
    const bins = { regions: this.K + 1, regionOfAxis };
    this.B = this.K + 1 + regionOfAxis.length;
    const nodeOf = new Map(placement.nodes.map((_, j) => [layout.tile(j), j]));
    this.tileOf = relaxation.columns.map(({ times }) => times.flatMap((a) => (nodeOf.has(a) ? [nodeOf.get(a)!] : [])));
    this.entered = relaxation.columns.map(({ entered }) => entered);
    this.tau = new Float64Array(this.K);
    this.eps = new Float64Array(this.K);
    const states = packing.packing.states;
    this.least = new Float64Array(states).fill(NONE);
    this.found = { key: new Int32Array(states), member: new Int32Array(states), own: new Int32Array(states) };
    const open = this.sides.map((v) =>
      [...new Set(this.slots[v]!.map(({ region, axis }) => (axis < 0 ? region : this.K + 1 + axis)))].join(),
    );
    const name = `${group} ${open.join("/")}`;
    const listed = keys.get(name);
    const made =
      listed === undefined && this.bound <= MOST_STATES
        ? keysOf(setting, relaxation, group, { main: this.main, sides: this.sides, slots: this.slots, bins, sizes })
        : (listed ?? null);
    keys.set(name, made);
    this.isSuited = made !== null;
    this.keys = made ?? [];
    this.spread = new SmoothSpread(bins, packing, sizes);
    this.chains = new SmoothChains(this.isSuited ? this.bound : 1, this.K, this.spread);
    const { lo, hi, keys: all, whole, closed } = this.wholeBox();
    this.lo = lo;
    this.hi = hi;
    this.inside = all;
    this.whole = whole;
    this.closed = closed;
    this.mainWeights = { bins: new Float64Array(0), slots: new Int32Array(0) };
  }

  /** Sets `least` for the coefficients. */
  evaluate(coef: Float64Array): void {
    const { tau, eps, C, least } = this;
    tau.fill(0);
    eps.fill(0);
    for (let c = 0; c < C; c++) {
      if (coef[c] === 0) continue;
      for (const j of this.tileOf[c]!) tau[j]! += coef[c]!;
      if (this.entered[c]! >= 0) eps[this.entered[c]!]! += coef[c]!;
    }
    this.mainWeights = this.weigh(this.slots[this.main]!, coef, false, this.closed[0]!);
    this.spread.weights = this.mainWeights.bins;
    this.sideWeights = this.sides.map((v, i) => this.weigh(this.slots[v]!, coef, true, this.closed[i + 1]!));
    if (this.twin !== null && this.isLike(this.twin)) {
      const { key, member, own } = this.twin.found;
      least.set(this.twin.least);
      this.found.key.set(key);
      this.found.member.set(member);
      this.found.own.set(own);
      return;
    }
    least.fill(NONE);
    this.visit((state, cost, k, member, own) => {
      if (cost >= least[state]!) return;
      least[state] = cost;
      this.found.key[state] = k;
      this.found.member[state] = member;
      this.found.own[state] = own;
    });
  }

  /** Whether a group that moves the same tensors in the same way was asked the same. */
  private isLike({ mainWeights, sideWeights, lo, hi, inside, whole, closed }: SmoothGroup): boolean {
    const same = (a: ArrayLike<number>, b: ArrayLike<number>): boolean => {
      if (a.length !== b.length) return false;
      for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
      return true;
    };
    return (
      same(mainWeights.bins, this.mainWeights.bins) &&
      sideWeights.every(({ bins }, i) => same(bins, this.sideWeights[i]!.bins)) &&
      same(lo, this.lo) &&
      same(hi, this.hi) &&
      same(whole, this.whole) &&
      same(closed, this.closed) &&
      same(inside, this.inside)
    );
  }

  /** The keys of which some choice beside the others (`through`: their least cost, by state) costs no more than `most`, under the latest coefficients. */
  survivors(through: Float64Array, most: number): Int32Array {
    const left = new Set<number>();
    this.visit((state, cost, k) => {
      if (cost + through[state]! <= most) left.add(k);
    });
    return Int32Array.from(left);
  }

  /** Goes through the least choices of every key in the box. */
  private visit(tell: (state: number, cost: number, key: number, member: number, own: number) => void): void {
    const { x: X, y: Y, fanout } = this.packing;
    const classes = this.classes();
    const cost = new Float64Array(this.K * (this.bound + 1));
    for (const k of this.inside) {
      const key = this.keys[k]!;
      const uses = this.cheapest(key);
      if (uses.size === 0) continue;
      this.nodeCosts(key, cost);
      const own = this.chains.solve(cost, classes);
      if (own === null) continue;
      for (const [use, [member, base]] of uses) {
        const [ux, uy] = [use >> 16, use & 65535];
        for (let i = 0; i < classes.length; i++) {
          const [nx, ny] = [classes[i]! >> 16, classes[i]! & 65535];
          if (ux * nx > X || uy * ny > Y) continue;
          tell(fanout < 0 ? 0 : (ux * nx - 1) * Y + uy * ny - 1, base + own[i]!, k, member, classes[i]!);
        }
      }
    }
  }

  /** Whether the side variables' tiles are in the box. */
  private isInside({ tiles }: Key): boolean {
    const { K, lo, hi } = this;
    for (let i = 0; i < this.sides.length; i++)
      for (let j = 0; j < K; j++) {
        const at = (i + 1) * (K + 2) + j;
        if (tiles[j]![i]! < lo[at]! || tiles[j]![i]! > hi[at]!) return false;
      }
    return true;
  }

  /** The variables, in the order of a box, and the regions in which some have temporal places. */
  get variables(): readonly number[] {
    return [this.main, ...this.sides];
  }
  get regions(): ReadonlySet<number> {
    return new Set(
      this.variables.flatMap((v) => this.slots[v]!.filter(({ axis }) => axis < 0).map(({ region }) => region)),
    );
  }

  /** Confines the tiles at nodes and the iterations along the packed fan-out (the main variable's, then the side variables' tiles) to a box. */
  confine(box: Box): void {
    this.lo = box.lo;
    this.hi = box.hi;
    this.spread.least = [box.lo[this.K]!, box.lo[this.K + 1]!];
    this.whole = box.whole;
    this.closed = box.closed;
    this.inside = box.keys.filter((k) => this.isInside(this.keys[k]!));
  }

  /** The box of all chains. */
  wholeBox(): Box {
    const n = (1 + this.sides.length) * (this.K + 2);
    return {
      lo: new Int32Array(n).fill(1),
      hi: new Int32Array(n).fill(65535),
      keys: Int32Array.from(this.keys.keys()),
      whole: new Uint8Array(this.K),
      closed: new Int32Array(1 + this.sides.length),
    };
  }

  private weigh(slots: readonly Slot[], coef: Float64Array, isSide: boolean, closed: number): Weights {
    const { B, C, K } = this;
    const bins = new Float64Array(B).fill(NONE);
    const at = new Int32Array(B).fill(-1);
    slots.forEach(({ region, axis, powers, meeting }, s) => {
      if (axis < 0 && (closed & (1 << region)) !== 0) return;
      let weight = 0;
      for (let c = 0; c < C; c++) if (coef[c] !== 0) weight += coef[c]! * (powers[c]! - (isSide ? meeting[c]! : 0));
      const bin = axis < 0 ? region : K + 1 + axis;
      if (weight < bins[bin]!) {
        bins[bin] = weight;
        at[bin] = s;
      }
    });
    return { bins, slots: at };
  }

  /** Ways to spread the main variable along the packed fan-out that may be worth it. */
  private classes(): readonly number[] {
    const { packing, bound, K, lo, hi } = this;
    const { bins } = this.mainWeights;
    const split = this.spread.splitRegion;
    const { fanout, x, y } = packing;
    if (split < 0) return fanout >= 0 && (lo[K]! > 1 || lo[K + 1]! > 1) ? [] : [65537];
    const a = K + 1 + 2 * fanout;
    const most = (at: number, size: number): number => {
      const n = bins[a + at]! < NONE ? Math.min(size, bound, hi[K + at]!) : 1;
      return bins[a + at]! < bins[split]! ? n : Math.min(n, Math.max(1, lo[K + at]!));
    };
    const found: number[] = [];
    for (const nx of worthwhile(x, lo[K]!, most(0, x)))
      for (const ny of worthwhile(y, lo[K + 1]!, most(1, y))) found.push(nx * 65536 + ny);
    return found;
  }

  /** Per use of the packed fan-out by side chains: the cheapest member, and its cost. */
  private cheapest({ members }: Key): Map<number, readonly [number, number]> {
    const { fanout, x, y } = this.packing;
    const best = new Map<number, readonly [number, number]>();
    members.forEach((chains, m) => {
      let cost = 0;
      let [ux, uy] = [1, 1];
      chains.forEach(({ logs, uses }, i) => {
        const { bins } = this.sideWeights[i]!;
        for (let b = 0; b < logs.length; b++) if (logs[b]! > 0) cost += logs[b]! * bins[b]!;
        if (fanout >= 0) {
          ux *= uses[2 * fanout]!;
          uy *= uses[2 * fanout + 1]!;
        }
      });
      if (cost === NONE || ux > x || uy > y || !this.isNarrow(chains)) return;
      const use = ux * 65536 + uy;
      if (cost < (best.get(use)?.[1] ?? NONE)) best.set(use, [m, cost]);
    });
    return best;
  }

  /** Whether the side variables go along the packed fan-out no further than they may. */
  private isNarrow(chains: readonly SideChain[]): boolean {
    const { K, hi } = this;
    const { fanout } = this.packing;
    return (
      fanout < 0 ||
      chains.every(({ uses }, i) =>
        [0, 1].every((axis) => uses[2 * fanout + axis]! <= hi[(i + 1) * (K + 2) + K + axis]!),
      )
    );
  }

  private nodeCosts({ tile, enter }: Key, cost: Float64Array): void {
    const { K, tau, eps, lo, hi, whole } = this;
    const width = this.bound + 1;
    for (let j = 0; j < K; j++)
      for (let t = 1; t < width; t++) {
        const at = j * width + t;
        cost[at] =
          tile[at] === NONE || t < lo[j]! || t > hi[j]!
            ? NONE
            : tau[j]! * tile[at]! + eps[j]! * (whole[j] === 1 ? tile[at]! : enter[at]!);
      }
  }

  /** Adds the logs of the least chains of a state to `columns`; returns where they stand, in the order of a box. */
  pick(state: number, columns: Float64Array): Int32Array {
    this.uses = this.variables.map(() => [1, 1]);
    const key = this.keys[this.found.key[state]!]!;
    const own = this.found.own[state]!;
    const { K, bound } = this;
    const width = bound + 1;
    const cost = new Float64Array(K * width);
    this.nodeCosts(key, cost);
    const bins = new Float64Array(this.B);
    const tiles = this.chains.trace(cost, own, bins);
    this.take(this.slots[this.main]!, this.mainWeights, bins, false, columns);
    key.members[this.found.member[state]!]!.forEach(({ logs }, i) => {
      this.take(this.slots[this.sides[i]!]!, this.sideWeights[i]!, Float64Array.from(logs), true, columns);
    });
    for (let c = 0; c < this.C; c++) {
      for (const j of this.tileOf[c]!) columns[c]! += key.tile[j * width + tiles[j]!]!;
      const j = this.entered[c]!;
      if (j >= 0) columns[c]! += (this.whole[j] === 1 ? key.tile : key.enter)[j * width + tiles[j]!]!;
    }
    const place = new Int32Array((1 + this.sides.length) * (K + 2)).fill(1);
    place.set(tiles);
    const { fanout } = this.packing;
    for (let axis = 0; axis < 2 && fanout >= 0; axis++) {
      place[K + axis] = Math.ceil(Math.exp(bins[K + 1 + 2 * fanout + axis]!) - 1e-9);
      this.uses[0]![axis] = place[K + axis]!;
    }
    key.members[this.found.member[state]!]!.forEach(({ uses }, i) => {
      for (let j = 0; j < K; j++) place[(i + 1) * (K + 2) + j] = key.tiles[j]![i]!;
      for (let axis = 0; axis < 2 && fanout >= 0; axis++) this.uses[i + 1]![axis] = uses[2 * fanout + axis]!;
    });
    return place;
  }

  private take(
    slots: readonly Slot[],
    weights: Weights,
    bins: Float64Array,
    isSide: boolean,
    columns: Float64Array,
  ): void {
    for (let b = 0; b < this.B; b++) {
      if (bins[b]! <= 0) continue;
      const { powers, meeting } = slots[weights.slots[b]!]!;
      for (let c = 0; c < this.C; c++) columns[c]! += bins[b]! * (powers[c]! - (isSide ? meeting[c]! : 0));
    }
  }
}

/** Numbers of iterations along an axis, from `lo` to `hi`, that may be worth it: any other leaves no more to others than a greater one, which allows all that it does. */
function worthwhile(size: number, lo: number, hi: number): readonly number[] {
  const found: number[] = [];
  for (let n = lo; n <= hi; n++) if (n === hi || Math.floor(size / n) !== Math.floor(size / (n + 1))) found.push(n);
  return found;
}
