import type { Arena } from "./arena.kernel.js";
import type { GroupRows, Mode } from "./family.js";
import type { Packing } from "./packing.js";
import type { Runs } from "./runs.kernel.js";

/**
 * The choices that are open, at a node of the search, for one group, or for several groups joined to one. n rows, C columns, S
 * sliding nodes, m members.
 */
export class OpenRows {
  /** The groups that each row settles. */
  readonly groups: readonly number[];
  /** n: numbers that tell the rows apart, ascending. */
  readonly ids: Int32Array;
  /** n × m: the row of each member in the family's rows. */
  readonly members: Int32Array;
  /** n × C: log factors. */
  readonly logs: Float64Array;
  /** n: the state of the use of fan-outs. */
  readonly classes: Int32Array;
  /** n × S: the innermost position at which members that do not slide the node interrupt the slide, −1 for none. */
  readonly breaks: Int32Array;
  /** S: the position up to which all other open groups interrupt the slide, so far as `logs` knows. */
  readonly outside: Int32Array;

  // One shape for all of them: loops over rows are compiled once.
  constructor(
    groups: readonly number[],
    ids: Int32Array,
    members: Int32Array,
    logs: Float64Array,
    classes: Int32Array,
    breaks: Int32Array,
    outside: Int32Array,
  ) {
    this.groups = groups;
    this.ids = ids;
    this.members = members;
    this.logs = logs;
    this.classes = classes;
    this.breaks = breaks;
    this.outside = outside;
  }
}

/** What rows of a family mean. */
export interface RowSpace {
  readonly rows: readonly GroupRows[];
  readonly runs: Runs;
  readonly mode: Mode;
  readonly packing: Packing;
  /** Per sliding node: the columns of words that enter it. */
  readonly entering: readonly (readonly number[])[];
  /** C. */
  readonly width: number;
  /** Where rows are put; they last as long as whoever asked for them lets them. */
  readonly arena: Arena;
}

/** All rows of a group under the mode, slides interrupted by nothing. */
export function everyRow(
  { rows, mode, entering, width: C, arena }: RowSpace,
  group: number,
  packing: Int32Array,
): OpenRows {
  const { rows: ids, logs: whole, slid, breaks: own } = rows[group]!;
  const S = entering.length;
  const n = ids.length;
  const slides = mode.some((groups) => groups.includes(group));
  const logs = slides ? copied(whole, arena) : whole;
  const breaks = slides ? arena.ints(n * S) : own;
  if (slides) breaks.set(own);
  for (let s = 0; s < S; s++) {
    if (!mode[s]!.includes(group)) continue;
    for (let i = 0; i < n; i++) {
      breaks[i * S + s] = -1;
      for (const c of entering[s]!) logs[i * C + c]! += slid[i * S + s]!;
    }
  }
  const members = arena.ints(n);
  const classes = arena.ints(n);
  for (let i = 0; i < n; i++) {
    members[i] = i;
    classes[i] = packing[ids[i]!]!;
  }
  return new OpenRows([group], members, members, logs, classes, breaks, new Int32Array(S).fill(-1));
}

/** The columns of a complete choice, one row a group, slides interrupted where the rows interrupt them. */
export function columnsOf({ rows, runs, mode, entering, width: C }: RowSpace, chosen: ArrayLike<number>): Float64Array {
  const G = rows.length;
  const S = entering.length;
  const columns = new Float64Array(C);
  for (let g = 0; g < G; g++) for (let c = 0; c < C; c++) columns[c]! += rows[g]!.logs[chosen[g]! * C + c]!;
  for (let s = 0; s < S; s++) {
    let position = -1;
    for (let h = 0; h < G; h++) {
      const b = rows[h]!.breaks[chosen[h]! * S + s]!;
      if (!mode[s]!.includes(h) && b > position) position = b;
    }
    for (const g of mode[s]!) {
      const at = chosen[g]! * S + s;
      const run = rows[g]!.runs[at]!;
      const fewer = rows[g]!.slid[at]! + runs.wordsAt(run, position) - runs.wordsOf(run);
      for (const c of entering[s]!) columns[c]! += fewer;
    }
  }
  for (let c = 0; c < C; c++) columns[c] = Math.exp(columns[c]!);
  return columns;
}

