import type { Setting } from "./atoms.js";
import type { ChainAtoms } from "./chain-atoms.js";
import type { ChainPowers } from "./chain-powers.js";
import type { ChainList } from "./chains.js";

/** What is read off each chain of a list. n chains, K nodes, A axes of fan-outs. */
export interface ChainFacts {
  /** Per loop of the list: its kind, and log iterations. */
  readonly kinds: Int32Array;
  readonly logs: Float64Array;
  /** n × K: the variable's own part of the tiles (log), and the extents below the nodes. */
  readonly tiles: Float64Array;
  readonly extents: Int32Array;
  /** n × A: how far each chain fans out. */
  readonly uses: Int32Array;
  /** Bits of the temporal places used, iterations below the innermost fan-out, and a number for the spatial loops, 0 for none. */
  readonly places: Int32Array;
  readonly inside: Int32Array;
  readonly spatial: Int32Array;
}

export function factsOf(
  { placement }: Setting,
  atoms: ChainAtoms,
  powers: ChainPowers,
  { splits, loops, above }: ChainList,
): ChainFacts {
  const { length: n, first, ids, lefts, divisors, uses, spatial } = splits;
  const [K, D] = [placement.nodes.length, divisors.length];
  const kinds = Int32Array.from(loops, (loop) => powers.kindOf(loop));
  const logs = Float64Array.from(loops, ({ count }) => Math.log(count));
  const bits = Int32Array.from(loops, ({ place }) => (place < 0 ? 0 : 1 << place));
  /** How many stations stand above what is inside all fan-outs. */
  const innermost = placement.fanouts.findLastIndex((there) => there.length > 0);
  const around = innermost < 0 ? 0 : innermost < K ? above[innermost]! : -1;
  const sizes = new Float64Array(K * D);
  for (let j = 0; j < K; j++) for (let d = 0; d < D; d++) sizes[j * D + d] = Math.log(atoms.tile(j, divisors[d]!));
  const width = n === 0 ? 0 : lefts.length / n;
  const tiles = new Float64Array(n * K);
  const extents = new Int32Array(n * K);
  const places = new Int32Array(n);
  const inside = new Int32Array(n);
  for (let i = 0, at = 0, l = 0; i < n; i++) {
    const from = i * width;
    for (let j = 0; j < K; j++, at++) {
      const d = lefts[from + above[j]!]!;
      extents[at] = divisors[d]!;
      tiles[at] = sizes[j * D + d]!;
    }
    let used = 0;
    for (const end = first[i + 1]!; l < end; l++) used |= bits[ids[l]!]!;
    places[i] = used;
    inside[i] = around < 0 ? 1 : divisors[lefts[from + around]!]!;
  }
  return { kinds, logs, tiles, extents, uses, places, inside, spatial };
}
