import type { Arena } from "./arena.kernel.js";
import { Branching } from "./branching.kernel.js";
import type { SlidingNode } from "./chain-motion.kernel.js";
import { Dual, type Start } from "./dual.kernel.js";
import type { Evaluate } from "./evaluate.kernel.js";
import type { GroupRows, Mode } from "./family.js";
import type { Objective } from "./objective.js";
import {
  byClass,
  columnsOf,
  everyRow,
  indexOf,
  interrupt,
  joined,
  type OpenRows,
  type RowSpace,
  taken,
  undominated,
} from "./open.kernel.js";
import type { Packing } from "./packing.js";
import type { Relaxation } from "./relaxation.js";
import type { Runs } from "./runs.kernel.js";
import type { GroupSplits } from "./tables.js";

/** One order family under one choice of sliding groups: what the search branches over. */
export interface Family {
  readonly relaxation: Relaxation;
  readonly packing: Packing;
  readonly objective: Objective;
  readonly evaluate: Evaluate;
  readonly tables: readonly GroupSplits[];
  readonly rows: readonly GroupRows[];
  readonly runs: Runs;
  readonly sliding: readonly SlidingNode[];
  readonly mode: Mode;
  /** Per term of the energy: coversOf. */
  readonly covers: Int32Array;
  /** Choices that take more cycles are of no interest. */
  readonly mostCycles: number;
  /** Whether the value of a complete choice is its cost, not just a bound: then one split can dominate another. */
  readonly isExact: boolean;
  /** Where the search keeps its rows. */
  readonly arena: Arena;
}

/** What the search knows of the best mapping so far; `offer` is told every complete choice that may beat or equal it. */
export interface Incumbent {
  /** Log of the value that a bound must pass to be hopeless. */
  cutoff(): number;
  /** Whether a complete choice is not worse than what is known, by value, then cycles, then energy. */
  isWorthOffering(value: number, cycles: number, energy: number): boolean;
  /** Rows of the family, one a group, and the value, cycles and energy that the family's formulas promise for them. */
  offer(rows: Int32Array, promised: Float64Array): void;
  /** Told once a node of the search; true stops it. */
  tick(): boolean;
}

/** What a family's first bound tells that of the next family of the same placement: a start, its rows being the tables'. */
export interface Hint extends Omit<Start, "working"> {
  readonly rows: readonly (readonly number[])[];
}

export interface First {
  /** Log. */
  readonly bound: number;
  /** Null where no choice fits the fan-outs and capacities. */
  readonly hint: Hint | null;
  /** Per group: the rows of the family that may still matter; null where nothing in the family can beat the incumbent. */
  readonly left: readonly Int32Array[] | null;
}

interface Node {
  readonly open: readonly OpenRows[];
  readonly start: Start | null;
}

/** Bounds within this (in logarithms) of the incumbent may still hide an equal value with fewer cycles. */
const ROUNDING = 1e-10;
/** Passes of a family's first bound; between these stages rows are dropped. */
const FIRST_PASSES: readonly number[] = [1, 3, 8];
const ROOT_PASSES = 12;
const PASSES = 6;
/** The most complete choices that a node lists instead of branching, pairs that it joins, and choices that are tried among the working rows. */
const LISTED = 20_000;
const JOINED = 400;
const TRIED = 500;
/** The most rows that are compared with each other. */
const COMPARED = 100_000;
const BINS = 48;

/**
 * Branch and bound over one row a group. A node holds the rows still open of every group; the dual (dual.kernel.ts) bounds it, drops
 * every row whose own bound passes the incumbent, and points at good choices. What is left is listed where it is little. Else
 * two groups are joined to one, pair by pair, where few pairs are left: their part of the bound is exact from then on. Else the
 * node branches on one group: by how its rows fan out, by what they leave inside the fan-outs, or row by row, whichever leaves least to search
 * by experience (pseudo-costs: how much bounds grew where that kind of branch was taken before).
 */
export class Branch {
  private readonly family: Family;
  private readonly incumbent: Incumbent;
  private readonly dual: Dual;
  private readonly space: RowSpace;
  private readonly C: number;
  private readonly G: number;
  /** Capacities and fan-outs: how many columns each adds up, the most they may be, and its log; and all those columns in a row. */
  private readonly limits: readonly { readonly columns: number; readonly most: number; readonly log: number }[];
  private readonly limited: readonly number[];
  private readonly out = new Float64Array(3);
  private readonly products: readonly Float64Array[];
  /** Rows of the family, one a group. */
  private readonly chosen: Int32Array;
  private readonly branching: Branching;
  private fan: number = Number.POSITIVE_INFINITY;
  /** Log of a value that no choice passes; Infinity where that does not matter. */
  private readonly ceiling: number;