/** Log of the product of a complete choice's columns: which of several takes least room and traffic. */
export const extentOf = (space: RowSpace, chosen: ArrayLike<number>): number =>
  columnsOf(space, chosen).reduce((sum, x) => sum + Math.log(x), 0);

function copied(from: Float64Array, arena: Arena): Float64Array {
  const to = arena.floats(from.length);
  to.set(from);
  return to;
}

/** Some of the rows, by ascending index. */
export function taken({ width: C, arena }: RowSpace, open: OpenRows, which: Int32Array): OpenRows {
  const n = which.length;
  const m = open.groups.length;
  const S = open.outside.length;
  const ids = arena.ints(n);
  const members = arena.ints(n * m);
  const logs = arena.floats(n * C);
  const classes = arena.ints(n);
  const breaks = arena.ints(n * S);
  for (let i = 0; i < n; i++) {
    const at = which[i]!;
    ids[i] = open.ids[at]!;
    classes[i] = open.classes[at]!;
    for (let k = 0; k < m; k++) members[i * m + k] = open.members[at * m + k]!;
    for (let s = 0; s < S; s++) breaks[i * S + s] = open.breaks[at * S + s]!;
    for (let c = 0, to = i * C, from = at * C; c < C; c++) logs[to++] = open.logs[from++]!;
  }
  return new OpenRows(open.groups, ids, members, logs, classes, breaks, open.outside);
}

/** Per open group and sliding node: the position at which the others interrupt the slide, whatever they choose. */
function outsidesOf(open: readonly Pick<OpenRows, "ids" | "breaks">[], S: number): readonly Int32Array[] {
  const least = open.map(({ ids, breaks }) => {
    const own = new Int32Array(S).fill(ids.length === 0 ? -1 : 0x7fffffff);
    for (let i = 0; i < ids.length; i++)
      for (let s = 0; s < S; s++) if (breaks[i * S + s]! < own[s]!) own[s] = breaks[i * S + s]!;
    return own;
  });
  return open.map((_, x) => {
    const outside = new Int32Array(S).fill(-1);
    least.forEach((own, y) => {
      if (y !== x) for (let s = 0; s < S; s++) if (own[s]! > outside[s]!) outside[s] = own[s]!;
    });
    return outside;
  });
}

/** Looks the words that slide into nodes up again where all that is left of the other groups interrupts the slide further in. */
export function interrupt(space: RowSpace, open: readonly OpenRows[]): readonly OpenRows[] {
  const { rows, runs, mode, entering, width: C, arena } = space;
  const S = entering.length;
  if (S === 0) return open;
  const outsides = outsidesOf(open, S);
  return open.map((own, x) => {
    const outside = outsides[x]!;
    const m = own.groups.length;
    let logs = own.logs;
    const now = own.outside.slice();
    for (let s = 0; s < S; s++) {
      if (outside[s]! <= own.outside[s]!) continue;
      now[s] = outside[s]!;
      for (let k = 0; k < m; k++) {
        const g = own.groups[k]!;
        if (!mode[s]!.includes(g)) continue;
        if (logs === own.logs) logs = copied(own.logs, arena);
        for (let i = 0; i < own.ids.length; i++) {
          const inner = own.breaks[i * S + s]!;
          if (inner >= outside[s]!) continue;
          const before = inner > own.outside[s]! ? inner : own.outside[s]!;
          const run = rows[g]!.runs[own.members[i * m + k]! * S + s]!;
          const more = runs.wordsAt(run, outside[s]!) - runs.wordsAt(run, before);
          if (more !== 0) for (const c of entering[s]!) logs[i * C + c]! += more;
        }
      }
    }
    return logs === own.logs && now.every((p, s) => p === own.outside[s])
      ? own
      : new OpenRows(own.groups, own.ids, own.members, logs, own.classes, own.breaks, now);
  });
}

