import type { Setting } from "./atoms.js";
import { coversOf } from "./branch.kernel.js";
import { Dual, type Start } from "./dual.kernel.js";
import type { ChainMotion, RunLibrary, SlidingNode } from "./family.js";
import type { Objective } from "./objective.js";
import type { OrderFamily } from "./orders.js";
import type { Packing } from "./packing.js";
import { Packer } from "./packing.kernel.js";
import type { Relaxation } from "./relaxation.js";
import { gainAt, movingVisits } from "./relaxed.js";
import type { GroupTable, Tables } from "./tables.js";

/** A placement with all its splits. */
interface Surveyed {
  readonly setting: Setting;
  readonly relaxation: Relaxation;
  readonly tables: Tables;
  readonly library: RunLibrary;
  readonly sliding: readonly SlidingNode[];
}

/** Where a linear bound of a placement is taken. */
export type Point = Omit<Start, "working">;

/**
 * A quick look at all splits of a placement before any order family is built. Its rows are *relaxed*: as if irrelevant loops never brought a
 * word, and every slide kept all that can stay; no family's row is below them. A linear bound (dual.kernel.ts) at some point then costs
 * each row once a placement, and an order adds what it charges chain by chain: a few additions a row tell which splits can be part of
 * anything better than the best mapping known.
 */
export class Prospect {
  private readonly library: RunLibrary;
  private readonly tables: Tables;
  private readonly nodes: number;
  private readonly columns: number;
  private readonly dual: Dual;
  private readonly packer: Packer;
  /** Per group, rows × C: relaxed columns. */
  private readonly relaxed: readonly Float64Array[];
  /** Per column: the least over all rows, in total over the groups. */
  private readonly leasts: Float64Array;
  /** Columns of what tiles take that stream through their nodes. */
  private readonly held: readonly number[];
  /** Per node: the columns of words that enter it. */
  private readonly entering: readonly (readonly number[])[];
  /** Per variable, chains × K: log visits by loops that move the node's tile. */
  private readonly moving: readonly Float64Array[];
  /** The linear bound: its constant, what a visit of each node costs, and the costs of relaxed rows. */
  private constant = 0;
  private readonly visit: Float64Array;
  private readonly costs: Float64Array[] = [];
  private isSet = false;

  constructor(
    { setting, relaxation, tables, library, sliding }: Surveyed,
    objective: Objective,
    packing: Packing,
    mostCycles: number,
  ) {
    const { placement } = setting;
    const { columns } = relaxation;
    this.library = library;
    this.tables = tables;
    this.nodes = placement.nodes.length;
    this.columns = columns.length;
    this.entering = placement.nodes.map((_, j) => columns.flatMap(({ entered }, c) => (entered === j ? [c] : [])));
    this.held = columns.flatMap(({ held }, c) => (held < 0 ? [] : [c]));
    this.visit = new Float64Array(this.nodes);
    this.moving = setting.problem.bounds.map((_, v) =>
      movingVisits(setting, v, tables.chains[v]!, library.loopsOf(v)),
    );
    const made: Float64Array[] = [];
    tables.groups.forEach((table, g) => {
      const twin = tables.groups.findIndex((other, h) => h < g && other.logs === table.logs);
      made.push(made[twin] ?? this.relax(setting, table, sliding));
    });
    this.relaxed = made;
    this.leasts = this.leastColumns();
    const rows = tables.groups.map(({ rows: n }, g) => ({ rows: { length: n }, logs: made[g]! }));
    const covers = coversOf(relaxation, rows);
    this.dual = new Dual(relaxation, objective, packing, covers, tables.groups.length, Math.log(mostCycles));
    this.packer = new Packer(packing, tables.groups.length);
  }

  /** Takes the linear bound at a point. */
  set(point: Point): void {
    const { columns: C, relaxed, entering, visit } = this;
    const { constant, coefficients } = this.dual.linear(point, this.leasts);
    this.constant = constant;
    entering.forEach((of, j) => {
      visit[j] = of.reduce((sum, c) => sum + coefficients[c]!, 0);
    });
    for (let g = 0; g < relaxed.length; g++) {
      const twin = relaxed.indexOf(relaxed[g]!);
      if (twin < g) {
        this.costs[g] = this.costs[twin]!;
        continue;
      }
      const logs = relaxed[g]!;
      const n = this.tables.groups[g]!.rows;
      const costs = this.costs[g] ?? new Float64Array(n);
      for (let i = 0, at = 0; i < n; i++) {
        let sum = 0;
        for (let c = 0; c < C; c++, at++) sum += coefficients[c]! * logs[at]!;
        costs[i] = sum;
      }
      this.costs[g] = costs;
    }
    this.isSet = true;
  }

