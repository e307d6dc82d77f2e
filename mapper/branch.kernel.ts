import type { Arena } from "./arena.kernel.js";
import { Branching } from "./branching.kernel.js";
import type { SlidingNode } from "./chain-motion.kernel.js";
import { Choices, ROUNDING } from "./choices.kernel.js";
import { undominated } from "./dominance.kernel.js";
import { Dual, type Start } from "./dual.kernel.js";
import { Estimate } from "./estimate.kernel.js";
import type { Valuation } from "./evaluate.kernel.js";
import type { Mode } from "./family.js";
import type { GroupRows } from "./family-rows.kernel.js";
import { Fitting } from "./fitting.kernel.js";
import { Horizon } from "./horizon.kernel.js";
import { joined } from "./joining.kernel.js";
import type { Objective } from "./objective.js";
import { everyRow, indexOf, interrupt, type OpenRows, type RowSpace, taken } from "./open.kernel.js";
import type { Packing } from "./packing.js";
import type { Relaxation } from "./relaxation.js";
import type { Runs } from "./runs.kernel.js";
import type { GroupSplits } from "./tables.js";

/** One order family under one choice of sliding groups: what the search branches over. */
export interface Family {
  readonly relaxation: Relaxation;
  readonly packing: Packing;
  readonly objective: Objective;
  readonly valuation: Valuation;
  readonly tables: readonly GroupSplits[];
  readonly rows: readonly GroupRows[];
  readonly runs: Runs;
  readonly sliding: readonly SlidingNode[];
  readonly mode: Mode;
  /** Per term of the energy: coversOf. */
  readonly covers: Int32Array;
  /** Choices that take more cycles are of no interest. */
  readonly mostCycles: number;
  /** Whether the value of a complete choice is its cost, not just a bound: then one split can dominate another. */
  readonly isExact: boolean;
  /** Where the search keeps its rows. */
  readonly arena: Arena;
}

/** What the search knows of the best mapping so far; `offer` is told every complete choice that may beat or equal it. */
export interface Incumbent {
  /** Log of the value that a bound must pass to be hopeless. */
  cutoff(): number;
  /** Whether a complete choice is not worse than what is known, by value, then cycles, then energy. */
  isWorthOffering(value: number, cycles: number, energy: number): boolean;
  /** Rows of the family, one a group, and the value, cycles and energy that the family's formulas promise for them. */
  offer(rows: Int32Array, promised: Float64Array): void;
  /** Told once a node of the search; true stops it. */
  tick(): boolean;
}

/** What a family's first bound tells that of the next family of the same placement: a start, its rows being the tables'. */
export interface Hint extends Omit<Start, "working"> {
  readonly rows: readonly (readonly number[])[];
}

export interface First {
  /** Log. */
  readonly bound: number;
  /** Null where no choice fits the fan-outs and capacities. */
  readonly hint: Hint | null;
  /** Per group: the rows of the family that may still matter; null where nothing in the family can beat the incumbent. */
  readonly left: readonly Int32Array[] | null;
}

interface Node {
  readonly open: readonly OpenRows[];
  readonly start: Start | null;
}

/** Passes of a family's first bound; between these stages rows are dropped. */
const FIRST_PASSES: readonly number[] = [1, 3, 8];
const ROOT_PASSES = 12;
const PASSES = 6;
/** What a node does instead of branching. */
export interface Effort {
  /** The most complete choices that it lists. */
  readonly listed: number;
  /** The most pairs that it joins. */
  readonly joined: number;
}
const USUAL: Effort = { listed: 20_000, joined: 400 };
/** Rows that a bound drops are taken out once no more than this share is left: the others are copied for it. */
const LEFT = 0.85;
/** The most rows that are compared with each other. */
const COMPARED = 100_000;

/**
 * Branch and bound over one row a group. A node holds the rows still open of every group; the dual (dual.kernel.ts) bounds it, drops
 * every row whose own bound passes the incumbent, and points at good choices. What is left is listed where it is little. Else
 * two groups are joined to one, pair by pair, where few pairs are left: their part of the bound is exact from then on. Else the
 * node branches on one group: by how its rows fan out, by what they leave inside the fan-outs, or row by row, whichever leaves least to search
 * by experience (pseudo-costs: how much bounds grew where that kind of branch was taken before).
 */
