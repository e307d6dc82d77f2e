/**
 * The instances of every node, laid out in memory. Instances that see tiles of equal sizes at all times, and idle at the same times,
 * form a cohort: they make the same moves, each with its own words. The box of an instance is that of its cohort, translated by
 * the instance's offset.
 */
import type { ReusePolicy } from "../../../arch-specs/index.js";
import type { Affine, Tensor } from "../../../workloads/index.js";
import {
  at,
  type Crossing,
  crossingsOf,
  instancesAt,
  type Nest,
  numberIn,
  type PlacedLoop,
  type Stage,
  spatialAbove,
  stagesOf,
  storageAt,
  wholeBox,
} from "../nest.js";
import { Marks } from "./marks.kernel.js";
import type { Plan } from "./plans.kernel.js";
import type { Region } from "./regions.kernel.js";

/** Instances whose moves are the same in number and size. */
export interface Cohort {
  readonly index: number;
  /** Its instances are [first, first + count) of the stage. */
  readonly first: number;
  readonly count: number;
  /** The loop indices of one of them. */
  readonly sample: Int32Array;
  /** The cohort of all their parents. */
  readonly parent: Cohort | null;
  /** The box that they hold, of an instance with offset 0: low corner and extents. */
  readonly held: { readonly low: number[]; readonly size: number[] };
  /** The place of that corner: in a buffer of the node and of its parent (bytes), and among the words of the whole box. */
  atOwn: number;
  atParent: number;
  atMarks: number;
  /** Whether they hold anything yet. */
  isEmpty: boolean;
  /** The translation of the last move; it is of no account where the last request was a whole box. */
  readonly lastMove: number[];
  isSliding: boolean;
  /** The same by number, where every loop divides what is above it (see `Delta`). */
  lastDelta: number;
  /** Words filled and drained so far by each of them, where padding counts. */
  fills: number;
  drains: number;
  /** Counts the boxes held so far. */
  version: number;
  /** The parent's version when these instances last worked: while it lasts, the parent holds what they hold. */
  parentVersion: number;
  /** Whether they work in this step. */
  isActive: boolean;
  /** What they do in it: the low corner that they go to, its places, how, and whether the parent lost their words meanwhile. */
  readonly next: number[];
  nextOwn: number;
  nextParent: number;
  nextMarks: number;
  plan: Plan | null;
  isLost: boolean;
  /** Moves that were worked out, those last used in front. */
  readonly plans: Plan[];
  /** The words that move in one message of this step, relative to the low corner of `held`. */
  readonly moved: Moved;
  /** Output words that were here at any time. */
  readonly everHeld: Marks;
  /** Output words that compute has written here. */
  readonly touched: Marks;
}

/** Words that move. */
export interface Moved {
  pieces: readonly Region[];
  words: number;
  /** Whether these are all the words of the message. */
  isAll: boolean;
}

/** A tensor as it lies in memory: its axes ordered from the outermost to the innermost. */
export interface Laid {
  readonly tensor: Tensor;
  readonly t: number;
  readonly ranks: readonly Affine[];
  readonly shape: readonly number[];
  readonly whole: Region;
  /** The original axis of each of these. */
  readonly axisOrder: readonly number[];
}

/** The instances of a node (or of compute, as they see one tensor), in the order of their cohorts. */
export interface Instances {
  readonly stage: Stage;
  readonly laid: Laid;
  readonly indices: readonly Int32Array[];
  /** Of each, where its box stands relative to its cohort's: `rank` numbers. */
  readonly offsets: Int32Array;
  /** Of each, its parent's number among the instances of the node above; 0 at the outermost. */
  readonly parents: Int32Array;
  readonly down: Network;
  readonly up: Network;
}

/** The fan-outs towards the parent, with the positions of all instances. */
export interface Network {
  readonly crossings: readonly Crossing[];
  /** For each crossing, the positions along x and y. */
  readonly positions: readonly { readonly x: Int32Array; readonly y: Int32Array }[];
}

/** A keep node with its instances. */
export interface Node extends Instances {
  readonly reuse: ReusePolicy;
  readonly cohorts: readonly Cohort[];
  /** The cohort of each instance, by number. */
  readonly cohortOf: Int32Array;
  /** Bytes between neighbours along each axis. */
  readonly strides: readonly number[];
  /** The spatial loops above, and the instances by their number in these (see `numberIn`). */
  readonly spatial: readonly PlacedLoop[];
  readonly byNumber: ReadonlyMap<number, number>;
  /** Words of the largest tile. */
  readonly words: number;
  /** Of each instance. `fills` and `drains` only where padding is free; else the cohorts count them. */
  readonly fills: Float64Array;
  readonly reads: Float64Array;
  readonly updates: Float64Array;
  readonly drains: Float64Array;
}