/**
 * Joins groups x and y to one: every pair of rows with costs a[i] + b[j] + rest[state of both] ≤ room. Null where there are more than `most`.
 */
export function joined(
  space: RowSpace,
  open: readonly OpenRows[],
  x: number,
  y: number,
  costs: readonly Float64Array[],
  rest: Float64Array,
  room: number,
  most: number,
): OpenRows | null {
  const { rows, runs, mode, entering, packing, width: C, arena } = space;
  const { times, states } = packing;
  const [a, b] = [open[x]!, open[y]!];
  const S = entering.length;
  const ordered = byClass(b.classes, costs[y]!, states);
  const [left, right]: [number[], number[]] = [[], []];
  for (let i = 0; i < a.ids.length; i++) {
    const cost = costs[x]![i]!;
    for (const { state, list } of ordered) {
      const both = times[a.classes[i]! * states + state]!;
      if (both < 0) continue;
      const limit = room - cost - rest[both]!;
      for (let k = 0; k < list.length && costs[y]![list[k]!]! <= limit; k++) {
        left.push(i);
        right.push(list[k]!);
      }
    }
    if (left.length > most) return null;
  }
  const n = left.length;
  const [ma, mb] = [a.groups.length, b.groups.length];
  const m = ma + mb;
  const outside = outsidesOf(
    [...open.filter((_, g) => g !== x && g !== y), { ids: new Int32Array(0), breaks: a.breaks }],
    S,
  ).at(-1)!;
  const members = arena.ints(n * m);
  const logs = arena.floats(n * C);
  const classes = arena.ints(n);
  const breaks = arena.ints(n * S);
  for (let r = 0; r < n; r++) {
    const [i, j] = [left[r]!, right[r]!];
    for (let k = 0; k < ma; k++) members[r * m + k] = a.members[i * ma + k]!;
    for (let k = 0; k < mb; k++) members[r * m + ma + k] = b.members[j * mb + k]!;
    classes[r] = times[a.classes[i]! * states + b.classes[j]!]!;
    for (let c = 0; c < C; c++) logs[r * C + c] = a.logs[i * C + c]! + b.logs[j * C + c]!;
    for (let s = 0; s < S; s++) {
      const [ba, bb] = [a.breaks[i * S + s]!, b.breaks[j * S + s]!];
      const both = ba > bb ? ba : bb;
      breaks[r * S + s] = both;
      const position = both > outside[s]! ? both : outside[s]!;
      for (let k = 0; k < m; k++) {
        const isLeft = k < ma;
        const g = isLeft ? a.groups[k]! : b.groups[k - ma]!;
        if (!mode[s]!.includes(g)) continue;
        const own = isLeft ? ba : bb;
        const there = isLeft ? a.outside[s]! : b.outside[s]!;
        const run = rows[g]!.runs[members[r * m + k]! * S + s]!;
        const more = runs.wordsAt(run, position) - runs.wordsAt(run, own > there ? own : there);
        if (more !== 0) for (const c of entering[s]!) logs[r * C + c]! += more;
      }
    }
  }
  const ids = Int32Array.from({ length: n }, (_, r) => r);
  return new OpenRows([...a.groups, ...b.groups], ids, members, logs, classes, breaks, outside);
}

/** Rows by state, those of a state by cost. */
export function byClass(
  classes: Int32Array,
  costs: Float64Array,
  states: number,
): readonly { readonly state: number; readonly list: Int32Array }[] {
  const lists: number[][] = Array.from({ length: states }, () => []);
  for (let i = 0; i < classes.length; i++) lists[classes[i]!]!.push(i);
  return lists.flatMap((list, state) =>
    list.length === 0 ? [] : [{ state, list: Int32Array.from(list).sort((p, q) => costs[p]! - costs[q]! || p - q) }],
  );
}

