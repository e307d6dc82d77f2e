import { jointAtoms, type Setting } from "./atoms.js";
import type { ChainAtoms } from "./chain-atoms.js";
import { type ChainLoop, regionOf } from "./chains.js";
import type { Relaxation } from "./relaxation.js";

/** A column that holds a node's tile to a power. */
export interface Held {
  readonly column: number;
  readonly node: number;
  readonly power: number;
}

/** What loops of a variable have in common that stand at one temporal place, or on one axis of a fan-out. */
export interface LoopKind {
  /** C + J: columns, then joint atoms, hold their iterations to these powers. */
  readonly powers: Float64Array;
  readonly region: number;
  readonly isTemporal: boolean;
  /** Per node: 1 where they stand above it, are temporal and move its tile. */
  readonly visits: Uint8Array;
}

/** The atoms that the columns of a placement are made of, one after another: column c has those from first[c] to first[c + 1]. */
export class ColumnAtoms {
  readonly first: Int32Array;
  readonly atoms: Int32Array;
  /** 1 for those of the product, −1 for those that it is divided by. */
  readonly signs: Int8Array;

  constructor({ columns }: Relaxation) {
    const n = columns.reduce((sum, { times, over }) => sum + times.length + over.length, 0);
    this.first = new Int32Array(columns.length + 1);
    this.atoms = new Int32Array(n);
    this.signs = new Int8Array(n);
    let at = 0;
    for (const [c, { times, over }] of columns.entries()) {
      this.signs.fill(1, at, at + times.length).fill(-1, at + times.length, at + times.length + over.length);
      this.atoms.set(times, at);
      this.atoms.set(over, at + times.length);
      at += times.length + over.length;
      this.first[c + 1] = at;
    }
  }
}

/** What the loops of one variable do to the columns of a placement. */
export class ChainPowers {
  /** In the order in which they were asked for. */
  readonly kinds: LoopKind[] = [];
  /** The columns that hold tiles, of which a chain's part is told by the extents that it leaves. */
  readonly held: readonly Held[];
  /** How many columns there are, and how many joint atoms behind them. */
  readonly columns: number;
  readonly joints: number;
  private readonly setting: Setting;
  private readonly of: ColumnAtoms;
  private readonly atoms: ChainAtoms;
  private readonly variable: number;
  private readonly joint: readonly number[];
  /** Per atom: 1 where it is not joint. */
  private readonly isOwn: Uint8Array;
  private readonly known = new Map<number, number>();

  constructor(setting: Setting, of: ColumnAtoms, atoms: ChainAtoms, variable: number) {
    const group = setting.problem.groups.findIndex(({ variables }) => variables.includes(variable));
    this.setting = setting;
    this.of = of;
    this.atoms = atoms;
    this.variable = variable;
    this.joint = group < 0 ? [] : jointAtoms(setting, group);
    this.columns = of.first.length - 1;
    this.joints = this.joint.length;
    this.isOwn = new Uint8Array(setting.layout.size).fill(1);
    for (const atom of this.joint) this.isOwn[atom] = 0;
    this.held = this.holders();
  }

  private holders(): readonly Held[] {
    const { isOwn } = this;
    const { first, atoms, signs } = this.of;
    const { placement, transfers, layout } = this.setting;
    const node = new Int32Array(layout.size).fill(-1);
    for (let j = 0; j < placement.nodes.length; j++) node[layout.tile(j)] = j;
    for (let t = 0; t < transfers.length; t++) node[layout.distinct(t)] = this.atoms.tiled[t] ?? -1;
    const held: Held[] = [];
    for (let c = 0; c < this.columns; c++)
      for (let i = first[c] ?? 0; i < (first[c + 1] ?? 0); i++) {
        const atom = atoms[i] ?? 0;
        const at = node[atom] ?? -1;
        if (at >= 0 && isOwn[atom] === 1) held.push({ column: c, node: at, power: signs[i] ?? 0 });
      }
    return held;
  }

  /** The number of the loop's kind. */
  kindOf(loop: ChainLoop): number {
    const slot = loop.place >= 0 ? loop.place : -1 - 2 * loop.fanout - (loop.axis === "x" ? 0 : 1);
    const known = this.known.get(slot);
    if (known !== undefined) return known;
    const { problem, placement } = this.setting;
    const region = regionOf(problem, placement, loop);
    const visits = new Uint8Array(placement.nodes.length);
    if (loop.place >= 0)
      for (let j = region; j < visits.length; j++)
        if (problem.relevance[placement.nodes[j]?.tensor ?? -1]?.[this.variable] !== "irrelevant") visits[j] = 1;
    this.known.set(slot, this.kinds.length);
    this.kinds.push({ powers: this.powersOf(loop), region, isTemporal: loop.place >= 0, visits });
    return this.kinds.length - 1;
  }

  private powersOf(loop: ChainLoop): Float64Array {
    const { columns, joint, isOwn } = this;
    const { first, atoms: all, signs } = this.of;
    const atoms = this.atoms.powersOf(loop);
    const powers = new Float64Array(columns + joint.length);
    for (let c = 0; c < columns; c++) {
      let power = 0;
      for (let i = first[c] ?? 0; i < (first[c + 1] ?? 0); i++) {
        const atom = all[i] ?? 0;
        if (isOwn[atom] === 1) power += (signs[i] ?? 0) * (atoms[atom] ?? 0);
      }
      powers[c] = power;
    }
    for (let k = 0; k < joint.length; k++) powers[columns + k] = atoms[joint[k] ?? 0] ?? 0;
    return powers;
  }
}
