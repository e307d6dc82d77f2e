import { type Architecture, instancesOf, type StorageLevel } from "../../../arch-specs/index.js";
import { ceilDiv } from "../../../base/index.js";
import type { LegalMapping } from "../../../mappings/index.js";
import type { Bound, Evaluation, LevelEvaluation, TensorEvaluation } from "../../pricing/index.js";
import { type TileFigures, tilesOf } from "./tiles.js";

export interface TimeloopOptions {
  /** Whether neighbours pass tiles on where that saves reads of the parent: Timeloop's default, ours only when asked. */
  readonly linkTransfers: boolean;
  /** As with Timeloop's switch TIMELOOP_ENABLE_UPDATED_RMW=1: a level reads old partial sums on behalf of the outermost one. */
  readonly updatedRmw?: boolean;
}

/** A mapping priced as timeloop-model prices it. */
export interface TimeloopEvaluation {
  /** In our form: totals over instances, no drains, no hops. */
  readonly evaluation: Evaluation;
  /** As timeloop-model prints them, of one instance: one entry a storage level of the architecture, outermost first. */
  readonly levels: readonly TimeloopLevel[];
}
export interface TimeloopLevel {
  /** Index into `architecture.levels`. */
  readonly level: number;
  readonly name: string;
  /** Cycles with this level's bandwidth only. */
  readonly cycles: number;
  readonly tensors: readonly TimeloopTensor[];
}
export interface TimeloopTensor {
  readonly tensor: number;
  readonly name: string;
  /** Words, of the largest tile of one instance. */
  readonly tileWords: number;
  readonly instances: number;
  readonly reads: number;
  readonly fills: number;
  readonly updates: number;
  /** pJ of one instance. */
  readonly energy: number;
}

/**
 * What timeloop-model prints for the mapping (docs/conventions.md has its rules): loops extrapolated from their first two iterations,
 * drains free, cycles from demand averaged over the run, imperfect loops at their full bounds.
 */
export function evaluateAsTimeloop(mapping: LegalMapping, options: TimeloopOptions): TimeloopEvaluation {
  const { architecture, layer } = mapping;
  const tiles = layer.einsum.tensors.map((_, number) =>
    tilesOf(mapping, number, {
      links: options.linkTransfers,
      isImperfect: isImperfect(mapping),
      updatedRmw: options.updatedRmw ?? false,
    }),
  );
  const computeCycles = mapping.nodes.reduce((n, l) => (l.kind === "for" ? n * ceilDiv(l.extent, l.by) : n), 1);
  const demands = storagesOf(architecture).map(({ level, storage }) => ({
    level,
    storage,
    ...throttled(
      storage,
      tiles.map((figures) => figures.find((f) => f.level === level)),
      computeCycles,
    ),
  }));
  let cycles = computeCycles;
  let bound: Bound = { kind: "compute" };
  for (const demand of demands)
    if (demand.cycles > cycles) {
      cycles = demand.cycles;
      bound = { kind: "bandwidth", level: demand.level, port: demand.port };
    }
  const priced = demands.map(({ level, storage, cycles: own }) => levelOf(mapping, level, storage, own, cycles, tiles));
  const evaluation = summed(
    mapping,
    cycles,
    bound,
    priced.map((p) => p.evaluation),
  );
  return { evaluation, levels: priced.map((p) => p.figures) };
}

const storagesOf = (
  architecture: Architecture,
): readonly { readonly level: number; readonly storage: StorageLevel }[] =>
  architecture.levels.flatMap((storage, level) => (storage.kind === "storage" ? [{ level, storage }] : []));

/** Whether some tile does not divide what it tiles, as far as the loops of the same variable go. */
export function isImperfect(mapping: LegalMapping): boolean {
  const last = [...mapping.layer.einsum.bounds];
  return mapping.nodes.some((node) => {
    if (node.kind === "keep") return false;
    const extent = last[node.variable] ?? 1;
    last[node.variable] = node.by;
    return extent % node.by !== 0;
  });
}

