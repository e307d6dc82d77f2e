import type { Architecture } from "../arch-specs/index.js";
import type { Conventions } from "../base/index.js";
import { isEvenNest, type LegalMapping, type ResolvedDataflow } from "../mappings/index.js";
import type { Einsum, Layer } from "../workloads/index.js";
import { Branch, type Hint } from "./branch.kernel.js";
import type { Cost } from "./cost.js";
import { someRows } from "./family-rows.kernel.js";
import { floorOf } from "./floor.js";
import { type Goal, Least } from "./goal.js";
import { limitsOf } from "./limits.js";
import type { Objective } from "./objective.js";
import { type Packing, packingOf } from "./packing.js";
import { concluded, type Part, type Shared } from "./parts.js";
import { type Problem, problemOf } from "./problem.js";
import type { Rank } from "./rank.js";
import { isSearchable } from "./rules.js";
import { type Look, type Met, type Outlook, Space } from "./space.js";
import { State } from "./state.js";

export interface SearchOptions {
  readonly objective: Objective;
  readonly dataflow: ResolvedDataflow | null;
  /**
   * Whose conventions count, price and tell what fits; `loopwright` unless given. The proof holds under them: with `timeloop` over the
   * mappings that Timeloop has words for (`isEvenNest`), with the others over all loop trees. The Einsum has to suit (`isSearchable`).
   */
  readonly conventions?: Conventions;
  /** Exact cost of a legal mapping under the conventions: pJ and cycles. */
  readonly costOf: (mapping: LegalMapping) => { readonly energy: number; readonly cycles: number };
  /** Stop once this relative gap is proven; 0: prove the optimum. */
  readonly gap: number;
  /** Mappings that take more cycles are of no interest; absent: all are. */
  readonly mostCycles?: number;
  /** Over tiles that do not divide their extent as well, not under `timeloop`'s conventions; false unless given. */
  readonly imperfect?: boolean;
  /** A mapping that is known already: the answer is never worse. */
  readonly start?: LegalMapping | null;
  /** Given, only a part of the mapspace is searched, and the proof holds with those of the other parts (`together`). */
  readonly part?: Part | null;
  /** Asked now and then; true stops the search with what it has (with `share`: a first part of it that may take that share of the time). */
  readonly cancelled: (share?: number) => boolean;
  readonly progress: (seen: Progress) => void;
}

export interface Progress {
  readonly incumbent: Cost | null;
  readonly lowerBound: number;
  readonly evaluated: number;
}

export interface SearchResult {
  readonly mapping: LegalMapping | null;
  readonly cost: Cost | null;
  readonly status: "optimal" | "gap" | "infeasible";
  /** No legal mapping of the mapspace costs less. */
  readonly lowerBound: number;
  /** 1 − lowerBound ÷ value. */
  readonly gap: number;
  /** Nodes of the search. */
  readonly evaluated: number;
  readonly families: number;
  /** No mapping costs less of those that were not searched; Infinity where all were. */
  readonly open: number;
  /** The place of the mapping in the canonical order, where it is known. */
  readonly rank: Rank | null;
}

/** What a search looks at first. When it has ended by itself, its answer is the same whatever its course. */
export interface Course {
  /** In ascending order of this, placements get a first look. */
  readonly scoutsBy: (placement: number) => number;
  /** Then they are taken up in ascending order of this; `least`: the least value that the first look met. */
  readonly placementsBy: (least: number, placement: number) => number;
  /** How many of the best bounded families are dived into before any is searched whole. */
  readonly dives: number;
}
const PROMISING_FIRST: Course = { scoutsBy: (at) => at, placementsBy: (least) => least, dives: 4 };

/** How many parts a dive follows at a node. */
const FAN = 2;

/** The factor that is proven of all families before any is searched whole: a cheap proof, if the time should not suffice for more. */
const ROUGH = 1.05;

/** Bytes of families' rows that are kept at most; families beyond are built anew when it is their turn. */
const MEMORY = 500e6;

/** A placement after a look. */
interface Placed extends Outlook {
  readonly at: number;
}

