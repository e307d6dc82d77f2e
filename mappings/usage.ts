import { type Conventions, total, type Words, words } from "../base/index.js";
import type { LegalMapping } from "./mapping.js";
import { capacityFor, occupiedWords, usable } from "./occupancy.js";

/** What one instance of a storage level holds at its fullest. */
export interface LevelUsage {
  /** Index into `architecture.levels`. */
  readonly level: number;
  readonly name: string;
  /** Words of one instance; per-tensor capacities added up; Infinity where there is no limit. */
  readonly capacity: Words;
  /** What a mapping may use of it: half under double buffering. */
  readonly usable: Words;
  readonly used: Words;
  /** Ascending tensor number; tensors that bypass the level are absent. */
  readonly tensors: readonly TensorUsage[];
}
export interface TensorUsage {
  readonly tensor: number;
  readonly name: string;
  readonly words: Words;
  /** What the tensor may use: the level's shared capacity, or its own. */
  readonly usable: Words;
}

/** The occupancy of every storage level, outermost first, unused ones included. */
export function usage(legal: LegalMapping, conventions: Conventions = "loopwright"): readonly LevelUsage[] {
  const occupied = occupiedWords(legal.nodes, legal.layer.einsum, conventions);
  return legal.architecture.levels.flatMap((level, i) => {
    if (level.kind !== "storage") return [];
    const tensors = legal.layer.einsum.tensors.flatMap((tensor, t): TensorUsage[] => {
      const tile = occupied.find((o) => o.level === i && o.tensor === t);
      if (tile === undefined) return [];
      const own = words(capacityFor(level, tensor).words);
      return [{ tensor: t, name: tensor.name, words: words(tile.words), usable: own }];
    });
    const capacities = level.capacity.kind === "shared" ? [level.capacity.words] : [...level.capacity.words.values()];
    return [
      {
        level: i,
        name: level.name,
        capacity: total(capacities.map(words)),
        usable: total(capacities.map((n) => words(usable(level, n)))),
        used: total(tensors.map((tensor) => tensor.words)),
        tensors,
      },
    ];
  });
}
