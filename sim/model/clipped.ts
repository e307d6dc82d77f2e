import { product } from "../../base/index.js";
import { copiesOf, digitsOf, sharingOf, temporalCopies } from "./copies.js";
import type { ChildCounts, LinkCounts, ParentCounts } from "./link.js";
import { eventsOf, type Visits } from "./motion.js";
import { extentsAt, type Link, type Nest, reuseAt } from "./nest.js";
import { type Group, isRelevant, lengthsOf, type Projection } from "./projection.js";
import { rowOffset } from "./ranges.js";
import { type Copies, lengthOfIntervals, volumeOf } from "./spread.js";

/** Per group, where instances (or tiles) lie relative to the rows 0: points on the group's axes, repeated where apart. */
type Places = readonly (readonly Point[])[];
type Point = readonly number[];

/**
 * A link where no loop ever has a short last tile, but words beyond the tensor's edges are free. All instances still move
 * alike; what an event moves is cut off at the edges, group by group, so the words of all events and instances are a
 * product of one sum a group: over the group's positions and the instances' places of what lies inside.
 */
export function clippedLink(nest: Nest, link: Link, visits: Visits): LinkCounts {
  const window = new Window(link.projection);
  const isOutput = link.role === "output";
  const words = link.kind === "compute" ? pointsOf(nest, link, window) : tilesOf(nest, link, window, visits);
  const places = (rows: readonly number[], capability: "multicast" | "reduction", crossed: number): Placed =>
    placesBelow(nest, link, rows, capability, crossed);
  const atParent = (rows: readonly number[]): ParentCounts => {
    const down = (crossed: number): number => fillsAt(words, places(rows, "multicast", crossed), isOutput);
    const up = (crossed: number): number => enteredAt(words, places(rows, "reduction", crossed));
    const crossings = link.fanouts.map((_, i) => i + 1);
    if (link.kind === "storage")
      return {
        reads: down(0),
        updates: isOutput ? up(0) : 0,
        hops: crossings.map((n) => down(n) + (isOutput ? up(n) : 0)),
      };
    if (!isOutput) {
      const reads = (crossed: number): number => enteredAt(words, places(rows, "multicast", crossed));
      return { reads: reads(0), updates: 0, hops: crossings.map(reads) };
    }
    const old = up(0) - touchedBelow(nest, link, rows, window);
    return { reads: old, updates: up(0), hops: crossings.map((n) => up(n) + old) };
  };
  const atChild = (rows: readonly number[]): ChildCounts => {
    const own = { times: 1, places: startsOf(nest, link, rows, link.child.depth).map((point) => [point]) };
    return { fills: fillsAt(words, own, isOutput), drains: isOutput ? enteredAt(words, own) : 0 };
  };
  return { atParent, atChild: link.kind === "compute" ? () => ({ fills: 0, drains: 0 }) : atChild };
}

/** Words, per group and place, that add up to what instances move. */
interface Words {
  /** Sums of products over groups: `times` copies of what enters, less what is kept. */
  readonly events: readonly { readonly times: number; readonly enters: Shadow; readonly keeps: Shadow | null }[];
  /** What an instance at a place ever holds. */
  readonly held: Shadow;
}
type Shadow = (group: number, place: Point) => number;
interface Placed {
  readonly times: number;
  readonly places: Places;
}

const enteredAt = ({ events }: Words, { times, places }: Placed): number => {
  let words = 0;
  for (const event of events)
    words +=
      event.times * (overPlaces(event.enters, places) - (event.keeps === null ? 0 : overPlaces(event.keeps, places)));
  return times * words;
};

const fillsAt = (words: Words, placed: Placed, isOutput: boolean): number =>
  enteredAt(words, placed) - (isOutput ? placed.times * overPlaces(words.held, placed.places) : 0);

const overPlaces = (shadow: Shadow, places: Places): number =>
  product(places.map((points, group) => points.reduce((n, point) => n + shadow(group, point), 0)));

function tilesOf(nest: Nest, link: Link, window: Window, visits: Visits): Words {
  const { projection, child } = link;
  const lengths = lengthsOf(projection, extentsAt(nest, child.depth));
  const loops = temporalCopies(nest, link, child.depth);
  const irrelevant = (some: readonly Copies[]): number =>
    product(some.map(({ variable, count }) => (isRelevant(projection, variable) ? 1 : count)));
  const first = {
    times: 1,
    enters: window.shadow(
      lengths,
      lengths.map(() => 0),
      [],
      null,
    ),
    keeps: null,
  };
  const events = eventsOf(loops, reuseAt(nest.architecture, child.level), visits).map(({ loop, move, isKept }) => {
    const outer = loops.slice(0, loop);
    const own = loops[loop];
    const times = irrelevant(outer) * (own === undefined || isRelevant(projection, own.variable) ? 1 : own.count - 1);
    const still = lengths.map(() => 0);
    const keeps = isKept ? window.shadow(lengths, move, outer, own ?? null) : null;
    return { times, enters: window.shadow(lengths, still, outer, own ?? null), keeps };
  });
  return { events: [first, ...events], held: window.union(lengths, loops) };
}

function pointsOf(nest: Nest, link: Link, window: Window): Words {
  const point = link.projection.offsets.map(() => 1);
  const still = link.projection.offsets.map(() => 0);
  const loops = temporalCopies(nest, link, nest.loops.length);
  const irrelevant = loops.filter(({ variable }) => !isRelevant(link.projection, variable));
  const times = product(irrelevant.map(({ count }) => count));
  const enters = window.shadow(point, still, loops, null);
  return { events: [{ times, enters, keeps: null }], held: window.union(point, loops) };
}

