import { Dual, type OpenRows, type Start } from "./dual.kernel.js";
import type { GroupRows, Mode, Run, SlidingNode } from "./family.js";
import type { Objective } from "./objective.js";
import type { Packing } from "./packing.js";
import type { Evaluate, Relaxation } from "./relaxation.js";
import type { GroupTable } from "./tables.js";

/** One order family under one choice of sliding groups: what the search branches over. */
export interface Family {
  readonly relaxation: Relaxation;
  readonly packing: Packing;
  readonly objective: Objective;
  readonly evaluate: Evaluate;
  readonly tables: readonly GroupTable[];
  readonly rows: readonly GroupRows[];
  readonly runs: readonly Run[];
  readonly sliding: readonly SlidingNode[];
  readonly mode: Mode;
  /** Whether the value of a complete choice is its cost, not just a bound: then one split can dominate another. */
  readonly isExact: boolean;
}

/** What the search knows of the best mapping so far; `offer` is told every complete choice that may beat it. */
export interface Incumbent {
  /** Log of the value that a bound must pass to be hopeless. */
  cutoff(): number;
  /** Whether a complete choice is better than what is known, by value, then cycles, then energy. */
  improves(value: number, cycles: number, energy: number): boolean;
  /** Rows of the family, one a group. */
  offer(rows: Int32Array): void;
  /** Told once a node of the search; true stops it. */
  tick(): boolean;
}

interface Node {
  readonly open: readonly OpenRows[];
  /** Per sliding node: the innermost position at which every choice left interrupts the slide. */
  readonly interrupted: Int32Array;
  readonly start: Start | null;
}

/** Bounds within this (in logarithms) of the incumbent may still hide an equal value with fewer cycles. */
const ROUNDING = 1e-10;
const FIRST_PASSES = 12;
const PASSES = 6;
/** The most complete choices that a node lists instead of branching, and that are tried among the working rows. */
const LISTED = 20_000;
const TRIED = 500;
/** Groups with more rows are not branched row by row. */
const ROW_BY_ROW = 60;
const BINS = 48;

/**
 * Branch and bound over one row a group. A node holds the rows still open of every group; the dual (dual.kernel.ts) bounds it, drops
 * every row whose own bound passes the incumbent, and points at good choices. What is left is listed where it is little; else the
 * node branches on one group: by how its rows fan out, by what they leave inside the fan-outs, or row by row, whichever leaves least to search
 * by experience (pseudo-costs: how much bounds grew where that kind of branch was taken before).
 */
export class Branch {
  private readonly family: Family;
  private readonly incumbent: Incumbent;
  private readonly dual: Dual;
  private readonly C: number;
  private readonly G: number;
  private readonly slidColumns: readonly (readonly number[])[];
  private readonly out = new Float64Array(3);
  private readonly products: readonly Float64Array[];
  private readonly chosen: Int32Array;
  private readonly exactProduct: Float64Array;
  private readonly experience: { n: number; sum: number }[];
  private fan: number = Number.POSITIVE_INFINITY;
  /** Kind of the branch that leads to the node being searched; −1 at the root. */
  private kind = -1;

  constructor(family: Family, incumbent: Incumbent) {
    this.family = family;
    this.incumbent = incumbent;
    const { relaxation, packing, objective, sliding } = family;
    this.C = relaxation.columns.length;
    this.G = packing.next.length;
    this.slidColumns = sliding.map(({ node }) =>
      relaxation.columns.flatMap(({ entered }, c) => (entered === node ? [c] : [])),
    );
    this.dual = new Dual(relaxation, objective, packing, this.covers());
    this.products = Array.from({ length: this.G + 1 }, () => new Float64Array(this.C).fill(1));
    this.exactProduct = new Float64Array(this.C);
    this.chosen = new Int32Array(this.G);
    this.experience = Array.from({ length: 3 * this.G }, () => ({ n: 1, sum: 0.02 }));
  }

