import { Arena } from "./arena.kernel.js";
import { layoutOf, type Setting, transfersOf } from "./atoms.js";
import { Branch, type Family, type Hint, type Incumbent } from "./branch.kernel.js";
import { type ChainMotion, slidingNodesOf } from "./chain-motion.kernel.js";
import { condensed } from "./condensed.js";
import { coversOf } from "./covers.kernel.js";
import { Valuation } from "./evaluate.kernel.js";
import { evenOrdersOf } from "./even-orders.js";
import { type Mode, modesOf, RunLibrary } from "./family.js";
import { familyRows, type GroupRows } from "./family-rows.kernel.js";
import { Deaf, Scout } from "./incumbents.js";
import type { Limits } from "./limits.js";
import type { Objective } from "./objective.js";
import { type OrderFamily, ordersOf } from "./orders.js";
import type { Outline } from "./outline.js";
import { type Packing, packingOf } from "./packing.js";
import { type Placement, placementsOf } from "./placement.js";
import type { Problem } from "./problem.js";
import { programOf } from "./program.js";
import { type Point, Prospect } from "./prospect.kernel.js";
import { relaxationOf } from "./relaxation.js";
import { Motions } from "./runs.kernel.js";
import type { Splits as BoundSplits } from "./splits.kernel.js";
import { streamingOrdersOf } from "./streams.js";
import { type GroupSplits, mirrorOf, planOf, type Tables, tablesOf } from "./tables.js";

/** Splits of a group, about, among which a placement is scouted, and their least share of all that are left: of many, those that cost least are much alike. */
const SCOUTED = 200;
const SCOUTED_SHARE = 0.03;
/** Where a family has more rows in a group, the next ones are looked at through its bound. */
const MANY_ROWS = 300;

/** Where a family stands in the canonical order: its placement, and the number of its loop order among those of the placement. */
export interface Seat {
  readonly placement: number;
  readonly order: number;
}

/** An outline with what values choices. */
interface Valued extends Outline {
  readonly valuation: Valuation;
}

/** An outline with splits of its groups: all, or those that matter in an order. */
interface Ground extends Valued {
  readonly tables: Tables;
  readonly splits: Splits;
}

/** What is left of the tables when all that may matter of them is in families. */
export interface Splits {
  readonly chains: Tables["chains"];
  readonly groups: readonly GroupSplits[];
}

/** An order family under one mode, as it is met. */
export interface Met {
  readonly seat: Seat;
  readonly setting: Setting;
  readonly splits: Splits;
  readonly order: OrderFamily;
  readonly family: Family;
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

/** What a look at a placement found. */
export interface Outlook {
  /** Log of what its mappings cost at least; Infinity where nothing fits. */
  readonly bound: number;
  /** The least value met; Infinity where none was, or none was looked for. */
  readonly value: number;
  /** Where linear bounds are taken. */
  readonly point: Point | null;
}

/** A placement of which all splits are looked at. */
export interface Surveyed {
  readonly outline: Outline;
  readonly prospect: Prospect;
}

/** Bytes of surveys that are kept at most; others are made anew when it is their turn. */
const MEMORY = 200e6;

/** How families are looked at before they are built: through bounds at the latest hint. */
export interface Look {
  hint: Hint | null;
  /** Log of the value to be better than. */
  readonly cutoff: () => number;
  /** Whether the families of this order (by its number) are to be met. */
  readonly claims: (order: number) => boolean;
}

/** The indices in the one ascending list of those of the other that it holds. */
function rowsOf(all: Float64Array, some: Float64Array): Int32Array {
  const rows = new Int32Array(some.length);
  let [n, at] = [0, 0];
  for (const code of some) {
    while (at < all.length && (all[at] ?? code) < code) at++;
    if (all[at] === code) rows[n++] = at;
  }
  return rows.subarray(0, n);
}

const isEqual = (a: Float64Array, b: Float64Array | undefined): boolean =>
  a.length === b?.length && a.every((code, i) => code === b[i]);

/** Everything to search, built when it is asked for. */
export class Space {
  readonly placements: readonly Placement[];
  /** Rows of families are here: those of a family that is met, until the next one is asked for. */
  readonly arena: Arena = new Arena();
  private readonly problem: Problem;
  private readonly limits: Limits;
  private readonly objective: Objective;
  private readonly packing: Packing;
  private readonly mostCycles: number;
  private readonly covers = new WeakMap<readonly GroupRows[], Int32Array>();
  private readonly surveyed = new Map<number, Surveyed>();
  private bytes = 0;
  /** The placement of which a family was made again last. */
  private latest: { readonly placement: number; readonly outline: Outline } | null = null;
  private readonly motions = new Motions();
  /** Splits of bounds that placements and variables have in common. */
  private readonly known = new Map<string, BoundSplits>();
  private readonly mirrors = new Map<string, number>();
  /** Whether first touches are told by shares of an output whose tiles may overlap (rules.ts): the program then has a bound of them. */
  private readonly isShared: boolean;