export function laidOut(nest: Nest, t: number, axisOrder: readonly number[]): Laid {
  const { einsum } = nest;
  const tensor = at(einsum.tensors, t);
  const box = wholeBox(einsum, tensor);
  const ordered = <T>(items: readonly T[]): readonly T[] => axisOrder.map((axis) => at(items, axis));
  const whole = {
    low: ordered(box.map(({ start }) => start)),
    size: ordered(box.map(({ start, end }) => end - start)),
  };
  return { tensor, t, axisOrder, whole, ranks: ordered(tensor.ranks), shape: ordered(tensor.shape) };
}

/** The keep nodes of a tensor, outermost first. */
export function nodesOf(nest: Nest, laid: Laid, bytesPerWord: number): readonly Node[] {
  const stages = stagesOf(nest.mapping, laid.t).slice(0, -1);
  const nodes: Node[] = [];
  for (const stage of stages) {
    const isLast = stage === stages.at(-1);
    nodes.push(nodeOf(nest, laid, stage, nodes.at(-1) ?? null, isLast, bytesPerWord));
  }
  return nodes;
}

function nodeOf(nest: Nest, laid: Laid, stage: Stage, above: Node | null, isLast: boolean, bytesPerWord: number): Node {
  const relevant = new Set(laid.tensor.ranks.flatMap(({ terms }) => terms.map(({ variable }) => variable)));
  const behaviour = behaviourOf(nest, stage.position, relevant);
  const grouped = cohortsOf(instancesAt(nest.mapping, nest.loops, stage.position), (indices) => {
    const parent = above === null ? 0 : parentOf(above, indices);
    return `${behaviour(indices)} ${above === null ? 0 : at(above.cohortOf, parent)}`;
  });
  const isOutput = laid.tensor.role === "output";
  const zeros = (): number[] => laid.ranks.map(() => 0);
  const cohorts = grouped.map(({ first, members }, index): Cohort => {
    const sample = at(members, 0);
    const parent = above === null ? null : at(above.cohorts, at(above.cohortOf, parentOf(above, sample)));
    return {
      ...{ index, first, count: members.length, sample, parent },
      held: { low: zeros(), size: zeros() },
      ...{ atOwn: 0, atParent: 0, atMarks: 0, nextOwn: 0, nextParent: 0, nextMarks: 0 },
      ...{ isEmpty: true, lastMove: zeros(), isSliding: false, lastDelta: -1, fills: 0, drains: 0 },
      ...{ version: 0, parentVersion: 0, isActive: false, next: zeros(), plan: null, isLost: false, plans: [] },
      moved: { pieces: [], words: 0, isAll: true },
      everHeld: new Marks(laid.whole, isOutput && above !== null),
      touched: new Marks(laid.whole, isOutput && isLast),
    };
  });
  const sizes = largestTile(nest, laid, stage);
  const instances = instancesOf(
    nest,
    laid,
    stage,
    grouped.flatMap(({ members }) => members),
    above,
  );
  const count = instances.indices.length;
  const cohortOf = new Int32Array(count);
  for (const cohort of cohorts) cohortOf.fill(cohort.index, cohort.first, cohort.first + cohort.count);
  const spatial = spatialAbove(nest.loops, stage.position);
  return {
    ...instances,
    reuse: storageAt(nest.mapping, stage.level).reuse,
    cohorts,
    cohortOf,
    strides: sizes.map((_, axis) => sizes.slice(axis + 1).reduce((n, size) => n * size, bytesPerWord)),
    spatial,
    byNumber: new Map(instances.indices.map((indices, i) => [numberIn(spatial, indices), i])),
    words: sizes.reduce((n, size) => n * size, 1),
    fills: new Float64Array(count),
    reads: new Float64Array(count),
    updates: new Float64Array(count),
    drains: new Float64Array(count),
  };
}

/** Instances of a stage, given in the order of their cohorts. */
export function instancesOf(
  nest: Nest,
  laid: Laid,
  stage: Stage,
  indices: readonly Int32Array[],
  above: Node | null,
): Instances {
  const column = (numberOf: (instance: Int32Array) => number): Int32Array => {
    const numbers = new Int32Array(indices.length);
    for (let i = 0; i < numbers.length; i++) numbers[i] = numberOf(at(indices, i));
    return numbers;
  };
  const network = (direction: "multicast" | "reduction"): Network => {
    const crossings = above === null ? [] : crossingsOf(nest.mapping, above.stage, stage, direction);
    const along = (fanout: number, axis: "x" | "y"): Int32Array => {
      const loops = nest.loops.filter(
        ({ loop }) => loop.kind === "spatial" && loop.fanout === fanout && loop.axis === axis,
      );
      return loops.length === 0 ? new Int32Array(indices.length) : column((instance) => numberIn(loops, instance));
    };
    return {
      crossings,
      positions: crossings.map(({ fanout }) => ({ x: along(fanout, "x"), y: along(fanout, "y") })),
    };
  };
  const parents = column((instance) => (above === null ? 0 : parentOf(above, instance)));
  const offsets = offsetsOf(nest, laid, indices);
  return { stage, laid, indices, offsets, parents, down: network("multicast"), up: network("reduction") };
}