  constructor(family: Family, incumbent: Incumbent) {
    this.family = family;
    this.incumbent = incumbent;
    const { relaxation, packing, objective, rows, mostCycles } = family;
    this.C = relaxation.columns.length;
    this.G = rows.length;
    this.space = spaceOf(family);
    this.branching = new Branching(family);
    this.dual = new Dual(relaxation, objective, packing, family.covers, this.G, Math.log(mostCycles));
    const limits = [
      ...relaxation.capacities,
      ...relaxation.fanouts.map(({ column, most }) => ({ columns: [column], most })),
      ...(Number.isFinite(mostCycles) ? delayLimitsOf(relaxation, mostCycles) : []),
    ];
    this.limits = limits.map(({ columns, most }) => ({
      columns: columns.length,
      most: most * (1 + 1e-11),
      log: Math.log(most) + 1e-11,
    }));
    this.limited = limits.flatMap(({ columns }) => columns);
    this.products = Array.from({ length: this.G + 1 }, () => new Float64Array(this.C).fill(1));
    this.chosen = new Int32Array(this.G);
    this.ceiling = Number.isFinite(mostCycles) ? ceilingOf(family) : Number.POSITIVE_INFINITY;
  }

  /** Log of the value that a bound must pass to be hopeless. */
  private cutoff(): number {
    return Math.min(this.incumbent.cutoff(), this.ceiling);
  }

  /** The family's rows under its mode, all still open; null where some group has none that fits. */
  private root(): readonly OpenRows[] | null {
    const open = this.family.rows.map((_, g) => everyRow(this.space, g, this.statesOf(g)));
    const fitting = this.fitting(open);
    return fitting === null ? null : interrupt(this.space, fitting);
  }

  private statesOf(g: number): Int32Array {
    return this.family.tables[g]!.packing;
  }

  /**
   * A first bound of the whole family, and where to go on from; offers the good choices that it meets. Rows that cannot beat the
   * incumbent are dropped between passes, so that most passes look at few, and dominated ones in the end.
   */
  first(hint: Hint | null): First {
    const { arena } = this.family;
    const mark = arena.mark();
    const found = this.bounded(hint);
    arena.release(mark);
    return found;
  }

  private bounded(hint: Hint | null): First {
    const nothing: First = { bound: Number.POSITIVE_INFINITY, hint: null, left: null };
    let open = this.root();
    if (open === null) return nothing;
    let start = hint === null ? null : this.startOf(hint, open);
    for (const [stage, passes] of FIRST_PASSES.entries()) {
      const working = workingAt({ open, start });
      const bound = this.dual.run(open, start, working, this.cutoff() + ROUNDING, passes);
      if (bound === Number.POSITIVE_INFINITY) return nothing;
      start = this.dual.start(idsOf(open, working));
      if (bound <= this.cutoff() + ROUNDING) this.tryWorking(open, working);
      const filtered = bound > this.cutoff() + ROUNDING ? null : this.filtered(open);
      if (filtered === null) return { bound, hint: this.hintOf(start), left: null };
      if (stage === FIRST_PASSES.length - 1) {
        const left = this.compared(filtered).map(({ members }) => members.slice());
        return { bound, hint: this.hintOf(start), left };
      }
      open = interrupt(this.space, filtered);
    }
    return nothing;
  }

  private startOf({ rows, ...point }: Hint, open: readonly OpenRows[]): Start {
    const working = open.map(({ ids }, g) => {
      const own = this.family.rows[g]!.rows;
      return (rows[g] ?? []).flatMap((row) => {
        const id = indexOf(own, row);
        return id < 0 || indexOf(ids, id) < 0 ? [] : [id];
      });
    });
    return { ...point, working };
  }

  private hintOf({ working, ...point }: Start): Hint {
    return { ...point, rows: working.map((ids, g) => ids.map((id) => this.family.rows[g]!.rows[id]!)) };
  }

