import {
  type Architecture,
  chipLeakage,
  leakageAt,
  type StorageLevel,
  type VectorUnit,
  vectorLeakage,
} from "../../arch-specs/index.js";
import type { TensorAccesses, VectorCounts } from "../counts.js";

/** What a run on a vector unit costs; energies in pJ. */
export interface VectorEvaluation {
  readonly cycles: number;
  /** Operations and post-steps ÷ (cycles × lanes), 0 to 1. */
  readonly utilization: number;
  readonly energy: number;
  readonly edp: number;
  /** pJ of the whole chip in these cycles; part of `energy`. */
  readonly leakage: number;
  /** The storages that take part, and those that leak meanwhile, outermost first. */
  readonly levels: readonly {
    readonly level: number;
    readonly cycles: number;
    /** pJ: accesses and leakage. */
    readonly energy: number;
    readonly leakage: number;
    readonly tensors: readonly (TensorAccesses & { readonly energy: number })[];
  }[];
  /** Fan-outs that leak. */
  readonly networks: readonly { readonly level: number; readonly leakage: number }[];
  readonly operations: number;
  /** pJ: operations, post-steps, and what the unit leaks. */
  readonly computeEnergy: number;
  /** pJ that the compute units of the array, which do nothing, leak. */
  readonly idle: number;
}

/** Prices the counts by rules 13, 14 and 16: cycles of the slowest of lanes and ports; energy of every access and operation, and leakage of the whole chip. */
export function priceVector(counts: VectorCounts, unit: VectorUnit, architecture: Architecture): VectorEvaluation {
  const work = counts.operations + counts.posts;
  const demands = counts.levels.map(({ level, tensors }) => cyclesAt(tensors, storageAt(architecture, level)));
  const cycles = Math.max(work / unit.lanes, ...demands);
  const leaks = (index: number): number => cycles * leakageAt(architecture, index);
  const levels = architecture.levels.flatMap(({ kind }, level) => {
    const at = counts.levels.findIndex((one) => one.level === level);
    const leakage = leaks(level);
    if (kind !== "storage" || (at < 0 && leakage === 0)) return [];
    const storage = storageAt(architecture, level);
    const tensors = (counts.levels[at]?.tensors ?? []).map((t) => ({ ...t, energy: accessEnergy(t, storage) }));
    const energy = tensors.reduce((sum, tensor) => sum + tensor.energy, leakage);
    return [{ level, cycles: demands[at] ?? 0, energy, leakage, tensors }];
  });
  const networks = architecture.levels.flatMap(({ kind }, level) =>
    kind === "fanout" && leaks(level) > 0 ? [{ level, leakage: leaks(level) }] : [],
  );
  const idle = leaks(architecture.levels.length - 1);
  const working = counts.operations * unit.energy.operation + counts.posts * unit.energy.activation;
  const computeEnergy = working + cycles * vectorLeakage(architecture);
  const energy = [...levels.map((l) => l.energy), ...networks.map((n) => n.leakage), idle, computeEnergy].reduce(
    (sum, pJ) => sum + pJ,
  );
  const utilization = cycles === 0 ? 0 : work / (cycles * unit.lanes);
  const leakage = cycles * chipLeakage(architecture);
  return {
    ...{ cycles, utilization, energy, edp: energy * cycles, leakage },
    ...{ levels, networks, operations: work, computeEnergy, idle },
  };
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
