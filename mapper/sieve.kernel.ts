import { jointAtoms, type Setting } from "./atoms.js";
import type { ChainTable } from "./chain-table.kernel.js";
import { Dual } from "./dual.kernel.js";
import type { RunLibrary, SlidingNode } from "./family.js";
import { JointAtoms } from "./group-table.kernel.js";
import type { Objective } from "./objective.js";
import type { Packing } from "./packing.js";
import { Packer } from "./packing.kernel.js";
import { fanoutOf } from "./problem.js";
import type { Point } from "./prospect.kernel.js";
import type { Relaxation } from "./relaxation.js";
import { gainAt, movingVisits } from "./relaxed.js";

/** A placement of which the splits of single variables are known. */
interface Planned {
  readonly setting: Setting;
  readonly relaxation: Relaxation;
  /** Per group: the splits of its variables. */
  readonly chains: readonly (readonly ChainTable[])[];
  /** Per group: an earlier one with the same splits, −1 for none. */
  readonly likes: readonly number[];
  readonly library: RunLibrary;
  readonly sliding: readonly SlidingNode[];
}

/** What bounds may be off by for rounding, in logarithms. */
const SLACK = 1e-9;

/** What the chains of a variable add to the linear bound of a split, if it does not meet others of its group. */
interface Costs {
  readonly table: ChainTable;
  /** n × C: columns without joint atoms, and with the visits of the nodes that the chain's own loops ask for. */
  readonly columns: Float64Array;
}

/**
 * Which splits of a placement may be part of anything better than the best mapping known, told before they are built: by the relaxed rows of
 * the prospect (prospect.kernel.ts) under a linear bound. Such a row costs what its chains cost, each by itself, and what they make together: tiles that
 * depend on two extents, sharing on the mesh, slides. These few numbers are looked up for a pair, which takes nanoseconds, where a row takes its columns.
 */
export class Sieve {
  private readonly planned: Planned;
  private readonly packing: Packing;
  private readonly costs: readonly (readonly Costs[])[];
  private readonly dual: Dual;
  /** Per column: the least over all splits, in total. */
  private readonly leasts: Float64Array;
  private readonly entered: readonly number[];

  constructor(planned: Planned, objective: Objective, packing: Packing, mostCycles: number) {
    const { relaxation, chains } = planned;
    this.planned = planned;
    this.packing = packing;
    this.entered = relaxation.columns.map(({ entered }) => entered);
    this.costs = chains.map((of) => of.map((table) => this.costsOf(table)));
    this.leasts = this.leastColumns();
    const covers = this.covers();
    this.dual = new Dual(relaxation, objective, packing, covers, chains.length, Math.log(mostCycles));
  }

  /** Whether splits of such groups can be told: of at most two variables, whose outputs do not meet. */
  static isFor({ setting: { problem }, chains, relaxation }: Planned): boolean {
    const meets = problem.groups.some((_, g) =>
      (problem.axes[problem.output]?.[g] ?? []).some((axis) => axis.variables.length > 1),
    );
    return !meets && chains.every((of) => of.length <= 2) && relaxation.columns.every(({ held }) => held < 0);
  }

  /** Per group the numbers of the splits (`GroupTable.codes`) that may be part of a choice below the cutoff (log); null where there is none. */
  survivors(point: Point, cutoff: number): readonly Float64Array[] | null {
    const { planned, packing, leasts } = this;
    const G = planned.chains.length;
    const { constant, coefficients } = this.dual.linear(point, leasts);
    const packer = new Packer(packing, G);
    const made: Priced[] = [];
    for (let g = 0; g < G; g++) {
      const like = made[planned.likes[g]!];
      made.push(like ?? this.priced(g, coefficients));
      const least = packer.least[g]!.fill(Number.POSITIVE_INFINITY);
      const { costs, states } = made[g]!;
      for (let i = 0; i < costs.length; i++) {
        const k = states[i]!;
        if (k >= 0 && costs[i]! < least[k]!) least[k] = costs[i]!;
      }
    }
    const room = cutoff - constant + SLACK;
    if (!(packer.total(G) <= room)) return null;
    packer.spread(G);
    return made.map(({ costs, states }, g) => {
      const through = packer.through[g]!;
      const codes: number[] = [];
      for (let i = 0; i < costs.length; i++) {
        const k = states[i]!;
        if (k >= 0 && costs[i]! + through[k]! <= room) codes.push(i);
      }
      return Float64Array.from(codes);
    });
  }

  private costsOf(table: ChainTable): Costs {
    const { setting, relaxation, library } = this.planned;
    const [C, K, n] = [relaxation.columns.length, setting.placement.nodes.length, table.chains.length];
    const moving = movingVisits(setting, table.variable, table.chains, library.loopsOf(table.variable));
    const columns = table.columns.slice();
    for (let c = 0; c < C; c++) {
      const j = this.entered[c]!;
      if (j >= 0) for (let i = 0; i < n; i++) columns[i * C + c]! += moving[i * K + j]! + this.ownTile(table, i, j);
    }
    return { table, columns };
  }