export class Branch {
  private readonly family: Family;
  private readonly incumbent: Incumbent;
  private readonly dual: Dual;
  private readonly space: RowSpace;
  private readonly fits: Fitting;
  private readonly horizon: Horizon;
  private readonly choices: Choices;
  private readonly estimate: Estimate;
  private readonly branching: Branching;
  private readonly effort: Effort;
  private fan: number = Number.POSITIVE_INFINITY;

  constructor(family: Family, incumbent: Incumbent, effort: Effort = USUAL) {
    this.family = family;
    this.incumbent = incumbent;
    this.effort = effort;
    const { relaxation, packing, objective, rows, mostCycles } = family;
    this.space = spaceOf(family);
    this.branching = new Branching(family);
    this.dual = new Dual(
      relaxation,
      objective,
      packing,
      family.covers,
      rows.length,
      Math.log(mostCycles),
      family.arena,
    );
    this.fits = new Fitting(relaxation, mostCycles);
    this.horizon = new Horizon(family, incumbent);
    this.choices = new Choices(family, incumbent, this.space, this.horizon);
    this.estimate = new Estimate(rows.length);
  }

  /** The family's rows under its mode, all still open; null where some group has none that fits. */
  private root(): readonly OpenRows[] | null {
    const { space, fits, family } = this;
    const open: OpenRows[] = [];
    for (let g = 0; g < family.rows.length; g++) open.push(everyRow(space, g, family.tables[g]!.packing));
    const fitting = fits.fitting(space, open);
    return fitting === null ? null : interrupt(space, fitting);
  }

  /**
   * A first bound of the whole family, and where to go on from; offers the good choices that it meets. Rows that cannot beat the
   * incumbent are dropped between passes, so that most passes look at few, and dominated ones in the end.
   */
  first(hint: Hint | null): First {
    const { arena } = this.family;
    const mark = arena.mark();
    const found = this.bounded(hint);
    arena.release(mark);
    return found;
  }

  private bounded(hint: Hint | null): First {
    const nothing: First = { bound: Number.POSITIVE_INFINITY, hint: null, left: null };
    let open = this.root();
    if (open === null) return nothing;
    let start = hint === null ? null : this.startOf(hint, open);
    for (const [stage, passes] of FIRST_PASSES.entries()) {
      const working = workingAt({ open, start });
      const bound = this.dual.run(open, start, working, this.horizon.cutoff() + ROUNDING, passes);
      if (bound === Number.POSITIVE_INFINITY) return nothing;
      start = this.dual.start(idsOf(open, working));
      if (bound <= this.horizon.cutoff() + ROUNDING) this.choices.try(open, working);
      const filtered = bound > this.horizon.cutoff() + ROUNDING ? null : this.filtered(open);
      if (filtered === null) return { bound, hint: this.hintOf(start), left: null };
      if (stage === FIRST_PASSES.length - 1) {
        const left = this.compared(filtered).map(({ members }) => members.slice());
        return { bound, hint: this.hintOf(start), left };
      }
      open = interrupt(this.space, filtered);
    }
    return nothing;
  }

  private startOf({ rows, ...point }: Hint, open: readonly OpenRows[]): Start {
    const working = open.map(({ ids }, g) => {
      const own = this.family.rows[g]!.rows;
      return (rows[g] ?? []).flatMap((row) => {
        const id = indexOf(own, row);
        return id < 0 || indexOf(ids, id) < 0 ? [] : [id];
      });
    });
    return { ...point, working };
  }

  private hintOf({ working, ...point }: Start): Hint {
    return { ...point, rows: working.map((ids, g) => ids.map((id) => this.family.rows[g]!.rows[id]!)) };
  }

  /** Follows the most promising parts of every branch, `fan` of them at each node; false where it was stopped. */
  dive(hint: Hint, fan: number): boolean {
    this.fan = fan;
    const goesOn = this.run(hint);
    this.fan = Number.POSITIVE_INFINITY;
    return goesOn;
  }

  /** Searches the family; false where it was stopped. */
  run(hint: Hint | null): boolean {
    const { arena } = this.family;
    const mark = arena.mark();
    const open = this.root();
    const start = hint === null || open === null ? null : this.startOf(hint, open);
    const goesOn = open === null || this.search({ open, start }, null, Number.NEGATIVE_INFINITY);
    arena.release(mark);
    return goesOn;
  }