  /** Follows the most promising parts of every branch, `fan` of them at each node; false where it was stopped. */
  dive(hint: Hint, fan: number): boolean {
    this.fan = fan;
    const goesOn = this.run(hint);
    this.fan = Number.POSITIVE_INFINITY;
    return goesOn;
  }

  /** Searches the family; false where it was stopped. */
  run(hint: Hint | null): boolean {
    const { arena } = this.family;
    const mark = arena.mark();
    const open = this.root();
    const start = hint === null || open === null ? null : this.startOf(hint, open);
    const goesOn = open === null || this.search({ open, start }, null, Number.NEGATIVE_INFINITY);
    arena.release(mark);
    return goesOn;
  }

  /** `kind` and `promised`: the kind of branch that leads here, and the bound that it was taken with. */
  private search(node: Node, kind: string | null, promised: number): boolean {
    const { incumbent, dual, space } = this;
    if (incumbent.tick()) return false;
    const working = workingAt(node);
    const cutoff = this.cutoff() + ROUNDING;
    const bound = dual.run(node.open, node.start, working, cutoff, node.start === null ? ROOT_PASSES : PASSES);
    if (kind !== null && kind !== JOIN) this.branching.learn(kind, Math.min(bound, cutoff + 0.02) - promised);
    if (bound > cutoff) return true;
    this.tryWorking(node.open, working);
    const start = dual.start(idsOf(node.open, working));
    const open = this.filtered(node.open);
    if (open === null) return true;
    const left = this.boundsOf(node.open, open);
    if (this.list(open, left)) return true;
    const pair = this.pairing(open, left);
    if (pair !== null) {
      const carried = pair.kept.map((g) => start.working[g]!);
      return this.search({ open: interrupt(space, pair.open), start: { ...start, working: carried } }, JOIN, bound);
    }
    const gap = Math.max(this.cutoff() - bound, 1e-9);
    const division = this.branching.divide(
      open,
      left.map((of) => of.bounds),
      bound,
      gap,
      dual.weights,
    );
    if (division === null) return true;
    const { group, parts, bounds } = division;
    const order = Array.from(parts.keys()).sort((a, b) => bounds[a]! - bounds[b]! || a - b);
    for (const k of order.slice(0, this.fan)) {
      if (bounds[k]! > this.cutoff() + ROUNDING) break;
      const mark = space.arena.mark();
      const children = this.fitting(open.map((rows, g) => (g === group ? taken(space, rows, parts[k]!) : rows)));
      const goesOn =
        children === null || this.search({ open: interrupt(space, children), start }, division.kind, bounds[k]!);
      space.arena.release(mark);
      if (!goesOn) return false;
    }
    return true;
  }

  /** Drops dominated rows, where a complete choice's value is its cost. */
  private compared(open: readonly OpenRows[]): readonly OpenRows[] {
    return this.family.isExact ? open.map((rows) => this.undominated(rows)) : open;
  }

  private undominated(open: OpenRows): OpenRows {
    const { tables, rows } = this.family;
    if (open.ids.length > COMPARED) return open;
    const m = open.groups.length;
    return undominated(this.space, open, (i) =>
      open.groups.some((g, k) => tables[g]!.ambiguous[rows[g]!.rows[open.members[i * m + k]!]!] === 1),
    );
  }

  /** The two groups with the fewest pairs left, joined; null where all pairs are many. */
  private pairing(
    open: readonly OpenRows[],
    left: readonly { readonly costs: Float64Array }[],
  ): { readonly kept: readonly number[]; readonly open: readonly OpenRows[] } | null {
    const { dual } = this;
    const room = this.cutoff() + ROUNDING - dual.constant;
    if (open.length < 3 || !Number.isFinite(room)) return null;
    const costs = left.map((of) => of.costs);
    let best: { readonly x: number; readonly y: number } | null = null;
    let fewest = JOINED;
    for (let x = 0; x < open.length; x++)
      for (let y = x + 1; y < open.length; y++) {
        if (open[x]!.ids.length < 2 && open[y]!.ids.length < 2) continue;
        const rest = dual.restBeside(open, costs, [x, y]);
        const pairs = this.estimate([left[x]!, left[y]!], room - rest[0]!);
        if (pairs < fewest) {
          fewest = pairs;
          best = { x, y };
        }
      }
    if (best === null) return null;
    const { x, y } = best;
    const rest = dual.restBeside(open, costs, [x, y]);
    const rows = joined(this.space, open, x, y, costs, rest, room, JOINED);
    if (rows === null) return null;
    const one = this.family.isExact ? this.undominated(rows) : rows;
    const kept = Array.from(open.keys()).filter((g) => g !== x && g !== y);
    return { kept, open: [...kept.map((g) => open[g]!), one] };
  }