  /** `mostCycles`: mappings that take more are of no interest. */
  constructor(
    problem: Problem,
    limits: Limits,
    objective: Objective,
    packing: Packing = packingOf(problem),
    mostCycles: number = Number.POSITIVE_INFINITY,
  ) {
    this.mostCycles = mostCycles;
    this.problem = problem;
    this.limits = limits;
    this.objective = objective;
    this.packing = packing;
    this.isShared = problem.rules.extrapolates && problem.relevance[problem.output]?.includes("partial") === true;
    this.placements = [...placementsOf(problem, limits)].sort((a, b) => b.nodes.length - a.nodes.length);
  }

  /**
   * The families of a placement, none that only repeats another one; given a look, only the rows of them, and only those families, that
   * may be better than its cutoff.
   */
  *families(at: number, look: Look | null = null): Generator<Met> {
    const { problem, limits } = this;
    const surveyed = this.surveyed.get(at) ?? this.survey(at);
    this.surveyed.delete(at);
    if (surveyed === null) return;
    const { outline, prospect } = surveyed;
    const { setting, library, sliding, relaxation } = outline;
    if (look?.hint != null) prospect.set(look.hint);
    const numbers = new Map([...this.orders(setting.placement)].map((order, i) => [JSON.stringify(order), i]));
    const valuation = new Valuation(relaxation, this.objective);
    const isHopeless = (relaxed: OrderFamily): boolean =>
      look !== null && this.isHopeless({ ...outline, valuation }, prospect, relaxed, look);
    for (const order of this.orders(setting.placement, isHopeless)) {
      const seat = { placement: at, order: numbers.get(JSON.stringify(order)) ?? -1 };
      if (isCounted(problem, limits, setting.placement, order) || look?.claims(seat.order) === false) continue;
      const motions = library.motionsIn(order);
      const left = prospect.survivors(order, motions, look?.cutoff() ?? Number.POSITIVE_INFINITY);
      if (left === null) continue;
      const mark = this.arena.mark();
      const ground = this.ground({ ...outline, valuation }, left);
      const rows = this.rows(ground, order, motions, left);
      for (const mode of modesOf(sliding, rows))
        if (!isMirrored(mode, rows))
          yield { seat, setting, splits: ground.splits, order, family: this.family(ground, rows, mode) };
      this.arena.release(mark);
      if (look?.hint != null && left.some((of) => of.length > MANY_ROWS)) prospect.set(look.hint);
    }
  }

  /**
   * A look at a placement: what the best of it costs at least, and, if that is below the cutoff (log), what the splits that cost least come to in its plain
   * order, which the incumbent is offered (not without one). Families of it will begin where the bound ends.
   */
  outlook(at: number, cutoff: number, incumbentOf: ((met: Met) => Incumbent) | null): Outlook {
    const surveyed = this.survey(at);
    if (surveyed === null) return { bound: Number.POSITIVE_INFINITY, value: Number.POSITIVE_INFINITY, point: null };
    const { prospect } = surveyed;
    const { bound, point } = prospect.sharpen(cutoff);
    const isScouted = incumbentOf !== null && bound <= cutoff;
    const value = isScouted ? this.scouted(at, surveyed, incumbentOf) : Number.POSITIVE_INFINITY;
    if (this.bytes + prospect.size < MEMORY) {
      this.bytes += prospect.size;
      this.surveyed.set(at, surveyed);
    }
    return { bound, value, point };
  }

  /** A placement with all of its splits; null where none fits. */
  survey(at: number): Surveyed | null {
    const outline = this.outline(at);
    if (outline === null) return null;
    const prospect = new Prospect(outline, this.objective, this.packing, this.mostCycles);
    return prospect.isEmpty ? null : { outline, prospect };
  }

  private orders(
    placement: Placement,
    isHopeless: (relaxed: OrderFamily) => boolean = () => false,
  ): Generator<OrderFamily> {
    const { problem, limits } = this;
    if (problem.rules.isEven) return evenOrdersOf(problem, limits, placement);
    return problem.rules.streams
      ? streamingOrdersOf(problem, limits, placement, isHopeless)
      : ordersOf(problem, limits, placement, isHopeless);
  }

  /** Whether a bound of families that hold no mapping of their own shows that none of them has a mapping worth finding. */
  private isHopeless(outline: Valued, prospect: Prospect, relaxed: OrderFamily, { hint, cutoff }: Look): boolean {
    const motions = outline.library.motionsIn(relaxed);
    const left = prospect.survivors(relaxed, motions, cutoff());
    if (left === null) return true;
    const mark = this.arena.mark();
    const ground = this.ground(outline, left);
    const rows = this.rows(ground, relaxed, motions, left);
    const isHopeless = modesOf(ground.sliding, rows).every(
      (mode) => new Branch(this.family(ground, rows, mode), new Deaf(cutoff)).first(hint).left === null,
    );
    this.arena.release(mark);
    return isHopeless;
  }

