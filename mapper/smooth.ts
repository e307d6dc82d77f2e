import { layoutOf, type Setting, transfersOf } from "./atoms.js";
import type { Limits } from "./limits.js";
import type { Objective } from "./objective.js";
import { type OrderFamily, ordersOf } from "./orders.js";
import { type Placement, placementsOf } from "./placement.js";
import type { Problem } from "./problem.js";
import { programOf } from "./program.js";
import { type Relaxation, relaxationOf } from "./relaxation.js";
import { type SmoothBound, SmoothDual, type SmoothPoint } from "./smooth-dual.kernel.js";
import { type Box, type Keys, SmoothGroup } from "./smooth-group.kernel.js";
import { type SmoothPacking, smoothPackingOf } from "./smooth-packing.js";
import { leastRepeats, slotsOf } from "./smooth-slots.js";

/** Steps of a family's first bound, and of its parts. */
const FIRST = 16;
const NEXT = 10;
/** A family is bounded further only where it is the one that holds the bound down; at first it need not pass the goal by more. */
const SLACK = 0.08;
/** Parts after which the bound is left as it is. */
const MOST_PARTS = 5000;

/** What of a family is still open. */
interface Part {
  readonly family: Family;
  readonly boxes: readonly Box[];
  /** Log of a lower bound. */
  readonly bound: number;
  readonly start: SmoothPoint;
  readonly cut: SmoothBound["cut"];
}

/** The nests of one placement under one family of loop orders. */
interface Family {
  readonly dual: SmoothDual;
  readonly groups: readonly SmoothGroup[];
}

/**
 * Lower bounds of the value of every mapping, imperfect tiles included, by *smooth nests*: a factor may be any number of at least 1, only tiles are whole.
 *
 * Draw a point of the iteration space by chance. The pieces around it, loop by loop, make a smooth nest: its tiles are no larger than the mapping's own,
 * its spatial factors no more than the mapping's iterations. Every count of the mapping is, on average over all points, at least what the nest's
 * product formula says: n pieces of a range weigh as much as their shares of it, 1/share each; an irrelevant loop costs a piece nothing where
 * nothing moves inside it, and there the nest has no loop inside either; what a spatial loop shares is counted at its first and fullest iteration. Energy and steps are sums of counts, and
 * the log of a product of two sums is concave: so the mapping's value is no less than the least of the nests'. (Of several delays, whose greatest is
 * not concave, the steps alone count.)
 *
 * Smooth nests stand in the placements and loop orders of perfect ones (orders.ts).
 */
export class SmoothSearch {
  private readonly open: Part[] = [];
  private isBounded = false;
  private isSuited = true;
  private readonly families: Iterator<Family>;
  private hint: SmoothPoint | null = null;

  constructor(problem: Problem, limits: Limits, objective: Objective) {
    this.families = this.familiesOf(problem, limits, objective);
  }

  /** The log of the bound so far; −∞ before all families are bounded, and for layers that this bound is not made for. */
  get bound(): number {
    if (!this.isBounded || !this.isSuited) return Number.NEGATIVE_INFINITY;
    return this.open.reduce((least, { bound }) => Math.min(least, bound), Number.POSITIVE_INFINITY);
  }

  /** Raises the bound until it reaches the goal (log), or the search is to end. */
  raise(goal: number, cancelled: () => boolean): void {
    if (!this.isBounded && !this.boundAll(goal - SLACK, cancelled)) return;
    while (this.open.length < MOST_PARTS && !cancelled()) {
      const at = this.open.reduce((best, { bound }, i, all) => (bound < (all[best]?.bound ?? 0) ? i : best), 0);
      const part = this.open[at];
      if (part === undefined || part.bound >= goal) return;
      const halves = halvesOf(part);
      if (halves === null) return;
      this.open.splice(at, 1);
      for (const boxes of halves) this.open.push(...this.boundOf(part.family, boxes, part, goal));
    }
  }

  private boundAll(cutoff: number, cancelled: () => boolean): boolean {
    for (;;) {
      const next = this.families.next();
      if (next.done === true) break;
      if (cancelled()) return false;
      const family = next.value;
      const boxes = family.groups.map((group) => group.wholeBox());
      const found = family.dual.run(boxes, this.hint, cutoff, FIRST);
      if (found.bound === Number.POSITIVE_INFINITY) continue;
      this.hint = found.at;
      this.open.push({ family, boxes, bound: found.bound, start: found.at, cut: found.cut });
    }
    this.isBounded = true;
    return true;
  }

  private boundOf(family: Family, boxes: readonly Box[], parent: Part, goal: number): readonly Part[] {
    const { bound, at, cut } = family.dual.run(boxes, parent.start, goal, NEXT);
    if (bound === Number.POSITIVE_INFINITY) return [];
    return [{ family, boxes, bound: Math.max(bound, parent.bound), start: at, cut }];
  }

  private *familiesOf(problem: Problem, limits: Limits, objective: Objective): Generator<Family> {
    for (const placement of placementsOf(problem, limits)) {
      const transfers = transfersOf(placement);
      const setting = { problem, placement, transfers, layout: layoutOf(problem, placement, transfers) };
      const whole = relaxationOf(programOf(problem, placement));
      if (whole.isImpossible) continue;
      const relaxation = { ...whole, delays: whole.delays.slice(0, 1) };
      const packing = smoothPackingOf(problem, placement);
      const keys: Keys = new Map();
      this.hint = null;
      for (const order of ordersOf(problem, limits, placement)) {
        const family = familyOf(setting, relaxation, limits, objective, packing, order, keys);
        if (family.groups.some(({ isSuited }) => !isSuited)) {
          this.isSuited = false;
          return;
        }
        yield family;
      }
    }
  }
}

function familyOf(
  setting: Setting & { readonly placement: Placement },
  relaxation: Relaxation,
  limits: Limits,
  objective: Objective,
  packing: SmoothPacking,
  order: OrderFamily,
  keys: Keys,
): Family {
  const { problem } = setting;
  const slots = problem.bounds.map((_, v) => slotsOf(setting, relaxation, limits, order, v));
  const groups = problem.groups.map((_, g) => new SmoothGroup(setting, relaxation, packing, g, slots, keys));
  const leasts = new Float64Array(relaxation.columns.length);
  for (const { v } of relaxation.energy)
    if (v >= 0 && relaxation.columns[v]?.entered === -1) leasts[v] = leastRepeats(problem);
  return { dual: new SmoothDual(relaxation, objective, packing, groups, leasts), groups };
}

/** The boxes of a part, cut in two; null where its choices do not differ. */
function halvesOf({ boxes, cut }: Part): readonly (readonly Box[])[] | null {
  if (cut === null) return null;
  return [true, false].map((isLower) =>
    boxes.map((box, g) => {
      if (g !== cut.group) return box;
      const [lo, hi] = [box.lo.slice(), box.hi.slice()];
      if (isLower) hi[cut.coordinate] = cut.most;
      else lo[cut.coordinate] = cut.most + 1;
      return { lo, hi };
    }),
  );
}