  /** `kind` and `promised`: the kind of branch that leads here, and the bound that it was taken with. */
  private search(node: Node, kind: string | null, promised: number): boolean {
    const { incumbent, dual, space } = this;
    if (incumbent.tick()) return false;
    const working = workingAt(node);
    const cutoff = this.horizon.cutoff() + ROUNDING;
    const bound = dual.run(node.open, node.start, working, cutoff, node.start === null ? ROOT_PASSES : PASSES);
    if (kind !== null && kind !== JOIN) this.branching.learn(kind, Math.min(bound, cutoff + 0.02) - promised);
    // Nothing packs, or nothing is better.
    if (bound === Number.POSITIVE_INFINITY || bound > cutoff) return true;
    this.choices.try(node.open, working);
    const start = dual.start(idsOf(node.open, working));
    const open = this.filtered(node.open);
    if (open === null) return true;
    const left = this.leftOf(node.open, open);
    if (this.list(open, left)) return true;
    const pair = this.pairing(open, left);
    if (pair !== null) {
      const carried = pair.kept.map((g) => start.working[g]!);
      return this.search({ open: interrupt(space, pair.open), start: { ...start, working: carried } }, JOIN, bound);
    }
    const gap = Math.max(this.horizon.cutoff() - bound, 1e-9);
    const division = this.branching.divide(open, left.bounds, bound, gap, dual.weights);
    if (division === null) return true;
    const { group, parts, bounds } = division;
    const order = Array.from(parts.keys()).sort((a, b) => bounds[a]! - bounds[b]! || a - b);
    for (const k of order.slice(0, this.fan)) {
      if (bounds[k]! > this.horizon.cutoff() + ROUNDING) break;
      const mark = space.arena.mark();
      const part = open.slice();
      part[group] = taken(space, open[group]!, parts[k]!);
      const children = this.fits.fitting(space, part);
      const goesOn =
        children === null || this.search({ open: interrupt(space, children), start }, division.kind, bounds[k]!);
      space.arena.release(mark);
      if (!goesOn) return false;
    }
    return true;
  }

  /** Drops dominated rows, where a complete choice's value is its cost. */
  private compared(open: readonly OpenRows[]): readonly OpenRows[] {
    return this.family.isExact ? open.map((rows) => this.undominated(rows)) : open;
  }

  private undominated(open: OpenRows): OpenRows {
    return open.ids.length > COMPARED ? open : undominated(this.space, open, this.vagueOf(open));
  }

  /** Per row 1 where its words are bounds only, else 0. */
  private vagueOf({ groups, ids, members }: OpenRows): Uint8Array {
    const { tables, rows } = this.family;
    const m = groups.length;
    const vague = new Uint8Array(ids.length);
    for (let k = 0; k < m; k++) {
      const { ambiguous } = tables[groups[k]!]!;
      const own = rows[groups[k]!]!.rows;
      for (let i = 0; i < vague.length; i++) if (ambiguous[own[members[i * m + k]!]!] === 1) vague[i] = 1;
    }
    return vague;
  }

  /** Lists all complete choices whose linear bound does not pass the incumbent, if they are few; false where they are many. */
  private list(open: readonly OpenRows[], { costs, leasts }: Left): boolean {
    const { dual, choices, estimate } = this;
    if (estimate.of(costs, this.horizon.cutoff() + ROUNDING - dual.constant) > this.effort.listed) return false;
    // The fewer rows choose first, the fewer products there are.
    const order = Array.from(open.keys()).sort((a, b) => open[a]!.ids.length - open[b]!.ids.length || a - b);
    const own = order.map((g) => leasts[g]!);
    const rest: Float64Array[] = [];
    for (let g = 0; g <= open.length; g++) rest.push(dual.restBeside(own, g, -1, -1));
    const ordered = order.map((g) => open[g]!);
    choices.list(
      ordered,
      order.map((g) => costs[g]!),
      rest,
      dual.constant,
    );
    return true;
  }

  /** The two groups with the fewest pairs left, joined; null where all pairs are many. */
  private pairing(
    open: readonly OpenRows[],
    { costs, leasts }: Left,
  ): { readonly kept: readonly number[]; readonly open: readonly OpenRows[] } | null {
    const { dual, estimate } = this;
    const most = this.effort.joined;
    const room = this.horizon.cutoff() + ROUNDING - dual.constant;
    if (open.length < 3 || !Number.isFinite(room)) return null;
    let [x, y] = [-1, -1];
    let fewest = most;
    for (let a = 0; a < open.length; a++)
      for (let b = a + 1; b < open.length; b++) {
        if (open[a]!.ids.length < 2 && open[b]!.ids.length < 2) continue;
        const rest = dual.restBeside(leasts, 0, a, b);
        const pairs = estimate.of([costs[a]!, costs[b]!], room - rest[0]!);
        if (pairs >= fewest) continue;
        fewest = pairs;
        [x, y] = [a, b];
      }
    if (x < 0) return null;
    const rows = joined(this.space, open, x, y, costs, dual.restBeside(leasts, 0, x, y), room, most);
    if (rows === null) return null;
    const one = this.family.isExact ? this.undominated(rows) : rows;
    const kept = Array.from(open.keys()).filter((g) => g !== x && g !== y);
    return { kept, open: [...kept.map((g) => open[g]!), one] };
  }