  /** The chain's part of the node's tile, where it is a factor of it. */
  private ownTile({ tiles, variable }: ChainTable, chain: number, node: number): number {
    const { problem, placement } = this.planned.setting;
    const g = problem.groups.findIndex(({ variables }) => variables.includes(variable));
    const axes = problem.axes[placement.nodes[node]!.tensor]?.[g] ?? [];
    return axes.some((axis) => axis.variables.length > 1) ? 0 : tiles[chain * placement.nodes.length + node]!;
  }

  /** Whether the column holds anything that chains of the group make together. */
  private isJoint(column: number): boolean {
    const { setting, relaxation, chains, sliding } = this.planned;
    const { times, over, entered } = relaxation.columns[column]!;
    return chains.some((_, g) => {
      const atoms = jointAtoms(setting, g);
      const isTile = entered >= 0 && atoms.includes(setting.layout.tile(entered));
      return isTile || sliding.some(({ node }) => node === entered) || [...times, ...over].some((a) => atoms.includes(a));
    });
  }

  private leastColumns(): Float64Array {
    const C = this.entered.length;
    return Float64Array.from({ length: C }, (_, c) => {
      if (this.isJoint(c)) return 0;
      let sum = 0;
      for (const { columns } of this.costs.flat()) {
        let least = Number.POSITIVE_INFINITY;
        for (let at = c; at < columns.length; at += C) if (columns[at]! < least) least = columns[at]!;
        sum += least;
      }
      return sum;
    });
  }

  /** As `coversOf`, where that is seen from chains by themselves. */
  private covers(): Int32Array {
    const { energy: terms, columns } = this.planned.relaxation;
    const C = columns.length;
    const excess = (y: number, z: number): number => {
      let size = 0;
      for (const of of this.costs) {
        let slack = 0;
        for (const { columns: own } of of) {
          let least = Number.POSITIVE_INFINITY;
          let sum = 0;
          for (let at = 0; at < own.length; at += C) {
            least = Math.min(least, own[at + z]! - own[at + y]!);
            sum += own[at + z]!;
          }
          slack += least;
          size += (sum * C) / own.length;
        }
        if (slack < -1e-9) return Number.POSITIVE_INFINITY;
      }
      return size;
    };
    const joint = columns.map((_, c) => this.isJoint(c));
    return Int32Array.from(terms, ({ column: y, v, weight }) => {
      if (v < 0 || joint[y]) return -1;
      let [best, size] = [-1, Number.POSITIVE_INFINITY];
      terms.forEach((z, t) => {
        if (z.v >= 0 || z.weight < weight || columns[z.column]!.entered < 0 || joint[z.column]) return;
        const own = excess(y, z.column);
        if (own < size) [best, size] = [t, own];
      });
      return best;
    });
  }

  /** What every split of the group costs, and its state; −1 where the fan-outs do not hold it. */
  private priced(group: number, coefficients: Float64Array): Priced {
    const [a, b] = this.costs[group]!;
    const first = a!;
    const base = linear(first.columns, coefficients, first.table.chains.length);
    if (b === undefined) {
      const states = Int32Array.from(base, (_, i) => this.stateOf([first.table], [i]));
      return { costs: base, states };
    }
    const pair = new Pair(this.planned, group, coefficients);
    const states = new Matrix(first.table.spatial, b.table.spatial, (i, k) => this.stateOf([first.table, b.table], [i, k]));
    return pair.priced(base, linear(b.columns, coefficients, b.table.chains.length), states);
  }

  private stateOf(tables: readonly ChainTable[], picked: readonly number[]): number {
    const { packing } = this;
    const { problem } = this.planned.setting;
    const sizes = problem.fanouts.flatMap((level) => [fanoutOf(problem, level).x, fanoutOf(problem, level).y]);
    let code = 0;
    for (let x = 0; x < sizes.length; x++) {
      const use = tables.reduce((n, { uses }, i) => n * uses[picked[i]! * sizes.length + x]!, 1);
      if (use > sizes[x]!) return -1;
      if (packing.exact[x]) code += use * packing.radix[x]!;
    }
    return packing.stateOf.get(code) ?? -1;
  }
}

/** Per split of a group, by its number. */
interface Priced {
  readonly costs: Float64Array;
  readonly states: Int32Array;
}

/** Numbers that depend on a kind of the one chain and a kind of the other, worked out when they are first asked for. */
class Matrix {
  readonly kinds: Int32Array;
  readonly others: Int32Array;
  private readonly width: number;
  private readonly known: Float64Array;
  private readonly make: (i: number, k: number) => number;

  /** Per chain its kind; `make`: from one chain of each kind. */
  constructor(kinds: Int32Array, others: Int32Array, make: (i: number, k: number) => number) {
    this.kinds = kinds;
    this.others = others;
    this.width = others.reduce((n, kind) => Math.max(n, kind + 1), 0);
    this.known = new Float64Array(kinds.reduce((n, kind) => Math.max(n, kind + 1), 0) * this.width).fill(Number.NaN);
    this.make = make;
  }