  /** Per term of the energy that is a difference x − y: a product that is never below y, −1 for none. */
  private covers(): Int32Array {
    const { relaxation, rows } = this.family;
    const { C } = this;
    const terms = relaxation.energy;
    return Int32Array.from(terms, ({ column: y, v, weight }) => {
      if (v < 0) return -1;
      let best = -1;
      let size = Number.POSITIVE_INFINITY;
      for (let t = 0; t < terms.length; t++) {
        const z = terms[t]!;
        if (z.v >= 0 || z.weight < weight || relaxation.columns[z.column]!.entered < 0) continue;
        let sum = 0;
        let covers = true;
        for (const { rows: ids, logs } of rows) {
          let own = 0;
          for (let i = 0, at = 0; i < ids.length && covers; i++, at += C) {
            if (logs[at + y]! > logs[at + z.column]! + 1e-9) covers = false;
            own += logs[at + z.column]!;
          }
          sum += own / Math.max(1, ids.length);
          if (!covers) break;
        }
        if (covers && sum < size) {
          size = sum;
          best = t;
        }
      }
      return best;
    });
  }

  /** The family's rows under its mode, all still open; null where some group has none that fits. */
  root(): Node | null {
    const { rows, tables } = this.family;
    const { C } = this;
    const interrupted = Int32Array.from(this.slidColumns, () => -1);
    const open = rows.map(({ rows: ids, logs: whole }, g): OpenRows => {
      const logs = whole.slice();
      this.slidColumns.forEach((columns, s) => {
        if (!this.family.mode[s]!.includes(g)) return;
        const { slid } = this.family.rows[g]!;
        const S = this.slidColumns.length;
        for (let i = 0; i < ids.length; i++) for (const c of columns) logs[i * C + c]! += slid[i * S + s]!;
      });
      return { ids: Int32Array.from(ids.keys()), logs, classes: ids.map((row) => tables[g]!.packing[row]!) };
    });
    const fitting = this.fitting(open);
    if (fitting === null) return null;
    return this.interrupt({ open: fitting, interrupted, start: null });
  }

  /**
   * A first bound of the whole family, in logarithms, and where to go on from; offers the good choices that it meets. Null where nothing
   * in the family can beat the incumbent.
   */
  first(): { readonly bound: number; readonly start: Start } | null {
    const root = this.root();
    if (root === null) return null;
    const working: number[][] = root.open.map(() => []);
    const bound = this.dual.run(root.open, null, working, this.incumbent.cutoff() + ROUNDING, FIRST_PASSES);
    if (bound === Number.POSITIVE_INFINITY) return null;
    this.tryWorking(root, working);
    if (bound > this.incumbent.cutoff() + ROUNDING) return null;
    const ids = working.map((list, g) => list.map((i) => root.open[g]!.ids[i]!));
    return { bound, start: this.dual.start(ids) };
  }

  /** Follows the most promising parts of every branch, `fan` of them at each node; false where it was stopped. */
  dive(start: Start, fan: number): boolean {
    this.fan = fan;
    const goesOn = this.run(start);
    this.fan = Number.POSITIVE_INFINITY;
    return goesOn;
  }

  /** Searches the family; false where it was stopped. */
  run(start: Start | null): boolean {
    const root = this.root();
    if (root === null) return true;
    let open: readonly OpenRows[] | null = root.open;
    if (this.family.isExact) {
      const working = this.localWorking(root.open, start);
      this.dual.run(root.open, start, working, this.incumbent.cutoff() + ROUNDING, start === null ? FIRST_PASSES : 1);
      if (this.dual.bound > this.incumbent.cutoff() + ROUNDING) return true;
      open = this.filtered(root.open);
      if (open === null) return true;
      open = open.map((rows, g) => this.undominated(rows, g));
    }
    return this.search({ ...root, open, start }, 0, Number.NEGATIVE_INFINITY);
  }

  private localWorking(open: readonly OpenRows[], start: Start | null): number[][] {
    return open.map(({ ids }, g) => {
      const found: number[] = [];
      for (const id of start?.working[g] ?? []) {
        const at = indexOf(ids, id);
        if (at >= 0) found.push(at);
      }
      return found;
    });
  }

