import { jointAtoms } from "./atoms.js";
import type { ChainMotion } from "./chain-motion.kernel.js";
import type { ChainTable } from "./chain-table.kernel.js";
import { mayCover } from "./covers.kernel.js";
import { Dual, type Linear, type Start } from "./dual.kernel.js";
import type { GroupTables } from "./group-table.kernel.js";
import { admittedOf, cheapest, decode, everySplit, type Listed, leastOf, leftOf, sumUp } from "./listed.kernel.js";
import type { Objective } from "./objective.js";
import { OpenRows } from "./open.kernel.js";
import type { OrderFamily } from "./orders.js";
import type { Outline } from "./outline.js";
import type { Packing } from "./packing.js";
import { Packer } from "./packing.kernel.js";
import { Pairs } from "./pairs.kernel.js";
import { fanoutOf } from "./problem.js";
import { gainAt } from "./relaxed.js";
import { statesOf } from "./uses.kernel.js";

/** Where a linear bound of a placement is taken. */
export type Point = Omit<Start, "working">;

/** What bounds may be off by for rounding, in logarithms. */
const SLACK = 1e-9;

/** How often a better point is looked for, and how many passes over the splits met so far each time takes. */
const ROUNDS = 6;
const PASSES = 3;
/** An order with no more splits than that in any group is not looked at further. */
const FEW_SPLITS = 300;

/** What is left of the splits of a placement, or of an order of it, beside the best bound that was found, and its point. */
interface Narrowed {
  /** Log of what all choices cost at least; Infinity where the fan-outs hold none. */
  readonly bound: number;
  readonly point: Point | null;
  /** Null where none is left. */
  readonly lists: readonly Listed[] | null;
}

/** An order of loops, and how chains move in it. */
interface Moved {
  readonly order: OrderFamily;
  readonly motions: readonly ChainMotion[];
}

/** The splits of a group, by their codes. */
interface Group {
  readonly chains: readonly ChainTable[];
  /**
   * What two chains cost together; null for one variable, and where it is left out: of more than two. Of an output in whose axes the variables meet, the distinct words
   * depend on temporal loops as well: but a difference takes them away from just what they are a factor of, so they weigh nothing in any bound.
   */
  readonly pairs: Pairs | null;
  /** Per column: 1 where it holds anything that chains make together. */
  readonly isJoint: Uint8Array;
  /** Per column: 1 where its factor is told by the chains and pairs, else 0: it is then held to be 1, which it never is below. */
  readonly isTold: Uint8Array;
  /** The state of the use of the fan-outs; −1 where they do not hold it. */
  readonly states: Int32Array;
  /** At the present point, per variable and chain: what it costs by itself, whatever the order. */
  readonly each: readonly Float64Array[];
  /** The coefficients of the columns that are told, and per node what a word that enters it costs. */
  readonly told: Float64Array;
  readonly entering: Float64Array;
}

/**
 * A look at all splits of a placement before any is built. They are *relaxed*: as if irrelevant loops never brought a word, and every
 * slide kept all that can stay; no family's row is below that. A linear bound (dual.kernel.ts) at some point then costs each of them what its chains cost by
 * themselves and together, which takes a few additions where a row takes all its columns; an order adds what it charges chain by chain. That tells
 * which splits can be part of anything better than the best mapping known.
 */
export class Prospect {
  private readonly outline: Outline;
  private readonly groups: readonly Group[];
  private readonly dualOf: () => Dual;
  /** Made when a bound is first taken. */
  private dual: Dual | null = null;
  private readonly packer: Packer;
  /** Per column: the least over all splits, in total, of those that a difference needs. */
  private leasts: Float64Array = new Float64Array(0);
  /** Per node: the columns of words that enter it. */
  private readonly entering: readonly (readonly number[])[];
  /** Per variable and node: whether it moves the node's tile. */
  private readonly moves: readonly (readonly boolean[])[];
  /** What a visit of each node costs. */
  private readonly visit: Float64Array;
  /** The bound at the point. */
  private linear: Linear = { constant: 0, coefficients: new Float64Array(0) };
  /** Where the bound is taken; null: nowhere yet. */
  private point: Point | null = null;
  /** Per group: the splits that may still matter. */
  private lists: readonly Listed[];