/** All that is known of a placement before a look. */
const UNKNOWN: Outlook = { bound: Number.NEGATIVE_INFINITY, value: Number.POSITIVE_INFINITY, point: null };

/** A family that is bounded but not yet searched. */
interface Open extends Shared {
  /** Its number among those that this part leaves to others, −1 where it leaves none yet, or the family is another part's. */
  readonly index: number;
  /** Null where memory is short, or another part met it: to be built anew. */
  readonly met: Met | null;
}

/**
 * The least-cost mapping over the whole mapspace, with its proof: placements (which tensors live where, in which node order) ×
 * order families (orders.ts) × modes (which group slides which tile) are bounded from below and searched best bound first, all
 * against one incumbent (branch.kernel.ts).
 *
 * Ties go by cycles, then energy, then the canonical order (rank.ts), over all choices of rows that cost no more than the answer; the mappings
 * that these rules hold to be equal or dominated are not told apart: a loop order that changes no count is one mapping, `options.start` is the answer only
 * where nothing as good is found, and within a gap, or cut short, the first of several equal mappings stands.
 */
export function search(
  layer: Layer,
  architecture: Architecture,
  options: SearchOptions,
  course: Course = PROMISING_FIRST,
): SearchResult {
  const problem = problemOf(layer, architecture, options.conventions);
  const least = new Least(options);
  const { start } = options;
  const begun = start != null && (!problem.rules.isEven || isEvenNest(start)) ? start : null;
  const found = explore(problem, packingOf(problem), { ...options, start: begun }, least, course);
  const { mapping = null, cost = null, rank = null } = least.best ?? {};
  const openValue = Math.max(Math.min(found.open, least.leastLeft) * (1 - 1e-9), found.floor);
  return concluded([{ ...found, mapping, cost, rank }], openValue, options.gap);
}

/** What a search did not come to has at least the value `open` (Infinity: it came to all); no mapping has less than `floor`. */
export interface Explored {
  readonly open: number;
  readonly floor: number;
  /** Nodes. */
  readonly evaluated: number;
  readonly families: number;
}

/** Searches the mapspace for what is of interest to the goal. */
export function explore(
  problem: Problem,
  packing: Packing,
  options: SearchOptions,
  goal: Goal,
  course: Course = PROMISING_FIRST,
): Explored {
  return new Search(problem, packing, options, goal, course).run();
}

class Search {
  private readonly options: SearchOptions;
  private readonly course: Course;
  private readonly space: Space;
  private readonly state: State;
  private readonly open: Open[] = [];
  /** The least bound of the families met so far, in logarithms. */
  private record = Number.POSITIVE_INFINITY;
  private families = 0;
  private bytes = 0;
  /**
   * Whether bounds of families hold only as a rule, so that only the floor is proven: where tiles lose free padding at the edges, which
   * they count, and where Timeloop tells first touches of an output by shares of tiles that may overlap.
   */
  private readonly isLoose: boolean;

  constructor(problem: Problem, packing: Packing, options: SearchOptions, goal: Goal, course: Course) {
    const { layer, einsum } = problem;
    if (!isSearchable(einsum, problem.rules.conventions))
      throw new Error(`no search of ${layer.name} under the conventions of ${problem.rules.conventions}`);
    this.options = options;
    this.course = course;
    this.isLoose =
      isClipped(einsum) ||
      (problem.rules.extrapolates && problem.relevance[problem.output]?.includes("partial") === true);
    const { dataflow, objective, mostCycles } = options;
    this.space = new Space(problem, limitsOf(problem, dataflow), objective, packing, mostCycles);
    this.state = new State(options, floorOf(problem, options.objective), goal);
    if (options.start != null) this.state.startFrom(options.start);
  }

  run(): Explored {
    const { state } = this;
    const least = this.survey(this.looked());
    if (least < Number.POSITIVE_INFINITY) this.options.part?.leaves([]);
    const open = least < Number.POSITIVE_INFINITY ? least : this.close();
    const { evaluated, floor } = state;
    return { open: this.isLoose ? floor : open, floor, evaluated, families: this.families };
  }

