import { type Architecture, instancesOf } from "../arch-specs/index.js";
import type { Conventions } from "../base/index.js";
import { type LegalMapping, mappingToJson, toMapping, usage } from "../mappings/index.js";
import { cyclesOf, type SystolicRun, type Timing } from "../sim/machine/index.js";
import type { Evaluation, LevelEvaluation } from "../sim/pricing/index.js";
import { lowerToProduct } from "../workloads/index.js";
import type {
  LayerResult,
  LevelResult,
  SearchSummary,
  SystolicResult,
  TimeloopAccesses,
  Validation,
  Witness,
} from "./result.js";
import { timingResult } from "./timing-result.js";

/** What is known of one layer's mapping beside its price. */
export interface Findings {
  readonly workload: string;
  readonly conventions: Conventions;
  readonly dataflow?: string;
  readonly objective?: string;
  readonly search?: SearchSummary;
  readonly witness?: Witness;
  readonly validation?: Validation;
  /** Where the machine ran by the clock. */
  readonly timing?: Timing;
  /** Where the machine was a systolic array: what its cycles were spent on. */
  readonly systolic?: SystolicRun;
  readonly timeloop?: TimeloopAccesses;
}

/** The result object of one priced mapping. Parts that were not run are absent. */
export function resultOf(legal: LegalMapping, priced: Evaluation, findings: Findings): LayerResult {
  const { workload, conventions, dataflow, objective, search, witness, validation, timeloop } = findings;
  const { layer, architecture } = legal;
  const occupied = new Map(usage(legal, conventions).map((level) => [level.level, level]));
  return {
    schema: "loopwright/result@1",
    workload,
    layer: layer.name,
    architecture: architecture.name,
    ...(dataflow === undefined ? {} : { dataflow }),
    conventions,
    ...(objective === undefined ? {} : { objective }),
    ...(layer.repeat === 1 ? {} : { repeat: layer.repeat }),
    ...(layer.pass === undefined ? {} : { pass: layer.pass }),
    macs: priced.macs,
    cycles: priced.cycles,
    ...(findings.timing === undefined ? {} : { machineCycles: findings.timing.cycles }),
    clock_Hz: architecture.clockHz,
    utilization: priced.utilization,
    spatialUtilization: priced.spatialUtilization,
    energy_pJ: priced.energy,
    ...(priced.leakage === 0 ? {} : { leakage_pJ: priced.leakage }),
    edp: priced.edp,
    area_um2: areaOf(architecture),
    levels: priced.levels.map((level) => levelOf(level, legal, occupied.get(level.level)?.capacity ?? 0)),
    networks: priced.networks.map(({ level, hops, energy }) => ({
      name: networkName(architecture, level),
      hops,
      energy_pJ: energy,
    })),
    compute: {
      operations: priced.compute.operations,
      ...(priced.compute.posts === 0 ? {} : { posts: priced.compute.posts }),
      energy_pJ: priced.compute.energy,
    },
    ...(priced.idle === 0 ? {} : { idle: { name: architecture.vector?.name ?? "", energy_pJ: priced.idle } }),
    mapping: mappingToJson(toMapping(legal)),
    ...(search === undefined ? {} : { search }),
    ...(witness === undefined ? {} : { witness }),
    ...(validation === undefined ? {} : { validation }),
    ...loweringOf(layer),
    ...(findings.timing === undefined ? {} : { timing: timingResult(findings.timing, priced.bound, legal) }),
    ...(findings.systolic === undefined ? {} : { systolic: systolicOf(findings.systolic, priced) }),
    ...(timeloop === undefined ? {} : { timeloop }),
  };
}

/** What a lowered layer's unfolded input costs in words. */
function loweringOf({ loweredFrom }: LegalMapping["layer"]): Pick<LayerResult, "lowering"> {
  const lowered = loweredFrom === undefined ? undefined : lowerToProduct(loweredFrom);
  return lowered === undefined ? {} : { lowering: { kind: "im2col", ...lowered.unfolding } };
}

function systolicOf(run: SystolicRun, { macs, compute }: Evaluation): SystolicResult {
  const { folds, load, stream, drain, waiting, mappingEfficiency } = run;
  const utilization = macs / (cyclesOf(run) * compute.instances);
  return { folds, cycles: { load, stream, drain }, waiting, mappingEfficiency, utilization };
}

function levelOf(level: LevelEvaluation, { architecture, layer }: LegalMapping, capacity: number): LevelResult {
  return {
    name: architecture.levels[level.level]?.name ?? "",
    instances: level.instances,
    utilizedInstances: level.utilizedInstances,
    capacityWords: Number.isFinite(capacity) ? capacity : null,
    usedWords: level.usedWords,
    cycles: level.cycles,
    energy_pJ: level.energy,
    tensors: Object.fromEntries(
      level.tensors.map(({ tensor, tileWords, fills, reads, updates, drains, energy }) => [
        layer.einsum.tensors[tensor]?.name ?? "",
        { tileWords, fills, reads, updates, drains, energy_pJ: energy },
      ]),
    ),
  };
}

/** `GLB→PE`: the storage above a fan-out and what it leads to; with the fan-out's own name where several lie between the two. */
export function networkName(architecture: Architecture, fanout: number): string {
  const { levels } = architecture;
  const above = levels.findLastIndex((level, i) => i < fanout && level.kind !== "fanout");
  const below = levels.findIndex((level, i) => i > fanout && level.kind !== "fanout");
  const name = `${levels[above]?.name ?? ""}→${levels[below]?.name ?? ""}`;
  return below - above === 2 ? name : `${name} (${levels[fanout]?.name ?? ""})`;
}

/** µm² of all instances of everything; 0 where the architecture gives no areas. */
export function areaOf(architecture: Architecture): number {
  const { vector } = architecture;
  return architecture.levels.reduce(
    (sum, level, i) => sum + level.area * instancesOf(architecture, level.kind === "fanout" ? i + 1 : i),
    vector === undefined ? 0 : vector.area * vector.lanes,
  );
}