/** How far the spatial indices of each instance move its box. */
function offsetsOf(nest: Nest, laid: Laid, indices: readonly Int32Array[]): Int32Array {
  const rank = laid.ranks.length;
  const offsets = new Int32Array(indices.length * rank);
  const spatial = spatialAbove(nest.loops, nest.mapping.nodes.length);
  laid.ranks.forEach(({ terms }, axis) => {
    for (const { loop, position } of spatial) {
      const term = terms.find(({ variable }) => variable === loop.variable);
      if (term === undefined) continue;
      const step = term.coefficient * loop.by;
      for (let i = 0; i < indices.length; i++)
        offsets[i * rank + axis] = at(offsets, i * rank + axis) + step * at(at(indices, i), position);
    }
  });
  return offsets;
}

/** The number of the instance above that serves the one with these indices. */
export function parentOf({ spatial, byNumber }: Node, indices: Int32Array): number {
  const found = byNumber.get(numberIn(spatial, indices));
  if (found === undefined) throw new Error("an instance works below one that never does");
  return found;
}

/** Groups instances by a text that says what sets them apart, in the order of first appearance. */
export function cohortsOf(
  instances: readonly Int32Array[],
  keyOf: (indices: Int32Array) => string,
): readonly { readonly first: number; readonly members: readonly Int32Array[] }[] {
  const groups = new Map<string, Int32Array[]>();
  for (const instance of instances) {
    const key = keyOf(instance);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [instance]);
    else known.push(instance);
  }
  let first = 0;
  return [...groups.values()].map((members) => {
    const group = { first, members };
    first += members.length;
    return group;
  });
}

/**
 * A text that is the same for two instances only if, at every step, the ranges of the relevant variables are equally long at both, and
 * either both work or both idle. It walks the loops of each variable by itself; all iterations but the last leave equal ranges.
 */
export function behaviourOf(
  nest: Nest,
  position: number,
  relevant: ReadonlySet<number>,
): (indices: Int32Array) => string {
  if (nest.areEven.every((isEven) => isEven)) return () => "";
  const { bounds } = nest.einsum;
  const chains = bounds.map((_, v) =>
    nest.loops.filter(({ loop, position: p }) => loop.variable === v && p < position),
  );
  const walk = (
    chain: readonly PlacedLoop[],
    depth: number,
    extent: number,
    indices: Int32Array,
    v: number,
  ): string => {
    const placed = chain[depth];
    if (extent <= 0) return "-";
    if (placed === undefined) return relevant.has(v) ? String(extent) : "+";
    const { loop, position: p } = placed;
    if (loop.kind === "spatial")
      return walk(chain, depth + 1, Math.min(loop.by, extent - at(indices, p) * loop.by), indices, v);
    const iterations = Math.ceil(extent / loop.by);
    const last = extent - (iterations - 1) * loop.by;
    const ending = walk(chain, depth + 1, last, indices, v);
    if (last === loop.by || iterations === 1) return `${iterations}(${ending})`;
    return `${iterations}(${walk(chain, depth + 1, loop.by, indices, v)},${ending})`;
  };
  const memos = chains.map(() => new Map<string, string>());
  return (indices) =>
    chains
      .map((chain, v) => {
        const own = chain.flatMap(({ loop, position: p }) => (loop.kind === "spatial" ? [at(indices, p)] : [])).join();
        const memo = at(memos, v);
        const known = memo.get(own);
        if (known !== undefined) return known;
        const text = walk(chain, 0, at(bounds, v), indices, v);
        memo.set(own, text);
        return text;
      })
      .join(";");
}

/** The extents of a node's tile at its fullest. */
function largestTile(nest: Nest, laid: Laid, stage: Stage): readonly number[] {
  const extents = [...nest.einsum.bounds];
  for (const { loop, position } of nest.loops)
    if (position < stage.position) extents[loop.variable] = Math.min(loop.by, at(extents, loop.variable));
  return laid.ranks.map(({ terms }) =>
    terms.reduce((n, { variable, coefficient }) => n + Math.abs(coefficient) * (at(extents, variable) - 1), 1),
  );
}
