import type { Setting } from "./atoms.js";
import { type Chain, type ChainLoop, extentBelow, interleave, regionOf } from "./chains.js";
import { extentsOf, type Step, shiftOf, wordsMoved } from "./motion.js";
import { nodePosition, type OrderFamily, positionOf } from "./orders.js";
import type { Axis } from "./problem.js";
import { storageOf } from "./problem.js";
import { type ColumnSpec, type Program, slidingGroups } from "./program.js";
import type { GroupTable, Tables } from "./tables.js";

/** What the kernel searches: one array of columns a group. See solve.kernel.ts for the meaning of each. */
export interface FamilyChoices {
  readonly rows: Int32Array;
  /** rows × C: the factors without the words that enter slid nodes. */
  readonly columns: Float64Array;
  /** rows × S: the innermost position of a loop that moves the tile of sliding node s, −1 for none. */
  readonly breaks: Int32Array;
  /** rows × S: the run of the group at sliding node s, −1 where the group cannot slide it. */
  readonly runs: Int32Array;
  /** 1 where several variables of the group share a place, so that nodes may want their loops interleaved differently. */
  readonly ambiguous: Uint8Array;
  /** Per coarseness, coarsest first: a number from 0 for each class of rows that are alike. */
  readonly classes: readonly Int32Array[];
}

/** A node whose tile coupled groups can slide. */
export interface SlidingNode {
  readonly node: number;
  readonly groups: readonly number[];
}

export function slidingNodesOf({ problem, placement }: Setting): readonly SlidingNode[] {
  return placement.nodes.flatMap((placed, node) => {
    const groups = slidingGroups(problem, placed.tensor);
    return groups.length === 0 ? [] : [{ node, groups }];
  });
}

/** The choices of one order family, and the runs that they refer to by number. */
export class FamilyTables {
  /** Per run: the positions of the group's loops above the node, innermost first, each once. */
  readonly positions: Int32Array[] = [];
  /** Per run, [k]: words that enter the node if the loops at the first k positions slide and the rest bring whole tiles. */
  readonly words: Float64Array[] = [];
  private readonly setting: Setting;
  private readonly program: Program;
  private readonly tables: Tables;
  private readonly order: OrderFamily;
  private readonly sliding: readonly SlidingNode[];

  constructor(setting: Setting, program: Program, tables: Tables, order: OrderFamily, sliding: readonly SlidingNode[]) {
    this.setting = setting;
    this.program = program;
    this.tables = tables;
    this.order = order;
    this.sliding = sliding;
  }

  /** The rows of the group that the family admits. */
  choices(group: number): FamilyChoices {
    const table = this.tables.groups[group];
    if (table === undefined) throw new Error(`no group ${group}`);
    const perVariable = table.variables.map((v) => this.chainColumns(v, group, table.joint));
    const width = this.program.columns.length;
    const count = this.sliding.length;
    const rows: number[] = [];
    const nv = table.variables.length;
    for (let r = 0; r < table.rows; r++) {
      let admitted = true;
      for (let i = 0; i < nv && admitted; i++) admitted = perVariable[i]?.admitted[table.chains[r * nv + i] ?? 0] === 1;
      if (admitted) rows.push(r);
    }
    const columns = new Float64Array(rows.length * width);
    const breaks = new Int32Array(rows.length * count).fill(-1);
    const runs = new Int32Array(rows.length * count).fill(-1);
    const overrides = this.overrides(table.joint, group);
    const caches = this.sliding.map(({ groups }) => (groups.includes(group) ? new Map<number, number>() : null));
    rows.forEach((r, n) => {
      const at = n * width;
      columns.fill(1, at, at + width);
      for (let i = 0; i < nv; i++) {
        const part = perVariable[i];
        const chain = table.chains[r * nv + i] ?? 0;
        if (part === undefined) continue;
        for (let c = 0; c < width; c++)
          columns[at + c] = (columns[at + c] ?? 1) * (part.columns[chain * width + c] ?? 1);
        for (let s = 0; s < count; s++)
          breaks[n * count + s] = Math.max(breaks[n * count + s] ?? -1, part.breaks[chain * count + s] ?? -1);
      }
      for (const { column, joint, power } of overrides) {
        const x = table.jointValues[r * table.joint.length + joint] ?? 1;
        columns[at + column] = (columns[at + column] ?? 1) * (power > 0 ? x : 1 / x);
      }
      for (let s = 0; s < count; s++) {
        const cache = caches[s];
        if (cache === null || cache === undefined) continue;
        let key = 0;
        for (let i = 0; i < nv; i++)
          key =
            key * (perVariable[i]?.kinds[s] ?? 1) + (perVariable[i]?.above[s]?.[table.chains[r * nv + i] ?? 0] ?? 0);
        let run = cache.get(key);
        if (run === undefined) {
          run = this.addRun(table, r, this.sliding[s]?.node ?? -1);
          cache.set(key, run);
        }
        runs[n * count + s] = run;
      }
    });
    const ambiguous = Uint8Array.from(rows, (r) => {
      let [used, twice] = [0, 0];
      for (let i = 0; i < nv; i++) {
        const bits = perVariable[i]?.used[table.chains[r * nv + i] ?? 0] ?? 0;
        twice |= used & bits;
        used |= bits;
      }
      return twice === 0 ? 0 : 1;
    });
    const classes = [0, 1].map((coarseness) => {
      const known = new Map<number, number>();
      return Int32Array.from(rows, (r) => {
        let way = 0;
        for (let i = 0; i < nv; i++)
          way = way * 65536 + (perVariable[i]?.alike[coarseness]?.[table.chains[r * nv + i] ?? 0] ?? 0);
        const number = known.get(way) ?? known.size;
        known.set(way, number);
        return number;
      });
    });
    return { rows: Int32Array.from(rows), columns, breaks, runs, ambiguous, classes };
  }

