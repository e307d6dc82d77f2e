import type { VectorUnit } from "./vector.js";

/** Which tensors a capability applies to: all of them, or those named (by a tensor's name or its alias). */
export type TensorSet = "all" | ReadonlySet<string>;

/** The stages of an accelerator, outermost first, the last one compute. */
export interface Architecture {
  readonly name: string;
  readonly source: string;
  readonly clockHz: number;
  readonly levels: readonly Level[];
  /** The unit that runs light layers beside the array. Absent: none. */
  readonly vector?: VectorUnit;
  /** Components that the file defines itself, worked out. Absent: none. */
  readonly components?: readonly ComponentTable[];
}

/** What a level is made of: by this an estimator filled in the figures that the file left out. */
export interface Component {
  /** A class of the estimators, or the name of a component of the file. */
  readonly class: string;
  /** The node in nm; absent where the class needs none. */
  readonly technologyNm?: number;
  /** The supply in V. */
  readonly volts?: number;
  /** As given: `banks`, `width` and `accumulator` in bits, `length` in mm. */
  readonly attributes: ReadonlyMap<string, number>;
  /** The source of each figure that was filled in: `read write update leak area`, `operation`, `hop`. */
  readonly estimated: ReadonlyMap<string, string>;
}

/** A component with its figures as a table: the user's own, or composed of others. */
export interface ComponentTable {
  readonly name: string;
  readonly source: string;
  /** pJ by action: `read write update`, `compute`, `transfer`. */
  readonly actions: ReadonlyMap<string, number>;
  /** pJ a cycle; null: unknown. */
  readonly leak: number | null;
  /** µm²; null: unknown. */
  readonly area: number | null;
}

export type Level = StorageLevel | FanoutLevel | ComputeLevel;

export interface StorageLevel {
  readonly kind: "storage";
  readonly name: string;
  /** In words, of one instance. `shared: Infinity` where the file gives none. */
  readonly capacity: Capacity;
  readonly wordBits: number;
  /** Words moved by one access. */
  readonly block: number;
  readonly reuse: ReusePolicy;
  /** Must be stored here. */
  readonly keeps: TensorSet;
  /** May be stored here; the mapper decides. Never overlaps what the level must bypass: everything in neither set. */
  readonly mayKeep: TensorSet;
  /** Never stored here, whatever the two sets above say (`mustKeep` and `mayKeep` of this room heed it). Absent: none. */
  readonly bypasses?: ReadonlySet<string>;
  /** Words a cycle of one instance; Infinity: unlimited. */
  readonly bandwidth: { readonly read: number; readonly write: number; readonly shared: number };
  /** Cycles from a request to its first word. Absent: none. */
  readonly latency?: { readonly read: number; readonly write: number };
  /** pJ an access, which moves `block` words; leak in pJ a cycle of one instance. */
  readonly energy: { readonly read: number; readonly write: number; readonly update: number; readonly leak: number };
  /** Double buffering halves the capacity that a mapping may use; the next tile then comes while this one is used. */
  readonly buffering: "single" | "double";
  /** µm² of one instance; 0 where unknown. */
  readonly area: number;
  /** Read/write ports, where the file says so (estimators ask). */
  readonly ports?: number;
  /** Present where the file gives a class. */
  readonly component?: Component;
}
export type Capacity =
  | { readonly kind: "shared"; readonly words: number }
  | { readonly kind: "per-tensor"; readonly words: ReadonlyMap<string, number> };
export type ReusePolicy = "slide" | "overlap" | "none";

/** A mesh of x·y instances of everything below, under each instance of what is above. */
export interface FanoutLevel {
  readonly kind: "fanout";
  readonly name: string;
  readonly x: number;
  readonly y: number;
  /** One parent read serves all instances along the axis that ask for the same words. */
  readonly multicast: PerAxis;
  /** Equal output boxes along the axis are joined into one update on the way up. */
  readonly reduction: PerAxis;
  /** Neighbours along the axis pass words on (Timeloop's link transfers); only with link transfers on. */
  readonly links: PerAxis;
  /** pJ a word and hop. */
  readonly hopEnergy: number;
  /** pJ a cycle of the links of one instance below. */
  readonly leak: number;
  /** µm² of the links of one instance below; 0 where unknown. */
  readonly area: number;
  /** Present where neighbours pass words on in lock-step, one hop a cycle. */
  readonly systolic?: Systolic;
  /** Words a cycle that one instance above sends in, or takes out; a word for several instances counts once. Absent: unlimited. */
  readonly bandwidth?: number;
  /** Cycles on the way; where neighbours pass a tensor on, cycles a hop. Absent: none. */
  readonly latency?: number;
  /** Present where the file gives a class. */
  readonly component?: Component;
}
/** How a systolic array gives its outputs back, once they are complete. */
export interface Systolic {
  /**
   * `columns`: they leave at the foot of the columns, one row a cycle. `none`: outputs that stay in the elements are taken over
   * where they are, at no time (as SCALE-Sim has it).
   */
  readonly drain: "columns" | "none";
}
export interface PerAxis {
  readonly x: TensorSet;
  readonly y: TensorSet;
}

export interface ComputeLevel {
  readonly kind: "compute";
  readonly name: string;
  readonly operationsPerCycle: number;
  /** pJ an operation. */
  readonly energy: number;
  /** pJ a cycle of one instance. */
  readonly leak: number;
  /** Pipeline depth in cycles. */
  readonly latency: number;
  readonly area: number;
  /** Present where the file gives a class. */
  readonly component?: Component;
}
