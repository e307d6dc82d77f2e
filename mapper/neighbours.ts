import { ceilDiv } from "../base/index.js";
import type { LegalMapping, ResolvedNode } from "../mappings/index.js";

type Loop = Exclude<ResolvedNode, { readonly kind: "keep" }>;
type Tree = readonly ResolvedNode[];

/**
 * Loop trees one change away from a mapping, its keep nodes as they are, not all of them legal: another number of iterations of one loop (the
 * tiles worked out anew from the inside, as multiples, or from the outside, as evenly as can be), another tile between two loops, two neighbours
 * exchanged, one loop fewer, one loop more. The most promising kinds come first.
 */
export function* neighboursOf({ layer, architecture, nodes }: LegalMapping): Generator<Tree> {
  const { bounds } = layer.einsum;
  const loopsOf = bounds.map((_, v) =>
    nodes.flatMap((node, i) => (node.kind !== "keep" && node.variable === v ? [i] : [])),
  );
  for (const [v, own] of loopsOf.entries()) yield* recounted(nodes, own, bounds[v] ?? 1);
  for (const own of loopsOf) yield* retiled(nodes, own);
  yield* exchanged(nodes);
  for (const own of loopsOf) yield* removed(nodes, own);
  for (const v of bounds.keys()) yield* added(nodes, v, bounds[v] ?? 1, architecture.levels);
}

/** The tree with extents and without loops of one iteration; every variable's last loop leaves one word. */
function settled(nodes: Tree, bounds: ReadonlyMap<number, number>): Tree {
  const extents = new Map(bounds);
  const result: ResolvedNode[] = [];
  for (const node of nodes) {
    if (node.kind === "keep") {
      result.push(node);
      continue;
    }
    const extent = extents.get(node.variable) ?? 1;
    if (node.by >= extent) continue;
    result.push({ ...node, extent });
    extents.set(node.variable, node.by);
  }
  return result;
}

const loopAt = (nodes: Tree, i: number | undefined): Loop => {
  const node = nodes[i ?? -1];
  if (node === undefined || node.kind === "keep") throw new Error(`no loop at ${i}`);
  return node;
};

/** The tree with other tiles of one variable's loops. */
function withTiles(nodes: Tree, own: readonly number[], tiles: readonly number[], bound: number): Tree {
  const variable = loopAt(nodes, own[0]).variable;
  const changed = nodes.map((node, i): ResolvedNode => {
    const k = own.indexOf(i);
    return k < 0 || node.kind === "keep" ? node : { ...node, by: tiles[k] ?? 1 };
  });
  return settled(changed, boundsIn(nodes).set(variable, bound));
}

/** The bounds of the variables that have loops. */
function boundsIn(nodes: Tree): Map<number, number> {
  const bounds = new Map<number, number>();
  for (const node of nodes)
    if (node.kind !== "keep" && !bounds.has(node.variable)) bounds.set(node.variable, node.extent);
  return bounds;
}

function* recounted(nodes: Tree, own: readonly number[], bound: number): Generator<Tree> {
  if (own.length < 2) return;
  const counts = own.map((i) => ceilDiv(loopAt(nodes, i).extent, loopAt(nodes, i).by));
  for (const k of own.keys()) {
    const n = counts[k] ?? 1;
    for (const other of new Set([n + 1, n - 1, n + 2, n - 2, n * 2, ceilDiv(n, 2), n + 3, n - 3, n * 3])) {
      if (other < 1 || other > bound || other === n) continue;
      const asked = counts.map((count, i) => (i === k ? other : count));
      const inside = own.map((_, i) => asked.slice(i + 1).reduce((product, count) => product * count, 1));
      yield withTiles(nodes, own, inside, bound);
      let left = bound;
      const outside = asked.map((count, i) => {
        left = i === own.length - 1 ? 1 : ceilDiv(left, count);
        return left;
      });
      yield withTiles(nodes, own, outside, bound);
    }
  }
}

