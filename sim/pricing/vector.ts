import type { Architecture, StorageLevel, VectorUnit } from "../../arch-specs/index.js";
import type { TensorAccesses, VectorCounts } from "../counts.js";

/** What a run on a vector unit costs; energies in pJ. */
export interface VectorEvaluation {
  readonly cycles: number;
  /** Operations and post-steps ÷ (cycles × lanes), 0 to 1. */
  readonly utilization: number;
  readonly energy: number;
  readonly edp: number;
  readonly levels: readonly {
    readonly level: number;
    readonly cycles: number;
    readonly energy: number;
    readonly tensors: readonly (TensorAccesses & { readonly energy: number })[];
  }[];
  readonly operations: number;
  readonly computeEnergy: number;
}

/** Prices the counts by rules 13 and 14: cycles of the slowest of lanes and ports, energy of every access and operation. */
export function priceVector(counts: VectorCounts, unit: VectorUnit, architecture: Architecture): VectorEvaluation {
  const work = counts.operations + counts.posts;
  const levels = counts.levels.map(({ level, tensors }) => {
    const storage = storageAt(architecture, level);
    const priced = tensors.map((tensor) => ({ ...tensor, energy: accessEnergy(tensor, storage) }));
    const energy = priced.reduce((sum, tensor) => sum + tensor.energy, 0);
    return { level, cycles: cyclesAt(tensors, storage), energy, tensors: priced };
  });
  const cycles = Math.max(work / unit.lanes, ...levels.map((level) => level.cycles));
  const computeEnergy = counts.operations * unit.energy.operation + counts.posts * unit.energy.activation;
  const energy = levels.reduce((sum, level) => sum + level.energy, computeEnergy);
  const utilization = cycles === 0 ? 0 : work / (cycles * unit.lanes);
  return { cycles, utilization, energy, edp: energy * cycles, levels, operations: work, computeEnergy };
}

function cyclesAt(tensors: readonly TensorAccesses[], { bandwidth }: StorageLevel): number {
  const out = tensors.reduce((sum, { reads, drains }) => sum + reads + drains, 0);
  const into = tensors.reduce((sum, { fills, updates }) => sum + fills + updates, 0);
  return Math.max(out / bandwidth.read, into / bandwidth.write, (out + into) / bandwidth.shared);
}

function accessEnergy({ fills, reads, updates, drains }: TensorAccesses, { block, energy }: StorageLevel): number {
  const accesses = (words: number): number => Math.ceil(words / block);
  return (
    accesses(fills) * energy.write +
    (accesses(reads) + accesses(drains)) * energy.read +
    accesses(updates) * energy.update
  );
}

function storageAt(architecture: Architecture, level: number): StorageLevel {
  const storage = architecture.levels[level];
  if (storage?.kind !== "storage") throw new Error(`level ${level} of ${architecture.name} is not a storage level`);
  return storage;
}
