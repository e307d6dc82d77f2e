import type { Arena } from "./arena.kernel.js";
import type { Setting } from "./atoms.js";
import type { ChainTable } from "./chain-table.kernel.js";
import type { JointAtoms } from "./joint-atoms.kernel.js";
import type { Packing } from "./packing.js";
import type { Relaxation } from "./relaxation.js";
import type { GroupTable } from "./tables.js";

/** What the tiles at some nodes may take together. */
interface Room {
  readonly nodes: Int32Array;
  readonly most: number;
  readonly log: number;
}

/**
 * The splits of a group: every combination of one chain a variable (in the group's order) that, the other groups' tiles being single
 * words, stays within every fan-out and capacity; of those the ones that are wanted.
 */
export class GroupTables {
  readonly chains: readonly ChainTable[];
  /** What they make together; null: of a single one. */
  readonly joint: JointAtoms | null;
  private readonly group: number;
  private readonly packing: Packing;
  private readonly rooms: readonly Room[];
  /** Columns, nodes and axes of fan-outs. */
  private readonly C: number;
  private readonly K: number;
  private readonly A: number;
  private readonly picked: Int32Array;
  /** The numbers of what is left inside the fan-outs. */
  private readonly insides = new Map<number, number>();

  constructor(
    setting: Setting,
    relaxation: Relaxation,
    packing: Packing,
    group: number,
    chains: readonly ChainTable[],
    joint: JointAtoms | null,
  ) {
    const { problem, placement } = setting;
    this.chains = chains;
    this.joint = joint;
    this.group = group;
    this.packing = packing;
    this.rooms = roomsOf(setting, relaxation);
    this.C = relaxation.columns.length;
    this.K = placement.nodes.length;
    this.A = 2 * problem.fanouts.length;
    this.picked = new Int32Array(chains.length);
  }

  /** The splits with these codes, ascending; their factors are in the arena. */
  with(codes: Float64Array, arena: Arena): GroupTable {
    const { group, chains, joint, picked, C, K } = this;
    const [V, most] = [chains.length, codes.length];
    const logs = arena.floats(most * C);
    const tiles = arena.floats(most * K);
    const tile = new Float64Array(K);
    const kept = new Float64Array(most);
    const taken = new Int32Array(most * V);
    const [places, packing, inner] = [new Int32Array(most), new Int32Array(most), new Int32Array(most)];
    const ambiguous = new Uint8Array(most);
    this.insides.clear();
    let n = 0;
    for (let r = 0; r < most; r++) {
      this.pick(codes[r]!);
      this.setTile(tile);
      if (!this.fits(tile)) continue;
      for (let j = 0, to = n * K; j < K; j++) tiles[to++] = tile[j]!;
      const at = n * C;
      for (let c = 0; c < C; c++) logs[at + c] = 0;
      let used = 0;
      let isAmbiguous = 0;
      let inside = 0;
      for (let i = 0; i < V; i++) {
        const table = chains[i]!;
        const chain = picked[i]!;
        const begin = table.columnsAt(chain);
        const { values } = table;
        const own = table.placesOf(chain);
        for (let c = 0; c < C; c++) logs[at + c]! += values[begin + c]!;
        if ((used & own) !== 0 || (V > 1 && table.isAnchored(chain))) isAmbiguous = 1;
        used |= own;
        inside = inside * 65536 + table.insideOf(chain);
        taken[n * V + i] = chain;
      }
      joint?.add(picked, tile, logs, at);
      kept[n] = codes[r]!;
      places[n] = used;
      ambiguous[n] = isAmbiguous;
      packing[n] = this.state();
      inner[n++] = this.numberOf(inside);
    }
    const variables = chains.map(({ variable }) => variable);
    if (n === most)
      return { group, variables, rows: n, codes: kept, chains: taken, logs, tiles, places, ambiguous, packing, inner };
    return {
      ...{ group, variables, rows: n, codes: kept.slice(0, n), chains: taken.slice(0, n * V) },
      ...{ logs: logs.subarray(0, n * C), tiles: tiles.subarray(0, n * K) },
      ...{ places: places.slice(0, n), ambiguous: ambiguous.slice(0, n) },
      ...{ packing: packing.slice(0, n), inner: inner.slice(0, n) },
    };
  }

  /** Picks the chains that a code stands for. */
  private pick(code: number): void {
    const { chains, picked } = this;
    let rest = code;
    for (let i = chains.length - 1; i >= 0; i--) {
      const { length } = chains[i]!.chains;
      picked[i] = rest % length;
      rest = Math.floor(rest / length);
    }
  }

  private setTile(tile: Float64Array): void {
    const { chains, picked, joint, K } = this;
    tile.fill(0);
    for (let i = 0; i < chains.length; i++) {
      const table = chains[i]!;
      for (let j = 0; j < K; j++) tile[j]! += table.tileAt(picked[i]!, j);
    }
    joint?.setTiles(picked, tile);
  }

  private fits(tile: Float64Array): boolean {
    const { rooms } = this;
    for (let k = 0; k < rooms.length; k++) {
      const { nodes, most, log } = rooms[k]!;
      let sum = 0;
      for (let i = 0; i < nodes.length; i++) {
        const x = tile[nodes[i]!]!;
        if (x > log) return false;
        if (nodes.length > 1) sum += Math.exp(x);
      }
      if (sum > most) return false;
    }
    return true;
  }

  /** The state of the chains' use of the fan-outs. */
  private state(): number {
    const { chains, picked, packing, A } = this;
    let number = 0;
    for (let a = 0; a < A; a++) {
      let use = 1;
      for (let i = 0; i < chains.length; i++) use *= chains[i]!.facts.uses[picked[i]! * A + a]!;
      number += packing.digits[a]![use]!;
    }
    return packing.stateOf.get(number) ?? -1;
  }

  private numberOf(inside: number): number {
    const known = this.insides.get(inside);
    if (known !== undefined) return known;
    const { size } = this.insides;
    this.insides.set(inside, size);
    return size;
  }
}

/** What streams through a node takes less than its tile, depending on the order: then nothing is ruled out here. */
function roomsOf({ problem, placement, layout }: Setting, { capacities, columns }: Relaxation): readonly Room[] {
  if (problem.rules.streams) return [];
  return capacities.map(({ columns: of, most }) => ({
    nodes: Int32Array.from(of, (c) => placement.nodes.findIndex((_, j) => columns[c]!.times[0] === layout.tile(j))),
    most: most * (1 + 1e-11),
    log: Math.log(most) + 1e-11,
  }));
}
