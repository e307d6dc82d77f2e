import { type OpenRows, type RowSpace, taken } from "./open.kernel.js";
import { ByState, sortBy } from "./order.kernel.js";

/** What one row has to offer at a sliding node: the words of a member's run, at every position where others may interrupt it. */
interface Slide {
  readonly s: number;
  /** The member. */
  readonly k: number;
  readonly at: Int32Array;
  /** Its first component of the vectors. */
  readonly first: number;
}

/** Rows as vectors. */
interface Vectors {
  readonly values: Float64Array;
  /** Components. */
  readonly size: number;
  /** Per column: the components of which less in all is less of the column. */
  readonly columns: readonly (readonly number[])[];
}

/** The most rows of a state, the lightest ones, that may drop others. */
const MOST_DROPPERS = 600;
/** Neighbours by weight that are asked which components tell rows apart. */
const ASKED = 512;
/** Logarithms this close are equal. */
const SAME = 1e-12;

/**
 * Drops rows that another one of the same state is never worse than, whatever the other groups choose: in every column, in the words slid
 * into every node whatever the position of the interruption, and in where it interrupts others. So that ties stay to be decided by rank (rank.ts),
 * the other one also has to have less of some column whatever the others choose, or to go before the row. Rows that are `vague` (1, else 0: their
 * words are bounds only) drop none.
 */
export function undominated(space: RowSpace, open: OpenRows, vague: Uint8Array): OpenRows {
  const { arena, packing } = space;
  const n = open.ids.length;
  const vectors = vectorsOf(space, open);
  const order = new ByState(open.classes, sums(vectors, arena.floats(n)), packing.states).rows;
  const varying = telling(vectors, order);
  const strict = strictIn(vectors.columns, varying);
  const kept = arena.ints(n);
  const count = keep(
    open,
    order,
    vectors,
    varying,
    strict,
    vague,
    arena.floats((MOST_DROPPERS + 1) * varying.length),
    kept,
  );
  return taken(space, open, kept.subarray(0, count).sort());
}

/** The sets of components that all vary, as places among those that do. */
function strictIn(columns: readonly (readonly number[])[], varying: Int32Array): readonly Int32Array[] {
  const strict: Int32Array[] = [];
  for (const column of columns) {
    const places = Int32Array.from(column);
    let varies = true;
    for (let k = 0; k < places.length && varies; k++) {
      places[k] = varying.indexOf(places[k]!);
      varies = places[k]! >= 0;
    }
    if (varies) strict.push(places);
  }
  return strict;
}

/** The sum of each row's components. */
function sums({ values, size }: Vectors, sum: Float64Array): Float64Array {
  for (let i = 0, at = 0; i < sum.length; i++) {
    let own = 0;
    for (let d = 0; d < size; d++, at++) own += values[at]!;
    sum[i] = own;
  }
  return sum;
}

/**
 * Looks at the rows in order; writes those that are kept, and returns how many they are. `points`: of one state, the rows that may drop others, by the components
 * that vary, and behind them the row that is looked at.
 */
function keep(
  open: OpenRows,
  order: Int32Array,
  { values, size }: Vectors,
  varying: Int32Array,
  strict: readonly Int32Array[],
  vague: Uint8Array,
  points: Float64Array,
  kept: Int32Array,
): number {
  const { classes } = open;
  const D = varying.length;
  /** Where those that may drop others stand among those kept. */
  const droppers = new Int32Array(MOST_DROPPERS);
  let most = 0;
  let count = 0;
  for (let o = 0; o < order.length; o++) {
    const i = order[o]!;
    if (o > 0 && classes[i] !== classes[order[o - 1]!]) most = 0;
    const q = most * D;
    for (let d = 0; d < D; d++) points[q + d] = values[i * size + varying[d]!]!;
    let k = nextBelow(points, D, 0, most);
    for (; k < most; k = nextBelow(points, D, k + 1, most)) {
      const at = droppers[k]!;
      if (isLess(points, k * D, q, strict) || goesBefore(open, kept[at]!, i)) break;
      if (vague[i] === 1 || !equals(points, k * D, q, D)) continue;
      kept[at] = i;
      break;
    }
    if (k < most) continue;
    if (most < MOST_DROPPERS && vague[i] === 0) droppers[most++] = count;
    kept[count++] = i;
  }
  return count;
}

/** The first of the points, from the k-th on, that is nowhere above the `most`-th; `most` where none is. */
function nextBelow(points: Float64Array, D: number, k: number, most: number): number {
  const q = most * D;
  for (; k < most; k++) {
    const p = k * D;
    let d = 0;
    while (d < D && points[p + d]! <= points[q + d]! + SAME) d++;
    if (d === D) break;
  }
  return k;
}

