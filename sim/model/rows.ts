import type { Loop } from "./loops.js";
import { ownTrackOf, rowOffset, type Track, trackOf } from "./ranges.js";

/** What the loops of a mapping make of every variable's range; answers are kept. `depth`: under so many loops. */
export interface Ranges {
  /** The variable's own loops. */
  readonly loopsOf: (variable: number, depth: number) => readonly Loop[];
  readonly trackAt: (variable: number, depth: number) => Track;
  /** The same for the steps alone in which one row works. */
  readonly ownTrackAt: (variable: number, depth: number, row: number) => Track;
  /** `isPlaced`: every row is its own class, as its place matters. */
  readonly rowsAt: (variable: number, depth: number, isPlaced: boolean) => RowClasses;
}

/**
 * The rows of a variable at a place, gathered by what they can be told apart by: equal extents in every context. What
 * lies below two rows of a class differs in place only.
 */
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

export function rangesOf(bounds: readonly number[], loops: readonly Loop[]): Ranges {
  const loopsOf = (variable: number, depth: number): readonly Loop[] =>
    loops.slice(0, depth).filter((loop) => loop.variable === variable);
  const boundOf = (variable: number): number => bounds[variable] ?? 1;
  const tracks = new Map<string, Track>();
  const rows = new Map<string, RowClasses>();
  return {
    loopsOf,
    trackAt: (variable, depth) => {
      const own = loopsOf(variable, depth);
      return kept(tracks, `${variable} ${own.length}`, () => trackOf(boundOf(variable), own));
    },
    ownTrackAt: (variable, depth, row) => {
      const own = loopsOf(variable, depth);
      return kept(tracks, `${variable} ${own.length} ${row}`, () => ownTrackOf(boundOf(variable), own, row));
    },
    rowsAt: (variable, depth, isPlaced) => {
      const own = loopsOf(variable, depth);
      const spread = own.slice(0, own.findLastIndex((loop) => loop.kind === "spatial") + 1);
      return kept(rows, `${variable} ${spread.length} ${isPlaced}`, () =>
        classesOf(
          kept(tracks, `${variable} ${spread.length}`, () => trackOf(boundOf(variable), spread)),
          isPlaced,
        ),
      );
    },
  };
}

function kept<T>(known: Map<string, T>, name: string, make: () => T): T {
  const found = known.get(name) ?? make();
  known.set(name, found);
  return found;
}

function classesOf(track: Track, isPlaced: boolean): RowClasses {
  const finals = track.contexts.filter((context) => context.segments.length === 0);
  const known = new Map<string, number>();
  const classes: { row: number; rows: number }[] = [];
  const classOf = Array.from({ length: track.rows }, (_, row) => {
    if (track.start.works[row] !== true) return -1;
    const name = `${finals.map((context) => context.extents[row])}${isPlaced ? ` at ${rowOffset(track, row)}` : ""}`;
    const index = known.get(name) ?? classes.length;
    known.set(name, index);
    const found = classes[index];
    if (found === undefined) classes.push({ row, rows: 1 });
    else found.rows++;
    return index;
  });
  return { classOf, classes };
}
