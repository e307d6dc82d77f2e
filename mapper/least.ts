import { holds } from "../arch-specs/index.js";
import type { Layer } from "../workloads/index.js";
import type { Asked } from "./relaxations.js";

/**
 * The same question of the smallest layer that has the same answer: is any mapping legal? Loops that nothing asks for can always stand above
 * everything, where they enlarge no tile; so of every bound only the iterations that the dataflow asks for matter. Not so where the
 * outermost storage is small, does not keep everything, or has rules for its own loops: then the layer stays as it is.
 */
export function leastLayer({ layer, architecture, dataflow }: Asked): Layer {
  const [outermost] = architecture.levels;
  const { einsum } = layer;
  if (outermost?.kind !== "storage" || outermost.capacity.kind !== "shared") return layer;
  const isUnlimited = outermost.capacity.words === Number.POSITIVE_INFINITY;
  const keepsAll = einsum.tensors.every((tensor) => holds(outermost.keeps, tensor));
  const rule = dataflow?.storages.get(0);
  const isRuled =
    rule !== undefined &&
    (rule.loopsBelow !== null ||
      rule.factors.size > 0 ||
      rule.maxFactors.size > 0 ||
      rule.must.size < einsum.tensors.length);
  if (!isUnlimited || !keepsAll || isRuled) return layer;
  const rules = dataflow === null ? [] : [...dataflow.storages.values(), ...dataflow.fanouts.values()];
  const asked = einsum.bounds.map((bound, v) => {
    const iterations = rules.reduce((n, { factors }) => n * (factors.get(v) ?? 1), 1);
    return bound % iterations === 0 ? iterations : bound;
  });
  const bounds = asked.some((bound) => bound > 1) ? asked : withOneLoop(einsum.bounds);
  return { ...layer, einsum: { ...einsum, bounds } };
}

/** One variable in two, or so: a layer with no loop at all would be no layer. */
function withOneLoop(bounds: readonly number[]): readonly number[] {
  const first = bounds.findIndex((bound) => bound > 1);
  return bounds.map((bound, v) => (v === first ? smallestPrime(bound) : 1));
}

function smallestPrime(n: number): number {
  for (let prime = 2; prime * prime <= n; prime++) if (n % prime === 0) return prime;
  return n;
}
