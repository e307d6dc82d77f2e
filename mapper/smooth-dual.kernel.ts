import { Dual } from "./dual.kernel.js";
import type { Objective } from "./objective.js";
import { Packer } from "./packing.kernel.js";
import type { Relaxation } from "./relaxation.js";
import type { Box, SmoothGroup } from "./smooth-group.kernel.js";
import type { SmoothPacking } from "./smooth-packing.js";

/** Where a linear bound is taken. */
export interface SmoothPoint {
  readonly point: Float64Array;
  readonly multipliers: Float64Array;
}

/** Where the choices of a run differed most: a coordinate of a group's box, and the greatest number of the lower half. */
export interface Cut {
  readonly group: number;
  readonly coordinate: number;
  readonly most: number;
}

/** A choice of chains: per group and variable (in the order of a box) its tiles by node and its iterations along the packed fan-out. */
export type Picked = readonly (readonly {
  readonly variable: number;
  readonly tiles: readonly number[];
  readonly uses: readonly number[];
}[])[];

/** What a run ends with: the log of a bound, where it was taken, where to cut the boxes (null: all choices were the same), and the boxes less what cannot matter. */
export interface SmoothBound {
  readonly bound: number;
  readonly at: SmoothPoint;
  readonly cut: Cut | null;
  readonly boxes: readonly Box[];
  /** The latest choices, one after another. */
  readonly picked: readonly Picked[];
  /** The share of the energy that first touches may take away, for all that is known of them. */
  readonly lost: number;
}

/** A multiplier to begin with. */
const SMALL = 0.02;

/**
 * Lower bounds of the log of the objective over all smooth nests of a family: the linear bounds of dual.kernel.ts, whose least total over the
 * groups' chains is found by stepping through them (smooth-group.kernel.ts), at points that are averages of the least choices.
 */
export class SmoothDual {
  private readonly dual: Dual;
  private readonly packer: Packer;
  private readonly groups: readonly SmoothGroup[];
  private readonly relaxation: Relaxation;
  private readonly caps: readonly { readonly columns: readonly number[]; readonly most: number }[];
  private leasts: Float64Array = new Float64Array(0);
  private readonly chosen: Int32Array;
  private readonly delayPower: number;
  private readonly states: number;

  constructor(relaxation: Relaxation, objective: Objective, packing: SmoothPacking, groups: readonly SmoothGroup[]) {
    const cover = new Int32Array(relaxation.energy.length).fill(-1);
    this.dual = new Dual(relaxation, objective, packing.packing, cover, groups.length, Number.POSITIVE_INFINITY);
    this.packer = new Packer(packing.packing, groups.length);
    this.groups = groups;
    this.relaxation = relaxation;
    this.chosen = new Int32Array(groups.length);
    this.delayPower = objective.delayPower;
    this.states = packing.packing.states;
    this.caps = [
      ...relaxation.capacities,
      ...relaxation.fanouts
        .filter((_, a) => !packing.packing.exact[a])
        .map(({ column, most }) => ({ columns: [column], most })),
    ];
  }

  /** Bounds what is in the boxes, one a group. `repeats`: log of how often an accumulator's word is touched at least. Stops early once the bound reaches the cutoff. Infinity where nothing fits. */
  run(boxes: readonly Box[], repeats: number, start: SmoothPoint | null, cutoff: number, most: number): SmoothBound {
    this.leasts = this.leastsFor(repeats);
    this.groups.forEach((group, g) => {
      group.confine(boxes[g]!);
    });
    const seen = boxes.map(({ lo }) => new Spread(lo.length));
    const C = this.relaxation.columns.length;
    const M = this.caps.reduce((n, { columns }) => n + columns.length, 0);
    const point = start?.point.slice() ?? new Float64Array(C).fill(1);
    const multipliers = start?.multipliers.slice() ?? this.firstMultipliers(M);
    let kept: SmoothBound = {
      bound: Number.NEGATIVE_INFINITY,
      at: { point: point.slice(), multipliers: multipliers.slice() },
      cut: null,
      boxes,
      lost: 0,
      picked: [],
    };
    const picked: Picked[] = [];
    const pick = new Float64Array(C);
    for (let step = 0; step < most; step++) {
      const { constant, coefficients } = this.dual.linear(
        { point, multipliers, shares: new Float64Array([1]), delayPower: this.delayPower },
        this.leasts,
      );
      const total = this.least(coefficients);
      if (total === Number.POSITIVE_INFINITY) return { ...kept, bound: total };
      pick.fill(0);
      const places = this.groups.map((group, g) => group.pick(this.chosen[g]!, pick));
      places.forEach((place, g) => {
        seen[g]!.add(place);
      });
      picked.push(this.pickedAt(places));
      if (constant + total > kept.bound)
        kept = {
          bound: constant + total,
          at: { point: point.slice(), multipliers: multipliers.slice() },
          cut: null,
          boxes,
          lost: 0,
          picked: [],
        };
      if (kept.bound >= cutoff) return kept;
      if (step === 0 && start === null) point.set(pick);
      else {
        const towards = 1 / (step + 2);
        for (let c = 0; c < C; c++) point[c]! += Math.max(towards, 0.05) * (pick[c]! - point[c]!);
      }
      this.moveMultipliers(multipliers, pick, 0.5 / Math.sqrt(1 + step / 8));
      if (step % 12 === 11) {
        point.set(kept.at.point);
        multipliers.set(kept.at.multipliers);
      }
    }
    const lost = this.lostAt(kept.at.point, repeats);
    return { ...kept, cut: cutOf(seen), boxes: this.narrowed(boxes, kept.at, cutoff), picked: picked.slice(-3), lost };
  }

