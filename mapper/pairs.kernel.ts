import type { ChainTable } from "./chain-table.kernel.js";
import type { JointAtoms } from "./joint-atoms.kernel.js";
import type { Outline } from "./outline.js";
import { gainOver, type Strides, stridesAt } from "./relaxed.js";

/** Numbers that depend on a kind of the one chain and a kind of the other, each worked out when it is first asked for. */
class Matrix {
  private readonly kinds: Int32Array;
  private readonly others: Int32Array;
  private readonly width: number;
  private readonly known: Float64Array;
  private readonly make: (i: number, k: number) => number;

  /** Per chain its kind; `make`: from one chain of each kind. */
  constructor(kinds: Int32Array, others: Int32Array, make: (i: number, k: number) => number) {
    const most = (of: Int32Array): number => of.reduce((n, kind) => Math.max(n, kind + 1), 0);
    this.kinds = kinds;
    this.others = others;
    this.width = most(others);
    this.known = new Float64Array(most(kinds) * this.width).fill(Number.NaN);
    this.make = make;
  }

  /** Adds the weighted numbers to the costs of some pairs, two chains each; pairs of one chain stand together. */
  addTo(costs: Float64Array, picks: Int32Array, weight: number): void {
    const { kinds, others, width, known } = this;
    if (weight === 0) return;
    let last = -1;
    let from = 0;
    for (let r = 0; r < costs.length; r++) {
      const i = picks[2 * r]!;
      const k = picks[2 * r + 1]!;
      if (i !== last) {
        last = i;
        from = kinds[i]! * width;
      }
      let x = known[from + others[k]!]!;
      if (Number.isNaN(x)) {
        x = this.make(i, k);
        known[from + others[k]!] = x;
      }
      costs[r]! += weight * x;
    }
  }
}

/**
 * What the chains of two coupled variables cost together beside what each costs: tiles that depend on two extents, sharing on the mesh, slides. Each of
 * these depends on a few kinds of chains only, so it is worked out once for a pair of kinds.
 */
export class Pairs {
  private readonly a: ChainTable;
  private readonly b: ChainTable;
  private readonly joint: JointAtoms;
  private readonly picked = new Int32Array(2);
  private readonly tiles: readonly { readonly node: number; readonly logs: Matrix }[];
  private readonly slides: readonly { readonly node: number; readonly gains: Matrix }[];
  /** What costs of pairs are made of, at the weights that were set. */
  private parts: { readonly matrix: Matrix; readonly weight: number }[] = [];

  constructor(outline: Outline, group: number, joint: JointAtoms, [a, b]: readonly [ChainTable, ChainTable]) {
    const { library, sliding, setting } = outline;
    this.a = a;
    this.b = b;
    this.joint = joint;
    this.tiles = this.joint.nodes.map((node) => ({
      node,
      logs: new Matrix(a.leftsAt(node), b.leftsAt(node), (i, k) => Math.log(this.words(node, i, k))),
    }));
    this.slides = sliding.flatMap(({ node, groups }) => {
      const [waysA, waysB] = [library.waysAbove(a.variable, node), library.waysAbove(b.variable, node)];
      const strides = ({ chains }: ChainTable, ways: Int32Array): ((i: number) => Strides) => {
        const known: Strides[] = [];
        return (i) => (known[ways[i]!] ??= stridesAt(setting, group, node, chains.at(i)));
      };
      const [ofA, ofB] = [strides(a, waysA), strides(b, waysB)];
      const gain = (i: number, k: number): number => gainOver(this.words(node, i, k), ofA(i), ofB(k));
      return groups.includes(group) ? [{ node, gains: new Matrix(waysA, waysB, gain) }] : [];
    });
  }

  /** The nodes whose tile the chains make together. */
  get nodes(): readonly number[] {
    return this.joint.nodes;
  }

  /**
   * Sets what pairs cost together; coefficients of the columns, and per node what a word that enters it costs. Adds to what the chains of each variable
   * cost what they do by themselves where the other one has no spatial loops.
   */
  weigh(coefficients: Float64Array, entering: Float64Array, each: readonly Float64Array[]): void {
    const { a, b, joint, tiles, slides } = this;
    const { weights, atNodes } = joint.weights(coefficients);
    this.parts = [
      ...tiles.map(({ node, logs }) => ({ matrix: logs, weight: atNodes[node]! + entering[node]! })),
      ...slides.map(({ node, gains }) => ({ matrix: gains, weight: entering[node]! })),
    ];
    if (weights.length === 0) return;
    const alone = [a.jointSums(weights), b.jointSums(weights)] as const;
    addAll(each[0]!, alone[0]);
    addAll(each[1]!, alone[1]);
    const together = (i: number, k: number): number => {
      if (a.facts.spatial[i] === 0 || b.facts.spatial[k] === 0) return 0;
      return scalar(joint.atomsAt(this.pick(i, k)), weights) - alone[0][i]! - alone[1][k]!;
    };
    this.parts.push({ matrix: new Matrix(a.facts.spatial, b.facts.spatial, together), weight: 1 });
  }

  /** Adds what pairs cost together, two chains each. */
  addTo(costs: Float64Array, picks: Int32Array): void {
    for (const { matrix, weight } of this.parts) matrix.addTo(costs, picks, weight);
  }

  private words(node: number, i: number, k: number): number {
    return this.joint.wordsAt(node, this.pick(i, k));
  }

  private pick(i: number, k: number): Int32Array {
    this.picked[0] = i;
    this.picked[1] = k;
    return this.picked;
  }
}

function addAll(to: Float64Array, more: Float64Array): void {
  for (let i = 0; i < to.length; i++) to[i]! += more[i]!;
}

function scalar(numbers: Float64Array, weights: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i]! * numbers[i]!;
  return sum;
}