  private search(node: Node, depth: number, promised: number): boolean {
    const { incumbent, dual } = this;
    if (incumbent.tick()) return false;
    const { kind } = this;
    const working = this.localWorking(node.open, node.start);
    const cutoff = incumbent.cutoff() + ROUNDING;
    const bound = dual.run(node.open, node.start, working, cutoff, depth === 0 ? FIRST_PASSES : PASSES);
    if (kind >= 0) {
      const seen = this.experience[kind]!;
      seen.n++;
      seen.sum += Math.min(bound, cutoff + 0.02) - promised;
    }
    if (bound > cutoff) return true;
    this.tryWorking(node, working);
    const open = this.filtered(node.open);
    if (open === null) return true;
    const left = this.boundsOf(node.open, open);
    const constant = dual.constant;
    if (this.list(node, open, left, constant)) return true;
    const start = dual.start(working.map((list, g) => list.map((i) => node.open[g]!.ids[i]!)));
    const branch = this.branching(open, left, bound);
    if (branch === null) return true;
    const { group, parts, bounds } = branch;
    const order = Array.from(parts.keys()).sort((a, b) => bounds[a]! - bounds[b]! || a - b);
    for (const k of order.slice(0, this.fan)) {
      if (bounds[k]! > incumbent.cutoff() + ROUNDING) break;
      const children = this.fitting(open.map((rows, g) => (g === group ? taken(rows, parts[k]!, this.C) : rows)));
      if (children === null) continue;
      const child = this.interrupt({ open: children, interrupted: node.interrupted, start });
      if (child === null) continue;
      this.kind = branch.kind;
      if (!this.search(child, depth + 1, bounds[k]!)) return false;
    }
    return true;
  }