  /**
   * Bounds the families of all placements; the least value that what it did not come to may have where it was stopped, else Infinity.
   */
  private survey(own: readonly Placed[]): number {
    const { options, state, space, open } = this;
    const { part } = options;
    // What the others have not begun may be taken from them.
    const others = [...space.placements.keys()]
      .filter((at) => !this.isOwn(at))
      .reverse()
      .map((at): Placed => ({ at, ...UNKNOWN }));
    const boundOf = ({ at, bound }: Placed): number => Math.max(bound, part?.boundOf(at) ?? bound);
    const all = [...own, ...others];
    for (const [i, placement] of all.entries()) {
      const left = Math.min(...all.slice(i).map(boundOf), ...open.map(({ bound }) => bound));
      const least = Math.max(Math.exp(left), state.floor);
      this.tell(least);
      if (!state.isBeaten(boundOf(placement)) && !this.bound(placement)) return least;
      if (this.isOwn(placement.at)) part?.bounds(placement.at, Number.POSITIVE_INFINITY);
    }
    return Number.POSITIVE_INFINITY;
  }

  private isOwn(placement: number): boolean {
    const { part } = this.options;
    return part == null || placement % part.of === part.index;
  }

  /** Looks at every placement of this part, as long as there is time; the most promising come first. */
  private looked(): readonly Placed[] {
    const { space, state, course } = this;
    const found: Placed[] = [];
    const all = [...space.placements.keys()].filter((at) => this.isOwn(at));
    for (const at of all.sort((a, b) => course.scoutsBy(a) - course.scoutsBy(b))) {
      if (!state.isPatient && state.isStopped()) found.push({ at, ...UNKNOWN });
      else found.push({ at, ...space.outlook(at, state.cutoff, (met) => state.glance(met)) });
      this.tell(state.floor);
    }
    for (const { at, bound } of found) this.options.part?.bounds(at, bound);
    const key = new Map(found.map(({ at, value }) => [at, course.placementsBy(value, at)]));
    const keyOf = ({ at }: Placed): number => key.get(at) ?? 0;
    return found.sort((a, b) => (keyOf(a) === keyOf(b) ? a.at - b.at : keyOf(a) - keyOf(b)));
  }

  /** Bounds the families of a placement, and dives into the best of them if none before looked as good; false where the search was stopped. */
  private bound(placed: Placed): boolean {
    const { space, state, options } = this;
    const { at } = placed;
    const { bound: lowest, point } = this.isOwn(at) ? placed : space.outlook(at, state.cutoff, null);
    if (state.isBeaten(lowest)) return true;
    const look: Look = {
      hint: point === null ? null : { ...point, rows: [] },
      cutoff: () => state.cutoff,
      claims: (order) => options.part?.claims(at, order) ?? true,
    };
    let best: Open | null = null;
    for (const met of space.families(at, look)) {
      if (state.isStopped()) return false;
      this.families++;
      const { bound, hint, left } = new Branch(met.family, state.incumbent(met, met.seat)).first(look.hint);
      look.hint = hint ?? look.hint;
      if (left === null || hint === null) continue;
      const one = this.keep(met, bound, hint, left);
      if (best === null || one.bound < best.bound) best = one;
    }
    if (state.isStopped()) return false;
    if (best === null || best.bound >= this.record) return true;
    this.record = best.bound;
    const one = best;
    return state.isBeaten(one.bound) || this.on(one, (branch) => branch.dive(one.hint, FAN));
  }

  private keep(met: Met, bound: number, hint: Hint, left: readonly Int32Array[]): Open {
    const { seat, order, family } = met;
    const codes = family.rows.map(({ rows }, g) =>
      Float64Array.from(left[g] ?? [], (k) => met.splits.groups[g]?.codes[rows[k] ?? -1] ?? -1),
    );
    const less = { ...family, rows: family.rows.map((of, g) => someRows(of, left[g] ?? of.rows)) };
    const size = less.rows.reduce((n, { logs }) => n + 8 * logs.length, 0);
    const isKept = this.bytes + size < MEMORY;
    if (isKept) this.bytes += size;
    const found = { seat, order, mode: family.mode, codes, bound, index: -1 };
    const one: Open = isKept
      ? { ...found, hint, met: { ...met, family: less } }
      : { ...found, hint: bare(hint), met: null };
    this.open.push(one);
    return one;
  }

