import { ceilDiv } from "../base/index.js";
import {
  checkLegality,
  type LegalMapping,
  type ResolvedDataflow,
  type ResolvedNode,
  toMapping,
} from "../mappings/index.js";
import type { Einsum, Layer } from "../workloads/index.js";
import { fanoutOf, type Problem } from "./problem.js";

/** A layer of which some bounds are a little larger. */
export interface Padded {
  readonly layer: Layer;
  /** How many times the operations it has. */
  readonly growth: number;
  /** Variables whose bounds are larger. */
  readonly variables: readonly number[];
}

/** Bounds may grow by this factor. */
const MOST_GROWTH = 1.15;
/** Rounds along a fan-out should be products of primes up to this, that tiles may be made of. */
const LARGEST_PRIME = 7;
/** How much more must be at work, growth and all, and of how many layers at most. */
const LEAST_GAIN = 1.005;
const MOST_LAYERS = 6;

/**
 * Layers with one bound raised to a multiple of a side of a fan-out, that so keep more of the instances at work than the layer itself with perfect
 * tiles, growth and all: the most first. Perfect tiles of such a layer, cut off where the layer itself ends, are imperfect tiles that fill the fan-out: 384
 * filters on 14 columns are 392 = 14 × 28, of which 8 are not there.
 */
export function paddedLayers(problem: Problem): readonly Padded[] {
  const sides = problem.fanouts.flatMap((level) => {
    const { x, y } = fanoutOf(problem, level);
    return [x, y];
  });
  const own = sharesAtWork(sides, problem.bounds);
  const padded = problem.active.flatMap((v) => {
    const bounds = sides.flatMap((side) => multiplesOf(side, problem.bounds[v] ?? 1));
    return [...new Set(bounds)].flatMap((raised) => {
      const one = withBounds(problem.layer, new Map([[v, raised]]));
      const gain = sharesAtWork(sides, one.layer.einsum.bounds) / (own * one.growth);
      return gain > LEAST_GAIN ? [{ one, gain }] : [];
    });
  });
  return padded
    .sort((a, b) => b.gain - a.gain)
    .slice(0, MOST_LAYERS)
    .map(({ one }) => one);
}

/** The instances that divisors of the bounds can keep at work, side by side of the fan-outs, multiplied; each side for itself. */
const sharesAtWork = (sides: readonly number[], bounds: readonly number[]): number =>
  sides.reduce((product, side) => product * mostAlong(side, bounds), 1);

function mostAlong(side: number, bounds: readonly number[]): number {
  let reached = new Set([1]);
  for (const bound of bounds)
    reached = new Set(
      [...reached].flatMap((n) =>
        Array.from({ length: Math.floor(side / n) }, (_, i) => i + 1).flatMap((d) => (bound % d === 0 ? [n * d] : [])),
      ),
    );
  return Math.max(...reached);
}

/** The multiples of a side next above a bound: the first, and the first whose number of rounds has small factors alone. */
function multiplesOf(side: number, bound: number): readonly number[] {
  if (side === 1) return [];
  const found: number[] = [];
  for (let rounds = Math.ceil(bound / side); rounds * side <= bound * MOST_GROWTH; rounds++) {
    const isSmooth = largestPrimeOf(rounds) <= LARGEST_PRIME;
    if (rounds * side > bound && (isSmooth || found.length === 0)) found.push(rounds * side);
    if (isSmooth) break;
  }
  return found;
}

function largestPrimeOf(n: number): number {
  let [left, largest] = [n, 1];
  for (let p = 2; p <= left; p++)
    while (left % p === 0) {
      left /= p;
      largest = p;
    }
  return largest;
}

/**
 * The layer with each bound raised to a multiple of the iterations that a dataflow asks for, where it is none: perfect tiles of it have them, and often still
 * do, cut off where the layer ends. Null where all bounds are multiples.
 */
export function askedLayer({ layer, bounds }: Problem, { storages, fanouts }: ResolvedDataflow): Padded | null {
  const rules = [...storages.values(), ...fanouts.values()];
  const raised = bounds.flatMap((bound, v): readonly (readonly [number, number])[] => {
    const asked = rules.reduce((n, { factors }) => n * (factors.get(v) ?? 1), 1);
    return bound % asked === 0 ? [] : [[v, ceilDiv(bound, asked) * asked]];
  });
  return raised.length === 0 ? null : withBounds(layer, new Map(raised));
}

/** Both layers' larger bounds in one; null where they raise the same variable. */
export function bothPadded(layer: Layer, a: Padded, b: Padded): Padded | null {
  if (a.variables.some((v) => b.variables.includes(v))) return null;
  const raised = [a, b].flatMap((one) => one.variables.map((v) => [v, one.layer.einsum.bounds[v] ?? 1] as const));
  return withBounds(layer, new Map(raised));
}

function withBounds(layer: Layer, raised: ReadonlyMap<number, number>): Padded {
  const { einsum } = layer;
  const bounds = einsum.bounds.map((bound, v) => raised.get(v) ?? bound);
  const more = bounds.map((bound, v) => bound - (einsum.bounds[v] ?? 1));
  const tensors: Einsum["tensors"] = einsum.tensors.map((tensor) => ({
    ...tensor,
    shape: tensor.shape.map((words, axis) =>
      (tensor.ranks[axis]?.terms ?? []).reduce(
        (n, { variable, coefficient }) => n + coefficient * (more[variable] ?? 0),
        words,
      ),
    ),
  }));
  const growth = bounds.reduce((n, bound, v) => (n * bound) / (einsum.bounds[v] ?? 1), 1);
  return { layer: { ...layer, einsum: { ...einsum, bounds, tensors } }, growth, variables: [...raised.keys()] };
}

/** A padded layer's mapping cut off where the layer itself ends; null where that is not legal. */
export function trimmed(mapping: LegalMapping, { layer, rules }: Problem): LegalMapping | null {
  const extents = [...layer.einsum.bounds];
  const nodes: ResolvedNode[] = [];
  for (const node of mapping.nodes) {
    if (node.kind === "keep") {
      nodes.push(node);
      continue;
    }
    const extent = extents[node.variable] ?? 1;
    if (node.by >= extent) continue;
    nodes.push({ ...node, extent });
    extents[node.variable] = node.by;
  }
  const { conventions } = rules;
  const legal = checkLegality(toMapping({ ...mapping, layer, nodes }), layer, mapping.architecture, { conventions });
  return legal.ok ? legal.value : null;
}
