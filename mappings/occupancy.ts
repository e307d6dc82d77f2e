import type { Architecture, StorageLevel } from "../arch-specs/index.js";
import type { Conventions } from "../base/index.js";
import type { Einsum, Tensor } from "../workloads/index.js";
import type { ResolvedNode } from "./mapping.js";
import { boxWords, isRelevant, storageAt } from "./tensors.js";

/** The words that a keep node takes of its level's capacity. */
export interface Occupied {
  /** Index into the resolved nodes. */
  readonly position: number;
  readonly tensor: number;
  readonly level: number;
  readonly words: number;
}

/** What every keep node occupies in one instance, at its fullest (design, section 6, "occupancy"). */
export function occupiedWords(
  nodes: readonly ResolvedNode[],
  einsum: Einsum,
  conventions: Conventions,
): readonly Occupied[] {
  const extents = [...einsum.bounds];
  return nodes.flatMap((node, position) => {
    if (node.kind !== "keep") {
      extents[node.variable] = node.by;
      return [];
    }
    const tensor = einsum.tensors[node.tensor];
    if (tensor === undefined) throw new Error(`no tensor ${node.tensor}`);
    const inside = conventions === "accelforge" ? belowRun(nodes, position, tensor, extents) : extents;
    return [{ position, tensor: node.tensor, level: node.level, words: boxWords(tensor, inside) }];
  });
}

/** AccelForge: data streams in just before use, so loops relevant to the tensor directly under its node shrink what is held. */
function belowRun(
  nodes: readonly ResolvedNode[],
  position: number,
  tensor: Tensor,
  extents: readonly number[],
): readonly number[] {
  const inside = [...extents];
  const self = nodes[position];
  for (const node of nodes.slice(position + 1)) {
    if (node.kind === "keep") {
      if (self?.kind === "keep" && node.tensor === self.tensor) break;
      continue;
    }
    if (node.kind === "spatial" || !isRelevant(tensor, node.variable)) break;
    inside[node.variable] = node.by;
  }
  return inside;
}

/** The words that a mapping may use of a level's capacity; double buffering halves it. */
export const usable = (level: StorageLevel, words: number): number =>
  level.buffering === "double" ? Math.floor(words / 2) : words;

/** The capacity that the tensor has at the level, and whose tiles share it: all tensors', or those of equal name or alias. */
export function capacityFor(level: StorageLevel, tensor: Tensor): { readonly pool: string; readonly words: number } {
  if (level.capacity.kind === "shared") return { pool: "", words: usable(level, level.capacity.words) };
  const { words } = level.capacity;
  const pool = words.has(tensor.name) ? tensor.name : tensor.alias;
  return { pool: `of ${pool}`, words: usable(level, words.get(pool) ?? 0) };
}

/** Tiles that share a capacity. */
export interface Pool {
  readonly level: number;
  /** What a mapping may use. */
  readonly words: number;
  readonly used: number;
  readonly tiles: readonly Occupied[];
}

/** The tiles of every level by the capacity that they share: all of a level's, or each tensor's own. */
export function poolsOf(
  nodes: readonly ResolvedNode[],
  einsum: Einsum,
  architecture: Architecture,
  conventions: Conventions,
): readonly Pool[] {
  const pools = new Map<string, { readonly words: number; readonly level: number; readonly tiles: Occupied[] }>();
  for (const occupied of occupiedWords(nodes, einsum, conventions)) {
    const tensor = einsum.tensors[occupied.tensor];
    if (tensor === undefined) throw new Error(`no tensor ${occupied.tensor}`);
    const { pool, words } = capacityFor(storageAt(architecture, occupied.level), tensor);
    const key = `${occupied.level} ${pool}`;
    const known = pools.get(key);
    if (known === undefined) pools.set(key, { words, level: occupied.level, tiles: [occupied] });
    else known.tiles.push(occupied);
  }
  return [...pools.values()].map((pool) => ({ ...pool, used: pool.tiles.reduce((n, tile) => n + tile.words, 0) }));
}
