import type { Architecture, FanoutLevel, ReusePolicy, StorageLevel } from "../arch-specs/index.js";
import { holds } from "../arch-specs/index.js";
import type { Conventions } from "../base/index.js";
import type { Einsum, Layer, Tensor } from "../workloads/index.js";
import { type Rules, rulesOf } from "./rules.js";

/** How a loop over a variable changes a tensor's tile: not at all, to disjoint words, or to words that may overlap (halo). */
export type Relevance = "irrelevant" | "full" | "partial";

/** Rank variables that meet in an axis of some tensor, and so cannot be tiled independently of each other: {p, r}, {q, s}, {m}, … */
export interface Group {
  readonly variables: readonly number[];
  /** More than one variable of bound > 1. */
  readonly coupled: boolean;
}

/** An axis of a tensor as the mapper sees it: the variables of bound > 1, with their coefficients. */
export interface Axis {
  readonly variables: readonly number[];
  readonly coefficients: readonly number[];
}

/** A layer on an architecture, with all that does not depend on a mapping worked out once. */
export interface Problem {
  readonly layer: Layer;
  readonly architecture: Architecture;
  readonly einsum: Einsum;
  /** Whose conventions count and price. */
  readonly rules: Rules;
  readonly bounds: readonly number[];
  /** Variables of bound > 1, ascending. */
  readonly active: readonly number[];
  readonly groups: readonly Group[];
  /** Per tensor and variable. */
  readonly relevance: readonly (readonly Relevance[])[];
  /** Per tensor and group: the axes that the group moves. */
  readonly axes: readonly (readonly (readonly Axis[])[])[];
  /** Index of the output. */
  readonly output: number;
  /** Index of the tensor that the reduction starts from (−1: none, or it counts like any input), and the variables that the output lacks. */
  readonly start: number;
  readonly reduced: readonly number[];
  /** Indices into `architecture.levels`. */
  readonly storages: readonly number[];
  readonly fanouts: readonly number[];
  readonly compute: number;
}

export function problemOf(layer: Layer, architecture: Architecture, conventions: Conventions = "loopwright"): Problem {
  const { einsum } = layer;
  const rules = rulesOf(conventions);
  const active = einsum.variables.map((_, v) => v).filter((v) => (einsum.bounds[v] ?? 1) > 1);
  const groups = groupsOf(einsum, active);
  const indices = architecture.levels.map((_, i) => i);
  const ofKind = (kind: string): number[] => indices.filter((i) => architecture.levels[i]?.kind === kind);
  return {
    layer,
    architecture,
    einsum,
    rules,
    bounds: einsum.bounds,
    active,
    groups,
    relevance: einsum.tensors.map((tensor) => einsum.variables.map((_, v) => relevanceOf(tensor, v, active))),
    axes: einsum.tensors.map((tensor) => groups.map((group) => axesOf(tensor, group))),
    output: einsum.tensors.length - 1,
    start: rules.countsAll ? startOf(einsum) : -1,
    reduced: einsum.variables.flatMap((_, v) => (isInOutput(einsum, v) ? [] : [v])),
    storages: ofKind("storage"),
    fanouts: ofKind("fanout"),
    compute: architecture.levels.length - 1,
  };
}

function startOf({ operation: { start }, tensors }: Einsum): number {
  return start === "identity" ? -1 : tensors.findIndex(({ name }) => name === start.tensor);
}

const isInOutput = ({ tensors }: Einsum, variable: number): boolean =>
  tensors.at(-1)?.ranks.some(({ terms }) => terms.some((term) => term.variable === variable)) === true;

/** How a variable matters to a tensor. */
export const relevance = (problem: Problem, tensor: number, variable: number): Relevance =>
  problem.relevance[tensor]?.[variable] ?? "irrelevant";

function relevanceOf(tensor: Tensor, variable: number, active: readonly number[]): Relevance {
  const axes = tensor.ranks.filter((rank) => rank.terms.some((term) => term.variable === variable));
  if (axes.length === 0 || !active.includes(variable)) return "irrelevant";
  const shared = axes.some((rank) => rank.terms.some((t) => t.variable !== variable && active.includes(t.variable)));
  return shared ? "partial" : "full";
}

/** Connected components of "stand in one axis together". */
function groupsOf(einsum: Einsum, active: readonly number[]): readonly Group[] {
  const root = new Map(active.map((v) => [v, v]));
  const find = (v: number): number => {
    const up = root.get(v) ?? v;
    return up === v ? v : find(up);
  };
  for (const tensor of einsum.tensors)
    for (const rank of tensor.ranks) {
      const met = rank.terms.map((term) => term.variable).filter((v) => active.includes(v));
      for (const v of met) root.set(find(v), find(met[0] ?? v));
    }
  const members = new Map<number, number[]>();
  for (const v of active) members.set(find(v), [...(members.get(find(v)) ?? []), v]);
  return [...members.values()].map((variables) => ({ variables, coupled: variables.length > 1 }));
}

function axesOf(tensor: Tensor, group: Group): readonly Axis[] {
  return tensor.ranks
    .map((rank) => rank.terms.filter((term) => group.variables.includes(term.variable)))
    .filter((terms) => terms.length > 0)
    .map((terms) => ({ variables: terms.map((t) => t.variable), coefficients: terms.map((t) => t.coefficient) }));
}

export function storageOf(problem: Problem, level: number): StorageLevel {
  const found = problem.architecture.levels[level];
  if (found?.kind !== "storage") throw new Error(`level ${level} is no storage`);
  return found;
}

/** How a sliding tile is reused at the storage level: as it says, unless the conventions know one way only. */
export function reuseAt(problem: Problem, level: number): ReusePolicy {
  const { movesEveryVisit, extrapolates } = problem.rules;
  if (movesEveryVisit) return "none";
  return extrapolates ? "slide" : storageOf(problem, level).reuse;
}

export function fanoutOf(problem: Problem, level: number): FanoutLevel {
  const found = problem.architecture.levels[level];
  if (found?.kind !== "fanout") throw new Error(`level ${level} is no fan-out`);
  return found;
}

export function tensorOf(problem: Problem, tensor: number): Tensor {
  const found = problem.einsum.tensors[tensor];
  if (found === undefined) throw new Error(`no tensor ${tensor}`);
  return found;
}

/** Whether the fan-out shares equal requests (or joins equal drains) of the tensor along the axis. */
export function shares(
  problem: Problem,
  fanout: number,
  axis: "x" | "y",
  tensor: number,
  way: "multicast" | "reduction",
): boolean {
  return holds(fanoutOf(problem, fanout)[way][axis], tensorOf(problem, tensor));
}
