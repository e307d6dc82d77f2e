import type { Architecture } from "../arch-specs/index.js";
import type { Layer } from "../workloads/index.js";
import type { ResolvedDataflow } from "./dataflow.js";
import { levelAt, policyOf } from "./tensors.js";

/** What a loop tree for the layer may look like on the architecture, capacities and loop orders apart. Sets of tensors are bit masks. */
export interface Space {
  readonly layer: Layer;
  readonly architecture: Architecture;
  readonly dataflow: ResolvedDataflow | null;
  /** Outermost first. */
  readonly storages: readonly StoragePlace[];
  readonly fanouts: readonly FanoutPlace[];
  /** All tensors. */
  readonly everything: number;
}
export interface StoragePlace {
  /** Index into `architecture.levels`. */
  readonly level: number;
  /** Tensors that must be kept. */
  readonly must: number;
  /** Tensors that must or may be kept. */
  readonly allowed: number;
  /** By variable: whether a loop may stand below the level's first keep node. */
  readonly below: readonly boolean[];
}
export interface FanoutPlace {
  readonly level: number;
  readonly x: AxisPlace;
  readonly y: AxisPlace;
}
export interface AxisPlace {
  readonly size: number;
  /** By variable: whether it may be spread along the axis. */
  readonly allowed: readonly boolean[];
}

export function spaceOf(layer: Layer, architecture: Architecture, dataflow: ResolvedDataflow | null): Space {
  const { tensors, variables } = layer.einsum;
  const storages: StoragePlace[] = [];
  const fanouts: FanoutPlace[] = [];
  const everywhere = variables.map(() => true);
  architecture.levels.forEach((found, level) => {
    if (found.kind === "fanout") {
      const rule = dataflow?.fanouts.get(level);
      const axis = (name: "x" | "y"): AxisPlace => {
        const only = rule?.[name] ?? null;
        return { size: found[name], allowed: only === null ? everywhere : variables.map((_, v) => only.has(v)) };
      };
      fanouts.push({ level, x: axis("x"), y: axis("y") });
    } else if (found.kind === "storage") {
      const rule = dataflow?.storages.get(level);
      const mask = (holds: (t: number) => boolean): number =>
        tensors.reduce((bits, _, t) => (holds(t) ? bits | (1 << t) : bits), 0);
      const policies = tensors.map((tensor) => policyOf(found, tensor));
      const must = mask((t) => (rule === undefined ? policies[t] === "must" : rule.must.has(t)));
      const may = mask((t) => (rule === undefined ? policies[t] === "may" : rule.may.has(t)));
      const only = rule?.loopsBelow ?? null;
      const below = only === null ? everywhere : variables.map((_, v) => only.has(v));
      storages.push({ level, must, allowed: must | may, below });
    }
  });
  return { layer, architecture, dataflow, storages, fanouts, everything: (1 << tensors.length) - 1 };
}

/** The numbers of the tensors in a mask, ascending. */
export const tensorsIn = (mask: number): readonly number[] => {
  const found: number[] = [];
  for (let t = 0; mask >> t > 0; t++) if ((mask >> t) & 1) found.push(t);
  return found;
};

/** The fan-out with this level index; asking for another is a bug. */
export function fanoutPlace(space: Space, level: number): FanoutPlace {
  const found = space.fanouts.find((place) => place.level === level);
  if (found === undefined) throw new Error(`${levelAt(space.architecture, level).name} is no fan-out`);
  return found;
}
