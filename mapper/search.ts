import type { Architecture } from "../arch-specs/index.js";
import type { Conventions } from "../base/index.js";
import type { LegalMapping, ResolvedDataflow } from "../mappings/index.js";
import type { Layer } from "../workloads/index.js";
import { layoutOf, type Setting, transfersOf } from "./atoms.js";
import { Branch, coversOf, type Family, type Incumbent } from "./branch.kernel.js";
import type { Cost } from "./cost.js";
import type { Start } from "./dual.kernel.js";
import {
  familyRows,
  type GroupRows,
  type Mode,
  type Motions,
  modesOf,
  RunLibrary,
  type SlidingNode,
  slidingNodesOf,
} from "./family.js";
import { floorOf } from "./floor.js";
import { type Limits, limitsOf } from "./limits.js";
import type { Objective } from "./objective.js";
import { type OrderFamily, ordersOf } from "./orders.js";
import { type Packing, packingOf } from "./packing.js";
import { type Placement, placementsOf } from "./placement.js";
import { type Problem, problemOf } from "./problem.js";
import { programOf } from "./program.js";
import { compileEvaluate, type Evaluate, type Relaxation, relaxationOf } from "./relaxation.js";
import { type Seat, State } from "./state.js";
import { streamingOrdersOf } from "./streams.js";
import { mirrorOf, type Tables, tablesOf } from "./tables.js";

export interface SearchOptions {
  readonly objective: Objective;
  readonly dataflow: ResolvedDataflow | null;
  /** Whose conventions count, price and tell what fits; `loopwright` unless given. The proof holds under them. */
  readonly conventions?: Conventions;
  /** Exact cost of a legal mapping under the conventions: pJ and cycles. */
  readonly costOf: (mapping: LegalMapping) => { readonly energy: number; readonly cycles: number };
  /** Stop once this relative gap is proven; 0: prove the optimum. */
  readonly gap: number;
  /** A mapping that is known already: the answer is never worse. */
  readonly start?: LegalMapping | null;
  /** Asked now and then; true stops the search with what it has. */
  readonly cancelled: () => boolean;
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
}

/** What the families of one placement share. */
export interface Ground {
  readonly setting: Setting;
  readonly relaxation: Relaxation;
  readonly tables: Tables;
  readonly library: RunLibrary;
  readonly sliding: readonly SlidingNode[];
  readonly evaluate: Evaluate;
  readonly bytes: number;
}

/** An order family under one mode, bounded but not yet searched. */
interface Open {
  readonly seat: Seat;
  readonly order: OrderFamily;
  readonly mode: Mode;
  /** Log of a lower bound. */
  readonly bound: number;
  readonly start: Start;
}

/** What a search looks at first. When it has ended by itself, its answer is the same whatever its course. */
export interface Course {
  /** In ascending order of this, placements get a first look. */
  readonly scoutsBy: (placement: number) => number;
  /** Then they are taken up in ascending order of this; `least`: the least value that the first look met. */
  readonly placementsBy: (least: number, placement: number) => number;
  /** How many of the best bounded families are dived into before any is searched whole. */
  readonly dives: number;
  /** After this placement some families are dived into at once. */
  readonly early: number;
}
const PROMISING_FIRST: Course = { scoutsBy: (at) => at, placementsBy: (least) => least, dives: 16, early: 3 };

/** Loops that a variable may have at most when placements are scouted. */
const FEW_LOOPS = 2;
/** How many families are dived into early, and how many parts a dive follows at a node. */
const EARLY_DIVES = 4;
const FAN = 2;