  /**
   * Per group the rows that the order admits and that may be part of a choice below the cutoff (log); null where there is none.
   */
  survivors(order: OrderFamily, motions: readonly ChainMotion[], cutoff: number): readonly Int32Array[] | null {
    const { tables, packer } = this;
    const G = tables.groups.length;
    const rows: Int32Array[] = [];
    const costs: Float64Array[] = [];
    for (let g = 0; g < G; g++) {
      const [own, cost] = this.admitted(tables.groups[g]!, g, order, motions);
      if (own.length === 0) return null;
      rows.push(own);
      costs.push(cost);
      const least = packer.least[g]!.fill(Number.POSITIVE_INFINITY);
      const { packing } = tables.groups[g]!;
      for (let i = 0; i < own.length; i++) {
        const k = packing[own[i]!]!;
        if (cost[i]! < least[k]!) least[k] = cost[i]!;
      }
    }
    const total = packer.total(G);
    if (total === Number.POSITIVE_INFINITY) return null;
    if (!this.isSet || cutoff === Number.POSITIVE_INFINITY) return rows;
    if (this.constant + total > cutoff) return null;
    packer.spread(G);
    return rows.map((own, g) => {
      const { packing } = tables.groups[g]!;
      const through = packer.through[g]!;
      const room = cutoff - this.constant;
      let n = 0;
      for (let i = 0; i < own.length; i++) if (costs[g]![i]! + through[packing[own[i]!]!]! <= room) own[n++] = own[i]!;
      return own.slice(0, n);
    });
  }

  /** The group's rows that the order admits, and their costs. */
  private admitted(
    table: GroupTable,
    group: number,
    order: OrderFamily,
    motions: readonly ChainMotion[],
  ): readonly [Int32Array, Float64Array] {
    const V = table.variables.length;
    const charges = table.variables.map((v) => this.charges(v, order, motions[v]!));
    const base = this.costs[group];
    const rows = new Int32Array(table.rows);
    const costs = new Float64Array(table.rows);
    const { chains } = table;
    let n = 0;
    for (let r = 0; r < table.rows; r++) {
      let cost = base === undefined ? 0 : base[r]!;
      for (let i = 0; i < V; i++) cost += charges[i]![chains[r * V + i]!]!;
      if (cost === Number.POSITIVE_INFINITY) continue;
      rows[n] = r;
      costs[n++] = cost;
    }
    return [rows.slice(0, n), costs];
  }

  /** Per chain of the variable: what the order charges for irrelevant loops; Infinity where it does not admit the chain. */
  private charges(variable: number, order: OrderFamily, { visits }: ChainMotion): Float64Array {
    const { nodes: K, visit } = this;
    const admits = this.library.admittedBy(order, variable);
    const moving = this.moving[variable]!;
    const charges = new Float64Array(admits.length);
    for (let i = 0; i < admits.length; i++) {
      if (admits[i] === 0) {
        charges[i] = Number.POSITIVE_INFINITY;
        continue;
      }
      let sum = 0;
      for (let j = 0, at = i * K; j < K; j++, at++) sum += visit[j]! * (visits[at]! - moving[at]!);
      charges[i] = sum;
    }
    return charges;
  }

  private relax(setting: Setting, table: GroupTable, sliding: readonly SlidingNode[]): Float64Array {
    const { nodes: K, columns: C, entering, moving } = this;
    const V = table.variables.length;
    const logs = table.logs.slice();
    const slides = sliding.filter(({ groups }) => groups.includes(table.group));
    const gains = slides.map(({ node }) => this.gains(setting, table, node));
    for (let r = 0; r < table.rows; r++)
      for (let j = 0; j < K; j++) {
        let whole = table.tiles[r * K + j]!;
        for (let i = 0; i < V; i++) whole += moving[table.variables[i]!]![table.chains[r * V + i]! * K + j]!;
        for (let s = 0; s < slides.length; s++) if (slides[s]!.node === j) whole += gains[s]![r]!;
        for (const c of entering[j]!) logs[r * C + c]! += whole;
      }
    // What streams through a node takes a word at least.
    for (const c of this.held) for (let r = 0; r < table.rows; r++) logs[r * C + c] = 0;
    return logs;
  }

  /** Per row, ≤ 0: log of the words that must enter the node at least, each point once, over those of whole tiles. */
  private gains(setting: Setting, table: GroupTable, node: number): Float64Array {
    const { library, tables } = this;
    const V = table.variables.length;
    const ways = table.variables.map((v) => library.waysAbove(v, node));
    const known = new Map<number, number>();
    const gains = new Float64Array(table.rows);
    for (let r = 0; r < table.rows; r++) {
      let key = 0;
      for (let i = 0; i < V; i++) key = key * 65536 + ways[i]![table.chains[r * V + i]!]!;
      let gain = known.get(key);
      if (gain === undefined) {
        const loops = table.variables.flatMap((v, i) => tables.chains[v]![table.chains[r * V + i]!]!);
        gain = gainAt(setting, table.group, node, loops, Math.round(Math.exp(table.tiles[r * this.nodes + node]!)));
        known.set(key, gain);
      }
      gains[r] = gain;
    }
    return gains;
  }

  private leastColumns(): Float64Array {
    const { columns: C } = this;
    const leasts = new Float64Array(C);
    this.relaxed.forEach((logs, g) => {
      const own = new Float64Array(C).fill(Number.POSITIVE_INFINITY);
      for (let i = 0, at = 0; i < this.tables.groups[g]!.rows; i++)
        for (let c = 0; c < C; c++, at++) if (logs[at]! < own[c]!) own[c] = logs[at]!;
      for (let c = 0; c < C; c++) leasts[c]! += own[c]!;
    });
    return leasts;
  }
}