  /** Which joint atoms stand in which column. */
  private overrides(
    joint: readonly number[],
    group: number,
  ): readonly { column: number; joint: number; power: number }[] {
    return this.program.columns.flatMap((spec, column) => {
      const { times, over } = this.atomsOfColumn(spec, group);
      const find = (atoms: readonly number[], power: number) =>
        atoms.flatMap((atom) => {
          const at = joint.indexOf(atom);
          return at < 0 ? [] : [{ column, joint: at, power }];
        });
      return [...find(times, 1), ...find(over, -1)];
    });
  }

  private atomsOfColumn(spec: ColumnSpec, group: number): { times: readonly number[]; over: readonly number[] } {
    const { layout } = this.setting;
    if (spec.entered < 0 || spec.sliding.includes(group)) return spec;
    return { times: [...spec.times, layout.visits(spec.entered), layout.tile(spec.entered)], over: spec.over };
  }

  /** Column factors, breaks and admission of every chain of a variable. */
  private chainColumns(variable: number, group: number, joint: readonly number[]) {
    const { problem, layout } = this.setting;
    const chains = this.tables.chains[variable] ?? [];
    const atoms = this.tables.atoms[variable] ?? new Float64Array(0);
    const width = this.program.columns.length;
    const count = this.sliding.length;
    const specs = this.program.columns.map((spec) => {
      const { times, over } = this.atomsOfColumn(spec, group);
      return { times: times.filter((a) => !joint.includes(a)), over: over.filter((a) => !joint.includes(a)) };
    });
    const columns = new Float64Array(chains.length * width);
    const breaks = new Int32Array(chains.length * count).fill(-1);
    const admitted = new Uint8Array(chains.length);
    const used = new Int32Array(chains.length);
    /** Per sliding node and chain: a number that stands for the loops above the node and the extent below it. */
    const above = this.sliding.map(() => new Int32Array(chains.length));
    const names = this.sliding.map(() => new Map<string, number>());
    const own = Float64Array.from({ length: layout.size });
    const allowed = this.order.allowed[variable] ?? 0;
    chains.forEach((chain, i) => {
      const places = chain.reduce((bits, loop) => (loop.place >= 0 ? bits | (1 << loop.place) : bits), 0);
      used[i] = places;
      if ((places & ~allowed) !== 0) return;
      admitted[i] = 1;
      own.set(atoms.subarray(i * layout.size, (i + 1) * layout.size));
      this.setVisits(chain, own);
      specs.forEach(({ times, over }, c) => {
        let value = 1;
        for (const a of times) value *= own[a] ?? 1;
        for (const a of over) value /= own[a] ?? 1;
        columns[i * width + c] = value;
      });
      this.sliding.forEach(({ node }, s) => {
        const placed = this.setting.placement.nodes[node];
        const relevant = problem.relevance[placed?.tensor ?? -1]?.[variable] !== "irrelevant";
        let key = "";
        for (const loop of chain) {
          if (loop.place < 0) continue;
          const position = positionOf(problem, this.setting.placement, this.order, loop.place, variable);
          if (position >= nodePosition(node)) continue;
          if (relevant) breaks[i * count + s] = Math.max(breaks[i * count + s] ?? -1, position);
          key += `${position}:${loop.count}:${loop.by},`;
        }
        key += `|${extentBelow(problem, this.setting.placement, chain, variable, node)}`;
        const known = names[s] ?? new Map<string, number>();
        const number = known.get(key) ?? known.size;
        known.set(key, number);
        above[s]?.fill(number, i, i + 1);
      });
    });
    const alike = [false, true].map((withTiles) => {
      const known = new Map<string, number>();
      return chains.map((chain) => {
        const way = likeness(this.setting, chain, withTiles);
        const number = known.get(way) ?? known.size;
        known.set(way, number);
        return number;
      });
    });
    return { columns, breaks, admitted, used, above, alike, kinds: names.map((known) => known.size) };
  }

