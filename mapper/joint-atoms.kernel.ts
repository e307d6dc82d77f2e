import { jointAtoms, type Setting } from "./atoms.js";
import type { ChainTable } from "./chain-table.kernel.js";
import type { ChainLoop } from "./chains.js";
import { Classes } from "./classes.kernel.js";
import type { Relaxation } from "./relaxation.js";

/** An axis in which variables meet: which chains of the combination, and with what coefficients. */
interface Meeting {
  readonly variables: Int32Array;
  readonly coefficients: Float64Array;
}

/** A node whose tile is joint, its axes, and which of the joint atoms it is. */
interface JointTile {
  readonly node: number;
  readonly axes: readonly Meeting[];
  readonly atom: number;
}

/** Works out, for a combination of chains of coupled variables, the atoms that are not the product of the chains' own. */
export class JointAtoms {
  /** The nodes whose tile is joint. */
  readonly nodes: readonly number[];
  private readonly chains: readonly ChainTable[];
  private readonly classes: Classes;
  /** Joint tiles come first among the atoms. */
  private readonly tiles: readonly JointTile[];
  private readonly coupledOutput: boolean;
  private readonly known = new Map<number, Float64Array>();
  private readonly values: Float64Array;
  /** How many columns there are, and nodes. */
  private readonly columns: number;
  private readonly size: number;
  /** Joint atoms in columns: index of the atom, column, ±1. */
  private readonly uses: Int32Array;

  constructor(setting: Setting, relaxation: Relaxation, group: number, chains: readonly ChainTable[]) {
    const { problem, placement, layout } = setting;
    const atoms = jointAtoms(setting, group);
    const variables = chains.map(({ variable }) => variable);
    this.chains = chains;
    this.columns = relaxation.columns.length;
    this.size = placement.nodes.length;
    this.values = new Float64Array(atoms.length);
    this.classes = new Classes(setting, group);
    this.tiles = placement.nodes.flatMap(({ tensor }, node) => {
      const atom = atoms.indexOf(layout.tile(node));
      const axes = (problem.axes[tensor]?.[group] ?? []).map((axis) => ({
        variables: Int32Array.from(axis.variables, (v) => variables.indexOf(v)),
        coefficients: Float64Array.from(axis.coefficients, Math.abs),
      }));
      return atom < 0 ? [] : [{ node, axes, atom }];
    });
    this.nodes = this.tiles.map(({ node }) => node);
    this.coupledOutput = (problem.axes[problem.output]?.[group] ?? []).some((axis) => axis.variables.length > 1);
    this.uses = usesOf(atoms, relaxation, layout.size);
  }

  /** What joint atoms weigh in a weighted sum of the columns: those that are no tiles, by index, and the tile at each node. */
  weights(coefficients: Float64Array): { readonly weights: Float64Array; readonly atNodes: Float64Array } {
    const { uses, tiles, values } = this;
    const weights = new Float64Array(values.length);
    const atNodes = new Float64Array(this.size);
    for (let u = 0; u < uses.length; u += 3) weights[uses[u]!]! += uses[u + 2]! * coefficients[uses[u + 1]!]!;
    for (let t = 0; t < tiles.length; t++) {
      const { node, atom } = tiles[t]!;
      atNodes[node] = weights[atom]!;
      weights[atom] = 0;
    }
    return { weights, atNodes };
  }

  /** Words of the joint tile at the node. */
  wordsAt(node: number, picked: Int32Array): number {
    for (let t = 0; t < this.tiles.length; t++)
      if (this.tiles[t]!.node === node) return this.wordsOf(this.tiles[t]!, picked);
    return 1;
  }

  /** Sets the logs of the tiles that are joint. */
  setTiles(picked: Int32Array, tile: Float64Array): void {
    for (let t = 0; t < this.tiles.length; t++) {
      const words = this.wordsOf(this.tiles[t]!, picked);
      tile[this.tiles[t]!.node] = words === 1 ? 0 : Math.log(words);
    }
  }

  private wordsOf({ axes, node }: JointTile, picked: Int32Array): number {
    const { chains } = this;
    let words = 1;
    for (let x = 0; x < axes.length; x++) {
      const { variables, coefficients } = axes[x]!;
      let extent = 1;
      for (let i = 0; i < variables.length; i++) {
        const at = variables[i]!;
        extent += coefficients[i]! * (chains[at]!.extentAt(picked[at]!, node) - 1);
      }
      words *= extent;
    }
    return words;
  }

  /** Adds the joint atoms to the columns, from a place on, that hold them. */
  add(picked: Int32Array, tile: Float64Array, logs: Float64Array, at: number): void {
    const values = this.atomsAt(picked);
    for (let t = 0; t < this.tiles.length; t++) values[this.tiles[t]!.atom] = tile[this.tiles[t]!.node]!;
    const { uses } = this;
    for (let u = 0; u < uses.length; u += 3) logs[at + uses[u + 1]!]! += uses[u + 2]! * values[uses[u]!]!;
  }

  /** All joint atoms but tiles: products, unless several variables of the group have spatial loops. */
  atomsAt(picked: Int32Array): Float64Array {
    const { chains, values, columns } = this;
    let [spread, key] = [0, 0];
    for (let i = 0; i < picked.length; i++) {
      const number = chains[i]!.facts.spatial[picked[i]!]!;
      if (number > 0) spread++;
      key = key * 65536 + number;
    }
    if (this.coupledOutput) return this.exactly(picked, values);
    if (spread > 1) {
      let known = this.known.get(key);
      if (known === undefined) {
        known = this.exactly(picked, new Float64Array(values.length));
        this.known.set(key, known);
      }
      return known;
    }
    values.fill(0);
    for (let i = 0; i < picked.length; i++) {
      const begin = chains[i]!.columnsAt(picked[i]!) + columns;
      const own = chains[i]!.values;
      for (let k = 0; k < values.length; k++) values[k]! += own[begin + k]!;
    }
    return values;
  }

  private exactly(picked: Int32Array, values: Float64Array): Float64Array {
    const loops: ChainLoop[] = [];
    for (let i = 0; i < picked.length; i++) for (const loop of this.chains[i]!.chains.at(picked[i]!)) loops.push(loop);
    this.classes.write(loops, values, this.tiles.length);
    return values;
  }
}

/** Joint atoms in columns: index of the atom, column, ±1. */
function usesOf(atoms: readonly number[], { columns }: Relaxation, size: number): Int32Array {
  const index = new Int32Array(size).fill(-1);
  atoms.forEach((atom, k) => {
    index[atom] = k;
  });
  const uses = atoms.map((): number[] => []);
  for (let c = 0; c < columns.length; c++) {
    for (const atom of columns[c]!.times) if (index[atom]! >= 0) uses[index[atom]!]!.push(index[atom]!, c, 1);
    for (const atom of columns[c]!.over) if (index[atom]! >= 0) uses[index[atom]!]!.push(index[atom]!, c, -1);
  }
  return Int32Array.from(uses.flat());
}
