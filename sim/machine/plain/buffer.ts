import type { ReusePolicy } from "../../../arch-specs/index.js";
import { at, type Box } from "../nest.js";

/** One instance of one keep node: the words that it holds, by their number in the tensor's whole box. */
export class Buffer {
  readonly values: Map<number, number> = new Map();
  /** Words of an output that were here at any time. */
  readonly everHeld: Set<number> = new Set();
  /** Words of an output that compute has written. */
  readonly touched: Set<number> = new Set();
  box: Box | null = null;
  /** The translation of the previous move; null where its request was a whole box. */
  lastMove: readonly number[] | null = null;
  fills = 0;
  reads = 0;
  updates = 0;
  drains = 0;
  readonly indices: Int32Array;
  readonly parent: Buffer | null;
  constructor(indices: Int32Array, parent: Buffer | null) {
    this.indices = indices;
    this.parent = parent;
  }
}

/** What a moving buffer keeps of its words, as a box. Null: nothing, by decision. */
export function keep(buffer: Buffer, next: Box, reuse: ReusePolicy): Box | null {
  const old = buffer.box;
  if (old === null || reuse === "none") return null;
  if (reuse === "overlap") return intersection(old, next);
  const move = next.map((range, axis) => range.start - at(old, axis).start);
  const slides = buffer.lastMove === null || isEqual(move, buffer.lastMove);
  buffer.lastMove = slides ? move : null;
  return slides ? intersection(old, next) : null;
}

/** The nearest buffer, from one outwards, that holds a word. */
export function nearestHolder(from: Buffer, word: number): Buffer {
  for (let buffer: Buffer | null = from; buffer !== null; buffer = buffer.parent)
    if (buffer.values.has(word)) return buffer;
  throw new Error(`word ${word} is held nowhere above`);
}

/** A word that is known to be held. */
export function wordOf(buffer: Buffer, word: number): number {
  const value = buffer.values.get(word);
  if (value === undefined) throw new Error(`word ${word} is not held`);
  return value;
}

const isEqual = (a: readonly number[], b: readonly number[]): boolean => a.every((x, i) => x === b[i]);

export const isSame = (a: Box, b: Box): boolean =>
  a.every(({ start, end }, axis) => start === b[axis]?.start && end === b[axis]?.end);

function intersection(a: Box, b: Box): Box {
  return a.map(({ start, end }, axis) => {
    const other = at(b, axis);
    const from = Math.max(start, other.start);
    return { start: from, end: Math.max(from, Math.min(end, other.end)) };
  });
}
