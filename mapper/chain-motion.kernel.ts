import type { Setting } from "./atoms.js";
import type { ChainList } from "./chains.js";
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

export function loopsOf({ length, loops, splits }: ChainList): Loops {
  const { first: begins, ids } = splits;
  const places = Int32Array.from(loops, ({ place }) => place);
  const logs = Float64Array.from(loops, ({ count }) => Math.log(count));
  const first = new Int32Array(length + 1);
  const used = new Int32Array(length);
  const fanouts = new Int32Array(length);
  const found = { places: new Int32Array(ids.length), logs: new Float64Array(ids.length) };
  let n = 0;
  for (let i = 0; i < length; i++) {
    for (let l = begins[i]!; l < begins[i + 1]!; l++) {
      const id = ids[l]!;
      const place = places[id]!;
      if (place < 0) {
        fanouts[i]! |= 1 << loops[id]!.fanout;
        continue;
      }
      used[i]! |= 1 << place;
      found.places[n] = place;
      found.logs[n++] = logs[id]!;
    }
    first[i + 1] = n;
  }
  return { first, places: found.places.subarray(0, n), logs: found.logs.subarray(0, n), used, fanouts };
}

/** The temporal places that some chain uses. */
function placesIn({ used }: Loops): readonly number[] {
  let all = 0;
  for (let i = 0; i < used.length; i++) all |= used[i]!;
  return Array.from({ length: 32 }, (_, place) => place).filter((place) => (all & (1 << place)) !== 0);
}

/** Per chain whether (1, else 0) it keeps to the allowed places and leaves the unused fan-outs alone (bits). */
export function admitted({ used, fanouts }: Loops, allowed: number, unused: number): Uint8Array {
  const admits = new Uint8Array(used.length);
  for (let i = 0; i < used.length; i++) admits[i] = (used[i]! & ~allowed) === 0 && (fanouts[i]! & unused) === 0 ? 1 : 0;
  return admits;
}

/** What an order makes of each chain of a variable. */
export interface ChainMotion {
  /** Per node and chain: log visits. */
  readonly visits: readonly Float64Array[];
  /** Per sliding node and chain: the innermost position of a loop that moves its tile, −1 for none. */
  readonly breaks: readonly Int32Array[];
}

/** The chains of a variable in all orders of a placement, which have most of it in common. */
export class ChainMotions {
  readonly loops: Loops;
  private readonly setting: Setting;
  private readonly variable: number;
  private readonly sliding: readonly SlidingNode[];
  /** Whether the variable moves the nodes' tiles. */
  private readonly moves: readonly boolean[];
  /** The temporal places that chains use. */
  private readonly places: readonly number[];
  private readonly visits = new Map<string, Float64Array>();
  private readonly breaks = new Map<string, Int32Array>();

  constructor(setting: Setting, variable: number, chains: ChainList, sliding: readonly SlidingNode[]) {
    const { problem, placement } = setting;
    this.setting = setting;
    this.variable = variable;
    this.sliding = sliding;
    this.loops = loopsOf(chains);
    this.moves = placement.nodes.map(({ tensor }) => problem.relevance[tensor]![variable] !== "irrelevant");
    this.places = placesIn(this.loops);
  }

  in(order: OrderFamily): ChainMotion {
    const { setting, moves } = this;
    const positions = this.positionsIn(order);
    const visits = moves.map((isMoved, j) => {
      const free = isMoved ? Number.POSITIVE_INFINITY : freeFrom(setting, order, j);
      return this.visitsOf(positions, j, free);
    });
    const breaks = this.sliding.map(({ node }) => this.breaksOf(positions, node));
    return { visits, breaks };
  }

  /** Per place. */
  private positionsIn(order: OrderFamily): Int32Array {
    const { problem, placement } = this.setting;
    const positions = new Int32Array(32);
    for (const place of this.places) positions[place] = positionOf(problem, placement, order, place, this.variable);
    return positions;
  }

  /** Loops from `free` on cost nothing. */
  private visitsOf(positions: Int32Array, node: number, free: number): Float64Array {
    const end = Math.min(nodePosition(node), free);
    const counts = new Uint8Array(32);
    for (const place of this.places) counts[place] = positions[place]! < end ? 1 : 0;
    const key = `${this.places.map((place) => counts[place])}`;
    const known = this.visits.get(key);
    if (known !== undefined) return known;
    const { first, places, logs } = this.loops;
    const visits = new Float64Array(first.length - 1);
    for (let i = 0; i < visits.length; i++)
      for (let l = first[i]!; l < first[i + 1]!; l++) if (counts[places[l]!] === 1) visits[i]! += logs[l]!;
    this.visits.set(key, visits);
    return visits;
  }

  private breaksOf(positions: Int32Array, node: number): Int32Array {
    const end = this.moves[node] ? nodePosition(node) : -1;
    const key = `${this.places.map((place) => (positions[place]! < end ? positions[place] : -1))}`;
    const known = this.breaks.get(key);
    if (known !== undefined) return known;
    const { first, places } = this.loops;
    const breaks = new Int32Array(first.length - 1).fill(-1);
    for (let i = 0; i < breaks.length; i++)
      for (let l = first[i]!; l < first[i + 1]!; l++) {
        const position = positions[places[l]!]!;
        if (position < end && position > breaks[i]!) breaks[i] = position;
      }
    this.breaks.set(key, breaks);
    return breaks;
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
