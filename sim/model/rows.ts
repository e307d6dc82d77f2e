import type { Loop, Nest } from "./nest.js";
import type { Projection } from "./projection.js";
import { rowOffset, type Track, trackOf } from "./ranges.js";

/** The rows of a variable at a level, gathered by what they can be told apart by: equal extents in every context. */
export interface RowClasses {
  /** Per row, its class; −1 where the row never works. */
  readonly classOf: readonly number[];
  readonly classes: readonly RowClass[];
}
export interface RowClass {
  /** One row of the class, to stand for all. */
  readonly row: number;
  readonly rows: number;
}

/** The loops of a variable among the first `depth`. */
export const loopsOf = (nest: Nest, variable: number, depth: number): readonly Loop[] =>
  nest.loops.slice(0, depth).filter((loop) => loop.variable === variable);

/** All that a variable's loops among the first `depth` do to its range. */
export const trackAt = (nest: Nest, variable: number, depth: number): Track =>
  trackOf(nest.einsum.bounds[variable] ?? 1, loopsOf(nest, variable, depth));

/**
 * The rows of a variable under the first `depth` loops. What lies below two rows of a class differs in place only;
 * where place matters to one of the projections, as at edges beyond which padding is free, every row is its own class.
 */
export function rowsAt(nest: Nest, variable: number, depth: number, projections: readonly Projection[]): RowClasses {
  const loops = loopsOf(nest, variable, depth);
  const last = loops.findLastIndex((loop) => loop.kind === "spatial");
  const track = trackOf(nest.einsum.bounds[variable] ?? 1, loops.slice(0, last + 1));
  const places = isClipped(projections, variable);
  const finals = track.contexts.filter((context) => context.segments.length === 0);
  const known = new Map<string, number>();
  const classes: { row: number; rows: number }[] = [];
  const classOf = Array.from({ length: track.rows }, (_, row) => {
    if (track.start.works[row] !== true) return -1;
    const name = `${finals.map((context) => context.extents[row])}${places ? ` at ${rowOffset(track, row)}` : ""}`;
    const index = known.get(name) ?? classes.length;
    known.set(name, index);
    const found = classes[index];
    if (found === undefined) classes.push({ row, rows: 1 });
    else found.rows++;
    return index;
  });
  return { classOf, classes };
}

const isClipped = (projections: readonly Projection[], variable: number): boolean =>
  projections.some(({ clipped, coefficients }) =>
    clipped.some((isClippedAxis, axis) => isClippedAxis && coefficients[variable]?.[axis] !== 0),
  );
