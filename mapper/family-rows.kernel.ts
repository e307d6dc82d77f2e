import type { Arena } from "./arena.kernel.js";
import type { Setting } from "./atoms.js";
import type { ChainMotion, SlidingNode } from "./chain-motion.kernel.js";
import type { RunLibrary } from "./family.js";
import type { OrderFamily } from "./orders.js";
import type { Column, Relaxation } from "./relaxation.js";
import { StreamedTiles } from "./streamed-tiles.js";
import type { GroupTable } from "./tables.js";

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

/** Some rows of a group under an order, in the arena. `motions`: per variable of the layer. */
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
  const [n, C, S, K] = [rows.length, columns.length, sliding.length, setting.placement.nodes.length];
  const own = table.variables.map((v) => motions[v]!);
  const whole = arena.floats(n * K);
  const logs = arena.floats(n * C);
  const slid = arena.floats(n * S).fill(0);
  const breaks = arena.ints(n * S).fill(-1);
  const runs = arena.ints(n * S).fill(-1);
  gather(table.tiles, rows, K, whole);
  gather(table.logs, rows, C, logs);
  for (let i = 0; i < own.length; i++)
    for (let j = 0; j < K; j++) addVisits(table.chains, own.length, rows, i, own[i]!.visits[j]!, whole, j, K);
  for (let c = 0; c < C; c++) if (columns[c]!.entered >= 0) addColumn(whole, columns[c]!.entered, K, logs, c, C);
  if (order.streamed.length > 0)
    setStreamed(new StreamedTiles(setting, order, table, library.chains), columns, rows, logs);
  for (let s = 0; s < S; s++) {
    for (let i = 0; i < own.length; i++)
      raiseBreaks(table.chains, own.length, rows, i, own[i]!.breaks[s]!, breaks, s, S);
    const { node, groups } = sliding[s]!;
    if (!groups.includes(table.group)) continue;
    const found = library.runsOf(order, table, node, rows);
    for (let k = 0; k < n; k++) {
      runs[k * S + s] = found[k]!;
      slid[k * S + s] = library.runs.wordsOf(found[k]!) - whole[k * K + node]!;
    }
  }
  return { rows, logs, slid, breaks, runs };
}

/** Some rows of so many numbers each. */
function gather<T extends Float64Array | Int32Array>(from: T, rows: Int32Array, width: number, to: T): T {
  for (let k = 0, at = 0; k < rows.length; k++)
    for (let c = 0, p = rows[k]! * width; c < width; c++) to[at++] = from[p++]!;
  return to;
}

/** Adds to the j-th of K numbers a row what its chain of the i-th variable (of nv) visits. */
function addVisits(
  chains: Int32Array,
  nv: number,
  rows: Int32Array,
  i: number,
  visits: Float64Array,
  whole: Float64Array,
  j: number,
  K: number,
): void {
  for (let k = 0, at = j; k < rows.length; k++, at += K) whole[at]! += visits[chains[rows[k]! * nv + i]!]!;
}

/** The same for the innermost position at which the chain interrupts. */
function raiseBreaks(
  chains: Int32Array,
  nv: number,
  rows: Int32Array,
  i: number,
  positions: Int32Array,
  breaks: Int32Array,
  s: number,
  S: number,
): void {
  for (let k = 0, at = s; k < rows.length; k++, at += S) {
    const position = positions[chains[rows[k]! * nv + i]!]!;
    if (position > breaks[at]!) breaks[at] = position;
  }
}

/** Adds the j-th of K numbers a row to the c-th of C. */
function addColumn(from: Float64Array, j: number, K: number, to: Float64Array, c: number, C: number): void {
  for (let p = j, q = c; q < to.length; p += K, q += C) to[q]! += from[p]!;
}

function setStreamed(tiles: StreamedTiles, columns: readonly Column[], rows: Int32Array, logs: Float64Array): void {
  const C = columns.length;
  for (let c = 0; c < C; c++) {
    const { held } = columns[c]!;
    if (held >= 0) for (let k = 0; k < rows.length; k++) logs[k * C + c] = tiles.logOf(rows[k]!, held);
  }
}

/** Some rows, by their indices, to be kept. */
export function someRows({ rows, logs, slid, breaks, runs }: GroupRows, which: Int32Array): GroupRows {
  const [n, all] = [which.length, Math.max(1, rows.length)];
  const [C, S] = [logs.length / all, slid.length / all];
  return {
    rows: gather(rows, which, 1, new Int32Array(n)),
    logs: gather(logs, which, C, new Float64Array(n * C)),
    slid: gather(slid, which, S, new Float64Array(n * S)),
    breaks: gather(breaks, which, S, new Int32Array(n * S)),
    runs: gather(runs, which, S, new Int32Array(n * S)),
  };
}