  constructor(outline: Outline, objective: Objective, packing: Packing, mostCycles: number) {
    const { setting, relaxation, plan } = outline;
    const { columns } = relaxation;
    const K = setting.placement.nodes.length;
    this.outline = outline;
    this.entering = Array.from({ length: K }, (_, j) =>
      columns.flatMap(({ entered }, c) => (entered === j ? [c] : [])),
    );
    this.visit = new Float64Array(K);
    const { problem, placement } = setting;
    this.moves = plan.variables.map(({ variable }) =>
      placement.nodes.map(({ tensor }) => problem.relevance[tensor]![variable] !== "irrelevant"),
    );
    const groups: Group[] = [];
    plan.groups.forEach((of, g) => {
      groups.push(groups[plan.likes[g]!] ?? this.groupOf(g, of, packing));
    });
    this.groups = groups;
    const lists: Listed[] = [];
    groups.forEach((group) => {
      lists.push(lists[groups.indexOf(group)] ?? everySplit(group.chains, group.states));
    });
    this.lists = lists;
    this.dualOf = () => new Dual(relaxation, objective, packing, this.covers(), groups.length, Math.log(mostCycles));
    this.packer = new Packer(packing, groups.length);
  }

  /** Whether some group has no split that fits. */
  get isEmpty(): boolean {
    return this.lists.some(({ codes }) => codes.length === 0);
  }

  /** Takes the linear bound at a point, and returns it: of the columns of rows in any order, it is never above the log of their value. */
  set(point: Point): Linear {
    const { entering, visit, groups } = this;
    this.dual ??= this.dualOf();
    if (this.leasts.length === 0) this.leasts = this.leastColumns();
    this.linear = this.dual.linear(point, this.leasts);
    const { coefficients } = this.linear;
    entering.forEach((of, j) => {
      visit[j] = of.reduce((sum, c) => sum + coefficients[c]!, 0);
    });
    for (const group of new Set(groups)) this.price(group, coefficients);
    this.point = point;
    return this.linear;
  }

  /**
   * Looks for a point of a better bound, whatever the order. Takes the best one, and returns it with its bound (log), which holds for all choices of the
   * placement; Infinity where the fan-outs hold none. Keeps only splits that may be part of a choice below the cutoff (log).
   */
  sharpen(cutoff: number): { readonly point: Point; readonly bound: number } {
    this.dual ??= this.dualOf();
    const start = this.dual.unknown();
    this.set(start);
    const { bound, point, lists } = this.narrowed(this.lists, null, cutoff);
    if (lists !== null) this.lists = lists;
    return { point: point ?? start, bound };
  }

  /**
   * Per group the codes of the splits that the order admits and that may be part of a choice below the cutoff (log); null where there is none. If the bound is
   * taken at a point, and many are left, better points are looked for.
   */
  survivors(order: OrderFamily, motions: readonly ChainMotion[], cutoff: number): readonly Float64Array[] | null {
    const { point } = this;
    const moved = { order, motions };
    const lists = this.admitted(moved);
    if (lists.some(({ codes }) => codes.length === 0)) return null;
    const most = point === null ? Number.POSITIVE_INFINITY : cutoff;
    const left = this.narrowed(lists, moved, most).lists;
    return left?.map(({ codes }) => new Float64Array(codes)) ?? null;
  }

  /** Per group the codes of so many splits that the order admits, or of that share of them, those that cost least beside the others; null where nothing fits. */
  promising(
    order: OrderFamily,
    motions: readonly ChainMotion[],
    many: number,
    share: number,
  ): readonly Float64Array[] | null {
    const { packer } = this;
    const lists = this.priced(order, motions);
    if (packer.total(lists.length) === Number.POSITIVE_INFINITY) return null;
    packer.spread(lists.length);
    return lists.map((list, g) => {
      const most = Math.max(many, Math.ceil(share * list.codes.length));
      return cheapest(list, packer.through[g]!, most);
    });
  }

  /** Per group the splits that the order admits, with what they cost at the present point: never more than a row of theirs in the order. */
  priced(order: OrderFamily, motions: readonly ChainMotion[]): readonly Listed[] {
    const moved = { order, motions };
    const lists = this.admitted(moved);
    this.cost(lists, moved);
    return lists;
  }

