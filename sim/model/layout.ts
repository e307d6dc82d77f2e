import { type Counts, classesOf } from "../counts.js";
import type { Terms } from "./terms.js";

/** Where a compiled evaluator writes its answers: indices into its output. All accesses are of one instance. */
export interface Layout {
  /** Length of the output. */
  readonly size: number;
  /** pJ, by rule 14. */
  readonly energy: number;
  /** By rule 13. */
  readonly cycles: number;
  readonly steps: number;
  readonly computeInstances: number;
  /** One a storage level, outermost first. */
  readonly levels: readonly LevelLayout[];
  /** One a fan-out, outermost first. */
  readonly networks: readonly { readonly level: number; readonly hops: number }[];
}
export interface LevelLayout {
  /** Index into `architecture.levels`. */
  readonly level: number;
  readonly utilizedInstances: number;
  /** Per kept tensor, ascending tensor number. */
  readonly tensors: readonly TensorLayout[];
}
export interface TensorLayout {
  readonly tensor: number;
  /** Words of the tile. */
  readonly tile: number;
  readonly fills: number;
  readonly reads: number;
  readonly updates: number;
  readonly drains: number;
}

export function layoutOf({ structure, links }: Terms): Layout {
  let size = 0;
  const slot = (): number => size++;
  const [energy, cycles, steps, computeInstances] = [slot(), slot(), slot(), slot()];
  const levels = structure.architecture.levels.flatMap(({ kind }, level): LevelLayout[] => {
    if (kind !== "storage") return [];
    const kept = links.filter(({ link }) => link.parent.level === level).map(({ link }) => link.tensor);
    const utilizedInstances = slot();
    const tensors = kept.map((tensor) => ({
      tensor,
      tile: slot(),
      fills: slot(),
      reads: slot(),
      updates: slot(),
      drains: slot(),
    }));
    return [{ level, utilizedInstances, tensors }];
  });
  const networks = structure.architecture.levels.flatMap(({ kind }, level) =>
    kind === "fanout" ? [{ level, hops: slot() }] : [],
  );
  return { size, energy, cycles, steps, computeInstances, levels, networks };
}

/** A compiled evaluator's output as counts. */
export function countsIn(out: ArrayLike<number>, layout: Layout): Counts {
  const at = (slot: number): number => out[slot] ?? 0;
  return {
    macs: at(layout.steps) * at(layout.computeInstances),
    steps: at(layout.steps),
    computeInstances: at(layout.computeInstances),
    levels: layout.levels.map(({ level, utilizedInstances, tensors }) => {
      const instances = at(utilizedInstances);
      const accesses = tensors.map(({ tensor, fills, reads, updates, drains }) => ({
        tensor,
        fills: at(fills),
        reads: at(reads),
        updates: at(updates),
        drains: at(drains),
      }));
      return {
        level,
        utilizedInstances: instances,
        tiles: tensors.map(({ tensor, tile }) => ({ tensor, words: at(tile) })),
        classes: accesses.length === 0 ? [] : classesOf([{ instances, tensors: accesses }]),
      };
    }),
    networks: layout.networks.map(({ level, hops }) => ({ level, hops: at(hops) })),
  };
}
