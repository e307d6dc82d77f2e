import type { Arena } from "./arena.kernel.js";
import type { Objective } from "./objective.js";
import type { OpenRows } from "./open.kernel.js";
import type { Packing } from "./packing.js";
import { Packer } from "./packing.kernel.js";
import type { Relaxation } from "./relaxation.js";
import { Terms } from "./terms.kernel.js";

/** What carries over from a node to its children: the point at which the bound was built, and its multipliers. */
export interface Start {
  readonly point: Float64Array;
  readonly multipliers: Float64Array;
  readonly shares: Float64Array;
  /** Power of the delay. */
  readonly delayPower: number;
  /** Per group: rows (ids) that were the least under some multipliers. */
  readonly working: readonly (readonly number[])[];
}

export interface Linear {
  readonly constant: number;
  /** C. */
  readonly coefficients: Float64Array;
}

const STEPS = 12;
/** A difference counts with its own weight once x is surely this many times y (1 − 1/v ≥ KEEP); else by what its drains cover. */
const KEEP = 0.85;
const NONE = Number.POSITIVE_INFINITY;
/** Log of a value below all that objectives have. */
const NOTHING = -1e12;
/** The delay's power under a cap, before anything is known, and the least that it may fall to. */
const FIRST_POWER = 0.1;
const LEAST_POWER = 1e-6;

/**
 * Lower bounds of the log of the objective over all choices of one row a group.
 *
 * The objective is (Σ w·x)^a · (max d)^b where every x is a product of one factor a group. For any shares λ (Σ λ = 1) the inequality of
 * means gives Σ w·x ≥ Π (w·x / λ)^λ, for any σ (Σ σ = 1) max d ≥ Π d^σ, and a capacity Σ x ≤ C gives
 * Π (x / (μ·C))^(ν·μ) ≤ 1 for any ν ≥ 0 and Σ μ = 1. In logarithms all of these are *sums over groups*, so their total is least where each group's
 * own sum is least: a linear function of the row. Fan-outs are packed exactly along the way (packing.ts). This is the
 * Lagrangian dual of the discrete problem; it is a valid bound for every choice of shares and multipliers, and tight for the best.
 * They are found by averaging (the volume algorithm): λ are the terms' shares at a running mean of the minimising choices; ν follow
 * the capacities' violations. Most steps look at a few *working* rows only; a full pass over all rows gives the bound and new working rows.
 *
 * A cap on the cycles is such a multiplier, too: for any ν ≥ 0, log E ≥ log E + ν·(log D − log cap). So under a cap the delay has a power
 * that is looked for.
 *
 * Differences w·(x − y), x = y·v: with v ≥ v₀ over all open rows, x − y ≥ (1 − 1/v₀)·x. Or, where another product z of weight ≥ w never
 * is below y, w·(x − y) + w·z ≥ w·x.
 */
export class Dual {
  /** The best bound of the latest call, its constant, and per group the costs of rows. */
  bound: number = Number.NEGATIVE_INFINITY;
  constant: number = Number.NEGATIVE_INFINITY;
  readonly costs: Float64Array[] = [];
  /** Per group and class: the least total through the class, less the class's own least cost. */
  readonly through: readonly Float64Array[];

  private readonly C: number;
  /** Groups of the latest call; joined ones count once. */
  private G = 0;
  private readonly energyPower: number;
  /** The objective's; under a cap, its multiplier. */
  private delayPower: number;
  /** Log of the most cycles; Infinity: as many as it takes. */
  private readonly cap: number;
  private readonly states: number;
  private readonly energy: Terms;
  private readonly delays: readonly Terms[];
  private readonly cover: Int32Array;
  /** Capacities, and fan-outs that are not packed exactly. */
  private readonly caps: readonly Cap[];
  /** The columns that are the v of some difference. */
  private readonly differing: Int32Array;
  private readonly energyConstant: number;
  /** Log weights of the energy's terms and of each delay's; −∞: absent. Last of the energy's: the constant. */
  private readonly energyWeights: Float64Array;
  private readonly delayWeights: Float64Array[];
  /** Whether a delay counts (1, else 0): those that may be nothing are left to the others. */
  private readonly counts: Uint8Array;