  /** The rows that may still beat the incumbent, by the dual's latest bound; null where a group has none. */
  private filtered(open: readonly OpenRows[]): readonly OpenRows[] | null {
    const { dual } = this;
    const cutoff = this.cutoff() + ROUNDING;
    const result: OpenRows[] = [];
    for (let g = 0; g < open.length; g++) {
      const rows = open[g]!;
      const n = rows.ids.length;
      const keep = this.space.arena.ints(n);
      let kept = 0;
      const costs = dual.costs[g]!;
      const through = dual.through[g]!;
      for (let i = 0; i < n; i++)
        if (dual.constant + costs[i]! + through[rows.classes[i]!]! <= cutoff) keep[kept++] = i;
      if (kept === 0) return null;
      result.push(kept === n ? rows : taken(this.space, rows, keep.subarray(0, kept)));
    }
    return result;
  }

  /** Per group and row of `open` (a part of the dual's rows): its own bound and its cost. */
  private boundsOf(
    all: readonly OpenRows[],
    open: readonly OpenRows[],
  ): { readonly bounds: Float64Array; readonly costs: Float64Array }[] {
    const { dual } = this;
    return open.map(({ ids, classes }, g) => {
      const bounds = this.space.arena.floats(ids.length);
      const costs = this.space.arena.floats(ids.length);
      const from = all[g]!.ids;
      let at = 0;
      for (let i = 0; i < ids.length; i++) {
        while (from[at] !== ids[i]) at++;
        costs[i] = dual.costs[g]![at]!;
        bounds[i] = dual.constant + costs[i]! + dual.through[g]![classes[i]!]!;
      }
      return { bounds, costs };
    });
  }

  /** Rows that pass no capacity with the least tiles of the other groups; null where a group has none. */
  private fitting(open: readonly OpenRows[]): readonly OpenRows[] | null {
    const { C, limits, limited } = this;
    const G = open.length;
    const L = limited.length;
    let now = open;
    const least = new Float64Array(G * L);
    const rest = new Float64Array(L);
    for (let round = 0; round < 3; round++) {
      let dropped = false;
      least.fill(Number.POSITIVE_INFINITY);
      for (let g = 0; g < G; g++) {
        const { ids, logs } = now[g]!;
        for (let i = 0; i < ids.length; i++)
          for (let l = 0; l < L; l++) {
            const x = logs[i * C + limited[l]!]!;
            if (x < least[g * L + l]!) least[g * L + l] = x;
          }
      }
      const next: OpenRows[] = [];
      for (let g = 0; g < G; g++) {
        const rows = now[g]!;
        const n = rows.ids.length;
        rest.fill(0);
        for (let h = 0; h < G; h++) if (h !== g) for (let l = 0; l < L; l++) rest[l]! += least[h * L + l]!;
        const keep = this.space.arena.ints(n);
        let kept = 0;
        for (let i = 0; i < n; i++) {
          let fits = true;
          for (let k = 0, l = 0; k < limits.length && fits; l += limits[k]!.columns, k++) {
            const { columns, most, log } = limits[k]!;
            let largest = Number.NEGATIVE_INFINITY;
            for (let j = l; j < l + columns; j++) {
              const x = rows.logs[i * C + limited[j]!]! + rest[j]!;
              if (x > largest) largest = x;
            }
            if (largest > log) fits = false;
            else if (columns > 1 && largest > log - Math.LN2 * (columns - 1)) {
              let sum = 0;
              for (let j = l; j < l + columns; j++) sum += Math.exp(rows.logs[i * C + limited[j]!]! + rest[j]!);
              fits = sum <= most;
            }
          }
          if (fits) keep[kept++] = i;
        }
        if (kept === 0) return null;
        if (kept < n) dropped = true;
        next.push(kept === n ? rows : taken(this.space, rows, keep.subarray(0, kept)));
      }
      now = next;
      if (!dropped) break;
    }
    return now;
  }

