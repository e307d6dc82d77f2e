/** What a timed execution took (docs/timing.md). All times in cycles of the architecture's clock; a fraction where words ÷ bandwidth is one. */
export interface Timing {
  /** The whole run: from the first request to the last word in its place. */
  readonly cycles: number;
  /** Steps ÷ operations a cycle: what compute takes when nothing keeps it waiting. */
  readonly computing: number;
  /** Before the first operation. */
  readonly startUp: number;
  /** Between the first operation and the last, but not computing. */
  readonly stalled: number;
  /** After the last operation. The four add up to `cycles`. */
  readonly finalDrain: number;
  /** The cycles that are not computing, by cause; they add up to `startUp + stalled + finalDrain`. */
  readonly waits: readonly Wait[];
  /** One entry a keep node, tensor by tensor, outermost first. */
  readonly nodes: readonly NodeTiming[];
  readonly activity: Activity;
}

export type During = "start-up" | "run" | "final drain";

/**
 * What compute waited for: a tile to arrive (`fill`), a tile to leave (`drain`: its room is needed, or the run is over), its
 * operands while it ran (`operands`), results to leave the pipeline (`results`).
 */
export type WaitAction = "fill" | "drain" | "operands" | "results";

export interface Wait {
  readonly during: During;
  /** Index into `architecture.levels`: where the tile arrives or leaves, or the operands are held. */
  readonly level: number;
  /** Index into `einsum.tensors`. */
  readonly tensor: number;
  readonly action: WaitAction;
  readonly cause: WaitCause;
  readonly cycles: number;
}

/** A port that had no time left (`level`: of the storage, or of the fan-out for a network), or words on their way. */
export type WaitCause =
  | { readonly kind: "bandwidth"; readonly level: number; readonly port: PortKind }
  | { readonly kind: "latency" };
export type PortKind = "read" | "write" | "shared" | "down" | "up";

/** How the cycles of the run look from one tensor's place in one level. The first four add up to the run. */
export interface NodeTiming {
  readonly level: number;
  readonly tensor: number;
  readonly computing: number;
  /** Compute waited for this place to be filled. */
  readonly filling: number;
  /** Compute waited for this place to be drained. */
  readonly draining: number;
  /** Compute waited for something else: `Timing.waits` says for whom. */
  readonly stalled: number;
  /** Cycles in which a fill of this place was under way, behind compute or not. */
  readonly fillsUnderWay: number;
  /** The same of drains. */
  readonly drainsUnderWay: number;
}

/** What went on over time, in equal stretches of the run. */
export interface Activity {
  /** Cycles of a stretch; the last one may go beyond the end. */
  readonly binCycles: number;
  /** Operations ÷ what all existing compute units could do, 0 to 1. */
  readonly compute: readonly number[];
  /** By storage level, outermost first: words a cycle at the busiest instance, in and out. */
  readonly levels: readonly { readonly level: number; readonly words: readonly number[] }[];
}

/** A keep node: indices into `architecture.levels` and `einsum.tensors`. */
export interface TracePlace {
  readonly level: number;
  readonly tensor: number;
}

/** A tile on its way into a place (fill) or out of it (drain). */
export interface TraceTile {
  readonly action: "fill" | "drain";
  /** Counts the moves of the place. */
  readonly index: number;
  readonly words: number;
  /** Asked for, and there. */
  readonly from: number;
  readonly to: number;
  /** When its first word came if its words came one after another at the end, as fast as the ports let them. */
  readonly flowing: number;
}

/** Who is told what happens when. Times in cycles; what is told later may have begun earlier. */
export interface TraceSink {
  /** Those of one place and action do not overlap. */
  tile(place: TracePlace, tile: TraceTile): void;
  /** Compute at work between two moves of tiles. */
  compute(index: number, from: number, to: number, steps: number): void;
  /** Compute waiting, by cause. */
  stall(wait: Wait, from: number, to: number): void;
  /** A systolic array at work on a fold, one stretch after another. */
  array(work: ArrayWork, fold: number, from: number, to: number): void;
}

/** What a systolic array does in a stretch of cycles. */
export type ArrayWork = "load" | "stream" | "drain";

export interface TraceWishes {
  readonly sink: TraceSink;
  /** Cycles: only what overlaps [from, to) is told. */
  readonly from: number;
  readonly to: number;
  /** Tells of one tile in so many of each place, one phase in so many, and of the waits of those. */
  readonly every: number;
}