  /** The rows that may still beat the incumbent, by the dual's latest bound; null where a group has none. */
  private filtered(open: readonly OpenRows[]): readonly OpenRows[] | null {
    const { dual } = this;
    const cutoff = this.incumbent.cutoff() + ROUNDING;
    const result: OpenRows[] = [];
    for (let g = 0; g < this.G; g++) {
      const rows = open[g]!;
      const n = rows.ids.length;
      const keep = new Int32Array(n);
      let kept = 0;
      const costs = dual.costs[g]!;
      const through = dual.through[g]!;
      for (let i = 0; i < n; i++)
        if (dual.constant + costs[i]! + through[rows.classes[i]!]! <= cutoff) keep[kept++] = i;
      if (kept === 0) return null;
      result.push(kept === n ? rows : taken(rows, keep.subarray(0, kept), this.C));
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
      const bounds = new Float64Array(ids.length);
      const costs = new Float64Array(ids.length);
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
    const { C, G } = this;
    const { capacities, fanouts } = this.family.relaxation;
    const limits = [...capacities, ...fanouts.map(({ column, most }) => ({ columns: [column], most }))];
    let now = open;
    for (let round = 0; round < 3; round++) {
      let dropped = false;
      const least = new Float64Array(G * C).fill(Number.POSITIVE_INFINITY);
      for (let g = 0; g < G; g++) {
        const { ids, logs } = now[g]!;
        for (const { columns } of limits)
          for (const c of columns)
            for (let i = 0, at = c; i < ids.length; i++, at += C)
              if (logs[at]! < least[g * C + c]!) least[g * C + c] = logs[at]!;
      }
      const next: OpenRows[] = [];
      for (let g = 0; g < G; g++) {
        const rows = now[g]!;
        const n = rows.ids.length;
        const keep = new Int32Array(n);
        let kept = 0;
        const rest = limits.map(({ columns }) =>
          columns.map((c) => {
            let sum = 0;
            for (let h = 0; h < G; h++) if (h !== g) sum += least[h * C + c]!;
            return sum;
          }),
        );
        for (let i = 0; i < n; i++) {
          let fits = true;
          for (let k = 0; k < limits.length && fits; k++) {
            const { columns, most } = limits[k]!;
            if (columns.length === 1) {
              fits = rows.logs[i * C + columns[0]!]! + rest[k]![0]! <= Math.log(most) + 1e-11;
              continue;
            }
            let sum = 0;
            for (let j = 0; j < columns.length; j++) sum += Math.exp(rows.logs[i * C + columns[j]!]! + rest[k]![j]!);
            fits = sum <= most * (1 + 1e-11);
          }
          if (fits) keep[kept++] = i;
        }
        if (kept === 0) return null;
        if (kept < n) dropped = true;
        next.push(kept === n ? rows : taken(rows, keep.subarray(0, kept), C));
      }
      now = next;
      if (!dropped) break;
    }
    return now;
  }

  /** Looks the words that slide into nodes up again where all that is left of the other groups interrupts the slide further in. */
  private interrupt(node: Node): Node {
    const { family, C } = this;
    const { rows, runs, sliding, mode } = family;
    const S = sliding.length;
    const interrupted = node.interrupted.slice();
    const open = [...node.open];
    for (let s = 0; s < S; s++) {
      let position = -1;
      for (let h = 0; h < this.G; h++) {
        if (mode[s]!.includes(h)) continue;
        let least = Number.MAX_SAFE_INTEGER;
        const { ids } = node.open[h]!;
        for (let i = 0; i < ids.length; i++) {
          const b = rows[h]!.breaks[ids[i]! * S + s]!;
          if (b < least) least = b;
        }
        if (least > position) position = least;
      }
      const before = interrupted[s]!;
      if (position <= before) continue;
      interrupted[s] = position;
      for (const g of mode[s]!) {
        const { ids, classes } = open[g]!;
        const logs = open[g]!.logs.slice();
        for (let i = 0; i < ids.length; i++) {
          const run = runs[rows[g]!.runs[ids[i]! * S + s]!]!;
          const more = wordsAt(run, position) - wordsAt(run, before);
          if (more !== 0) for (const c of this.slidColumns[s]!) logs[i * C + c]! += more;
        }
        open[g] = { ids, logs, classes };
      }
    }
    return { ...node, open, interrupted };
  }

  /** Prices the combinations of the latest working rows. */
  private tryWorking(node: Node, working: readonly (readonly number[])[]): void {
    const { C, G, products } = this;
    const lists = working.map((list) => list.slice());
    while (lists.reduce((n, list) => n * list.length, 1) > TRIED)
      lists.reduce((a, b) => (b.length > a.length ? b : a)).shift();
    const visit = (g: number): void => {
      if (g === G) {
        this.consider(node);
        return;
      }
      const { ids, logs } = node.open[g]!;
      for (const i of lists[g]!) {
        this.chosen[g] = ids[i]!;
        const from = products[g]!;
        const to = products[g + 1]!;
        for (let c = 0, at = i * C; c < C; c++, at++) to[c] = from[c]! * Math.exp(logs[at]!);
        visit(g + 1);
      }
    };
    visit(0);
  }

  /** Offers the complete choice whose product of columns is at hand, if it beats the incumbent. */
  private consider(node: Node): void {
    const { family, out, incumbent } = this;
    const product = this.products[this.G]!;
    for (const { column, most } of family.relaxation.fanouts) if (product[column]! > most * (1 + 1e-9)) return;
    if (!family.evaluate(product, out) || !incumbent.improves(out[0]!, out[1]!, out[2]!)) return;
    if (
      this.correct(node) &&
      (!family.evaluate(this.exactProduct, out) || !incumbent.improves(out[0]!, out[1]!, out[2]!))
    )
      return;
    incumbent.offer(this.chosen);
  }

  /** The product with the slides interrupted where the chosen rows interrupt them; false where that changes nothing. */
  private correct(node: Node): boolean {
    const { family, chosen, exactProduct } = this;
    const { rows, runs, sliding, mode } = family;
    const S = sliding.length;
    exactProduct.set(this.products[this.G]!);
    let changed = false;
    for (let s = 0; s < S; s++) {
      let position = -1;
      for (let h = 0; h < this.G; h++) {
        if (mode[s]!.includes(h)) continue;
        const b = rows[h]!.breaks[chosen[h]! * S + s]!;
        if (b > position) position = b;
      }
      const before = node.interrupted[s]!;
      if (position <= before) continue;
      for (const g of mode[s]!) {
        const run = runs[rows[g]!.runs[chosen[g]! * S + s]!]!;
        const factor = Math.exp(wordsAt(run, position) - wordsAt(run, before));
        if (factor === 1) continue;
        changed = true;
        for (const c of this.slidColumns[s]!) exactProduct[c]! *= factor;
      }
    }
    return changed;
  }

  /** Lists all complete choices whose linear bound does not pass the incumbent, if they are few; false where they are many. */
  private list(
    node: Node,
    open: readonly OpenRows[],
    left: readonly { readonly costs: Float64Array }[],
    constant: number,
  ): boolean {
    const { C, G, products, chosen } = this;
    const { packing } = this.family;
    const least = open.map(({ classes }, g) => {
      const own = new Float64Array(packing.classes[g]!.size).fill(Number.POSITIVE_INFINITY);
      const { costs } = left[g]!;
      for (let i = 0; i < classes.length; i++) if (costs[i]! < own[classes[i]!]!) own[classes[i]!] = costs[i]!;
      return own;
    });
    const back: Float64Array[] = packing.states.map((n) => new Float64Array(n));
    for (let g = G - 1; g >= 0; g--) {
      const here = back[g]!.fill(Number.POSITIVE_INFINITY);
      const own = least[g]!;
      const table = packing.next[g]!;
      for (let k = 0; k < own.length; k++) {
        if (own[k] === Number.POSITIVE_INFINITY) continue;
        for (let s = 0; s < here.length; s++) {
          const to = table[s * own.length + k]!;
          if (to >= 0 && own[k]! + back[g + 1]![to]! < here[s]!) here[s] = own[k]! + back[g + 1]![to]!;
        }
      }
    }
    const room = this.incumbent.cutoff() + ROUNDING - constant;
    if (this.estimate(left, room) > LISTED) return false;
    const factors = open.map(({ logs }) => {
      const values = new Float64Array(logs.length);
      for (let i = 0; i < logs.length; i++) values[i] = logs[i] === 0 ? 1 : Math.exp(logs[i]!);
      return values;
    });
    /** Per group: rows by class, then by cost. */
    const order = open.map(({ classes }, g) => {
      const { costs } = left[g]!;
      return Int32Array.from(classes.keys()).sort(
        (a, b) => classes[a]! - classes[b]! || costs[a]! - costs[b]! || a - b,
      );
    });
    const visit = (g: number, state: number, sum: number): void => {
      if (g === G) {
        this.consider(node);
        return;
      }
      const { classes, ids } = open[g]!;
      const { costs } = left[g]!;
      const own = order[g]!;
      const table = packing.next[g]!;
      const count = packing.classes[g]!.size;
      const from = products[g]!;
      const to = products[g + 1]!;
      const values = factors[g]!;
      let closed = -1;
      for (let k = 0; k < own.length; k++) {
        const i = own[k]!;
        const kind = classes[i]!;
        if (kind === closed) continue;
        const next = table[state * count + kind]!;
        if (next < 0 || sum + costs[i]! + back[g + 1]![next]! > this.incumbent.cutoff() + ROUNDING - constant) {
          closed = kind;
          continue;
        }
        chosen[g] = ids[i]!;
        for (let c = 0, at = i * C; c < C; c++, at++) to[c] = from[c]! * values[at]!;
        visit(g + 1, next, sum + costs[i]!);
      }
    };
    visit(0, 0, 0);
    return true;
  }

  /** About how many complete choices have a linear bound within the room: from histograms of costs, the packing left aside. */
  private estimate(left: readonly { readonly costs: Float64Array }[], room: number): number {
    let total = 0;
    const least = left.map(({ costs }) => costs.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY));
    for (const x of least) total += x;
    const gap = Math.max(room - total, 1e-12);
    let histogram = new Float64Array(BINS + 1);
    histogram[0] = 1;
    for (let g = 0; g < this.G; g++) {
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

  /** The branch that is expected to leave the fewest nodes alive: the group, the parts of its rows, and a bound for each part. */
  private branching(open: readonly OpenRows[], left: readonly { readonly bounds: Float64Array }[], bound: number) {
    const { tables, rows } = this.family;
    const gap = Math.max(this.incumbent.cutoff() - bound, 1e-9);
    let best: { group: number; kind: number; numbers: Float64Array } | null = null;
    let fewest = Number.POSITIVE_INFINITY;
    for (let g = 0; g < this.G; g++) {
      const { ids, classes } = open[g]!;
      const n = ids.length;
      if (n < 2) continue;
      const { inner } = tables[g]!;
      for (let level = 0; level < 3; level++) {
        if (level === 2 && n > ROW_BY_ROW) continue;
        const numbers = new Float64Array(n);
        const least = new Map<number, number>();
        for (let i = 0; i < n; i++) {
          const number =
            level === 2 ? i : level === 0 ? classes[i]! : classes[i]! * 1_000_000 + inner[rows[g]!.rows[ids[i]!]!]!;
          numbers[i] = number;
          const x = left[g]!.bounds[i]!;
          if (!(least.get(number)! <= x)) least.set(number, x);
        }
        if (least.size < 2) continue;
        const seen = this.experience[3 * g + level]!;
        const grows = seen.sum / seen.n;
        let score = 0;
        for (const x of least.values()) score += Math.max(0.02, 1 - (x - bound + grows) / gap);
        if (score < fewest) {
          fewest = score;
          best = { group: g, kind: 3 * g + level, numbers };
        }
      }
    }
    if (best === null) {
      for (let g = 0; g < this.G; g++) {
        const n = open[g]!.ids.length;
        if (n >= 2 && (best === null || n < best.numbers.length))
          best = { group: g, kind: 3 * g + 2, numbers: Float64Array.from({ length: n }, (_, i) => i) };
      }
      if (best === null) return null;
    }
    const at = new Map<number, number>();
    const lists: number[][] = [];
    const bounds: number[] = [];
    for (let i = 0; i < best.numbers.length; i++) {
      const number = best.numbers[i]!;
      const k = at.get(number) ?? lists.length;
      if (k === lists.length) {
        at.set(number, k);
        lists.push([]);
        bounds.push(Number.POSITIVE_INFINITY);
      }
      lists[k]!.push(i);
      bounds[k] = Math.min(bounds[k]!, left[best.group]!.bounds[i]!);
    }
    return { group: best.group, kind: best.kind, parts: lists.map((list) => Int32Array.from(list)), bounds };
  }

  /**
   * Drops rows that another one of the group is never worse than, whatever the other groups choose: in every column, in the words
   * slid into every node whatever the position of the interruption, and in where it interrupts others. A row whose nodes may
   * want different interleavings dominates none: its words are bounds only.
   */
  private undominated(open: OpenRows, g: number): OpenRows {
    const { C } = this;
    const { rows, runs, sliding, mode, tables } = this.family;
    const S = sliding.length;
    const n = open.ids.length;
    const thresholds = sliding.map((_, s) => {
      const all = new Set<number>();
      if (mode[s]!.includes(g))
        for (const id of open.ids)
          for (const position of runs[rows[g]!.runs[id * S + s]!]!.positions) all.add(position);
      return [...all].map((position) => position + 1);
    });
    const size = C + S + thresholds.reduce((sum, list) => sum + list.length, 0);
    const vectors = new Float64Array(n * size);
    for (let i = 0; i < n; i++) {
      const id = open.ids[i]!;
      let at = i * size;
      for (let c = 0; c < C; c++) vectors[at++] = open.logs[i * C + c]!;
      for (let s = 0; s < S; s++) vectors[at++] = mode[s]!.includes(g) ? 0 : rows[g]!.breaks[id * S + s]!;
      for (let s = 0; s < S; s++)
        for (const threshold of thresholds[s]!) vectors[at++] = wordsAt(runs[rows[g]!.runs[id * S + s]!]!, threshold);
    }
    const varying: number[] = [];
    for (let d = 0; d < size; d++)
      for (let i = 1; i < n; i++)
        if (vectors[i * size + d] !== vectors[d]) {
          varying.push(d);
          break;
        }
    const D = varying.length;
    const points = new Float64Array(n * D);
    const weight = new Float64Array(n);
    for (let i = 0; i < n; i++)
      for (let d = 0; d < D; d++) {
        points[i * D + d] = vectors[i * size + varying[d]!]!;
        weight[i]! += points[i * D + d]!;
      }
    const order = Int32Array.from(open.ids.keys()).sort((a, b) => weight[a]! - weight[b]! || a - b);
    const kept = new Int32Array(n);
    let count = 0;
    for (const i of order) {
      let dominated = false;
      for (let k = 0; k < count && !dominated; k++) {
        const a = kept[k]! * D;
        const b = i * D;
        let d = 0;
        while (d < D && points[a + d]! <= points[b + d]! + 1e-12) d++;
        dominated = d === D && tables[g]!.ambiguous[rows[g]!.rows[open.ids[kept[k]!]!]!] === 0;
      }
      if (!dominated) kept[count++] = i;
    }
    return taken(open, kept.slice(0, count).sort(), C);
  }
}

/** Log words of a run whose slides are interrupted at the position. */
function wordsAt({ positions, words }: Run, position: number): number {
  let k = 0;
  while (k < positions.length && positions[k]! >= position) k++;
  return words[k]!;
}

/** Some of the rows, by ascending index. */
function taken({ ids, logs, classes }: OpenRows, which: Int32Array, C: number): OpenRows {
  const n = which.length;
  const [some, columns, kinds] = [new Int32Array(n), new Float64Array(n * C), new Int32Array(n)];
  for (let i = 0; i < n; i++) {
    const at = which[i]!;
    some[i] = ids[at]!;
    kinds[i] = classes[at]!;
    columns.set(logs.subarray(at * C, (at + 1) * C), i * C);
  }
  return { ids: some, logs: columns, classes: kinds };
}

/** Index of a number in an ascending array, −1 where it is not there. */
function indexOf(sorted: Int32Array, x: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const y = sorted[middle]!;
    if (y === x) return middle;
    if (y < x) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
