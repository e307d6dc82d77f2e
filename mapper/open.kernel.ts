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
  /** n × C: log factors. */
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
      logs = copied(own.logs, arena);
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
  return new OpenRows([group], members, members, logs, classes, breaks, new Int32Array(S).fill(-1));
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
  const members = m === 1 && open.members === open.ids ? ids : arena.ints(n * m);
  const logs = arena.floats(n * C);
  const classes = arena.ints(n);
  const breaks = arena.ints(n * S);
  for (let i = 0; i < n; i++) {
    const at = which[i]!;
    ids[i] = open.ids[at]!;
    classes[i] = open.classes[at]!;
  }
  if (members !== ids) gather(open.members, which, m, members);
  gather(open.breaks, which, S, breaks);
  for (let i = 0, to = 0; i < n; i++) for (let c = 0, from = which[i]! * C; c < C; c++) logs[to++] = open.logs[from++]!;
  return new OpenRows(open.groups, ids, members, logs, classes, breaks, open.outside);
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
  const { rows, slides, arena } = space;
  const G = rows.length;
  let { logs } = own;
  let isMoved = false;
  for (let s = 0; s < outside.length; s++) {
    if (outside[s]! <= own.outside[s]!) {
      outside[s] = own.outside[s]!;
      continue;
    }
    isMoved = true;
    for (let k = 0; k < own.groups.length; k++) {
      if (slides[s * G + own.groups[k]!] === 0) continue;
      if (logs === own.logs) logs = copied(own.logs, arena);
      interruptAt(space, own, k, s, outside[s]!, logs);
    }
  }
  return isMoved ? new OpenRows(own.groups, own.ids, own.members, logs, own.classes, own.breaks, outside) : own;
}

/** Adds what a member brings more into a sliding node's tile where the others interrupt it at the position. */
function interruptAt(
  { rows, runs, entering, width: C }: RowSpace,
  { groups, ids, members, breaks, outside }: OpenRows,
  k: number,
  s: number,
  position: number,
  logs: Float64Array,
): void {
  const [m, S] = [groups.length, outside.length];
  const own = rows[groups[k]!]!.runs;
  for (let i = 0; i < ids.length; i++) {
    const inner = breaks[i * S + s]!;
    if (inner >= position) continue;
    const before = inner > outside[s]! ? inner : outside[s]!;
    const run = own[members[i * m + k]! * S + s]!;
    const more = runs.wordsAt(run, position) - runs.wordsAt(run, before);
    if (more !== 0) addTo(logs, i * C, entering[s]!, more);
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
