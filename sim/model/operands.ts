import { product } from "../../base/index.js";
import type { LinkCounts, ParentCounts } from "./link.js";
import type { Link, Nest } from "./nest.js";
import { type Group, isRelevant } from "./projection.js";
import { type Context, positionsOf, rowOffset, timesOf } from "./ranges.js";
import { apartNames, combinations, rowsBelow, type Sharing, type Siblings, siblingsOf } from "./siblings.js";
import { beginningOf } from "./starts.js";

type Rows = readonly number[];

/**
 * A link to compute under loops of any kind: every operation asks for one word, every time. Steps are all combinations of
 * the variables' positions, so words told apart at a step multiply over groups, and so do their sums over all steps.
 * Of the tensor that reductions start from only the first position of a variable that the output lacks asks for anything.
 */
export function operandLink(nest: Nest, link: Link): LinkCounts {
  const siblings = siblingsOf(nest, link);
  const atParent = (rows: Rows): ParentCounts => {
    const below = rows.map((row, v) => rowsBelow(siblings, v, row));
    const words = (sharing: Sharing): number => pointsMoved(nest, link, siblings, below, sharing);
    if (link.role === "input") {
      const down = (crossed: number): number => words({ capability: "multicast", crossed });
      return { reads: down(0), updates: 0, hops: link.fanouts.map((_, i) => down(i + 1)) };
    }
    const up = (crossed: number): number => words({ capability: "reduction", crossed });
    const updates = up(0);
    const reads = updates - pointsTouched(nest, link, siblings, below);
    return { reads, updates, hops: link.fanouts.map((_, i) => up(i + 1) + reads) };
  };
  return { atParent, atChild: () => ({ fills: 0, drains: 0 }) };
}

function pointsMoved(nest: Nest, link: Link, siblings: Siblings, below: readonly Rows[], sharing: Sharing): number {
  return product(movedByGroup(nest, link, siblings, below, sharing).map(({ words }) => words));
}

/** What a group of variables makes of a word: so many over the run, a factor of the whole. */
export interface GroupWords {
  readonly variables: readonly number[];
  readonly words: number;
}

/** The factors of what operations ask for, or deliver: one a group of coupled variables, irrelevant variables by themselves. */
export function movedByGroup(
  nest: Nest,
  link: Link,
  siblings: Siblings,
  below: readonly Rows[],
  sharing: Sharing,
): readonly GroupWords[] {
  const apart = apartNames(nest, link, siblings, sharing);
  const beginning = beginningOf(nest, link);
  const irrelevant = below.flatMap((_, v) =>
    isRelevant(link.projection, v) ? [] : [{ axes: [], variables: [v] } satisfies Group],
  );
  return [...link.projection.groups, ...irrelevant].map((group) => {
    const [first = -1] = group.variables;
    if (beginning.includes(first)) return { variables: group.variables, words: below[first]?.includes(0) ? 1 : 0 };
    let words = 0;
    for (const { times, places } of stepsOf(nest, link, siblings, group)) {
      const different = new Set<string>();
      for (const rows of combinations(working(group, below, places))) {
        const point = pointOf(link, siblings, group, rows, places);
        if (point !== null) different.add(`${point} ${group.variables.map((v, i) => apart(v, rows[i] ?? 0))}`);
      }
      words += times * different.size;
    }
    return { variables: group.variables, words };
  });
}

/** Different words that all the operations below the parent touch. */
function pointsTouched(nest: Nest, link: Link, siblings: Siblings, below: readonly Rows[]): number {
  return product(touchedByGroup(nest, link, siblings, below).map(({ words }) => words));
}

/** The factors of that, one a group of coupled variables. */
export function touchedByGroup(
  nest: Nest,
  link: Link,
  siblings: Siblings,
  below: readonly Rows[],
): readonly GroupWords[] {
  return link.projection.groups.map((group) => {
    const touched = new Set<string>();
    const values = group.variables.map((v) => valuesOf(nest, link, siblings, v, below[v] ?? []));
    for (const choice of combinations(values)) {
      const point = pointAt(link, group, choice);
      if (point !== null) touched.add(point);
    }
    return { variables: group.variables, words: touched.size };
  });
}

interface Place {
  readonly start: number;
  readonly context: Context;
}
interface Step {
  readonly times: number;
  /** Per variable of the group. */
  readonly places: readonly Place[];
}

/** The steps of a group's variables: by position where an edge may cut words off, else by kind. */
function stepsOf(nest: Nest, link: Link, { tracks }: Siblings, group: Group): readonly Step[] {
  const isPlaced = group.axes.some((axis) => link.projection.clipped[axis] === true);
  const choices = group.variables.map((v): readonly (Place & { readonly times: number })[] => {
    const track = tracks[v];
    if (track === undefined) throw new Error(`no variable ${v}`);
    if (!isPlaced) return [...timesOf(track)].map(([context, times]) => ({ context, times, start: 0 }));
    return positionsOf(track, nest.ranges.loopsOf(v, link.child.depth)).map((place) => ({ ...place, times: 1 }));
  });
  return combinations(choices).map((places) => ({ places, times: product(places.map((place) => place.times)) }));
}

const working = (group: Group, below: readonly Rows[], places: readonly Place[]): readonly Rows[] =>
  group.variables.map((v, i) => (below[v] ?? []).filter((row) => (places[i]?.context.extents[row] ?? 0) > 0));

function pointOf(link: Link, { tracks }: Siblings, group: Group, rows: Rows, places: readonly Place[]): string | null {
  const values = group.variables.map((v, i) => {
    const track = tracks[v];
    return (places[i]?.start ?? 0) + (track === undefined ? 0 : rowOffset(track, rows[i] ?? 0));
  });
  return pointAt(link, group, values);
}

/** The group's shadow of the word at these values of its variables; null where it does not count. */
function pointAt({ projection }: Link, group: Group, values: readonly number[]): string | null {
  const point: number[] = [];
  for (const axis of group.axes) {
    let x = projection.offsets[axis] ?? 0;
    group.variables.forEach((v, i) => {
      x += (projection.coefficients[v]?.[axis] ?? 0) * (values[i] ?? 0);
    });
    if (projection.clipped[axis] === true && (x < 0 || x >= (projection.shape[axis] ?? 0))) return null;
    point.push(x);
  }
  return point.join();
}

/** Every value that the rows give the variable at some step. */
function valuesOf(nest: Nest, link: Link, { tracks }: Siblings, variable: number, rows: Rows): readonly number[] {
  const track = tracks[variable];
  if (track === undefined) throw new Error(`no variable ${variable}`);
  const values = new Set<number>();
  for (const { start, context } of positionsOf(track, nest.ranges.loopsOf(variable, link.child.depth)))
    for (const row of rows) if ((context.extents[row] ?? 0) > 0) values.add(start + rowOffset(track, row));
  return [...values];
}
