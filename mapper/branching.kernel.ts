import type { Family } from "./branch.kernel.js";
import type { OpenRows } from "./open.kernel.js";

/** The parts that a node is divided into: of one open group the rows of each, and a bound for each. */
export interface Division {
  readonly group: number;
  /** The kind of branch, for what is learnt of it. */
  readonly kind: string;
  readonly parts: readonly Int32Array[];
  readonly bounds: readonly number[];
}

/** Groups with more rows are not branched row by row. */
const ROW_BY_ROW = 60;
/** Columns that the bound holds to a lower power are not branched on. */
const WEIGHTY = 0.01;
/** The most numbers that parts have before they are numbered anew. */
const NUMBERED = 4096;
/** Logarithms that differ by less than one part in so many are one factor; what is up to 42 fits. */
const FINE = 5e7;
/** A multiplier that spreads keys over all bits: 2³² over the golden ratio. */
const SPREADING = 0x9e3779b1;
/** What a part costs at least, in nodes, and what bounds are thought to grow by before anything is known of a kind of branch. */
const LEAST = 0.1;
const GROWTH = 0.02;

/**
 * Chooses how a node is divided: one group's rows by how they fan out, by what they leave inside the fan-outs, by their factor of one column,
 * or row by row, whichever is expected to leave the least to search by experience (pseudo-costs: by how much bounds grew where that
 * kind of branch was taken before). A bound is loose where the rows that it mixes differ in a column it holds dear.
 */
export class Branching {
  private readonly tables: Family["tables"];
  private readonly rows: Family["rows"];
  private readonly states: number;
  private readonly columns: number;
  private readonly experience = new Map<string, { n: number; sum: number }>();
  /** Per group and column: a number for each factor that rows have, by row; and how many there are. */
  private readonly factors = new Map<number, Numbers>();
  private readonly insides = new Map<number, Numbers>();
  private ids = new Int32Array(0);
  private keys = new Int32Array(0);
  private least = new Float64Array(NUMBERED);

  constructor(family: Family) {
    this.tables = family.tables;
    this.rows = family.rows;
    this.states = family.packing.states;
    this.columns = family.relaxation.columns.length;
  }

  /** Notes by how much a bound grew. */
  learn(kind: string, grown: number): void {
    const seen = this.experience.get(kind) ?? { n: 1, sum: GROWTH };
    seen.n++;
    seen.sum += grown;
    this.experience.set(kind, seen);
  }

  /**
   * Null where every group has one row. `bounds`: per group and row; `bound`: the node's; `gap`: how much is missing to close it; `weights`: the
   * power to which the bound holds each column.
   */
  divide(
    open: readonly OpenRows[],
    bounds: readonly Float64Array[],
    bound: number,
    gap: number,
    weights: Float64Array,
  ): Division | null {
    let [group, level] = [-1, -1];
    let fewest = Number.POSITIVE_INFINITY;
    for (let g = 0; g < open.length; g++) {
      const n = open[g]!.ids.length;
      if (n < 2) continue;
      const groups = `${open[g]!.groups}`;
      const seen: Numbers[] = [];
      for (let l = 0; l < 3 + this.columns; l++) {
        if (l === 2 && n > ROW_BY_ROW) continue;
        if (l > 2 && (weights[l - 3]! < WEIGHTY || this.isSeen(open[g]!, l - 3, seen))) continue;
        const score = this.score(open[g]!, `${groups} ${l}`, l, bounds[g]!, bound, gap);
        if (score >= fewest) continue;
        fewest = score;
        [group, level] = [g, l];
      }
    }
    if (group < 0) {
      group = smallest(open);
      level = 2;
    }
    return group < 0 ? null : this.division(open[group]!, group, level, bounds[group]!);
  }

  /** Whether a column divides rows of one group as one of those before does, or not at all. */
  private isSeen({ groups }: OpenRows, column: number, seen: Numbers[]): boolean {
    if (groups.length > 1) return false;
    const own = this.factorsOf(groups[0]!, column);
    if (own.count === 1 || seen.includes(own)) return true;
    seen.push(own);
    return false;
  }

  /** The nodes that a branch is expected to cost; Infinity where it does not divide. */
  private score(open: OpenRows, kind: string, level: number, bounds: Float64Array, bound: number, gap: number): number {
    const count = this.number(open, level);
    if (count < 2) return Number.POSITIVE_INFINITY;
    const { ids, least } = this;
    least.fill(Number.POSITIVE_INFINITY, 0, count);
    for (let i = 0; i < bounds.length; i++) if (bounds[i]! < least[ids[i]!]!) least[ids[i]!] = bounds[i]!;
    const grows = this.growth(kind);
    let parts = 0;
    let score = 0;
    for (let k = 0; k < count; k++) {
      if (least[k] === Number.POSITIVE_INFINITY) continue;
      parts++;
      score += Math.max(LEAST, 1 - (least[k]! - bound + grows) / gap);
    }
    return parts < 2 ? Number.POSITIVE_INFINITY : score;
  }

  private growth(kind: string): number {
    const seen = this.experience.get(kind);
    return seen === undefined ? GROWTH : seen.sum / seen.n;
  }

