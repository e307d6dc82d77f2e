import { type Architecture, instancesOf, type VectorUnit } from "../arch-specs/index.js";
import type { VectorEvaluation } from "../sim/pricing/index.js";
import type { Layer } from "../workloads/index.js";
import { areaOf, networkName } from "./layer-result.js";
import type { LayerResult, Validation, Witness } from "./result.js";

export interface VectorFindings {
  readonly workload: string;
  readonly witness?: Witness;
  readonly validation?: Validation;
}

/** The result object of a light layer on the vector unit: it has no mapping, and its operations are no MACs. */
export function vectorResultOf(
  layer: Layer,
  unit: VectorUnit,
  architecture: Architecture,
  priced: VectorEvaluation,
  { workload, witness, validation }: VectorFindings,
): LayerResult {
  return {
    schema: "loopwright/result@1",
    workload,
    layer: layer.name,
    architecture: architecture.name,
    conventions: "loopwright",
    clock_Hz: architecture.clockHz,
    unit: unit.name,
    ...(layer.repeat === 1 ? {} : { repeat: layer.repeat }),
    macs: 0,
    cycles: priced.cycles,
    utilization: priced.utilization,
    spatialUtilization: 1,
    energy_pJ: priced.energy,
    ...(priced.leakage === 0 ? {} : { leakage_pJ: priced.leakage }),
    edp: priced.edp,
    area_um2: areaOf(architecture),
    levels: priced.levels.map(({ level, cycles, energy, tensors }) => ({
      name: architecture.levels[level]?.name ?? "",
      ...{ instances: instancesOf(architecture, level), utilizedInstances: tensors.length === 0 ? 0 : 1 },
      ...{ capacityWords: capacityOf(architecture, level), usedWords: 0, cycles },
      energy_pJ: energy,
      tensors: Object.fromEntries(
        tensors.map(({ tensor, fills, reads, updates, drains, energy: pJ }) => [
          layer.einsum.tensors[tensor]?.name ?? "",
          { tileWords: 0, fills, reads, updates, drains, energy_pJ: pJ },
        ]),
      ),
    })),
    networks: priced.networks.map(({ level, leakage }) => ({
      ...{ name: networkName(architecture, level), hops: 0, energy_pJ: leakage },
    })),
    compute: { operations: priced.operations, energy_pJ: priced.computeEnergy },
    ...(priced.idle === 0 ? {} : { idle: { name: architecture.levels.at(-1)?.name ?? "", energy_pJ: priced.idle } }),
    mapping: [],
    ...(witness === undefined ? {} : { witness }),
    ...(validation === undefined ? {} : { validation }),
  };
}

function capacityOf(architecture: Architecture, level: number): number | null {
  const storage = architecture.levels[level];
  const words = storage?.kind === "storage" && storage.capacity.kind === "shared" ? storage.capacity.words : Infinity;
  return Number.isFinite(words) ? words : null;
}
