import { product } from "../../base/index.js";
import { distinctRequests } from "./closed.js";
import { firstVisitsOf } from "./first-visits.js";
import { type FoldedLoop, type FoldedNest, fold, type Kind } from "./fold.js";
import type { ChildCounts, LinkCounts, ParentCounts } from "./link.js";
import { type Link, type Nest, reuseAt } from "./nest.js";
import { type Group, isCoupled, isRelevant, stepOf } from "./projection.js";
import { positionsOf, rowOffset, type Track } from "./ranges.js";
import { separateWords } from "./separate.js";
import {
  apartNames,
  type Bundle,
  type Combination,
  combinations,
  isAllApart,
  offsetOf,
  rowsBelow,
  type Sharing,
  type Siblings,
  siblingsOf,
} from "./siblings.js";
import { lengthOfIntervals, volumeOf } from "./spread.js";

type Rows = readonly number[];

/** A link to a keep node under loops of any kind. */
export function foldedLink(nest: Nest, link: Link): LinkCounts {
  const siblings = siblingsOf(nest, link);
  const alone = remembered((_: string, rows: Rows) => aloneCounts(nest, link, rows, placeOf(link, siblings, rows)));
  const atChild = (rows: Rows): ChildCounts => {
    const kind = classNames(siblings, rows);
    return alone(isClipped(link) ? `${kind} at ${placeOf(link, siblings, rows)}` : kind, rows);
  };
  const together = remembered((_: string, kinds: readonly Kind[]) => joined(nest, link, siblings, kinds));

  const shared = (parentRows: Rows, sharing: Sharing): number => {
    const side = sharing.capability === "multicast" ? "fills" : "drains";
    let words = 0;
    for (const { weight, members } of bundlesBelow(nest, link, siblings, parentRows, sharing)) {
      const rows = members.map((member) => rowsOf(siblings, member, parentRows));
      const [only] = rows;
      if (rows.length === 1 && only !== undefined) words += weight * atChild(only)[side];
      else {
        const kinds = kindsOf(link, siblings, rows);
        words += weight * together(nameOfKinds(link, siblings, kinds), kinds)[side];
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

/** What one instance moves: only the steps in which it works matter, so its own ranges are all there is. */
function aloneCounts(nest: Nest, link: Link, rows: Rows, place: readonly number[]): ChildCounts {
  const { requested, held } = movedAlone(nest, link, rows, place, 0);
  return link.role === "input" ? { fills: requested, drains: 0 } : { fills: requested - held, drains: requested };
}

/**
 * The words that one instance asks for, and those it ever holds (outputs), while the `outer` outermost temporal loops are at
 * their first iterations: with 0 the whole run, with all of them the first tile.
 */
export function movedAlone(
  nest: Nest,
  link: Link,
  rows: Rows,
  place: readonly number[],
  outer: number,
): { readonly requested: number; readonly held: number } {
  const skipped = outerLoops(nest, link, outer);
  const tracks = rows.map((row, v) => within(nest.ranges.ownTrackAt(v, link.child.depth, row), skipped[v] ?? 0));
  const whole = foldedNest(nest, link, tracks);
  const tiles = { ...whole, loops: whole.loops.slice(outer) };
  if (!isOverlapping(link) && !isClipped(link)) return separateWords(link.projection, tiles.loops, tracks);
  const { requested } = fold(tiles, [{ rows: rows.map(() => 0), places: [place] }]);
  return { requested, held: link.role === "input" ? 0 : heldWords(nest, link, tracks, rows, skipped) };
}

/** Per variable, how many of the outermost temporal loops are its own. */
function outerLoops(nest: Nest, link: Link, outer: number): readonly number[] {
  const loops = nest.loops
    .slice(0, link.child.depth)
    .filter((loop) => loop.kind === "for")
    .slice(0, outer);
  return nest.einsum.variables.map((_, v) => loops.filter((loop) => loop.variable === v).length);
}

/** The track below the first iterations of so many loops. */
function within(track: Track, loops: number): Track {
  let { start } = track;
  for (let i = 0; i < loops; i++) start = start.segments[0]?.next ?? start;
  return { ...track, start };
}

/** What instances that may share move together. */
function joined(nest: Nest, link: Link, siblings: Siblings, kinds: readonly Kind[]): ChildCounts {
  const tiles = foldedNest(nest, link, siblings.tracks);
  const isListed = link.role === "output" && isOverlapping(link);
  const moved = fold(isListed ? { ...tiles, firstVisits: firstVisitsOf(tiles) } : tiles, kinds);
  if (link.role === "input") return { fills: moved.requested, drains: 0 };
  return { fills: isListed ? moved.requested - moved.fresh : moved.requestedAgain, drains: moved.drained };
}

/** The loops innermost that neither move the tile nor idle an instance repeat what stands still, and are left out. */
function foldedNest(nest: Nest, link: Link, tracks: readonly Track[]): FoldedNest {
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
  const idles = tracks.map((track) => !track.contexts.every(({ works }) => works.every((works_) => works_)));
  const last = loops.findLastIndex((loop) => loop.isRelevant || idles[loop.variable] === true);
  const reuse = reuseAt(nest.architecture, child.level);
  return { projection, role, reuse, loops: loops.slice(0, last + 1), tracks, firstVisits: null };
}

/** Whether tiles of the tensor at different steps may overlap without being equal. */
const isOverlapping = ({ projection }: Link): boolean =>
  projection.groupOf.some((_, variable) => isCoupled(projection, variable));

/** Words that an instance ever holds, group by group. */
function heldWords(nest: Nest, link: Link, own: readonly Track[], rows: Rows, skipped: readonly number[]): number {
  return product(link.projection.groups.map((group) => heldIn(nest, link, own, group, rows, skipped)));
}

function heldIn(
  nest: Nest,
  link: Link,
  own: readonly Track[],
  { axes, variables }: Group,
  rows: Rows,
  skipped: readonly number[],
): number {
  const { coefficients, offsets, clipped, shape } = link.projection;
  const ranges = variables.map((v) => {
    const [track, all] = [own[v], nest.ranges.trackAt(v, link.child.depth)];
    if (track === undefined) throw new Error(`no variable ${v}`);
    const zero = rowOffset(all, rows[v] ?? 0);
    const temporal = nest.ranges.loopsOf(v, link.child.depth).filter((loop) => loop.kind === "for");
    return positionsOf(track, temporal.slice(skipped[v])).map(({ start, context }) => {
      const first = start + zero;
      return { v, first, last: first + (context.extents[0] ?? 1) - 1 };
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
  if (areAlike && !isClipped(link) && below.every((rows, v) => rows.length === siblings.split[v]))
    return [{ weight: distinctRequests(nest, link, sharing.capability, sharing.crossed), members: [new Map()] }];
  if (isAllApart(nest, link, sharing) && !isClipped(link)) return eachApart(siblings, below);
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
    if (areAlike && !isClipped(link)) return alike(places);
    const [only] = variables;
    const isDisjoint = variables.length === 1 && only !== undefined && isRelevant(link.projection, only);
    return bundled(siblings, places, { isDisjoint: isDisjoint && !areAlike, isPlaced: isClipped(link) });
  });
  return combinations(bundles).map((choice) => ({
    weight: product(choice.map((bundle) => bundle.weight)),
    members: combinations(choice.map((bundle) => bundle.members)).map(
      (parts) => new Map(parts.flatMap((part) => [...part])),
    ),
  }));
}

/** Nobody shares: as many instances of each kind as there are. */
function eachApart(siblings: Siblings, below: readonly Rows[]): readonly Bundle[] {
  const kinds = below.map((rows, v) => {
    const counts = new Map<number, { row: number; rows: number }>();
    for (const row of rows) {
      const kind = siblings.rows[v]?.classOf[row] ?? -1;
      const known = counts.get(kind);
      if (known === undefined) counts.set(kind, { row, rows: 1 });
      else known.rows++;
    }
    return [...counts.values()].map((kind) => ({ v, ...kind }));
  });
  return combinations(kinds).map((choice) => ({
    weight: product(choice.map(({ rows }) => rows)),
    members: [new Map(choice.map(({ v, row }) => [v, row]))],
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
function bundled(
  siblings: Siblings,
  places: readonly Place[],
  { isDisjoint, isPlaced }: { readonly isDisjoint: boolean; readonly isPlaced: boolean },
): readonly Bundle[] {
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
    const zero = isPlaced ? [] : (members[0]?.offset ?? []);
    const name = members.map((m) => `${kindOf(siblings, m.combination)} ${relative([m.offset], zero)}`).join(";");
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

export const placeOf = (link: Link, siblings: Siblings, rows: Rows): readonly number[] =>
  offsetOf(link, siblings, new Map(rows.map((row, v) => [v, row])));

/** Gathers instances that behave alike. */
function kindsOf(link: Link, siblings: Siblings, members: readonly Rows[]): readonly Kind[] {
  const kinds = new Map<string, { rows: Rows; places: (readonly number[])[] }>();
  for (const rows of members) {
    const name = classNames(siblings, rows);
    const kind = kinds.get(name) ?? { rows, places: [] };
    kinds.set(name, kind);
    kind.places.push(placeOf(link, siblings, rows));
  }
  return [...kinds.values()];
}

/** Equal for sets of instances that move the same words: translated copies, unless their place matters. */
function nameOfKinds(link: Link, siblings: Siblings, kinds: readonly Kind[]): string {
  const zero = isClipped(link) ? [] : (kinds[0]?.places[0] ?? []);
  return kinds.map(({ rows, places }) => `${classNames(siblings, rows)} ${relative(places, zero)}`).join(";");
}

const relative = (places: readonly (readonly number[])[], zero: readonly number[]): string =>
  places.map((place) => place.map((x, axis) => x - (zero[axis] ?? 0))).join(" ");

const isClipped = ({ projection }: Link): boolean => projection.clipped.includes(true);

/** Keeps the answers of a function by a name of its argument. */
function remembered<A, B>(answer: (name: string, argument: A) => B): (name: string, argument: A) => B {
  const known = new Map<string, B>();
  return (name, argument) => {
    const found = known.get(name) ?? answer(name, argument);
    known.set(name, found);
    return found;
  };
}
