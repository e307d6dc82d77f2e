import type { Family, Incumbent } from "./branch.kernel.js";
import type { Valuation } from "./evaluate.kernel.js";
import { Holding } from "./holding.kernel.js";
import type { Horizon } from "./horizon.kernel.js";
import { columnsOf, type OpenRows, type RowSpace } from "./open.kernel.js";
import { ByState } from "./order.kernel.js";

/** Bounds within this (in logarithms) of the incumbent may still hide an equal value with fewer cycles. */
export const ROUNDING = 1e-10;
/** The most choices that are tried among the working rows. */
const TRIED = 500;

/** Goes through complete choices, one row an open group, and offers those that are not worse than the incumbent. */
export class Choices {
  private readonly valuation: Valuation;
  private readonly incumbent: Incumbent;
  private readonly horizon: Horizon;
  private readonly space: RowSpace;
  private readonly out: Float64Array = new Float64Array(3);
  /** Per number of open groups that have chosen: the products of their columns. */
  private readonly products: readonly Float64Array[];
  /** Per open group: the chosen row. */
  private readonly picked: Int32Array;
  /** The same as rows of the family, one a group. */
  private readonly chosen: Int32Array;
  private readonly holding: Holding;
  /** What is gone through: per open group its rows, and their factors. */
  private open: readonly OpenRows[] = [];
  private readonly factors: Float64Array[] = [];

  constructor(family: Family, incumbent: Incumbent, space: RowSpace, horizon: Horizon) {
    const { relaxation, rows, valuation } = family;
    this.valuation = valuation;
    this.incumbent = incumbent;
    this.space = space;
    this.horizon = horizon;
    this.products = Array.from({ length: rows.length + 1 }, () => new Float64Array(relaxation.columns.length).fill(1));
    this.picked = new Int32Array(rows.length);
    this.chosen = new Int32Array(rows.length);
    this.holding = new Holding(relaxation);
  }

  /** Tries the combinations of some rows; of long lists the latest. */
  try(open: readonly OpenRows[], working: readonly (readonly number[])[]): void {
    const { width: C, arena } = this.space;
    const lists = shortened(working);
    this.open = open;
    for (let g = 0; g < open.length; g++) {
      const list = lists[g]!;
      const factors = arena.floats(list.length * C);
      const { begins, logs } = open[g]!;
      for (let k = 0; k < list.length; k++) raise(logs, begins[list[k]!]!, C, factors, k * C);
      this.factors[g] = factors;
    }
    if (open.length === 0) this.consider();
    else this.tryFrom(0, lists);
  }

  private tryFrom(g: number, lists: readonly (readonly number[])[]): void {
    const list = lists[g]!;
    const isLast = g + 1 === lists.length;
    if (isLast) this.holding.set(this.products[g]!);
    for (let k = 0; k < list.length; k++) {
      if (isLast && !this.holding.fits(this.factors[g]!, k * this.space.width)) continue;
      this.pick(g, list[k]!, k);
      if (isLast) this.consider();
      else this.tryFrom(g + 1, lists);
    }
  }

  /**
   * Lists the choices that cost no more than the incumbent leaves room for. `costs`: per group and row; `rest`: per group and state, the least total of it and of those behind it;
   * `constant`: what all choices have in common.
   */
  list(
    open: readonly OpenRows[],
    costs: readonly Float64Array[],
    rest: readonly Float64Array[],
    constant: number,
  ): void {
    const { arena, packing, width: C } = this.space;
    this.open = open;
    const ordered: ByState[] = [];
    for (let g = 0; g < open.length; g++) {
      const { begins, logs, classes } = open[g]!;
      const factors = arena.floats(begins.length * C);
      for (let i = 0; i < begins.length; i++) raise(logs, begins[i]!, C, factors, i * C);
      this.factors[g] = factors;
      ordered.push(new ByState(classes, costs[g]!, packing.states));
    }
    const listing: Listing = { ordered, costs, rest, constant, room: Number.POSITIVE_INFINITY };
    this.measure(listing);
    if (open.length === 0) this.consider();
    else this.listFrom(0, 0, 0, listing);
  }

  private measure(listing: Listing): void {
    listing.room = this.horizon.cutoff() + ROUNDING - listing.constant;
  }

