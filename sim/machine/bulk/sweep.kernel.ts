/**
 * Sweeps: steps of the innermost loop outside the block, done in one call where they are alike. That is so in an even nest from the
 * third iteration on: every box that moves goes on by the same translation, keeps what it kept before, and asks for
 * equally many words; of outputs either all or none of the words were here before.
 */
import type { Extent, Mover } from "../code/movers.js";
import { moverRecord, type Program, SHIFT_RECORD } from "../code/program.js";
import { MOST_RECORDS, RECORD } from "../code/sweep.js";
import type { Chain, Station } from "./chain.kernel.js";
import type { Computes } from "./compute.kernel.js";
import type { Delta } from "./deltas.js";
import { type Part, type Plan, SHIFT, SPAN } from "./plans.kernel.js";
import type { Cohort } from "./stages.js";

/** Fewer steps are not worth a list. */
const FEWEST = 3;

/** A node whose box moves in every step of the sweep. */
export interface Sliding {
  readonly chain: Chain;
  readonly s: number;
  readonly station: Station;
  readonly cohort: Cohort;
  readonly delta: Delta;
  readonly plan: Plan;
  /** How far the parent's box goes in a step, in its own buffer. */
  readonly above: number;
  /** Whether the requested words come from the parent, rather than start from the identity. */
  readonly isFetched: boolean;
}

export class Sweeper {
  readonly chains: readonly Chain[];
  readonly computes: Computes;
  readonly program: Program;
  records = 0;

  constructor(chains: readonly Chain[], computes: Computes, program: Program) {
    this.chains = chains;
    this.computes = computes;
    this.program = program;
  }

  /** Does up to `most` steps of the loop at a position, whose last two steps were done one by one. Tells how many. */
  sweep(position: number, most: number): number {
    const { even, starts, indices } = this.computes;
    if (starts?.beginsAt(indices) === true) return 0;
    if (even === null || this.computes.isFree || this.computes.runner.prepare === null || most < FEWEST) return 0;
    const sliding: Sliding[] = [];
    let steps = most;
    for (const chain of this.chains) {
      if (!chain.affects[position]) continue;
      for (let s = 1; s < chain.stations.length; s++) {
        const found = slidingAt(chain, s, position);
        if (found === undefined) continue;
        if (found === null) return 0;
        const isFetched = !chain.isOutput || isKnown(found, 1);
        steps = chain.isOutput ? alikeFor(found, isFetched, steps) : steps;
        sliding.push({ ...found, isFetched });
      }
    }
    if (steps < FEWEST || !this.list(sliding)) return 0;
    this.computes.recorder?.slide(sliding, position);
    this.computes.sweepFrom(even, position, this.program, this.records, steps);
    for (const node of sliding) account(node, steps);
    for (const chain of this.chains) if (chain.affects[position]) chain.settle();
    return steps;
  }

  /** Writes the moves of a step in their order: drains from the innermost node outwards, then what stays and what is filled. */
  list(sliding: readonly Sliding[]): boolean {
    this.records = 0;
    for (let i = sliding.length - 1; i >= 0; i--) {
      const node = sliding[i]!;
      if (!this.listPart(node, "give", node.plan.drained, node.cohort.atParent - node.cohort.parent!.atOwn))
        return false;
    }
    for (const node of sliding) {
      if (!this.listShifts(node)) return false;
      const { cohort, delta, above, plan, chain, isFetched } = node;
      const distance = cohort.atParent + delta.parent - (cohort.parent!.atOwn + above);
      const mover = !isFetched ? "clear" : chain.isOutput ? "take" : "copy";
      if (!this.listPart(node, mover, plan.requested, distance)) return false;
    }
    return true;
  }

