import type { Arena } from "./arena.kernel.js";
import type { Setting } from "./atoms.js";
import { admitted, type ChainMotion, ChainMotions, freeFrom, type SlidingNode } from "./chain-motion.kernel.js";
import { extentBelow, regionOf } from "./chains.js";
import type { OrderFamily } from "./orders.js";
import type { Relaxation } from "./relaxation.js";
import { type Motions, Runs, type Voice } from "./runs.kernel.js";
import { StreamedTiles } from "./streamed-tiles.js";
import type { GroupTable, Tables } from "./tables.js";

/** The splits of a group that an order family admits. n rows, C columns, S sliding nodes; factors as logarithms. */
export interface GroupRows {
  /** n: indices into the group's table. */
  readonly rows: Int32Array;
  /** n × C; words enter every node as whole tiles. */
  readonly logs: Float64Array;
  /** n × S: by how much fewer words enter where the group slides the tile as far out as its loops go (≤ 0). */
  readonly slid: Float64Array;
  /** n × S: the innermost position of a loop that moves the node's tile, −1 for none. */
  readonly breaks: Int32Array;
  /** n × S: the run of the group at the node, −1 where the group cannot slide it. */
  readonly runs: Int32Array;
}

/** Per placement: what the families of its loop orders share. */
export class RunLibrary {
  readonly runs: Runs;
  private readonly setting: Setting;
  /** Per variable of the layer: its splits. */
  readonly chains: Tables["chains"];
  private readonly motions: Motions;
  private readonly known = new Map<string, Map<number, number>>();
  /** Per node and variable: a number for each way in which a chain's loops stand above the node. */
  private readonly above = new Map<number, Int32Array>();
  private readonly variables = new Map<number, ChainMotions>();
  private readonly sliding: readonly SlidingNode[];

  constructor(setting: Setting, chains: Tables["chains"], motions: Motions, sliding: readonly SlidingNode[]) {
    this.setting = setting;
    this.sliding = sliding;
    this.motions = motions;
    this.runs = new Runs(motions);
    this.chains = chains;
  }

  /** Per row of the table among `rows`: its run at the node under the order. */
  runsOf(order: OrderFamily, table: GroupTable, node: number, rows: Int32Array): Int32Array {
    const nv = table.variables.length;
    const above = table.variables.map((v) => this.waysAbove(v, node));
    const { problem, placement } = this.setting;
    const tensor = placement.nodes[node]?.tensor ?? -1;
    // Where loops of the group never leave the tile where it is, it does not matter from where on they would be free.
    const isFree = table.variables.some(
      (v) => problem.active.includes(v) && problem.relevance[tensor]?.[v] === "irrelevant",
    );
    const signature = `${node} ${table.group} ${isFree ? freeFrom(this.setting, order, node) : ""} ${order.depth
      .slice(0, node + 1)
      .map((of) => table.variables.map((v) => of[v]))
      .join()}`;
    const known = this.known.get(signature) ?? new Map<number, number>();
    this.known.set(signature, known);
    const voices = table.variables.map((): (Voice | undefined)[] => []);
    return rows.map((row) => {
      let key = 0;
      for (let i = 0; i < nv; i++) key = key * 65536 + (above[i]?.[table.chains[row * nv + i] ?? 0] ?? 0);
      const found = known.get(key) ?? this.add(order, table, node, row, above, voices);
      known.set(key, found);
      return found;
    });
  }

  /** What the order makes of the chains of every variable. */
  motionsIn(order: OrderFamily): readonly ChainMotion[] {
    return this.chains.map((_, v) => this.motionsOf(v).in(order));
  }

  motionsOf(variable: number): ChainMotions {
    const known = this.variables.get(variable);
    if (known !== undefined) return known;
    const made = new ChainMotions(this.setting, variable, this.chains[variable] ?? [], this.sliding);
    this.variables.set(variable, made);
    return made;
  }

  /** Per chain of the variable whether (1, else 0) the order admits it: its temporal places, and the fan-outs that it uses. */
  admittedBy(order: OrderFamily, variable: number): Uint8Array {
    return admitted(this.motionsOf(variable).loops, order.allowed[variable] ?? 0, order.unused);
  }

  /** Per chain of the variable: a number for the way in which its loops stand above the node. */
  waysAbove(variable: number, node: number): Int32Array {
    const key = node * 64 + variable;
    const made = this.above.get(key);
    if (made !== undefined) return made;
    const { problem, placement } = this.setting;
    const names = new Map<string, number>();
    const ways = Int32Array.from(this.chains[variable] ?? [], (chain) => {
      let name = `${extentBelow(problem, placement, chain, variable, node)}`;
      for (const loop of chain)
        if (loop.place >= 0 && regionOf(problem, placement, loop) <= node)
          name += `,${loop.place}:${loop.count}:${loop.by}`;
      const number = names.get(name) ?? names.size;
      names.set(name, number);
      return number;
    });
    this.above.set(key, ways);
    return ways;
  }

