import type { Arena } from "./arena.kernel.js";
import type { GroupRows } from "./family-rows.kernel.js";
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
  /** n: where each row's C log factors begin in `logs`, which rows share with those that they are taken from. */
  readonly begins: Int32Array;
  readonly logs: Float64Array;
  /** n: the state of the use of fan-outs. */
  readonly classes: Int32Array;
  /** n × S: the innermost position at which members that do not slide the node interrupt the slide, −1 for none. */
  readonly breaks: Int32Array;
  /** S: the position up to which all other open groups interrupt the slide, so far as `logs` knows. */
  readonly outside: Int32Array;

  /** Of the columns that limits count, the least over all rows, then the most (fitting.kernel.ts); null until they are asked for. */
  extremes: Float64Array | null = null;

  // One shape for all of them: loops over rows are compiled once.
  constructor(
    groups: readonly number[],
    ids: Int32Array,
    members: Int32Array,
    begins: Int32Array,
    logs: Float64Array,
    classes: Int32Array,
    breaks: Int32Array,
    outside: Int32Array,
  ) {
    this.groups = groups;
    this.ids = ids;
    this.members = members;
    this.begins = begins;
    this.logs = logs;
    this.classes = classes;
    this.breaks = breaks;
    this.outside = outside;
  }
}

/** What rows of a family mean. G groups, S sliding nodes. */
export interface RowSpace {
  readonly rows: readonly GroupRows[];
  readonly runs: Runs;
  /** S × G: 1 where the group slides the node's tile, else 0. */
  readonly slides: Uint8Array;
  readonly packing: Packing;
  /** Per sliding node: the columns of words that enter it. */
  readonly entering: readonly Int32Array[];
  /** C. */
  readonly width: number;
  /** Where rows are put; they last as long as whoever asked for them lets them. */
  readonly arena: Arena;
}

/** All rows of a group under the mode, slides interrupted by nothing. */
export function everyRow(space: RowSpace, group: number, packing: Int32Array): OpenRows {
  const { rows, slides, entering, arena } = space;
  const own = rows[group]!;
  const S = entering.length;
  const n = own.rows.length;
  let { logs, breaks } = own;
  for (let s = 0; s < S; s++) {
    if (slides[s * rows.length + group] === 0) continue;
    if (breaks === own.breaks) {
      logs = arena.floats(own.logs.length);
      logs.set(own.logs);
      breaks = arena.ints(n * S);
      breaks.set(own.breaks);
    }
    for (let i = 0; i < n; i++) {
      breaks[i * S + s] = -1;
      addTo(logs, i * space.width, entering[s]!, own.slid[i * S + s]!);
    }
  }
  const members = arena.ints(n);
  const classes = arena.ints(n);
  for (let i = 0; i < n; i++) {
    members[i] = i;
    classes[i] = packing[own.rows[i]!]!;
  }
  const begins = inARow(space, n);
  return new OpenRows([group], members, members, begins, logs, classes, breaks, new Int32Array(S).fill(-1));
}

/** Where n rows begin that stand one after another. */
export function inARow({ width, arena }: RowSpace, n: number): Int32Array {
  const begins = arena.ints(n);
  for (let i = 0; i < n; i++) begins[i] = i * width;
  return begins;
}

/** Adds as much to some columns of the row that begins at a place. */
function addTo(logs: Float64Array, at: number, columns: Int32Array, more: number): void {
  for (let k = 0; k < columns.length; k++) logs[at + columns[k]!]! += more;
}

/** The columns of a complete choice, one row a group, slides interrupted where the rows interrupt them. */
export function columnsOf(space: RowSpace, chosen: ArrayLike<number>): Float64Array {
  const { rows, slides, entering, width: C } = space;
  const G = rows.length;
  const S = entering.length;
  const columns = new Float64Array(C);
  for (let g = 0; g < G; g++) {
    const { logs } = rows[g]!;
    for (let c = 0, at = chosen[g]! * C; c < C; c++, at++) columns[c]! += logs[at]!;
  }
  for (let s = 0; s < S; s++) {
    let position = -1;
    for (let h = 0; h < G; h++) {
      const b = rows[h]!.breaks[chosen[h]! * S + s]!;
      if (slides[s * G + h] === 0 && b > position) position = b;
    }
    for (let g = 0; g < G; g++)
      if (slides[s * G + g] === 1) addTo(columns, 0, entering[s]!, slidBy(space, g, chosen[g]! * S + s, position));
  }
  for (let c = 0; c < C; c++) columns[c] = Math.exp(columns[c]!);
  return columns;
}

/** By how much fewer words (log) enter where the group's run slides, interrupted at the position. */
function slidBy({ rows, runs }: RowSpace, group: number, at: number, position: number): number {
  const run = rows[group]!.runs[at]!;
  return rows[group]!.slid[at]! + runs.wordsAt(run, position) - runs.wordsOf(run);
}

/** Log of the product of a complete choice's columns: which of several takes least room and traffic. */
export const extentOf = (space: RowSpace, chosen: ArrayLike<number>): number =>
  columnsOf(space, chosen).reduce((sum, x) => sum + Math.log(x), 0);

