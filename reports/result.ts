import type { Conventions } from "../base/index.js";
import type { Pass } from "../workloads/index.js";
import type { Contest } from "./contest.js";
import type { Explanation } from "./explanation.js";
import type { Finding } from "./findings.js";
import type { FrontPlace } from "./front.js";
import type { TimingResult } from "./timing-result.js";

/** One layer's answer, as `--format json` prints it: schema `loopwright/result@1`. Counts and energies are totals over instances. */
export interface LayerResult {
  readonly schema: "loopwright/result@1";
  readonly workload: string;
  readonly layer: string;
  readonly architecture: string;
  /** Only from `compare`: the dataflow that this mapping obeys. */
  readonly dataflow?: string;
  readonly conventions: Conventions;
  /** What the search minimised; absent where nothing was searched. */
  readonly objective?: string;
  /** The vector unit that ran the layer, word by word and without a mapping; absent where the array of compute units did. */
  readonly unit?: string;
  /** How often the workload runs this very layer; absent where once. All figures are of one run. */
  readonly repeat?: number;
  /** The part of a training step; absent outside of one. */
  readonly pass?: Pass;
  readonly macs: number;
  readonly cycles: number;
  /** From the timed machine or the systolic array; absent where neither ran. */
  readonly machineCycles?: number;
  /** Of the architecture: seconds = cycles ÷ clock_Hz. Absent only in results of older programs. */
  readonly clock_Hz?: number;
  /** macs ÷ (cycles × peak operations a cycle). */
  readonly utilization: number;
  /** Compute units used ÷ existing. */
  readonly spatialUtilization: number;
  readonly energy_pJ: number;
  /** pJ, part of the energy; absent where nothing leaks. */
  readonly leakage_pJ?: number;
  /** pJ · cycles. */
  readonly edp: number;
  readonly area_um2: number;
  /** Storage levels, outermost first. */
  readonly levels: readonly LevelResult[];
  readonly networks: readonly NetworkResult[];
  /** `posts`: finished words that went through an activation or a division on their way out; absent where none did. */
  readonly compute: { readonly operations: number; readonly posts?: number; readonly energy_pJ: number };
  /**
   * What does no work in this layer and leaks meanwhile: the vector unit beside a mapped layer, the compute units beside one on the
   * vector unit. Absent where it leaks nothing.
   */
  readonly idle?: { readonly name: string; readonly energy_pJ: number };
  /** The loop tree, outermost first, as it stands in a mapping file. */
  readonly mapping: readonly MappingStep[];
  readonly search?: SearchSummary;
  readonly witness?: Witness;
  readonly validation?: Validation;
  /** Only of layers that run as matrix products over their unfolded input. */
  readonly lowering?: Lowering;
  /** Only of runs by the clock: where the cycles went. */
  readonly timing?: TimingResult;
  /** Only of runs on a systolic array. */
  readonly systolic?: SystolicResult;
  /** Where it was asked for: what makes the best mapping the best. */
  readonly findings?: readonly Finding[];
  /** A mapping of the user's beside this one. */
  readonly contest?: Contest;
  /** Only of results that are points of a front. */
  readonly front?: FrontPlace;
  /** How numbers that were asked for come about. */
  readonly explanations?: readonly Explanation[];
  /** Only of designs read from Timeloop's files: what timeloop-model prints, words of one instance. */
  readonly timeloop?: TimeloopAccesses;
}

/** What unfolding the input costs: words of it as it is, and of the matrix that stands for it. */
export interface Lowering {
  readonly kind: "im2col";
  readonly inputWords: number;
  readonly unfoldedWords: number;
}

/** A run on a systolic array; `machineCycles` is the sum of all its cycles and waiting. */
export interface SystolicResult {
  /** Tiles of the stationary tensor, one after another. */
  readonly folds: number;
  /** Stationary words pushed in; a word of the stream sent; the last words on their way out. */
  readonly cycles: { readonly load: number; readonly stream: number; readonly drain: number };
  /** Cycles in which the array stood still: until the first tile came; for later tiles; for the buffer's ports; until the last output was up. */
  readonly waiting: {
    readonly start: number;
    readonly tiles: number;
    readonly buffer: number;
    readonly finish: number;
  };
  /** Elements at work, the mean over the folds ÷ those that exist. */
  readonly mappingEfficiency: number;
  /** macs ÷ (machineCycles × elements). */
  readonly utilization: number;
}

/** By level, by data space. */
export type TimeloopAccesses = Readonly<
  Record<string, Readonly<Record<string, { readonly reads: number; readonly fills: number; readonly updates: number }>>>
>;

export interface LevelResult {
  readonly name: string;
  readonly instances: number;
  readonly utilizedInstances: number;
  /** Of one instance; null where unlimited. Where the capacity is split per tensor: the sum. */
  readonly capacityWords: number | null;
  /** The fullest instance's. */
  readonly usedWords: number;
  /** The slowest instance's; 0 where the bandwidth is unlimited. */
  readonly cycles: number;
  readonly energy_pJ: number;
  /** By tensor name; bypassed tensors are absent. */
  readonly tensors: Readonly<Record<string, TensorResult>>;
}

/** Words moved at one level for one tensor, all instances together. */
export interface TensorResult {
  /** The largest tile of one instance. */
  readonly tileWords: number;
  readonly fills: number;
  readonly reads: number;
  readonly updates: number;
  readonly drains: number;
  readonly energy_pJ: number;
}

export interface NetworkResult {
  readonly name: string;
  readonly hops: number;
  readonly energy_pJ: number;
}

/** One node of a loop tree in its file form. */
export type MappingStep = Readonly<Record<string, string | number | readonly string[]>>;

export interface SearchSummary {
  readonly status: "optimal" | "gap" | "heuristic";
  /** In the unit of the objective. */
  readonly lowerBound: number;
  /** (objective − lower bound) ÷ objective; 0 where the optimum is proven. */
  readonly gap: number;
  /** The number of loop trees, as a power of ten: `1.2e31`. */
  readonly mapspace: string;
  /** What was counted there, in words; absent where nothing was. */
  readonly counted?: string;
  readonly evaluated: number;
  readonly seconds: number;
}

export interface Witness {
  readonly model: "agrees" | "differs" | "not-run";
}

export interface Validation {
  readonly status: "exact" | "within-tolerance" | "failed" | "not-run";
  readonly maxAbsError: number;
  /** Output words that were compared. */
  readonly compared: number;
}
