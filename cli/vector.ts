import { isDeepStrictEqual } from "node:util";
import type { Architecture, VectorUnit } from "../arch-specs/index.js";
import { type LayerResult, vectorResultOf } from "../reports/index.js";
import { compareOutputs, executeVector } from "../sim/machine/index.js";
import { predictVector } from "../sim/model/index.js";
import { priceVector } from "../sim/pricing/index.js";
import { type Layer, magnitudesOf, reference, seededInputs } from "../workloads/index.js";

/** A light layer, and the unit that runs it. */
export interface VectorTask {
  readonly layer: Layer;
  readonly unit: VectorUnit;
}

/** What the vector unit does, counted by formula. */
export function vectorResult({ layer, unit }: VectorTask, architecture: Architecture, workload: string): LayerResult {
  const counts = predictVector(layer.einsum, unit);
  return vectorResultOf(layer, unit, architecture, priceVector(counts, unit, architecture), { workload });
}

/** The same executed on seeded values, held against the formula and the reference executor. */
export function vectorSimulation(
  { layer, unit }: VectorTask,
  architecture: Architecture,
  workload: string,
  seed: number,
): LayerResult {
  const { einsum } = layer;
  const inputs = seededInputs(einsum, seed);
  const { counts, output } = executeVector(einsum, unit, inputs);
  const isAlike = isDeepStrictEqual(counts, predictVector(einsum, unit));
  const validation = compareOutputs(output, reference(einsum, inputs), einsum, magnitudesOf(einsum, inputs));
  return vectorResultOf(layer, unit, architecture, priceVector(counts, unit, architecture), {
    ...{ workload, validation },
    witness: { model: isAlike ? "agrees" : "differs" },
  });
}