/** The same rows with their log factors to themselves, one after another. */
function together(space: RowSpace, own: OpenRows, outside: Int32Array): OpenRows {
  const { arena, width: C } = space;
  const { begins, logs } = own;
  const to = arena.floats(begins.length * C);
  for (let i = 0, at = 0; i < begins.length; i++)
    for (let c = 0, from = begins[i]!; c < C; c++) to[at++] = logs[from++]!;
  const inOrder = inARow(space, begins.length);
  return new OpenRows(own.groups, own.ids, own.members, inOrder, to, own.classes, own.breaks, outside);
}

/** Rows that are no more than this share of those they stand among are copied: what is gone through often is to lie together. */
const SPARSE = 0.5;

/** Some of the rows, by ascending index. */
export function taken(space: RowSpace, open: OpenRows, which: Int32Array): OpenRows {
  const { arena, width } = space;
  const n = which.length;
  const m = open.groups.length;
  const S = open.outside.length;
  const ids = arena.ints(n);
  const members = m === 1 && open.members === open.ids ? ids : arena.ints(n * m);
  const begins = arena.ints(n);
  const classes = arena.ints(n);
  const breaks = arena.ints(n * S);
  for (let i = 0; i < n; i++) {
    const at = which[i]!;
    ids[i] = open.ids[at]!;
    begins[i] = open.begins[at]!;
    classes[i] = open.classes[at]!;
  }
  if (members !== ids) gather(open.members, which, m, members);
  gather(open.breaks, which, S, breaks);
  const some = new OpenRows(open.groups, ids, members, begins, open.logs, classes, breaks, open.outside);
  return n * width > SPARSE * open.logs.length ? some : together(space, some, open.outside);
}

/** Some rows of so many numbers each. */
function gather(from: Int32Array, which: Int32Array, width: number, to: Int32Array): void {
  for (let i = 0, p = 0; i < which.length; i++)
    for (let k = 0, q = which[i]! * width; k < width; k++) to[p++] = from[q++]!;
}

const EVERYWHERE = 0x7fffffff;

/** G × S: the innermost position at which a group's rows interrupt each sliding node's tile, whichever is chosen. */
export function breaksOf(open: readonly OpenRows[], S: number): Int32Array {
  const least = new Int32Array(open.length * S);
  for (let g = 0; g < open.length; g++) {
    const { ids, breaks } = open[g]!;
    const from = g * S;
    least.fill(ids.length === 0 ? -1 : EVERYWHERE, from, from + S);
    for (let i = 0, at = 0; i < ids.length; i++)
      for (let s = 0; s < S; s++, at++) if (breaks[at]! < least[from + s]!) least[from + s] = breaks[at]!;
  }
  return least;
}

/** The positions at which all open groups but x and y interrupt the slides, given `breaksOf` them. */
export function outsideOf(least: Int32Array, S: number, x: number, y: number): Int32Array {
  const outside = new Int32Array(S).fill(-1);
  for (let g = 0, at = 0; at < least.length; g++)
    for (let s = 0; s < S; s++, at++) if (g !== x && g !== y && least[at]! > outside[s]!) outside[s] = least[at]!;
  return outside;
}

/** Looks the words that slide into nodes up again where all that is left of the other groups interrupts the slide further in. */
export function interrupt(space: RowSpace, open: readonly OpenRows[]): readonly OpenRows[] {
  const S = space.entering.length;
  if (S === 0) return open;
  const least = breaksOf(open, S);
  const result: OpenRows[] = [];
  for (let x = 0; x < open.length; x++) result.push(interrupted(space, open[x]!, outsideOf(least, S, x, x)));
  return result;
}

function interrupted(space: RowSpace, own: OpenRows, outside: Int32Array): OpenRows {
  const { rows, slides } = space;
  const G = rows.length;
  let isMoved = false;
  let moved = own;
  for (let s = 0; s < outside.length; s++) {
    if (outside[s]! <= own.outside[s]!) {
      outside[s] = own.outside[s]!;
      continue;
    }
    isMoved = true;
    for (let k = 0; k < own.groups.length; k++) {
      if (slides[s * G + own.groups[k]!] === 0) continue;
      if (moved === own) moved = together(space, own, outside);
      interruptAt(space, moved, k, s, own.outside[s]!);
    }
  }
  if (!isMoved || moved !== own) return moved;
  return new OpenRows(own.groups, own.ids, own.members, own.begins, own.logs, own.classes, own.breaks, outside);
}

/** Adds what a member brings more into a sliding node's tile where the others interrupt it: now there, `before` further out. */
function interruptAt(
  { rows, runs, entering }: RowSpace,
  { groups, members, begins, logs, breaks, outside }: OpenRows,
  k: number,
  s: number,
  before: number,
): void {
  const [m, S] = [groups.length, outside.length];
  const own = rows[groups[k]!]!.runs;
  const position = outside[s]!;
  for (let i = 0; i < begins.length; i++) {
    const inner = breaks[i * S + s]!;
    if (inner >= position) continue;
    const run = own[members[i * m + k]! * S + s]!;
    const more = runs.wordsAt(run, position) - runs.wordsAt(run, inner > before ? inner : before);
    if (more !== 0) addTo(logs, begins[i]!, entering[s]!, more);
  }
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
