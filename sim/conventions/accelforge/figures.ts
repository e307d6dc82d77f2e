import { type Architecture, instancesOf, type StorageLevel } from "../../../arch-specs/index.js";
import type { LegalMapping, ResolvedNode } from "../../../mappings/index.js";
import type { Einsum } from "../../../workloads/index.js";
import type { Bound, Evaluation, LevelEvaluation, TensorEvaluation } from "../../pricing/index.js";
import { type Counting, isJoined, isRelevant, visitsOf, wordsVisited } from "./visits.js";

type Loop = Exclude<ResolvedNode, { kind: "keep" }>;

/** Words that one tensor moves at one level, all instances together. */
interface Moved {
  readonly level: number;
  readonly tensor: number;
  readonly tileWords: number;
  readonly instances: number;
  fills: number;
  reads: number;
  updates: number;
  drains: number;
}

/**
 * A mapping priced as AccelForge prices it (docs/conventions.md): the tile at a node is moved whole at every visit of the node,
 * nothing is kept between visits or shared between instances that overlap in part; partial sums are read and written at each
 * accumulation, the first read skipped; a component is busy for the sum of its actions, each at its own rate.
 */
export function evaluateAsAccelforge(mapping: LegalMapping): Evaluation {
  const { architecture, layer, nodes } = mapping;
  const moved = layer.einsum.tensors.flatMap((_, tensor) => movedBy(mapping, tensor));
  const loops = nodes.filter((node) => node.kind !== "keep");
  const used = instancesUnder(loops, layer.einsum);
  const macs = layer.einsum.bounds.reduce((n, bound) => n * bound, 1);
  const compute = architecture.levels.at(-1);
  if (compute?.kind !== "compute") throw new Error(`the last level of ${architecture.name} is not compute`);
  const busy = storagesOf(architecture).map(({ level, storage }) => ({
    level,
    storage,
    cycles: busyCycles(
      storage,
      moved.filter((m) => m.level === level),
    ),
  }));
  // Of the instance with the most operations; where tiles divide, all have as many.
  const operations = visitsOf(loops, layer.einsum, ({ kind }) => (kind === "for" ? "each" : "once"));
  let cycles = operations / compute.operationsPerCycle;
  let bound: Bound = { kind: "compute" };
  for (const { level, cycles: own } of busy)
    if (own > cycles) {
      cycles = own;
      bound = { kind: "bandwidth", level, port: "shared" };
    }
  const levels = busy.map(({ level, storage, cycles: own }) =>
    levelOf(
      architecture,
      level,
      storage,
      own,
      cycles,
      moved.filter((m) => m.level === level),
    ),
  );
  const units = instancesOf(architecture, architecture.levels.length - 1);
  const leak = compute.leak === 0 ? 0 : compute.leak * units * cycles;
  const computeEnergy = macs * compute.energy + leak;
  const energy = levels.reduce((n, level) => n + level.energy, 0) + computeEnergy;
  return {
    macs,
    cycles,
    bound,
    utilization: macs / (cycles * compute.operationsPerCycle * units),
    spatialUtilization: used / units,
    energy,
    edp: energy * cycles,
    leakage: levels.reduce((n, level) => n + level.leakage, leak),
    levels,
    networks: architecture.levels.flatMap((l, i) =>
      l.kind === "fanout" ? [{ level: i, hops: 0, energy: 0, leakage: 0 }] : [],
    ),
    compute: {
      instances: units,
      utilizedInstances: used,
      operations: macs,
      posts: 0,
      postEnergy: 0,
      energy: computeEnergy,
      leakage: leak,
    },
    idle: 0,
  };
}

/** Instances that do something; the last loops may have fewer iterations where tiles do not divide. */
const instancesUnder = (loops: readonly Loop[], einsum: Einsum): number =>
  visitsOf(loops, einsum, ({ kind }) => (kind === "spatial" ? "each" : "once"));

