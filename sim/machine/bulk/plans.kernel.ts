/**
 * What the instances of a cohort do when their box goes from one to another. It depends on how far the box goes and on the extents before
 * and after, not on where that is, so it is worked out once for all moves of one kind.
 */
import type { Marks } from "./marks.kernel.js";
import { intersected, type Region, without, wordsIn } from "./regions.kernel.js";
import { eachSpan } from "./spans.kernel.js";
import type { Node } from "./stages.js";

/** Words that move, given relative to a corner: the low corner of the new box, or of the old one. */
export interface Part {
  /** Disjoint boxes. */
  readonly pieces: readonly Region[];
  readonly words: number;
  /** As a set: a box, less another one where the rest is not a box itself. */
  readonly box: Region;
  readonly hole: Region | null;
  /** For each call of a mover: offsets of child and parent, n0, then n and both strides of axes 1 to 3 (see `SpanCall`). */
  readonly spans: Int32Array;
  /** Rows among the words of the whole box: start relative to the corner's number, and length. */
  readonly rows: Int32Array;
}

export interface Plan {
  /** How far the low corner goes; null at the first box. */
  readonly move: readonly number[] | null;
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** Whether what both boxes have in common is kept. */
  readonly keeps: boolean;
  /** Relative to the new box. */
  readonly requested: Part;
  /** Relative to the old box. */
  readonly drained: Part;
  /** Calls that move what is kept to its new places: from, to, n0, then n and stride of axes 1 to 3, step. */
  readonly shifts: Int32Array;
}

export const SPAN = 12;
export const SHIFT = 10;

/** Works out a move. `move`: null for the first box. */
export function planOf(
  node: Node,
  above: Node,
  marks: Marks,
  bytesPerWord: number,
  move: readonly number[] | null,
  from: readonly number[],
  to: readonly number[],
  keeps: boolean,
): Plan {
  const zero = to.map(() => 0);
  const next: Region = { low: zero, size: [...to] };
  const old: Region = { low: zero, size: [...from] };
  const part = (box: Region, kept: Region | null): Part => partOf(box, kept, node, above, marks, bytesPerWord);
  if (move === null) {
    const nothing = { low: zero, size: to.map(() => 0) };
    const drained = {
      pieces: [],
      words: 0,
      box: nothing,
      hole: null,
      spans: new Int32Array(0),
      rows: new Int32Array(0),
    };
    return {
      move,
      from: [...from],
      to: [...to],
      keeps,
      requested: part(next, null),
      drained,
      shifts: new Int32Array(0),
    };
  }
  const ahead: Region = { low: [...move], size: [...to] };
  const kept = keeps ? intersected(old, ahead) : null;
  const keptAhead = kept === null ? null : { low: kept.low.map((x, axis) => x - move[axis]!), size: kept.size };
  return {
    ...{ move: [...move], from: [...from], to: [...to], keeps },
    requested: part(next, keptAhead),
    drained: part(old, kept),
    shifts: kept === null || keptAhead === null ? new Int32Array(0) : shiftsOf(kept, keptAhead, node, bytesPerWord),
  };
}

function partOf(box: Region, kept: Region | null, node: Node, above: Node, marks: Marks, bytesPerWord: number): Part {
  const pieces = without(box, kept);
  const zero = box.low;
  const spans: number[] = [];
  const rows: number[] = [];
  for (const piece of pieces) {
    const [child, parent] = [
      { low: zero, strides: node.strides },
      { low: zero, strides: above.strides },
    ];
    eachSpan(piece, child, parent, bytesPerWord, (...span) => spans.push(...span));
    if (marks.bytes.length > 0)
      marks.eachRow(piece, (start, length) => rows.push(start - marks.numberOf(zero), length));
  }
  const [only] = pieces;
  const set = pieces.length === 1 && only !== undefined ? { box: only, hole: null } : { box, hole: kept };
  return { pieces, words: wordsIn(pieces), ...set, spans: Int32Array.from(spans), rows: Int32Array.from(rows) };
}

function shiftsOf(kept: Region, ahead: Region, { strides }: Node, bytesPerWord: number): Int32Array {
  const zero = kept.low.map(() => 0);
  let distance = 0;
  for (let axis = 0; axis < zero.length; axis++) distance += (ahead.low[axis]! - kept.low[axis]!) * strides[axis]!;
  if (distance === 0) return new Int32Array(0);
  const isUp = distance > 0;
  const shifts: number[] = [];
  eachSpan(
    kept,
    { low: zero, strides },
    { low: zero, strides },
    bytesPerWord,
    (from, _, n0, n1, s1, _1, n2, s2, _2, n3, s3) => {
      // Towards higher addresses the walk goes backwards from the last word, so that no word is overwritten before it moved.
      const last = isUp ? (n0 - 1) * bytesPerWord + (n1 - 1) * s1 + (n2 - 1) * s2 + (n3 - 1) * s3 : 0;
      const sign = isUp ? -1 : 1;
      const start = from + last;
      shifts.push(start, start + distance, n0, n1, sign * s1, n2, sign * s2, n3, sign * s3, sign * bytesPerWord);
    },
    isUp,
  );
  return Int32Array.from(shifts);
}
