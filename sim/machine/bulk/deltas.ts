import { at, type Nest } from "../nest.js";
import type { Plan } from "./plans.kernel.js";
import type { Laid } from "./stages.js";

/** How the box of a node moves in a step, where every loop divides what is above it: always alike when the same loop moved on. */
export interface Delta {
  /** Equal for equal translations. */
  readonly id: number;
  readonly move: readonly number[];
  /** How far that is in the node's buffer and in its parent's, in bytes, and among the words of the whole box. */
  readonly own: number;
  readonly parent: number;
  readonly marks: number;
  /** What is done, where what both boxes have in common is kept and where not; worked out when it first comes up. */
  readonly plans: { kept: Plan | null; whole: Plan | null };
}

/**
 * The translation of a place's box for each position of a temporal loop: that loop moves on by one, those between it and the place
 * start again. Null where nothing moves.
 */
export function translationsOf(nest: Nest, laid: Laid, position: number): readonly (readonly number[] | null)[] {
  const loops = nest.loops.filter(({ loop, position: p }) => loop.kind === "for" && p < position);
  const stepOf = ({ loop }: (typeof loops)[number]): readonly number[] =>
    laid.ranks.map(({ terms }) => {
      const term = terms.find(({ variable }) => variable === loop.variable);
      return term === undefined ? 0 : term.coefficient * loop.by;
    });
  return nest.mapping.nodes.map((_, changed) => {
    const own = loops.find((loop) => loop.position === changed);
    if (own === undefined) return null;
    const move = [...stepOf(own)];
    for (const inner of loops)
      if (inner.position > changed)
        stepOf(inner).forEach((step, axis) => {
          move[axis] = at(move, axis) - step * (inner.iterations - 1);
        });
    return move.every((x) => x === 0) ? null : move;
  });
}

export const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((n, x, axis) => n + x * at(b, axis), 0);

export function deltasOf(
  nest: Nest,
  laid: Laid,
  position: number,
  strides: { readonly own: readonly number[]; readonly parent: readonly number[]; readonly marks: readonly number[] },
): readonly (Delta | null)[] {
  const ids = new Map<string, number>();
  return translationsOf(nest, laid, position).map((move) => {
    if (move === null) return null;
    const key = move.join();
    const id = ids.get(key) ?? ids.size;
    ids.set(key, id);
    const [own, parent, marks] = [dot(move, strides.own), dot(move, strides.parent), dot(move, strides.marks)];
    return { id, move, own, parent, marks, plans: { kept: null, whole: null } };
  });
}
