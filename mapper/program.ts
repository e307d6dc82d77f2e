import { chipLeakage, instancesOf } from "../arch-specs/index.js";
import { operationsOf } from "../workloads/index.js";
import { type AtomLayout, isStarting, layoutOf, type Transfer, transfersOf } from "./atoms.js";
import { capacitiesOf } from "./capacities.js";
import type { Placement } from "./placement.js";
import { fanoutOf, type Problem, reuseAt, storageOf } from "./problem.js";
import type { Rules } from "./rules.js";

/** A product of atoms over a product of atoms; over all groups, one *column* of the search. */
export interface ColumnSpec {
  readonly times: readonly number[];
  readonly over: readonly number[];
  /** Words that enter this node (−1: none) are a factor too … */
  readonly entered: number;
  /** … and these groups slide its tile; of the others, `visits` and `tile` are the factor. */
  readonly sliding: readonly number[];
  /** What the tile takes at this node (−1: none) is a factor too, under conventions that let it stream through. */
  readonly held: number;
}

/**
 * A weighted sum of columns. A *difference* is x − y with x = y·v and v ≥ 1 in every group: from below it is
 * y·(v − 1) with the least y and v, which stays useful where the least x and the greatest y would not be. Where several columns stand,
 * the least of them counts: of several groups that could slide a tile, one does.
 */
export interface Sum {
  readonly constant: number;
  readonly products: readonly { readonly weight: number; readonly columns: readonly number[] }[];
  readonly differences: readonly { readonly weight: number; readonly y: number; readonly v: readonly number[] }[];
}

export interface Limit {
  readonly columns: readonly number[];
  readonly most: number;
}

/** What the search minimises, and under what, for one placement. All in terms of columns. */
export interface Program {
  readonly transfers: readonly Transfer[];
  readonly layout: AtomLayout;
  readonly columns: readonly ColumnSpec[];
  /** Sums of columns that must stay within capacities and fan-outs. */
  readonly limits: readonly Limit[];
  /** Those of the fan-outs. */
  readonly fanoutLimits: readonly Limit[];
  /** pJ without leakage. */
  readonly energy: Sum;
  /** pJ a cycle. */
  readonly leakage: number;
  /** pJ a cycle of one instance: of those in use (a column), and the same over all steps, which is a bound of what they leak. */
  readonly leaks: readonly { readonly weight: number; readonly instances: number; readonly lasting: number }[];
  /** Cycles: the largest of these. */
  readonly delays: readonly Sum[];
}

class SumBuilder {
  constant = 0;
  readonly products = new Map<string, { weight: number; columns: readonly number[] }>();
  readonly differences = new Map<string, { weight: number; y: number; v: readonly number[] }>();
  product(weight: number, columns: readonly number[]): void {
    if (weight === 0) return;
    const key = columns.join();
    this.products.set(key, { weight: (this.products.get(key)?.weight ?? 0) + weight, columns });
  }
  difference(weight: number, y: number, v: readonly number[]): void {
    if (weight === 0) return;
    const key = `${y} ${v}`;
    this.differences.set(key, { weight: (this.differences.get(key)?.weight ?? 0) + weight, y, v });
  }
  get sum(): Sum {
    return {
      constant: this.constant,
      products: [...this.products.values()],
      differences: [...this.differences.values()],
    };
  }
  get isEmpty(): boolean {
    return this.products.size === 0 && this.differences.size === 0;
  }
}

/** Words of one action at one instance: entered(node) × per, less `first` (a part of it) where given. */
interface Moved {
  readonly node: number;
  readonly per: readonly number[];
  readonly first: readonly number[] | null;
}

/**
 * Builds the program: every count of docs/semantics.md, or of other conventions (docs/conventions.md), as a product of atoms, weighted by
 * its energy or its share of a bandwidth.
 */
export const programOf = (problem: Problem, placement: Placement): Program =>
  new ProgramBuilder(problem, placement).program();

class ProgramBuilder {
  private readonly problem: Problem;
  private readonly placement: Placement;
  private readonly transfers: readonly Transfer[];
  private readonly layout: AtomLayout;
  private readonly columns: ColumnSpec[] = [];
  private readonly known = new Map<string, number>();
  private readonly energy = new SumBuilder();
  private readonly ports = new Map<string, SumBuilder>();
  /** Per node, and for none in the end: the sets of groups of which one slides its tile. */
  private readonly sliders: readonly (readonly (readonly number[])[])[];

  constructor(problem: Problem, placement: Placement) {
    this.problem = problem;
    this.placement = placement;
    this.transfers = transfersOf(placement);
    this.layout = layoutOf(problem, placement, this.transfers);
    this.sliders = [...placement.nodes.map((_, node) => slidersOf(problem, placement, node)), [[]]];
  }

