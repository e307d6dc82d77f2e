import type { Random } from "../base/index.js";
import type { ResolvedNode } from "./mapping.js";
import { capacityFor } from "./occupancy.js";
import { type Space, type StoragePlace, tensorsIn } from "./space.js";
import { boxWords, storageAt } from "./tensors.js";

type Loop = Exclude<ResolvedNode, { readonly kind: "keep" }>;

/** Where a node may stand: the number of loops above it, both ends included. */
interface Range {
  readonly low: number;
  readonly high: number;
}

/** Puts keep nodes (masks of tensors, one a storage) between the loops; null where they find no place or no room. */
export function placeKeeps(
  word: readonly Loop[],
  kept: readonly number[],
  space: Space,
  random: Random,
): readonly ResolvedNode[] | null {
  const gaps: ResolvedNode[][] = Array.from({ length: word.length + 1 }, () => []);
  let above = 0;
  let missing = space.everything;
  for (const [i, place] of space.storages.entries()) {
    const mask = kept[i] ?? 0;
    if (mask === 0) continue;
    const range = rangeOf(place, word, above);
    const later = missing & ~mask;
    const sources = missing & mask;
    missing = later;
    if (range.low > range.high || (sources !== 0 && range.low > 0)) return null;
    const high = later === 0 ? range.high : 0;
    const at = placesFor(place, mask, sources, { low: range.low, high }, word, space, random);
    if (at === null) return null;
    for (const [tensor, gap] of at) {
      gaps[gap]?.push({ kind: "keep", tensor, level: place.level });
      above = Math.max(above, gap);
    }
  }
  return gaps.flatMap((nodes, i) => [...nodes, ...word.slice(i, i + 1)]);
}

/** Below the nodes placed so far, the loops of fan-outs outside and those that may not stand below; above the fan-outs inside. */
function rangeOf(place: StoragePlace, word: readonly Loop[], above: number): Range {
  let low = above;
  let high = word.length;
  word.forEach((loop, i) => {
    if (!place.below[loop.variable] && loop.by < loop.extent) low = Math.max(low, i + 1);
    if (loop.kind !== "spatial") return;
    if (loop.fanout < place.level) low = Math.max(low, i + 1);
    else high = Math.min(high, i);
  });
  return { low, high };
}

/** A gap for each tensor that the storage keeps: random, then moved inwards until the tiles fit. */
function placesFor(
  place: StoragePlace,
  mask: number,
  sources: number,
  { low, high }: Range,
  word: readonly Loop[],
  space: Space,
  random: Random,
): ReadonlyMap<number, number> | null {
  const together = random.integer(1, 2) === 1 ? random.integer(low, high) : null;
  const order = tensorsIn(mask);
  const at = new Map<number, number>();
  while (at.size < order.length) {
    const tensor = random.pick(order.filter((t) => !at.has(t)));
    at.set(tensor, (sources >> tensor) & 1 ? 0 : (together ?? random.integer(low, high)));
  }
  for (;;) {
    const full = overfull(place, at, word, space);
    if (full === null) return at;
    const movable = full.filter((t) => !((sources >> t) & 1) && (at.get(t) ?? 0) < high);
    if (movable.length === 0) return null;
    const tensor = random.pick(movable);
    at.set(tensor, random.integer((at.get(tensor) ?? 0) + 1, high));
  }
}

/** The tensors that share a capacity which their tiles exceed, or null. */
function overfull(
  place: StoragePlace,
  at: ReadonlyMap<number, number>,
  word: readonly Loop[],
  space: Space,
): readonly number[] | null {
  const { einsum } = space.layer;
  const level = storageAt(space.architecture, place.level);
  const pools = new Map<string, { left: number; readonly tensors: number[] }>();
  for (const [t, gap] of at) {
    const tensor = einsum.tensors[t];
    if (tensor === undefined) throw new Error(`no tensor ${t}`);
    const extents = [...einsum.bounds];
    for (const loop of word.slice(0, gap)) extents[loop.variable] = loop.by;
    const { pool, words } = capacityFor(level, tensor);
    const found = pools.get(pool) ?? { left: words, tensors: [] };
    found.left -= boxWords(tensor, extents);
    found.tensors.push(t);
    pools.set(pool, found);
  }
  return [...pools.values()].find(({ left }) => left < 0)?.tensors ?? null;
}
