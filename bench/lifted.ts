import { checkLegality, type LegalMapping, type ResolvedNode, toMapping } from "../mappings/index.js";

/**
 * The same mapping with every keep node as high as it costs nothing by our rules: above temporal loops that do not move its tile, and above
 * its neighbours of the same level. Where other tools charge each visit of a node, this is the one of the equal mappings to show them.
 */
export function lifted(legal: LegalMapping): LegalMapping {
  const nodes = [...legal.nodes];
  for (let i = 1; i < nodes.length; i++) {
    const node = nodes[i];
    if (node?.kind !== "keep") continue;
    let to = i;
    for (let above = i - 1; above >= 0 && passes(legal, node, nodes[above]); above--)
      if (nodes[above]?.kind === "for") to = above;
    nodes.splice(i, 1);
    nodes.splice(to, 0, node);
  }
  const checked = checkLegality(toMapping({ ...legal, nodes }), legal.layer, legal.architecture);
  return checked.ok ? checked.value : legal;
}

/** Whether a keep node may change places with the node above it at no cost: a neighbour of its level, or a loop that its tile ignores. */
function passes(
  { layer }: LegalMapping,
  node: Extract<ResolvedNode, { kind: "keep" }>,
  above: ResolvedNode | undefined,
): boolean {
  if (above === undefined || above.kind === "spatial") return false;
  if (above.kind === "keep") return above.level === node.level && above.tensor !== node.tensor;
  const ranks = layer.einsum.tensors[node.tensor]?.ranks ?? [];
  return !ranks.some(({ terms }) => terms.some(({ variable }) => variable === above.variable));
}