  /** Searches a family that is open; with slack (a logarithm), only for what is better than the best by more. */
  private on({ seat, order, mode, codes, met }: Open, search: (branch: Branch) => boolean, slack = 0): boolean {
    const { arena } = this.space;
    const mark = arena.mark();
    const whole = met ?? this.space.again(seat, order, mode, codes);
    const goesOn = search(new Branch(whole.family, this.state.incumbent(whole, seat, slack)));
    arena.release(mark);
    return goesOn;
  }

  /**
   * Searches the families that are open, best bound first: at first the best of them a little way, for a good mapping to measure others by, then
   * each so far that the best is proven within 5 %, then whole, and families of other parts. Returns the least value that what it did not come to may have.
   */
  private close(): number {
    const { open, state, course, options } = this;
    open.sort((a, b) => a.bound - b.bound);
    for (const [index, one] of open.entries()) open[index] = { ...one, index };
    options.part?.leaves(open.map(({ met, hint, ...others }) => ({ ...others, hint: bare(hint) })));
    const least = Math.exp(open[0]?.bound ?? Number.POSITIVE_INFINITY);
    for (const family of open.slice(0, course.dives)) {
      if (state.isBeaten(family.bound)) break;
      this.tell(least);
      if (!this.on(family, (branch) => branch.dive(family.hint, FAN))) return least;
    }
    const rough = Math.log(ROUGH / (1 + this.options.gap));
    for (const slack of rough > 0 ? [rough, 0] : [0]) {
      const left = this.pass(slack);
      if (left < Number.POSITIVE_INFINITY) return left;
    }
    return this.assist();
  }

  /**
   * Searches the open families, best bound first, as far as they may be better than the best by more than the slack (a logarithm); the least
   * value that what is left may have where it was stopped, else Infinity. What others have begun is theirs.
   */
  private pass(slack: number): number {
    const { open, state, options } = this;
    for (const [i, family] of open.entries()) {
      if (state.isBeaten(family.bound + slack)) break;
      if (slack === 0 && options.part?.begins(family.index) === false) continue;
      const value = Math.exp(family.bound);
      this.tell(value);
      if (!this.on(family, (branch) => branch.run(family.hint), slack)) return value;
      open[i] = { ...family, bound: state.cutoff - slack };
    }
    open.sort((a, b) => a.bound - b.bound);
    return Number.POSITIVE_INFINITY;
  }

  /** Searches families that other parts have not begun; the least value that the one may have in which it was stopped, else Infinity. */
  private assist(): number {
    const { state, options } = this;
    const isStopped = (): boolean => state.isStopped();
    for (;;) {
      const shared = options.part?.takes(isStopped) ?? null;
      if (shared === null) return Number.POSITIVE_INFINITY;
      if (state.isBeaten(shared.bound)) continue;
      const value = Math.exp(shared.bound);
      this.tell(value);
      const family: Open = { ...shared, index: -1, met: null };
      if (!this.on(family, (branch) => branch.run(shared.hint))) return value;
    }
  }

  private tell(lowerBound: number): void {
    const { options, state } = this;
    options.progress(state.progress(this.isLoose ? state.floor : lowerBound));
  }
}

/** A hint for a family whose tables are made again: rows of others mean nothing to it. */
const bare = (hint: Hint): Hint => ({ ...hint, rows: [] });

/** Whether padding is free and the layer really reads some. */
export function isClipped({ padding, tensors, bounds }: Einsum): boolean {
  return (
    padding === "free" &&
    tensors.some(({ ranks, shape }) =>
      ranks.some(({ terms, offset }, axis) => {
        const reaches = terms.map(({ variable, coefficient }) => coefficient * ((bounds[variable] ?? 1) - 1));
        const low = reaches.reduce((sum, reach) => sum + Math.min(0, reach), offset);
        const high = reaches.reduce((sum, reach) => sum + Math.max(0, reach), offset);
        return low < 0 || high >= (shape[axis] ?? 0);
      }),
    )
  );
}
