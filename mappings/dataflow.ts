import type { Location } from "../base/index.js";

/**
 * A dataflow: constraints on mappings, level by level (Eyeriss' taxonomy, ISCA'16, section IV, and whatever else a user
 * writes). A rule is filed under a level's name, or under a role: `PE` for the storage next to compute (below the
 * innermost fan-out), `PEs` for every fan-out above it; `@PE` and `@PEs` mean the role even where a level has that name.
 * A level without a rule is free.
 */
export interface Dataflow {
  readonly name: string;
  readonly rules: ReadonlyMap<string, LevelRule>;
}

/** The constraints on one level. `keeps` to `loopsBelow` suit storage, `x` and `y` fan-outs, the rest both. */
export interface LevelRule {
  /** Tensors that must be kept here; null: as the architecture says. Where given, all others but `mayKeep` must bypass. */
  readonly keeps: readonly string[] | "all" | null;
  /** Where `keeps` is given: tensors that may be kept here as well. */
  readonly mayKeep: readonly string[] | "all";
  /** The only variables with loops below the level's first keep node, down to compute; null: any. */
  readonly loopsBelow: readonly string[] | null;
  /**
   * The order of the level's own temporal loops, outermost first; `*` stands for those not listed, by themselves in any
   * order. Without a `*` they stand outside those listed. Own are the loops from the level's first keep node down to
   * the first keep node of a level further in.
   */
  readonly order: readonly string[] | null;
  /** Variable → iterations of its own loops together, temporal for storage, spatial (both axes) for a fan-out. */
  readonly factors: ReadonlyMap<string, number>;
  /** The same, as an upper limit. */
  readonly maxFactors: ReadonlyMap<string, number>;
  /** The only variables with spatial loops along x; null: any. */
  readonly x: readonly string[] | null;
  readonly y: readonly string[] | null;
  /** Where the rule was written. */
  readonly at: Location;
}

/** A dataflow whose names are looked up for one layer and one architecture. Keys of levels index `architecture.levels`. */
export interface ResolvedDataflow {
  readonly name: string;
  readonly storages: ReadonlyMap<number, StorageRule>;
  readonly fanouts: ReadonlyMap<number, FanoutRule>;
}
interface Factors {
  /** By variable number. */
  readonly factors: ReadonlyMap<number, number>;
  readonly maxFactors: ReadonlyMap<number, number>;
  readonly at: Location;
}
export interface StorageRule extends Factors {
  /** Tensors kept always, and those that the mapper may keep; the architecture's own wishes are already in them. */
  readonly must: ReadonlySet<number>;
  readonly may: ReadonlySet<number>;
  readonly loopsBelow: ReadonlySet<number> | null;
  /** Variables outermost first, null for `*`, which stands exactly once. */
  readonly order: readonly (number | null)[] | null;
}
export interface FanoutRule extends Factors {
  readonly x: ReadonlySet<number> | null;
  readonly y: ReadonlySet<number> | null;
}

/** A rule that constrains nothing. */
export const freeRule = (at: Location): LevelRule => ({
  keeps: null,
  mayKeep: [],
  loopsBelow: null,
  order: null,
  factors: new Map(),
  maxFactors: new Map(),
  x: null,
  y: null,
  at,
});
