import { jointAtoms, type Setting } from "./atoms.js";
import { ChainAtoms } from "./chain-atoms.js";
import { type Chain, type ChainLoop, chainsOf, regionOf } from "./chains.js";
import type { Limits } from "./limits.js";
import type { Relaxation } from "./relaxation.js";

/**
 * The splits of one variable in one placement. n chains, C columns, K nodes, A axes of fan-outs, J atoms that are joint in the
 * variable's group (atoms.ts); factors as logarithms.
 */
export interface ChainTable {
  readonly variable: number;
  readonly chains: readonly Chain[];
  /** n × C: without joint atoms, and without the words that enter nodes. */
  readonly columns: Float64Array;
  /** n × J: what the joint atoms are where no other variable of the group meets this one. */
  readonly joints: Float64Array;
  /** n × K: the variable's own part of the tiles, and the extents below the nodes. */
  readonly tiles: Float64Array;
  readonly extents: Int32Array;
  /** n × A: how far each chain fans out. */
  readonly uses: Int32Array;
  /** Bits of the temporal places used, iterations below the innermost fan-out, and a number for the spatial loops, 0 for none. */
  readonly places: Int32Array;
  readonly inside: Int32Array;
  readonly spatial: Int32Array;
}

/** All splits of the variable that, alone, pass no capacity. */
export function chainTableOf(
  setting: Setting,
  relaxation: Relaxation,
  limits: Limits,
  variable: number,
  allowed: number,
  mostLoops: number,
): ChainTable {
  const { problem, placement } = setting;
  const atoms = new ChainAtoms(setting, variable);
  const bound = problem.bounds[variable]!;
  const largest = Array.from(roomsOf(setting, relaxation), (room, j) => {
    let extent = bound;
    while (extent > 1 && (bound % extent !== 0 || atoms.tile(j, extent) > room)) extent--;
    return extent;
  });
  const chains = problem.active.includes(variable)
    ? chainsOf(problem, placement, variable, { limits, allowed, mostLoops, largest })
    : [[]];
  return filled(setting, relaxation, atoms, variable, chains);
}

/** The most words that each node may hold, so far as a capacity says. */
function roomsOf({ problem, placement, layout }: Setting, { capacities, columns }: Relaxation): readonly number[] {
  // What streams through a node takes less than its tile, depending on the order.
  if (problem.rules.streams) return placement.nodes.map(() => Number.POSITIVE_INFINITY);
  return placement.nodes.map((_, j) =>
    capacities.reduce((room, { columns: of, most }) => {
      const isHere = of.some((c) => columns[c]!.times[0] === layout.tile(j));
      return isHere ? Math.min(room, (most - (of.length - 1)) * (1 + 1e-11)) : room;
    }, Number.POSITIVE_INFINITY),
  );
}

/** A column that holds a node's tile to a power. */
interface Held {
  readonly column: number;
  readonly node: number;
  readonly power: number;
}

class Projection {
  readonly tiles: readonly Held[];
  readonly joint: readonly number[];
  private readonly columns: readonly { readonly times: readonly number[]; readonly over: readonly number[] }[];
  private readonly atoms: ChainAtoms;

  constructor(setting: Setting, relaxation: Relaxation, atoms: ChainAtoms, variable: number) {
    const { problem, placement, transfers, layout } = setting;
    const group = problem.groups.findIndex(({ variables }) => variables.includes(variable));
    this.joint = group < 0 ? [] : jointAtoms(setting, group);
    this.atoms = atoms;
    this.columns = relaxation.columns.map(({ times, over }) => ({
      times: times.filter((a) => !this.joint.includes(a)),
      over: over.filter((a) => !this.joint.includes(a)),
    }));
    const node = new Int32Array(layout.size).fill(-1);
    placement.nodes.forEach((_, j) => {
      node[layout.tile(j)] = j;
    });
    transfers.forEach((_, t) => {
      node[layout.distinct(t)] = atoms.tiled[t]!;
    });
    this.tiles = this.columns.flatMap(({ times, over }, column) => [
      ...times.filter((a) => node[a]! >= 0).map((a) => ({ column, node: node[a]!, power: 1 })),
      ...over.filter((a) => node[a]! >= 0).map((a) => ({ column, node: node[a]!, power: -1 })),
    ]);
  }

  /** Of columns, then joint atoms. */
  powersOf(loop: ChainLoop): Float64Array {
    const atoms = this.atoms.powersOf(loop);
    const sum = (of: readonly number[]): number => of.reduce((n, a) => n + atoms[a]!, 0);
    const columns = this.columns.map(({ times, over }) => sum(times) - sum(over));
    return Float64Array.from([...columns, ...this.joint.map((a) => atoms[a]!)]);
  }
}

