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

/**
 * Words that enter one instance's tile in the whole run, where no loop above ever has a short last tile.
 *
 * Number the temporal loops above from the outside in; loop i makes nᵢ iterations of step sᵢ. The event "loop i advances and
 * all inner loops wrap" translates the tile by vᵢ = sᵢ − Σ_inner (nⱼ − 1)·sⱼ and happens (nᵢ − 1)·Π_outer nₒ times. With d the
 * innermost loop of non-zero vector, every event but d's own follows one of d, so a slide goes on where vᵢ = v_d; else
 * the tile is filled whole, after which d may move again.
 */
export function enteredWords(
  lengths: readonly number[],
  loops: readonly Copies[],
  reuse: ReusePolicy,
  visits: Visits,
): number {
  const tile = product(lengths);
  if (visits === "whole") return tile * product(loops.map((loop) => loop.count));
  let entered = tile;
  let times = product(loops.map((loop) => loop.count));
  const wrapped = lengths.map(() => 0);
  let sliding: readonly number[] | null = null;
  for (const { count, step } of [...loops].reverse()) {
    times /= count;
    if (count === 1) continue;
    const move = step.map((s, axis) => s - (wrapped[axis] ?? 0));
    step.forEach((s, axis) => {
      wrapped[axis] = (wrapped[axis] ?? 0) + (visits === "extrapolated" ? 1 : count - 1) * s;
    });
    if (move.every((x) => x === 0)) continue;
    sliding ??= move;
    const isKept = reuse === "overlap" || (reuse === "slide" && isEqual(move, sliding));
    entered += (count - 1) * times * (isKept ? tile - overlapOf(lengths, move) : tile);
  }
  return entered;
}

const isEqual = (a: readonly number[], b: readonly number[]): boolean => a.every((x, i) => x === b[i]);

/** Words that a box shares with its copy moved by the vector. */
const overlapOf = (lengths: readonly number[], move: readonly number[]): number =>
  product(lengths.map((length, axis) => Math.max(0, length - Math.abs(move[axis] ?? 0))));
