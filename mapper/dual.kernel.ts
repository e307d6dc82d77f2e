import type { Objective } from "./objective.js";
import type { OpenRows } from "./open.kernel.js";
import type { Packing } from "./packing.js";
import { Packer } from "./packing.kernel.js";
import type { Relaxation, Term } from "./relaxation.js";

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
  constant = 0;
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
  private readonly energy: readonly Term[];
  private readonly delays: readonly (readonly Term[])[];
  private readonly cover: Int32Array;
  private readonly caps: readonly { readonly columns: readonly number[]; readonly most: number }[];
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
  private readonly values: Float64Array;
  private readonly delayLogs: Float64Array;
  private readonly kept: { point: Float64Array; multipliers: Float64Array; shares: Float64Array; delayPower: number };
  private readonly packer: Packer;
  /** Per group and state: the row of the least cost. */
  private readonly leastRow: Int32Array[] = [];
  /** Per group: the chosen state, then row. */
  private readonly chosen: Int32Array;
  private readonly spare: Float64Array[] = [];

  constructor(
    relaxation: Relaxation,
    objective: Objective,
    packing: Packing,
    cover: Int32Array,
    groups: number,
    cap: number,
  ) {
    this.C = relaxation.columns.length;
    this.energyPower = objective.energyPower;
    this.cap = cap;
    this.delayPower = cap < NONE ? FIRST_POWER : objective.delayPower;
    this.states = packing.states;
    this.delays = relaxation.delays.filter((terms) => terms.length > 0);
    const leaking = relaxation.leakage > 0 ? (this.delays[0] ?? []).filter(({ v }) => v < 0) : [];
    this.energy = [
      ...relaxation.energy,
      ...leaking.map((t) => ({ ...t, weight: t.weight * relaxation.leakage })),
      ...relaxation.leaks.map(({ weight, lasting }) => ({ weight, column: lasting, v: -1 })),
    ];
    this.cover = cover;
    this.energyConstant = relaxation.constant;
    this.caps = [
      ...relaxation.capacities,
      ...relaxation.fanouts
        .filter((_, a) => !packing.exact[a])
        .map(({ column, most }) => ({ columns: [column], most })),
    ];
    this.energyWeights = new Float64Array(this.energy.length + 1);
    this.delayWeights = this.delays.map((terms) => new Float64Array(terms.length));
    this.counts = new Uint8Array(this.delays.length).fill(1);
    const M = this.caps.reduce((n, { columns }) => n + columns.length, 0);
    const D = this.delays.length;
    this.point = new Float64Array(this.C);
    this.multipliers = new Float64Array(M).fill(0.02);
    this.shares = new Float64Array(D).fill(1 / D);
    this.coef = new Float64Array(this.C);
    this.pick = new Float64Array(this.C);
    this.values = new Float64Array(Math.max(this.energy.length + 1, ...this.delays.map((d) => d.length)));
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
    this.weigh((c) => this.leastOf(open, c));
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
    this.weigh((c) => Math.max(leasts[c]!, 0));
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
  private weigh(leastOf: (column: number) => number): void {
    const { energy, energyWeights, cover } = this;
    for (let t = 0; t < energy.length; t++) energyWeights[t] = energy[t]!.v < 0 ? energy[t]!.weight : 0;
    for (let t = 0; t < energy.length; t++) {
      const { v, weight } = energy[t]!;
      if (v < 0) continue;
      const kept = 1 - Math.exp(-leastOf(v));
      const z = cover[t]!;
      if (kept < KEEP && z >= 0 && energyWeights[z]! >= weight) {
        energyWeights[z]! -= weight;
        energyWeights[t] = weight;
      } else energyWeights[t] = weight * kept;
    }
    energyWeights[energy.length] = this.energyConstant;
    for (let t = 0; t <= energy.length; t++)
      energyWeights[t] = energyWeights[t]! > 1e-12 ? Math.log(energyWeights[t]!) : -NONE;
    for (let d = 0; d < this.delays.length; d++)
      for (let t = 0; t < this.delays[d]!.length; t++) {
        const { v, weight } = this.delays[d]![t]!;
        const kept = v < 0 ? 1 : 1 - Math.exp(-leastOf(v));
        this.delayWeights[d]![t] = kept > 1e-12 ? Math.log(weight * kept) : -NONE;
      }
    for (let d = 0; d < this.delays.length; d++) this.counts[d] = this.delayWeights[d]!.some((x) => x > -NONE) ? 1 : 0;
  }

  private leastOf(open: readonly OpenRows[], c: number): number {
    const { C } = this;
    let sum = 0;
    for (let g = 0; g < this.G; g++) {
      const { logs, ids } = open[g]!;
      let least = NONE;
      for (let i = 0, at = c; i < ids.length; i++, at += C) if (logs[at]! < least) least = logs[at]!;
      sum += least;
    }
    return sum > 1e-9 ? sum : 0;
  }

  private startFrom(open: readonly OpenRows[]): void {
    const { C, point, pick } = this;
    point.fill(0);
    for (let g = 0; g < this.G; g++) {
      const { logs, ids } = open[g]!;
      pick.fill(NONE);
      for (let i = 0, at = 0; i < ids.length; i++)
        for (let c = 0; c < C; c++, at++) if (logs[at]! < pick[c]!) pick[c] = logs[at]!;
      for (let c = 0; c < C; c++) point[c]! += pick[c]!;
    }
    this.multipliers.fill(0.02);
    this.shares.fill(1 / this.delays.length);
  }

  /** Adds the shares of some terms at the point to the coefficients; the log of their sum less its linear part. */
  private share(terms: readonly Term[], weights: Float64Array, constant: boolean, scale: number): number {
    const { point, coef, values } = this;
    const n = terms.length + (constant ? 1 : 0);
    let most = -NONE;
    for (let t = 0; t < n; t++) {
      let x = weights[t]!;
      if (t < terms.length && x > -NONE) {
        const { column, v } = terms[t]!;
        x += point[column]!;
        if (v >= 0) x += point[v]!;
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
    for (let t = 0; t < terms.length; t++) {
      if (values[t] === 0) continue;
      const share = (scale * values[t]!) / sum;
      const { column, v } = terms[t]!;
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
  private lastLog = 0;

  /** Sets the coefficients of the linear bound at the present point and multipliers; returns its constant. */
  private weightsAt(): number {
    const { coef, caps, multipliers, shares } = this;
    coef.fill(0);
    let constant = 0;
    if (this.energyPower > 0) constant += this.share(this.energy, this.energyWeights, true, this.energyPower);
    if (this.delayPower > 0)
      for (let d = 0; d < this.delays.length; d++) {
        if (this.counts[d] === 0) {
          this.delayLogs[d] = -NONE;
          continue;
        }
        constant += this.share(this.delays[d]!, this.delayWeights[d]!, false, this.delayPower * shares[d]!);
        this.delayLogs[d] = this.lastLog;
      }
    if (this.cap < NONE) constant -= this.delayPower * this.cap;
    let m = 0;
    for (let k = 0; k < caps.length; k++) {
      const { columns, most } = caps[k]!;
      let whole = 0;
      for (let i = 0; i < columns.length; i++) whole += multipliers[m + i]!;
      for (let i = 0; i < columns.length; i++, m++) {
        const q = multipliers[m]!;
        constant -= q * Math.log((most * q) / whole);
        coef[columns[i]!]! += q;
      }
    }
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
      const { logs } = open[g]!;
      for (let c = 0, at = row * C; c < C; c++, at++) pick[c]! += logs[at]!;
    }
    return total;
  }

  /** One pass over all rows; the number of rows new to the working ones, −1 where nothing packs. */
  private full(open: readonly OpenRows[], working: number[][], constant: number): number {
    const { C, G, coef } = this;
    for (let g = 0; g < G; g++) {
      const { ids, logs, classes } = open[g]!;
      const n = ids.length;
      if (this.spare[g]!.length < n) this.spare[g] = new Float64Array(n);
      const costs = this.spare[g]!;
      const least = this.packer.least[g]!;
      const rows = this.leastRow[g]!;
      least.fill(NONE);
      for (let i = 0, at = 0; i < n; i++) {
        let sum = 0;
        for (let c = 0; c < C; c++, at++) sum += coef[c]! * logs[at]!;
        costs[i] = sum;
        const k = classes[i]!;
        if (sum < least[k]!) {
          least[k] = sum;
          rows[k] = i;
        }
      }
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
        [this.costs[g], this.spare[g]] = [this.spare[g]!, this.costs[g]!];
      }
      this.packer.spread(G);
    }
    return fresh;
  }

  /** Per state: the least total of all groups but some, beside it, for the given costs of rows. */
  restBeside(open: readonly OpenRows[], costs: readonly Float64Array[], without: readonly number[]): Float64Array {
    const leasts: Float64Array[] = [];
    for (let g = 0; g < open.length; g++) {
      if (without.includes(g)) continue;
      const own = new Float64Array(this.states).fill(NONE);
      const { classes } = open[g]!;
      const of = costs[g]!;
      for (let i = 0; i < classes.length; i++) if (of[i]! < own[classes[i]!]!) own[classes[i]!] = of[i]!;
      leasts.push(own);
    }
    return this.packer.beside(leasts);
  }

  /** Moves the point and the multipliers for the bound over the working rows alone; keeps the best of some steps. */
  private improve(open: readonly OpenRows[], working: readonly (readonly number[])[], pass: number): void {
    const { C, G, coef, point, pick, multipliers, shares, caps, kept, delayLogs } = this;
    let best = -NONE;
    for (let step = 0; step < STEPS; step++) {
      const constant = this.weightsAt();
      for (let g = 0; g < G; g++) {
        const { logs, classes } = open[g]!;
        const least = this.packer.least[g]!;
        const rows = this.leastRow[g]!;
        const list = working[g]!;
        least.fill(NONE);
        for (let w = 0; w < list.length; w++) {
          const i = list[w]!;
          let sum = 0;
          for (let c = 0, at = i * C; c < C; c++, at++) sum += coef[c]! * logs[at]!;
          const k = classes[i]!;
          if (sum < least[k]!) {
            least[k] = sum;
            rows[k] = i;
          }
        }
      }
      const bound = constant + this.pack(open);
      if (bound > best) {
        best = bound;
        kept.point.set(point);
        kept.multipliers.set(multipliers);
        kept.shares.set(shares);
        kept.delayPower = this.delayPower;
      }
      const towards = 1 / (step + 4);
      const size = 0.5 / Math.sqrt(1 + step / 8) / (1 + pass * 0.3);
      for (let c = 0; c < C; c++) point[c]! += towards * (pick[c]! - point[c]!);
      let m = 0;
      for (let k = 0; k < caps.length; k++) {
        const { columns, most } = caps[k]!;
        let whole = 0;
        for (let i = 0; i < columns.length; i++) whole += multipliers[m + i]!;
        for (let i = 0; i < columns.length; i++, m++) {
          const q = multipliers[m]!;
          const over = pick[columns[i]!]! - Math.log((most * q) / whole);
          const bounded = over > 1 ? 1 : over < -1 ? -1 : over;
          const moved = q + 0.3 * size * bounded * (q > 0.03 ? q : 0.03);
          multipliers[m] = moved > 1e-6 ? moved : 1e-6;
        }
      }
      let largest = -NONE;
      for (let d = 0; d < shares.length; d++) if (delayLogs[d]! > largest) largest = delayLogs[d]!;
      if (this.cap < NONE) {
        const over = largest - this.cap;
        const bounded = over > 1 ? 1 : over < -1 ? -1 : over;
        const moved = this.delayPower + size * bounded * (this.delayPower > 0.1 ? this.delayPower : 0.1);
        this.delayPower = moved > LEAST_POWER ? moved : LEAST_POWER;
      }
      if (this.delayPower > 0 && shares.length > 1) {
        for (let d = 0; d < shares.length; d++) {
          const moved = shares[d]! * Math.exp(2 * size * (delayLogs[d]! - largest));
          shares[d] = moved;
        }
        this.settleShares();
      }
    }
    point.set(kept.point);
    multipliers.set(kept.multipliers);
    shares.set(kept.shares);
    this.delayPower = kept.delayPower;
  }
}