/** A loop with all that it does to a chain. */
interface Facts {
  /** C + J: what the loop multiplies columns, then joint atoms by: its iterations to these powers. */
  readonly powers: Float64Array;
  readonly log: number;
  readonly count: number;
  readonly region: number;
  /** Index of the axis, −1 for temporal loops. */
  readonly axis: number;
  /** Tells the variable's loops apart. */
  readonly number: number;
}

function filled(
  setting: Setting,
  relaxation: Relaxation,
  atoms: ChainAtoms,
  variable: number,
  chains: readonly Chain[],
): ChainTable {
  const { problem, placement } = setting;
  const projection = new Projection(setting, relaxation, atoms, variable);
  const [n, K, C] = [chains.length, placement.nodes.length, relaxation.columns.length];
  const [A, J] = [2 * problem.fanouts.length, projection.joint.length];
  const innermost = placement.fanouts.findLastIndex((there) => there.length > 0);
  const columns = new Float64Array(n * C);
  const joints = new Float64Array(n * J);
  const tiles = new Float64Array(n * K);
  const extents = new Int32Array(n * K);
  const uses = new Int32Array(n * A).fill(1);
  const places = new Int32Array(n);
  const inside = new Int32Array(n).fill(1);
  const spatial = new Int32Array(n);
  let numbered = 0;
  const axisOf = ({ place, fanout, axis }: ChainLoop): number =>
    place >= 0 ? -1 : 2 * fanout + (axis === "x" ? 0 : 1);
  const slots = new Map<number, Float64Array>();
  const factsOf = remembered((loop: ChainLoop): Facts => {
    const axis = axisOf(loop);
    const slot = axis < 0 ? loop.place : -1 - axis;
    const powers = slots.get(slot) ?? projection.powersOf(loop);
    slots.set(slot, powers);
    const region = regionOf(problem, placement, loop);
    return { powers, log: Math.log(loop.count), count: loop.count, region, axis, number: ++numbered };
  });
  const sizes = placement.nodes.map((_, j) => remembered((extent: number) => Math.log(atoms.tile(j, extent))));
  /** From the number of some spatial loops, and that of one more, to the number of all. */
  const numbers = new Map<number, number>();
  /** Chains follow each other as in a tree. Of the loops of the latest: facts, and, behind the first d of them, columns and joint atoms (W). */
  const W = C + J;
  const facts: Facts[] = [];
  let sums = new Float64Array(W);
  let before: Chain = [];
  for (let i = 0; i < n; i++) {
    const chain = chains[i]!;
    if ((chain.length + 1) * W > sums.length) sums = grown(sums, 2 * (chain.length + 1) * W);
    let d = 0;
    while (d < chain.length && chain[d] === before[d]) d++;
    before = chain;
    for (; d < chain.length; d++) {
      const one = factsOf(chain[d]!);
      const { powers, log } = one;
      facts[d] = one;
      for (let c = 0, at = d * W; c < W; c++, at++) sums[at + W] = sums[at]! + log * powers[c]!;
    }
    const from = d * W;
    for (let c = 0; c < C; c++) columns[i * C + c] = sums[from + c]!;
    for (let k = 0; k < J; k++) joints[i * J + k] = sums[from + C + k]!;
    let together = 0;
    extents.fill(problem.bounds[variable]!, i * K, i * K + K);
    for (d = 0; d < chain.length; d++) {
      const { count, region, axis, number } = facts[d]!;
      for (let j = region; j < K; j++) extents[i * K + j]! /= count;
      if (axis < 0) {
        places[i]! |= 1 << chain[d]!.place;
        if (region > innermost) inside[i]! *= count;
      } else {
        uses[i * A + axis]! *= count;
        const key = together * 65536 + number;
        together = numbers.get(key) ?? numbers.size + 1;
        numbers.set(key, together);
      }
    }
    for (let j = 0; j < K; j++) tiles[i * K + j] = sizes[j]!(extents[i * K + j]!);
    for (const { node, column, power } of projection.tiles) columns[i * C + column]! += power * tiles[i * K + node]!;
    spatial[i] = together;
  }
  return { variable, chains, columns, joints, tiles, extents, uses, places, inside, spatial };
}

function grown(numbers: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(length);
  larger.set(numbers);
  return larger;
}

function remembered<K, V>(make: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const found = known.get(key) ?? make(key);
    known.set(key, found);
    return found;
  };
}