/** The components in which not all rows are equal; those first in which a lighter row most often has more than a heavier one. */
function telling({ values, size }: Vectors, order: Int32Array): Int32Array {
  const n = order.length;
  const varies = varyingIn(values, size, n);
  const fails = new Float64Array(size);
  const [stride, apart] = [Math.max(1, Math.floor(n / ASKED)), Math.max(1, n >> 5)];
  for (let o = apart; o < n; o += stride) {
    const p = order[o - apart]! * size;
    const q = order[o]! * size;
    for (let d = 0; d < size; d++) if (values[p + d]! > values[q + d]! + SAME) fails[d]!--;
  }
  const found = new Int32Array(size);
  let D = 0;
  for (let d = 0; d < size; d++) if (varies[d] === 1) found[D++] = d;
  sortBy(fails, found, 0, D, new Int32Array(D));
  return found.subarray(0, D);
}

/** Per component 1 where some row differs from the first one, else 0. */
function varyingIn(values: Float64Array, size: number, n: number): Uint8Array {
  const varies = new Uint8Array(size);
  const same = Int32Array.from(varies.keys());
  let left = size;
  for (let i = 1; i < n && left > 0; i++)
    for (let k = left - 1; k >= 0; k--) {
      const d = same[k]!;
      if (values[i * size + d] === values[d]) continue;
      varies[d] = 1;
      same[k] = same[--left]!;
    }
  return varies;
}

/** Whether, of two rows of which p is nowhere above q, p is below q in all of one of the sets. */
function isLess(points: Float64Array, p: number, q: number, sets: readonly Int32Array[]): boolean {
  for (let x = 0; x < sets.length; x++) {
    const set = sets[x]!;
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
    const a = members[i * m + k]!;
    const b = members[j * m + k]!;
    if (a === b || (first >= 0 && groups[k]! > first)) continue;
    first = groups[k]!;
    before = a < b;
  }
  return before;
}

function slidesOf({ rows, runs, slides, entering }: RowSpace, open: OpenRows, first: number): readonly Slide[] {
  const [n, m, S] = [open.ids.length, open.groups.length, entering.length];
  const found: Slide[] = [];
  let next = first;
  for (let s = 0; s < S; s++)
    for (let k = 0; k < m; k++) {
      const g = open.groups[k]!;
      if (slides[s * rows.length + g] === 0) continue;
      const all = new Set<number>();
      for (let i = 0; i < n; i++) runs.notePositions(rows[g]!.runs[open.members[i * m + k]! * S + s]!, all);
      const at = Int32Array.from(all, (position) => position + 1).filter((position) => position > open.outside[s]!);
      found.push({ s, k, at, first: next });
      next += at.length;
    }
  return found;
}

/** What dominance compares of rows: the columns, where the row interrupts others, the words of its slides. */
function vectorsOf(space: RowSpace, open: OpenRows): Vectors {
  const { slides, rows, entering, width: C, arena } = space;
  const S = entering.length;
  const n = open.ids.length;
  const found = slidesOf(space, open, C + S);
  const size = found.reduce((sum, { at }) => sum + at.length, C + S);
  const values = arena.floats(n * size);
  for (let i = 0; i < n; i++)
    for (let c = 0, from = open.begins[i]!, to = i * size; c < C; c++) values[to++] = open.logs[from++]!;
  for (let s = 0; s < S; s++) {
    // Where no group is left that could be interrupted, it does not matter where the row would.
    let others = false;
    for (let g = 0; g < rows.length; g++)
      if (slides[s * rows.length + g] === 1 && !open.groups.includes(g)) others = true;
    for (let i = 0; i < n; i++) values[i * size + C + s] = others ? open.breaks[i * S + s]! : 0;
  }
  for (const slide of found) setWords(space, open, slide, values, size);
  const columns = Array.from({ length: C }, (_, c) => [
    c,
    ...found.flatMap(({ s, at, first }) => (entering[s]!.includes(c) ? Array.from(at, (_, x) => first + x) : [])),
  ]);
  return { values, size, columns };
}

/** Writes the words of a slide into the rows' vectors. */
function setWords(
  { rows, runs, entering }: RowSpace,
  { groups, ids, members, breaks }: OpenRows,
  { s, k, at, first }: Slide,
  values: Float64Array,
  size: number,
): void {
  const [m, S] = [groups.length, entering.length];
  const own = rows[groups[k]!]!.runs;
  for (let i = 0; i < ids.length; i++) {
    const run = own[members[i * m + k]! * S + s]!;
    const inner = breaks[i * S + s]!;
    for (let x = 0, to = i * size + first; x < at.length; x++)
      values[to++] = runs.wordsAt(run, at[x]! > inner ? at[x]! : inner);
  }
}