  listPart({ station, cohort, delta, above, chain }: Sliding, mover: Mover, part: Part, distance: number): boolean {
    if (mover === "give" && !chain.isOutput) return true;
    const { spans } = part;
    const { records } = this.program;
    const { table, parentTable } = station.memory;
    for (let i = 0; i < spans.length; i += SPAN) {
      if (this.records === MOST_RECORDS) return false;
      const isBox = spans[i + 3]! > 1 || spans[i + 6]! > 1 || spans[i + 9]! > 1;
      const extent: Extent = isBox ? "box" : spans[i + 2]! > 1 ? "row" : "word";
      let at = RECORD * this.records++;
      records[at++] = moverRecord(mover, extent);
      records[at++] = delta.parent - above;
      records[at++] = table;
      records[at++] = parentTable;
      records[at++] = cohort.first;
      records[at++] = cohort.count;
      records[at++] = spans[i]!;
      records[at++] = spans[i + 1]! + distance;
      for (let k = 2; k < SPAN; k++) records[at++] = spans[i + k]!;
    }
    return true;
  }

  listShifts({ station, cohort, plan: { shifts } }: Sliding): boolean {
    const { records } = this.program;
    for (let i = 0; i < shifts.length; i += SHIFT) {
      if (this.records === MOST_RECORDS) return false;
      let at = RECORD * this.records++;
      records[at++] = SHIFT_RECORD;
      records[at++] = 0;
      records[at++] = station.memory.table;
      records[at++] = cohort.first;
      records[at++] = cohort.count;
      for (let k = 0; k < SHIFT; k++) records[at++] = shifts[i + k]!;
    }
    return true;
  }
}

/** A node's move in steps of the loop: undefined where it does not move, null where its moves are not settled. */
function slidingAt(chain: Chain, s: number, position: number): Omit<Sliding, "isFetched"> | null | undefined {
  const station = chain.stations[s]!;
  const delta = station.deltas?.[position];
  if (delta === undefined || delta === null) return undefined;
  const cohort = station.node.cohorts[0]!;
  const { reuse } = station.node;
  if (reuse === "slide" && !(cohort.isSliding && cohort.lastDelta === delta.id)) return null;
  const plan = reuse === "none" ? delta.plans.whole : delta.plans.kept;
  if (plan === null) return null;
  const above = chain.stations[s - 1]!.deltas?.[position]?.own ?? 0;
  return { chain, s, station, cohort, delta, plan, above };
}

/** Whether all words requested in a coming step were here before. */
const isKnown = ({ cohort, delta, plan }: Omit<Sliding, "isFetched">, step: number): boolean =>
  cohort.everHeld.countRows(cohort.atMarks + step * delta.marks, plan.requested.rows) === plan.requested.words;

/** Steps in which all (or none) of the requested words were here before. */
function alikeFor(node: Omit<Sliding, "isFetched">, isFetched: boolean, most: number): number {
  const { cohort, delta, plan } = node;
  const wanted = isFetched ? plan.requested.words : 0;
  for (let step = 1; step <= most; step++)
    if (cohort.everHeld.countRows(cohort.atMarks + step * delta.marks, plan.requested.rows) !== wanted) return step - 1;
  return most;
}

/** What so many steps of a node's moves leave: places, counters, marks. */
function account({ chain, s, station, cohort, delta, plan, isFetched }: Sliding, steps: number): void {
  const above = chain.stations[s - 1]!.node;
  const { requested, drained } = plan;
  if (chain.isOutput) {
    cohort.drains += steps * drained.words;
    chain.count(station.up, station.node.up, cohort, steps * drained.words, above.updates);
    if (!isFetched)
      for (let step = 1; step <= steps; step++)
        cohort.everHeld.addRows(cohort.atMarks + step * delta.marks, requested.rows);
  }
  const filled = isFetched ? steps * requested.words : 0;
  cohort.fills += filled;
  chain.count(station.down, station.node.down, cohort, filled, above.reads);
  for (let axis = 0; axis < cohort.held.low.length; axis++)
    cohort.held.low[axis] = cohort.held.low[axis]! + steps * delta.move[axis]!;
  cohort.atOwn += steps * delta.own;
  cohort.atParent += steps * delta.parent;
  cohort.atMarks += steps * delta.marks;
  cohort.version += steps;
}
