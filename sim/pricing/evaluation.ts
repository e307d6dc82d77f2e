/** What one mapping costs, by rules 13 and 14 of docs/semantics.md. Energies in pJ, accesses in words, both over all instances. */
export interface Evaluation {
  /** Points of the iteration space. */
  readonly macs: number;
  /** The literal ratio, never rounded up: a fraction where a bandwidth binds. */
  readonly cycles: number;
  /** What makes the run this long; compute where several tie. */
  readonly bound: Bound;
  /** macs ÷ (cycles × operations per cycle of all compute units that exist), 0 to 1. */
  readonly utilization: number;
  /** Compute units that work in at least one step ÷ those that exist, 0 to 1. */
  readonly spatialUtilization: number;
  /** pJ, everything. */
  readonly energy: number;
  /** pJ · cycles. */
  readonly edp: number;
  /** pJ, of all levels, networks, compute and the vector unit; part of `energy`. */
  readonly leakage: number;
  /** One entry a storage level, outermost first, as in `Counts.levels`. */
  readonly levels: readonly LevelEvaluation[];
  /** One entry a fan-out, outermost first, as in `Counts.networks`. */
  readonly networks: readonly NetworkEvaluation[];
  readonly compute: ComputeEvaluation;
  /** pJ that the vector unit, which has no part in a mapping, leaks meanwhile; 0 where there is none. */
  readonly idle: number;
}

/** The resource that is busy in every cycle. `level` is an index into `architecture.levels`. */
export type Bound =
  | { readonly kind: "compute" }
  | { readonly kind: "bandwidth"; readonly level: number; readonly port: "read" | "write" | "shared" };

export interface LevelEvaluation {
  /** Index into `architecture.levels`. */
  readonly level: number;
  /** Instances that exist. */
  readonly instances: number;
  readonly utilizedInstances: number;
  /** Cycles that the busiest instance needs for its accesses; 0 with unlimited bandwidth. */
  readonly cycles: number;
  /** Words of the largest tiles of all kept tensors, of one instance. */
  readonly usedWords: number;
  /** pJ: accesses and leakage. */
  readonly energy: number;
  /** pJ: every existing instance, every cycle. */
  readonly leakage: number;
  /** Per kept tensor, ascending tensor number. */
  readonly tensors: readonly TensorEvaluation[];
}

/** Totals over all instances of a level for one tensor. */
export interface TensorEvaluation {
  readonly tensor: number;
  /** Words of the largest tile, of one instance. */
  readonly tileWords: number;
  readonly fills: number;
  readonly reads: number;
  readonly updates: number;
  readonly drains: number;
  /** pJ. */
  readonly energy: number;
  /** pJ an action. */
  readonly energies: {
    readonly fills: number;
    readonly reads: number;
    readonly updates: number;
    readonly drains: number;
  };
}

export interface NetworkEvaluation {
  /** Index into `architecture.levels`. */
  readonly level: number;
  /** Words that crossed a link. */
  readonly hops: number;
  /** pJ: hops and leakage. */
  readonly energy: number;
  /** pJ: the links of every existing instance below, every cycle. */
  readonly leakage: number;
}

export interface ComputeEvaluation {
  /** Units that exist. */
  readonly instances: number;
  /** Units that work in at least one step. */
  readonly utilizedInstances: number;
  readonly operations: number;
  /** Finished words that went through a post-step, and what that took in pJ; part of `energy`. */
  readonly posts: number;
  readonly postEnergy: number;
  /** pJ: operations, post-steps and leakage. */
  readonly energy: number;
  /** pJ. */
  readonly leakage: number;
}