/** Bytes of tables that are kept for placements to come back to. */
const MEMORY = 500e6;

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
  const limits = limitsOf(problem, options.dataflow);
  const space = new Space(problem, limits, options.objective);
  const state = new State(options, floorOf(problem, options.objective));
  if (options.start != null) state.startFrom(options.start);
  const open: Open[] = [];
  let families = 0;
  const branchOn = ({ seat, order, mode }: Open): Branch => {
    const ground = space.ground(seat.placement);
    if (ground === null) throw new Error("a placement went missing");
    const family = space.family(ground, space.rows(ground, order), mode);
    return new Branch(family, state.incumbent(ground, order, family, seat));
  };
  /** Follows the best bounded families a little way, for a good mapping to measure others by. */
  const dive = (most: number, lowerBound: number): boolean => {
    open.sort((a, b) => a.bound - b.bound);
    for (const family of open.slice(0, most)) {
      if (state.isBeaten(family.bound)) break;
      options.progress(state.progress(lowerBound));
      if (!branchOn(family).dive(family.start, FAN)) return false;
    }
    return true;
  };
  const placements: { readonly at: number; readonly value: number }[] = [];
  for (const at of [...space.placements.keys()].sort((a, b) => course.scoutsBy(a) - course.scoutsBy(b))) {
    if (state.best !== null && state.isStopped()) return state.result(state.floor, families);
    placements.push({ at, value: course.placementsBy(space.scout(at, state), at) });
    options.progress(state.progress(state.floor));
  }
  placements.sort((a, b) => (a.value === b.value ? a.at - b.at : a.value - b.value));
  for (const [i, { at }] of placements.entries()) {
    let own = 0;
    for (const { ground, order, family } of space.families(at, state)) {
      if (state.isStopped()) return state.result(state.floor, families);
      families++;
      const seat = { placement: at, family: own++ };
      const first = new Branch(family, state.incumbent(ground, order, family, seat)).first();
      if (first !== null) open.push({ seat, order, mode: family.mode, ...first });
    }
    options.progress(state.progress(state.floor));
    if (i === course.early && !dive(EARLY_DIVES, state.floor)) return state.result(state.floor, families);
  }
  const least = open.reduce((bound, family) => Math.min(bound, family.bound), Number.POSITIVE_INFINITY);
  if (!dive(course.dives, Math.exp(least))) return state.result(Math.exp(least), families);
  for (const family of open) {
    if (state.isBeaten(family.bound)) break;
    const value = Math.exp(family.bound);
    options.progress(state.progress(value));
    if (!branchOn(family).run(family.start)) return state.result(value, families);
  }
  return state.result(Number.POSITIVE_INFINITY, families);
}

/**
 * Whether the family's mappings are counted elsewhere: nodes of one level with no loop between them may stand in either order, so
 * only the ascending one is searched.
 */
function isCounted(problem: Problem, limits: Limits, placement: Placement, { allowed }: OrderFamily): boolean {
  if (limits.constrained) return false;
  return placement.nodes.some((node, j) => {
    const next = placement.nodes[j + 1];
    if (next === undefined || next.level !== node.level || next.tensor > node.tensor) return false;
    return problem.active.every((v) => ((allowed[v] ?? 0) & (1 << (j + 1))) === 0);
  });
}

/**
 * Whether exchanging two groups with the same rows ({p, r} and {q, s} of a square layer) gives a mode that is searched already: the
 * value is a function of products over the groups, and so the same.
 */
function isMirrored(mode: Mode, rows: readonly GroupRows[]): boolean {
  return rows.some((own, g) =>
    rows.some((other, h) => {
      if (h >= g || own !== other) return false;
      const swapped = mode.map((groups) => groups.map((x) => (x === g ? h : x === h ? g : x)).sort((a, b) => a - b));
      return `${swapped}` < `${mode.map((groups) => [...groups])}`;
    }),
  );
}

/** Everything to search, built when it is asked for. */
export class Space {
  readonly placements: readonly Placement[];
  private readonly problem: Problem;
  private readonly limits: Limits;
  private readonly objective: Objective;
  private readonly packing: Packing;
  private readonly grounds = new Map<number, Ground | null>();
  private readonly covers = new WeakMap<readonly GroupRows[], Int32Array>();
  private readonly motions: Motions = new Map();
  private readonly mirrors = new Map<string, number>();
  private bytes = 0;

  constructor(problem: Problem, limits: Limits, objective: Objective) {
    this.problem = problem;
    this.limits = limits;
    this.objective = objective;
    this.packing = packingOf(problem);
    this.placements = [...placementsOf(problem, limits)].sort((a, b) => b.nodes.length - a.nodes.length);
  }

  /** The families of a placement, none that only repeats another one; given a state, none that are hopeless all together. */
  *families(
    at: number,
    state: State | null = null,
  ): Generator<{ readonly ground: Ground; readonly order: OrderFamily; readonly family: Family }> {
    const { problem, limits } = this;
    const ground = this.ground(at);
    if (ground === null) return;
    const { placement } = ground.setting;
    const isHopeless = (relaxed: OrderFamily): boolean => state !== null && this.isHopeless(ground, relaxed, state);
    for (const order of this.orders(placement, isHopeless)) {
      if (isCounted(problem, limits, placement, order)) continue;
      const rows = this.rows(ground, order);
      if (rows.some((of) => of.rows.length === 0)) continue;
      for (const mode of modesOf(ground.sliding, rows))
        if (!isMirrored(mode, rows)) yield { ground, order, family: this.family(ground, rows, mode) };
    }
  }

  private orders(
    placement: Placement,
    isHopeless: (relaxed: OrderFamily) => boolean = () => false,
  ): Generator<OrderFamily> {
    const { problem, limits } = this;
    return problem.rules.streams
      ? streamingOrdersOf(problem, limits, placement, isHopeless)
      : ordersOf(problem, limits, placement);
  }

