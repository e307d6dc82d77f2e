import type { Architecture } from "../arch-specs/index.js";
import { type Objective, search as searchMapspace } from "../mapper/index.js";
import {
  type Dataflow,
  type LegalMapping,
  mapspaceSize,
  type ResolvedDataflow,
  resolveDataflow,
} from "../mappings/index.js";
import { aboveOptimum, powerOfTen, type SearchSummary, short } from "../reports/index.js";
import { predict } from "../sim/model/index.js";
import { price } from "../sim/pricing/index.js";
import type { Layer } from "../workloads/index.js";
import type { Tell } from "./work.js";

export interface Search {
  readonly layer: Layer;
  readonly architecture: Architecture;
  readonly dataflow: Dataflow | null;
  readonly objective: Objective;
  readonly gap: number;
  readonly timeLimitSeconds: number | null;
}
export interface Searched {
  readonly legal: LegalMapping | null;
  readonly search: SearchSummary;
}
/** A clock in seconds, and whether the user has interrupted. */
export interface World {
  readonly now: () => number;
  readonly interrupted: () => boolean;
}

/** Searches the whole mapspace of one layer, until the proof, the time limit or an interrupt. */
export function search(wanted: Search, tell: Tell, { now, interrupted }: World): Searched {
  const { layer, architecture, dataflow, objective, gap, timeLimitSeconds } = wanted;
  const began = now();
  const deadline = timeLimitSeconds === null ? Number.POSITIVE_INFINITY : began + timeLimitSeconds;
  const found = searchMapspace(layer, architecture, {
    ...{ objective, gap },
    dataflow: dataflow === null ? null : resolvedFor(dataflow, layer, architecture),
    costOf: (mapping) => price(predict(mapping), mapping),
    cancelled: () => interrupted() || now() >= deadline,
    progress: ({ incumbent, lowerBound }) => {
      if (incumbent === null) tell({ share: null, note: "looking for a first mapping" });
      else {
        const open = 1 - lowerBound / incumbent.value;
        tell({ share: 1 - open, note: `best ${short(incumbent.value)}, at most ${aboveOptimum(open)}` });
      }
    },
  });
  const seconds = now() - began;
  const { status, lowerBound, evaluated } = found;
  const summary: SearchSummary = {
    status: status === "infeasible" ? "optimal" : status,
    ...{ lowerBound, gap: found.gap, evaluated, seconds },
    mapspace: powerOfTen(mapspaceSize(layer, architecture, dataflow)),
  };
  return { legal: found.mapping, search: summary };
}

/** Before the search it was made sure that the dataflow suits. */
function resolvedFor(dataflow: Dataflow, layer: Layer, architecture: Architecture): ResolvedDataflow {
  const resolved = resolveDataflow(dataflow, architecture, layer.einsum);
  if (!resolved.ok) throw new Error(`${dataflow.name} does not suit ${layer.name}: ${resolved.errors[0]?.message}`);
  return resolved.value;
}
