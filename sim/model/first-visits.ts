import { type Box, wordsIn } from "./boxes.js";
import type { FoldedLoop, Kind } from "./fold.js";
import { type Group, isCoupled, type Projection } from "./projection.js";
import type { Context, Track } from "./ranges.js";
import { pointsOf } from "./spread.js";

/** Of the words that instances (a place each) ask for together at a first step, how many none of them ever held before. */
export type FirstVisits = (
  together: readonly Kind[],
  starts: readonly number[],
  contexts: readonly Context[],
) => number;

interface Tiles {
  readonly projection: Projection;
  readonly loops: readonly FoldedLoop[];
  readonly tracks: readonly Track[];
}

/**
 * An instance first holds a word when every group of coupled axes first holds the word's shadow on it, all irrelevant loops
 * being at their start: the first step in loop order of a product of sets of steps is made of the first of each set. So the
 * words that are new to all members are a product, over groups, of shadows new to all; coupled groups list theirs.
 */
export function firstVisitsOf(tiles: Tiles): FirstVisits {
  const { projection } = tiles;
  const listed = new Map<string, ReadonlyMap<string, ReadonlySet<string>>>();
  const newIn = (group: Group, member: Kind, starts: readonly number[]): ReadonlySet<string> => {
    const rows = `${projection.groups.indexOf(group)} ${group.variables.map((v) => member.rows[v])} ${member.places}`;
    const known = listed.get(rows) ?? listNew(tiles, group, member);
    listed.set(rows, known);
    return known.get(placeOf(group, starts)) ?? new Set();
  };
  return (together, starts, contexts) => {
    const [first] = together;
    if (first === undefined) return 0;
    let words = 1;
    for (const group of projection.groups) {
      if (group.variables.some((v) => isCoupled(projection, v))) {
        const sets = together.map((member) => newIn(group, member, starts));
        words *= [...(sets[0] ?? [])].filter((point) => sets.every((set) => set.has(point))).length;
      } else words *= shadowWords(tiles, group, first, starts, contexts);
    }
    return words;
  };
}

const placeOf = (group: Group, starts: readonly number[]): string => group.variables.map((v) => starts[v]).join();

/** Walks the temporal loops of a coupled group alone; per position, the points that the member's tile never held before. */
function listNew(tiles: Tiles, group: Group, member: Kind): ReadonlyMap<string, ReadonlySet<string>> {
  const { projection, tracks } = tiles;
  const loops = tiles.loops.filter((loop) => group.variables.includes(loop.variable));
  const contexts = tracks.map((track) => track.start);
  const starts = tracks.map(() => 0);
  const held = new Set<string>();
  const fresh = new Map<string, ReadonlySet<string>>();
  const walk = (depth: number): void => {
    const loop = loops[depth];
    if (loop === undefined) {
      if (group.variables.some((v) => contexts[v]?.works[member.rows[v] ?? 0] !== true)) return;
      const box = shadow(projection, group, member, starts, contexts);
      const points = pointsOf(group.axes.map((_, i) => [box.low[i] ?? 0, box.high[i] ?? 0] as const));
      const inside = points.filter((point) =>
        point.every((x, i) => {
          const axis = group.axes[i] ?? 0;
          return projection.clipped[axis] !== true || (x >= 0 && x < (projection.shape[axis] ?? 0));
        }),
      );
      const added = inside.map((point) => point.join()).filter((point) => !held.has(point));
      for (const point of added) held.add(point);
      fresh.set(placeOf(group, starts), new Set(added));
      return;
    }
    const { variable, by } = loop;
    const above = contexts[variable];
    if (above === undefined) return;
    const start = starts[variable] ?? 0;
    let at = start;
    for (const { count, next } of above.segments) {
      contexts[variable] = next;
      for (let k = 0; k < count; k++, at += by) {
        starts[variable] = at;
        walk(depth + 1);
      }
    }
    starts[variable] = start;
    contexts[variable] = above;
  };
  walk(0);
  return fresh;
}

/** The box of a member on the axes of one group, in the tensor's coordinates. */
function shadow(
  { coefficients, offsets }: Projection,
  group: Group,
  member: Kind,
  starts: readonly number[],
  contexts: readonly Context[],
): Box {
  const low: number[] = [];
  const high: number[] = [];
  for (const axis of group.axes) {
    let from = (offsets[axis] ?? 0) + (member.places[0]?.[axis] ?? 0);
    let to = from + 1;
    for (const v of group.variables) {
      const coefficient = coefficients[v]?.[axis] ?? 0;
      const reach = coefficient * ((contexts[v]?.extents[member.rows[v] ?? 0] ?? 1) - 1);
      const start = coefficient * (starts[v] ?? 0);
      from += start + Math.min(0, reach);
      to += start + Math.max(0, reach);
    }
    low.push(from);
    high.push(to);
  }
  return { low, high };
}

function shadowWords(
  { projection }: Tiles,
  group: Group,
  member: Kind,
  starts: readonly number[],
  contexts: readonly Context[],
): number {
  const window = {
    clipped: group.axes.map((axis) => projection.clipped[axis] === true),
    shape: group.axes.map((axis) => projection.shape[axis] ?? 0),
  };
  const origin = group.axes.map(() => 0);
  return wordsIn(shadow(projection, group, member, starts, contexts), origin, window);
}
