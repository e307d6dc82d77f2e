import type { LegalMapping } from "../../../mappings/index.js";
import type { Counts } from "../../counts.js";
import { type Counters, countsOf } from "../counting.js";
import { at, instancesAt, loopsOf } from "../nest.js";
import type { TensorBuffer } from "./buffer.js";
import type { SystolicPlan } from "./plan.js";

/** What was counted while the array ran. */
export interface ElementTally {
  /** Words read from the buffer into the rows, at the tops of the columns, and as stationary words. */
  readonly x: number;
  readonly y: number;
  readonly loaded: number;
  /** Words delivered to the buffer, and among them those that were added to a sum that was there. */
  readonly delivered: number;
  readonly added: number;
  readonly operations: number;
  /** Words of the stream that went through a first element: the steps of the mapping. */
  readonly steps: number;
  /** Of each element, row by row: stationary words that it took, operations, sums that it gave. */
  readonly loads: Float64Array;
  readonly works: Float64Array;
  readonly unloads: Float64Array;
}

/** The counters, and how they grow: by what went through, when it has gone through. */
export interface RunningTally extends ElementTally {
  x: number;
  y: number;
  loaded: number;
  delivered: number;
  added: number;
  operations: number;
  steps: number;
  readonly load: (rows: number, columns: number) => void;
  readonly unload: (rows: number, columns: number) => void;
  /** So many words of the stream have left the last element, so every element that was at work has worked on each of them. */
  readonly work: (rows: number, columns: number, words: number) => void;
}

export function elementTally(rows: number, columns: number): RunningTally {
  const empty = (): Float64Array => new Float64Array(rows * columns);
  const [loads, works, unloads] = [empty(), empty(), empty()];
  const addTo = (counts: Float64Array, usedRows: number, usedColumns: number, by: number): number => {
    let visited = 0;
    for (let r = 0; r < usedRows; r++) {
      for (let c = 0; c < usedColumns; c++) counts[r * columns + c] = (counts[r * columns + c] ?? 0) + by;
      visited += usedColumns * by;
    }
    return visited;
  };
  const tally: RunningTally = {
    ...{ x: 0, y: 0, loaded: 0, delivered: 0, added: 0, operations: 0, steps: 0, loads, works, unloads },
    load: (r, c) => {
      addTo(loads, r, c, 1);
    },
    unload: (r, c) => {
      addTo(unloads, r, c, 1);
    },
    work: (r, c, words) => {
      tally.operations += addTo(works, r, c, words);
      tally.steps += words;
    },
  };
  return tally;
}

/**
 * The counters as every machine delivers them. A word makes one hop to each element that it comes to, a partial sum one from each that it leaves, a sum that
 * is read to be added to one more.
 */
export function systolicCounts(
  mapping: LegalMapping,
  { roles, sums, spatial }: SystolicPlan,
  tally: ElementTally,
  buffers: readonly TensorBuffer[],
): Counts {
  const { einsum } = mapping.layer;
  const { fanout, feeder, registers, stationary, alongX, alongY, array } = roles;
  const nowhere = new Int32Array(mapping.nodes.length);
  const output = einsum.tensors.length - 1;
  const atTop = (tensor: number): Counters => {
    const { fills, drains } = at(buffers, tensor).counters;
    return { indices: nowhere, fills: 0, reads: fills, updates: drains, drains: 0 };
  };
  const readsAt = (tensor: number): number => {
    if (tensor === alongX) return tally.x;
    if (tensor === stationary) return sums === "stay" ? 0 : tally.loaded;
    return tensor === alongY && sums === "stay" ? tally.y : tally.added;
  };
  const atBuffer = (tensor: number): Counters => ({
    indices: nowhere,
    ...at(buffers, tensor).counters,
    reads: readsAt(tensor),
    updates: tensor === output ? tally.delivered : 0,
  });
  const inElements = (): readonly Counters[] =>
    instancesAt(mapping, loopsOf(mapping), mapping.nodes.length).map((indices) => {
      const [x, y] = [spatial.x, spatial.y].map((position) => (position === null ? 0 : at(indices, position)));
      const element = (y ?? 0) * array.x + (x ?? 0);
      const [works, unloads] = [at(tally.works, element), at(tally.unloads, element)];
      if (sums === "flow") return { indices, fills: at(tally.loads, element), reads: works, updates: 0, drains: 0 };
      return { indices, fills: 0, reads: works - unloads, updates: works, drains: unloads };
    });
  const hops = new Float64Array(mapping.architecture.levels.length);
  const through = 2 * tally.operations;
  hops[fanout] = through + (sums === "flow" ? tally.loaded + tally.added : tally.delivered);
  return countsOf(mapping, {
    steps: tally.steps,
    hops,
    instancesOf: (tensor, level) => {
      if (level === 0) return [atTop(tensor)];
      if (level === feeder) return [atBuffer(tensor)];
      return level === registers && tensor === stationary ? inElements() : null;
    },
  });
}
