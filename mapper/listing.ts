import { mayKeep } from "../arch-specs/index.js";
import { everyLegalMapping, type LegalMapping, type ResolvedDataflow, type ResolvedNode } from "../mappings/index.js";
import type { Best } from "./best.js";
import type { Objective } from "./objective.js";
import { PrefixBound } from "./prefix.js";
import type { Problem } from "./problem.js";

/** Layers whose bounds, less one each, add up to more have too many tiles to list. */
const MOST_TILES = 40;
/** Trees begun and trees priced, after which a listing is given up. */
const MOST_TREES = 60_000;

/**
 * Goes through every loop tree of a small problem, imperfect tiles and all, and prices those that are left; false where that is given up, and
 * nothing is proven. Three rules leave trees out unseen:
 * - *bound*: nothing that begins like this can beat the best (prefix.ts);
 * - *sink*: a temporal loop right above keep nodes to none of whose tensors it is relevant could as well stand right below them. The tiles held
 *   there are the same in each of its iterations, full or short, so either way every instance does the same, step by step. Not so where a
 *   dataflow forbids the loop below.
 * - *tail*: below the last keep node and the last spatial loop, temporal loops may stand in any order and any number: every operation asks for its
 *   operands anyway. Trees with one loop a variable, in the Einsum's order, stand for all. Not so where a dataflow asks
 *   for an order of loops, or for their iterations.
 *
 * `known`: any legal mapping of the problem.
 */
export function listEvery(
  problem: Problem,
  objective: Objective,
  best: Best,
  known: LegalMapping,
  dataflow: ResolvedDataflow | null,
): boolean {
  const { layer, architecture } = problem;
  if (!isListable(problem)) return false;
  const prefix = new PrefixBound(problem, objective, known);
  const isTailAsked = [...(dataflow?.storages.values() ?? [])].some(
    ({ order, factors }) => order !== null || factors.size > 0,
  );
  let trees = 0;
  const isWanted = (nodes: readonly ResolvedNode[]): boolean => {
    trees++;
    if (trees > MOST_TREES || best.isStopped()) return false;
    if (dataflow === null && isUnsunk(problem, nodes)) return false;
    if (!isTailAsked && !isTailPlain(problem, nodes)) return false;
    return best.isBeatable(prefix.leastBelow(nodes));
  };
  for (const mapping of everyLegalMapping(layer, architecture, { imperfect: true, resolved: dataflow, isWanted })) {
    if (++trees > MOST_TREES || best.isStopped()) break;
    best.price(mapping);
  }
  return trees <= MOST_TREES && !best.isStopped();
}

/** Whether a problem's tiles are few enough for a listing. */
export const isListable = ({ bounds, rules }: Problem): boolean =>
  // What an unfinished tree costs at least is known under our own conventions alone (prefix.ts).
  rules.conventions === "loopwright" && bounds.reduce((sum, bound) => sum + bound - 1, 0) <= MOST_TILES;

/** Whether the temporal loop right above the keep nodes that the tree ends in is irrelevant to all of them. */
function isUnsunk({ relevance }: Problem, nodes: readonly ResolvedNode[]): boolean {
  let at = nodes.length - 1;
  const kept: number[] = [];
  for (let node = nodes[at]; node?.kind === "keep"; node = nodes[--at]) kept.push(node.tensor);
  const above = nodes[at];
  return (
    kept.length > 0 &&
    above?.kind === "for" &&
    kept.every((tensor) => relevance[tensor]?.[above.variable] === "irrelevant")
  );
}

/** Whether, where no more keep nodes and spatial loops can come, the loops so far are those that stand for all. */
function isTailPlain({ architecture, einsum }: Problem, nodes: readonly ResolvedNode[]): boolean {
  const at = nodes.findLastIndex(({ kind }) => kind !== "for");
  const tail = nodes.slice(at + 1);
  const [last] = tail.slice(-1);
  if (last?.kind !== "for") return true;
  const before = nodes[at];
  const deepest = before?.kind === "keep" ? before.level : before?.kind === "spatial" ? before.fanout : 0;
  const isOpen = architecture.levels.some((level, i) => {
    if (i < deepest || level.kind === "compute") return false;
    if (level.kind === "fanout") return level.x * level.y > 1;
    return einsum.tensors.some(
      (tensor, t) =>
        mayKeep(level, tensor) && !nodes.some((node) => node.kind === "keep" && node.level === i && node.tensor === t),
    );
  });
  if (isOpen) return true;
  const above = tail.at(-2);
  return last.by === 1 && (above?.kind !== "for" || above.variable < last.variable);
}
