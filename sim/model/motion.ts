import type { ReusePolicy } from "../../arch-specs/index.js";
import { product } from "../../base/index.js";
import type { Copies } from "./spread.js";

/** How the visits of a tile are counted: as executed, or as other tools do. */
export type Visits =
  /** Every iteration is visited (docs/semantics.md). */
  | "executed"
  /** Timeloop: iterations 0 and 1 of each loop; 1 stands for all later ones, and the state left behind is that of 1. */
  | "extrapolated"
  /** AccelForge: every visit of the node moves the tile whole, also when it is the same. */
  | "whole";

/** A loop advances and all inner loops wrap, so that the tile moves. */
export interface Event {
  /** Index of the loop. */
  readonly loop: number;
  /** The tile's translation, per axis. */
  readonly move: readonly number[];
  /** Whether what the tile has in common with itself before is kept. */
  readonly isKept: boolean;
}

/**
 * What can happen to one instance's tile where no loop above ever has a short last tile.
 *
 * Number the temporal loops above from the outside in; loop i makes nᵢ iterations of step sᵢ. The event "loop i advances and
 * all inner loops wrap" translates the tile by vᵢ = sᵢ − Σ_inner (nⱼ − 1)·sⱼ and happens (nᵢ − 1)·Π_outer nₒ times. With d the
 * innermost loop of non-zero vector, every event but d's own follows one of d, so a slide goes on where vᵢ = v_d; else
 * the tile is filled whole, after which d may move again.
 */
export function eventsOf(loops: readonly Copies[], reuse: ReusePolicy, visits: Visits): readonly Event[] {
  const events: Event[] = [];
  const wrapped = (loops[0]?.step ?? []).map(() => 0);
  let sliding: readonly number[] | null = null;
  for (const [i, { count, step }] of [...loops.entries()].reverse()) {
    if (count === 1) continue;
    const move = step.map((s, axis) => s - (wrapped[axis] ?? 0));
    step.forEach((s, axis) => {
      wrapped[axis] = (wrapped[axis] ?? 0) + (visits === "extrapolated" ? 1 : count - 1) * s;
    });
    if (visits === "whole") events.push({ loop: i, move, isKept: false });
    if (visits === "whole" || move.every((x) => x === 0)) continue;
    sliding ??= move;
    const isKept = reuse === "overlap" || (reuse === "slide" && isEqual(move, sliding));
    events.push({ loop: i, move, isKept });
  }
  return events;
}

/** Words that enter one instance's tile in the whole run: the first tile, and what each event brings. */
export function enteredWords(
  lengths: readonly number[],
  loops: readonly Copies[],
  reuse: ReusePolicy,
  visits: Visits,
): number {
  const tile = product(lengths);
  let entered = tile;
  for (const { loop, move, isKept } of eventsOf(loops, reuse, visits)) {
    const times = product(loops.slice(0, loop).map(({ count }) => count)) * ((loops[loop]?.count ?? 1) - 1);
    entered += times * (isKept ? tile - overlapOf(lengths, move) : tile);
  }
  return entered;
}

const isEqual = (a: readonly number[], b: readonly number[]): boolean => a.every((x, i) => x === b[i]);

/** Words that a box shares with its copy moved by the vector. */
const overlapOf = (lengths: readonly number[], move: readonly number[]): number =>
  product(lengths.map((length, axis) => Math.max(0, length - Math.abs(move[axis] ?? 0))));