  /** Small ones for capacities; along fan-outs one iteration more saves as much of the steps. */
  private firstMultipliers(count: number): Float64Array {
    const { capacities } = this.relaxation;
    const first = new Float64Array(count).fill(Math.max(SMALL, this.delayPower));
    const held = capacities.reduce((n, { columns }) => n + columns.length, 0);
    return first.fill(SMALL, 0, held);
  }

  private pickedAt(places: readonly Int32Array[]): Picked {
    return this.groups.map(({ variables, uses }, g) => {
      const width = places[g]!.length / variables.length;
      return variables.map((variable, i) => ({
        variable,
        tiles: [...places[g]!.subarray(i * width, i * width + width - 2)],
        uses: uses[i]!,
      }));
    });
  }

  private leastsFor(repeats: number): Float64Array {
    const leasts = new Float64Array(this.relaxation.columns.length);
    for (const { v } of this.relaxation.energy) if (this.isAccumulated(v)) leasts[v] = repeats;
    return leasts;
  }

  private isAccumulated(v: number): boolean {
    return v >= 0 && this.relaxation.columns[v]!.entered < 0;
  }

  private lostAt(point: Float64Array, repeats: number): number {
    let [whole, lost] = [this.relaxation.constant, 0];
    for (const { weight, column, v } of this.relaxation.energy) {
      const words = weight * Math.exp(point[column]! + (v < 0 ? 0 : point[v]!));
      if (v < 0) whole += words;
      else if (this.isAccumulated(v)) {
        whole += words;
        lost += words * Math.exp(-repeats);
      }
    }
    return lost / whole;
  }

  /** The boxes without the keys that can be part of nothing below the cutoff, by the linear bound at a point. */
  private narrowed(boxes: readonly Box[], { point, multipliers }: SmoothPoint, cutoff: number): readonly Box[] {
    if (cutoff === Number.POSITIVE_INFINITY) return boxes;
    const { constant, coefficients } = this.dual.linear(
      { point, multipliers, shares: new Float64Array([1]), delayPower: this.delayPower },
      this.leasts,
    );
    if (this.least(coefficients) === Number.POSITIVE_INFINITY) return boxes;
    this.packer.spread(this.groups.length);
    return boxes.map((box, g) => ({
      ...box,
      keys:
        box.keys.length === 1 ? box.keys : this.groups[g]!.survivors(this.packer.through[g]!, cutoff - constant + 1e-9),
    }));
  }

  private least(coefficients: Float64Array): number {
    const { groups, packer, states } = this;
    groups.forEach((group, g) => {
      group.evaluate(coefficients);
      for (let s = 0; s < states; s++) packer.least[g]![s] = group.least[s]!;
    });
    const total = packer.total(groups.length);
    if (total < Number.POSITIVE_INFINITY) packer.choices(groups.length, this.chosen);
    return total;
  }

  private moveMultipliers(multipliers: Float64Array, pick: Float64Array, size: number): void {
    let m = 0;
    for (const { columns, most } of this.caps) {
      let whole = 0;
      for (let i = 0; i < columns.length; i++) whole += multipliers[m + i]!;
      for (let i = 0; i < columns.length; i++, m++) {
        const q = multipliers[m]!;
        const over = pick[columns[i]!]! - Math.log((most * q) / whole);
        const bounded = over > 1 ? 1 : over < -1 ? -1 : over;
        multipliers[m] = Math.max(1e-6, q + 0.3 * size * bounded * Math.max(q, 0.03));
      }
    }
  }
}

/** How far the choices of a group differ, coordinate by coordinate; later ones count more. */
class Spread {
  readonly least: Int32Array;
  readonly most: Int32Array;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  private steps = 0;

  constructor(coordinates: number) {
    this.least = new Int32Array(coordinates).fill(65535);
    this.most = new Int32Array(coordinates);
    this.mean = new Float64Array(coordinates);
    this.variance = new Float64Array(coordinates);
  }

  add(place: Int32Array): void {
    const towards = Math.max(0.1, 1 / ++this.steps);
    for (let i = 0; i < place.length; i++) {
      const log = Math.log(place[i]!);
      const off = log - this.mean[i]!;
      this.mean[i]! += towards * off;
      this.variance[i] = (1 - towards) * (this.variance[i]! + towards * off * off);
      if (place[i]! < this.least[i]!) this.least[i] = place[i]!;
      if (place[i]! > this.most[i]!) this.most[i] = place[i]!;
    }
  }
}

function cutOf(seen: readonly Spread[]): Cut | null {
  let best: Cut | null = null;
  let widest = 1e-9;
  seen.forEach(({ least, most, mean, variance }, group) => {
    for (let i = 0; i < mean.length; i++) {
      if (most[i]! <= least[i]! || variance[i]! <= widest) continue;
      widest = variance[i]!;
      const middle = Math.floor(Math.exp(mean[i]!) + 1e-9);
      best = { group, coordinate: i, most: Math.min(most[i]! - 1, Math.max(least[i]!, middle)) };
    }
  });
  return best;
}
