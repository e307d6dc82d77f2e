import { atomsOf, jointAtoms, type Setting } from "./atoms.js";
import type { ChainTable } from "./chain-table.kernel.js";
import { type Chain, regionOf } from "./chains.js";
import type { Packing } from "./packing.js";
import { fanoutOf } from "./problem.js";
import type { Relaxation } from "./relaxation.js";
import type { GroupPlan, GroupTable } from "./tables.js";

/**
 * The splits of a group: every combination of one chain a variable (in the group's order) that, the other groups' tiles being single
 * words, stays within every fan-out and capacity; of those that are wanted, by their codes, ascending.
 */
export function groupTableOf(
  setting: Setting,
  relaxation: Relaxation,
  packing: Packing,
  group: number,
  { chains, joint }: GroupPlan,
  wanted: Float64Array,
): GroupTable {
  const { problem, placement, layout } = setting;
  const variables = chains.map(({ variable }) => variable);
  const [C, K, V] = [relaxation.columns.length, placement.nodes.length, chains.length];
  const sizes = problem.fanouts.flatMap((level) => [fanoutOf(problem, level).x, fanoutOf(problem, level).y]);
  const A = sizes.length;
  const nodeOf = (column: number): number =>
    placement.nodes.findIndex((_, j) => relaxation.columns[column]!.times[0] === layout.tile(j));
  // What streams through a node takes less than its tile, depending on the order.
  const held = problem.rules.streams ? [] : relaxation.capacities;
  const capacities = held.map(({ columns, most }) => ({
    nodes: columns.map(nodeOf),
    most: most * (1 + 1e-11),
    log: Math.log(most) + 1e-11,
  }));
  const picked = new Int32Array(V);
  const use = new Int32Array((V + 1) * A).fill(1);
  const log = new Float64Array(C);
  const tile = new Float64Array(K);
  const anchored = chains.map(({ chains: list }) =>
    Uint8Array.from(list, (chain) => (V > 1 && isAnchored(setting, chain) ? 1 : 0)),
  );
  const insides = new Map<number, number>();
  const states = new Map<number, number>();
  const rows = new Growing(Int32Array, V);
  const logs = new Growing(Float64Array, C);
  const tiles = new Growing(Float64Array, K);
  const facts = new Growing(Int32Array, 4);
  const row = new Int32Array(4);
  const codes: number[] = [];
  let number = 0;
  const fits = (): boolean => {
    for (let k = 0; k < capacities.length; k++) {
      const { nodes, most, log: logMost } = capacities[k]!;
      let sum = 0;
      for (let i = 0; i < nodes.length; i++) {
        const x = tile[nodes[i]!]!;
        if (x > logMost) return false;
        if (nodes.length > 1) sum += Math.exp(x);
      }
      if (sum > most) return false;
    }
    return true;
  };
  const finish = (): void => {
    tile.fill(0);
    for (let i = 0; i < V; i++) {
      const from = chains[i]!.facts.tiles;
      for (let j = 0, at = picked[i]! * K; j < K; j++, at++) tile[j]! += from[at]!;
    }
    joint?.setTiles(picked, tile);
    if (!fits()) return;
    log.fill(0);
    let [used, ambiguous, inside, code] = [0, 0, 0, 0];
    for (let i = 0; i < V; i++) {
      const table = chains[i]!;
      const { places, inside: own } = table.facts;
      const p = picked[i]!;
      const begin = table.columnsAt(p);
      const { values } = table;
      for (let c = 0, at = begin; c < C; c++, at++) log[c]! += values[at]!;
      if ((used & places[p]!) !== 0) ambiguous = 1;
      ambiguous |= anchored[i]![p]!;
      used |= places[p]!;
      inside = inside * 65536 + own[p]!;
    }
    joint?.add(picked, tile, log);
    for (let a = 0; a < A; a++) if (packing.exact[a]) code += use[V * A + a]! * packing.radix[a]!;
    codes.push(number);
    rows.push(picked);
    logs.push(log);
    tiles.push(tile);
    row[0] = used;
    row[1] = ambiguous;
    row[2] = stateOf(code);
    row[3] = numberOf(insides, inside);
    facts.push(row);
  };
  const stateOf = (code: number): number => {
    const known = states.get(code) ?? packing.stateOf.get(code) ?? -1;
    states.set(code, known);
    return known;
  };
  /** Picks the chains that a code stands for. */
  const decode = (code: number): void => {
    let rest = code;
    for (let i = V - 1; i >= 0; i--) {
      const { length } = chains[i]!.chains;
      picked[i] = rest % length;
      rest = Math.floor(rest / length);
    }
    for (let i = 0; i < V; i++)
      for (let a = 0; a < A; a++) use[(i + 1) * A + a] = use[i * A + a]! * chains[i]!.facts.uses[picked[i]! * A + a]!;
  };
  for (const code of wanted) {
    number = code;
    decode(code);
    finish();
  }
  const n = rows.rows;
  const fact = facts.values();
  const column = (k: number): Int32Array => {
    const own = new Int32Array(n);
    for (let i = 0; i < n; i++) own[i] = fact[4 * i + k]!;
    return own;
  };
  return {
    ...{ group, variables, rows: n, chains: rows.values().slice(), logs: logs.values(), tiles: tiles.values() },
    codes: Float64Array.from(codes),
    ...{ places: column(0), ambiguous: Uint8Array.from(column(1)), packing: column(2), inner: column(3) },
  };
}