  /** Prices the combinations of the latest working rows. */
  private tryWorking(open: readonly OpenRows[], working: readonly (readonly number[])[]): void {
    const { C, products } = this;
    const lists = working.map((list) => list.slice());
    while (lists.reduce((n, list) => n * list.length, 1) > TRIED)
      lists.reduce((a, b) => (b.length > a.length ? b : a)).shift();
    const factors = lists.map((list, g) => list.map((i) => this.factorsOf(open[g]!.logs.subarray(i * C, i * C + C))));
    const visit = (g: number): void => {
      if (g === open.length) {
        this.consider(open);
        return;
      }
      const from = products[g]!;
      const to = products[g + 1]!;
      for (let k = 0; k < lists[g]!.length; k++) {
        this.choose(open[g]!, lists[g]![k]!);
        const own = factors[g]![k]!;
        for (let c = 0; c < C; c++) to[c] = from[c]! * own[c]!;
        visit(g + 1);
      }
    };
    visit(0);
  }

  private choose({ groups, members }: OpenRows, i: number): void {
    const m = groups.length;
    for (let k = 0; k < m; k++) this.chosen[groups[k]!] = members[i * m + k]!;
  }

  /** Offers the complete choice whose product of columns is at hand, if it is not worse than the incumbent. */
  private consider(open: readonly OpenRows[]): void {
    const { family, out, incumbent } = this;
    const product = this.products[open.length]!;
    for (const { column, most } of family.relaxation.fanouts) if (product[column]! > most * (1 + 1e-9)) return;
    if (!family.evaluate(product, out) || !incumbent.isWorthOffering(out[0]!, out[1]!, out[2]!)) return;
    const exact = columnsOf(this.space, this.chosen);
    if (!family.evaluate(exact, out) || !incumbent.isWorthOffering(out[0]!, out[1]!, out[2]!)) return;
    incumbent.offer(this.chosen, out);
  }

  /** Lists all complete choices whose linear bound does not pass the incumbent, if they are few; false where they are many. */
  private list(open: readonly OpenRows[], left: readonly { readonly costs: Float64Array }[]): boolean {
    const { C, products, dual } = this;
    const { times, states } = this.family.packing;
    const { constant } = dual;
    const room = this.cutoff() + ROUNDING - constant;
    if (this.estimate(left, room) > LISTED) return false;
    const costs = left.map((of) => of.costs);
    /** rest[g]: per state, the least total of groups g, g + 1, …  */
    const rest = open.map((_, g) =>
      dual.restBeside(
        open,
        costs,
        Array.from({ length: g }, (__, h) => h),
      ),
    );
    rest.push(this.family.packing.ends);
    const factors = open.map(({ logs }) => this.factorsOf(logs));
    const order = open.map(({ classes }, g) => byClass(classes, costs[g]!, states));
    const visit = (g: number, state: number, sum: number): void => {
      if (g === open.length) {
        this.consider(open);
        return;
      }
      const from = products[g]!;
      const to = products[g + 1]!;
      const values = factors[g]!;
      const after = rest[g + 1]!;
      for (const { state: own, list } of order[g]!) {
        const next = times[state * states + own]!;
        if (next < 0) continue;
        for (let k = 0; k < list.length; k++) {
          const i = list[k]!;
          if (sum + costs[g]![i]! + after[next]! > this.cutoff() + ROUNDING - constant) break;
          this.choose(open[g]!, i);
          for (let c = 0, at = i * C; c < C; c++, at++) to[c] = from[c]! * values[at]!;
          visit(g + 1, next, sum + costs[g]![i]!);
        }
      }
    };
    visit(0, 0, 0);
    return true;
  }

  private factorsOf(logs: Float64Array): Float64Array {
    const factors = this.space.arena.floats(logs.length);
    for (let i = 0; i < logs.length; i++) factors[i] = logs[i] === 0 ? 1 : Math.exp(logs[i]!);
    return factors;
  }

