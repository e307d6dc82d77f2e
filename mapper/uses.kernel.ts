import type { ChainTable } from "./chain-table.kernel.js";
import type { Packing } from "./packing.js";

/**
 * Per split of some variables, by its code (the last variable's chains run fastest), the state of its use of the axes of fan-outs, of these sizes; −1 where they do
 * not hold it. It is told by the spatial loops, of which splits have few kinds.
 */
export function statesOf(chains: readonly ChainTable[], sizes: readonly number[], packing: Packing): Int32Array {
  const examples = chains.map(({ facts }) => examplesOf(facts.spatial));
  let all = new Int32Array(1);
  for (let v = 0; v < chains.length; v++) {
    const { spatial } = chains[v]!.facts;
    const longer = new Int32Array(all.length * spatial.length);
    for (let i = 0, at = 0; i < all.length; i++)
      for (let k = 0; k < spatial.length; k++) longer[at++] = all[i]! * examples[v]!.length + spatial[k]!;
    all = longer;
  }
  const known = statesOfKinds(chains, examples, sizes, packing);
  for (let code = 0; code < all.length; code++) all[code] = known[all[code]!]!;
  return all;
}

/** A chain that has each number, −1 for none. */
function examplesOf(spatial: Int32Array): Int32Array {
  let most = 0;
  for (let i = 0; i < spatial.length; i++) if (spatial[i]! > most) most = spatial[i]!;
  const examples = new Int32Array(most + 1).fill(-1);
  for (let i = 0; i < spatial.length; i++) examples[spatial[i]!] = i;
  return examples;
}

/** The states of all kinds of spatial loops together. */
function statesOfKinds(
  chains: readonly ChainTable[],
  examples: readonly Int32Array[],
  sizes: readonly number[],
  packing: Packing,
): Int32Array {
  const A = sizes.length;
  const states = new Int32Array(examples.reduce((n, { length }) => n * length, 1)).fill(-1);
  const use = new Int32Array(A);
  for (let kind = 0; kind < states.length; kind++) {
    use.fill(1);
    let rest = kind;
    let exists = true;
    for (let v = chains.length - 1; v >= 0; v--) {
      const own = examples[v]!;
      const chain = own[rest % own.length]!;
      if (chain < 0) exists = false;
      else for (let a = 0; a < A; a++) use[a]! *= chains[v]!.facts.uses[chain * A + a]!;
      rest = Math.floor(rest / own.length);
    }
    if (exists) states[kind] = stateOf(use, sizes, packing);
  }
  return states;
}

function stateOf(use: Int32Array, sizes: readonly number[], packing: Packing): number {
  let number = 0;
  for (let a = 0; a < sizes.length; a++) {
    if (use[a]! > sizes[a]!) return -1;
    number += packing.digits[a]![use[a]!]!;
  }
  return packing.stateOf.get(number) ?? -1;
}
