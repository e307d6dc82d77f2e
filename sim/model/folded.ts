import { product } from "../../base/index.js";
import { firstVisitsOf } from "./first-visits.js";
import { type FoldedLoop, type FoldedNest, fold, type Member } from "./fold.js";
import type { LinkCounts, ParentCounts } from "./link.js";
import { type Link, type Nest, reuseAt } from "./nest.js";
import { type Group, isCoupled, isRelevant, stepOf } from "./projection.js";
import { positionsOf, rowOffset } from "./ranges.js";
import { loopsOf } from "./rows.js";
import {
  apartNames,
  type Bundle,
  type Combination,
  combinations,
  offsetOf,
  rowsBelow,
  type Sharing,
  type Siblings,
  siblingsOf,
} from "./siblings.js";
import { lengthOfIntervals, volumeOf } from "./spread.js";

type Rows = readonly number[];

/** A link to a keep node under loops of any kind: one fold for each kind of instance, and for each set that may share. */
export function foldedLink(nest: Nest, link: Link): LinkCounts {
  const siblings = siblingsOf(nest, link);
  const alone = remembered((_: string, rows: Rows) => {
    const moved = fold(foldedNest(nest, link, siblings), [memberOf(link, siblings, rows)]);
    const again = isOverlapping(link) ? moved.requested - heldWords(nest, link, siblings, rows) : moved.requestedAgain;
    return {
      fills: link.role === "input" ? moved.requested : again,
      drains: link.role === "input" ? 0 : moved.drained,
    };
  });
  const atChild = (rows: Rows): { fills: number; drains: number } => alone(classNames(siblings, rows), rows);
  const together = remembered((_: string, members: readonly Member[]) => joined(nest, link, siblings, members));

  const shared = (parentRows: Rows, sharing: Sharing): number => {
    let words = 0;
    for (const { weight, members } of bundlesBelow(nest, link, siblings, parentRows, sharing)) {
      const [first] = members;
      if (first === undefined) continue;
      const rows = members.map((member) => rowsOf(siblings, member, parentRows));
      const [only] = rows;
      const down = sharing.capability === "multicast";
      if (rows.length === 1 && only !== undefined)
        words += weight * (down ? atChild(only).fills : atChild(only).drains);
      else {
        const instances = rows.map((r) => memberOf(link, siblings, r));
        const moved = together(nameOfMembers(siblings, instances), instances);
        words += weight * (down ? moved.fills : moved.drains);
      }
    }
    return words;
  };
  const atParent = (rows: Rows): ParentCounts => {
    const down = (crossed: number): number => shared(rows, { capability: "multicast", crossed });
    const up = (crossed: number): number =>
      link.role === "input" ? 0 : shared(rows, { capability: "reduction", crossed });
    return { reads: down(0), updates: up(0), hops: link.fanouts.map((_, i) => down(i + 1) + up(i + 1)) };
  };
  return { atParent, atChild };
}

/** What members that may share move together. */
function joined(
  nest: Nest,
  link: Link,
  siblings: Siblings,
  members: readonly Member[],
): { fills: number; drains: number } {
  const tiles = foldedNest(nest, link, siblings);
  const isListed = link.role === "output" && isOverlapping(link);
  const moved = fold(isListed ? { ...tiles, firstVisits: firstVisitsOf(tiles) } : tiles, members);
  if (link.role === "input") return { fills: moved.requested, drains: 0 };
  return { fills: isListed ? moved.requested - moved.fresh : moved.requestedAgain, drains: moved.drained };
}

/** The loops innermost that neither move the tile nor idle an instance repeat what stands still, and are left out. */
function foldedNest(nest: Nest, link: Link, siblings: Siblings): FoldedNest {
  const { projection, child, role } = link;
  const loops = nest.loops
    .slice(0, child.depth)
    .filter((loop) => loop.kind === "for")
    .map(
      ({ variable, by }): FoldedLoop => ({
        variable,
        by,
        step: stepOf(projection, variable, by),
        isRelevant: isRelevant(projection, variable),
      }),
    );
  const last = loops.findLastIndex(
    (loop) => loop.isRelevant || (siblings.rows[loop.variable]?.classes.length ?? 0) > 1,
  );
  const reuse = reuseAt(nest.architecture, child.level);
  return { projection, role, reuse, loops: loops.slice(0, last + 1), tracks: siblings.tracks, firstVisits: null };
}

/** Whether tiles of the tensor at different steps may overlap without being equal. */
const isOverlapping = ({ projection }: Link): boolean =>
  projection.groupOf.some((_, variable) => isCoupled(projection, variable));

/** Words that an instance ever holds, group by group. */
function heldWords(nest: Nest, link: Link, siblings: Siblings, rows: Rows): number {
  return product(link.projection.groups.map((group) => heldIn(nest, link, siblings, group, rows)));
}