/** What one row has to offer at a sliding node: the words of each member's run, at every position where others may interrupt it. */
interface Slide {
  readonly s: number;
  readonly k: number;
  readonly g: number;
  readonly at: readonly number[];
}

/**
 * Drops rows that another one of the same state is never worse than, whatever the other groups choose: in every column, in the words slid
 * into every node whatever the position of the interruption, and in where it interrupts others. So that ties stay to be decided by rank (rank.ts),
 * the other one also has to have less of some column whatever the others choose, or to go before the row. Rows that `isVague` (their
 * words are bounds only) drop none.
 */
export function undominated(space: RowSpace, open: OpenRows, isVague: (i: number) => boolean): OpenRows {
  const n = open.ids.length;
  const slides = slidesOf(space, open);
  const { vectors, size, columns } = comparable(space, open, slides);
  const { classes } = open;
  const weight = space.arena.floats(n).fill(0);
  for (let i = 0, at = 0; i < n; i++) for (let d = 0; d < size; d++, at++) weight[i]! += vectors[at]!;
  const order = space.arena.ints(n);
  for (let i = 0; i < n; i++) order[i] = i;
  order.sort((p, q) => classes[p]! - classes[q]! || weight[p]! - weight[q]! || p - q);
  const varying = telling(vectors, size, order);
  const D = varying.length;
  const strict = columns.map((set) => set.map((d) => varying.indexOf(d))).filter((set) => !set.includes(-1));
  const kept = space.arena.ints(n);
  let count = 0;
  /** Of one state, rows that may drop others: where they stand among those kept, and their points, and behind them the point that is looked at. */
  const droppers = new Int32Array(MOST_DROPPERS);
  const points = space.arena.floats((MOST_DROPPERS + 1) * D);
  let most = 0;
  for (let o = 0; o < n; o++) {
    const i = order[o]!;
    if (o > 0 && classes[i] !== classes[order[o - 1]!]) most = 0;
    const q = most * D;
    for (let d = 0; d < D; d++) points[q + d] = vectors[i * size + varying[d]!]!;
    let dropped = false;
    for (let k = 0, p = 0; k < most && !dropped; k++, p += D) {
      let d = 0;
      while (d < D && points[p + d]! <= points[q + d]! + SAME) d++;
      if (d < D) continue;
      const at = droppers[k]!;
      dropped = isLess(points, p, q, strict) || goesBefore(open, kept[at]!, i);
      if (dropped || !equals(points, p, q, D) || isVague(i)) continue;
      kept[at] = i;
      dropped = true;
    }
    if (dropped) continue;
    if (most < MOST_DROPPERS && !isVague(i)) droppers[most++] = count;
    kept[count++] = i;
  }
  return taken(space, open, kept.subarray(0, count).sort());
}

/** The most rows of a state, the lightest ones, that may drop others. */
const MOST_DROPPERS = 600;
/** Neighbours by weight that are asked which components tell rows apart. */
const ASKED = 512;

/** The components in which not all rows are equal; those first in which a lighter row most often has more than a heavier one. */
function telling(vectors: Float64Array, size: number, order: Int32Array): readonly number[] {
  const n = order.length;
  const varies = new Uint8Array(size);
  for (let i = 1, at = size; i < n; i++)
    for (let d = 0; d < size; d++, at++) if (vectors[at] !== vectors[d]) varies[d] = 1;
  const fails = new Int32Array(size);
  const [stride, apart] = [Math.max(1, Math.floor(n / ASKED)), Math.max(1, n >> 5)];
  for (let o = apart; o < n; o += stride) {
    const [p, q] = [order[o - apart]! * size, order[o]! * size];
    for (let d = 0; d < size; d++) if (vectors[p + d]! > vectors[q + d]! + SAME) fails[d]!++;
  }
  return Array.from({ length: size }, (_, d) => d)
    .filter((d) => varies[d] === 1)
    .sort((a, b) => fails[b]! - fails[a]! || a - b);
}