  /** About how many complete choices have a linear bound within the room: from histograms of costs, the packing left aside. */
  private estimate(left: readonly { readonly costs: Float64Array }[], room: number): number {
    let total = 0;
    const least = left.map(({ costs }) => costs.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY));
    for (const x of least) total += x;
    const gap = Math.max(room - total, 1e-12);
    let histogram: Float64Array = new Float64Array(BINS + 1);
    histogram[0] = 1;
    for (let g = 0; g < left.length; g++) {
      const own = new Float64Array(BINS + 1);
      for (const cost of left[g]!.costs) {
        const bin = Math.floor(((cost - least[g]!) / gap) * BINS);
        if (bin <= BINS) own[bin]!++;
      }
      const joined = new Float64Array(BINS + 1);
      for (let a = 0; a <= BINS; a++) {
        if (histogram[a] === 0) continue;
        for (let b = 0; a + b <= BINS; b++) joined[a + b]! += histogram[a]! * own[b]!;
      }
      histogram = joined;
    }
    return histogram.reduce((a, b) => a + b, 0);
  }
}

/** Log of a value that no choice of the family within its cycles passes: where nothing is known to measure by, bounds that pass it tell that none exists. */
function ceilingOf({ relaxation, rows, objective, mostCycles }: Family): number {
  const { columns, constant, energy, leakage, leaks } = relaxation;
  const C = columns.length;
  const most = new Float64Array(C);
  for (const { logs } of rows)
    for (let c = 0; c < C; c++) {
      let largest = Number.NEGATIVE_INFINITY;
      for (let at = c; at < logs.length; at += C) if (logs[at]! > largest) largest = logs[at]!;
      most[c]! += largest;
    }
  let sum = constant + leakage * mostCycles;
  for (const { weight, column, v } of energy) sum += weight * Math.exp(most[column]! + (v < 0 ? 0 : most[v]!));
  for (const { weight, instances } of leaks) sum += weight * Math.exp(most[instances]!) * mostCycles;
  return objective.energyPower * Math.log(sum) + objective.delayPower * Math.log(mostCycles);
}

/** No summand of a delay may take longer than all may. */
const delayLimitsOf = ({ delays }: Relaxation, mostCycles: number) =>
  delays.flatMap((terms) =>
    terms.flatMap(({ column, v, weight }) => (v < 0 ? [{ columns: [column], most: mostCycles / weight }] : [])),
  );

/** What the family's rows mean. */
export function spaceOf({ relaxation, rows, runs, sliding, mode, packing, arena }: Family): RowSpace {
  const entering = sliding.map(({ node }) =>
    relaxation.columns.flatMap(({ entered }, c) => (entered === node ? [c] : [])),
  );
  return { rows, runs, mode, packing, entering, width: relaxation.columns.length, arena };
}

/** What experience calls a join; nothing is to be learnt from it. */
const JOIN = "join";

/** The start's working rows that are still open, by index. */
function workingAt({ open, start }: Node): number[][] {
  return open.map(({ ids }, g) => {
    const found: number[] = [];
    for (const id of start?.working[g] ?? []) {
      const at = indexOf(ids, id);
      if (at >= 0) found.push(at);
    }
    return found;
  });
}

const idsOf = (open: readonly OpenRows[], working: readonly (readonly number[])[]): readonly (readonly number[])[] =>
  working.map((list, g) => list.map((i) => open[g]!.ids[i]!));

/** Per term of the energy that is a difference x − y: a product that is never below y in any row, −1 for none. */
export function coversOf(
  { energy: terms, columns }: Relaxation,
  rows: readonly GroupRows[],
  sliding: readonly SlidingNode[],
): Int32Array {
  const C = columns.length;
  const S = sliding.length;
  return Int32Array.from(terms, ({ column: y, v, weight }) => {
    if (v < 0) return -1;
    let best = -1;
    let size = Number.POSITIVE_INFINITY;
    for (let t = 0; t < terms.length; t++) {
      const z = terms[t]!;
      if (z.v >= 0 || z.weight < weight || columns[z.column]!.entered < 0) continue;
      // Words that enter a node whose tile slides may be as few as that leaves.
      const slides = sliding.findIndex(({ node }) => node === columns[z.column]!.entered);
      let sum = 0;
      let covers = true;
      for (let g = 0; g < rows.length && covers; g++) {
        const { rows: ids, logs, slid } = rows[g]!;
        let own = 0;
        for (let i = 0, at = 0; i < ids.length && covers; i++, at += C) {
          const words = logs[at + z.column]! + (slides < 0 ? 0 : slid[i * S + slides]!);
          if (logs[at + y]! > words + 1e-9) covers = false;
          own += words;
        }
        sum += own / Math.max(1, ids.length);
      }
      if (covers && sum < size) {
        size = sum;
        best = t;
      }
    }
    return best;
  });
}
