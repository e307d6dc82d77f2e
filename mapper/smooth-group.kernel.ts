import type { Setting } from "./atoms.js";
import { extentsOf } from "./motion.js";
import type { Axis } from "./problem.js";
import { reuseAt } from "./problem.js";
import type { Relaxation } from "./relaxation.js";
import type { SmoothPacking } from "./smooth-packing.js";
import { type Bins, type SideChain, sideChains } from "./smooth-sides.js";
import { roomsOf, type Slot } from "./smooth-slots.js";

const NONE = Number.POSITIVE_INFINITY;
/** Bounds beyond which the states of a chain would be too many, and the most chains of the other variables of a group. */
const MOST_STATES = 1024;
const MOST_SIDES = 4000;
/** Ratios of tiles that differ by less, as logarithms, count as the lower one. */
const STEP = 0.01;
/** So much of a cost, in logarithms, is given away for speed. */
const MERGED = 3e-4;

/** Distinct ratios of the whole numbers up to a bound. */
interface Ratios {
  readonly logs: Float64Array;
  /** [t · (bound + 1) + u], u ≤ t: the number of t ÷ u. */
  readonly numbers: Uint16Array;
}
const known = new Map<number, Ratios>();

function ratiosOf(bound: number): Ratios {
  const made = known.get(bound);
  if (made !== undefined) return made;
  const width = bound + 1;
  const numbers = new Uint16Array(width * width);
  const isExact = bound <= 40;
  const keys = new Map<number, number>();
  const logs: number[] = [];
  const list: [number, number][] = [];
  for (let t = 1; t <= bound; t++)
    for (let u = 1; u <= t; u++) {
      const log = Math.log(t / u);
      const key = isExact ? Math.round(log * 1e9) : Math.floor(log / STEP);
      if (!keys.has(key)) {
        keys.set(key, 0);
        list.push([key, isExact ? log : key * STEP]);
      }
    }
  list.sort((a, b) => a[0] - b[0]);
  list.forEach(([key, log], i) => {
    keys.set(key, i);
    logs.push(log);
  });
  for (let t = 1; t <= bound; t++)
    for (let u = 1; u <= t; u++) {
      const log = Math.log(t / u);
      numbers[t * width + u] = keys.get(isExact ? Math.round(log * 1e9) : Math.floor(log / STEP))!;
    }
  const ratios = { logs: Float64Array.from(logs), numbers };
  known.set(bound, ratios);
  return ratios;
}

/** Side chains with the same tiles and the same iterations over each node: they leave the same choice to the main variable. */
export interface Key {
  /** Per node and side variable: its tile, and the log of its temporal iterations above. */
  readonly tiles: readonly (readonly number[])[];
  readonly visits: readonly (readonly number[])[];
  /** A chain of each side variable. */
  readonly members: (readonly SideChain[])[];
  /** K × (bound + 1): log tile, and log words that enter a visit of the node, at least. */
  readonly tile: Float64Array;
  readonly enter: Float64Array;
}

