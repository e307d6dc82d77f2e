import { divisorsOf } from "../base/index.js";
import type { Setting } from "./atoms.js";
import { ChainAtoms } from "./chain-atoms.js";
import { type ChainFacts, factsOf } from "./chain-facts.kernel.js";
import { ChainPowers, type ColumnAtoms, type Held, type LoopKind } from "./chain-powers.js";
import { type ChainList, chainsOf } from "./chains.js";
import type { Limits } from "./limits.js";
import type { Relaxation } from "./relaxation.js";
import type { Splits } from "./splits.kernel.js";

/**
 * The splits of one variable in one placement. n chains, C columns, K nodes, J atoms that are joint in the variable's group (atoms.ts); factors as
 * logarithms. Most chains are dropped for what their loops cost, a weighted sum of their columns: so columns are made one chain at a time, when they
 * are asked for.
 */
export class ChainTable {
  readonly variable: number;
  readonly chains: ChainList;
  readonly facts: ChainFacts;
  /** Columns of the chains that were asked for, without the words that enter nodes, and behind them the joint atoms, as they are alone. */
  values: Float64Array;
  private readonly begins: Int32Array;
  private end = 0;
  private readonly kinds: readonly LoopKind[];
  private readonly held: readonly Held[];
  private readonly columns: number;
  private readonly joints: number;
  private readonly nodes: number;

  constructor(variable: number, chains: ChainList, facts: ChainFacts, powers: ChainPowers, nodes: number) {
    this.variable = variable;
    this.chains = chains;
    this.facts = facts;
    this.begins = new Int32Array(chains.length).fill(-1);
    this.kinds = powers.kinds;
    this.held = powers.held;
    this.columns = powers.columns;
    this.joints = powers.joints;
    this.nodes = nodes;
    this.values = new Float64Array(8 * (this.columns + this.joints));
  }

  /** Log of the variable's own part of the node's tile. */
  tileAt(chain: number, node: number): number {
    const { splits } = this.chains;
    return this.facts.sizes[node * splits.divisors.length + this.leftAt(chain, node)]!;
  }

  /** The extent that the chain leaves below the node. */
  extentAt(chain: number, node: number): number {
    return this.chains.splits.divisors[this.leftAt(chain, node)]!;
  }

  /** The index of that extent among the divisors of the bound. */
  private leftAt(chain: number, node: number): number {
    const { splits, above } = this.chains;
    return splits.lefts[chain * splits.width + above[node]!]!;
  }

  /** Per chain: a number for the extent that it leaves below the node. */
  leftsAt(node: number): Int32Array {
    const lefts = new Int32Array(this.chains.length);
    for (let i = 0; i < lefts.length; i++) lefts[i] = this.leftAt(i, node);
    return lefts;
  }

  /** Bits of the temporal places that the chain uses. */
  placesOf(chain: number): number {
    const { first, ids } = this.chains.splits;
    const { bits } = this.facts;
    let places = 0;
    for (let l = first[chain]!; l < first[chain + 1]!; l++) places |= bits[ids[l]!]!;
    return places;
  }

  /** Iterations below the innermost fan-out. */
  insideOf(chain: number): number {
    const { lefts, width, divisors } = this.chains.splits;
    const { around } = this.facts;
    return around < 0 ? 1 : divisors[lefts[chain * width + around]!]!;
  }

  /** Where the chain's C columns begin among `values`, its J joint atoms behind them. */
  columnsAt(chain: number): number {
    const known = this.begins[chain]!;
    if (known >= 0) return known;
    const { kinds, held, columns, end: at } = this;
    const { first, ids } = this.chains.splits;
    const { kinds: kindOf, logs } = this.facts;
    const width = columns + this.joints;
    if (at + width > this.values.length) this.values = grown(this.values);
    const { values } = this;
    for (let l = first[chain]!; l < first[chain + 1]!; l++) {
      const { powers } = kinds[kindOf[ids[l]!]!]!;
      const log = logs[ids[l]!]!;
      for (let c = 0; c < width; c++) values[at + c]! += log * powers[c]!;
    }
    for (let h = 0; h < held.length; h++) {
      const { column, node, power } = held[h]!;
      values[at + column]! += power * this.tileAt(chain, node);
    }
    this.begins[chain] = at;
    this.end = at + width;
    return at;
  }

  /**
   * Per chain: its columns, weighted by the coefficients, and per node its tile and its visits by loops that move that tile, weighted by those of the
   * node.
   */
  sums(coefficients: Float64Array, ofTiles: Float64Array, ofVisits: Float64Array): Float64Array {
    const { kinds, held, columns, nodes } = this;
    const weights = new Float64Array(kinds.length);
    for (let k = 0; k < weights.length; k++) {
      const { powers, visits } = kinds[k]!;
      let sum = 0;
      for (let c = 0; c < columns; c++) sum += coefficients[c]! * powers[c]!;
      for (let j = 0; j < nodes; j++) if (visits[j] === 1) sum += ofVisits[j]!;
      weights[k] = sum;
    }
    const atNodes = ofTiles.slice();
    for (let h = 0; h < held.length; h++) atNodes[held[h]!.node]! += held[h]!.power * coefficients[held[h]!.column]!;
    return this.weighed(weights, atNodes);
  }

