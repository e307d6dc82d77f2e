import type { LegalMapping } from "../../mappings/index.js";
import type { Affine } from "../../workloads/index.js";

/** The shape of the largest tile of each kept tensor, by level index and tensor number: words along each of its axes. */
export function tileShapes({ nodes, layer }: LegalMapping): ReadonlyMap<string, readonly number[]> {
  const extents = [...layer.einsum.bounds];
  const shapes = new Map<string, readonly number[]>();
  for (const node of nodes) {
    if (node.kind === "keep") {
      const ranks = layer.einsum.tensors[node.tensor]?.ranks ?? [];
      shapes.set(
        tileKey(node.level, node.tensor),
        ranks.map((rank) => extentOf(rank, extents)),
      );
    } else extents[node.variable] = node.by;
  }
  return shapes;
}

export const tileKey = (level: number, tensor: number): string => `${level} ${tensor}`;

/** Words that an axis spans while its variables run over these extents. */
function extentOf({ terms }: Affine, extents: readonly number[]): number {
  return terms.reduce(
    (sum, { variable, coefficient }) => sum + Math.abs(coefficient) * ((extents[variable] ?? 1) - 1),
    1,
  );
}

/** How many instances of a fan-out the mapping uses along each axis, and the loops that lie on it: `q 7, m 2`. */
export function spread(
  { nodes, layer }: LegalMapping,
  fanout: number,
): Readonly<Record<"x" | "y", { readonly used: number; readonly loops: string }>> {
  const along = (axis: "x" | "y"): { readonly used: number; readonly loops: string } => {
    const loops = nodes.flatMap((node) =>
      node.kind === "spatial" && node.fanout === fanout && node.axis === axis
        ? [{ name: layer.einsum.variables[node.variable] ?? "", times: Math.ceil(node.extent / node.by) }]
        : [],
    );
    const used = loops.reduce((product, { times }) => product * times, 1);
    return { used, loops: loops.map(({ name, times }) => `${name} ${times}`).join(", ") };
  };
  return { x: along("x"), y: along("y") };
}
