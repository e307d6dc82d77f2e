import type { LegalMapping, ResolvedDataflow } from "../mappings/index.js";
import { layoutOf, type Setting, transfersOf } from "./atoms.js";
import { type SlidingNode, slidingNodesOf } from "./chain-motion.kernel.js";
import type { Limits } from "./limits.js";
import type { Objective } from "./objective.js";
import { type OrderFamily, ordersOf } from "./orders.js";
import { type Placement, placementsOf } from "./placement.js";
import type { Problem } from "./problem.js";
import { programOf } from "./program.js";
import { type Relaxation, relaxationOf } from "./relaxation.js";
import { askedBoxes } from "./smooth-asked.js";
import { type SmoothBound, SmoothDual, type SmoothPoint } from "./smooth-dual.kernel.js";
import { type Box, type Keys, SmoothGroup } from "./smooth-group.kernel.js";
import { type SmoothPacking, smoothPackingOf } from "./smooth-packing.js";
import { anyReduction, type Reduction, reducedBoxes, reductionsOf, repeatsOf } from "./smooth-reduction.js";
import { slotsOf } from "./smooth-slots.js";
import { mappingsNear } from "./smooth-starts.js";
import { mirrorOf } from "./tables.js";

/** Steps of a family's first bound, of the second, where it holds the whole bound down, and of its parts. */
const FIRST = 4;
const SECOND = 20;
const NEXT = 10;
/** More runs where all choices of one are the same. */
const TRIES = 3;
/** The share of the energy for which the reduction is cut. */
const LOST = 0.02;
/** Parts whose choices are worth a start. */
const LOWEST = 25;
/** Parts after which the bound is left as it is. */
const MOST_PARTS = 5000;

/** What of a family is still open. */
export interface Part {
  readonly family: Family;
  readonly boxes: readonly Box[];
  /** Log of a lower bound. */
  readonly bound: number;
  readonly start: SmoothPoint;
  readonly cut: SmoothBound["cut"];
  /** How many of the sliding nodes are settled: which group slides each. */
  readonly settled: number;
  /** How far the mapping's reduction goes along the packed fan-out, and the share of the energy that hangs on it. */
  readonly reduction: Reduction;
  readonly lost: number;
  readonly picked: SmoothBound["picked"];
  /** How often more steps may be tried before it is cut. */
  readonly tries: number;
}

/** The nests of one placement under one family of loop orders. */
export interface Family {
  readonly setting: Setting;
  readonly order: OrderFamily;
  readonly dual: SmoothDual;
  readonly groups: readonly SmoothGroup[];
  readonly packing: SmoothPacking;
  /** Nodes whose tiles some group may slide, and the variables that move each. */
  readonly sliding: readonly (SlidingNode & { readonly moving: ReadonlySet<number> })[];
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
  /** What can matter only above this (log) has been left out. */
  private goal = Number.POSITIVE_INFINITY;
  private isSuited = true;
  private readonly families: Iterator<Family>;
  private hint: SmoothPoint | null = null;

  private readonly problem: Problem;
  private readonly limits: Limits;

  constructor(problem: Problem, limits: Limits, objective: Objective) {
    this.problem = problem;
    this.limits = limits;
    this.families = this.familiesOf(problem, limits, objective);
  }

  /** The log of the bound so far; −∞ before all families are bounded, and for layers that this bound is not made for. */
  get bound(): number {
    if (!this.isBounded || !this.isSuited) return Number.NEGATIVE_INFINITY;
    return this.open.reduce((least, { bound }) => Math.min(least, bound), this.goal);
  }

  /** Raises the bound until it reaches the goal (log), there are so many parts more, or the search is to end. */
  raise(goal: number, cancelled: () => boolean, parts: number = MOST_PARTS): void {
    this.goal = Math.min(this.goal, goal);
    if (!this.isBounded && !this.boundAll(goal, cancelled)) return;
    const most = Math.min(MOST_PARTS, this.open.length + parts);
    while (this.open.length < most && !cancelled()) {
      const at = this.open.reduce((best, { bound }, i, all) => (bound < (all[best]?.bound ?? 0) ? i : best), 0);
      const part = this.open[at];
      if (part === undefined || part.bound >= goal) return;
      const pieces = this.piecesOf(part);
      if (pieces === null) return;
      this.open.splice(at, 1);
      for (const piece of pieces) this.open.push(...this.boundOf(piece, goal));
    }
  }

  /** Legal mappings near the choices of the parts that are bounded lowest. */
  *starts(dataflow: ResolvedDataflow | null): Generator<LegalMapping> {
    const lowest = [...this.open].sort((a, b) => a.bound - b.bound).slice(0, LOWEST);
    for (const { family, picked } of lowest)
      for (const one of picked) yield* mappingsNear(family.setting, family.order, family.packing, one, dataflow);
  }

