import type { ChainTable } from "./chain-table.kernel.js";
import { kthOf } from "./order.kernel.js";

/** Some splits of a group, n of them, V variables. */
export interface Listed {
  /** n: numbers of the splits, ascending. */
  readonly codes: Int32Array;
  /** n × V: the chains that each stands for. */
  readonly picks: Int32Array;
  /** n: the states of their use of the fan-outs. */
  readonly states: Int32Array;
  /** n: the linear bound's part; written by the user. */
  readonly costs: Float64Array;
}

/** A list is copied once no more of it is left than this. */
const LEFT = 0.85;

/** Writes the chains that a code stands for, from `at` on; the last variable's run fastest. */
export function decode(code: number, chains: readonly ChainTable[], picked: Int32Array, at: number): void {
  for (let i = chains.length - 1, rest = code; i >= 0; i--) {
    const { length } = chains[i]!.chains;
    picked[at + i] = rest % length;
    rest = Math.floor(rest / length);
  }
}

/** All splits of a group that the fan-outs hold: those that have a state. */
export function everySplit(chains: readonly ChainTable[], states: Int32Array): Listed {
  const V = chains.length;
  let n = 0;
  for (let code = 0; code < states.length; code++) if (states[code]! >= 0) n++;
  const list = listOf(n, V);
  for (let code = 0, i = 0; code < states.length; code++) {
    if (states[code]! < 0) continue;
    list.codes[i] = code;
    list.states[i] = states[code]!;
    decode(code, chains, list.picks, V * i++);
  }
  return list;
}

/** Those of which every chain is admitted (1, per variable). */
export function admittedOf(list: Listed, admits: readonly Uint8Array[]): Listed {
  const { codes, picks } = list;
  const V = admits.length;
  const which = new Int32Array(codes.length);
  let n = 0;
  for (let i = 0; i < codes.length; i++) {
    let v = 0;
    while (v < V && admits[v]![picks[i * V + v]!] !== 0) v++;
    if (v === V) which[n++] = i;
  }
  return taken(list, which, n);
}

/**
 * Those that can be part of a choice of no more than that cost, by the least of all others beside a split of each state; a few more, where nearly all
 * can.
 */
export function leftOf(list: Listed, through: Float64Array, most: number): Listed {
  const { costs, states } = list;
  const which = new Int32Array(costs.length);
  let n = 0;
  for (let i = 0; i < costs.length; i++) if (costs[i]! + through[states[i]!]! <= most) which[n++] = i;
  return n > LEFT * costs.length ? list : taken(list, which, n);
}

/** The codes of so many of them, and of those that cost as much, that cost least beside the least of all others (`through`, by state). */
export function cheapest({ codes, costs, states }: Listed, through: Float64Array, most: number): Float64Array {
  const bounds = new Float64Array(costs.length);
  for (let i = 0; i < bounds.length; i++) bounds[i] = costs[i]! + through[states[i]!]!;
  const bar = bounds.length > most ? kthOf(bounds.slice(), most - 1) : Number.POSITIVE_INFINITY;
  const found = new Float64Array(codes.length);
  let n = 0;
  for (let i = 0; i < bounds.length; i++) if (bounds[i]! <= bar) found[n++] = codes[i]!;
  return found.slice(0, n);
}

/** Writes the least cost of each state, and returns the codes that have it. */
export function leastOf({ codes, costs, states }: Listed, least: Float64Array): Int32Array {
  const first = new Int32Array(least.length).fill(-1);
  least.fill(Number.POSITIVE_INFINITY);
  for (let i = 0; i < costs.length; i++) {
    const k = states[i]!;
    if (costs[i]! >= least[k]!) continue;
    least[k] = costs[i]!;
    first[k] = codes[i]!;
  }
  return first;
}

/** Writes the sums of what the chains cost, by variable. */
export function sumUp({ costs, picks }: Listed, each: readonly Float64Array[]): void {
  const V = each.length;
  for (let i = 0, at = 0; i < costs.length; i++) {
    let sum = 0;
    for (let v = 0; v < V; v++) sum += each[v]![picks[at++]!]!;
    costs[i] = sum;
  }
}

function listOf(n: number, variables: number): Listed {
  return {
    codes: new Int32Array(n),
    picks: new Int32Array(n * variables),
    states: new Int32Array(n),
    costs: new Float64Array(n),
  };
}

/** The first n of those at the given indices. */
function taken({ codes, picks, states, costs }: Listed, which: Int32Array, n: number): Listed {
  const V = codes.length === 0 ? 0 : picks.length / codes.length;
  const list = listOf(n, V);
  for (let i = 0; i < n; i++) {
    const from = which[i]!;
    list.codes[i] = codes[from]!;
    list.states[i] = states[from]!;
    list.costs[i] = costs[from]!;
    for (let v = 0; v < V; v++) list.picks[i * V + v] = picks[from * V + v]!;
  }
  return list;
}
