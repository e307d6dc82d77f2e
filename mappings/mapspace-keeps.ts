import type { Group } from "./mapspace.js";
import { type StoragePlace, tensorsIn } from "./space.js";

/**
 * Ways to choose and place the keep nodes of a group (at least one) around n loops, the outermost above the first loop
 * and the innermost below the last one: by inclusion and exclusion from the ways to place them anywhere.
 */
export function keepsOfGroup(group: Group): (loops: number) => bigint {
  const anywhere = (loops: number): bigint => {
    if (loops < 0) return 0n;
    const none = group.storages.every(({ must }) => must === 0) ? 1n : 0n;
    return placements(group.storages, loops) - none;
  };
  return (loops) => (loops === 0 ? anywhere(0) : anywhere(loops) - 2n * anywhere(loops - 1) + anywhere(loops - 2));
}

/** All choices of what the storages keep, levels in order, each node in one of the gaps 0 … loops. */
function placements(storages: readonly StoragePlace[], loops: number): bigint {
  let byDeepest: bigint[] = Array.from({ length: loops + 1 }, (_, gap) => (gap === 0 ? 1n : 0n));
  for (const { must, allowed } of storages) {
    const next: bigint[] = byDeepest.map(() => 0n);
    for (const [low, ways] of byDeepest.entries())
      for (const set of subsets(must, allowed))
        for (let high = low; high <= loops; high++) {
          const count = tensorsIn(set).length;
          next[high] = (next[high] ?? 0n) + ways * deepestAt(high - low, count);
        }
    byDeepest = next;
  }
  return byDeepest.reduce((a, b) => a + b, 0n);
}

/** Ways to put so many nodes into the gaps 0 … depth with one at least in the last gap; no node stays in gap 0. */
function deepestAt(depth: number, nodes: number): bigint {
  if (depth === 0) return 1n;
  return BigInt(depth + 1) ** BigInt(nodes) - BigInt(depth) ** BigInt(nodes);
}

function* subsets(must: number, allowed: number): Generator<number> {
  const open = allowed & ~must;
  for (let add = open; ; add = (add - 1) & open) {
    yield must | add;
    if (add === 0) return;
  }
}

/**
 * The same for the group in which the last tensor gets its source, together with the groups above it: every source stands
 * above all loops, so all of those groups do, and the innermost node of this one below n loops. Each group keeps something.
 * Null where it cannot be.
 */
export function keepsWithSources(
  outer: readonly Group[],
  last: Group,
  everything: number,
): ((loops: number) => bigint) | null {
  let bySeen = new Map([[0, 1n]]);
  for (const group of outer) {
    const next = new Map<number, bigint>();
    for (const [seen, ways] of bySeen)
      for (const kept of choices(group.storages)) {
        const union = kept.reduce((a, b) => a | b, seen);
        if (kept.some((set) => set !== 0)) next.set(union, (next.get(union) ?? 0n) + ways);
      }
    bySeen = next;
  }
  bySeen.delete(everything);
  if (bySeen.size === 0) return null;
  return (loops) => {
    let total = 0n;
    for (const [seen, ways] of bySeen)
      for (const kept of choices(last.storages)) {
        if (kept.reduce((a, b) => a | b, seen) !== everything) continue;
        total += ways * sourced(kept, seen, loops);
      }
    return total;
  };
}

/** Ways to place what a group keeps, first nodes of tensors in gap 0, levels in order, the deepest in the last gap. */
function sourced(kept: readonly number[], before: number, loops: number): bigint {
  let byDeepest: bigint[] = Array.from({ length: loops + 1 }, (_, gap) => (gap === 0 ? 1n : 0n));
  let seen = before;
  for (const set of kept) {
    const again = tensorsIn(set & seen).length;
    const isNew = (set & ~seen) !== 0;
    const next: bigint[] = byDeepest.map(() => 0n);
    for (const [low, ways] of byDeepest.entries()) {
      if (isNew && low > 0) break;
      for (let high = low; high <= loops; high++) next[high] = (next[high] ?? 0n) + ways * deepestAt(high - low, again);
    }
    byDeepest = next;
    seen |= set;
  }
  return byDeepest[loops] ?? 0n;
}

/** What each storage of a list keeps: all choices. */
function* choices(storages: readonly StoragePlace[]): Generator<readonly number[]> {
  const [first, ...rest] = storages;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const set of subsets(first.must, first.allowed)) for (const others of choices(rest)) yield [set, ...others];
}