  /** The rows that may still beat the incumbent, by the dual's latest bound, and a few more; null where a group has none. */
  private filtered(open: readonly OpenRows[]): readonly OpenRows[] | null {
    const { dual, space } = this;
    const cutoff = this.horizon.cutoff() + ROUNDING;
    const result: OpenRows[] = [];
    for (let g = 0; g < open.length; g++) {
      const rows = open[g]!;
      const n = rows.ids.length;
      const keep = space.arena.ints(n);
      const kept = below(rows.classes, dual.costs[g]!, dual.through[g]!, dual.constant, cutoff, keep);
      if (kept === 0) return null;
      result.push(kept > LEFT * n ? rows : taken(space, rows, keep.subarray(0, kept)));
    }
    return result;
  }

  /** What the dual knows of rows that are left of those it bounded. */
  private leftOf(all: readonly OpenRows[], open: readonly OpenRows[]): Left {
    const { dual, space } = this;
    const left: Left = { bounds: [], costs: [], leasts: [] };
    for (let g = 0; g < open.length; g++) {
      const { ids, classes } = open[g]!;
      const costs = space.arena.floats(ids.length);
      const bounds = space.arena.floats(ids.length);
      found(all[g]!.ids, dual.costs[g]!, ids, costs);
      const through = dual.through[g]!;
      for (let i = 0; i < bounds.length; i++) bounds[i] = dual.constant + costs[i]! + through[classes[i]!]!;
      left.bounds.push(bounds);
      left.costs.push(costs);
      left.leasts.push(dual.leastsOf(classes, costs));
    }
    return left;
  }
}

/** Per group of a node. */
interface Left {
  /** Per row: its own bound, and its cost. */
  readonly bounds: Float64Array[];
  readonly costs: Float64Array[];
  /** Per state: the least cost of its rows. */
  readonly leasts: Float64Array[];
}

/** Writes the rows whose own bound is not above the cutoff, and returns how many they are. */
function below(
  classes: Int32Array,
  costs: Float64Array,
  through: Float64Array,
  constant: number,
  cutoff: number,
  keep: Int32Array,
): number {
  let kept = 0;
  for (let i = 0; i < classes.length; i++) if (constant + costs[i]! + through[classes[i]!]! <= cutoff) keep[kept++] = i;
  return kept;
}

/** Writes the costs of some of the ids. */
function found(all: Int32Array, costs: Float64Array, ids: Int32Array, own: Float64Array): void {
  for (let i = 0, at = 0; i < ids.length; i++) {
    while (all[at] !== ids[i]) at++;
    own[i] = costs[at]!;
  }
}

/** What the family's rows mean. */
export function spaceOf({ relaxation, rows, runs, sliding, mode, packing, arena }: Family): RowSpace {
  const { columns } = relaxation;
  const G = rows.length;
  const slides = new Uint8Array(sliding.length * G);
  const entering: Int32Array[] = [];
  for (let s = 0; s < sliding.length; s++) {
    const { node } = sliding[s]!;
    for (const g of mode[s] ?? []) slides[s * G + g] = 1;
    entering.push(Int32Array.from(columns.keys()).filter((c) => columns[c]!.entered === node));
  }
  return { rows, runs, slides, packing, entering, width: columns.length, arena };
}

/** What experience calls a join; nothing is to be learnt from it. */
const JOIN = "join";

/** The start's working rows that are still open, by index. */
function workingAt({ open, start }: Node): number[][] {
  return open.map(({ ids }, g) => {
    const found: number[] = [];
    for (const id of start?.working[g] ?? []) {
      const at = indexOf(ids, id);
      if (at >= 0) found.push(at);
    }
    return found;
  });
}

const idsOf = (open: readonly OpenRows[], working: readonly (readonly number[])[]): readonly (readonly number[])[] =>
  working.map((list, g) => list.map((i) => open[g]!.ids[i]!));