  /** The parts into which one falls, not bounded anew; null where it does not. */
  private piecesOf(part: Part): readonly Part[] | null {
    const { family, boxes, settled, reduction, lost, tries } = part;
    if (tries > 0) return [part];
    const reductions = lost > LOST ? reductionsOf(reduction) : null;
    if (reductions !== null)
      return reductions.map((own) => ({
        ...part,
        reduction: own,
        boxes: reducedBoxes(this.problem, family.packing, own, family.groups, boxes),
      }));
    if (settled < family.sliding.length)
      return settledOf(part).map((own) => ({ ...part, boxes: own, settled: settled + 1 }));
    return halvesOf(part)?.map((own) => ({ ...part, boxes: own })) ?? null;
  }

  private boundAll(cutoff: number, cancelled: () => boolean): boolean {
    for (;;) {
      const next = this.families.next();
      if (next.done === true) break;
      if (cancelled()) return false;
      const family = next.value;
      const { groups, packing, setting } = family;
      const whole = groups.map((group) => group.wholeBox());
      const boxes = askedBoxes(this.problem, this.limits, setting.placement, packing, groups, whole);
      const reduction = anyReduction(packing);
      const repeats = repeatsOf(this.problem, packing, reduction);
      const found = family.dual.run(boxes, repeats, this.hint, cutoff, FIRST);
      if (found.bound === Number.POSITIVE_INFINITY) continue;
      this.hint = found.at;
      this.open.push({ family, reduction, ...partly(found), bound: found.bound, settled: 0, tries: 1 });
    }
    this.isBounded = true;
    return true;
  }

  private boundOf(part: Part, goal: number): readonly Part[] {
    const { family, reduction, start, tries } = part;
    const repeats = repeatsOf(this.problem, family.packing, reduction);
    const found = family.dual.run(part.boxes, repeats, start, goal, tries > 0 ? SECOND : NEXT);
    if (found.bound === Number.POSITIVE_INFINITY) return [];
    // Choices that do not differ at all may only be waiting for the multipliers.
    const left = found.cut !== null ? 0 : tries > 0 ? tries - 1 : TRIES;
    return [{ ...part, ...partly(found), bound: Math.max(found.bound, part.bound), tries: left }];
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

const partly = ({
  at,
  cut,
  boxes,
  lost,
  picked,
}: SmoothBound): Pick<Part, "start" | "cut" | "boxes" | "lost" | "picked"> => ({
  ...{ start: at, cut, boxes, lost, picked },
});

/** The nests of a placement under one family of orders; `keys`: what families of the placement share. */
export function familyOf(
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
  const groups: SmoothGroup[] = [];
  for (const g of problem.groups.keys()) {
    const twin = limits.constrained ? null : (groups[mirrorOf(problem, g, order.allowed)] ?? null);
    groups.push(new SmoothGroup(setting, relaxation, packing, g, slots, keys, twin));
  }
  const sliding = slidingNodesOf(setting)
    .filter(({ together }) => !together)
    .map((node) => {
      const tensor = setting.placement.nodes[node.node]?.tensor ?? -1;
      const moving = new Set(problem.active.filter((v) => problem.relevance[tensor]?.[v] !== "irrelevant"));
      return { ...node, moving };
    });
  return {
    ...{ setting, order, groups, packing, sliding: sliding.reverse() },
    dual: new SmoothDual(relaxation, objective, packing, groups),
  };
}

/**
 * The boxes of a part, for each choice of the innermost loop that moves the next node's tile: a group that slides it and the region of its loop, further in
 * than which nothing moves it, or any other loop. Only that group's loops slide the tile; all others bring it whole.
 */
export function settledOf({
  family,
  boxes,
  settled,
}: Pick<Part, "family" | "boxes" | "settled">): readonly (readonly Box[])[] {
  const sliding = family.sliding[settled];
  if (sliding === undefined) return [boxes];
  const { node, groups, moving } = sliding;
  const settle = (own: number, region: number): readonly Box[] =>
    boxes.map((box, g) => {
      const closed = box.closed.slice();
      const variables = family.groups[g]?.variables ?? [];
      for (let r = region + 1; r <= node; r++)
        variables.forEach((v, i) => {
          if (moving.has(v)) closed[i] = (closed[i] ?? 0) | (1 << r);
        });
      if (g === own || !groups.includes(g)) return { ...box, closed };
      const whole = box.whole.slice();
      whole[node] = 1;
      return { ...box, whole, closed };
    });
  return [
    settle(-1, node),
    ...groups.flatMap((own) =>
      [...(family.groups[own]?.regions ?? [])].filter((region) => region <= node).map((region) => settle(own, region)),
    ),
  ];
}

/** The boxes of a part, cut in two; null where its choices do not differ. */
export function halvesOf({ boxes, cut }: Pick<Part, "boxes" | "cut">): readonly (readonly Box[])[] | null {
  if (cut === null) return null;
  return [true, false].map((isLower) =>
    boxes.map((box, g) => {
      if (g !== cut.group) return box;
      const [lo, hi] = [box.lo.slice(), box.hi.slice()];
      if (isLower) hi[cut.coordinate] = cut.most;
      else lo[cut.coordinate] = cut.most + 1;
      return { ...box, lo, hi };
    }),
  );
}