  /**
   * Narrows lists of splits down to those that may be part of a choice below the cutoff, in rounds: in turn for the splits that cost least at a point, and for
   * the best point of those met so far. Takes the best point.
   */
  private narrowed(all: readonly Listed[], moved: Moved | null, cutoff: number): Narrowed {
    const { packer } = this;
    const G = all.length;
    const working: number[][] = all.map(() => []);
    const chosen = new Int32Array(G);
    let lists = all;
    let [best, most] = [this.point, Number.NEGATIVE_INFINITY];
    for (let round = 1; ; round++) {
      const least = this.cost(lists, moved);
      const total = packer.total(G);
      if (total === Number.POSITIVE_INFINITY) return { bound: total, point: best, lists: null };
      if (this.point === null) return { bound: most, point: null, lists };
      const bound = this.linear.constant + total;
      if (bound > most) [best, most] = [this.point, bound];
      // Splits that went before cost at least the cutoff.
      if (bound > cutoff + SLACK) return { bound: cutoff + SLACK, point: best, lists: null };
      packer.choices(G, chosen);
      const fresh = working.filter((codes, g) => {
        const code = least[g]![chosen[g]!]!;
        return !codes.includes(code) && codes.push(code) > 0;
      });
      lists = this.left(lists, cutoff);
      const isLittle = moved !== null && lists.every(({ codes }) => codes.length <= FEW_SPLITS);
      if (round === ROUNDS || fresh.length === 0 || isLittle) break;
      this.set(this.bestOf(working, moved, this.point));
    }
    if (best !== null && best !== this.point) this.set(best);
    return { bound: most, point: best, lists };
  }

  /**
   * The splits whose costs leave room for the others below the cutoff. Groups that share a list go on to do so: their splits cost the same, and so
   * do all others beside them.
   */
  private left(lists: readonly Listed[], cutoff: number): readonly Listed[] {
    const { packer } = this;
    packer.spread(lists.length);
    const left: Listed[] = [];
    lists.forEach((list, g) => {
      left.push(left[lists.indexOf(list)] ?? leftOf(list, packer.through[g]!, cutoff - this.linear.constant + SLACK));
    });
    return left;
  }

  /** Bytes of all that it and its outline hold, nearly. */
  get size(): number {
    const { plan } = this.outline;
    const rows = this.lists.reduce((n, { costs }) => n + costs.length, 0);
    const chains = plan.variables.reduce((n, { values }) => n + values.length, 0);
    return 32 * rows + 8 * chains;
  }

  /** The point of the best bound of some splits, by their codes. */
  private bestOf(working: readonly (readonly number[])[], moved: Moved | null, from: Point): Point {
    const none = new Int32Array(0);
    const C = this.outline.relaxation.columns.length;
    const open = working.map((codes, g): OpenRows => {
      const ids = Int32Array.from(codes.keys());
      const logs = this.relaxed(g, codes, moved);
      const states = Int32Array.from(codes, (code) => this.groups[g]!.states[code]!);
      return new OpenRows(
        [g],
        ids,
        ids,
        ids.map((r) => r * C),
        logs,
        states,
        none,
        none,
      );
    });
    const all = open.map(({ ids }) => [...ids]);
    const dual = this.dual!;
    dual.run(open, { ...from, working: [] }, all, Number.POSITIVE_INFINITY, PASSES);
    return dual.start([]);
  }

  /** The columns of relaxed splits of a group. */
  private relaxed(group: number, codes: readonly number[], moved: Moved | null): Float64Array {
    const { setting, relaxation, plan, sliding } = this.outline;
    const { pairs, isTold } = this.groups[group]!;
    const { chains, joint } = plan.groups[group]!;
    const own = this.variablesOf(group);
    // What loops do is told by the group that has these chains.
    const like = this.groups.indexOf(this.groups[group]!);
    const [C, K] = [relaxation.columns.length, this.visit.length];
    const logs = new Float64Array(codes.length * C);
    const picked = new Int32Array(chains.length);
    codes.forEach((code, r) => {
      decode(code, chains, picked, 0);
      const log = logs.subarray(r * C, r * C + C);
      const tile = new Float64Array(K);
      const visits = new Float64Array(K);
      chains.forEach((table, i) => {
        const chain = picked[i]!;
        const begin = table.columnsAt(chain);
        for (let c = 0; c < C; c++) log[c]! += table.values[begin + c]!;
        for (let j = 0; j < K; j++) tile[j]! += table.tileAt(chain, j);
        table.addVisits(chain, visits);
        if (moved !== null) this.charge(own[i]!, chain, moved, visits);
      });
      if (pairs !== null && joint !== null) {
        joint.setTiles(picked, tile);
        joint.add(picked, tile, log, 0);
        const loops = chains.flatMap((table, i) => table.chains.at(picked[i]!));
        for (const { node, groups } of sliding)
          if (groups.includes(like))
            visits[node]! += gainAt(setting, like, node, loops, Math.round(Math.exp(tile[node]!)));
      }
      this.entering.forEach((of, j) => {
        for (const c of of) log[c]! += tile[j]! + visits[j]!;
      });
      for (let c = 0; c < C; c++) if (isTold[c] === 0) log[c] = 0;
    });
    return logs;
  }