  /** Temporal iterations above each node, the free ones of the family left out. */
  private setVisits(chain: Chain, atoms: Float64Array): void {
    const { problem, placement, layout } = this.setting;
    placement.nodes.forEach((placed, j) => {
      let visits = 1;
      for (const loop of chain) {
        if (loop.place < 0) continue;
        const position = positionOf(problem, placement, this.order, loop.place, loop.variable);
        if (position >= nodePosition(j)) continue;
        const relevant = problem.relevance[placed.tensor]?.[loop.variable] !== "irrelevant";
        if (relevant || position < freeFrom(this.setting, this.order, j)) visits *= loop.count;
      }
      atoms[layout.visits(j)] = visits;
    });
  }

  private addRun(table: GroupTable, row: number, node: number): number {
    const nv = table.variables.length;
    const loops = table.variables.flatMap((v, i) => this.tables.chains[v]?.[table.chains[row * nv + i] ?? 0] ?? []);
    const { positions, words } = slide(this.setting, this.order, table, node, loops);
    this.positions.push(positions);
    this.words.push(words);
    return this.positions.length - 1;
  }
}

/**
 * The position from which inwards loops irrelevant to the node's tensor are free. Where the buffer keeps every overlap of a sliding
 * tile, even a loop further out may find part of the old tile there: none is charged (a bound from below).
 */
function freeFrom({ problem, placement }: Setting, order: OrderFamily, node: number): number {
  const placed = placement.nodes[node];
  if (placed === undefined) throw new Error(`no node ${node}`);
  const overlaps =
    storageOf(problem, placed.level).reuse === "overlap" && slidingGroups(problem, placed.tensor).length > 0;
  return overlaps ? 0 : (order.cuts[node] ?? 0);
}

/** How a chain uses the fan-outs and, if asked, how much of the variable is left below the innermost of them. */
function likeness({ problem, placement }: Setting, chain: Chain, withTiles: boolean): string {
  const inner = placement.fanouts.findLastIndex((there) => there.length > 0);
  let text = "";
  let below = 1;
  for (const loop of chain) {
    if (loop.place < 0) text += `${loop.fanout}${loop.axis}${loop.count} `;
    else if (regionOf(problem, placement, loop) > inner) below *= loop.count;
  }
  return withTiles ? `${text}${below}` : text;
}

/** The words that enter a node's tile, for every number of innermost positions whose loops slide it. */
function slide(
  setting: Setting,
  order: OrderFamily,
  table: GroupTable,
  node: number,
  loops: readonly ChainLoop[],
): { readonly positions: Int32Array; readonly words: Float64Array } {
  const { problem, placement } = setting;
  const placed = placement.nodes[node];
  if (placed === undefined) throw new Error(`no node ${node}`);
  const axes = problem.axes[placed.tensor]?.[table.group] ?? [];
  const { reuse } = storageOf(problem, placed.level);
  const at = (loop: ChainLoop): number => positionOf(problem, placement, order, loop.place, loop.variable);
  const above = loops.filter((loop) => loop.place >= 0 && at(loop) < nodePosition(node));
  const isRelevant = (v: number): boolean => problem.relevance[placed.tensor]?.[v] !== "irrelevant";
  const moving = above.filter((loop) => isRelevant(loop.variable));
  const still = above.filter((loop) => !isRelevant(loop.variable) && at(loop) < freeFrom(setting, order, node));
  const positions = [...new Set(moving.map(at))].sort((a, b) => b - a);
  const extent = (v: number): number => {
    const outside = loops.filter((loop) => loop.variable === v && regionOf(problem, placement, loop) <= node);
    return outside.reduce((n, loop) => n / loop.count, problem.bounds[v] ?? 1);
  };
  const extents = extentsOf(axes, (v) => (table.variables.includes(v) ? extent(v) : 1));
  const visits = still.reduce((n, loop) => n * loop.count, 1);
  const words = [0, ...positions].map((_, k) => {
    const inner = positions.slice(0, k);
    const outside = moving.filter((loop) => !inner.includes(at(loop))).reduce((n, loop) => n * loop.count, visits);
    return (
      outside * fewestWords(axes, extents, inner, (position) => moving.filter((loop) => at(loop) === position), reuse)
    );
  });
  return { positions: Int32Array.from(positions), words: Float64Array.from(words) };
}

/** The least over all ways to interleave the loops that share a position. Positions innermost first. */
function fewestWords(
  axes: readonly Axis[],
  extents: readonly number[],
  positions: readonly number[],
  loopsAt: (position: number) => readonly ChainLoop[],
  reuse: "slide" | "overlap" | "none",
): number {
  let nests: readonly (readonly Step[])[] = [[]];
  for (const position of positions) {
    const orders = interleave(loopsAt(position));
    nests = nests.flatMap((inner) =>
      orders.map((order) => [
        ...order.map((loop) => ({ count: loop.count, shift: shiftOf(axes, loop.variable, loop.by) })),
        ...inner,
      ]),
    );
  }
  return nests.reduce((least, nest) => Math.min(least, wordsMoved(extents, nest, reuse)), Number.POSITIVE_INFINITY);
}