const storagesOf = (
  architecture: Architecture,
): readonly { readonly level: number; readonly storage: StorageLevel }[] =>
  architecture.levels.flatMap((storage, level) => (storage.kind === "storage" ? [{ level, storage }] : []));

/** The traffic of one tensor at every level that keeps it, outermost first. */
function movedBy(mapping: LegalMapping, number: number): readonly Moved[] {
  const { layer, nodes } = mapping;
  const tensor = layer.einsum.tensors[number];
  if (tensor === undefined) throw new Error(`no tensor ${number}`);
  const chain: { readonly moved: Moved; readonly above: readonly Loop[] }[] = [];
  const loops: Loop[] = [];
  for (const node of nodes) {
    if (node.kind !== "keep") loops.push(node);
    else if (node.tensor === number) {
      const above = [...loops];
      const instances = instancesUnder(above, layer.einsum);
      const tileWords = wordsVisited(above, tensor, layer.einsum, () => "once");
      const none = { fills: 0, reads: 0, updates: 0, drains: 0 };
      chain.push({ moved: { level: node.level, tensor: number, tileWords, instances, ...none }, above });
    }
  }
  const words = (below: readonly Loop[], counting: Counting): number =>
    wordsVisited(below, tensor, layer.einsum, counting);
  chain.forEach(({ moved, above }, k) => {
    const child = chain[k + 1];
    const below = child?.above ?? loops;
    const between = new Set(below.slice(above.length));
    const joined: Counting = (l) => (between.has(l) && isJoined(l, tensor, mapping) ? "once" : "each");
    const requested = words(below, joined);
    if (tensor.role === "input") {
      moved.reads += requested;
      if (child !== undefined) child.moved.fills += words(below, () => "each");
      return;
    }
    // Visits that come back to a tile that the instance had before: all but one a tile, which starts from nothing.
    const again = (l: Loop): boolean => l.kind === "for" && !isRelevant(tensor, l.variable);
    const firstRequests = words(below, (l) => (again(l) ? "once" : joined(l)));
    moved.updates += requested;
    moved.reads += requested - firstRequests;
    if (child === undefined) return;
    const visits = words(below, () => "each");
    child.moved.drains += visits;
    child.moved.fills += visits - words(below, (l) => (again(l) ? "once" : "each"));
  });
  return chain.map((link) => link.moved);
}

/** Cycles of one instance, the instances in use sharing the work evenly. */
function busyCycles({ bandwidth }: StorageLevel, moved: readonly Moved[]): number {
  return moved.reduce((cycles, { fills, reads, updates, drains, instances }) => {
    const [out, into] = [(reads + drains) / instances, (fills + updates) / instances];
    return cycles + out / bandwidth.read + into / bandwidth.write + (out + into) / bandwidth.shared;
  }, 0);
}

function levelOf(
  architecture: Architecture,
  level: number,
  { block, energy }: StorageLevel,
  own: number,
  cycles: number,
  moved: readonly Moved[],
): LevelEvaluation {
  const tensors = moved.map((m): TensorEvaluation => {
    const energies = {
      fills: (m.fills / block) * energy.write,
      reads: (m.reads / block) * energy.read,
      updates: (m.updates / block) * energy.update,
      drains: (m.drains / block) * energy.read,
    };
    const { tensor, tileWords, fills, reads, updates, drains } = m;
    const sum = energies.fills + energies.reads + energies.updates + energies.drains;
    return { tensor, tileWords, fills, reads, updates, drains, energy: sum, energies };
  });
  const instances = instancesOf(architecture, level);
  const leakage = energy.leak === 0 ? 0 : energy.leak * instances * cycles;
  return {
    level,
    instances,
    utilizedInstances: moved.reduce((n, m) => Math.max(n, m.instances), 1),
    cycles: own,
    usedWords: moved.reduce((n, m) => n + m.tileWords, 0),
    energy: tensors.reduce((n, t) => n + t.energy, leakage),
    leakage,
    tensors,
  };
}
