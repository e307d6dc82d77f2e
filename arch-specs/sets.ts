import type { StorageLevel, TensorSet } from "./architecture.js";

/** What a tensor set asks of a tensor: its own name, and the name by which the library knows it. */
export interface TensorName {
  readonly name: string;
  readonly alias: string;
}

/** Whether the set applies to the tensor: by its name, or by its alias. */
export const holds = (set: TensorSet, tensor: TensorName): boolean =>
  set === "all" || set.has(tensor.name) || set.has(tensor.alias);

const bypassed = (level: StorageLevel, tensor: TensorName): boolean =>
  level.bypasses !== undefined && holds(level.bypasses, tensor);

/** The tensor must be stored in the level. */
export const mustKeep = (level: StorageLevel, tensor: TensorName): boolean =>
  holds(level.keeps, tensor) && !bypassed(level, tensor);

/** The tensor is allowed in the level: it must be there, or the mapping decides. Otherwise it has to bypass the level. */
export const mayKeep = (level: StorageLevel, tensor: TensorName): boolean =>
  (holds(level.keeps, tensor) || holds(level.mayKeep, tensor)) && !bypassed(level, tensor);

/** The part of a per-tensor capacity that is the tensor's, in words; 0 where it has none. */
export function shareOf(words: ReadonlyMap<string, number>, tensor: TensorName): number {
  return words.get(tensor.name) ?? words.get(tensor.alias) ?? 0;
}
