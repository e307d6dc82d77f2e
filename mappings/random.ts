import type { Architecture } from "../arch-specs/index.js";
import { type Conventions, ceilDiv, divisorsOf, type Random } from "../base/index.js";
import type { Layer } from "../workloads/index.js";
import type { Dataflow } from "./dataflow.js";
import { resolveDataflow } from "./dataflow-resolve.js";
import { branded, checkLegality } from "./legality.js";
import type { LegalMapping, ResolvedNode } from "./mapping.js";
import { obeysResolved } from "./obeys.js";
import { toMapping } from "./print.js";
import { placeKeeps } from "./random-keeps.js";
import { type Space, spaceOf, tensorsIn } from "./space.js";

export interface RandomOptions {
  /** Tiles that do not divide their extent as well. */
  readonly imperfect: boolean;
  readonly dataflow?: Dataflow;
  /** Whose rule of occupancy holds; `loopwright` unless given. */
  readonly conventions?: Conventions;
}
type Loop = Exclude<ResolvedNode, { readonly kind: "keep" }>;

const ATTEMPTS = 200;

/**
 * A random legal mapping, or null where none was found in 200 attempts. Every kind of loop tree has a chance: uneven keep
 * nodes, bypass, spatial loops on both axes of several fan-outs with temporal loops between them, imperfect loops, loops of
 * one iteration, variables that return several times. Not uniform: small capacities are met by moving keep nodes inwards.
 */
export function randomLegalMapping(
  layer: Layer,
  architecture: Architecture,
  random: Random,
  options: RandomOptions,
): LegalMapping | null {
  let dataflow = null;
  if (options.dataflow !== undefined) {
    const resolved = resolveDataflow(options.dataflow, architecture, layer.einsum);
    if (!resolved.ok) return null;
    dataflow = resolved.value;
  }
  const space = spaceOf(layer, architecture, dataflow);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const nodes = randomTree(space, random, options.imperfect);
    if (nodes === null) continue;
    const conventions = options.conventions ?? "loopwright";
    const checked = checkLegality(toMapping(branded(layer, architecture, nodes)), layer, architecture, { conventions });
    if (checked.ok && (dataflow === null || obeysResolved(checked.value, dataflow).length === 0)) return checked.value;
  }
  return null;
}

function randomTree(space: Space, random: Random, imperfect: boolean): readonly ResolvedNode[] | null {
  const kept = randomKept(space, random);
  if (kept === null) return null;
  const chains = space.layer.einsum.bounds.map((bound, variable) => randomChain(variable, bound, random, imperfect));
  const word = spread(interleave(chains, space, random), sourceLevel(kept, space), space, random);
  return placeKeeps(word, kept, space, random);
}

/** The level at which the last tensor gets its source; fan-outs outside it can have no loops. */
function sourceLevel(kept: readonly number[], space: Space): number {
  let seen = 0;
  for (const [i, mask] of kept.entries()) {
    seen |= mask;
    if (seen === space.everything) return space.storages[i]?.level ?? 0;
  }
  return 0;
}

/** Which tensors each storage keeps (masks, outermost first); every tensor somewhere. */
function randomKept(space: Space, random: Random): readonly number[] | null {
  const chance = random.pick([20, 60, 90]);
  const kept = space.storages.map(({ must, allowed }) =>
    tensorsIn(allowed & ~must).reduce((mask, t) => (random.integer(1, 100) <= chance ? mask | (1 << t) : mask), must),
  );
  for (const tensor of tensorsIn(space.everything)) {
    if (kept.some((mask) => (mask >> tensor) & 1)) continue;
    const places = space.storages.flatMap(({ allowed }, i) => ((allowed >> tensor) & 1 ? [i] : []));
    if (places.length === 0) return null;
    const place = random.integer(1, 3) === 1 ? random.pick(places) : (places[0] ?? 0);
    kept[place] = (kept[place] ?? 0) | (1 << tensor);
  }
  return kept;
}

/** Loops over one variable, outermost first, from its bound down to 1. */
function randomChain(variable: number, bound: number, random: Random, imperfect: boolean): Loop[] {
  const loops: Loop[] = [];
  let extent = bound;
  if (random.integer(1, 12) === 1) loops.push({ kind: "for", variable, by: extent, extent });
  while (extent > 1) {
    const exact = divisorsOf(extent).slice(0, -1);
    let by = random.integer(1, 3) === 1 ? 1 : random.pick(exact);
    if (imperfect && random.integer(1, 2) === 1) by = random.integer(1, extent - 1);
    if (random.integer(1, 16) === 1) by = extent;
    loops.push({ kind: "for", variable, by, extent });
    extent = by;
  }
  return loops;
}

/** The loops of all variables in one random order; now and then those that a dataflow wants outside come first. */
function interleave(chains: readonly Loop[][], space: Space, random: Random): readonly Loop[] {
  const restricted = space.storages.filter(({ below }) => below.includes(false));
  const inner = restricted.length > 0 && random.integer(1, 4) > 1 ? random.pick(restricted).below : null;
  const shuffled = (some: readonly Loop[][]): readonly Loop[] => {
    const left = some.map((chain) => [...chain]).filter((chain) => chain.length > 0);
    const word: Loop[] = [];
    while (left.length > 0) {
      const chain = random.pick(left);
      const loop = chain.shift();
      if (loop !== undefined) word.push(loop);
      if (chain.length === 0) left.splice(left.indexOf(chain), 1);
    }
    return word;
  };
  if (inner === null) return shuffled(chains);
  return [...shuffled(chains.filter((_, v) => !inner[v])), ...shuffled(chains.filter((_, v) => inner[v]))];
}

/** Makes some loops spatial, fan-outs in order, as far as there are instances. */
function spread(word: readonly Loop[], source: number, space: Space, random: Random): readonly Loop[] {
  const room = new Map(space.fanouts.map((place) => [place.level, { x: place.x.size, y: place.y.size }]));
  const chance = random.pick([0, 30, 60, 90]);
  let outermost = source;
  return word.map((loop) => {
    if (random.integer(1, 100) > chance) return loop;
    const iterations = ceilDiv(loop.extent, loop.by);
    const places = space.fanouts.flatMap((place) =>
      (["x", "y"] as const).flatMap((axis) => {
        const left = room.get(place.level);
        const fits = left !== undefined && left[axis] >= iterations && place[axis].allowed[loop.variable];
        return fits && place.level >= outermost ? [{ axis, fanout: place.level, left }] : [];
      }),
    );
    if (places.length === 0) return loop;
    const { axis, fanout, left } = random.pick(places);
    left[axis] = Math.floor(left[axis] / iterations);
    outermost = fanout;
    return { ...loop, kind: "spatial", axis, fanout };
  });
}
