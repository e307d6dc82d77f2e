import type { Setting } from "./atoms.js";
import { extentsOf } from "./motion.js";
import type { Axis } from "./problem.js";
import { reuseAt } from "./problem.js";
import type { Relaxation } from "./relaxation.js";
import { type Bins, type SideChain, sideChains } from "./smooth-sides.js";
import { roomsOf, type Slot } from "./smooth-slots.js";

const NONE = Number.POSITIVE_INFINITY;
/** The most chains of the other variables of a group. */
const MOST_SIDES = 4000;

/** Side chains with the same tiles and the same iterations over each node: they leave the same choice to the main variable. */
export interface Key {
  /** Per node and side variable: its tile, and the log of its temporal iterations above. */
  readonly tiles: readonly (readonly number[])[];
  readonly visits: readonly (readonly number[])[];
  /** A chain of each side variable. */
  readonly members: (readonly SideChain[])[];
  /** K × (bound + 1): log tile, and log words that enter a visit of the node, at least. */
  readonly tile: Float64Array;
  readonly enter: Float64Array;
}

/** A group: its variable of the largest bound, the others, and where they may put factors. */
export interface Shape {
  readonly main: number;
  readonly sides: readonly number[];
  /** Per variable of the layer. */
  readonly slots: readonly (readonly Slot[])[];
  readonly bins: Bins;
  /** Per axis of the fan-outs. */
  readonly sizes: readonly number[];
}

/** The keys of a group; null where they would be too many. */
export function keysOf(
  setting: Setting,
  relaxation: Relaxation,
  group: number,
  { main, sides, slots, bins, sizes }: Shape,
): readonly Key[] | null {
  const { problem, placement } = setting;
  const K = placement.nodes.length;
  const bound = problem.bounds[main]!;
  let lists: (readonly SideChain[])[] = [[]];
  for (const v of sides) {
    const open = new Set(slots[v]!.map(({ region, axis }) => (axis < 0 ? region : K + 1 + axis)));
    const chains = sideChains(problem.bounds[v]!, bins, (bin) => open.has(bin), sizes, MOST_SIDES);
    if (chains === null || chains.length * lists.length > MOST_SIDES) return null;
    lists = lists.flatMap((list) => chains.map((chain) => [...list, chain]));
  }
  const rooms = roomsOf(setting, relaxation);
  const byName = new Map<string, Key>();
  const width = bound + 1;
  for (const list of lists) {
    const tiles = placement.nodes.map((_, j) => list.map((chain) => chain.tiles[j]!));
    const visits = placement.nodes.map((_, j) =>
      list.map((chain) => chain.logs.slice(0, j + 1).reduce((sum, log) => sum + log, 0)),
    );
    const name = `${tiles.join("/")} ${visits.map((of) => of.map((x) => x.toFixed(6))).join("/")}`;
    const key = byName.get(name);
    if (key !== undefined) {
      key.members.push(list);
      continue;
    }
    const made: Key = {
      tiles,
      visits,
      members: [list],
      tile: new Float64Array(K * width),
      enter: new Float64Array(K * width),
    };
    placement.nodes.forEach(({ tensor, level }, j) => {
      const axes = problem.axes[tensor]![group]!;
      for (let t = 1; t <= bound; t++) {
        const extentOf = (v: number): number => (v === main ? t : (tiles[j]![sides.indexOf(v)] ?? 1));
        const whole = extentsOf(axes, extentOf).reduce((n, e) => n * e, 1);
        made.tile[j * width + t] = whole > rooms[j]! * (1 + 1e-11) ? NONE : Math.log(whole);
        const words = leastWords(
          main,
          sides,
          axes,
          t,
          tiles[j]!,
          visits[j]!,
          whole,
          problem.bounds,
          reuseAt(problem, level) === "none",
        );
        made.enter[j * width + t] = Math.log(words);
      }
    });
    byName.set(name, made);
  }
  return [...byName.values()];
}

/**
 * Words that enter at least, on average, with each of the iterations above the node that move its tile. Along one axis an iteration either keeps
 * what a step of the innermost loop keeps, or brings the whole tile; those of other loops may undo each other and bring nothing, which
 * leaves at least half of all. Else: the tile, once.
 */
function leastWords(
  main: number,
  sides: readonly number[],
  axes: readonly Axis[],
  tile: number,
  sideTiles: readonly number[],
  sideVisits: readonly number[],
  whole: number,
  bounds: readonly number[],
  isWhole: boolean,
): number {
  const movers = [main, ...sides].filter((v) => axes.some(({ variables }) => variables.includes(v)));
  if (
    axes.every(({ variables }) => variables.length === 1) &&
    new Set(axes.flatMap((a) => a.variables)).size === axes.length
  )
    return whole;
  const tileOf = (v: number): number => (v === main ? tile : sideTiles[sides.indexOf(v)]!);
  const most = movers.reduce(
    (n, v) => n * (v === main ? bounds[v]! / tile : Math.exp(sideVisits[sides.indexOf(v)]!)),
    1,
  );
  const once = whole / Math.max(1, most);
  const [axis] = axes;
  if (axes.length !== 1 || axis === undefined) return once;
  if (axis.coefficients.some((c) => c > 0) && axis.coefficients.some((c) => c < 0)) return once;
  const moving = movers.filter((v) => (v === main ? tile < bounds[v]! : sideVisits[sides.indexOf(v)]! > 1e-9));
  if (moving.length === 0) return whole;
  let step = whole;
  if (!isWhole)
    for (const v of moving) step = Math.min(step, Math.abs(axis.coefficients[axis.variables.indexOf(v)]!) * tileOf(v));
  if (moving.length > 1) return Math.max(step / 2, once);
  return step * (1 + (whole / step - 1) / Math.max(1, most));
}
