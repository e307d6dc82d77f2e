import { type Architecture, holds, type ReusePolicy } from "../../arch-specs/index.js";
import type { LegalMapping } from "../../mappings/index.js";
import type { Einsum, Layer, Tensor } from "../../workloads/index.js";
import { arePerfect, type Loop, type SpatialLoop } from "./loops.js";
import { type Projection, projectionOf } from "./projection.js";
import { type Ranges, rangesOf } from "./rows.js";

/** A legal mapping as the model reads it: all loops in order, and every tensor's keep nodes as links of a chain. */
export interface Nest {
  readonly einsum: Einsum;
  readonly architecture: Architecture;
  /** Outermost first. */
  readonly loops: readonly Loop[];
  readonly ranges: Ranges;
  /** Per tensor, outermost first; the last link of each ends at compute. */
  readonly chains: readonly (readonly Link[])[];
}

/** Where a tensor's tile lives: at a level, under the first `depth` loops. */
export interface Node {
  readonly level: number;
  readonly depth: number;
}

/** A node, or compute, and the node of the same tensor that it is filled from and drained to. */
export interface Link {
  readonly tensor: number;
  readonly projection: Projection;
  readonly role: "input" | "output";
  readonly parent: Node;
  /** `level` is that of compute where `kind` says so, `depth` then the number of all loops. */
  readonly child: Node;
  readonly kind: "storage" | "compute";
  /** The fan-outs crossed, outermost first: indices into `architecture.levels`. */
  readonly fanouts: readonly number[];
}

export function nestOf(mapping: LegalMapping): Nest {
  const loops = mapping.nodes
    .filter((node) => node.kind !== "keep")
    .map((loop): Loop => ({ ...loop, count: Math.ceil(loop.extent / loop.by) }));
  const { architecture, layer } = mapping;
  const ranges = rangesOf(layer.einsum.bounds, loops);
  return { einsum: layer.einsum, architecture, loops, ranges, chains: chainsOf(mapping) };
}

/** A mapping's order of loops and keep nodes; what else the loops say does not matter here. */
interface Order {
  readonly layer: Layer;
  readonly architecture: Architecture;
  readonly nodes: readonly ({ readonly kind: "keep"; readonly tensor: number; readonly level: number } | AnyLoop)[];
}
interface AnyLoop {
  readonly kind: "for" | "spatial";
}

/** Per tensor, the links of its keep nodes, outermost first. */
export function chainsOf({ layer, architecture, nodes }: Order): readonly (readonly Link[])[] {
  const { einsum } = layer;
  const places = einsum.tensors.map((): Node[] => []);
  let depth = 0;
  for (const node of nodes) {
    if (node.kind === "keep") places[node.tensor]?.push({ level: node.level, depth });
    else depth++;
  }
  const compute = { level: architecture.levels.length - 1, depth };
  return einsum.tensors.map((tensor, t) => {
    const projection = projectionOf(tensor, einsum);
    return (places[t] ?? []).map((parent, i, all): Link => {
      const child = all[i + 1] ?? compute;
      const kind = i + 1 < all.length ? "storage" : "compute";
      const fanouts = fanoutsBetween(architecture, parent.level, child.level);
      return { tensor: t, projection, role: tensor.role, parent, child, kind, fanouts };
    });
  });
}

const fanoutsBetween = (architecture: Architecture, outer: number, inner: number): readonly number[] =>
  architecture.levels.flatMap((level, i) => (level.kind === "fanout" && i > outer && i < inner ? [i] : []));

/** Whether words of the tensor that are equal along the loop's axis cross the network together. */
export function isShared(
  architecture: Architecture,
  loop: Pick<SpatialLoop, "fanout" | "axis">,
  tensor: Tensor,
  capability: "multicast" | "reduction",
): boolean {
  const fanout = architecture.levels[loop.fanout];
  if (fanout?.kind !== "fanout") throw new Error(`level ${loop.fanout} is not a fan-out`);
  return holds(fanout[capability][loop.axis], tensor);
}

export function reuseAt(architecture: Architecture, level: number): ReusePolicy {
  const storage = architecture.levels[level];
  if (storage?.kind !== "storage") throw new Error(`level ${level} is not storage`);
  return storage.reuse;
}

/** Whether every tile under the first `depth` loops has its full extent. */
export const isPerfect = (nest: Nest, depth: number): boolean => arePerfect(nest.loops.slice(0, depth));

/** The extent of every variable under the first `depth` loops, at the fullest. */
export function extentsAt(nest: Nest, depth: number): readonly number[] {
  const extents = [...nest.einsum.bounds];
  for (const loop of nest.loops.slice(0, depth)) extents[loop.variable] = loop.by;
  return extents;
}
