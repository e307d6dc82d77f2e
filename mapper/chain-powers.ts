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
  private readonly atoms: ChainAtoms;
  private readonly variable: number;
  /** Per column, the atoms of its product and of what it is divided by, the joint ones left out; then each joint one. */
  private readonly times: readonly (readonly number[])[];
  private readonly over: readonly (readonly number[])[];
  private readonly known = new Map<number, number>();

  constructor(setting: Setting, relaxation: Relaxation, atoms: ChainAtoms, variable: number) {
    const { problem, placement, transfers, layout } = setting;
    const group = problem.groups.findIndex(({ variables }) => variables.includes(variable));
    const joint = group < 0 ? [] : jointAtoms(setting, group);
    const isOwn = new Uint8Array(layout.size).fill(1);
    for (const atom of joint) isOwn[atom] = 0;
    const own = (of: readonly number[]): readonly number[] => of.filter((a) => isOwn[a] === 1);
    const { columns } = relaxation;
    this.setting = setting;
    this.atoms = atoms;
    this.variable = variable;
    this.columns = columns.length;
    this.joints = joint.length;
    const times = columns.map((column) => own(column.times));
    const over = columns.map((column) => own(column.over));
    const node = new Int32Array(layout.size).fill(-1);
    placement.nodes.forEach((_, j) => {
      node[layout.tile(j)] = j;
    });
    transfers.forEach((_, t) => {
      node[layout.distinct(t)] = atoms.tiled[t] ?? -1;
    });
    const held: Held[] = [];
    const hold = (column: number, of: readonly number[], power: number): void => {
      for (const a of of) {
        const at = node[a] ?? -1;
        if (at >= 0) held.push({ column, node: at, power });
      }
    };
    for (let c = 0; c < columns.length; c++) {
      hold(c, times[c] ?? [], 1);
      hold(c, over[c] ?? [], -1);
    }
    this.held = held;
    this.times = [...times, ...joint.map((a) => [a])];
    this.over = [...over, ...joint.map(() => [])];
  }

  /** The number of the loop's kind. */
  kindOf(loop: ChainLoop): number {
    const slot = loop.place >= 0 ? loop.place : -1 - 2 * loop.fanout - (loop.axis === "x" ? 0 : 1);
    const known = this.known.get(slot);
    if (known !== undefined) return known;
    const { problem, placement } = this.setting;
    const region = regionOf(problem, placement, loop);
    const visits = Uint8Array.from(placement.nodes, ({ tensor }, j) =>
      loop.place >= 0 && region <= j && problem.relevance[tensor]?.[this.variable] !== "irrelevant" ? 1 : 0,
    );
    this.known.set(slot, this.kinds.length);
    this.kinds.push({ powers: this.powersOf(loop), region, isTemporal: loop.place >= 0, visits });
    return this.kinds.length - 1;
  }

  private powersOf(loop: ChainLoop): Float64Array {
    const atoms = this.atoms.powersOf(loop);
    const powers = new Float64Array(this.times.length);
    for (let c = 0; c < powers.length; c++) {
      let power = 0;
      for (const a of this.times[c] ?? []) power += atoms[a] ?? 0;
      for (const a of this.over[c] ?? []) power -= atoms[a] ?? 0;
      powers[c] = power;
    }
    return powers;
  }
}
