import { type Architecture, type Level, mayKeep, mustKeep, type StorageLevel } from "../arch-specs/index.js";
import type { Tensor } from "../workloads/index.js";

/** What the level does with a tensor: store it always, perhaps, or never. */
export function policyOf(level: StorageLevel, tensor: Tensor): "must" | "may" | "never" {
  if (mustKeep(level, tensor)) return "must";
  return mayKeep(level, tensor) ? "may" : "never";
}

/** Whether a step of the variable moves the tensor's tile. */
export const isRelevant = (tensor: Tensor, variable: number): boolean =>
  tensor.ranks.some((rank) => rank.terms.some((term) => term.variable === variable));

/** The level with this index; asking for one that is not there is a bug. */
export function levelAt(architecture: Architecture, index: number): Level {
  const level = architecture.levels[index];
  if (level === undefined) throw new Error(`no level ${index} in ${architecture.name}`);
  return level;
}

/** The storage level with this index; asking for another kind is a bug. */
export function storageAt(architecture: Architecture, index: number): StorageLevel {
  const level = levelAt(architecture, index);
  if (level.kind !== "storage") throw new Error(`${level.name} is no storage level`);
  return level;
}

/** Points of the box that the tensor's ranks span over ranges of these extents, in words, padding included. */
export function boxWords(tensor: Tensor, extents: readonly number[]): number {
  let words = 1;
  for (const rank of tensor.ranks) {
    let extent = 1;
    for (const { variable, coefficient } of rank.terms)
      extent += Math.abs(coefficient) * ((extents[variable] ?? 1) - 1);
    words *= extent;
  }
  return words;
}
