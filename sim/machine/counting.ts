import type { LegalMapping } from "../../mappings/index.js";
import type { Einsum, Values } from "../../workloads/index.js";
import { type Counts, classesOf, type TensorAccesses } from "../counts.js";
import {
  at,
  boxOf,
  fanoutsOf,
  instancesAt,
  loopsOf,
  numberIn,
  positionOfLevel,
  rangesAt,
  spatialAbove,
  stagesOf,
} from "./nest.js";

/** The counters of one instance of one node. */
export interface Counters {
  readonly indices: Int32Array;
  readonly fills: number;
  readonly reads: number;
  readonly updates: number;
  readonly drains: number;
}

/** What an execution counted. */
export interface Counted {
  readonly steps: number;
  /** The instances of a tensor's node, or null where the level does not keep the tensor. */
  readonly instancesOf: (tensor: number, level: number) => readonly Counters[] | null;
  /** By level of the fan-out. */
  readonly hops: ArrayLike<number>;
}

/** The counts with the post-steps that were done, one a word that came out. */
export const withPosts = (counts: Counts, { operation }: Einsum, finished: Values): Counts =>
  operation.after === null ? counts : { ...counts, posts: finished.length };

/** The counters in the canonical form that both witnesses deliver. */
export function countsOf(mapping: LegalMapping, counted: Counted): Counts {
  const { einsum } = mapping.layer;
  const loops = loopsOf(mapping);
  const levels = mapping.architecture.levels.flatMap((level, l) => {
    if (level.kind !== "storage") return [];
    const position = positionOfLevel(mapping, l);
    const instances = instancesAt(mapping, loops, position);
    const above = spatialAbove(loops, position);
    const kept = einsum.tensors.flatMap((_, tensor) => {
      const counters = counted.instancesOf(tensor, l);
      if (counters === null) return [];
      return [{ tensor, byInstance: new Map(counters.map((c) => [numberIn(above, c.indices), c])) }];
    });
    const accesses = instances.map((indices) => ({
      instances: 1,
      tensors: kept.map(({ tensor, byInstance }): TensorAccesses => {
        const counters = byInstance.get(numberIn(above, indices));
        if (counters === undefined) throw new Error("an instance without counters");
        const { fills, reads, updates, drains } = counters;
        return { tensor, fills, reads, updates, drains };
      }),
    }));
    return [
      {
        level: l,
        utilizedInstances: instances.length,
        tiles: kept.map(({ tensor }) => ({ tensor, words: tileWords(mapping, tensor, l) })),
        classes: kept.length === 0 ? [] : classesOf(accesses),
      },
    ];
  });
  return {
    macs: einsum.bounds.reduce((a, b) => a * b, 1),
    steps: counted.steps,
    computeInstances: instancesAt(mapping, loops, mapping.nodes.length).length,
    levels,
    networks: fanoutsOf(mapping).map(({ level }) => ({ level, hops: at(counted.hops, level) })),
  };
}

/** The tile of a node at its fullest: that of instance 0 at the first step. */
function tileWords(mapping: LegalMapping, t: number, level: number): number {
  const stage = stagesOf(mapping, t).find((s) => s.level === level);
  const ranges = stage && rangesAt(mapping, stage.position, new Int32Array(mapping.nodes.length));
  if (ranges === null || ranges === undefined) throw new Error(`tensor ${t} has no tile at level ${level}`);
  return boxOf(at(mapping.layer.einsum.tensors, t), ranges).reduce((n, { start, end }) => n * (end - start), 1);
}