function heldIn(nest: Nest, link: Link, { tracks }: Siblings, { axes, variables }: Group, rows: Rows): number {
  const { coefficients, offsets, clipped, shape } = link.projection;
  const ranges = variables.map((v) => {
    const track = tracks[v];
    if (track === undefined) throw new Error(`no variable ${v}`);
    const row = rows[v] ?? 0;
    return positionsOf(track, loopsOf(nest, v, link.child.depth)).flatMap(({ start, context }) => {
      const extent = context.extents[row] ?? 0;
      return extent === 0
        ? []
        : [{ v, first: start + rowOffset(track, row), last: start + rowOffset(track, row) + extent - 1 }];
    });
  });
  const boxes = combinations(ranges).map((choice) =>
    axes.map((axis): readonly [number, number] => {
      let [low, high] = [offsets[axis] ?? 0, (offsets[axis] ?? 0) + 1];
      for (const { v, first, last } of choice) {
        const coefficient = coefficients[v]?.[axis] ?? 0;
        low += coefficient * (coefficient > 0 ? first : last);
        high += coefficient * (coefficient > 0 ? last : first);
      }
      return clipped[axis] === true ? [Math.max(0, low), Math.min(shape[axis] ?? 0, high)] : [low, high];
    }),
  );
  const inside = boxes.filter((box) => box.every(([low, high]) => low < high));
  return axes.length === 1 ? lengthOfIntervals(inside.flat()) : volumeOf(inside);
}

/** The instances below a parent in sets that may share, sets that behave alike taken together. */
function bundlesBelow(
  nest: Nest,
  link: Link,
  siblings: Siblings,
  parentRows: Rows,
  sharing: Sharing,
): readonly Bundle[] {
  const below = parentRows.map((row, v) => rowsBelow(siblings, v, row));
  const classesOf = (v: number): number => new Set(below[v]?.map((row) => siblings.rows[v]?.classOf[row])).size;
  const areAlike = below.every((_, v) => classesOf(v) <= 1);
  const apart = apartNames(nest, link, siblings, sharing);
  const irrelevant = below.flatMap((_, v) => (isRelevant(link.projection, v) ? [] : [[v]]));
  const sets = [...link.projection.groups.map((group) => group.variables), ...irrelevant];
  const bundles = sets.map((variables) => {
    const rows = combinations(variables.map((v) => (below[v] ?? []).map((row): readonly [number, number] => [v, row])));
    const places = rows.map((pairs) => {
      const combination = new Map(pairs);
      const offset = offsetOf(link, siblings, combination);
      return { combination, offset, apart: pairs.map(([v, row]) => apart(v, row)).join() };
    });
    if (areAlike) return alike(places);
    const [only] = variables;
    const isDisjoint = variables.length === 1 && only !== undefined && isRelevant(link.projection, only);
    return bundled(siblings, places, isDisjoint);
  });
  return combinations(bundles).map((choice) => ({
    weight: product(choice.map((bundle) => bundle.weight)),
    members: combinations(choice.map((bundle) => bundle.members)).map(
      (parts) => new Map(parts.flatMap((part) => [...part])),
    ),
  }));
}

interface Place {
  readonly combination: Combination;
  readonly offset: readonly number[];
  readonly apart: string;
}

/** Where all rows behave alike, instances share if and only if they are at the same place. */
function alike(places: readonly Place[]): readonly Bundle[] {
  const different = new Set(places.map(({ offset, apart }) => `${offset} ${apart}`));
  const [first] = places;
  return first === undefined ? [] : [{ weight: different.size, members: [first.combination] }];
}

/** Rows of one variable that alone moves an axis never ask for the same words; others may, unless the network keeps them apart. */
function bundled(siblings: Siblings, places: readonly Place[], isDisjoint: boolean): readonly Bundle[] {
  const sets = new Map<string, Map<string, Place>>();
  for (const place of places) {
    const name = isDisjoint ? `${place.apart} ${[...place.combination.values()]}` : place.apart;
    const set = sets.get(name) ?? new Map<string, Place>();
    sets.set(name, set);
    const alikeName = `${kindOf(siblings, place.combination)} ${place.offset}`;
    if (!set.has(alikeName)) set.set(alikeName, place);
  }
  const bundles = new Map<string, { weight: number; members: readonly Combination[] }>();
  for (const set of sets.values()) {
    const members = [...set.values()];
    const zero = members[0]?.offset ?? [];
    const name = members
      .map((m) => `${kindOf(siblings, m.combination)} ${m.offset.map((x, axis) => x - (zero[axis] ?? 0))}`)
      .join(";");
    const known = bundles.get(name);
    if (known === undefined) bundles.set(name, { weight: 1, members: members.map((m) => m.combination) });
    else known.weight++;
  }
  return [...bundles.values()];
}

const kindOf = (siblings: Siblings, combination: Combination): string =>
  [...combination].map(([v, row]) => siblings.rows[v]?.classOf[row]).join();

const classNames = (siblings: Siblings, rows: Rows): string =>
  rows.map((row, v) => siblings.rows[v]?.classOf[row]).join();

/** All rows of a member: its own, and for other variables the first below the parent's. */
const rowsOf = (siblings: Siblings, member: Combination, parentRows: Rows): Rows =>
  parentRows.map((row, v) => member.get(v) ?? row * (siblings.split[v] ?? 1));

const memberOf = (link: Link, siblings: Siblings, rows: Rows): Member => ({
  rows,
  offset: offsetOf(link, siblings, new Map(rows.map((row, v) => [v, row]))),
});

function nameOfMembers(siblings: Siblings, members: readonly Member[]): string {
  const zero = members[0]?.offset ?? [];
  return members
    .map(({ rows, offset }) => `${classNames(siblings, rows)} ${offset.map((x, axis) => x - (zero[axis] ?? 0))}`)
    .join(";");
}

/** Keeps the answers of a function by a name of its argument. */
function remembered<A, B>(answer: (name: string, argument: A) => B): (name: string, argument: A) => B {
  const known = new Map<string, B>();
  return (name, argument) => {
    const found = known.get(name) ?? answer(name, argument);
    known.set(name, found);
    return found;
  };
}
