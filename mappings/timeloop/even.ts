import { ceilDiv } from "../../base/index.js";
import type { LegalMapping, ResolvedNode } from "../mapping.js";

type Loop = Exclude<ResolvedNode, { kind: "keep" }>;

/**
 * Whether Timeloop has words for the mapping on the architecture as it is, no level taken apart: all tiles of a level stand above its
 * loops, these come temporal first, then spatial, each variable once, and on a fan-out along one axis. Loops of one iteration do not
 * count, nor does the order of a temporal and a spatial loop over different variables.
 */
export function isEvenNest({ nodes }: LegalMapping): boolean {
  let level = -1;
  let own: Loop[] = [];
  for (const node of nodes) {
    if (node.kind === "keep") {
      if (node.level === level && own.length > 0) return false;
      if (node.level !== level) own = [];
      level = node.level;
      continue;
    }
    if (ceilDiv(node.extent, node.by) === 1) continue;
    if (!own.every((other) => mayFollow(node, other))) return false;
    own.push(node);
  }
  return true;
}

/** Whether a loop may stand below another one of the same level. */
function mayFollow(loop: Loop, above: Loop): boolean {
  if (loop.variable !== above.variable) return true;
  if (loop.kind === "for") return false;
  return above.kind === "for" || above.fanout !== loop.fanout;
}