  /** A family that is not at hand any more, or is another part's, of whose groups only the splits with these codes matter. */
  again(seat: Seat, order: OrderFamily, mode: Mode, codes: readonly Float64Array[]): Met {
    const { placement } = seat;
    const outline = this.latest?.placement === placement ? this.latest.outline : this.outline(placement);
    if (outline === null) throw new Error("a placement went missing");
    this.latest = { placement, outline };
    const { setting, library, relaxation } = outline;
    const ground = this.ground({ ...outline, valuation: new Valuation(relaxation, this.objective) }, codes);
    const rows = this.rows(ground, order, library.motionsIn(order), codes);
    return { seat, setting, splits: ground.splits, order, family: this.family(ground, rows, mode) };
  }

  /** The least value met among the splits of the placement that cost least, in its plain order; Infinity where nothing fits. */
  private scouted(at: number, { outline, prospect }: Surveyed, incumbentOf: (met: Met) => Incumbent): number {
    let least = Number.POSITIVE_INFINITY;
    const { setting, library, relaxation } = outline;
    const [order] = this.orders(setting.placement);
    if (order === undefined) return least;
    const motions = library.motionsIn(order);
    const codes = prospect.promising(order, motions, SCOUTED, SCOUTED_SHARE);
    if (codes === null) return least;
    const mark = this.arena.mark();
    const ground = this.ground({ ...outline, valuation: new Valuation(relaxation, this.objective) }, codes);
    const { splits } = ground;
    const rows = this.rows(ground, order, motions, codes);
    for (const mode of modesOf(ground.sliding, rows).slice(0, 1)) {
      const family = this.family(ground, rows, mode);
      const scout = new Scout(incumbentOf({ seat: { placement: at, order: 0 }, setting, splits, order, family }));
      const branch = new Branch(family, scout);
      const first = branch.first(null);
      if (first.hint !== null && first.left !== null) branch.dive(first.hint, 1);
      least = scout.least;
    }
    this.arena.release(mark);
    return least;
  }

  /** Null where nothing of the placement fits. */
  private outline(at: number): Outline | null {
    const { problem, limits } = this;
    const placement = this.placements[at];
    if (placement === undefined) throw new Error(`no placement ${at}`);
    const transfers = transfersOf(placement);
    const setting: Setting = { problem, placement, transfers, layout: layoutOf(problem, placement, transfers) };
    const whole = relaxationOf(programOf(problem, placement));
    if (whole.isImpossible) return null;
    const relaxation = condensed(setting, whole);
    const orders = [...this.orders(placement)];
    const allowed = problem.einsum.variables.map((_, v) =>
      orders.reduce((bits, order) => bits | (order.allowed[v] ?? 0), 0),
    );
    const plan = planOf(setting, relaxation, this.packing, limits, allowed, this.known);
    const chains = plan.variables.map((table) => table.chains);
    const sliding = slidingNodesOf(setting);
    const library = new RunLibrary(setting, chains, this.motions, sliding);
    return { setting, relaxation, plan, library, sliding };
  }

  /** With the splits of each group that have the codes, in the arena. */
  private ground(outline: Valued, codes: readonly Float64Array[]): Ground {
    const tables = tablesOf(this.problem, outline.plan, codes, this.arena);
    const { chains, groups } = tables;
    return { ...outline, tables, splits: { chains, groups: groups.map(({ logs, tiles, ...others }) => others) } };
  }

  /** Per group the rows of some splits under the order, by their codes; groups that mirror each other, and of which the same splits are left, have them in common. */
  private rows(
    { setting, relaxation, tables, library, sliding }: Ground,
    order: OrderFamily,
    motions: readonly ChainMotion[],
    codes: readonly Float64Array[],
  ): readonly GroupRows[] {
    const { arena } = this;
    const rows: GroupRows[] = [];
    for (const [g, table] of tables.groups.entries()) {
      const own = codes[g] ?? new Float64Array(0);
      const like = this.mirrorOf(g, order);
      const mirrored = isEqual(own, codes[like]) ? rows[like] : undefined;
      const given = rowsOf(table.codes, own);
      rows.push(mirrored ?? familyRows(setting, relaxation, library, order, motions, sliding, table, given, arena));
    }
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

  private family(
    { relaxation, splits, library, sliding, valuation }: Ground,
    rows: readonly GroupRows[],
    mode: Mode,
  ): Family {
    const { objective, packing, mostCycles } = this;
    const covers = this.covers.get(rows) ?? coversOf(relaxation, rows, sliding);
    this.covers.set(rows, covers);
    const isExact = !this.limits.ordered && !sliding.some(({ together }) => together) && !this.isShared;
    return {
      relaxation,
      packing,
      objective,
      valuation,
      tables: splits.groups,
      rows,
      runs: library.runs,
      sliding,
      mode,
      covers,
      mostCycles,
      isExact,
      arena: this.arena,
    };
  }
}
