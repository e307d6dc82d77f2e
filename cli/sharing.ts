import type { Part } from "../mapper/index.js";

/** What the parts of one search share: the least value found, and which placements are taken. Goes to worker threads as it is. */
export interface Sharing {
  readonly index: number;
  readonly of: number;
  readonly memory: SharedArrayBuffer;
}

/** Placements with higher numbers are each left to the part that they fall to. */
const PLACEMENTS = 4096;

/** As many parts, all on the same memory. */
export function sharingBetween(parts: number): readonly Sharing[] {
  const memory = new SharedArrayBuffer(8 + 4 * PLACEMENTS);
  new BigInt64Array(memory, 0, 1)[0] = bitsOf(Number.POSITIVE_INFINITY);
  return Array.from({ length: parts }, (_, index) => ({ index, of: parts, memory }));
}

/** One part's view. */
export function partOf({ index, of, memory }: Sharing): Part {
  const best = new BigInt64Array(memory, 0, 1);
  const taken = new Int32Array(memory, 8, PLACEMENTS);
  return {
    index,
    of,
    claims: (placement) =>
      placement < PLACEMENTS ? Atomics.compareExchange(taken, placement, 0, 1) === 0 : placement % of === index,
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
  };
}

// Positive numbers are in the order of their bits.
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
