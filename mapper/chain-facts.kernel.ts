import type { Setting } from "./atoms.js";
import type { ChainAtoms } from "./chain-atoms.js";
import type { ChainPowers } from "./chain-powers.js";
import type { ChainList } from "./chains.js";

/** What chains of a list are told by. n chains, K nodes, A axes of fan-outs, D divisors of the bound. */
export interface ChainFacts {
  /** Per loop of the list: its kind, log iterations, and the bit of its temporal place, 0 for spatial ones. */
  readonly kinds: Int32Array;
  readonly logs: Float64Array;
  readonly bits: Int32Array;
  /** K × D: the variable's own part of the node's tile (log) if that divisor is left below it. */
  readonly sizes: Float64Array;
  /** How many stations stand around what is inside all fan-outs; −1 where that is nothing. */
  readonly around: number;
  /** n × A: how far each chain fans out; and a number for its spatial loops, 0 for none. */
  readonly uses: Int32Array;
  readonly spatial: Int32Array;
}

/** What the chains of a list are told by in a placement; `atoms` and `powers`: of the list's variable. */
export function factsOf(
  { placement }: Setting,
  atoms: ChainAtoms,
  powers: ChainPowers,
  { splits, loops, above }: ChainList,
): ChainFacts {
  const { divisors, uses, spatial } = splits;
  const [K, L, D] = [placement.nodes.length, loops.length, divisors.length];
  const [kinds, logs, bits] = [new Int32Array(L), new Float64Array(L), new Int32Array(L)];
  for (let l = 0; l < L; l++) {
    const loop = loops[l]!;
    kinds[l] = powers.kindOf(loop);
    logs[l] = Math.log(loop.count);
    bits[l] = loop.place < 0 ? 0 : 1 << loop.place;
  }
  const innermost = placement.fanouts.findLastIndex((there) => there.length > 0);
  const around = innermost < 0 ? 0 : innermost < K ? above[innermost]! : -1;
  const sizes = new Float64Array(K * D);
  for (let j = 0; j < K; j++) for (let d = 0; d < D; d++) sizes[j * D + d] = Math.log(atoms.tile(j, divisors[d]!));
  return { kinds, logs, bits, sizes, around, uses, spatial };
}