  readonly point: Float64Array;
  readonly multipliers: Float64Array;
  readonly shares: Float64Array;
  private readonly coef: Float64Array;
  private readonly pick: Float64Array;
  /** Per column that is the v of a difference: its least over the open rows, in total. */
  private readonly leasts: Float64Array;
  private readonly values: Float64Array;
  private readonly delayLogs: Float64Array;
  private readonly kept: { point: Float64Array; multipliers: Float64Array; shares: Float64Array; delayPower: number };
  private readonly packer: Packer;
  /** Per group and state: the row of the least cost. */
  private readonly leastRow: Int32Array[] = [];
  /** Per group: the chosen state, then row. */
  private readonly chosen: Int32Array;
  private readonly spare: Float64Array[] = [];
  private lastLog: number = Number.NEGATIVE_INFINITY;
  private readonly arena: Arena | null;

  /** `arena`: where a run puts the costs of its rows; null: they are kept. */
  constructor(
    relaxation: Relaxation,
    objective: Objective,
    packing: Packing,
    cover: Int32Array,
    groups: number,
    cap: number,
    arena: Arena | null = null,
  ) {
    this.arena = arena;
    this.C = relaxation.columns.length;
    this.energyPower = objective.energyPower;
    this.cap = cap;
    this.delayPower = cap < NONE ? FIRST_POWER : objective.delayPower;
    this.states = packing.states;
    const delays = relaxation.delays.filter((terms) => terms.length > 0);
    const leaking = relaxation.leakage > 0 ? (delays[0] ?? []).filter(({ v }) => v < 0) : [];
    const energy = [
      ...relaxation.energy,
      ...leaking.map(({ weight, column, v }) => ({ weight: weight * relaxation.leakage, column, v })),
      ...relaxation.leaks.map(({ weight, lasting }) => ({ weight, column: lasting, v: -1 })),
    ];
    this.energy = new Terms(energy);
    this.delays = delays.map((terms) => new Terms(terms));
    this.differing = differingIn([this.energy, ...this.delays]);
    this.cover = cover;
    this.energyConstant = relaxation.constant;
    this.caps = [
      ...relaxation.capacities.map(({ columns, most }) => new Cap(columns, most)),
      ...relaxation.fanouts.filter((_, a) => !packing.exact[a]).map(({ column, most }) => new Cap([column], most)),
    ];
    this.energyWeights = new Float64Array(energy.length + 1);
    this.delayWeights = delays.map((terms) => new Float64Array(terms.length));
    this.counts = new Uint8Array(this.delays.length).fill(1);
    const M = this.caps.reduce((n, { columns }) => n + columns.length, 0);
    const D = this.delays.length;
    this.point = new Float64Array(this.C);
    this.multipliers = new Float64Array(M).fill(0.02);
    this.shares = new Float64Array(D).fill(1 / D);
    this.coef = new Float64Array(this.C);
    this.pick = new Float64Array(this.C);
    this.leasts = new Float64Array(this.C);
    this.values = new Float64Array(Math.max(energy.length + 1, ...delays.map((d) => d.length)));
    this.delayLogs = new Float64Array(D);
    this.kept = {
      ...{ point: new Float64Array(this.C), multipliers: new Float64Array(M), shares: new Float64Array(D) },
      delayPower: this.delayPower,
    };
    this.chosen = new Int32Array(groups);
    this.packer = new Packer(packing, groups);
    this.through = this.packer.through;
    for (let g = 0; g < groups; g++) {
      this.leastRow.push(new Int32Array(packing.states));
      this.costs.push(new Float64Array(0));
      this.spare.push(new Float64Array(0));
    }
  }

  /**
   * Bounds the open rows from below, in at most `most` full passes; stops early once the bound reaches the cutoff. `working` grows
   * by the rows that were found least. Infinity where the fan-outs cannot be packed.
   */
  run(open: readonly OpenRows[], start: Start | null, working: number[][], cutoff: number, most: number): number {
    this.bound = Number.NEGATIVE_INFINITY;
    this.G = open.length;
    this.setRoom(open);
    this.setLeasts(open);
    this.weigh(this.leasts);
    if (start === null) this.startFrom(open);
    else {
      this.point.set(start.point);
      this.multipliers.set(start.multipliers);
      this.shares.set(start.shares);
      if (this.cap < NONE) this.delayPower = Math.max(start.delayPower, LEAST_POWER);
    }
    this.settleShares();
    for (let pass = 0; pass < most; pass++) {
      const fresh = this.full(open, working, this.weightsAt());
      if (this.bound >= cutoff || fresh < 0) return this.bound;
      if (fresh === 0 && pass >= 2) return this.bound;
      if (pass === 0 && start === null) this.point.set(this.pick);
      this.improve(open, working, pass);
    }
    this.full(open, working, this.weightsAt());
    return this.bound;
  }

