import type { Architecture } from "../arch-specs/index.js";
import { checkLegality, type LegalMapping, obeysResolved, type ResolvedDataflow } from "../mappings/index.js";
import type { Layer } from "../workloads/index.js";
import { layoutOf, type Setting, transfersOf } from "./atoms.js";
import { mappingsOf } from "./build.js";
import { coarsen } from "./coarse.kernel.js";
import { compileEvaluate, type Evaluate } from "./evaluate.js";
import { FamilyTables, slidingNodesOf } from "./family.js";
import { floorOf } from "./floor.js";
import { type Limits, limitsOf } from "./limits.js";
import { type Objective, valueUnder } from "./objective.js";
import { type OrderFamily, ordersOf } from "./orders.js";
import { type Placement, placementsOf } from "./placement.js";
import { type Problem, problemOf, storageOf } from "./problem.js";
import { type Program, programOf } from "./program.js";
import { type Cost, Solver, type SolverInput } from "./solve.kernel.js";
import { type Tables, tablesOf } from "./tables.js";

export interface SearchOptions {
  readonly objective: Objective;
  readonly dataflow: ResolvedDataflow | null;
  /** Exact cost of a legal mapping: pJ and cycles. */
  readonly costOf: (mapping: LegalMapping) => { readonly energy: number; readonly cycles: number };
  /** Stop once this relative gap is proven; 0: prove the optimum. */
  readonly gap: number;
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

interface PlacementTables {
  readonly setting: Setting;
  readonly program: Program;
  readonly tables: Tables;
  readonly evaluate: Evaluate;
}
interface Family extends PlacementTables {
  readonly order: OrderFamily;
}
interface BoundedFamily {
  readonly family: Family;
  /** Kept as long as memory allows; else made again. */
  readonly input: SolverInput | null;
  readonly bound: number;
}

/** Bytes of families that are kept between bounding and searching them. */
const MEMORY = 400e6;

/**
 * The least-cost mapping over the whole mapspace, with its proof: placements (which tensors live where, in which node order) ×
 * order families (orders.ts) are bounded from below and searched best bound first, all against one incumbent.
 */
export function search(layer: Layer, architecture: Architecture, options: SearchOptions): SearchResult {
  const problem = problemOf(layer, architecture);
  const limits = limitsOf(problem, options.dataflow);
  const state = new State(options, floorOf(problem, options.objective));
  const placements = [...placementsOf(problem, limits)];
  if (!findStart(problem, limits, placements, state)) return state.result(state.floor, 0);
  const families: BoundedFamily[] = [];
  let bytes = 0;
  for (const placement of placements) {
    const orders = [...ordersOf(problem, limits, placement)];
    const shared = tablesFor(problem, limits, placement, options.objective, orders, everything);
    for (const order of orders) {
      if (state.best !== null && options.cancelled()) return state.result(state.floor, families.length);
      const family = { ...shared, order };
      const input = inputOf(family);
      if (input === null) continue;
      const bound = state.solver(family, input).bound();
      if (bound === Number.POSITIVE_INFINITY) continue;
      bytes += sizeOf(input);
      families.push({ family, input: bytes < MEMORY ? input : null, bound });
    }
    options.progress(state.progress(state.floor));
  }
  families.sort((a, b) => a.bound - b.bound);
  for (const [i, { family, input, bound }] of families.entries()) {
    if (state.isBeaten(bound)) break;
    options.progress(state.progress(bound));
    families[i] = { family, input: null, bound };
    if (!state.run(family, input ?? inputOf(family))) return state.result(bound, families.length);
  }
  return state.result(Number.POSITIVE_INFINITY, families.length);
}

/** Placements among which the best first mapping is improved at once, and how many are taken up again with more loops. */
const TOGETHER = 4;
const AGAIN = 4;
const FEW_LOOPS = 2;
const MORE_LOOPS = 4;

/**
 * Looks for a good mapping before any proof: a dive in every placement with few loops a variable, the best of every few improved two
 * groups at a time; then the same in the best placements with more loops. False where the search is to stop.
 */
function findStart(problem: Problem, limits: Limits, placements: readonly Placement[], state: State): boolean {
  const stop = (): boolean => {
    state.options.progress(state.progress(state.floor));
    return state.best !== null && state.options.cancelled();
  };
  const richest = [...placements].sort((a, b) => b.nodes.length - a.nodes.length);
  const starts: Start[] = [];
  for (let i = 0; i < richest.length; i += TOGETHER) {
    const some: Start[] = [];
    for (const placement of richest.slice(i, i + TOGETHER)) {
      const start = startIn(problem, limits, placement, FEW_LOOPS, state);
      if (start !== null) some.push(start);
      if (stop()) return false;
    }
    const [best] = some.sort((a, b) => valueOrInfinity(a) - valueOrInfinity(b));
    if (best !== undefined) best.solver.improve(() => best.found.rows);
    starts.push(...some);
    if (stop()) return false;
  }
  starts.sort((a, b) => valueOrInfinity(a) - valueOrInfinity(b));
  for (const { placement } of starts.slice(0, AGAIN)) {
    const start = startIn(problem, limits, placement, MORE_LOOPS, state);
    if (start !== null) start.solver.improve(() => start.found.rows);
    if (stop()) return false;
  }
  return true;
}

/** A dive in one placement: its plain order family, coupled loops outside their spatial loops. Null where nothing of the kind is legal. */
function startIn(
  problem: Problem,
  limits: Limits,
  placement: Placement,
  mostLoops: number,
  state: State,
): Start | null {
  const [order] = ordersOf(problem, limits, placement);
  if (order === undefined) return null;
  const within = { places: (1 << (placement.nodes.length + 1)) - 1, mostLoops };
  const family = { ...tablesFor(problem, limits, placement, state.options.objective, [order], within), order };
  const input = inputOf(family);
  if (input === null) return null;
  const found: Found = { cost: null, rows: null };
  const solver = state.solver(family, input, found);
  solver.dive(2);
  return { placement, solver, found };
}

interface Start {
  readonly placement: Placement;
  readonly solver: Solver;
  readonly found: Found;
}
/** The best choice of one placement, which its improvement starts from, however good others are. */
interface Found {
  cost: Cost | null;
  rows: Int32Array | null;
}
const valueOrInfinity = ({ found }: Start): number => found.cost?.value ?? Number.POSITIVE_INFINITY;

/** Every place, any number of loops a variable. */
const everything = { places: -1, mostLoops: Number.POSITIVE_INFINITY };

/** The splits of a placement that some of the order families admit, within the given places and number of loops a variable. */
function tablesFor(
  problem: Problem,
  limits: Limits,
  placement: Placement,
  objective: Objective,
  orders: readonly OrderFamily[],
  within: { readonly places: number; readonly mostLoops: number },
): PlacementTables {
  const transfers = transfersOf(placement);
  const setting: Setting = { problem, placement, transfers, layout: layoutOf(problem, placement, transfers) };
  const program = programOf(problem, placement);
  const allowed = problem.einsum.variables.map(
    (_, v) => within.places & orders.reduce((bits, order) => bits | (order.allowed[v] ?? 0), 0),
  );
  const tables = tablesOf(setting, program, limits, allowed, within.mostLoops);
  return { setting, program, tables, evaluate: compileEvaluate(program, objective) };
}

const sizeOf = ({ groups }: SolverInput): number => groups.reduce((n, group) => n + 8 * group.columns.length, 0);

/** The family as arrays; null where some group has no split left. */
function inputOf({ setting, program, tables, evaluate, order }: Family): SolverInput | null {
  const { problem, placement } = setting;
  const sliding = slidingNodesOf(setting);
  const family = new FamilyTables(setting, program, tables, order, sliding);
  const groups = problem.groups.map((_, g) => family.choices(g));
  if (groups.some((choices) => choices.rows.length === 0)) return null;
  const slidColumns = problem.groups.map((_, g) =>
    sliding.map(({ node }) =>
      program.columns.flatMap((spec, c) => (spec.entered === node && spec.sliding.includes(g) ? [c] : [])),
    ),
  );
  const together = sliding.map(
    ({ node }) => storageOf(problem, placement.nodes[node]?.level ?? -1).reuse === "overlap",
  );
  const { positions, words } = family;
  return {
    width: program.columns.length,
    evaluate,
    groups,
    sliding,
    together,
    slidColumns,
    runPositions: positions,
    runWords: words,
    exact: !together.includes(true),
  };
}

class State {
  best: { readonly mapping: LegalMapping; readonly cost: Cost } | null = null;
  readonly floor: number;
  private evaluated = 0;
  readonly options: SearchOptions;
  constructor(options: SearchOptions, floor: number) {
    this.options = options;
    this.floor = floor;
  }