  program(): Program {
    const { problem, transfers, layout, columns, energy } = this;
    const { rules } = problem;
    const fanoutLimits = this.fanoutLimits();
    const limits = [...this.capacityLimits(), ...fanoutLimits];
    for (let t = 0; t < transfers.length; t++) this.transfer(t);
    const compute = problem.architecture.levels[problem.compute];
    if (compute?.kind !== "compute") throw new Error("the last level is not compute");
    energy.constant += compute.energy * problem.bounds.reduce((n, b) => n * b, 1);
    if (rules.countsAll)
      energy.constant += operationsOf(problem.einsum).posts * (problem.architecture.vector?.energy.activation ?? 0);
    const steps = new SumBuilder();
    // Timeloop's compute does one operation a cycle.
    steps.product(rules.extrapolates ? 1 : 1 / compute.operationsPerCycle, [this.column([layout.steps])]);
    const leaks = rules.leaksInUse ? this.leaksInUse() : [];
    const delays = [steps, ...this.ports.values()].filter((sum) => !sum.isEmpty).map((sum) => sum.sum);
    return {
      transfers,
      layout,
      columns,
      limits,
      fanoutLimits,
      energy: energy.sum,
      leakage: leakageOf(problem),
      leaks,
      delays,
    };
  }

  private add(
    times: readonly number[],
    over: readonly number[],
    entered: number,
    sliding: readonly number[],
    held: number,
  ): number {
    const spec = { times: times.toSorted(ascending), over: over.toSorted(ascending), entered, sliding, held };
    const key = `${spec.times}/${spec.over}/${entered}/${sliding}/${held}`;
    const at = this.known.get(key);
    if (at !== undefined) return at;
    this.known.set(key, this.columns.length);
    this.columns.push(spec);
    return this.columns.length - 1;
  }

  private column(times: readonly number[]): number {
    return this.add(times, NONE, -1, NONE, -1);
  }

  /** The columns of words entering a node (−1: none), one a group that could slide its tile. */
  private entering(node: number, times: readonly number[], over: readonly number[]): readonly number[] {
    const columns: number[] = [];
    for (const sliding of this.sliders.at(node) ?? []) columns.push(this.add(times, over, node, sliding, -1));
    return columns;
  }

  /** What the tile takes at the node. */
  private taken(node: number): number {
    return this.problem.rules.streams ? this.add(NONE, NONE, -1, NONE, node) : this.column([this.layout.tile(node)]);
  }

  private charge(to: SumBuilder, weight: number, { node, per, first }: Moved, also: readonly number[]): void {
    if (first === null) to.product(weight, this.entering(node, [...per, ...also], NONE));
    else to.difference(weight, this.column([...first, ...also]), this.entering(node, per, first));
  }

  /** What the actions of words at the stop cost, and how they keep its ports busy. */
  private access(
    tensor: number,
    stop: number,
    action: "read" | "write" | "update",
    moved: Moved,
    instances: number = this.layout.instances(stop),
  ): void {
    const { problem, placement } = this;
    const level = stop < 0 ? (placement.backing[tensor] ?? 0) : (placement.nodes[stop]?.level ?? 0);
    const storage = storageOf(problem, level);
    this.charge(this.energy, storage.energy[action] / storage.block, moved, [instances]);
    const direction = action === "read" ? "read" : "write";
    for (const port of [direction, "shared"] as const) {
      const words = storage.bandwidth[port];
      if (!Number.isFinite(words)) continue;
      // Under AccelForge's conventions a level is busy with one action after the other.
      const key = problem.rules.movesEveryVisit ? `${level}` : `${level} ${port}`;
      const sum = this.ports.get(key) ?? new SumBuilder();
      this.ports.set(key, sum);
      this.charge(sum, 1 / words, moved, NONE);
    }
  }

  private hops(
    t: number,
    copies: "crossDown" | "crossUp" | null,
    parent: number,
    moved: Moved,
    instances: number = this.layout.instances(parent),
  ): void {
    const { problem, placement, transfers, layout } = this;
    if (!problem.rules.countsAll) return;
    for (let f = 0; f < problem.fanouts.length; f++) {
      const level = problem.fanouts[f] ?? -1;
      const { hopEnergy } = fanoutOf(problem, level);
      if (hopEnergy === 0 || !crosses(problem, placement, transfers[t], level)) continue;
      this.charge(this.energy, hopEnergy, moved, copies === null ? [instances] : [layout[copies](t, f), instances]);
    }
  }

  private transfer(t: number): void {
    const { problem, placement, layout } = this;
    const transfer = this.transfers[t];
    if (transfer === undefined) return;
    const { tensor, parent, child } = transfer;
    const { rules } = problem;
    const isToCompute = child === placement.nodes.length;
    const begins = isStarting(problem, placement, transfer);
    const node = isToCompute ? -1 : child;
    const per = isToCompute ? [begins ? layout.beginnings : layout.steps] : NONE;
    const all = { node, per, first: null };
    if (tensor !== problem.output) {
      if (!isToCompute) this.access(tensor, child, "write", all);
      const asked = begins ? layout.starters : layout.instances(parent);
      this.access(tensor, parent, "read", { node, per: [...per, layout.requests(t)], first: null }, asked);
      this.hops(t, "crossDown", parent, all, asked);
      return;
    }
    const first = firstWords(rules, layout, t);
    const drained = [...per, layout.drains(t)];
    this.access(tensor, parent, "update", { node, per: drained, first: null });
    this.hops(t, "crossUp", parent, all);
    if (isToCompute) {
      const accumulated = { node, per: drained, first: first.accumulated };
      this.access(tensor, parent, "read", accumulated);
      this.hops(t, null, parent, accumulated);
      return;
    }
    if (rules.countsDrains) this.access(tensor, child, "read", all);
    this.access(tensor, child, "write", { node, per, first: first.filled });
    this.access(tensor, parent, "read", { node, per: [first.asked], first: first.refilled });
    this.hops(t, "crossDown", parent, { node, per, first: first.filled });
  }