  /** Per group the splits that the order admits; groups of which it admits and charges the same share a list. */
  private admitted({ order, motions }: Moved): readonly Listed[] {
    const { lists, outline } = this;
    const admits = outline.plan.groups.map((_, g) =>
      this.variablesOf(g).map((variable) => outline.library.admittedBy(order, variable)),
    );
    const charges = outline.plan.groups.map((_, g) =>
      this.variablesOf(g).flatMap((v) => motions[v]!.visits.filter((_, j) => !this.moves[v]![j])),
    );
    const admitted: Listed[] = [];
    lists.forEach((list, g) => {
      const isAlike = (h: number): boolean => isEqual(admits[h]!, admits[g]!) && isEqual(charges[h]!, charges[g]!);
      const like = lists.findIndex((other, h) => other === list && h < g && isAlike(h));
      admitted.push(admitted[like] ?? admittedOf(list, admits[g]!));
    });
    return admitted;
  }

  private variablesOf(group: number): readonly number[] {
    return this.outline.setting.problem.groups[group]!.variables;
  }

  /**
   * Sets the costs of the splits at the present point, with what the order charges, and the packer's least costs by state; returns per group the codes that
   * have them. Groups that share a list are charged alike.
   */
  private cost(lists: readonly Listed[], moved: Moved | null): readonly Int32Array[] {
    const { packer } = this;
    const least: Int32Array[] = [];
    lists.forEach((list, g) => {
      const like = lists.indexOf(list);
      if (like < g) {
        packer.least[g]!.set(packer.least[like]!);
        least.push(least[like]!);
        return;
      }
      const { pairs, each } = this.groups[g]!;
      sumUp(list, moved === null ? each : each.map((of, i) => this.charged(of, this.variablesOf(g)[i]!, moved)));
      pairs?.addTo(list.costs, list.picks);
      least.push(leastOf(list, packer.least[g]!));
    });
    return least;
  }

  /** Per chain of the variable: its cost, and what the order charges for irrelevant loops. */
  private charged(costs: Float64Array, variable: number, { motions }: Moved): Float64Array {
    const { visit } = this;
    const { visits } = motions[variable]!;
    const charged = costs.slice();
    this.moves[variable]!.forEach((isMoved, j) => {
      const [cost, own] = [visit[j]!, visits[j]!];
      if (!isMoved && cost !== 0) for (let i = 0; i < charged.length; i++) charged[i]! += cost * own[i]!;
    });
    return charged;
  }

  /** Adds, per node, the visits that the order charges for irrelevant loops of a chain. */
  private charge(variable: number, chain: number, { motions }: Moved, visits: Float64Array): void {
    const own = motions[variable]!.visits;
    const moves = this.moves[variable]!;
    for (let j = 0; j < visits.length; j++) if (!moves[j]) visits[j]! += own[j]![chain]!;
  }

  private groupOf(group: number, { chains, joint }: GroupTables, packing: Packing): Group {
    const { outline } = this;
    const { problem } = outline.setting;
    const [a, b, ...others] = chains;
    const isPaired = a !== undefined && b !== undefined && joint !== null && others.length === 0;
    const pairs = isPaired ? new Pairs(outline, group, joint, [a, b]) : null;
    const isJoint = this.jointOf(group);
    const isTold = isJoint.map((x) => (pairs === null && x === 1 ? 0 : 1));
    const sizes = problem.fanouts.flatMap((level) => [fanoutOf(problem, level).x, fanoutOf(problem, level).y]);
    const states = statesOf(chains, sizes, packing);
    const each = chains.map((table) => new Float64Array(table.chains.length));
    const [C, K] = [isTold.length, this.visit.length];
    return { chains, pairs, isJoint, isTold, states, each, told: new Float64Array(C), entering: new Float64Array(K) };
  }

