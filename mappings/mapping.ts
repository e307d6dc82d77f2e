import type { Architecture } from "../arch-specs/index.js";
import type { Layer } from "../workloads/index.js";

/** A loop tree read from the outside in, as a user writes it; names are not yet checked. Compute is implied at the end. */
export interface Mapping {
  readonly nodes: readonly MappingNode[];
}
export type MappingNode = KeepNode | TemporalLoop | SpatialLoop;

/** The tensors live in the level from here down. */
export interface KeepNode {
  readonly kind: "keep";
  readonly tensors: readonly string[];
  readonly level: string;
}
/** Iterates the variable in tiles of `by`, the extent left below the loop; the last tile takes what is left. */
export interface TemporalLoop {
  readonly kind: "for";
  readonly variable: string;
  readonly by: number;
}
/** The same, side by side on the instances of a fan-out. */
export interface SpatialLoop {
  readonly kind: "spatial";
  readonly variable: string;
  readonly by: number;
  readonly axis: "x" | "y";
  /** Which fan-out; null: the only one that can stand at this place. */
  readonly fanout: string | null;
}

declare const legal: unique symbol;

/** A mapping that was checked against a layer and an architecture. Only `checkLegality` makes one. All indices are resolved. */
export interface LegalMapping {
  readonly [legal]: true;
  readonly layer: Layer;
  readonly architecture: Architecture;
  readonly nodes: readonly ResolvedNode[];
}
export type ResolvedNode =
  /** One node a tensor: `keep` of several tensors is split, in the order written. */
  | { readonly kind: "keep"; readonly tensor: number; readonly level: number }
  | {
      readonly kind: "for";
      readonly variable: number;
      readonly by: number;
      /** The extent above the loop at its fullest; iterations = ceil(extent ÷ by). */
      readonly extent: number;
    }
  | {
      readonly kind: "spatial";
      readonly variable: number;
      readonly by: number;
      readonly extent: number;
      readonly axis: "x" | "y";
      /** Index into `architecture.levels`. */
      readonly fanout: number;
    };
