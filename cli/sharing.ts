import { deserialize, serialize } from "node:v8";
import type { Part, Shared } from "../mapper/index.js";

/** What the parts of one search share: the least value found, and what is taken. Goes to worker threads as it is. */
export interface Sharing {
  readonly index: number;
  readonly of: number;
  readonly memory: SharedArrayBuffer;
  /** Per part: the families that it leaves to others. */
  readonly families: readonly SharedArrayBuffer[];
}

/** Placements with higher numbers, and orders of a placement, are each left to the part that they fall to. */
const PLACEMENTS = 4096;
const ORDERS = 256;
const WORDS = ORDERS / 32;

/** Families that do not fit are not left to others. The pages are the machine's only once they are written. */
const FAMILIES = 1024;
const BYTES = 32e6;

/** How long a part sleeps until it looks again what others have left. */
const NAP_MS = 5;

/** As many parts, all on the same memory. */
export function sharingBetween(parts: number): readonly Sharing[] {
  const memory = new SharedArrayBuffer(8 + PLACEMENTS * (8 + 4 * WORDS));
  const { best, bounds } = boardOn(memory);
  best[0] = bitsOf(Number.POSITIVE_INFINITY);
  bounds.fill(Number.NEGATIVE_INFINITY);
  const families = Array.from({ length: parts }, () => new SharedArrayBuffer(4 + 8 * FAMILIES + BYTES));
  return families.map((_, index) => ({ index, of: parts, memory, families }));
}

/** One part's view. */
export function partOf({ index, of, memory, families }: Sharing): Part {
  const { best, bounds, taken } = boardOn(memory);
  const shelves = families.map(shelfOn);
  const own = shelves[index];
  const others = shelves.filter((shelf) => shelf !== own);
  return {
    index,
    of,
    claims: (placement, order) =>
      placement < PLACEMENTS && order >= 0 && order < ORDERS
        ? isFirst(taken, placement * WORDS + (order >> 5), order & 31)
        : placement % of === index,
    bounds: (placement, bound) => {
      if (placement < PLACEMENTS) bounds[placement] = bound;
    },
    boundOf: (placement) => bounds[placement] ?? Number.NEGATIVE_INFINITY,
    best: () => numberOf(Atomics.load(best, 0)),
    found: (value) => {
      const bits = bitsOf(value);
      let seen = Atomics.load(best, 0);
      while (bits < seen) {
        const before = Atomics.compareExchange(best, 0, seen, bits);
        if (before === seen) return;
        seen = before;
      }
    },
    leaves: (left) => own?.leave(left),
    begins: (family) => own?.begins(family) ?? true,
    takes: (isStopped) => {
      for (;;) {
        const isAll = others.every((shelf) => shelf.isLeft());
        for (const shelf of others) {
          const family = shelf.take();
          if (family !== null) return family;
        }
        if (isAll || isStopped()) return null;
        others.find((shelf) => !shelf.isLeft())?.wait();
      }
    },
  };
}

interface Board {
  /** Of the least value the bits, which are in the order of positive numbers. */
  readonly best: BigInt64Array;
  /** Per placement. A bound that is read while it is written is the old one or the new one: both hold. */
  readonly bounds: Float64Array;
  /** Per placement, a bit for each order. */
  readonly taken: Int32Array;
}

function boardOn(memory: SharedArrayBuffer): Board {
  return {
    best: new BigInt64Array(memory, 0, 1),
    bounds: new Float64Array(memory, 8, PLACEMENTS),
    taken: new Int32Array(memory, 8 + 8 * PLACEMENTS, PLACEMENTS * WORDS),
  };
}

/** The families that a part leaves to others. */
interface Shelf {
  leave(families: readonly Shared[]): void;
  isLeft(): boolean;
  /** Waits a little for the families to be left. */
  wait(): void;
  begins(family: number): boolean;
  /** The first that nobody has begun, now begun; null for none. */
  take(): Shared | null;
}

function shelfOn(memory: SharedArrayBuffer): Shelf {
  /** One more than the number of families, 0 before they are left. */
  const count = new Int32Array(memory, 0, 1);
  const begun = new Int32Array(memory, 4, FAMILIES);
  const ends = new Int32Array(memory, 4 + 4 * FAMILIES, FAMILIES);
  const bytes = new Uint8Array(memory, 4 + 8 * FAMILIES, BYTES);
  const begins = (family: number): boolean =>
    family >= Atomics.load(count, 0) - 1 || Atomics.compareExchange(begun, family, 0, 1) === 0;
  let next = 0;
  return {
    leave: (families) => {
      let [n, end] = [0, 0];
      for (const family of families.slice(0, FAMILIES)) {
        const text = serialize(family);
        if (end + text.length > BYTES) break;
        bytes.set(text, end);
        end += text.length;
        ends[n++] = end;
      }
      Atomics.store(count, 0, n + 1);
      Atomics.notify(count, 0);
    },
    isLeft: () => Atomics.load(count, 0) > 0,
    wait: () => Atomics.wait(count, 0, 0, NAP_MS),
    begins,
    take: () => {
      const n = Atomics.load(count, 0) - 1;
      for (; next < n; next++)
        if (begins(next)) return deserialize(bytes.slice(ends[next - 1] ?? 0, ends[next])) as Shared;
      return null;
    },
  };
}

/** Sets the bit; whether it was not set before. */
const isFirst = (words: Int32Array, at: number, bit: number): boolean =>
  (Atomics.or(words, at, 1 << bit) & (1 << bit)) === 0;

const number = new Float64Array(1);
const bits = new BigInt64Array(number.buffer);

function bitsOf(value: number): bigint {
  number[0] = value;
  return bits[0] ?? 0n;
}

function numberOf(of: bigint): number {
  bits[0] = of;
  return number[0] ?? Number.POSITIVE_INFINITY;
}
