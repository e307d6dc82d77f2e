import type { Conventions } from "../base/index.js";
import type { Einsum } from "../workloads/index.js";

/** In what the conventions differ, as far as the search goes by it (docs/conventions.md has the rules themselves). */
export interface Rules {
  readonly conventions: Conventions;
  /** Whether tiles are moved whole at every visit of their node, and not only where they change. */
  readonly movesEveryVisit: boolean;
  /** Whether of each loop the iterations 0 and 1 stand for all, and whether every buffer slides, whatever its policy. */
  readonly extrapolates: boolean;
  /** Whether a tile that streams through its node takes only what lies below the relevant loops directly under it. */
  readonly streams: boolean;
  /** Whether what leaves a buffer is read there. */
  readonly countsDrains: boolean;
  /** Whether equal requests from below different fan-outs, or from partly overlapping tiles, are one. */
  readonly joins: "all" | "fan-out by fan-out" | "irrelevant loops";
  /** Hops, post-steps and starts of reductions; else every input is read by every operation. */
  readonly countsAll: boolean;
  /** Whether only instances in use leak, and compute never does. */
  readonly leaksInUse: boolean;
  /** Whether the loops of a level stand together, each variable once, and all its tiles above them. */
  readonly isEven: boolean;
}

const RULES: Record<Conventions, Rules> = {
  loopwright: {
    conventions: "loopwright",
    movesEveryVisit: false,
    extrapolates: false,
    streams: false,
    countsDrains: true,
    joins: "all",
    countsAll: true,
    leaksInUse: false,
    isEven: false,
  },
  timeloop: {
    conventions: "timeloop",
    movesEveryVisit: false,
    extrapolates: true,
    streams: false,
    countsDrains: false,
    joins: "fan-out by fan-out",
    countsAll: false,
    leaksInUse: true,
    isEven: true,
  },
  accelforge: {
    conventions: "accelforge",
    movesEveryVisit: true,
    extrapolates: false,
    streams: true,
    countsDrains: true,
    joins: "irrelevant loops",
    countsAll: false,
    leaksInUse: false,
    isEven: false,
  },
};

/**
 * Whether the search can prove an optimum of the Einsum under the conventions. Timeloop tells first touches by a tensor's *share*, a quotient of
 * boxes: where an output's steps leave gaps, shares may pass what an instance ever touches, and the program (program.ts) does not bound them.
 */
export function isSearchable({ tensors, bounds }: Einsum, conventions: Conventions): boolean {
  const steps = (tensors.at(-1)?.ranks ?? []).flatMap(({ terms }) =>
    terms.filter(({ variable }) => (bounds[variable] ?? 1) > 1),
  );
  return conventions !== "timeloop" || steps.every(({ coefficient }) => Math.abs(coefficient) === 1);
}

export const rulesOf = (conventions: Conventions): Rules => RULES[conventions];