/** Logarithms this close are equal. */
const SAME = 1e-12;

/** Whether, of two rows of which p is nowhere above q, p is below q in all of one of the sets. */
function isLess(points: Float64Array, p: number, q: number, sets: readonly (readonly number[])[]): boolean {
  for (const set of sets) {
    let k = 0;
    while (k < set.length && points[p + set[k]!]! < points[q + set[k]!]! - SAME) k++;
    if (k === set.length) return true;
  }
  return false;
}

function equals(points: Float64Array, p: number, q: number, D: number): boolean {
  for (let d = 0; d < D; d++) if (Math.abs(points[p + d]! - points[q + d]!) > SAME) return false;
  return true;
}

/** Whether row i stands before row j in the canonical order: compared group by group. */
function goesBefore({ groups, members }: OpenRows, i: number, j: number): boolean {
  const m = groups.length;
  let first = -1;
  let before = false;
  for (let k = 0; k < m; k++) {
    const [a, b] = [members[i * m + k]!, members[j * m + k]!];
    if (a === b || (first >= 0 && groups[k]! > first)) continue;
    first = groups[k]!;
    before = a < b;
  }
  return before;
}

function slidesOf({ rows, runs, mode, entering }: RowSpace, open: OpenRows): readonly Slide[] {
  const n = open.ids.length;
  const m = open.groups.length;
  const slides: Slide[] = [];
  for (let s = 0; s < entering.length; s++)
    open.groups.forEach((g, k) => {
      if (!mode[s]!.includes(g)) return;
      const all = new Set<number>();
      for (let i = 0; i < n; i++)
        for (const position of runs.positionsOf(rows[g]!.runs[open.members[i * m + k]! * entering.length + s]!))
          all.add(position + 1);
      slides.push({ s, k, g, at: [...all].filter((position) => position > open.outside[s]!) });
    });
  return slides;
}

/**
 * Rows as vectors that dominance compares: the columns, where the row interrupts others, the words of its slides. And the sets of components
 * of which less in all is less of a column: the column, together with the words of the slides that it counts.
 */
function comparable(
  { rows, runs, mode, entering, width: C, arena }: RowSpace,
  open: OpenRows,
  slides: readonly Slide[],
) {
  const S = entering.length;
  const n = open.ids.length;
  const m = open.groups.length;
  const size = C + S + slides.reduce((sum, { at }) => sum + at.length, 0);
  const vectors = arena.floats(n * size);
  for (let i = 0; i < n; i++) {
    let at = i * size;
    for (let c = 0; c < C; c++) vectors[at++] = open.logs[i * C + c]!;
    for (let s = 0; s < S; s++)
      vectors[at++] = mode[s]!.every((g) => open.groups.includes(g)) ? 0 : open.breaks[i * S + s]!;
    for (const { s, k, g, at: positions } of slides) {
      const run = rows[g]!.runs[open.members[i * m + k]! * S + s]!;
      const inner = open.breaks[i * S + s]!;
      for (const position of positions) vectors[at++] = runs.wordsAt(run, position > inner ? position : inner);
    }
  }
  const firstOf = slides.map((_, x) => slides.slice(0, x).reduce((sum, { at }) => sum + at.length, C + S));
  const columns = Array.from({ length: C }, (_, c) => [
    c,
    ...slides.flatMap(({ s, at }, x) => (entering[s]!.includes(c) ? at.map((_, i) => (firstOf[x] ?? 0) + i) : [])),
  ]);
  return { vectors, size, columns };
}

/** Index of a number in an ascending array, −1 where it is not there. */
export function indexOf(sorted: Int32Array, x: number): number {
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