  /** `voices`: per variable and way above the node, those that are known. */
  private add(
    order: OrderFamily,
    table: GroupTable,
    node: number,
    row: number,
    above: readonly Int32Array[],
    voices: readonly (Voice | undefined)[][],
  ): number {
    const { setting, motions } = this;
    const { group, variables } = table;
    const free = freeFrom(setting, order, node);
    const own = variables.map((v, i): Voice => {
      const chain = table.chains[row * variables.length + i] ?? 0;
      const way = above[i]?.[chain] ?? 0;
      const known = voices[i]?.[way];
      if (known !== undefined) return known;
      const made = motions.voice(setting, order, group, v, node, free, this.chains[v]?.[chain] ?? []);
      if (voices[i] !== undefined) voices[i][way] = made;
      return made;
    });
    return motions.run(this.runs, setting, group, node, own);
  }
}

/** Some rows of a group under an order, in the arena. */
export function familyRows(
  setting: Setting,
  relaxation: Relaxation,
  library: RunLibrary,
  order: OrderFamily,
  motions: readonly ChainMotion[],
  sliding: readonly SlidingNode[],
  table: GroupTable,
  rows: Int32Array,
  arena: Arena,
): GroupRows {
  const { columns } = relaxation;
  const C = columns.length;
  const S = sliding.length;
  const K = setting.placement.nodes.length;
  const nv = table.variables.length;
  const chains = table.variables.map((v) => motions[v]);
  const n = rows.length;
  const logs = arena.floats(n * C);
  const slid = arena.floats(n * S).fill(0);
  const breaks = arena.ints(n * S).fill(-1);
  const runs = arena.ints(n * S).fill(-1);
  const runsAt = sliding.map(({ node, groups }) =>
    groups.includes(table.group) ? library.runsOf(order, table, node, rows) : null,
  );
  const entered = columns.map((column) => column.entered);
  const held = columns.map((column) => column.held);
  const streamed = order.streamed.length === 0 ? null : new StreamedTiles(setting, order, table, library.chains);
  const whole = new Float64Array(K);
  for (let k = 0; k < n; k++) {
    const r = rows[k] ?? 0;
    for (let j = 0; j < K; j++) {
      let log = table.tiles[r * K + j] ?? 0;
      for (let i = 0; i < nv; i++) log += chains[i]?.visits[j]?.[table.chains[r * nv + i] ?? 0] ?? 0;
      whole[j] = log;
    }
    for (let c = 0; c < C; c++) {
      const j = entered[c] ?? -1;
      logs[k * C + c] = (table.logs[r * C + c] ?? 0) + (j < 0 ? 0 : (whole[j] ?? 0));
    }
    for (let c = 0; c < C && streamed !== null; c++)
      if ((held[c] ?? -1) >= 0) logs[k * C + c] = streamed.logOf(r, held[c] ?? -1);
    for (let s = 0; s < S; s++) {
      let at = -1;
      for (let i = 0; i < nv; i++) at = Math.max(at, chains[i]?.breaks[s]?.[table.chains[r * nv + i] ?? 0] ?? -1);
      breaks[k * S + s] = at;
      const run = runsAt[s]?.[k] ?? -1;
      runs[k * S + s] = run;
      if (run < 0) continue;
      slid[k * S + s] = library.runs.wordsOf(run) - (whole[sliding[s]?.node ?? -1] ?? 0);
    }
  }
  return { rows, logs, slid, breaks, runs };
}

/** Some rows, by their indices, to be kept. */
export function someRows({ rows, logs, slid, breaks, runs }: GroupRows, which: Int32Array): GroupRows {
  const pick = <T extends Float64Array | Int32Array>(of: T, width: number, to: T): T => {
    which.forEach((k, i) => {
      to.set(of.subarray(k * width, k * width + width), i * width);
    });
    return to;
  };
  const [n, all] = [which.length, Math.max(1, rows.length)];
  const [C, S] = [logs.length / all, slid.length / all];
  return {
    rows: pick(rows, 1, new Int32Array(n)),
    logs: pick(logs, C, new Float64Array(n * C)),
    slid: pick(slid, S, new Float64Array(n * S)),
    breaks: pick(breaks, S, new Int32Array(n * S)),
    runs: pick(runs, S, new Int32Array(n * S)),
  };
}

/** Per sliding node: the groups that slide its tile. */
export type Mode = readonly (readonly number[])[];

/**
 * Which groups slide each sliding node: one of its coupled groups, or all where the buffer keeps every overlap. Groups that
 * never slide a tile with profit (no row brings fewer words by it) are left out; a node that none slides has the empty choice.
 */
export function modesOf(sliding: readonly SlidingNode[], rows: readonly GroupRows[]): readonly Mode[] {
  const S = sliding.length;
  let modes: Mode[] = [[]];
  sliding.forEach(({ groups, together }, s) => {
    const gaining = groups.filter((g) => {
      const { slid } = rows[g] ?? { slid: new Float64Array(0) };
      for (let i = s; i < slid.length; i += S) if ((slid[i] ?? 0) !== 0) return true;
      return false;
    });
    const options = together ? [groups] : gaining.length === 0 ? [[]] : gaining.map((g) => [g]);
    modes = modes.flatMap((mode) => options.map((option) => [...mode, option]));
  });
  return modes;
}