  /** The power to which the latest bound holds each column. */
  get weights(): Float64Array {
    return this.coef;
  }

  /** Where to begin when nothing is known. */
  unknown(): Start {
    this.point.fill(0);
    this.multipliers.fill(0.02);
    this.shares.fill(1 / this.delays.length);
    return this.start([]);
  }

  /** What a child may start from. */
  start(working: readonly (readonly number[])[]): Start {
    const { point, multipliers, shares, delayPower } = this;
    return { point: point.slice(), multipliers: multipliers.slice(), shares: shares.slice(), delayPower, working };
  }

  /**
   * The linear bound at a start: constant + Σ coefficients · columns is never above the log of the objective for rows whose
   * columns are at least `leasts` in total.
   */
  linear(start: Omit<Start, "working">, leasts: Float64Array): Linear {
    this.weigh(leasts);
    this.point.set(start.point);
    this.multipliers.set(start.multipliers);
    this.shares.set(start.shares);
    if (this.cap < NONE) this.delayPower = start.delayPower;
    this.settleShares();
    const constant = this.weightsAt();
    return { constant, coefficients: this.coef.slice() };
  }

  /** Shares only for delays that count, 1 in all. */
  private settleShares(): void {
    const { shares, counts } = this;
    let sum = 0;
    for (let d = 0; d < shares.length; d++) {
      if (counts[d] === 0) shares[d] = 0;
      else if (!(shares[d]! > 1e-9)) shares[d] = 1e-9;
      sum += shares[d]!;
    }
    for (let d = 0; d < shares.length; d++) shares[d]! /= sum;
  }

  /** The weights of terms, given the least of columns over the open rows, in total. */
  private weigh(leasts: Float64Array): void {
    const { energy, energyWeights: logs, cover, delays, delayWeights, counts } = this;
    const { weights, factors } = energy;
    const n = weights.length;
    for (let t = 0; t < n; t++) logs[t] = factors[t]! < 0 ? weights[t]! : 0;
    for (let t = 0; t < n; t++) {
      if (factors[t]! < 0) continue;
      const weight = weights[t]!;
      const kept = keptOf(leasts[factors[t]!]!);
      const z = cover[t]!;
      if (kept < KEEP && z >= 0 && logs[z]! >= weight) {
        logs[z]! -= weight;
        logs[t] = weight;
      } else logs[t] = weight * kept;
    }
    logs[n] = this.energyConstant;
    for (let t = 0; t <= n; t++) logs[t] = logs[t]! > 1e-12 ? Math.log(logs[t]!) : -NONE;
    for (let d = 0; d < delays.length; d++) counts[d] = weighDelay(delays[d]!, leasts, delayWeights[d]!);
  }

  /** Room for the costs of all rows, twice. */
  private setRoom(open: readonly OpenRows[]): void {
    const { costs, spare, arena } = this;
    for (let g = 0; g < this.G; g++) {
      const n = open[g]!.ids.length;
      if (arena !== null) costs[g] = arena.floats(n);
      if (arena !== null) spare[g] = arena.floats(n);
      else if (spare[g]!.length < n) spare[g] = new Float64Array(n);
    }
  }

  private setLeasts(open: readonly OpenRows[]): void {
    const { leasts, differing, pick } = this;
    leasts.fill(0);
    for (let g = 0; g < this.G; g++) {
      leastOf(open[g]!, differing, pick);
      for (let k = 0; k < differing.length; k++) leasts[differing[k]!]! += pick[differing[k]!]!;
    }
    for (let c = 0; c < leasts.length; c++) if (!(leasts[c]! > 1e-9)) leasts[c] = 0;
  }