  at(i: number, k: number): number {
    const cell = this.kinds[i]! * this.width + this.others[k]!;
    const known = this.known[cell]!;
    if (known === known) return known;
    const made = this.make(i, k);
    this.known[cell] = made;
    return made;
  }
}

/** What chains of two variables cost together, beside what each costs. */
class Pair {
  private readonly planned: Planned;
  private readonly group: number;
  private readonly chains: readonly [ChainTable, ChainTable];
  private readonly joint: JointAtoms;
  private readonly picked = new Int32Array(2);
  private readonly together: readonly Matrix[];
  /** Per chain: the joint atoms that it has by itself. */
  private readonly alone: readonly [Float64Array, Float64Array];

  constructor(planned: Planned, group: number, coefficients: Float64Array) {
    const { setting, relaxation, chains, sliding } = planned;
    const [a, b] = [chains[group]![0]!, chains[group]![1]!];
    const K = setting.placement.nodes.length;
    this.planned = planned;
    this.group = group;
    this.chains = [a, b];
    this.joint = new JointAtoms(setting, relaxation, group, [a, b]);
    const { weights, nodes } = this.joint.weights(coefficients);
    this.alone = [linear(a.joints, weights, a.chains.length), linear(b.joints, weights, b.chains.length)];
    const entering = (node: number): number =>
      relaxation.columns.reduce((sum, { entered }, c) => (entered === node ? sum + coefficients[c]! : sum), 0);
    const tiles = nodes.flatMap(({ node, weight }) => {
      const cost = weight + entering(node);
      const words = (i: number, k: number): number => cost * Math.log(this.words(node, i, k));
      return cost === 0 ? [] : [new Matrix(kindsOf(a.extents, K, node), kindsOf(b.extents, K, node), words)];
    });
    const slides = sliding.flatMap(({ node, groups }) => {
      const cost = entering(node);
      if (cost === 0 || !groups.includes(group)) return [];
      const [ways, others] = [a, b].map(({ variable }) => planned.library.waysAbove(variable, node));
      return [new Matrix(ways!, others!, (i, k) => cost * this.gain(node, i, k))];
    });
    this.together = [...tiles, ...slides, new Matrix(a.spatial, b.spatial, (i, k) => this.meeting(i, k, weights))];
  }

  priced(base: Float64Array, other: Float64Array, fits: Matrix): Priced {
    const { together } = this;
    const [n, m] = [base.length, other.length];
    const costs = new Float64Array(n * m);
    const states = new Int32Array(n * m);
    const [a, b] = this.alone;
    for (let i = 0, at = 0; i < n; i++)
      for (let k = 0; k < m; k++, at++) {
        const state = fits.at(i, k);
        states[at] = state;
        if (state < 0) continue;
        let cost = base[i]! + a[i]! + other[k]! + b[k]!;
        for (let x = 0; x < together.length; x++) cost += together[x]!.at(i, k);
        costs[at] = cost;
      }
    return { costs, states };
  }

  private words(node: number, i: number, k: number): number {
    this.picked[0] = i;
    this.picked[1] = k;
    return this.joint.words(node, this.picked);
  }

  private gain(node: number, i: number, k: number): number {
    const loops = this.chains.flatMap(({ chains }, x) => chains[x === 0 ? i : k]!);
    return gainAt(this.planned.setting, this.group, node, loops, this.words(node, i, k));
  }

  /** Joint atoms of two chains that both fan out, less what each has by itself. */
  private meeting(i: number, k: number, weights: Float64Array): number {
    const [a, b] = this.chains;
    if (a.spatial[i] === 0 || b.spatial[k] === 0) return 0;
    this.picked[0] = i;
    this.picked[1] = k;
    const atoms = this.joint.exactly(this.picked);
    return weights.reduce((sum, weight, x) => sum + (weight === 0 ? 0 : weight * atoms[x]!), 0) - this.alone[0][i]! - this.alone[1][k]!;
  }
}

/** Per row of a matrix as wide as the coefficients: their scalar product. */
function linear(rows: Float64Array, coefficients: Float64Array, n: number): Float64Array {
  const width = coefficients.length;
  const sums = new Float64Array(n);
  for (let i = 0, at = 0; i < sums.length; i++) {
    let sum = 0;
    for (let c = 0; c < width; c++, at++) sum += coefficients[c]! * rows[at]!;
    sums[i] = sum;
  }
  return sums;
}

/** Numbers for the extents that chains leave below a node. */
function kindsOf(extents: Int32Array, nodes: number, node: number): Int32Array {
  const numbers = new Map<number, number>();
  return Int32Array.from({ length: extents.length / nodes }, (_, i) => {
    const extent = extents[i * nodes + node]!;
    const number = numbers.get(extent) ?? numbers.size;
    numbers.set(extent, number);
    return number;
  });
}