  /**
   * Whether some temporal loop of the chain stands in a region with spatial loops of it: where variables are coupled, the order of the region's temporal loops is
   * then not free, and what a row promises beside others may be less than what they cost.
   */
  isAnchored(chain: number): boolean {
    const { first, ids } = this.chains.splits;
    let [temporal, spatial] = [0, 0];
    for (let l = first[chain]!; l < first[chain + 1]!; l++) {
      const { region, isTemporal } = this.kinds[this.facts.kinds[ids[l]!]!]!;
      if (isTemporal) temporal |= 1 << region;
      else spatial |= 1 << region;
    }
    return (temporal & spatial) !== 0;
  }

  /** Adds per node the chain's visits (log) by loops that move its tile. */
  addVisits(chain: number, visits: Float64Array): void {
    const { first, ids } = this.chains.splits;
    const { kinds, logs } = this.facts;
    for (let l = first[chain]!; l < first[chain + 1]!; l++) {
      const { visits: isVisit } = this.kinds[kinds[ids[l]!]!]!;
      for (let j = 0; j < visits.length; j++) if (isVisit[j] === 1) visits[j]! += logs[ids[l]!]!;
    }
  }

  /** Per chain: the joint atoms, weighted. */
  jointSums(weights: Float64Array): Float64Array {
    const { kinds, columns, nodes } = this;
    const each = new Float64Array(kinds.length);
    for (let k = 0; k < each.length; k++)
      for (let a = 0; a < weights.length; a++) each[k]! += weights[a]! * kinds[k]!.powers[columns + a]!;
    return this.weighed(each, new Float64Array(nodes));
  }

  /** Per chain: what its loops weigh by their kinds, and its tiles by their nodes. */
  private weighed(weights: Float64Array, atNodes: Float64Array): Float64Array {
    const { first, ids } = this.chains.splits;
    const { kinds, logs } = this.facts;
    const each = new Float64Array(logs.length);
    for (let k = 0; k < each.length; k++) each[k] = weights[kinds[k]!]! * logs[k]!;
    const sums = new Float64Array(first.length - 1);
    for (let i = 0, l = 0; i < sums.length; i++) {
      let sum = 0;
      for (const end = first[i + 1]!; l < end; l++) sum += each[ids[l]!]!;
      sums[i] = sum;
    }
    this.addTiles(sums, atNodes);
    return sums;
  }

  /** Adds to each chain its tiles, weighted by node: those of nodes between which no loop stands at once. */
  private addTiles(sums: Float64Array, atNodes: Float64Array): void {
    const { splits, above } = this.chains;
    const { lefts, width, divisors } = splits;
    const { sizes } = this.facts;
    const D = divisors.length;
    const weights = new Float64Array(D);
    for (let j = 0; j < above.length; ) {
      const station = above[j]!;
      let isNone = true;
      weights.fill(0);
      for (; j < above.length && above[j] === station; j++) {
        const weight = atNodes[j]!;
        if (weight === 0) continue;
        isNone = false;
        for (let d = 0; d < D; d++) weights[d]! += weight * sizes[j * D + d]!;
      }
      if (isNone) continue;
      for (let i = 0, at = station; i < sums.length; i++, at += width) sums[i]! += weights[lefts[at]!]!;
    }
  }
}

function grown(values: Float64Array): Float64Array {
  const larger = new Float64Array(2 * values.length);
  larger.set(values);
  return larger;
}

/** All splits of the variable that, alone, pass no capacity. */
export function chainTableOf(
  setting: Setting,
  of: ColumnAtoms,
  rooms: readonly number[],
  limits: Limits,
  variable: number,
  allowed: number,
  known: Map<string, Splits>,
): ChainTable {
  const { problem, placement } = setting;
  const atoms = new ChainAtoms(setting, variable);
  const bound = problem.bounds[variable]!;
  const divisors = divisorsOf(bound);
  const largest: number[] = [];
  for (let j = 0; j < rooms.length; j++) {
    let at = divisors.length - 1;
    while (at > 0 && atoms.tile(j, divisors[at]!) > rooms[j]!) at--;
    largest.push(divisors[at]!);
  }
  const chains = chainsOf(problem, placement, variable, { limits, allowed, largest }, known);
  const powers = new ChainPowers(setting, of, atoms, variable);
  const facts = factsOf(setting, atoms, powers, chains);
  return new ChainTable(variable, chains, facts, powers, placement.nodes.length);
}

/** The most words that each node may hold, so far as a capacity says. */
export function roomsOf(
  { problem, placement, layout }: Setting,
  { capacities, columns }: Relaxation,
): readonly number[] {
  const rooms = placement.nodes.map(() => Number.POSITIVE_INFINITY);
  // What streams through a node takes less than its tile, depending on the order.
  if (problem.rules.streams) return rooms;
  for (const { columns: of, most } of capacities)
    for (const c of of) {
      const node = columns[c]!.times[0]! - layout.tile(0);
      rooms[node] = Math.min(rooms[node]!, (most - (of.length - 1)) * (1 + 1e-11));
    }
  return rooms;
}
