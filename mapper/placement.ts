import { mayKeep, mustKeep } from "../arch-specs/index.js";
import type { Limits } from "./limits.js";
import { type Problem, storageOf, tensorOf } from "./problem.js";

export interface PlacedNode {
  readonly tensor: number;
  /** Index into `architecture.levels`. */
  readonly level: number;
}

/**
 * Which tensors live where, and in which order their nodes stand. Region r is the place for loops directly above node r;
 * the last region stands above compute:
 *
 *     backing stores · region 0 · node 0 · region 1 · node 1 · … · node K−1 · region K · compute
 */
export interface Placement {
  /** Per tensor: the level of its backing store. */
  readonly backing: readonly number[];
  /** All other nodes, outermost first. */
  readonly nodes: readonly PlacedNode[];
  /** Per region: the fan-outs whose spatial loops stand there, outermost first. */
  readonly fanouts: readonly (readonly number[])[];
  /** Per tensor: the indices of its nodes, outermost first. */
  readonly chains: readonly (readonly number[])[];
}

/**
 * The regions of the loops that are a storage level's own, which stand between its first node and the first one further in; null where it has none.
 */
export function ownRegions(
  { backing, nodes }: Placement,
  level: number,
): { readonly first: number; readonly last: number } | null {
  if (backing.some((own) => own > level)) return null;
  const node = nodes.findIndex((one) => one.level === level);
  if (node < 0 && !backing.includes(level)) return null;
  const next = nodes.findIndex((one) => one.level > level);
  return { first: backing.includes(level) ? 0 : node + 1, last: next < 0 ? nodes.length : next };
}

/**
 * Every placement that the architecture and the dataflow allow: each choice of levels that keep each tensor, and within a
 * level each order of the nodes. Nodes stand in level order (docs/adr/0001), so orders multiply level by level.
 */
export function* placementsOf(problem: Problem, limits: Limits): Generator<Placement> {
  for (const kept of keepChoices(problem, limits)) {
    const backing = problem.einsum.tensors.map((_, t) => kept.findIndex((tensors) => tensors.includes(t)));
    if (backing.some((s) => s < 0)) continue;
    const perLevel = kept.map((tensors, s) => tensors.filter((t) => (backing[t] ?? 0) < s));
    for (const nodes of orders(perLevel, 0, problem.rules.isEven)) {
      const placed = nodes.map(({ tensor, storage }) => ({ tensor, level: problem.storages[storage] ?? 0 }));
      const placement = finish(
        problem,
        backing.map((s) => problem.storages[s] ?? 0),
        placed,
      );
      // A variable of bound 1 has no loops, but iterations may be asked of it.
      const isAsked = problem.einsum.variables.some(
        (_, v) => !problem.active.includes(v) && !limits.admits(placement, v, []),
      );
      if (!isAsked) yield placement;
    }
  }
}

/** Per storage (outermost first) the tensors that it keeps, for every allowed choice. */
function* keepChoices(problem: Problem, limits: Limits): Generator<readonly (readonly number[])[]> {
  const tensors = problem.einsum.tensors.map((_, t) => t);
  const options = problem.storages.map((level) => {
    const storage = storageOf(problem, level);
    const asked = limits.keeps(level);
    const may = tensors.filter(
      (t) => mayKeep(storage, tensorOf(problem, t)) && (asked === null || asked.may.has(t) || asked.must.has(t)),
    );
    const must = tensors.filter((t) => mustKeep(storage, tensorOf(problem, t)) || asked?.must.has(t));
    if (must.some((t) => !may.includes(t))) return [];
    const free = may.filter((t) => !must.includes(t));
    return subsets(free).map((subset) => [...must, ...subset].sort((a, b) => a - b));
  });
  yield* product(options);
}

/** One of each. */
export function* product<T>(options: readonly (readonly T[])[]): Generator<readonly T[]> {
  const [first, ...rest] = options;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const choice of first) for (const others of product(rest)) yield [choice, ...others];
}

export const subsets = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  items.reduce<readonly (readonly T[])[]>((all, item) => all.concat(all.map((set) => [...set, item])), [[]]);

function* orders(
  perLevel: readonly (readonly number[])[],
  storage: number,
  isEven: boolean,
): Generator<readonly { readonly tensor: number; readonly storage: number }[]> {
  const tensors = perLevel[storage];
  if (tensors === undefined) {
    yield [];
    return;
  }
  // Nodes between which no loop stands are as good in one order as in another.
  for (const order of isEven ? [tensors] : permutations(tensors))
    for (const rest of orders(perLevel, storage + 1, isEven))
      yield [...order.map((tensor) => ({ tensor, storage })), ...rest];
}

export function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, i) =>
    permutations([...items.slice(0, i), ...items.slice(i + 1)]).map((rest) => [item, ...rest]),
  );
}

function finish(problem: Problem, backing: readonly number[], nodes: readonly PlacedNode[]): Placement {
  const deepestBacking = Math.max(...backing);
  const fanouts: number[][] = Array.from({ length: nodes.length + 1 }, () => []);
  for (const fanout of problem.fanouts) {
    if (fanout < deepestBacking) continue;
    const below = nodes.findIndex((node) => node.level > fanout);
    fanouts[below < 0 ? nodes.length : below]?.push(fanout);
  }
  const chains = problem.einsum.tensors.map((_, t) => nodes.flatMap((node, j) => (node.tensor === t ? [j] : [])));
  return { backing, nodes, fanouts, chains };
}
