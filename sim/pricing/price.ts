import {
  type Architecture,
  type ComputeLevel,
  type FanoutLevel,
  instancesOf,
  leakageAt,
  type StorageLevel,
  vectorLeakage,
} from "../../arch-specs/index.js";
import type { LegalMapping } from "../../mappings/index.js";
import type { Counts, InstanceClass, LevelCounts, TensorAccesses } from "../counts.js";
import type { Bound, Evaluation, LevelEvaluation, TensorEvaluation } from "./evaluation.js";

/**
 * Prices counts by the native rules: the cycles are those of the slowest resource, all others overlapping with it;
 * the energy is that of every access (whole blocks, per instance and tensor), hop, operation and leaking cycle. A post-step costs
 * what an activation of the vector unit does, and nothing where there is none.
 */
export function price(counts: Counts, mapping: LegalMapping): Evaluation {
  const { architecture } = mapping;
  const demands = counts.levels.map((level) => demandOf(level, storageAt(architecture, level.level)));
  const compute = computeOf(architecture);
  const { cycles, bound } = slowest(counts.steps / compute.operationsPerCycle, demands);
  const levels = counts.levels.map((level, i) => levelOf(level, demands[i]?.cycles ?? 0, cycles, architecture));
  const networks = counts.networks.map(({ level, hops }) => {
    const fanout = fanoutAt(architecture, level);
    const leakage = leakageIn(cycles, architecture, level);
    return { level, hops, energy: hops * fanout.hopEnergy + leakage, leakage };
  });
  const units = instancesOf(architecture, architecture.levels.length - 1);
  const computeLeakage = leakageIn(cycles, architecture, architecture.levels.length - 1);
  const idle = cycles * vectorLeakage(architecture);
  const posts = counts.posts ?? 0;
  const postEnergy = posts * (architecture.vector?.energy.activation ?? 0);
  const computeEnergy = counts.macs * compute.energy + postEnergy + computeLeakage;
  const energy = sum([...levels.map((l) => l.energy), ...networks.map((n) => n.energy), computeEnergy, idle]);
  return {
    macs: counts.macs,
    cycles,
    bound,
    utilization: counts.macs / (cycles * compute.operationsPerCycle * units),
    spatialUtilization: counts.computeInstances / units,
    energy,
    edp: energy * cycles,
    leakage: sum([...levels.map((l) => l.leakage), ...networks.map((n) => n.leakage), computeLeakage, idle]),
    levels,
    networks,
    compute: {
      instances: units,
      utilizedInstances: counts.computeInstances,
      operations: counts.macs,
      posts,
      postEnergy,
      energy: computeEnergy,
      leakage: computeLeakage,
    },
    idle,
  };
}

interface Demand {
  /** Cycles of the busiest instance. */
  readonly cycles: number;
  readonly bound: Bound;
}

function demandOf(counts: LevelCounts, { bandwidth }: StorageLevel): Demand {
  let [read, write, shared] = [0, 0, 0];
  for (const { tensors } of counts.classes) {
    const out = sum(tensors.map((t) => t.reads + t.drains));
    const into = sum(tensors.map((t) => t.fills + t.updates));
    read = Math.max(read, out / bandwidth.read);
    write = Math.max(write, into / bandwidth.write);
    shared = Math.max(shared, (out + into) / bandwidth.shared);
  }
  const cycles = Math.max(read, write, shared);
  const port = read === cycles ? "read" : write === cycles ? "write" : "shared";
  return { cycles, bound: { kind: "bandwidth", level: counts.level, port } };
}

function slowest(steps: number, demands: readonly Demand[]): Demand {
  let longest: Demand = { cycles: steps, bound: { kind: "compute" } };
  for (const demand of demands) if (demand.cycles > longest.cycles) longest = demand;
  return longest;
}

function levelOf(
  counts: LevelCounts,
  levelCycles: number,
  cycles: number,
  architecture: Architecture,
): LevelEvaluation {
  const storage = storageAt(architecture, counts.level);
  const instances = instancesOf(architecture, counts.level);
  const leakage = leakageIn(cycles, architecture, counts.level);
  const tensors = counts.tiles.map(({ tensor, words }) => tensorOf(tensor, words, counts.classes, storage));
  return {
    level: counts.level,
    instances,
    utilizedInstances: counts.utilizedInstances,
    cycles: levelCycles,
    usedWords: sum(counts.tiles.map((tile) => tile.words)),
    energy: sum(tensors.map((t) => t.energy)) + leakage,
    leakage,
    tensors,
  };
}

function tensorOf(
  tensor: number,
  tileWords: number,
  classes: readonly InstanceClass[],
  { block, energy }: StorageLevel,
): TensorEvaluation {
  const words = { fills: 0, reads: 0, updates: 0, drains: 0 };
  const blocks = { fills: 0, reads: 0, updates: 0, drains: 0 };
  for (const { instances, tensors } of classes) {
    for (const accesses of tensors) {
      if (accesses.tensor !== tensor) continue;
      for (const action of ACTIONS) {
        words[action] += instances * accesses[action];
        blocks[action] += instances * Math.ceil(accesses[action] / block);
      }
    }
  }
  const energies = {
    fills: blocks.fills * energy.write,
    reads: blocks.reads * energy.read,
    updates: blocks.updates * energy.update,
    drains: blocks.drains * energy.read,
  };
  const total = energies.fills + energies.reads + energies.updates + energies.drains;
  return { tensor, tileWords, ...words, energy: total, energies };
}

const ACTIONS = ["fills", "reads", "updates", "drains"] as const satisfies readonly (keyof TensorAccesses)[];

function storageAt(architecture: Architecture, level: number): StorageLevel {
  const storage = architecture.levels[level];
  if (storage?.kind !== "storage") throw new Error(`level ${level} of ${architecture.name} is not a storage level`);
  return storage;
}

function fanoutAt(architecture: Architecture, level: number): FanoutLevel {
  const fanout = architecture.levels[level];
  if (fanout?.kind !== "fanout") throw new Error(`level ${level} of ${architecture.name} is not a fan-out`);
  return fanout;
}

function computeOf(architecture: Architecture): ComputeLevel {
  const last = architecture.levels.at(-1);
  if (last?.kind !== "compute") throw new Error(`the last level of ${architecture.name} is not compute`);
  return last;
}

const leakageIn = (cycles: number, architecture: Architecture, level: number): number =>
  cycles * leakageAt(architecture, level);

const sum = (xs: Iterable<number>): number => {
  let result = 0;
  for (const x of xs) result += x;
  return result;
};
