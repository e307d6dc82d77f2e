import type { Setting } from "./atoms.js";
import { ChainAtoms } from "./chain-atoms.js";
import { freeFrom } from "./chain-motion.kernel.js";
import { type ChainLoop, regionOf } from "./chains.js";
import type { Limits } from "./limits.js";
import { nodePosition, type OrderFamily, positionOf } from "./orders.js";
import { fanoutOf, shares } from "./problem.js";
import type { Relaxation } from "./relaxation.js";

/** A place of a smooth nest (smooth.ts) that takes a factor of a variable's bound: what the factor multiplies every column by. */
export interface Slot {
  readonly region: number;
  /** 2f + 0 (x) or 1 (y) of fan-out f; −1 for temporal places. */
  readonly axis: number;
  /** Per column the power of the factor, tiles aside. */
  readonly powers: Float64Array;
  /** The part of the powers that is of requests (drains) which other variables of the group may make the same. */
  readonly meeting: Float64Array;
}

/** The slots of a variable under an order, outermost region first. */
export function slotsOf(
  setting: Setting,
  relaxation: Relaxation,
  limits: Limits,
  order: OrderFamily,
  variable: number,
): readonly Slot[] {
  const { problem, placement } = setting;
  const atoms = new ChainAtoms(setting, variable);
  const slots: Slot[] = [];
  const loop = (place: number, fanout: number, axis: "x" | "y"): ChainLoop => ({
    ...{ variable, count: 2, by: 1, place, fanout, axis, position: -1 },
  });
  const places = Array.from({ length: placement.nodes.length + 1 + 2 * problem.fanouts.length }, (_, place) => place);
  for (const place of places) {
    if (((order.allowed[variable] ?? 0) & (1 << place)) === 0) continue;
    const own = loop(place, -1, "x");
    const powers = project(setting, relaxation, atoms.powersOf(own));
    const position = positionOf(problem, placement, order, place, variable);
    relaxation.columns.forEach(({ entered }, c) => {
      if (entered >= 0 && position < chargedTo(setting, order, entered, variable)) powers[c] = (powers[c] ?? 0) + 1;
    });
    const region = regionOf(problem, placement, own);
    slots.push({ region, axis: -1, powers, meeting: new Float64Array(powers.length) });
  }
  problem.fanouts.forEach((level, f) => {
    const region = placement.fanouts.findIndex((there) => there.includes(level));
    if (region < 0 || (order.unused & (1 << f)) !== 0) return;
    for (const axis of ["x", "y"] as const) {
      if (fanoutOf(problem, level)[axis] === 1 || !limits.spatial(placement, level, axis, variable)) continue;
      const own = loop(-1, f, axis);
      const each = atoms.powersOf(own);
      const powers = project(setting, relaxation, each);
      const meeting = project(setting, relaxation, meetingOf(setting, own, each));
      slots.push({ region, axis: 2 * f + (axis === "x" ? 0 : 1), powers, meeting });
    }
  });
  return slots.sort((a, b) => a.region - b.region);
}

/** The position up to which the variable's loops bring new words into the node. */
function chargedTo(setting: Setting, order: OrderFamily, node: number, variable: number): number {
  const { problem, placement } = setting;
  const tensor = placement.nodes[node]?.tensor ?? -1;
  const isRelevant = problem.relevance[tensor]?.[variable] !== "irrelevant";
  return isRelevant ? nodePosition(node) : Math.min(nodePosition(node), freeFrom(setting, order, node));
}

/** From powers of atoms to powers of columns; distinct words, by which differences are split, cancel out and are left out. */
function project({ transfers, layout }: Setting, { columns }: Relaxation, atoms: Float64Array): Float64Array {
  const distinct = new Set(transfers.map((_, t) => layout.distinct(t)));
  const sum = (of: readonly number[]): number => of.reduce((n, a) => (distinct.has(a) ? n : n + (atoms[a] ?? 0)), 0);
  return Float64Array.from(columns, ({ times, over }) => sum(times) - sum(over));
}

/** Of a spatial loop's powers those that equal requests of other variables' loops may take away. */
function meetingOf({ problem, transfers, layout }: Setting, loop: ChainLoop, atoms: Float64Array): Float64Array {
  const meeting = new Float64Array(atoms.length);
  const level = problem.fanouts[loop.fanout] ?? -1;
  const take = (atom: number): void => {
    meeting[atom] = atoms[atom] ?? 0;
  };
  transfers.forEach(({ tensor }, t) => {
    if (problem.relevance[tensor]?.[loop.variable] !== "partial") return;
    const [down, up] = (["multicast", "reduction"] as const).map((way) =>
      shares(problem, level, loop.axis, tensor, way),
    );
    if (down) take(layout.requests(t));
    if (up) take(layout.drains(t));
    problem.fanouts.forEach((_, f) => {
      if (down && loop.fanout > f) take(layout.crossDown(t, f));
      if (up && loop.fanout > f) take(layout.crossUp(t, f));
    });
  });
  return meeting;
}

/** The words that each node may hold of its own tile, so far as a capacity says. */
export function roomsOf({ placement, layout }: Setting, { capacities, columns }: Relaxation): readonly number[] {
  return placement.nodes.map((_, j) =>
    capacities.reduce((room, { columns: of, most }) => {
      const isHere = of.some((c) => columns[c]?.times[0] === layout.tile(j));
      return isHere ? Math.min(room, most - (of.length - 1)) : room;
    }, Number.POSITIVE_INFINITY),
  );
}
