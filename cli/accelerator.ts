import { isDeepStrictEqual } from "node:util";
import type { Architecture } from "../arch-specs/index.js";
import { search } from "../mapper/index.js";
import type { LegalMapping } from "../mappings/index.js";
import { execute } from "../sim/machine/index.js";
import { predict } from "../sim/model/index.js";
import { price } from "../sim/pricing/index.js";
import { type Layer, type LayerRunner, macsOf, shapeKey } from "../workloads/index.js";

/** What went wrong with a layer on the machine. */
export class LayerFailure extends Error {}

/** An accelerator that runs layers, each through a mapping that it finds for itself, and keeps account. */
export interface Accelerator {
  readonly run: LayerRunner;
  /** Layers that it ran so far. */
  readonly layers: number;
  /** Their operations. */
  readonly macs: number;
}

/**
 * Runs every layer on the simulated machine through the first mapping that the mapper's heuristic start finds, which is quick and legal
 * but not the best; layers of one shape share it. The model's counts must be the machine's.
 */
export function acceleratorOn(architecture: Architecture): Accelerator {
  const mappings = new Map<string, LegalMapping>();
  const done = { layers: 0, macs: 0 };
  const mappingOf = (layer: Layer): LegalMapping => {
    const key = shapeKey(layer);
    const legal = mappings.get(key) ?? firstMapping(layer, architecture);
    mappings.set(key, legal);
    return legal;
  };
  return {
    run: (layer, inputs) => {
      const legal = mappingOf(layer);
      const { counts, output } = execute(legal, inputs);
      if (!isDeepStrictEqual(predict(legal), counts))
        throw new LayerFailure(`the model's counts of ${layer.name} differ from the machine's`);
      done.layers++;
      done.macs += macsOf(layer.einsum);
      return output;
    },
    get layers() {
      return done.layers;
    },
    get macs() {
      return done.macs;
    },
  };
}

/** The first legal mapping that the search comes across. */
export function firstMapping(layer: Layer, architecture: Architecture): LegalMapping {
  let found = false;
  const { mapping } = search(layer, architecture, {
    objective: { name: "edp", energyPower: 1, delayPower: 1 },
    dataflow: null,
    gap: 0,
    costOf: (legal) => {
      found = true;
      return price(predict(legal), legal);
    },
    cancelled: () => found,
    progress: () => {},
  });
  if (mapping === null) throw new LayerFailure(`${layer.name} has no legal mapping on ${architecture.name}`);
  return mapping;
}