  /** `state`, `sum`: of the groups that have chosen. */
  private listFrom(g: number, state: number, sum: number, listing: Listing): void {
    const { times, states } = this.space.packing;
    const { states: own, starts, rows } = listing.ordered[g]!;
    const costs = listing.costs[g]!;
    const after = listing.rest[g + 1]!;
    const isLast = g + 1 === this.open.length;
    if (isLast) this.holding.set(this.products[g]!);
    for (let o = 0; o < own.length; o++) {
      const next = times[state * states + own[o]!]!;
      if (next < 0) continue;
      for (let k = starts[o]!; k < starts[o + 1]!; k++) {
        const i = rows[k]!;
        if (sum + costs[i]! + after[next]! > listing.room) break;
        if (isLast && !this.holding.fits(this.factors[g]!, i * this.space.width)) continue;
        this.pick(g, i, i);
        if (!isLast) this.listFrom(g + 1, next, sum + costs[i]!, listing);
        else if (this.consider()) this.measure(listing);
      }
    }
  }

  /** Lets a group choose row i, whose factors are the k-th. */
  private pick(g: number, i: number, k: number): void {
    this.picked[g] = i;
    const from = this.products[g]!;
    const to = this.products[g + 1]!;
    const factors = this.factors[g]!;
    const C = from.length;
    for (let c = 0, at = k * C; c < C; c++, at++) to[c] = from[c]! * factors[at]!;
  }

  /** Offers the complete choice whose product of columns is at hand, if it is not worse than the incumbent; whether it did. */
  private consider(): boolean {
    const { chosen } = this;
    const product = this.products[this.open.length]!;
    this.interrupt(product);
    if (!this.isWorthOffering(product)) return false;
    this.settle();
    if (!this.isWorthOffering(columnsOf(this.space, chosen))) return false;
    this.incumbent.offer(chosen, this.out);
    return true;
  }

  /** Adds the words that slides bring more where the choice interrupts them further in than its rows know. */
  private interrupt(product: Float64Array): void {
    const { entering } = this.space;
    for (let s = 0; s < entering.length; s++) {
      const more = this.moreInto(s);
      if (more === 0) continue;
      const factor = Math.exp(more);
      for (let k = 0, columns = entering[s]!; k < columns.length; k++) product[columns[k]!]! *= factor;
    }
  }

  /** How many more words (log) slide into a node than the picked rows know. */
  private moreInto(s: number): number {
    const { open, picked, space } = this;
    const { rows, runs, slides, entering } = space;
    const S = entering.length;
    let position = -1;
    for (let g = 0; g < open.length; g++) {
      const inner = open[g]!.breaks[picked[g]! * S + s]!;
      if (inner > position) position = inner;
    }
    let more = 0;
    for (let g = 0; g < open.length; g++) {
      const { groups, members, breaks, outside } = open[g]!;
      const i = picked[g]!;
      const known = Math.max(breaks[i * S + s]!, outside[s]!);
      if (known >= position) continue;
      for (let k = 0, m = groups.length; k < m; k++) {
        if (slides[s * rows.length + groups[k]!] === 0) continue;
        const run = rows[groups[k]!]!.runs[members[i * m + k]! * S + s]!;
        more += runs.wordsAt(run, position) - runs.wordsAt(run, known);
      }
    }
    return more;
  }

  private isWorthOffering(product: Float64Array): boolean {
    const { valuation, out, incumbent } = this;
    return valuation.price(product, out) && incumbent.isWorthOffering(out[0]!, out[1]!, out[2]!);
  }

  /** Writes the picked rows as rows of the family. */
  private settle(): void {
    for (let g = 0; g < this.open.length; g++) {
      const { groups, members } = this.open[g]!;
      const m = groups.length;
      for (let k = 0, at = this.picked[g]! * m; k < m; k++, at++) this.chosen[groups[k]!] = members[at]!;
    }
  }
}

/** What a list goes by (`Choices.list`); `room`: what its choices may cost. */
interface Listing {
  readonly ordered: readonly ByState[];
  readonly costs: readonly Float64Array[];
  readonly rest: readonly Float64Array[];
  readonly constant: number;
  room: number;
}

/** The lists without their first rows, so that their combinations are few. */
function shortened(working: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const lists = working.map((list) => list.slice());
  while (lists.reduce((n, list) => n * list.length, 1) > TRIED)
    lists.reduce((a, b) => (b.length > a.length ? b : a)).shift();
  return lists;
}

/** Writes the factors that some logarithms stand for. */
function raise(logs: Float64Array, from: number, n: number, factors: Float64Array, to: number): void {
  for (let i = 0; i < n; i++) factors[to + i] = logs[from + i] === 0 ? 1 : Math.exp(logs[from + i]!);
}
