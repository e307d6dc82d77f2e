import type { ResolvedNode } from "./mapping.js";

export type Loop = Exclude<ResolvedNode, { readonly kind: "keep" }>;

/** Whether neighbouring loops are one loop: both temporal, or on the same axis of a fan-out, the inner tile dividing the outer. */
export const merges = (outer: Loop, inner: Loop): boolean =>
  outer.variable === inner.variable &&
  rankOf(outer) === rankOf(inner) &&
  (outer.kind === "for" || (inner.kind === "spatial" && outer.fanout === inner.fanout)) &&
  outer.by % inner.by === 0;

/** Neighbouring loops whose order changes nothing: no tile is seen between them, and positions on each axis stay. */
export function commute(a: Loop, b: Loop): boolean {
  if (a.variable === b.variable) return false;
  if (a.kind === "for" || b.kind === "for") return a.kind !== b.kind;
  return a.fanout === b.fanout && a.axis !== b.axis;
}

/** The canonical order of loops that commute: x, y, temporal. */
export const rankOf = (loop: Loop): number => (loop.kind === "for" ? 2 : loop.axis === "x" ? 0 : 1);

/** The same loop tree with loops that commute in their canonical order, and neighbours that are one loop as one. */
export function canonical(nodes: readonly ResolvedNode[]): readonly ResolvedNode[] {
  const result: ResolvedNode[] = [];
  for (const node of nodes) {
    let at = result.length;
    if (node.kind !== "keep")
      for (let i = at - 1; i >= 0; i--) {
        const above = result[i];
        if (above === undefined || above.kind === "keep" || !commute(above, node)) break;
        if (rankOf(node) < rankOf(above)) at = i;
      }
    const above = result[at - 1];
    if (node.kind !== "keep" && above !== undefined && above.kind !== "keep" && merges(above, node))
      result[at - 1] = { ...above, by: node.by };
    else result.splice(at, 0, node);
  }
  return result;
}