  progress(lowerBound: number): Progress {
    return {
      incumbent: this.best?.cost ?? null,
      lowerBound: Math.min(lowerBound, this.best?.cost.value ?? lowerBound),
      evaluated: this.evaluated,
    };
  }

  /** A solver of the family against the best so far, or against what `start` has found. */
  solver(family: Family, input: SolverInput | null, start: Found | null = null): Solver {
    const state = this;
    if (input === null) throw new Error("a family without splits");
    const incumbent = {
      get cost() {
        return start === null ? (state.best?.cost ?? null) : start.cost;
      },
      offer: (rows: Int32Array) => {
        const cost = state.offer(family, input, rows);
        if (start === null || cost === null || (start.cost !== null && !isBetter(cost, start.cost))) return;
        start.cost = cost;
        start.rows = Int32Array.from(rows);
      },
      tick: () => state.tick(),
    };
    return new Solver(input, incumbent, 1 / (1 + this.options.gap));
  }

  /** Searches a family: clusters of splits that are alike first, then what is in those that may win. */
  run(family: Family, input: SolverInput | null): boolean {
    if (input === null) throw new Error("a family without splits");
    const levels = coarsen(input);
    const slack = 1 / (1 + this.options.gap);
    const state = this;
    let stopped = false;
    let inner = this.solver(family, input);
    for (const { input: clusters, members } of [...levels].reverse()) {
      const finer = inner;
      const incumbent = {
        get cost() {
          return state.best?.cost ?? null;
        },
        offer: (chosen: Int32Array) => {
          if (!stopped) stopped = !finer.run(Array.from(chosen, (k, g) => members[g]?.[k] ?? new Int32Array(0)));
        },
        tick: () => stopped || state.tick(),
      };
      inner = new Solver(clusters, incumbent, slack);
    }
    return inner.run() && !stopped;
  }

