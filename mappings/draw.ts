import type { LegalMapping, ResolvedNode } from "./mapping.js";
import { levelAt } from "./tensors.js";

const WIDTH = 46;
type Loop = Exclude<ResolvedNode, { readonly kind: "keep" }>;

/**
 * The loop nest as text, one line a level's keep nodes, a temporal loop, or neighbouring spatial loops of one fan-out.
 * `0..16 by 4` runs over an extent of 16 in tiles of 4 (`by 1` is left out); `0..15|11` has an extent of 15, at the edge
 * of an imperfect loop above 11; `(last 11)` is the size of the last tile of a full run.
 *
 * @example
 * ```
 * DRAM [Inputs Weights Outputs] ────────────────
 *   for q in 0..56 by 15 (last 11)
 * PE [Inputs Weights Outputs] ──────────────────
 *     for q in 0..15|11
 *       MAC
 * ```
 */
export function drawLoopNest(legal: LegalMapping): string {
  const { architecture, layer, nodes } = legal;
  const ranges = layer.einsum.bounds.map((bound) => [bound] as readonly number[]);
  const lines: string[] = [];
  let depth = 1;
  for (let i = 0; i < nodes.length; ) {
    const group = groupAt(nodes, i);
    i += group.length;
    const [first] = group;
    if (first === undefined) break;
    if (first.kind === "keep") {
      const names = group.flatMap((n) => (n.kind === "keep" ? [layer.einsum.tensors[n.tensor]?.name] : []));
      const title = `${levelAt(architecture, first.level).name} [${names.join(" ")}] `;
      lines.push(title.padEnd(WIDTH, "─"));
      continue;
    }
    const loops = group.flatMap((node) => (node.kind === "keep" ? [] : [drawLoop(node, legal, ranges)]));
    lines.push(`${"  ".repeat(depth)}${loops.join("   ")}`);
    depth++;
  }
  const compute = architecture.levels.at(-1)?.name ?? "compute";
  return [...lines, `${"  ".repeat(depth)}${compute}`].join("\n");
}

/** The nodes from here on that share a line. */
function groupAt(nodes: readonly ResolvedNode[], start: number): readonly ResolvedNode[] {
  const first = nodes[start];
  const shares = (node: ResolvedNode): boolean => {
    if (first?.kind === "keep") return node.kind === "keep" && node.level === first.level;
    return first?.kind === "spatial" && node.kind === "spatial" && node.fanout === first.fanout;
  };
  const after = nodes.findIndex((node, i) => i > start && !shares(node));
  return nodes.slice(start, after < 0 ? undefined : after);
}

/** Draws one loop and leaves in `ranges` the extents that its variable can have below it, fullest first. */
function drawLoop(loop: Loop, legal: LegalMapping, ranges: (readonly number[])[]): string {
  const { layer, architecture } = legal;
  const above = ranges[loop.variable] ?? [loop.extent];
  const lastOf = (extent: number): number => ((extent - 1) % loop.by) + 1;
  const below = new Set(above.flatMap((extent) => (extent >= loop.by ? [loop.by, lastOf(extent)] : [extent])));
  ranges[loop.variable] = [...below].sort((a, b) => b - a);
  const name = layer.einsum.variables[loop.variable];
  const fanouts = architecture.levels.filter((level) => level.kind === "fanout").length;
  const last = lastOf(loop.extent);
  return [
    loop.kind === "for" ? "for" : `spatial-${loop.axis}`,
    `${name} in 0..${above.join("|")}`,
    loop.by > 1 ? `by ${loop.by}` : "",
    last === loop.by ? "" : `(last ${last})`,
    loop.kind === "spatial" && fanouts > 1 ? `on ${levelAt(architecture, loop.fanout).name}` : "",
  ]
    .filter((part) => part !== "")
    .join(" ");
}
