/** Where the cycles of a timed run went: the field `timing` of a result. Names for indices, otherwise as `Timing` of sim/machine. */
import type { LegalMapping } from "../mappings/index.js";
import type { NodeTiming, Timing, Wait, WaitCause } from "../sim/machine/index.js";
import type { Bound } from "../sim/pricing/index.js";

/** Cycles everywhere. `computing + startUp + stalled + finalDrain` is the result's `machineCycles`. */
export interface TimingResult {
  readonly computing: number;
  readonly startUp: number;
  readonly stalled: number;
  readonly finalDrain: number;
  /** What the model's cycles are bound by: `compute`, or `DRAM shared`. */
  readonly modelBound: string;
  /** The longest first; they add up to `startUp + stalled + finalDrain`. */
  readonly waits: readonly WaitResult[];
  /** One a level and tensor that it keeps: the four first add up to `machineCycles`. */
  readonly levels: readonly LevelTiming[];
  readonly activity: ActivityResult;
}

export interface WaitResult {
  readonly during: Wait["during"];
  readonly level: string;
  readonly tensor: string;
  readonly action: Wait["action"];
  /** `latency`, or the port that had no time left: `DRAM shared`, `PEs down`. */
  readonly cause: string;
  readonly cycles: number;
}

export interface LevelTiming extends Omit<NodeTiming, "level" | "tensor"> {
  readonly level: string;
  readonly tensor: string;
}

/** Over time, in equal stretches. */
export interface ActivityResult {
  readonly binCycles: number;
  /** Operations ÷ what all compute units could do, 0 to 1. */
  readonly compute: readonly number[];
  /** Words a cycle in and out of the busiest instance of each storage level. */
  readonly levels: readonly { readonly name: string; readonly words: readonly number[] }[];
}

export function timingResult(timing: Timing, bound: Bound, legal: LegalMapping): TimingResult {
  const { computing, startUp, stalled, finalDrain, nodes, activity } = timing;
  const { levels } = legal.architecture;
  const nameOf = (level: number): string => levels[level]?.name ?? "";
  const tensorOf = (tensor: number): string => legal.layer.einsum.tensors[tensor]?.name ?? "";
  return {
    ...{ computing, startUp, stalled, finalDrain },
    modelBound: bound.kind === "compute" ? "compute" : `${nameOf(bound.level)} ${bound.port}`,
    waits: timing.waits.map((wait) => waitResult(wait, legal)),
    levels: nodes.map(({ level, tensor, ...cycles }) => ({
      level: nameOf(level),
      tensor: tensorOf(tensor),
      ...cycles,
    })),
    activity: {
      binCycles: activity.binCycles,
      compute: activity.compute,
      levels: activity.levels.map(({ level, words }) => ({ name: nameOf(level), words })),
    },
  };
}

export function waitResult(wait: Wait, { architecture, layer }: LegalMapping): WaitResult {
  const causeOf = (cause: WaitCause): string =>
    cause.kind === "latency" ? "latency" : `${architecture.levels[cause.level]?.name ?? ""} ${cause.port}`;
  return {
    during: wait.during,
    level: architecture.levels[wait.level]?.name ?? "",
    tensor: layer.einsum.tensors[wait.tensor]?.name ?? "",
    action: wait.action,
    cause: causeOf(wait.cause),
    cycles: wait.cycles,
  };
}
