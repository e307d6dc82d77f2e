import type { Setting } from "./atoms.js";
import type { ChainAtoms } from "./chain-atoms.js";
import type { ChainPowers } from "./chain-powers.js";
import type { Chain, ChainLoop } from "./chains.js";

/** What is read off each chain of a list. n chains, K nodes, A axes of fan-outs. */
export interface ChainFacts {
  /** The loops of all chains, one after another: chain i has those from first[i] to first[i + 1]. Their kinds, and log iterations. */
  readonly first: Int32Array;
  readonly loops: Uint8Array;
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

/** A loop with all that it does to a chain. */
interface LoopFacts {
  readonly kind: number;
  readonly region: number;
  readonly log: number;
  /** Index of the axis, −1 for temporal loops. */
  readonly axis: number;
  /** Tells the variable's loops apart. */
  readonly number: number;
}

/** Chains follow each other as in a tree: what the first loops of one make is kept for the next that begins with them. */
export function factsOf(
  { problem, placement }: Setting,
  atoms: ChainAtoms,
  powers: ChainPowers,
  variable: number,
  chains: readonly Chain[],
): ChainFacts {
  const [n, K, A] = [chains.length, placement.nodes.length, 2 * problem.fanouts.length];
  const innermost = placement.fanouts.findLastIndex((there) => there.length > 0);
  const first = new Int32Array(n + 1);
  let most = 0;
  for (let i = 0; i < n; i++) {
    const { length } = chains[i]!;
    first[i + 1] = first[i]! + length;
    if (length > most) most = length;
  }
  const loops = new Uint8Array(first[n]!);
  const logs = new Float64Array(first[n]!);
  const tiles = new Float64Array(n * K);
  const extents = new Int32Array(n * K);
  const uses = new Int32Array(n * A);
  const places = new Int32Array(n);
  const inside = new Int32Array(n);
  const spatial = new Int32Array(n);
  /** Behind the first d loops of the latest chain: extents, uses, places, iterations inside, and the number of its spatial loops. */
  const extentsAt = new Int32Array((most + 1) * K).fill(problem.bounds[variable]!);
  const usesAt = new Int32Array((most + 1) * A).fill(1);
  const placesAt = new Int32Array(most + 1);
  const insideAt = new Int32Array(most + 1).fill(1);
  const spatialAt = new Int32Array(most + 1);
  const factsAt: LoopFacts[] = [];
  const known = new Map<ChainLoop, LoopFacts>();
  /** From the number of some spatial loops, and that of one more, to the number of all. */
  const numbers = new Map<number, number>();
  let before: Chain = [];
  for (let i = 0; i < n; i++) {
    const chain = chains[i]!;
    let d = 0;
    while (d < chain.length && chain[d] === before[d]) d++;
    before = chain;
    for (; d < chain.length; d++) {
      const loop = chain[d]!;
      let facts = known.get(loop);
      if (facts === undefined) {
        facts = loopFactsOf(powers, loop, known.size + 1);
        known.set(loop, facts);
      }
      factsAt[d] = facts;
      const { region, axis, number } = facts;
      for (let j = 0, at = d * K; j < K; j++, at++)
        extentsAt[at + K] = j < region ? extentsAt[at]! : extentsAt[at]! / loop.count;
      for (let a = 0, at = d * A; a < A; a++, at++) usesAt[at + A] = usesAt[at]!;
      placesAt[d + 1] = placesAt[d]!;
      insideAt[d + 1] = insideAt[d]!;
      spatialAt[d + 1] = spatialAt[d]!;
      if (axis < 0) {
        placesAt[d + 1]! |= 1 << loop.place;
        if (region > innermost) insideAt[d + 1]! *= loop.count;
      } else {
        usesAt[(d + 1) * A + axis]! *= loop.count;
        const key = spatialAt[d]! * 65536 + number;
        const together = numbers.get(key) ?? numbers.size + 1;
        numbers.set(key, together);
        spatialAt[d + 1] = together;
      }
    }
    for (let k = 0, l = first[i]!; k < d; k++, l++) {
      loops[l] = factsAt[k]!.kind;
      logs[l] = factsAt[k]!.log;
    }
    for (let j = 0, from = d * K, to = i * K; j < K; j++, from++, to++) {
      const extent = extentsAt[from]!;
      extents[to] = extent;
      tiles[to] = i > 0 && extents[to - K] === extent ? tiles[to - K]! : Math.log(atoms.tile(j, extent));
    }
    for (let a = 0; a < A; a++) uses[i * A + a] = usesAt[d * A + a]!;
    places[i] = placesAt[d]!;
    inside[i] = insideAt[d]!;
    spatial[i] = spatialAt[d]!;
  }
  return { first, loops, logs, tiles, extents, uses, places, inside, spatial };
}

function loopFactsOf(powers: ChainPowers, loop: ChainLoop, number: number): LoopFacts {
  const kind = powers.kindOf(loop);
  const axis = loop.place >= 0 ? -1 : 2 * loop.fanout + (loop.axis === "x" ? 0 : 1);
  return { kind, region: powers.kinds[kind]!.region, log: Math.log(loop.count), axis, number };
}
