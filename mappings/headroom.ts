import type { LegalMapping } from "./mapping.js";
import { poolsOf } from "./occupancy.js";
import { boxWords, isRelevant, levelAt, storageAt } from "./tensors.js";

/** How full a capacity is, and the least that any larger tile would need of it. */
export interface CapacityRoom {
  readonly level: number;
  /** Whose tiles share it, ascending. */
  readonly tensors: readonly number[];
  /** Words of one instance: taken, and what a mapping may use. */
  readonly used: number;
  readonly usable: number;
  /** The smallest step: one tensor's tile takes in a part of one loop outside it. Null where no loop is left outside. */
  readonly next: { readonly tensor: number; readonly variable: number; readonly words: number } | null;
}

/** How much of one axis of a fan-out is used, and the least more that a temporal loop could take of it. */
export interface AxisRoom {
  readonly fanout: number;
  readonly axis: "x" | "y";
  readonly used: number;
  readonly size: number;
  /** Instances with the smallest further factor of any temporal loop; null where there is none. */
  readonly next: number | null;
}

/** Every limited capacity that the mapping uses, outermost first. */
export function capacityRooms({ nodes, layer, architecture }: LegalMapping): readonly CapacityRoom[] {
  const { einsum } = layer;
  return poolsOf(nodes, einsum, architecture, "loopwright")
    .filter(({ words }) => Number.isFinite(words))
    .map(({ level, words, used, tiles }) => {
      let next: CapacityRoom["next"] = null;
      for (const { position, tensor, words: tile } of tiles) {
        const extents = [...einsum.bounds];
        const outside = new Map<number, number>();
        for (const node of nodes.slice(0, position)) {
          if (node.kind === "keep") continue;
          extents[node.variable] = node.by;
          if (node.kind === "for")
            outside.set(node.variable, Math.min(grown(node), outside.get(node.variable) ?? Infinity));
        }
        const named = einsum.tensors[tensor];
        if (named === undefined) continue;
        for (const [variable, factor] of outside) {
          if (!isRelevant(named, variable)) continue;
          const larger = boxWords(named, extents.with(variable, Math.ceil((extents[variable] ?? 1) * factor)));
          const total = used - tile + larger;
          if (next === null || total < next.words) next = { tensor, variable, words: total };
        }
      }
      return { level, tensors: tiles.map(({ tensor }) => tensor).sort((a, b) => a - b), used, usable: words, next };
    });
}

/** The smallest factor by which a loop can shrink: a prime of its iterations; an imperfect one can give a single step. */
function grown({ extent, by }: { readonly extent: number; readonly by: number }): number {
  if (extent % by !== 0) return (by + 1) / by;
  return smallestPrime(extent / by);
}

function smallestPrime(n: number): number {
  for (let prime = 2; prime * prime <= n; prime++) if (n % prime === 0) return prime;
  return n > 1 ? n : Number.POSITIVE_INFINITY;
}

/** Both axes of every fan-out that is more than one instance. */
export function axisRooms({ nodes, architecture }: LegalMapping): readonly AxisRoom[] {
  const factors = nodes.flatMap((node) =>
    node.kind === "for" && node.by < node.extent ? [smallestPrime(Math.ceil(node.extent / node.by))] : [],
  );
  const least = Math.min(...factors);
  return architecture.levels.flatMap((level, fanout) => {
    if (level.kind !== "fanout") return [];
    return (["x", "y"] as const).flatMap((axis): readonly AxisRoom[] => {
      const size = level[axis];
      if (size === 1) return [];
      const used = nodes.reduce(
        (n, node) =>
          node.kind === "spatial" && node.fanout === fanout && node.axis === axis
            ? n * Math.ceil(node.extent / node.by)
            : n,
        1,
      );
      return [{ fanout, axis, used, size, next: Number.isFinite(least) ? used * least : null }];
    });
  });
}

/** `GLB`, or `PE for Weights` where tensors have capacities of their own. */
export function poolName({ architecture, layer }: LegalMapping, { level, tensors }: CapacityRoom): string {
  const { name } = levelAt(architecture, level);
  if (storageAt(architecture, level).capacity.kind === "shared") return name;
  return `${name} for ${tensors.map((t) => layer.einsum.tensors[t]?.name).join(", ")}`;
}
