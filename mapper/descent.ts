import { checkLegality, type LegalMapping, toMapping } from "../mappings/index.js";
import type { Best } from "./best.js";
import { type Cost, compareCosts } from "./cost.js";
import { neighboursOf } from "./neighbours.js";

interface Priced {
  readonly mapping: LegalMapping;
  readonly cost: Cost;
}

/** Goes from a mapping to better ones, one change at a time (neighbours.ts), until no change is better. All are priced exactly, and the best kept. */
export function descend(from: LegalMapping, best: Best, seen: Set<string>): void {
  const cost = best.price(from);
  let at: Priced | null = cost === null ? null : { mapping: from, cost };
  while (at !== null) at = firstBetter(at, best, seen);
}

function firstBetter({ mapping, cost }: Priced, best: Best, seen: Set<string>): Priced | null {
  for (const nodes of neighboursOf(mapping)) {
    if (best.isStopped()) return null;
    const changed = toMapping({ ...mapping, nodes });
    const name = JSON.stringify(changed);
    if (seen.has(name)) continue;
    seen.add(name);
    const legal = checkLegality(changed, mapping.layer, mapping.architecture, { conventions: best.conventions });
    const found = legal.ok ? best.price(legal.value) : null;
    if (legal.ok && found !== null && compareCosts(found, cost) < 0) return { mapping: legal.value, cost: found };
  }
  return null;
}
