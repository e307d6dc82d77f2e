import { type FanoutLevel, holds } from "../../../arch-specs/index.js";
import { ceilDiv } from "../../../base/index.js";
import type { LegalMapping, ResolvedNode } from "../../../mappings/index.js";
import type { Einsum, Tensor } from "../../../workloads/index.js";

type Loop = Exclude<ResolvedNode, { kind: "keep" }>;

/** How a loop counts towards the visits of what is below it: every iteration, or once for all of them. */
export type Counting = (loop: Loop) => "each" | "once";

/** Extents that a rank variable's range has at some place, and how many visits come with each. */
type Extents = ReadonlyMap<number, number>;

/**
 * Σ over all visits of the place below these loops of the words of the tensor's tile there. Ranges of different variables
 * are independent, so the sum is a product over groups of variables that share an axis; a variable that no axis uses
 * contributes its visits.
 */
export function wordsVisited(loops: readonly Loop[], tensor: Tensor, einsum: Einsum, counting: Counting): number {
  const extents = einsum.bounds.map((bound, v) => extentsBelow(loops, v, bound, counting));
  let words = 1;
  const inAxes = new Set<number>();
  for (const group of groupsOf(tensor)) {
    for (const variable of group.variables) inAxes.add(variable);
    words *= sumOver(group, extents);
  }
  extents.forEach((visits, v) => {
    if (!inAxes.has(v)) words *= total(visits);
  });
  return words;
}

/** How many ways there are through the loops, those that count once taken at their first iteration, the fullest. */
export const visitsOf = (loops: readonly Loop[], einsum: Einsum, counting: Counting): number =>
  einsum.bounds.reduce((n, bound, v) => n * total(extentsBelow(loops, v, bound, counting)), 1);

const total = (extents: Extents): number => [...extents.values()].reduce((n, count) => n + count, 0);

function extentsBelow(loops: readonly Loop[], variable: number, bound: number, counting: Counting): Extents {
  let extents: Extents = new Map([[bound, 1]]);
  for (const loop of loops) {
    if (loop.variable !== variable) continue;
    const below = new Map<number, number>();
    const visit = (extent: number, times: number): void => {
      if (times > 0) below.set(extent, (below.get(extent) ?? 0) + times);
    };
    for (const [extent, times] of extents) {
      const iterations = ceilDiv(extent, loop.by);
      if (counting(loop) === "once") visit(Math.min(loop.by, extent), times);
      else {
        visit(Math.min(loop.by, extent), times * (iterations - 1));
        visit(extent - (iterations - 1) * loop.by, times);
      }
    }
    extents = below;
  }
  return extents;
}

interface Group {
  readonly variables: readonly number[];
  /** Words of the tile along the group's axes, from the extents of its variables. */
  readonly words: (extentOf: (variable: number) => number) => number;
}

/** Axes that share variables, joined. */
function groupsOf(tensor: Tensor): readonly Group[] {
  let groups: { variables: ReadonlySet<number>; axes: readonly number[] }[] = [];
  tensor.ranks.forEach(({ terms }, axis) => {
    const own = new Set(terms.map((t) => t.variable));
    const joined = groups.filter(({ variables }) => [...variables].some((v) => own.has(v)));
    const rest = groups.filter((group) => !joined.includes(group));
    const variables = new Set([...own, ...joined.flatMap((g) => [...g.variables])]);
    groups = [...rest, { variables, axes: [...joined.flatMap((g) => g.axes), axis] }];
  });
  return groups.map(({ variables, axes }) => ({
    variables: [...variables],
    words: (extentOf) =>
      axes.reduce((words, axis) => {
        const terms = tensor.ranks[axis]?.terms ?? [];
        return words * terms.reduce((n, t) => n + Math.abs(t.coefficient) * (extentOf(t.variable) - 1), 1);
      }, 1),
  }));
}

function sumOver({ variables, words }: Group, extents: readonly Extents[]): number {
  const chosen = new Map<number, number>();
  const from = (i: number): number => {
    const variable = variables[i];
    if (variable === undefined) return words((v) => chosen.get(v) ?? 1);
    let sum = 0;
    for (const [extent, times] of extents[variable] ?? []) {
      chosen.set(variable, extent);
      sum += times * from(i + 1);
    }
    return sum;
  };
  return from(0);
}

export const isRelevant = (tensor: Tensor, variable: number): boolean =>
  tensor.ranks.some(({ terms }) => terms.some((t) => t.variable === variable));

/** Spatial loops over irrelevant variables are served by one read, or joined into one update, where the network can. */
export function isJoined(loop: Loop, tensor: Tensor, { architecture }: LegalMapping): boolean {
  if (loop.kind !== "spatial" || isRelevant(tensor, loop.variable)) return false;
  const fanout = architecture.levels[loop.fanout] as FanoutLevel;
  const joins = tensor.role === "output" ? fanout.reduction : fanout.multicast;
  return holds(joins[loop.axis], tensor);
}
