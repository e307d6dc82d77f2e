import type { Setting } from "./atoms.js";
import { type ChainList, regionOf } from "./chains.js";

/** Per chain: a number for the way in which its loops stand above a node, which is what they leave below, and the temporal ones of them. */
export function waysAbove({ problem, placement }: Setting, chains: ChainList, node: number): Int32Array {
  const { loops, above } = chains;
  const { first, ids, lefts, width, divisors } = chains.splits;
  const counts = Uint8Array.from(loops, (loop) =>
    loop.place >= 0 && regionOf(problem, placement, loop) <= node ? 1 : 0,
  );
  /** From the number of some loops (0: none), and one more, to the number of all. */
  const longer = new Map<number, number>();
  const known = new Map<number, number>();
  const ways = new Int32Array(chains.length);
  for (let i = 0; i < ways.length; i++) {
    let number = 0;
    for (let l = first[i]!; l < first[i + 1]!; l++)
      if (counts[ids[l]!] === 1) number = 1 + numbered(longer, number * loops.length + ids[l]!);
    ways[i] = numbered(known, number * divisors.length + lefts[i * width + above[node]!]!);
  }
  return ways;
}

/** The key's number; of a new one, how many there were. */
export function numbered(known: Map<number, number>, key: number): number {
  const number = known.get(key);
  if (number !== undefined) return number;
  known.set(key, known.size);
  return known.size - 1;
}