  private startFrom(open: readonly OpenRows[]): void {
    const { C, point, pick } = this;
    const all = Int32Array.from(point.keys());
    point.fill(0);
    for (let g = 0; g < this.G; g++) {
      leastOf(open[g]!, all, pick);
      for (let c = 0; c < C; c++) point[c]! += pick[c]!;
    }
    this.multipliers.fill(0.02);
    this.shares.fill(1 / this.delays.length);
  }

  /**
   * Adds the shares of some terms at the point to the coefficients; the log of their sum (then `lastLog`) less its linear part. One weight more than
   * terms: a constant.
   */
  private share({ columns, factors }: Terms, weights: Float64Array, scale: number): number {
    const { point, coef, values } = this;
    const n = weights.length;
    let most = -NONE;
    for (let t = 0; t < n; t++) {
      let x = weights[t]!;
      if (t < columns.length && x > -NONE) {
        x += point[columns[t]!]!;
        if (factors[t]! >= 0) x += point[factors[t]!]!;
      }
      values[t] = x;
      if (x > most) most = x;
    }
    let sum = 0;
    for (let t = 0; t < n; t++) {
      const e = values[t]! > -NONE ? Math.exp(values[t]! - most) : 0;
      values[t] = e;
      sum += e;
    }
    const log = most + Math.log(sum);
    let linear = 0;
    for (let t = 0; t < columns.length; t++) {
      if (values[t] === 0) continue;
      const share = (scale * values[t]!) / sum;
      const column = columns[t]!;
      const v = factors[t]!;
      coef[column]! += share;
      linear += share * point[column]!;
      if (v >= 0) {
        coef[v]! += share;
        linear += share * point[v]!;
      }
    }
    this.lastLog = log;
    return scale * log - linear;
  }

  /** Sets the coefficients of the linear bound at the present point and multipliers; returns its constant. */
  private weightsAt(): number {
    const { coef, caps, multipliers, shares } = this;
    coef.fill(0);
    let constant = 0;
    if (this.energyPower > 0) constant += this.share(this.energy, this.energyWeights, this.energyPower);
    if (this.delayPower > 0)
      for (let d = 0; d < this.delays.length; d++) {
        if (this.counts[d] === 0) {
          this.delayLogs[d] = -NONE;
          continue;
        }
        constant += this.share(this.delays[d]!, this.delayWeights[d]!, this.delayPower * shares[d]!);
        this.delayLogs[d] = this.lastLog;
      }
    if (this.cap < NONE) constant -= this.delayPower * this.cap;
    for (let k = 0, m = 0; k < caps.length; m += caps[k++]!.columns.length)
      constant = addCap(caps[k]!, multipliers, m, coef, constant);
    // Where every term may be nothing, the bound says nothing, but rows still have costs.
    return constant > NOTHING ? constant : NOTHING;
  }

  /** Packs the groups' least rows: the least total, Infinity where nothing packs, and the choice that attains it. */
  private pack(open: readonly OpenRows[]): number {
    const { G, C, packer, leastRow, pick, chosen } = this;
    const total = packer.total(G);
    if (total === NONE) return NONE;
    packer.choices(G, chosen);
    pick.fill(0);
    for (let g = 0; g < G; g++) {
      const row = leastRow[g]![chosen[g]!]!;
      chosen[g] = row;
      const { begins, logs } = open[g]!;
      for (let c = 0, at = begins[row]!; c < C; c++, at++) pick[c]! += logs[at]!;
    }
    return total;
  }

  /** One pass over all rows; the number of rows new to the working ones, −1 where nothing packs. */
  private full(open: readonly OpenRows[], working: number[][], constant: number): number {
    const { G, coef } = this;
    for (let g = 0; g < G; g++) {
      const rows = open[g]!;
      if (this.spare[g]!.length < rows.ids.length) this.spare[g] = new Float64Array(rows.ids.length);
      priceAll(rows, coef, this.spare[g]!, this.packer.least[g]!, this.leastRow[g]!);
    }
    const total = this.pack(open);
    if (total === NONE) {
      this.bound = NONE;
      return -1;
    }
    let fresh = 0;
    for (let g = 0; g < G; g++) {
      const i = this.chosen[g]!;
      if (working[g]!.includes(i)) continue;
      working[g]!.push(i);
      fresh++;
    }
    if (constant + total > this.bound) {
      this.bound = constant + total;
      this.constant = constant;
      for (let g = 0; g < G; g++) {
        const costs = this.spare[g]!;
        this.spare[g] = this.costs[g]!;
        this.costs[g] = costs;
      }
      this.packer.spread(G);
    }
    return fresh;
  }

