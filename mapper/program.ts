import { chipLeakage, instancesOf } from "../arch-specs/index.js";
import { operationsOf } from "../workloads/index.js";
import { type AtomLayout, isStarting, layoutOf, type Transfer, transfersOf } from "./atoms.js";
import type { Placement } from "./placement.js";
import { fanoutOf, type Problem, reuseAt, storageOf, tensorOf } from "./problem.js";
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

/**
 * Builds the program: every count of docs/semantics.md, or of other conventions (docs/conventions.md), as a product of atoms, weighted by
 * its energy or its share of a bandwidth.
 */
export function programOf(problem: Problem, placement: Placement): Program {
  const transfers = transfersOf(placement);
  const layout = layoutOf(problem, placement, transfers);
  const columns: ColumnSpec[] = [];
  const known = new Map<string, number>();
  const add = (spec: ColumnSpec): number => {
    const key = `${spec.times}/${spec.over}/${spec.entered}/${spec.sliding}/${spec.held}`;
    const at = known.get(key);
    if (at !== undefined) return at;
    known.set(key, columns.length);
    columns.push(spec);
    return columns.length - 1;
  };
  const sorted = (atoms: readonly number[]): readonly number[] => [...atoms].sort((a, b) => a - b);
  const column = (times: readonly number[], over: readonly number[] = []): number =>
    add({ times: sorted(times), over: sorted(over), entered: -1, sliding: [], held: -1 });
  /** The columns of words entering a node (−1: none), one a group that could slide its tile. */
  const entering = (node: number, times: readonly number[], over: readonly number[] = []): readonly number[] =>
    slidersOf(problem, placement, node).map((sliding) =>
      add({ times: sorted(times), over: sorted(over), entered: node, sliding, held: -1 }),
    );
  const { rules } = problem;
  const taken = (node: number): number =>
    rules.streams ? add({ times: [], over: [], entered: -1, sliding: [], held: node }) : column([layout.tile(node)]);
  const fanoutLimits = fanoutLimitsOf(problem, layout, column);
  const limits = [...capacityLimitsOf(problem, placement, taken), ...fanoutLimits];
  const energy = new SumBuilder();
  const ports = new Map<string, SumBuilder>();
  const K = placement.nodes.length;
  const levelOfStop = (tensor: number, stop: number): number =>
    stop < 0 ? (placement.backing[tensor] ?? 0) : (placement.nodes[stop]?.level ?? 0);

  /** Words of one action at one instance: entered(node) × per, less `first` (a part of it) where given. */
  interface Moved {
    readonly node: number;
    readonly per: readonly number[];
    readonly first: readonly number[] | null;
  }
  const charge = (to: SumBuilder, weight: number, { node, per, first }: Moved, also: readonly number[]): void => {
    if (first === null) to.product(weight, entering(node, [...per, ...also]));
    else to.difference(weight, column([...first, ...also]), entering(node, per, first));
  };
  const access = (
    tensor: number,
    stop: number,
    action: "read" | "write" | "update",
    moved: Moved,
    instances: number = layout.instances(stop),
  ): void => {
    const level = levelOfStop(tensor, stop);
    const storage = storageOf(problem, level);
    charge(energy, storage.energy[action] / storage.block, moved, [instances]);
    const direction = action === "read" ? "read" : "write";
    for (const port of [direction, "shared"] as const) {
      const words = storage.bandwidth[port];
      if (!Number.isFinite(words)) continue;
      // Under AccelForge's conventions a level is busy with one action after the other.
      const key = rules.movesEveryVisit ? `${level}` : `${level} ${port}`;
      const sum = ports.get(key) ?? new SumBuilder();
      ports.set(key, sum);
      charge(sum, 1 / words, moved, []);
    }
  };
  const hops = (
    t: number,
    copies: "crossDown" | "crossUp" | null,
    parent: number,
    { node, per, first }: Moved,
    instances: number = layout.instances(parent),
  ): void => {
    if (!rules.countsAll) return;
    problem.fanouts.forEach((level, f) => {
      const { hopEnergy } = fanoutOf(problem, level);
      if (hopEnergy === 0 || !crosses(problem, placement, transfers[t], level)) return;
      const links = [...(copies === null ? [] : [layout[copies](t, f)]), instances];
      charge(energy, hopEnergy, { node, per, first }, links);
    });
  };

  transfers.forEach(({ tensor, parent, child }, t) => {
    const isOutput = tensor === problem.output;
    const begins = isStarting(problem, placement, { tensor, parent, child });
    const [node, per] = child === K ? [-1, [begins ? layout.beginnings : layout.steps]] : [child, []];
    if (!isOutput) {
      if (child !== K) access(tensor, child, "write", { node, per, first: null });
      const asked = begins ? layout.starters : layout.instances(parent);
      access(tensor, parent, "read", { node, per: [...per, layout.requests(t)], first: null }, asked);
      hops(t, "crossDown", parent, { node, per, first: null }, asked);
      return;
    }
    const first = firstWords(rules, layout, t);
    const drained = [...per, layout.drains(t)];
    access(tensor, parent, "update", { node, per: drained, first: null });
    hops(t, "crossUp", parent, { node, per, first: null });
    if (child === K) {
      const accumulated = { node, per: drained, first: first.accumulated };
      access(tensor, parent, "read", accumulated);
      hops(t, null, parent, accumulated);
      return;
    }
    if (rules.countsDrains) access(tensor, child, "read", { node, per, first: null });
    access(tensor, child, "write", { node, per, first: first.filled });
    access(tensor, parent, "read", { node, per: [first.asked], first: first.refilled });
    hops(t, "crossDown", parent, { node, per, first: first.filled });
  });

  const compute = problem.architecture.levels[problem.compute];
  if (compute?.kind !== "compute") throw new Error("the last level is not compute");
  energy.constant += compute.energy * problem.bounds.reduce((n, b) => n * b, 1);
  if (rules.countsAll)
    energy.constant += operationsOf(problem.einsum).posts * (problem.architecture.vector?.energy.activation ?? 0);
  const steps = new SumBuilder();
  // Timeloop's compute does one operation a cycle.
  steps.product(rules.extrapolates ? 1 : 1 / compute.operationsPerCycle, [column([layout.steps])]);
  const leaks = rules.leaksInUse ? leaksInUse(problem, placement, layout, column) : [];
  const delays = [steps, ...ports.values()].filter((sum) => !sum.isEmpty).map((sum) => sum.sum);
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

function leaksInUse(
  problem: Problem,
  placement: Placement,
  layout: AtomLayout,
  column: (times: readonly number[]) => number,
): Program["leaks"] {
  return problem.storages.flatMap((level) => {
    const { leak } = storageOf(problem, level).energy;
    const node = placement.nodes.findIndex((placed) => placed.level === level);
    if (leak === 0 || (node < 0 && !placement.backing.includes(level))) return [];
    const instances = layout.instances(node);
    return [{ weight: leak, instances: column([instances]), lasting: column([instances, layout.steps]) }];
  });
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

function capacityLimitsOf(problem: Problem, placement: Placement, taken: (node: number) => number): readonly Limit[] {
  const found: Limit[] = [];
  for (const level of problem.storages) {
    const storage = storageOf(problem, level);
    const here = placement.nodes.flatMap((node, j) =>
      node.level === level ? [{ tensor: node.tensor, column: taken(j) }] : [],
    );
    const backed = placement.backing.flatMap((at, tensor) =>
      at === level ? [{ tensor, words: wholeTensor(problem, tensor) }] : [],
    );
    const usable = (words: number): number => (storage.buffering === "double" ? Math.floor(words / 2) : words);
    if (storage.capacity.kind === "shared") {
      const whole = backed.reduce((n, { words }) => n + words, 0);
      found.push({ columns: here.map((h) => h.column), most: usable(storage.capacity.words) - whole });
      continue;
    }
    const { words } = storage.capacity;
    const poolOf = (tensor: number): string => {
      const { name, alias } = tensorOf(problem, tensor);
      return words.has(name) ? name : alias;
    };
    for (const pool of new Set([...here, ...backed].map((h) => poolOf(h.tensor)))) {
      const share = words.get(pool) ?? 0;
      const whole = backed.filter((b) => poolOf(b.tensor) === pool).reduce((n, b) => n + b.words, 0);
      found.push({
        columns: here.filter((h) => poolOf(h.tensor) === pool).map((h) => h.column),
        most: usable(share) - whole,
      });
    }
  }
  return found.filter((limit) => Number.isFinite(limit.most));
}

function fanoutLimitsOf(
  problem: Problem,
  layout: AtomLayout,
  column: (times: readonly number[]) => number,
): readonly Limit[] {
  return problem.fanouts.flatMap((level, f) => {
    const { x, y } = fanoutOf(problem, level);
    return [
      { columns: [column([layout.used(f, "x")])], most: x },
      { columns: [column([layout.used(f, "y")])], most: y },
    ];
  });
}

/** Words of the whole tensor's box, gaps and padding included. */
function wholeTensor(problem: Problem, tensor: number): number {
  return tensorOf(problem, tensor).ranks.reduce(
    (n, rank) =>
      n *
      rank.terms.reduce((e, term) => e + Math.abs(term.coefficient) * ((problem.bounds[term.variable] ?? 1) - 1), 1),
    1,
  );
}