/**
 * Whether some temporal loop of a coupled variable stands in a region with spatial loops of it: the order of the region's temporal loops is then not free,
 * and what the row promises beside others may be less than what they cost.
 */
function isAnchored({ problem, placement }: Setting, chain: Chain): boolean {
  const spread = chain.filter(({ place }) => place < 0).map((loop) => regionOf(problem, placement, loop));
  return chain.some((loop) => loop.place >= 0 && spread.includes(regionOf(problem, placement, loop)));
}

function numberOf(numbers: Map<number, number>, key: number): number {
  const known = numbers.get(key);
  if (known !== undefined) return known;
  numbers.set(key, numbers.size);
  return numbers.size - 1;
}

/** Rows of numbers, appended one by one. */
class Growing<T extends Float64Array | Int32Array> {
  rows = 0;
  private buffer: T;
  private readonly width: number;
  private readonly make: new (
    length: number,
  ) => T;

  constructor(make: new (length: number) => T, width: number) {
    this.make = make;
    this.width = width;
    this.buffer = new make(256 * width);
  }

  push(row: T): void {
    const { width } = this;
    const at = this.rows++ * width;
    if (at + width > this.buffer.length) {
      const larger = new this.make(2 * this.buffer.length);
      larger.set(this.buffer);
      this.buffer = larger;
    }
    const { buffer } = this;
    for (let i = 0; i < width; i++) buffer[at + i] = row[i]!;
  }

  /** All rows; a view of a larger buffer. */
  values(): T {
    return this.buffer.subarray(0, this.rows * this.width) as T;
  }
}

/** An axis in which variables meet: which chains of the combination, and with what coefficients. */
interface Meeting {
  readonly variables: readonly number[];
  readonly coefficients: readonly number[];
}

/** Works out, for a combination of chains of coupled variables, the atoms that are not the product of the chains' own. */
export class JointAtoms {
  private readonly setting: Setting;
  private readonly group: number;
  private readonly variables: readonly number[];
  private readonly chains: readonly ChainTable[];
  private readonly atoms: readonly number[];
  /** Nodes whose tile is joint, and its axes; the joint atom that is it. */
  private readonly tiles: readonly {
    readonly node: number;
    readonly axes: readonly Meeting[];
    readonly atom: number;
  }[];
  private readonly coupledOutput: boolean;
  private readonly known = new Map<number, Float64Array>();
  private readonly values: Float64Array;
  private readonly columns: number;
  /** Joint atoms in columns: index of the atom, column, ±1. */
  private readonly uses: Int32Array;

  constructor(setting: Setting, relaxation: Relaxation, group: number, chains: readonly ChainTable[]) {
    const { problem, placement, layout } = setting;
    this.setting = setting;
    this.group = group;
    this.chains = chains;
    this.columns = relaxation.columns.length;
    this.variables = chains.map(({ variable }) => variable);
    this.atoms = jointAtoms(setting, group);
    this.values = new Float64Array(this.atoms.length);
    this.tiles = placement.nodes.flatMap((node, j) => {
      const atom = this.atoms.indexOf(layout.tile(j));
      const axes = (problem.axes[node.tensor]?.[group] ?? []).map(({ variables, coefficients }) => ({
        variables: variables.map((v) => this.variables.indexOf(v)),
        coefficients: coefficients.map(Math.abs),
      }));
      return atom < 0 ? [] : [{ node: j, axes, atom }];
    });
    this.coupledOutput = (problem.axes[problem.output]?.[group] ?? []).some((axis) => axis.variables.length > 1);
    this.uses = Int32Array.from(
      this.atoms.flatMap((atom, k) =>
        relaxation.columns.flatMap(({ times, over }, c) => [
          ...times.flatMap((a) => (a === atom ? [k, c, 1] : [])),
          ...over.flatMap((a) => (a === atom ? [k, c, -1] : [])),
        ]),
      ),
    );
  }