  private tick(): boolean {
    return this.best !== null && (++this.evaluated & 15) === 0 && this.options.cancelled();
  }

  isBeaten(bound: number): boolean {
    return this.best !== null && bound > (this.best.cost.value / (1 + this.options.gap)) * (1 + 1e-12);
  }

  /** Builds and prices what a choice stands for; the least cost of its loop orders. */
  private offer(family: Family, input: SolverInput, chosen: Int32Array): Cost | null {
    let least: Cost | null = null;
    const { setting, tables, order } = family;
    const { problem, placement } = setting;
    const loops = tables.groups.flatMap(({ variables, chains }, g) => {
      const row = input.groups[g]?.rows[chosen[g] ?? -1] ?? -1;
      return variables.flatMap((v, i) => tables.chains[v]?.[chains[row * variables.length + i] ?? -1] ?? []);
    });
    const every = input.together.includes(true);
    for (const mapping of mappingsOf(problem, placement, order, loops, every)) {
      const legal = checkLegality(mapping, problem.layer, problem.architecture);
      if (!legal.ok)
        throw new Error(`the search built an illegal mapping: ${legal.errors.map((e) => e.message).join("; ")}`);
      const { dataflow } = this.options;
      if (dataflow !== null && obeysResolved(legal.value, dataflow).length > 0) continue;
      const { energy, cycles } = this.options.costOf(legal.value);
      const cost = { value: valueUnder(this.options.objective, energy, cycles), cycles, energy };
      if (least === null || isBetter(cost, least)) least = cost;
      if (this.best === null || isBetter(cost, this.best.cost)) this.best = { mapping: legal.value, cost };
    }
    return least;
  }

  result(openBound: number, families: number): SearchResult {
    const value = this.best?.cost.value ?? Number.POSITIVE_INFINITY;
    const proven = this.options.gap > 0 ? value / (1 + this.options.gap) : value;
    const lowerBound = Math.min(proven, Math.max(openBound, this.floor));
    const gap = this.best === null ? 0 : 1 - lowerBound / value;
    const status =
      this.best === null && openBound === Number.POSITIVE_INFINITY ? "infeasible" : gap === 0 ? "optimal" : "gap";
    return {
      mapping: this.best?.mapping ?? null,
      cost: this.best?.cost ?? null,
      status,
      lowerBound,
      gap,
      evaluated: this.evaluated,
      families,
    };
  }
}

/** By value, then cycles, then energy; what was found first wins the rest. */
function isBetter(a: Cost, b: Cost): boolean {
  if (a.value !== b.value) return a.value < b.value;
  if (a.cycles !== b.cycles) return a.cycles < b.cycles;
  return a.energy < b.energy;
}
