import { breaksOf, inARow, OpenRows, outsideOf, type RowSpace } from "./open.kernel.js";
import { ByState } from "./order.kernel.js";

/** Pairs of rows, one of each of two groups. */
interface Pairs {
  readonly left: readonly number[];
  readonly right: readonly number[];
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
  const { packing, width: C, arena } = space;
  const [a, b] = [open[x]!, open[y]!];
  const pairs = pairsOf(space, a, b, costs[x]!, costs[y]!, rest, room, most);
  if (pairs === null) return null;
  const { left, right } = pairs;
  const n = left.length;
  const S = space.entering.length;
  const [ma, mb] = [a.groups.length, b.groups.length];
  const m = ma + mb;
  const members = arena.ints(n * m);
  const logs = arena.floats(n * C);
  const classes = arena.ints(n);
  const breaks = arena.ints(n * S);
  const ids = arena.ints(n);
  for (let r = 0; r < n; r++) {
    const i = left[r]!;
    const j = right[r]!;
    ids[r] = r;
    classes[r] = packing.times[a.classes[i]! * packing.states + b.classes[j]!]!;
    for (let k = 0; k < ma; k++) members[r * m + k] = a.members[i * ma + k]!;
    for (let k = 0; k < mb; k++) members[r * m + ma + k] = b.members[j * mb + k]!;
    for (let s = 0; s < S; s++) breaks[r * S + s] = larger(a.breaks[i * S + s]!, b.breaks[j * S + s]!);
    for (let c = 0, to = r * C, p = a.begins[i]!, q = b.begins[j]!; c < C; c++)
      logs[to++] = a.logs[p++]! + b.logs[q++]!;
  }
  const outside = outsideOf(breaksOf(open, S), S, x, y);
  const whole = new OpenRows(
    [...a.groups, ...b.groups],
    ids,
    members,
    inARow(space, n),
    logs,
    classes,
    breaks,
    outside,
  );
  for (let s = 0; s < S; s++)
    for (let k = 0; k < m; k++)
      if (space.slides[s * space.rows.length + whole.groups[k]!] === 1)
        interruptEach(space, whole, k, s, k < ma ? a : b, k < ma ? left : right);
  return whole;
}

function pairsOf(
  { packing: { times, states } }: RowSpace,
  a: OpenRows,
  b: OpenRows,
  costs: Float64Array,
  others: Float64Array,
  rest: Float64Array,
  room: number,
  most: number,
): Pairs | null {
  const ordered = new ByState(b.classes, others, states);
  const left: number[] = [];
  const right: number[] = [];
  for (let i = 0; i < a.ids.length; i++) {
    const cost = costs[i]!;
    for (let o = 0; o < ordered.states.length; o++) {
      const both = times[a.classes[i]! * states + ordered.states[o]!]!;
      if (both < 0) continue;
      const limit = room - cost - rest[both]!;
      const end = ordered.starts[o + 1]!;
      for (let k = ordered.starts[o]!; k < end && others[ordered.rows[k]!]! <= limit; k++) {
        left.push(i);
        right.push(ordered.rows[k]!);
      }
    }
    if (left.length > most) return null;
  }
  return { left, right };
}

/**
 * Adds what a member of joined rows brings more into a sliding node's tile, now that the other part interrupts it, too. `part`: the rows that the member comes from, and
 * for each joined row which of them.
 */
function interruptEach(
  { rows, runs, entering, width: C }: RowSpace,
  { groups, ids, members, logs, breaks, outside }: OpenRows,
  k: number,
  s: number,
  part: OpenRows,
  which: readonly number[],
): void {
  const [m, S] = [groups.length, outside.length];
  const own = rows[groups[k]!]!.runs;
  const columns = entering[s]!;
  for (let r = 0; r < ids.length; r++) {
    const before = larger(part.breaks[which[r]! * S + s]!, part.outside[s]!);
    const run = own[members[r * m + k]! * S + s]!;
    const more = runs.wordsAt(run, larger(breaks[r * S + s]!, outside[s]!)) - runs.wordsAt(run, before);
    if (more !== 0) for (let c = 0; c < columns.length; c++) logs[r * C + columns[c]!]! += more;
  }
}

const larger = (x: number, y: number): number => (x > y ? x : y);