  /** Per state: the least of the costs of rows with these states. */
  leastsOf(classes: Int32Array, costs: Float64Array): Float64Array {
    const least = new Float64Array(this.states).fill(NONE);
    for (let i = 0; i < classes.length; i++) if (costs[i]! < least[classes[i]!]!) least[classes[i]!] = costs[i]!;
    return least;
  }

  /** Per state: the least total, beside it, of the groups from `first` on, but x and y, given the least costs of each. */
  restBeside(leasts: readonly Float64Array[], first: number, x: number, y: number): Float64Array {
    return this.packer.beside(leasts.filter((_, g) => g >= first && g !== x && g !== y));
  }

  /** Moves the point and the multipliers for the bound over the working rows alone; keeps the best of some steps. */
  private improve(open: readonly OpenRows[], working: readonly (readonly number[])[], pass: number): void {
    const { C, G, coef, point, pick, multipliers, shares, kept, packer, leastRow } = this;
    const rows: Int32Array[] = [];
    for (let g = 0; g < G; g++) rows.push(new Int32Array(working[g]!));
    let best = -NONE;
    for (let step = 0; step < STEPS; step++) {
      const constant = this.weightsAt();
      for (let g = 0; g < G; g++) priceSome(open[g]!, rows[g]!, coef, packer.least[g]!, leastRow[g]!);
      const bound = constant + this.pack(open);
      if (bound > best) {
        best = bound;
        kept.point.set(point);
        kept.multipliers.set(multipliers);
        kept.shares.set(shares);
        kept.delayPower = this.delayPower;
      }
      const towards = 1 / (step + 4);
      for (let c = 0; c < C; c++) point[c]! += towards * (pick[c]! - point[c]!);
      this.moveMultipliers(0.5 / Math.sqrt(1 + step / 8) / (1 + pass * 0.3));
    }
    point.set(kept.point);
    multipliers.set(kept.multipliers);
    shares.set(kept.shares);
    this.delayPower = kept.delayPower;
  }

  /** Moves what stands for capacities, the cap on cycles and the delays' maximum towards what the latest choice violates. */
  private moveMultipliers(size: number): void {
    const { caps, pick, multipliers, shares, delayLogs } = this;
    for (let k = 0, m = 0; k < caps.length; m += caps[k++]!.columns.length)
      moveCap(caps[k]!, pick, multipliers, m, 0.3 * size);
    let largest = -NONE;
    for (let d = 0; d < shares.length; d++) if (delayLogs[d]! > largest) largest = delayLogs[d]!;
    if (this.cap < NONE) {
      const moved =
        this.delayPower + size * bounded(largest - this.cap) * (this.delayPower > 0.1 ? this.delayPower : 0.1);
      this.delayPower = moved > LEAST_POWER ? moved : LEAST_POWER;
    }
    if (this.delayPower > 0 && shares.length > 1) {
      for (let d = 0; d < shares.length; d++) shares[d]! *= Math.exp(2 * size * (delayLogs[d]! - largest));
      this.settleShares();
    }
  }
}

/** The columns that are the v of some difference. */
function differingIn(sums: readonly Terms[]): Int32Array {
  const found = new Set<number>();
  for (const { factors } of sums) for (const v of factors) if (v >= 0) found.add(v);
  return Int32Array.from(found);
}

/** Columns whose sum may be so much at most. */
class Cap {
  readonly columns: Int32Array;
  readonly most: number;

  constructor(columns: readonly number[], most: number) {
    this.columns = Int32Array.from(columns);
    this.most = most;
  }
}

/** Adds the multipliers of a capacity, from the m-th on, to the coefficients; the constant less what they take off. */
function addCap(
  { columns, most }: Cap,
  multipliers: Float64Array,
  m: number,
  coef: Float64Array,
  constant: number,
): number {
  let whole = 0;
  for (let i = 0; i < columns.length; i++) whole += multipliers[m + i]!;
  let left = constant;
  for (let i = 0; i < columns.length; i++) {
    const q = multipliers[m + i]!;
    left -= q * Math.log((most * q) / whole);
    coef[columns[i]!]! += q;
  }
  return left;
}