  private division(open: OpenRows, group: number, level: number, of: Float64Array): Division {
    const count = this.number(open, level);
    const at = new Int32Array(count).fill(-1);
    const lists: number[][] = [];
    const bounds: number[] = [];
    for (let i = 0; i < of.length; i++) {
      const id = this.ids[i]!;
      if (at[id]! < 0) {
        at[id] = lists.length;
        lists.push([]);
        bounds.push(Number.POSITIVE_INFINITY);
      }
      const k = at[id]!;
      lists[k]!.push(i);
      if (of[i]! < bounds[k]!) bounds[k] = of[i]!;
    }
    return { group, kind: `${open.groups} ${level}`, parts: lists.map((list) => Int32Array.from(list)), bounds };
  }

  /** Numbers the parts into which the level divides the rows, 0 to the returned count − 1 (some without rows), in `ids`. */
  private number(open: OpenRows, level: number): number {
    const { groups, members, classes } = open;
    const n = classes.length;
    if (this.ids.length < n) this.ids = new Int32Array(2 * n);
    const { ids } = this;
    if (level === 2) {
      if (n > this.least.length) this.least = new Float64Array(2 * n);
      for (let i = 0; i < n; i++) ids[i] = i;
      return n;
    }
    if (level === 0) {
      ids.set(classes);
      return this.states;
    }
    let count = 1;
    if (level === 1) {
      ids.set(classes);
      count = this.states;
    } else ids.fill(0, 0, n);
    for (let k = 0, m = groups.length; k < m; k++) {
      const own = level === 1 ? this.insideOf(groups[k]!) : this.factorsOf(groups[k]!, level - 3);
      if (own.count === 1) continue;
      for (let i = 0; i < n; i++) ids[i] = ids[i]! * own.count + own.ids[members[i * m + k]!]!;
      count *= own.count;
    }
    if (count > NUMBERED) count = renumbered(ids, n);
    if (count > this.least.length) this.least = new Float64Array(2 * count);
    return count;
  }

  private insideOf(group: number): Numbers {
    const known = this.insides.get(group);
    if (known !== undefined) return known;
    const { inner } = this.tables[group]!;
    const { rows } = this.rows[group]!;
    const keys = this.keysFor(rows.length);
    for (let i = 0; i < rows.length; i++) keys[i] = inner[rows[i]!]!;
    const made = numbersOf(keys, rows.length);
    this.insides.set(group, made);
    return made;
  }

  private keysFor(n: number): Int32Array {
    if (this.keys.length < n) this.keys = new Int32Array(2 * n);
    return this.keys;
  }

  private factorsOf(group: number, column: number): Numbers {
    const key = group * this.columns + column;
    const known = this.factors.get(key);
    if (known !== undefined) return known;
    const { rows, logs } = this.rows[group]!;
    const keys = this.keysFor(rows.length);
    for (let i = 0, at = column; i < rows.length; i++, at += this.columns) keys[i] = Math.round(logs[at]! * FINE);
    const made = numbersOf(keys, rows.length);
    const like = this.like(made, group, column);
    this.factors.set(key, like);
    return like;
  }

  /** Those of an earlier column, where they are the same. */
  private like(made: Numbers, group: number, column: number): Numbers {
    for (let c = 0; c < column; c++) {
      const other = this.factors.get(group * this.columns + c);
      if (other !== undefined && isSame(other, made)) return other;
    }
    return made;
  }
}

/** A number for each row, and how many numbers there are. */
interface Numbers {
  readonly ids: Int32Array;
  readonly count: number;
}

function smallest(open: readonly OpenRows[]): number {
  let group = -1;
  for (let g = 0; g < open.length; g++) {
    const n = open[g]!.ids.length;
    if (n >= 2 && (group < 0 || n < open[group]!.ids.length)) group = g;
  }
  return group;
}

/** Numbers equal keys alike, the first n, in the order in which they are met. */
function numbersOf(keys: Int32Array, n: number): Numbers {
  const ids = new Int32Array(n);
  const bits = 33 - Math.clz32(n | 7);
  /** Where keys are looked for, one behind the other; −1: none is there. */
  const slots = new Int32Array(1 << bits).fill(-1);
  const known = new Int32Array(n);
  let count = 0;
  for (let i = 0; i < n; i++) {
    const key = keys[i]!;
    let at = Math.imul(key, SPREADING) >>> (32 - bits);
    while (slots[at]! >= 0 && known[slots[at]!] !== key) at = (at + 1) & (slots.length - 1);
    if (slots[at]! < 0) {
      slots[at] = count;
      known[count++] = key;
    }
    ids[i] = slots[at]!;
  }
  return { ids, count };
}

function isSame(x: Numbers, y: Numbers): boolean {
  if (x.count !== y.count) return false;
  for (let i = 0; i < x.ids.length; i++) if (x.ids[i] !== y.ids[i]) return false;
  return true;
}

/** Numbers the first n anew, without gaps; how many there are. */
function renumbered(ids: Int32Array, n: number): number {
  const { ids: dense, count } = numbersOf(ids, n);
  ids.set(dense);
  return count;
}