  /** The nodes whose tile is joint. */
  get nodes(): readonly number[] {
    return this.tiles.map(({ node }) => node);
  }

  /** What joint atoms weigh in a weighted sum of the columns: those that are no tiles, by index, and the tile at each node. */
  weights(coefficients: Float64Array): { readonly weights: Float64Array; readonly atNodes: Float64Array } {
    const { uses, tiles, values, setting } = this;
    const weights = new Float64Array(values.length);
    const atNodes = new Float64Array(setting.placement.nodes.length);
    for (let u = 0; u < uses.length; u += 3) weights[uses[u]!]! += uses[u + 2]! * coefficients[uses[u + 1]!]!;
    for (const { node, atom } of tiles) {
      atNodes[node] = weights[atom]!;
      weights[atom] = 0;
    }
    return { weights, atNodes };
  }

  /** Words of the joint tile at the node. */
  wordsAt(node: number, picked: Int32Array): number {
    const axes = this.tiles.find((tile) => tile.node === node)?.axes ?? [];
    return axes.reduce((n, axis) => n * this.extentOf(axis, node, picked), 1);
  }

  /** Sets the logs of the tiles that are joint. */
  setTiles(picked: Int32Array, tile: Float64Array): void {
    for (let t = 0; t < this.tiles.length; t++) {
      const { node, axes } = this.tiles[t]!;
      let words = 1;
      for (let x = 0; x < axes.length; x++) words *= this.extentOf(axes[x]!, node, picked);
      tile[node] = words === 1 ? 0 : Math.log(words);
    }
  }

  private extentOf({ variables, coefficients }: Meeting, node: number, picked: Int32Array): number {
    const K = this.setting.placement.nodes.length;
    let extent = 1;
    for (let i = 0; i < variables.length; i++) {
      const at = variables[i]!;
      extent += coefficients[i]! * (this.chains[at]!.facts.extents[picked[at]! * K + node]! - 1);
    }
    return extent;
  }

  /** Adds the joint atoms to the columns that hold them. */
  add(picked: Int32Array, tile: Float64Array, log: Float64Array): void {
    const values = this.atomsAt(picked);
    for (let t = 0; t < this.tiles.length; t++) values[this.tiles[t]!.atom] = tile[this.tiles[t]!.node]!;
    const { uses } = this;
    for (let u = 0; u < uses.length; u += 3) log[uses[u + 1]!]! += uses[u + 2]! * values[uses[u]!]!;
  }

  /** All joint atoms but tiles: products, unless several variables of the group have spatial loops. */
  atomsAt(picked: Int32Array): Float64Array {
    const { chains, values } = this;
    let [spread, key] = [0, 0];
    for (let i = 0; i < picked.length; i++) {
      const number = chains[i]!.facts.spatial[picked[i]!]!;
      if (number > 0) spread++;
      key = key * 65536 + number;
    }
    if (this.coupledOutput) return this.exactly(picked);
    if (spread > 1) {
      const known = this.known.get(key) ?? this.exactly(picked);
      this.known.set(key, known);
      return known;
    }
    const J = values.length;
    values.fill(0);
    for (let i = 0; i < picked.length; i++) {
      const table = chains[i]!;
      const begin = table.columnsAt(picked[i]!) + this.columns;
      for (let k = 0, at = begin; k < J; k++, at++) values[k]! += table.values[at]!;
    }
    return values;
  }

  private exactly(picked: Int32Array): Float64Array {
    const loops = this.chains.flatMap(({ chains }, i) => chains[picked[i]!]!);
    const { axes } = this.setting.problem;
    const meets = (tensor: number): boolean => axes[tensor]![this.group]!.some(({ variables }) => variables.length > 1);
    const atoms = atomsOf(this.setting, this.group, this.variables, loops, meets);
    return Float64Array.from(this.atoms, (a) => Math.log(atoms[a]!));
  }
}