  private leaksInUse(): Program["leaks"] {
    const { problem, placement, layout } = this;
    return problem.storages.flatMap((level) => {
      const { leak } = storageOf(problem, level).energy;
      const node = placement.nodes.findIndex((placed) => placed.level === level);
      if (leak === 0 || (node < 0 && !placement.backing.includes(level))) return [];
      const instances = layout.instances(node);
      return [{ weight: leak, instances: this.column([instances]), lasting: this.column([instances, layout.steps]) }];
    });
  }

  private capacityLimits(): readonly Limit[] {
    const { problem, placement } = this;
    const taken = placement.nodes.map((_, j) => this.taken(j));
    return capacitiesOf(problem, placement).map(({ nodes, most }) => ({
      columns: nodes.map((j) => taken[j] ?? -1),
      most,
    }));
  }

  private fanoutLimits(): readonly Limit[] {
    const { problem, layout } = this;
    return problem.fanouts.flatMap((level, f) => {
      const { x, y } = fanoutOf(problem, level);
      return [
        { columns: [this.column([layout.used(f, "x")])], most: x },
        { columns: [this.column([layout.used(f, "y")])], most: y },
      ];
    });
  }
}

const NONE: readonly number[] = [];

const ascending = (a: number, b: number): number => a - b;

/** Atoms of the words of an output's transfer that touch something for the first time, which costs nothing to bring. */
interface FirstWords {
  /** Of those that enter the child, and of those that operations accumulate at the parent. */
  readonly filled: readonly number[];
  readonly accumulated: readonly number[];
  /** Of those that the parent is asked for, and how often each is asked for. */
  readonly refilled: readonly number[];
  readonly asked: number;
}

/** Natively each child asks for what it has had before; Timeloop's parent reads all but its own share; AccelForge's all but first visits. */
function firstWords({ movesEveryVisit, extrapolates }: Rules, layout: AtomLayout, t: number): FirstWords {
  const [own, drains, requests] = [layout.distinct(t), layout.drains(t), layout.requests(t)];
  if (movesEveryVisit) return { filled: [own], accumulated: [own, drains], refilled: [own, drains], asked: drains };
  // The next transfer's share is the child's.
  if (extrapolates) return { filled: [layout.distinct(t + 1)], accumulated: [own], refilled: [own], asked: drains };
  return { filled: [own], accumulated: [own], refilled: [own, requests], asked: requests };
}

/** pJ a cycle of every instance that there is; 0 where only those in use leak. */
function leakageOf(problem: Problem): number {
  const { rules, architecture } = problem;
  if (rules.leaksInUse) return 0;
  if (rules.countsAll) return chipLeakage(architecture);
  return architecture.levels.reduce((sum, level, i) => {
    if (level.kind === "fanout") return sum;
    const leak = level.kind === "storage" ? level.energy.leak : level.leak;
    return sum + leak * instancesOf(architecture, i);
  }, 0);
}

/**
 * The sets of groups of which one slides the node's tile. Only loops of one group can be innermost; where the buffer keeps every
 * overlap, all coupled groups slide at once (a bound from below: wrapping loops lose some of it).
 */
function slidersOf(problem: Problem, placement: Placement, node: number): readonly (readonly number[])[] {
  const placed = placement.nodes[node];
  if (placed === undefined) return [[]];
  const coupled = slidingGroups(problem, placed.tensor);
  if (coupled.length === 0 || problem.rules.movesEveryVisit) return [[]];
  return reuseAt(problem, placed.level) === "overlap" ? [coupled] : coupled.map((group) => [group]);
}

/** The groups with loops that may move the tensor's tile to overlapping places. */
export function slidingGroups(problem: Problem, tensor: number): readonly number[] {
  return problem.groups.flatMap(({ coupled, variables }, g) =>
    coupled && variables.some((v) => problem.relevance[tensor]?.[v] === "partial") ? [g] : [],
  );
}

/** Whether the fan-out lies between the transfer's two ends. */
function crosses(problem: Problem, placement: Placement, transfer: Transfer | undefined, fanout: number): boolean {
  if (transfer === undefined) return false;
  const parent =
    transfer.parent < 0 ? (placement.backing[transfer.tensor] ?? 0) : (placement.nodes[transfer.parent]?.level ?? 0);
  const child = placement.nodes[transfer.child]?.level ?? problem.compute;
  return parent < fanout && fanout < child;
}