/** Per variable of a group (the main one first): K tiles, and iterations along the two axes of the packed fan-out (of others than the main one only at most), at least and at most. */
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
  private readonly bins: Bins;
  private readonly bound: number;
  private readonly K: number;
  private readonly C: number;
  private readonly B: number;
  private keys: readonly Key[] = [];
  private readonly packing: SmoothPacking;
  private readonly sizes: readonly number[];
  private readonly found: Found;
  private readonly ratios: Ratios;
  /** Per column: the nodes whose tiles it holds, and the node that it enters. */
  private readonly tileOf: readonly (readonly number[])[];
  private readonly entered: readonly number[];
  private readonly lowest: Float64Array;
  private readonly useful: Int32Array;
  private readonly merged: Float64Array;
  private lo: Int32Array;
  private hi: Int32Array;
  private inside: Int32Array;
  private whole: Uint8Array;
  private closed: Int32Array;
  private mainWeights: Weights;
  private sideWeights: readonly Weights[] = [];
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
    this.sizes = problem.fanouts.flatMap((level) => {
      const fanout = problem.architecture.levels[level]!;
      return fanout.kind === "fanout" ? [fanout.x, fanout.y] : [1, 1];
    });
    const regionOfAxis = problem.fanouts.flatMap((level) => {
      const at = placement.fanouts.findIndex((there) => there.includes(level));
      return [at, at];
    });
    this.bins = { regions: this.K + 1, regionOfAxis };
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
      listed === undefined && this.bound <= MOST_STATES ? this.listKeys(setting, relaxation, group) : (listed ?? null);
    keys.set(name, made);
    this.isSuited = made !== null;
    this.keys = made ?? [];
    this.ratios = ratiosOf(this.isSuited ? this.bound : 1);
    this.lowest = new Float64Array(this.ratios.logs.length);
    this.useful = new Int32Array(this.ratios.logs.length);
    this.merged = new Float64Array(this.ratios.logs.length);
    const { lo, hi, keys: all, whole, closed } = this.wholeBox();
    this.lo = lo;
    this.hi = hi;
    this.inside = all;
    this.whole = whole;
    this.closed = closed;
    this.mainWeights = { bins: new Float64Array(0), slots: new Int32Array(0) };
  }

  private listKeys(setting: Setting, relaxation: Relaxation, group: number): readonly Key[] | null {
    const { problem, placement } = setting;
    const { sides, K } = this;
    let lists: (readonly SideChain[])[] = [[]];
    for (const v of sides) {
      const open = new Set(this.slots[v]!.map(({ region, axis }) => (axis < 0 ? region : K + 1 + axis)));
      const chains = sideChains(problem.bounds[v]!, this.bins, (bin) => open.has(bin), this.sizes, MOST_SIDES);
      if (chains === null || chains.length * lists.length > MOST_SIDES) return null;
      lists = lists.flatMap((list) => chains.map((chain) => [...list, chain]));
    }
    const rooms = roomsOf(setting, relaxation);
    const byName = new Map<string, Key>();
    const width = this.bound + 1;
    for (const list of lists) {
      const tiles = placement.nodes.map((_, j) => list.map((chain) => chain.tiles[j]!));
      const visits = placement.nodes.map((_, j) =>
        list.map((chain) => chain.logs.slice(0, j + 1).reduce((sum, log) => sum + log, 0)),
      );
      const name = `${tiles.join("/")} ${visits.map((of) => of.map((x) => x.toFixed(6))).join("/")}`;
      const key = byName.get(name);
      if (key !== undefined) {
        key.members.push(list);
        continue;
      }
      const made: Key = {
        tiles,
        visits,
        members: [list],
        tile: new Float64Array(K * width),
        enter: new Float64Array(K * width),
      };
      placement.nodes.forEach(({ tensor, level }, j) => {
        const axes = problem.axes[tensor]![group]!;
        for (let t = 1; t <= this.bound; t++) {
          const extentOf = (v: number): number => (v === this.main ? t : (tiles[j]![sides.indexOf(v)] ?? 1));
          const whole = extentsOf(axes, extentOf).reduce((n, e) => n * e, 1);
          made.tile[j * width + t] = whole > rooms[j]! * (1 + 1e-11) ? NONE : Math.log(whole);
          const words = this.leastWords(
            axes,
            t,
            tiles[j]!,
            visits[j]!,
            whole,
            problem.bounds,
            reuseAt(problem, level) === "none",
          );
          made.enter[j * width + t] = Math.log(words);
        }
      });
      byName.set(name, made);
    }
    return [...byName.values()];
  }

  /**
   * Words that enter at least, on average, with each of the iterations above the node that move its tile. Along one axis an iteration either keeps
   * what a step of the innermost loop keeps, or brings the whole tile; those of other loops may undo each other and bring nothing, which
   * leaves at least half of all. Else: the tile, once.
   */
  private leastWords(
    axes: readonly Axis[],
    tile: number,
    sideTiles: readonly number[],
    sideVisits: readonly number[],
    whole: number,
    bounds: readonly number[],
    isWhole: boolean,
  ): number {
    const movers = [this.main, ...this.sides].filter((v) => axes.some(({ variables }) => variables.includes(v)));
    if (
      axes.every(({ variables }) => variables.length === 1) &&
      new Set(axes.flatMap((a) => a.variables)).size === axes.length
    )
      return whole;
    const tileOf = (v: number): number => (v === this.main ? tile : sideTiles[this.sides.indexOf(v)]!);
    const most = movers.reduce(
      (n, v) => n * (v === this.main ? bounds[v]! / tile : Math.exp(sideVisits[this.sides.indexOf(v)]!)),
      1,
    );
    const once = whole / Math.max(1, most);
    const [axis] = axes;
    if (axes.length !== 1 || axis === undefined) return once;
    if (axis.coefficients.some((c) => c > 0) && axis.coefficients.some((c) => c < 0)) return once;
    const moving = movers.filter((v) =>
      v === this.main ? tile < bounds[v]! : sideVisits[this.sides.indexOf(v)]! > 1e-9,
    );
    if (moving.length === 0) return whole;
    let step = whole;
    if (!isWhole)
      for (const v of moving)
        step = Math.min(step, Math.abs(axis.coefficients[axis.variables.indexOf(v)]!) * tileOf(v));
    if (moving.length > 1) return Math.max(step / 2, once);
    return step * (1 + (whole / step - 1) / Math.max(1, most));
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
      const own = this.solve(cost, classes);
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
    const split = this.splitRegion();
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

  /** Per class the least cost of the main variable's chains; null where none has a cost. */
  private solve(cost: Float64Array, classes: readonly number[]): Float64Array | null {
    const { before, after } = this.sweeps(cost);
    const split = this.splitRegion();
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
      this.setClass(split, classes[i]!);
      const {
        temporal,
        first,
        second,
        firstCap,
        secondCap,
        least: [leastFirst, leastSecond],
      } = this.packed;
      let best = NONE;
      for (let k = 0; k < n; k++) {
        const l = useful[k]!;
        let left = logs[l]! - leastFirst - leastSecond;
        if (left < -1e-12) continue;
        let c = merged[k]! + this.packed.base;
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

  /** What the packed fan-out's region costs for a class: its axes, cheaper one first, how far they go at least, and beyond that at most. */
  private readonly packed = {
    ...{ temporal: 0, first: 0, second: 0, firstBin: 0, secondBin: 0, firstCap: 0, secondCap: 0, base: 0 },
    least: [0, 0] as [number, number],
  };

  private setClass(region: number, own: number): void {
    const { packing, K, packed, lo } = this;
    const w = this.mainWeights.bins;
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
    const least = (at: number): number => LOGS(Math.max(1, lo[K + at]! - 1));
    const [lx, ly] = [least(0), least(1)];
    packed.least = isXFirst ? [lx, ly] : [ly, lx];
    packed.firstCap = LOGS(isXFirst ? nx : ny) - packed.least[0];
    packed.secondCap = LOGS(isXFirst ? ny : nx) - packed.least[1];
    packed.base =
      (packed.least[0] > 0 ? packed.least[0] * packed.first : 0) +
      (packed.least[1] > 0 ? packed.least[1] * packed.second : 0);
  }

  /** The cost of a ratio over the packed fan-out's region for the class that is set; adds the parts to `to`, by bin. */
  private spreadPacked(region: number, log: number, to: Float64Array | null): number {
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

  /** The region of the packed fan-out, −1 where the main variable may not use it. */
  private splitRegion(): number {
    const { fanout } = this.packing;
    if (fanout < 0) return -1;
    const { bins } = this.mainWeights;
    const at = this.K + 1 + 2 * fanout;
    return bins[at] === NONE && bins[at + 1] === NONE ? -1 : this.bins.regionOfAxis[2 * fanout]!;
  }

  /** Costs from the outside up to each region, and from each region to the inside, per extent before it. */
  private sweeps(cost: Float64Array): { before: Float64Array[]; after: Float64Array[] } {
    const { K, bound } = this;
    const split = this.splitRegion();
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
    if (this.isPlain(region)) {
      const w = this.mainWeights.bins[region]!;
      if (w === NONE) return own.slice();
      let best = NONE;
      for (let t = bound; t >= 1; t--) {
        const log = w * LOGS(t);
        if (own[t]! + log < best) best = own[t]! + log;
        result[t] = best - log;
      }
      return result;
    }
    const table = this.table(region);
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
    if (this.isPlain(region)) {
      const w = this.mainWeights.bins[region]!;
      if (w === NONE) return own.slice();
      let best = NONE;
      for (let t = 1; t <= bound; t++) {
        const log = w * LOGS(t);
        if (own[t]! - log < best) best = own[t]! - log;
        result[t] = best + log;
      }
      return result;
    }
    const table = this.table(region);
    for (let t = 1; t <= bound; t++)
      for (let u = 1; u <= t; u++) {
        const c = own[u]! + table[this.ratios.numbers[t * (bound + 1) + u]!]!;
        if (c < result[t]!) result[t] = c;
      }
    return result;
  }

  /** Whether only a temporal place takes factors in the region, or none does. */
  private isPlain(region: number): boolean {
    return this.bins.regionOfAxis.every(
      (at, axis) => at !== region || this.mainWeights.bins[this.K + 1 + axis] === NONE,
    );
  }

  private table(region: number): Float64Array {
    return this.ratios.logs.map((log) => this.spread(region, log, null));
  }

  /**
   * The least cost of a factor in another region: what is cheaper than its temporal place goes along the axes, as far as their sizes allow. `to`: takes
   * the parts, by bin.
   */
  private spread(region: number, log: number, to: Float64Array | null): number {
    const { bins, sizes, K } = this;
    const w = this.mainWeights.bins;
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

  /** Adds the logs of the least chains of a state to `columns`; returns where they stand, in the order of a box. */
  pick(state: number, columns: Float64Array): Int32Array {
    const key = this.keys[this.found.key[state]!]!;
    const own = this.found.own[state]!;
    const { K, bound } = this;
    const width = bound + 1;
    const cost = new Float64Array(K * width);
    this.nodeCosts(key, cost);
    const bins = new Float64Array(this.B);
    const tiles = this.trace(cost, own, bins);
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
    for (let axis = 0; axis < 2 && fanout >= 0; axis++)
      place[K + axis] = Math.ceil(Math.exp(bins[K + 1 + 2 * fanout + axis]!) - 1e-9);
    this.sides.forEach((_, i) => {
      for (let j = 0; j < K; j++) place[(i + 1) * (K + 2) + j] = key.tiles[j]![i]!;
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

  /** The tiles of the least chain of a class; its factors by bin. */
  private trace(cost: Float64Array, own: number, bins: Float64Array): readonly number[] {
    const { K, bound } = this;
    const width = bound + 1;
    const { before, after } = this.sweeps(cost);
    const split = this.splitRegion();
    const tiles = new Array<number>(K).fill(bound);
    let extent = bound;
    if (split >= 0) {
      this.setClass(split, own);
      const below = this.below(cost, after, split);
      let [least, from, to] = [NONE, bound, bound];
      for (let t = 1; t <= bound; t++)
        for (let u = 1; u <= t && before[split]![t]! < NONE; u++) {
          const log = this.ratios.logs[this.ratios.numbers[t * width + u]!]!;
          const rest = before[split]![t]! + below[u]!;
          if (rest >= least) continue;
          const c = rest + this.spreadPacked(split, log, null);
          if (c < least) [least, from, to] = [c, t, u];
        }
      let goal = from;
      for (let r = split - 1; r >= 0; r--) {
        tiles[r] = goal;
        let [best, at] = [NONE, goal];
        for (let t = goal; t <= bound; t++) {
          const c = before[r]![t]! + this.spread(r, this.logOf(r, t, goal), null);
          if (c < best) [best, at] = [c, t];
        }
        this.spread(r, this.logOf(r, at, goal), bins);
        goal = at;
      }
      this.spreadPacked(split, this.ratios.logs[this.ratios.numbers[from * width + to]!]!, bins);
      if (split < K) tiles[split] = to;
      extent = to;
    }
    for (let r = split + 1; r <= K; r++) {
      let [best, at] = [NONE, extent];
      for (let u = 1; u <= extent; u++) {
        const rest = (r < K ? cost[r * width + u]! : 0) + after[r + 1]![u]!;
        if (rest >= best) continue;
        const c = rest + this.spread(r, this.logOf(r, extent, u), null);
        if (c < best) [best, at] = [c, u];
      }
      this.spread(r, this.logOf(r, extent, at), bins);
      if (r < K) tiles[r] = at;
      extent = at;
    }
    return tiles;
  }

  private logOf(region: number, t: number, u: number): number {
    return this.isPlain(region) ? LOGS(t) - LOGS(u) : this.ratios.logs[this.ratios.numbers[t * (this.bound + 1) + u]!]!;
  }
}

const logs = Float64Array.from({ length: MOST_STATES + 2 }, (_, n) => Math.log(Math.max(1, n)));
const LOGS = (n: number): number => (n < logs.length ? logs[n]! : Math.log(n));

/** Numbers of iterations along an axis, from `lo` to `hi`: those between them leave no more of it to others. */
function worthwhile(size: number, lo: number, hi: number): readonly number[] {
  const found: number[] = [];
  for (let n = lo; n <= hi; n++) if (n === hi || Math.floor(size / n) !== Math.floor(size / (n + 1))) found.push(n);
  return found;
}