function moveCap({ columns, most }: Cap, pick: Float64Array, multipliers: Float64Array, m: number, size: number): void {
  let whole = 0;
  for (let i = 0; i < columns.length; i++) whole += multipliers[m + i]!;
  for (let i = 0; i < columns.length; i++) {
    const q = multipliers[m + i]!;
    const over = pick[columns[i]!]! - Math.log((most * q) / whole);
    const moved = q + size * bounded(over) * (q > 0.03 ? q : 0.03);
    multipliers[m + i] = moved > 1e-6 ? moved : 1e-6;
  }
}

const bounded = (x: number): number => (x > 1 ? 1 : x < -1 ? -1 : x);

/** The share of x that x − y keeps at least, where log (x ÷ y) is at least this. */
const keptOf = (log: number): number => 1 - Math.exp(-(log > 0 ? log : 0));

/** Writes the logs of a delay's weights; whether (1, else 0) any term is left. */
function weighDelay({ weights, factors }: Terms, leasts: Float64Array, logs: Float64Array): number {
  let counts = 0;
  for (let t = 0; t < weights.length; t++) {
    const kept = factors[t]! < 0 ? 1 : keptOf(leasts[factors[t]!]!);
    logs[t] = kept > 1e-12 ? Math.log(weights[t]! * kept) : -NONE;
    if (logs[t]! > -NONE) counts = 1;
  }
  return counts;
}

/** Writes the least of some columns over the rows. */
function leastOf({ begins, logs }: OpenRows, columns: Int32Array, leasts: Float64Array): void {
  leasts.fill(NONE);
  for (let i = 0; i < begins.length; i++) {
    const at = begins[i]!;
    for (let k = 0; k < columns.length; k++) {
      const c = columns[k]!;
      if (logs[at + c]! < leasts[c]!) leasts[c] = logs[at + c]!;
    }
  }
}

/** Writes what all rows cost under the coefficients, the least cost of each state and the row that has it. */
function priceAll(
  { begins, logs, classes }: OpenRows,
  coef: Float64Array,
  costs: Float64Array,
  least: Float64Array,
  leastRow: Int32Array,
): void {
  const n = classes.length;
  setCosts(begins, logs, coef, costs);
  least.fill(NONE);
  for (let i = 0; i < n; i++) {
    const k = classes[i]!;
    if (!(costs[i]! < least[k]!)) continue;
    least[k] = costs[i]!;
    leastRow[k] = i;
  }
}

/** Four rows at a time: no sum has to wait for another one. */
function setCosts(begins: Int32Array, logs: Float64Array, coef: Float64Array, costs: Float64Array): void {
  const C = coef.length;
  const n = begins.length;
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const p = begins[i]!;
    const q = begins[i + 1]!;
    const r = begins[i + 2]!;
    const s = begins[i + 3]!;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let k = 0; k < C; k++) {
      const x = coef[k]!;
      a += x * logs[p + k]!;
      b += x * logs[q + k]!;
      c += x * logs[r + k]!;
      d += x * logs[s + k]!;
    }
    costs[i] = a;
    costs[i + 1] = b;
    costs[i + 2] = c;
    costs[i + 3] = d;
  }
  for (; i < n; i++) {
    let sum = 0;
    for (let k = 0, at = begins[i]!; k < C; k++, at++) sum += coef[k]! * logs[at]!;
    costs[i] = sum;
  }
}

/** The same for some of the rows. */
function priceSome(
  { begins, logs, classes }: OpenRows,
  which: Int32Array,
  coef: Float64Array,
  least: Float64Array,
  leastRow: Int32Array,
): void {
  const C = coef.length;
  least.fill(NONE);
  for (let w = 0; w < which.length; w++) {
    const i = which[w]!;
    let sum = 0;
    for (let c = 0, at = begins[i]!; c < C; c++, at++) sum += coef[c]! * logs[at]!;
    const k = classes[i]!;
    if (sum < least[k]!) {
      least[k] = sum;
      leastRow[k] = i;
    }
  }
}