function* retiled(nodes: Tree, own: readonly number[]): Generator<Tree> {
  const tiles = own.map((i) => loopAt(nodes, i).by);
  const bound = own.length === 0 ? 1 : loopAt(nodes, own[0]).extent;
  for (const k of own.keys()) {
    const [outer, inner] = [loopAt(nodes, own[k]).extent, tiles[k + 1]];
    if (inner === undefined) continue;
    for (const by of tilesBetween(outer, inner))
      if (by !== tiles[k])
        yield withTiles(
          nodes,
          own,
          tiles.map((tile, i) => (i === k ? by : tile)),
          bound,
        );
  }
}

/** Tiles worth a try: all where they are few; else the least for each number of iterations, and multiples of the tile inside. */
function tilesBetween(outer: number, inner: number): readonly number[] {
  if (outer - inner <= 16) return Array.from({ length: Math.max(0, outer - inner - 1) }, (_, i) => inner + 1 + i);
  const tiles = new Set<number>();
  for (let n = 2; n <= 16; n++)
    for (const tile of [ceilDiv(outer, n), inner * n]) if (tile > inner && tile < outer) tiles.add(tile);
  return [...tiles];
}

function* exchanged(nodes: Tree): Generator<Tree> {
  for (let i = 0; i + 1 < nodes.length; i++) {
    const [a, b] = [nodes[i], nodes[i + 1]];
    if (a === undefined || b === undefined || (a.kind !== "keep" && b.kind !== "keep" && a.variable === b.variable))
      continue;
    yield [...nodes.slice(0, i), b, a, ...nodes.slice(i + 2)];
  }
}

function* removed(nodes: Tree, own: readonly number[]): Generator<Tree> {
  if (own.length < 2) return;
  const bound = loopAt(nodes, own[0]).extent;
  for (const k of own.keys()) {
    const left = own.filter((_, i) => i !== k);
    const tiles = left.map((i, n) => (n === left.length - 1 ? 1 : loopAt(nodes, i).by));
    const fewer = nodes.filter((_, i) => i !== own[k]);
    const moved = left.map((i) => (i > (own[k] ?? 0) ? i - 1 : i));
    yield withTiles(fewer, moved, tiles, bound);
  }
}

/** One more loop of the variable, temporal anywhere, spatial where its fan-out may stand. */
function* added(
  nodes: Tree,
  variable: number,
  bound: number,
  levels: readonly { readonly kind: string }[],
): Generator<Tree> {
  if (bound === 1) return;
  const fanouts = levels.flatMap((level, i) => (level.kind === "fanout" ? [i] : []));
  const sources = nodes.findIndex((node) => node.kind !== "keep");
  let outer = bound;
  for (let at = Math.max(0, sources); at <= nodes.length; at++) {
    const before = nodes[at - 1];
    if (before !== undefined && before.kind !== "keep" && before.variable === variable) outer = before.by;
    const next = nodes.slice(at).find((node): node is Loop => node.kind !== "keep" && node.variable === variable);
    if (next === undefined) return;
    const tiles = [2, 3, 4, 5, 7].flatMap((n) => [ceilDiv(outer, n), next.by * n]);
    for (const by of new Set(tiles.filter((tile) => tile > next.by && tile < outer))) {
      const insert = (loop: Loop): Tree => settled([...nodes.slice(0, at), loop, ...nodes.slice(at)], boundsIn(nodes));
      yield insert({ kind: "for", variable, by, extent: outer });
      for (const fanout of fanouts) {
        const isOpen =
          nodes
            .slice(0, at)
            .every((node) => node.kind === "for" || (node.kind === "keep" ? node.level : node.fanout) <= fanout) &&
          nodes
            .slice(at)
            .every((node) => node.kind === "for" || (node.kind === "keep" ? node.level : node.fanout) >= fanout);
        if (!isOpen) continue;
        for (const axis of ["x", "y"] as const)
          yield insert({ kind: "spatial", variable, by, extent: outer, axis, fanout });
      }
    }
  }
}
