import { jointAtoms } from "./atoms.js";
import type { ChainMotion } from "./chain-motion.kernel.js";
import type { ChainTable } from "./chain-table.kernel.js";
import { Dual, type Start } from "./dual.kernel.js";
import type { GroupTables } from "./group-table.kernel.js";
import type { Objective } from "./objective.js";
import { OpenRows } from "./open.kernel.js";
import type { OrderFamily } from "./orders.js";
import type { Outline } from "./outline.js";
import type { Packing } from "./packing.js";
import { Packer } from "./packing.kernel.js";
import { Pairs } from "./pairs.kernel.js";
import { fanoutOf } from "./problem.js";
import { gainAt } from "./relaxed.js";

/** Where a linear bound of a placement is taken. */
export type Point = Omit<Start, "working">;

/** What bounds may be off by for rounding, in logarithms. */
const SLACK = 1e-9;

/** How often a better point is looked for, and how many passes over the splits met so far each time takes. */
const ROUNDS = 6;
const PASSES = 3;

/** Splits of a group, their costs and the states of their use of the fan-outs. */
interface Listed {
  readonly codes: Int32Array;
  readonly costs: Float64Array;
  readonly states: Int32Array;
}

/** The splits of a group, by their codes. */
interface Group {
  readonly chains: readonly ChainTable[];
  /** What two chains cost together; null for one variable, and where it is left out: of more than two, and of outputs in whose axes variables meet. */
  readonly pairs: Pairs | null;
  /** Per column: 1 where it holds anything that chains make together. */
  readonly isJoint: Uint8Array;
  /** Per column: 1 where its factor is told by the chains and pairs, else 0: it is then held to be 1, which it never is below. */
  readonly isTold: Uint8Array;
  /** The state of the use of the fan-outs; −1 where they do not hold it. */
  readonly states: Int32Array;
  /** The linear bound's part, whatever the order. */
  readonly costs: Float64Array;
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
  /** What a visit of each node costs, and the constant of the bound. */
  private readonly visit: Float64Array;
  private constant = 0;
  private isSet = false;

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
    this.dualOf = () => new Dual(relaxation, objective, packing, this.covers(), groups.length, Math.log(mostCycles));
    this.packer = new Packer(packing, groups.length);
  }

  /** Takes the linear bound at a point. */
  set(point: Point): void {
    const { entering, visit, groups } = this;
    if (this.dual === null) {
      this.leasts = this.leastColumns();
      this.dual = this.dualOf();
    }
    const { constant, coefficients } = this.dual.linear(point, this.leasts);
    this.constant = constant;
    entering.forEach((of, j) => {
      visit[j] = of.reduce((sum, c) => sum + coefficients[c]!, 0);
    });
    for (const group of new Set(groups)) this.price(group, coefficients);
    this.isSet = true;
  }

  /**
   * Looks for a point of a better bound, whatever the order: in turn for the splits of least cost at a point, and for the best point of those met so far.
   * Takes the best one, and returns it with its bound (log), which holds for all choices of the placement; Infinity where the fan-outs hold none.
   */
  sharpen(from: Point): { readonly point: Point; readonly bound: number } {
    const { groups, packer } = this;
    const G = groups.length;
    const working: number[][] = groups.map(() => []);
    const chosen = new Int32Array(G);
    let [point, best, most] = [from, from, Number.NEGATIVE_INFINITY];
    for (let round = 0; round < ROUNDS; round++) {
      this.set(point);
      const least = groups.map((group, g) => leastOf(group, packer.least[g]!));
      const bound = this.constant + packer.total(G);
      if (bound === Number.POSITIVE_INFINITY) return { point, bound };
      if (bound > most) [best, most] = [point, bound];
      packer.choices(G, chosen);
      const fresh = working.filter((codes, g) => {
        const code = least[g]![chosen[g]!]!;
        return !codes.includes(code) && codes.push(code) > 0;
      });
      if (fresh.length === 0) break;
      point = this.bestOf(working, point);
    }
    this.set(best);
    return { point: best, bound: most };
  }

  /** Bytes of all that it and its outline hold, nearly. */
  get size(): number {
    const { plan } = this.outline;
    const rows = this.groups.reduce((n, { costs }) => n + costs.length, 0);
    const chains = plan.variables.reduce((n, { values, facts }) => n + values.length + 4 * facts.tiles.length, 0);
    return 16 * rows + 8 * chains;
  }

  /** The point of the best bound of some splits, by their codes. */
  private bestOf(working: readonly (readonly number[])[], from: Point): Point {
    const none = new Int32Array(0);
    const open = working.map((codes, g): OpenRows => {
      const ids = Int32Array.from(codes.keys());
      const logs = this.relaxed(g, codes);
      const states = Int32Array.from(codes, (code) => this.groups[g]!.states[code]!);
      return new OpenRows([g], ids, ids, logs, states, none, none);
    });
    const all = open.map(({ ids }) => [...ids]);
    const dual = this.dual!;
    dual.run(open, { ...from, working: [] }, all, Number.POSITIVE_INFINITY, PASSES);
    return dual.start([]);
  }

  /** The columns of relaxed splits of a group. */
  private relaxed(group: number, codes: readonly number[]): Float64Array {
    const { setting, relaxation, plan, sliding } = this.outline;
    const { pairs, isTold } = this.groups[group]!;
    const { chains, joint } = plan.groups[group]!;
    const [C, K] = [relaxation.columns.length, this.visit.length];
    const logs = new Float64Array(codes.length * C);
    const picked = new Int32Array(chains.length);
    codes.forEach((code, r) => {
      for (let i = chains.length - 1, rest = code; i >= 0; i--) {
        const { length } = chains[i]!.chains;
        picked[i] = rest % length;
        rest = Math.floor(rest / length);
      }
      const log = logs.subarray(r * C, r * C + C);
      const tile = new Float64Array(K);
      const moved = new Float64Array(K);
      chains.forEach((table, i) => {
        const chain = picked[i]!;
        const begin = table.columnsAt(chain);
        for (let c = 0; c < C; c++) log[c]! += table.values[begin + c]!;
        for (let j = 0; j < K; j++) tile[j]! += table.facts.tiles[chain * K + j]!;
        table.addVisits(chain, moved);
      });
      if (pairs !== null && joint !== null) {
        joint.setTiles(picked, tile);
        joint.add(picked, tile, log);
        const loops = chains.flatMap((table, i) => table.chains.at(picked[i]!));
        for (const { node, groups } of sliding)
          if (groups.includes(group))
            moved[node]! += gainAt(setting, group, node, loops, Math.round(Math.exp(tile[node]!)));
      }
      this.entering.forEach((of, j) => {
        for (const c of of) log[c]! += tile[j]! + moved[j]!;
      });
      for (let c = 0; c < C; c++) if (isTold[c] === 0) log[c] = 0;
    });
    return logs;
  }

  /** Per group the codes of the splits that the order admits and that may be part of a choice below the cutoff (log); null where there is none. */
  survivors(order: OrderFamily, motions: readonly ChainMotion[], cutoff: number): readonly Float64Array[] | null {
    const { packer } = this;
    const lists = this.listed(order, motions);
    if (lists === null) return null;
    const G = lists.length;
    const total = packer.total(G);
    if (total === Number.POSITIVE_INFINITY) return null;
    const room = this.isSet ? cutoff - this.constant + SLACK : Number.POSITIVE_INFINITY;
    if (total > room) return null;
    packer.spread(G);
    return lists.map(({ codes, costs, states }, g) => {
      const through = packer.through[g]!;
      const left = new Float64Array(codes.length);
      let n = 0;
      for (let i = 0; i < codes.length; i++) if (costs[i]! + through[states[i]!]! <= room) left[n++] = codes[i]!;
      return left.slice(0, n);
    });
  }

  /** Per group the splits that the order admits; the least of each state is the packer's. Null where a group has none. */
  private listed(order: OrderFamily, motions: readonly ChainMotion[]): readonly Listed[] | null {
    const { groups, packer } = this;
    const G = groups.length;
    const lists: Listed[] = [];
    for (let g = 0; g < G; g++) {
      const list = this.admitted(groups[g]!, g, order, motions);
      if (list.codes.length === 0) return null;
      lists.push(list);
      const least = packer.least[g]!.fill(Number.POSITIVE_INFINITY);
      for (let i = 0; i < list.codes.length; i++) {
        const k = list.states[i]!;
        if (list.costs[i]! < least[k]!) least[k] = list.costs[i]!;
      }
    }
    return lists;
  }

  /** The group's splits that the order admits and the fan-outs hold, and their costs. */
  private admitted(
    { chains, states, costs }: Group,
    group: number,
    order: OrderFamily,
    motions: readonly ChainMotion[],
  ) {
    const charges = this.outline.plan.groups[group]!.chains.map(({ variable }) =>
      this.charges(variable, order, motions[variable]!),
    );
    const last = charges.at(-1)!;
    const found = {
      codes: new Int32Array(costs.length),
      costs: new Float64Array(costs.length),
      states: new Int32Array(costs.length),
    };
    let n = 0;
    for (let first = 0, code = 0; code < costs.length; first++) {
      let charge = 0;
      for (let i = chains.length - 2, rest = first; i >= 0; i--) {
        const { length } = charges[i]!;
        charge += charges[i]![rest % length]!;
        rest = Math.floor(rest / length);
      }
      for (let k = 0; k < last.length; k++, code++) {
        const cost = costs[code]! + charge + last[k]!;
        if (cost === Number.POSITIVE_INFINITY || states[code]! < 0) continue;
        found.codes[n] = code;
        found.costs[n] = cost;
        found.states[n++] = states[code]!;
      }
    }
    return {
      codes: found.codes.subarray(0, n),
      costs: found.costs.subarray(0, n),
      states: found.states.subarray(0, n),
    };
  }

  /** Per chain of the variable: what the order charges for irrelevant loops; Infinity where it does not admit the chain. */
  private charges(variable: number, order: OrderFamily, { visits }: ChainMotion): Float64Array {
    const { visit } = this;
    const admits = this.outline.library.admittedBy(order, variable);
    const charges = new Float64Array(admits.length);
    for (let i = 0; i < admits.length; i++) if (admits[i] === 0) charges[i] = Number.POSITIVE_INFINITY;
    this.moves[variable]!.forEach((isMoved, j) => {
      const [cost, own] = [visit[j]!, visits[j]!];
      if (!isMoved && cost !== 0) for (let i = 0; i < charges.length; i++) charges[i]! += cost * own[i]!;
    });
    return charges;
  }

  private groupOf(group: number, { chains, joint }: GroupTables, packing: Packing): Group {
    const { outline } = this;
    const { problem } = outline.setting;
    const [a, b, ...others] = chains;
    const meets = (problem.axes[problem.output]?.[group] ?? []).some((axis) => axis.variables.length > 1);
    const isPaired = a !== undefined && b !== undefined && joint !== null && others.length === 0 && !meets;
    const pairs = isPaired ? new Pairs(outline, group, joint, [a, b]) : null;
    const isJoint = this.jointOf(group);
    const isTold = isJoint.map((x) => (pairs === null && x === 1 ? 0 : 1));
    const states = this.statesOf(chains, packing);
    return { chains, pairs, isJoint, isTold, states, costs: new Float64Array(states.length) };
  }

  /** Per column: 1 where it holds anything that chains of the group make together. */
  private jointOf(group: number): Uint8Array {
    const { setting, relaxation, sliding } = this.outline;
    const isJoint = new Uint8Array(setting.layout.size);
    for (const atom of jointAtoms(setting, group)) isJoint[atom] = 1;
    const slides = new Set(sliding.flatMap(({ node, groups }) => (groups.includes(group) ? [node] : [])));
    return Uint8Array.from(relaxation.columns, ({ times, over, entered, held }) => {
      if (held >= 0 || slides.has(entered) || (entered >= 0 && isJoint[setting.layout.tile(entered)] === 1)) return 1;
      for (const atom of times) if (isJoint[atom] === 1) return 1;
      for (const atom of over) if (isJoint[atom] === 1) return 1;
      return 0;
    });
  }

  /** Per split of the group, by its code. */
  private statesOf(chains: readonly ChainTable[], packing: Packing): Int32Array {
    const { problem } = this.outline.setting;
    const sizes = problem.fanouts.flatMap((level) => [fanoutOf(problem, level).x, fanoutOf(problem, level).y]);
    const A = sizes.length;
    const states = new Int32Array(chains.reduce((n, of) => n * of.chains.length, 1));
    const use = new Int32Array(A);
    const known = new Map<number, number>();
    for (let code = 0; code < states.length; code++) {
      use.fill(1);
      for (let i = chains.length - 1, rest = code; i >= 0; i--) {
        const { length } = chains[i]!.chains;
        const at = (rest % length) * A;
        for (let x = 0; x < A; x++) use[x]! *= chains[i]!.facts.uses[at + x]!;
        rest = Math.floor(rest / length);
      }
      let [number, fits] = [0, true];
      for (let x = 0; x < A; x++) {
        if (use[x]! > sizes[x]!) fits = false;
        if (packing.exact[x]) number += use[x]! * packing.radix[x]!;
      }
      const state = fits ? (known.get(number) ?? packing.stateOf.get(number) ?? -1) : -1;
      if (fits) known.set(number, state);
      states[code] = state;
    }
    return states;
  }

  /** Sets the costs of the group's splits. */
  private price({ chains, pairs, isTold, costs }: Group, coefficients: Float64Array): void {
    const told = coefficients.map((x, c) => x * isTold[c]!);
    const entering = Float64Array.from(this.entering, (of) => of.reduce((sum, c) => sum + told[c]!, 0));
    const ofTiles = entering.map((cost, j) => (pairs?.nodes.includes(j) === true ? 0 : cost));
    const each = chains.map((table) => table.sums(told, ofTiles, entering));
    const last = each.at(-1)!;
    for (let first = 0, code = 0; code < costs.length; first++) {
      let cost = 0;
      for (let i = each.length - 2, rest = first; i >= 0; i--) {
        const { length } = each[i]!;
        cost += each[i]![rest % length]!;
        rest = Math.floor(rest / length);
      }
      for (let k = 0; k < last.length; k++, code++) costs[code] = cost + last[k]!;
    }
    pairs?.addTo(costs, told, entering);
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

  /** As `coversOf` (branch.kernel.ts), where chains by themselves show it. */
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
        if (z.v >= 0 || z.weight < weight || columns[z.column]!.entered < 0 || isJoint[z.column]) return;
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

/** Writes the least cost of each state, and returns the codes that have it. */
function leastOf({ costs, states }: Group, least: Float64Array): Int32Array {
  const codes = new Int32Array(least.length).fill(-1);
  least.fill(Number.POSITIVE_INFINITY);
  for (let code = 0; code < costs.length; code++) {
    const k = states[code]!;
    if (k < 0 || costs[code]! >= least[k]!) continue;
    least[k] = costs[code]!;
    codes[k] = code;
  }
  return codes;
}
