import { digitsOf, sharingOf } from "./copies.js";
import type { Link, Nest } from "./nest.js";
import { rowOffset, type Track } from "./ranges.js";
import type { RowClasses } from "./rows.js";

/** The instances that one parent serves, arranged by which of them can ever make the same request. */
export interface Siblings {
  /** Per variable, all its rows at the child. */
  readonly tracks: readonly Track[];
  readonly rows: readonly RowClasses[];
  /** Per variable, the parent's and the child's number of rows may differ: so many rows of the child make one of the parent. */
  readonly split: readonly number[];
}

export function siblingsOf(nest: Nest, link: Link): Siblings {
  const variables = nest.einsum.variables.map((_, v) => v);
  return {
    tracks: variables.map((v) => nest.ranges.trackAt(v, link.child.depth)),
    rows: variables.map((v) => nest.ranges.rowsAt(v, link.child.depth, false)),
    split: variables.map((v) =>
      digitsOf(nest, link)
        .filter((digit) => digit.variable === v)
        .reduce((n, digit) => n * digit.count, 1),
    ),
  };
}

/** The working rows of a variable below a parent's row. */
export function rowsBelow({ rows, split }: Siblings, variable: number, parentRow: number): readonly number[] {
  const n = split[variable] ?? 1;
  const below = Array.from({ length: n }, (_, i) => parentRow * n + i);
  return below.filter((row) => (rows[variable]?.classOf[row] ?? -1) >= 0);
}

/** Rows of some variables together. */
export type Combination = ReadonlyMap<number, number>;

/** Instances that may ask for the same words: they agree in everything that tells requests apart. */
export interface Bundle {
  /** How many such sets there are that behave alike. */
  readonly weight: number;
  readonly members: readonly Combination[];
}

/** Which instances the network keeps apart. */
export interface Sharing {
  readonly capability: "multicast" | "reduction";
  /** So many of the link's fan-outs, from the outside, are told apart by position. */
  readonly crossed: number;
}

/** Whether the network keeps all the instances below a parent apart. */
export const isAllApart = (nest: Nest, link: Link, { capability, crossed }: Sharing): boolean =>
  sharingOf(nest, link, capability, crossed).sharing.length === 0;

/** Per variable, the name of a row's position on all axes where requests are kept apart. */
export function apartNames(nest: Nest, link: Link, siblings: Siblings, { capability, crossed }: Sharing): Apart {
  const apart = new Set(sharingOf(nest, link, capability, crossed).apart);
  return (variable, row) => {
    const digits = siblings.tracks[variable]?.digits ?? [];
    const names: number[] = [];
    let rest = row;
    for (const digit of digits.toReversed()) {
      if (apart.has(digit)) names.push(rest % digit.count);
      rest = Math.floor(rest / digit.count);
    }
    return names.join();
  };
}
export type Apart = (variable: number, row: number) => string;

/** Where rows of some variables place a tile, per axis. */
export function offsetOf(link: Link, siblings: Siblings, rows: Combination): readonly number[] {
  const { coefficients, offsets } = link.projection;
  const offset = offsets.map(() => 0);
  for (const [v, row] of rows) {
    const track = siblings.tracks[v];
    const start = track === undefined ? 0 : rowOffset(track, row);
    (coefficients[v] ?? []).forEach((coefficient, axis) => {
      offset[axis] = (offset[axis] ?? 0) + coefficient * start;
    });
  }
  return offset;
}

/** All combinations of one item of each list. */
export function combinations<T>(lists: readonly (readonly T[])[]): readonly (readonly T[])[] {
  let all: readonly (readonly T[])[] = [[]];
  for (const list of lists) all = all.flatMap((head) => list.map((item) => [...head, item]));
  return all;
}
