import type { NumberKind } from "../arithmetic.js";
import { bytesOf } from "../code/lanes.js";

/**
 * Where the registers of an array stand in memory, in bytes. Of each kind of register there is one an element, row after row; a row takes whole
 * vectors, after one more vector whose last word is the register at the edge, from which the row's first element takes what comes in.
 */
export interface ArrayLayout {
  readonly rows: number;
  readonly columns: number;
  readonly kind: NumberKind;
  readonly wordBytes: 4 | 8;
  /** Words of a vector, vectors of a row, bytes from row to row. */
  readonly lanes: number;
  readonly vectors: number;
  readonly rowBytes: number;
  /** From the start of a row to its first element. */
  readonly firstElement: number;
  /** What travels along x: one row an array row. */
  readonly across: number;
  /** What travels along y (partial sums, or an operand): the row above the first one holds what comes in at the top. */
  readonly down: number;
  /** What stays: weights or inputs, or the sums of outputs that stay. */
  readonly staying: number;
  /** The schedules of the words that are sent along x and of those that meet them, an address a cycle; see `code.ts`. */
  readonly sendingX: number;
  readonly sendingY: number;
  /** Counters of the last call: words read for x, words read for y or partial sums delivered, words that left the last element. */
  readonly counters: number;
  /** The end of it all: the buffer's words come next. */
  readonly end: number;
}

/** `stream`: the most words that are sent along one row in one go. */
export function layoutOf(rows: number, columns: number, kind: NumberKind, stream: number): ArrayLayout {
  const wordBytes = bytesOf(kind);
  const lanes = 16 / wordBytes;
  const vectors = Math.ceil(columns / lanes);
  const rowBytes = 16 * (vectors + 1);
  const schedule = 16 * Math.ceil((stream + 3 * (rows + columns)) / 4);
  let end = 16;
  const take = (bytes: number): number => {
    const place = end;
    end += bytes;
    return place;
  };
  return {
    ...{ rows, columns, kind, wordBytes, lanes, vectors, rowBytes },
    firstElement: 16,
    across: take(rows * rowBytes),
    down: take((rows + 1) * rowBytes),
    staying: take(rows * rowBytes),
    sendingX: take(schedule),
    sendingY: take(schedule),
    counters: 0,
    end,
  };
}
