import type { Placement } from "./placement.js";
import { type Problem, storageOf, tensorOf } from "./problem.js";

/** Nodes whose tiles share room, and how many words they may take together. */
export interface Capacity {
  readonly nodes: readonly number[];
  readonly most: number;
}

/** The rooms of a placement that end, what lives there for good taken off. */
export function capacitiesOf(problem: Problem, placement: Placement): readonly Capacity[] {
  const found: Capacity[] = [];
  for (const level of problem.storages) {
    const { capacity, buffering } = storageOf(problem, level);
    const here = placement.nodes.flatMap(({ tensor, level: at }, node) => (at === level ? [{ tensor, node }] : []));
    const backed = placement.backing.flatMap((at, tensor) =>
      at === level ? [{ tensor, words: wholeTensor(problem, tensor) }] : [],
    );
    const usable = (words: number): number => (buffering === "double" ? Math.floor(words / 2) : words);
    if (capacity.kind === "shared") {
      const whole = backed.reduce((n, { words }) => n + words, 0);
      found.push({ nodes: here.map(({ node }) => node), most: usable(capacity.words) - whole });
      continue;
    }
    const { words } = capacity;
    const poolOf = (tensor: number): string => {
      const { name, alias } = tensorOf(problem, tensor);
      return words.has(name) ? name : alias;
    };
    for (const pool of new Set([...here, ...backed].map(({ tensor }) => poolOf(tensor)))) {
      const whole = backed.filter(({ tensor }) => poolOf(tensor) === pool).reduce((n, one) => n + one.words, 0);
      found.push({
        nodes: here.filter(({ tensor }) => poolOf(tensor) === pool).map(({ node }) => node),
        most: usable(words.get(pool) ?? 0) - whole,
      });
    }
  }
  return found.filter(({ most }) => Number.isFinite(most));
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