function touchedBelow(nest: Nest, link: Link, rows: readonly number[], window: Window): number {
  const point = link.projection.offsets.map(() => 1);
  const below = digitsOf(nest, link).map((loop) => copiesOf(link, loop));
  const touched = window.union(point, [...temporalCopies(nest, link, nest.loops.length), ...below]);
  const starts = startsOf(nest, link, rows, link.parent.depth);
  return product(starts.map((place, group) => touched(group, place)));
}

/** Where the low corner of an instance's first tile lies, per group. */
function startsOf(nest: Nest, { projection, child }: Link, rows: readonly number[], depth: number): readonly Point[] {
  const extents = extentsAt(nest, child.depth);
  return projection.groups.map(({ axes, variables }) =>
    axes.map((axis) => {
      let start = projection.offsets[axis] ?? 0;
      for (const v of variables) {
        const coefficient = projection.coefficients[v]?.[axis] ?? 0;
        start += coefficient * rowOffset(nest.ranges.trackAt(v, depth), rows[v] ?? 0);
        start += Math.min(0, coefficient) * ((extents[v] ?? 1) - 1);
      }
      return start;
    }),
  );
}

/** The places below a parent that make different requests. */
function placesBelow(
  nest: Nest,
  link: Link,
  rows: readonly number[],
  capability: "multicast" | "reduction",
  crossed: number,
): Placed {
  const { projection, parent } = link;
  const { apart, sharing } = sharingOf(nest, link, capability, crossed);
  const starts = startsOf(nest, link, rows, parent.depth);
  const places = projection.groups.map((group, g) => {
    const within = (loops: readonly { readonly variable: number; readonly by: number; readonly count: number }[]) =>
      loops.filter(({ variable }) => group.variables.includes(variable)).map((loop) => copiesOf(link, loop));
    const shared = new Map(positions(group, within(sharing), starts[g] ?? []).map((point) => [point.join(), point]));
    return [...shared.values()].flatMap((point) => positions(group, within(apart), point));
  });
  const times = product(apart.map(({ variable, count }) => (isRelevant(projection, variable) ? 1 : count)));
  return { times, places };
}

/** Every position that loops lead to on a group's axes. */
function positions({ axes }: Group, loops: readonly Copies[], start: Point): readonly Point[] {
  let points: readonly Point[] = [start];
  for (const { count, step } of loops)
    points = points.flatMap((point) =>
      Array.from({ length: count }, (_, k) => point.map((x, i) => x + k * (step[axes[i] ?? 0] ?? 0))),
    );
  return points;
}

/** Measures shadows on groups of axes inside the tensor; answers are kept. */
class Window {
  private readonly projection: Projection;

  constructor(projection: Projection) {
    this.projection = projection;
  }

  /**
   * Words of a tile, or of what it has in common with itself before a move, added up over the positions that the outer loops
   * and the second to last iterations of the advancing loop lead to.
   */
  shadow(lengths: readonly number[], move: readonly number[], outer: readonly Copies[], own: Copies | null): Shadow {
    return kept((g, place) => {
      const group = this.groupAt(g);
      const mine = outer.filter(({ variable }) => group.variables.includes(variable));
      const isOwn = own !== null && group.variables.includes(own.variable);
      const later = isOwn ? [{ ...own, count: own.count - 1 }] : [];
      const start = place.map((x, i) => x + (isOwn ? (own.step[group.axes[i] ?? 0] ?? 0) : 0));
      let words = 0;
      for (const point of positions(group, [...mine, ...later], start))
        words += this.inside(group, point, lengths, move);
      return words;
    });
  }

  /** Words inside the tensor that a tile covers at any position. */
  union(lengths: readonly number[], loops: readonly Copies[]): Shadow {
    return kept((g, place) => {
      const group = this.groupAt(g);
      const mine = loops.filter(({ variable }) => group.variables.includes(variable));
      const boxes = positions(group, mine, place).map((point) =>
        group.axes.map((axis, i) => this.interval(axis, point[i] ?? 0, lengths[axis] ?? 1, 0)),
      );
      const inside = boxes.filter((box) => box.every(([low, high]) => low < high));
      return group.axes.length === 1 ? lengthOfIntervals(inside.flat()) : volumeOf(inside);
    });
  }

  private groupAt(g: number): Group {
    const group = this.projection.groups[g];
    if (group === undefined) throw new Error(`no group ${g}`);
    return group;
  }

  private inside(group: Group, point: Point, lengths: readonly number[], move: readonly number[]): number {
    let words = 1;
    for (const [i, axis] of group.axes.entries()) {
      const [low, high] = this.interval(axis, point[i] ?? 0, lengths[axis] ?? 1, move[axis] ?? 0);
      words *= Math.max(0, high - low);
    }
    return words;
  }

  private interval(axis: number, start: number, length: number, move: number): readonly [number, number] {
    const low = Math.max(start, start - move);
    const high = Math.min(start, start - move) + length;
    if (this.projection.clipped[axis] !== true) return [low, high];
    return [Math.max(0, low), Math.min(this.projection.shape[axis] ?? 0, high)];
  }
}

function kept(shadow: Shadow): Shadow {
  const known = new Map<string, number>();
  return (group, place) => {
    const name = `${group} ${place}`;
    const words = known.get(name) ?? shadow(group, place);
    known.set(name, words);
    return words;
  };
}