  /** Whether a bound of families that hold no mapping of their own shows that none of them has a mapping worth finding. */
  private isHopeless(ground: Ground, relaxed: OrderFamily, state: State): boolean {
    const rows = this.rows(ground, relaxed);
    if (rows.some((of) => of.rows.length === 0)) return true;
    const family = this.family(ground, rows, []);
    const deaf: Incumbent = { ...state.incumbent(ground, relaxed, family, null), isWorthOffering: () => false };
    return new Branch(family, deaf).first() === null;
  }

  /** A first look at a placement, few loops a variable in its plain order: the least value met, Infinity where nothing fits. */
  scout(at: number, state: State): number {
    const ground = this.makeGround(at, FEW_LOOPS);
    if (ground === null) return Number.POSITIVE_INFINITY;
    const [order] = this.orders(ground.setting.placement);
    if (order === undefined) return Number.POSITIVE_INFINITY;
    const rows = this.rows(ground, order);
    if (rows.some((of) => of.rows.length === 0)) return Number.POSITIVE_INFINITY;
    let least = Number.POSITIVE_INFINITY;
    for (const mode of modesOf(ground.sliding, rows).slice(0, 1)) {
      const family = this.family(ground, rows, mode);
      const real = state.incumbent(ground, order, family, null);
      const own: Incumbent = {
        ...real,
        tick: () => false,
        cutoff: () => Math.log(least),
        isWorthOffering: (value, cycles, energy) => {
          if (value < least) least = value;
          return real.isWorthOffering(value, cycles, energy);
        },
      };
      const branch = new Branch(family, own);
      const first = branch.first();
      if (first !== null) branch.dive(first.start, 1);
    }
    return least;
  }

  /** Null where nothing of the placement fits. */
  ground(at: number): Ground | null {
    const known = this.grounds.get(at);
    if (known !== undefined) return known;
    const made = this.makeGround(at, Number.POSITIVE_INFINITY);
    this.bytes += made?.bytes ?? 0;
    for (const [key, old] of this.grounds) {
      if (this.bytes < MEMORY) break;
      this.grounds.delete(key);
      this.bytes -= old?.bytes ?? 0;
    }
    this.grounds.set(at, made);
    return made;
  }

  private makeGround(at: number, mostLoops: number): Ground | null {
    const { problem, limits, objective, packing } = this;
    const placement = this.placements[at];
    if (placement === undefined) throw new Error(`no placement ${at}`);
    const transfers = transfersOf(placement);
    const setting: Setting = { problem, placement, transfers, layout: layoutOf(problem, placement, transfers) };
    const relaxation = relaxationOf(programOf(problem, placement));
    if (relaxation.isImpossible) return null;
    const orders = [...this.orders(placement)];
    const allowed = problem.einsum.variables.map((_, v) =>
      orders.reduce((bits, order) => bits | (order.allowed[v] ?? 0), 0),
    );
    const tables = tablesOf(setting, relaxation, packing, limits, allowed, mostLoops);
    return {
      setting,
      relaxation,
      tables,
      library: new RunLibrary(setting, tables, this.motions),
      sliding: slidingNodesOf(setting),
      evaluate: compileEvaluate(relaxation, objective),
      bytes: tables.groups.reduce((n, group) => n + 8 * (group.logs.length + group.tiles.length), 0),
    };
  }

  /** Per group the rows that the order admits. */
  rows({ setting, relaxation, tables, library, sliding }: Ground, order: OrderFamily): readonly GroupRows[] {
    const rows: GroupRows[] = [];
    for (const [g, table] of tables.groups.entries())
      rows.push(rows[this.mirrorOf(g, order)] ?? familyRows(setting, relaxation, library, order, sliding, table));
    return rows;
  }

  /** An earlier group whose rows are the group's own, −1 for none: its variables stand in every tensor, and in the order, alike. */
  private mirrorOf(group: number, { allowed, depth }: OrderFamily): number {
    if (this.limits.constrained) return -1;
    const key = `${group} ${allowed}`;
    const like = this.mirrors.get(key) ?? mirrorOf(this.problem, group, allowed);
    this.mirrors.set(key, like);
    const [own, other] = [this.problem.groups[group]?.variables ?? [], this.problem.groups[like]?.variables ?? []];
    return depth.every((of) => own.every((v, i) => of[v] === of[other[i] ?? -1])) ? like : -1;
  }

  family({ relaxation, tables, library, sliding, evaluate }: Ground, rows: readonly GroupRows[], mode: Mode): Family {
    const { objective, packing } = this;
    const covers = this.covers.get(rows) ?? coversOf(relaxation, rows);
    this.covers.set(rows, covers);
    const isExact = !this.limits.ordered && !sliding.some(({ together }) => together);
    return {
      relaxation,
      packing,
      objective,
      evaluate,
      tables: tables.groups,
      rows,
      runs: library.runs,
      sliding,
      mode,
      covers,
      isExact,
    };
  }
}