/** The cycles of a level whose ports slow the run down: demand averaged over the whole run against what each port gives. */
function throttled(
  { bandwidth }: StorageLevel,
  tiles: readonly (TileFigures | undefined)[],
  computeCycles: number,
): { readonly cycles: number; readonly port: "read" | "write" | "shared" } {
  const sum = (of: (tile: TileFigures) => number): number =>
    tiles.reduce((n, tile) => n + (tile === undefined ? 0 : of(tile) / computeCycles), 0);
  const demand = { read: sum((t) => t.reads), write: sum((t) => t.fills + t.updates), shared: 0 };
  demand.shared = demand.read + demand.write;
  let slowdown = 1;
  let port: "read" | "write" | "shared" = "read";
  for (const candidate of ["read", "write", "shared"] as const) {
    if (bandwidth[candidate] >= demand[candidate]) continue;
    const slower = bandwidth[candidate] / demand[candidate];
    if (slower >= slowdown) continue;
    slowdown = slower;
    port = candidate;
  }
  return { cycles: Math.ceil(computeCycles / slowdown), port };
}

function levelOf(
  mapping: LegalMapping,
  level: number,
  storage: StorageLevel,
  own: number,
  cycles: number,
  tiles: readonly (readonly TileFigures[])[],
): { readonly evaluation: LevelEvaluation; readonly figures: TimeloopLevel } {
  const { energy, block } = storage;
  const tensors: TensorEvaluation[] = [];
  const figures: TimeloopTensor[] = [];
  let utilized = 1;
  tiles.forEach((all, tensor) => {
    const tile = all.find((t) => t.level === level);
    if (tile === undefined) return;
    const { instances, tileWords, reads, fills, updates } = tile;
    utilized = instances;
    const energies = {
      fills: instances * ceilDiv(fills, block) * energy.write,
      reads: instances * ceilDiv(reads, block) * energy.read,
      updates: instances * ceilDiv(updates, block) * energy.update,
      drains: 0,
    };
    const total = energies.reads + energies.fills + energies.updates;
    const words = { fills: fills * instances, reads: reads * instances, updates: updates * instances, drains: 0 };
    tensors.push({ tensor, tileWords, ...words, energy: total, energies });
    const name = mapping.layer.einsum.tensors[tensor]?.name ?? "";
    figures.push({ tensor, name, tileWords, instances, reads, fills, updates, energy: total / instances });
  });
  const instances = instancesOf(mapping.architecture, level);
  // Timeloop lets only instances in use leak.
  const leakage = tensors.length === 0 ? 0 : energy.leak * utilized * cycles;
  return {
    evaluation: {
      level,
      instances,
      utilizedInstances: utilized,
      cycles: own,
      usedWords: tensors.reduce((n, t) => n + t.tileWords, 0),
      energy: tensors.reduce((n, t) => n + t.energy, leakage),
      leakage,
      tensors,
    },
    figures: { level, name: storage.name, cycles: own, tensors: figures },
  };
}

function summed(
  { architecture, layer, nodes }: LegalMapping,
  cycles: number,
  bound: Bound,
  levels: readonly LevelEvaluation[],
): Evaluation {
  const compute = architecture.levels.at(-1);
  if (compute?.kind !== "compute") throw new Error(`the last level of ${architecture.name} is not compute`);
  const units = instancesOf(architecture, architecture.levels.length - 1);
  const used = nodes.reduce((n, l) => (l.kind === "spatial" ? n * ceilDiv(l.extent, l.by) : n), 1);
  const macs = layer.einsum.bounds.reduce((n, bound) => n * bound, 1);
  const leakage = levels.reduce((n, level) => n + level.leakage, 0);
  const computeEnergy = macs * compute.energy;
  const energy = levels.reduce((n, level) => n + level.energy, computeEnergy);
  return {
    macs,
    cycles,
    bound,
    utilization: macs / (cycles * compute.operationsPerCycle * units),
    spatialUtilization: used / units,
    energy,
    edp: energy * cycles,
    leakage,
    levels,
    networks: architecture.levels.flatMap((level, i) =>
      level.kind === "fanout" ? [{ level: i, hops: 0, energy: 0, leakage: 0 }] : [],
    ),
    compute: {
      instances: units,
      utilizedInstances: used,
      operations: macs,
      posts: 0,
      postEnergy: 0,
      energy: computeEnergy,
      leakage: 0,
    },
    idle: 0,
  };
}