  /**
   * Per column: 1 where it holds anything that chains of the group make together. Tiles that the group slides are among that, and so are, of what a column is divided
   * by, the words of a tensor whose tile or drains are a factor of it.
   */
  private jointOf(group: number): Uint8Array {
    const { setting, relaxation } = this.outline;
    const isJoint = new Uint8Array(setting.layout.size);
    for (const atom of jointAtoms(setting, group)) isJoint[atom] = 1;
    return Uint8Array.from(relaxation.columns, ({ times, entered }) => {
      if (entered >= 0 && isJoint[setting.layout.tile(entered)] === 1) return 1;
      for (const atom of times) if (isJoint[atom] === 1) return 1;
      return 0;
    });
  }

  /** Sets what the group's chains cost. */
  private price({ chains, pairs, isTold, each, told, entering }: Group, coefficients: Float64Array): void {
    for (let c = 0; c < told.length; c++) told[c] = coefficients[c]! * isTold[c]!;
    this.entering.forEach((of, j) => {
      entering[j] = of.reduce((sum, c) => sum + told[c]!, 0);
    });
    const ofTiles = entering.map((cost, j) => (pairs?.nodes.includes(j) === true ? 0 : cost));
    chains.forEach((table, i) => {
      each[i]!.set(table.sums(told, ofTiles, entering));
    });
    pairs?.weigh(told, entering, each);
  }

  /** Per chain of the table: the log of its factor of a column without what it makes together with others. */
  private factors(table: ChainTable, column: number): Float64Array {
    const { columns } = this.outline.relaxation;
    const alone = new Float64Array(columns.length);
    const words = new Float64Array(this.visit.length);
    const { entered } = columns[column]!;
    alone[column] = 1;
    if (entered >= 0) words[entered] = 1;
    return table.sums(alone, words, words);
  }

  private leastColumns(): Float64Array {
    const { energy, delays, columns } = this.outline.relaxation;
    const leasts = new Float64Array(columns.length);
    for (const v of new Set([...energy, ...delays.flat()].map((term) => term.v)))
      if (v >= 0)
        leasts[v] = this.groups.reduce((sum, { chains, isJoint }) => {
          if (isJoint[v] === 1) return sum;
          return chains.reduce((n, table) => n + this.factors(table, v).reduce((a, b) => Math.min(a, b)), sum);
        }, 0);
    return leasts;
  }

  /** As `coversOf` (covers.kernel.ts), where chains by themselves show it. */
  private covers(): Int32Array {
    const { energy: terms, columns } = this.outline.relaxation;
    const known = new Map<number, readonly (readonly Float64Array[])[]>();
    const factorsOf = (c: number): readonly (readonly Float64Array[])[] => {
      const made = known.get(c) ?? this.groups.map(({ chains }) => chains.map((table) => this.factors(table, c)));
      known.set(c, made);
      return made;
    };
    const isJoint = columns.map((_, c) => this.groups.some((group) => group.isJoint[c] === 1));
    return Int32Array.from(terms, ({ column: y, v, weight }) => {
      if (v < 0 || isJoint[y]) return -1;
      let [best, size] = [-1, Number.POSITIVE_INFINITY];
      terms.forEach((z, t) => {
        if (!mayCover(z, columns, weight) || isJoint[z.column]) return;
        const own = sizeOver(factorsOf(z.column), factorsOf(y));
        if (own < size) [best, size] = [t, own];
      });
      return best;
    });
  }
}

/** About how large one column is (log) that in every group is never below the other; Infinity where it may be. Per group and variable, their factors by chain. */
function sizeOver(large: readonly (readonly Float64Array[])[], small: readonly (readonly Float64Array[])[]): number {
  let size = 0;
  for (const [g, variables] of large.entries()) {
    let slack = 0;
    for (const [i, factors] of variables.entries()) {
      const others = small[g]![i]!;
      let least = Number.POSITIVE_INFINITY;
      for (let k = 0; k < factors.length; k++) {
        least = Math.min(least, factors[k]! - others[k]!);
        size += factors[k]! / factors.length;
      }
      slack += least;
    }
    if (slack < -SLACK) return Number.POSITIVE_INFINITY;
  }
  return size;
}

function isEqual(x: readonly ArrayLike<number>[], y: readonly ArrayLike<number>[]): boolean {
  if (x.length !== y.length) return false;
  for (let v = 0; v < x.length; v++) {
    const [a, b] = [x[v]!, y[v]!];
    if (a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  }
  return true;
}
