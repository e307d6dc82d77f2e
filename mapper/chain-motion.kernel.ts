import type { Setting } from "./atoms.js";
import type { Chain } from "./chains.js";
import { nodePosition, type OrderFamily, positionOf } from "./orders.js";
import { reuseAt } from "./problem.js";
import { slidingGroups } from "./program.js";

/** A node whose tile coupled groups can slide: one of them at a time, or (a buffer that keeps every overlap) all at once. */
export interface SlidingNode {
  readonly node: number;
  readonly groups: readonly number[];
  readonly together: boolean;
}

export function slidingNodesOf({ problem, placement }: Setting): readonly SlidingNode[] {
  if (problem.rules.movesEveryVisit) return [];
  return placement.nodes.flatMap((placed, node) => {
    const groups = slidingGroups(problem, placed.tensor);
    const together = reuseAt(problem, placed.level) === "overlap";
    return groups.length === 0 ? [] : [{ node, groups, together }];
  });
}

/** The temporal loops of a list of chains, one after another: chain i has those from first[i] to first[i + 1]. */
export interface Loops {
  readonly first: Int32Array;
  readonly places: Int32Array;
  readonly logs: Float64Array;
  /** Per chain: bits of the temporal places and of the fan-outs that it uses. */
  readonly used: Int32Array;
  readonly fanouts: Int32Array;
}

export function loopsOf(chains: readonly Chain[]): Loops {
  const first = new Int32Array(chains.length + 1);
  const used = new Int32Array(chains.length);
  const fanouts = new Int32Array(chains.length);
  const places: number[] = [];
  const logs: number[] = [];
  for (let i = 0; i < chains.length; i++) {
    for (const { place, count, fanout } of chains[i]!) {
      if (place < 0) {
        fanouts[i]! |= 1 << fanout;
        continue;
      }
      used[i]! |= 1 << place;
      places.push(place);
      logs.push(Math.log(count));
    }
    first[i + 1] = places.length;
  }
  return { first, places: Int32Array.from(places), logs: Float64Array.from(logs), used, fanouts };
}

/** Per chain whether (1, else 0) it keeps to the allowed places and leaves the unused fan-outs alone (bits). */
export function admitted({ used, fanouts }: Loops, allowed: number, unused: number): Uint8Array {
  const admits = new Uint8Array(used.length);
  for (let i = 0; i < used.length; i++) admits[i] = (used[i]! & ~allowed) === 0 && (fanouts[i]! & unused) === 0 ? 1 : 0;
  return admits;
}

/** What the order makes of each chain of a variable: log visits of the nodes (chains × K), and breaks at the sliding ones (chains × S). */
export class ChainMotion {
  readonly visits: Float64Array;
  readonly breaks: Int32Array;

  constructor(
    setting: Setting,
    { first, places, logs }: Loops,
    order: OrderFamily,
    variable: number,
    sliding: readonly SlidingNode[],
  ) {
    const { problem, placement } = setting;
    const K = placement.nodes.length;
    const S = sliding.length;
    const n = first.length - 1;
    this.visits = new Float64Array(n * K);
    this.breaks = new Int32Array(n * S).fill(-1);
    const relevant = placement.nodes.map(({ tensor }) => problem.relevance[tensor]![variable] !== "irrelevant");
    const charged = Int32Array.from(placement.nodes, (_, j) =>
      relevant[j] ? nodePosition(j) : Math.min(nodePosition(j), freeFrom(setting, order, j)),
    );
    const moved = Int32Array.from(sliding, ({ node }) => (relevant[node] ? nodePosition(node) : -1));
    const positions = new Int32Array(32).fill(-1);
    for (const place of places)
      if (positions[place]! < 0) positions[place] = positionOf(problem, placement, order, place, variable);
    const { visits, breaks } = this;
    for (let i = 0; i < n; i++)
      for (let l = first[i]!; l < first[i + 1]!; l++) {
        const position = positions[places[l]!]!;
        const log = logs[l]!;
        for (let j = 0, at = i * K; j < K; j++, at++) if (position < charged[j]!) visits[at]! += log;
        for (let s = 0, at = i * S; s < S; s++, at++)
          if (position < moved[s]! && position > breaks[at]!) breaks[at] = position;
      }
  }
}

/**
 * The position from which inwards loops irrelevant to the node's tensor are free. Where the buffer keeps every overlap of a sliding
 * tile, even a loop further out may find part of the old tile there: none is charged (a bound from below).
 */
export function freeFrom({ problem, placement }: Setting, order: OrderFamily, node: number): number {
  const placed = placement.nodes[node];
  if (placed === undefined) throw new Error(`no node ${node}`);
  const overlaps = reuseAt(problem, placed.level) === "overlap" && slidingGroups(problem, placed.tensor).length > 0;
  return overlaps ? 0 : (order.cuts[node] ?? 0);
}
