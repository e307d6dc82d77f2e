import type { Architecture } from "../arch-specs/index.js";
import type { LegalMapping } from "../mappings/index.js";
import type { Layer } from "../workloads/index.js";
import { Best } from "./best.js";
import { descend } from "./descent.js";
import { floorOf } from "./floor.js";
import { limitsOf } from "./limits.js";
import { isListable, listEvery } from "./listing.js";
import { obeyingMappings } from "./obeying.js";
import { valueUnder } from "./objective.js";
import { askedLayer, bothPadded, type Padded, paddedLayers, trimmed } from "./padded.js";
import { alone } from "./parts.js";
import { type Problem, problemOf } from "./problem.js";
import { isClipped, type SearchOptions, type SearchResult, search as searchPerfect } from "./search.js";
import { SmoothSearch } from "./smooth.js";

/** The share of the time that the search over perfect tiles may take. */
const PERFECT = 0.4;
/** The share by which layers with larger bounds are searched, too. */
const PADDED = 0.5;
/** Where a listing is to follow, the share by which the smooth bound has to be done. */
const SMOOTH = 0.75;
/** Of those that made a better mapping, so many are taken together with the best. */
const PAIRS = 3;
/** From how many mappings of different keep nodes the descent starts. */
const STARTS = 4;
/** Of so many placements a mapping is made that has the numbers of iterations that a dataflow asks for. */
const OBEYING = 60;
/** Between so many parts of the bound's search, so many times, the best starts that it makes are followed. */
const PARTS = 60;
const ROUNDS = 8;
const NEAR = 2;

/**
 * The least-cost mapping, with the proof of how good it is: over perfect tiles (search.ts), or over all (`imperfect`), which
 * - begins at the best with perfect tiles, so that it is never worse (where a dataflow asks for iterations that only other tiles give, at any mapping);
 * - takes perfect tiles of slightly larger layers, cut off at the end (padded.ts);
 * - goes down from there and from good mappings met on the way, one change of a loop at a time (descent.ts);
 * - on small problems goes through all that is left (listing.ts), which proves the optimum;
 * - bounds large ones by smooth nests (smooth.ts), and goes down from mappings near them as well. What neither suits is bounded by the floor (floor.ts).
 */
export function search(layer: Layer, architecture: Architecture, options: SearchOptions): SearchResult {
  return options.imperfect === true
    ? searchImperfect(layer, architecture, options)
    : searchPerfect(layer, architecture, options);
}

function searchImperfect(layer: Layer, architecture: Architecture, options: SearchOptions): SearchResult {
  const { objective, dataflow, conventions = "loopwright" } = options;
  if (conventions === "timeloop") throw new Error("no bound of ragged tiles holds under Timeloop's conventions");
  const problem = problemOf(layer, architecture, conventions);
  const starts: Starts = new Map();
  const floor = floorOf(problem, objective);
  const perfect = searchPerfect(layer, architecture, {
    ...options,
    part: null,
    cancelled: () => options.cancelled(PERFECT),
    progress: (seen) => options.progress({ ...seen, lowerBound: Math.min(floor, seen.incumbent?.value ?? floor) }),
    costOf: (mapping) => {
      const cost = options.costOf(mapping);
      note(starts, mapping, valueUnder(objective, cost.energy, cost.cycles));
      return cost;
    },
  });
  const best = new Best(options, perfect.evaluated);
  if (perfect.mapping === null && dataflow === null && options.mostCycles === undefined)
    return { ...perfect, lowerBound: floor };
  const obeying = dataflow === null ? null : obeyingMappings(problem, dataflow, OBEYING, () => best.isStopped());
  for (const mapping of obeying?.mappings ?? []) {
    const cost = best.price(mapping);
    if (cost !== null) note(starts, mapping, cost.value);
  }
  if (best.mapping === null && perfect.mapping === null && obeying?.isProven === true)
    return nothingFound(perfect, floor, best, true);
  const known = perfect.mapping ?? best.mapping ?? anyMapping(layer, architecture, options);
  if (known === null) return { ...perfect, lowerBound: floor };
  best.price(known);
  searchPadded(problem, options, best, starts);
  const seen = new Set<string>();
  const report = (): void => options.progress(best.progress(floor));
  const others = [...starts.values()].sort((a, b) => a.value - b.value).map(({ mapping }) => mapping);
  for (const from of [known, ...others].slice(0, STARTS + 1)) {
    descend(from, best, seen);
    report();
  }
  const isAtFloor = floor >= (best.cost?.value ?? 0) * (1 - ROUNDING);
  const smooth = isAtFloor ? 0 : smoothBoundOf(problem, options, best, seen, floor);
  const isBounded = Math.max(smooth, floor) >= (best.cost?.value ?? Number.POSITIVE_INFINITY) * (1 - ROUNDING);
  const isProven = !isBounded && listEvery(problem, objective, best, known, dataflow);
  if (best.mapping === null) return nothingFound(perfect, floor, best, isProven);
  const value = best.cost?.value ?? Number.POSITIVE_INFINITY;
  const proven = isProven ? value : Math.max(floor, smooth);
  const lowerBound = Math.min(value / (1 + options.gap), proven);
  const gap = 1 - lowerBound / value;
  return {
    ...{ mapping: best.mapping, cost: best.cost, status: gap === 0 ? "optimal" : "gap", lowerBound, gap },
    ...{ evaluated: best.evaluated, families: perfect.families, rank: null },
    open: proven >= value ? Number.POSITIVE_INFINITY : proven,
  };
}

/** Per list of keep nodes the best mapping met. */
type Starts = Map<string, { readonly mapping: LegalMapping; readonly value: number }>;

function note(starts: Starts, mapping: LegalMapping, value: number): void {
  const keeps = mapping.nodes.filter((node) => node.kind === "keep").map(({ tensor, level }) => `${tensor}@${level}`);
  if (value < (starts.get(`${keeps}`)?.value ?? Number.POSITIVE_INFINITY)) starts.set(`${keeps}`, { mapping, value });
}

/** Prices the best perfect mappings of slightly larger layers, trimmed to the layer: one bound larger, then the best of these with others that were better than before. */
function searchPadded(problem: Problem, options: SearchOptions, best: Best, starts: Starts): void {
  const { layer } = problem;
  const before = best.cost?.value ?? Number.POSITIVE_INFINITY;
  const better: { readonly padded: Padded; readonly value: number }[] = [];
  const asked = options.dataflow === null ? null : askedLayer(problem, options.dataflow);
  for (const padded of [...(asked === null ? [] : [asked]), ...paddedLayers(problem)]) {
    const value = leastPadded(problem, padded, options, best, starts);
    if (value < before) better.push({ padded, value });
  }
  const [first, ...others] = better.sort((a, b) => a.value - b.value).map(({ padded }) => padded);
  for (const other of others.slice(0, PAIRS)) {
    const both = first && bothPadded(layer, first, other);
    if (both) leastPadded(problem, both, options, best, starts);
  }
}

/** The least value of the mappings that come of a padded layer. Of interest are only those that are better than the best before they are trimmed. */
function leastPadded(
  problem: Problem,
  { layer, growth }: Padded,
  options: SearchOptions,
  best: Best,
  starts: Starts,
): number {
  const { mostCycles = Number.POSITIVE_INFINITY } = options;
  let least = Number.POSITIVE_INFINITY;
  const ceiling = (): number => best.cost?.value ?? Number.POSITIVE_INFINITY;
  const cancelled = (): boolean => options.cancelled(PADDED);
  if (cancelled()) return least;
  searchPerfect(layer, problem.architecture, {
    ...{ ...options, start: null, mostCycles: mostCycles * growth, progress: () => undefined, cancelled },
    part: alone(ceiling),
    costOf: (mapping) => {
      const own = trimmed(mapping, problem);
      const cost = own && best.price(own);
      if (own && cost) {
        note(starts, own, cost.value);
        least = Math.min(least, cost.value);
      }
      return options.costOf(mapping);
    },
  });
  return least;
}

/**
 * The bound over smooth nests (smooth.ts), for as long as the search may go on; where it reaches the best value, that value. Nests that are bounded low
 * make starts for more descents on the way.
 */
function smoothBoundOf(problem: Problem, options: SearchOptions, best: Best, seen: Set<string>, floor: number): number {
  if (problem.rules.conventions !== "loopwright" || isClipped(problem.einsum) || best.cost === null) return 0;
  const smooth = new SmoothSearch(problem, limitsOf(problem, options.dataflow), options.objective);
  const goal = (): number => Math.log((best.cost?.value ?? 0) / (1 + options.gap));
  const isShort = isListable(problem);
  const isStopped = (): boolean => {
    options.progress(best.progress(Math.max(floor, Math.exp(smooth.bound))));
    return best.isStopped() || (isShort && options.cancelled(SMOOTH));
  };
  const followed = new Set<number>();
  for (let round = 0; round < ROUNDS && !best.isStopped(); round++) {
    smooth.raise(goal(), isStopped, PARTS);
    for (const mapping of nearest(smooth, options, best, followed)) descend(mapping, best, seen);
  }
  smooth.raise(goal(), isStopped, isShort ? PARTS : Number.POSITIVE_INFINITY);
  return smooth.bound >= goal() - ROUNDING ? (best.cost?.value ?? 0) : Math.exp(smooth.bound) * (1 - ROUNDING);
}

/** The best of the mappings near what is bounded lowest that were not followed before, one of each value. */
function nearest(
  smooth: SmoothSearch,
  { dataflow }: SearchOptions,
  best: Best,
  followed: Set<number>,
): readonly LegalMapping[] {
  const near = new Map<number, LegalMapping>();
  for (const mapping of smooth.starts(dataflow)) {
    const cost = best.isStopped() ? null : best.price(mapping);
    if (cost !== null && !followed.has(cost.value)) near.set(cost.value, mapping);
  }
  const chosen = [...near].sort(([a], [b]) => a - b).slice(0, NEAR);
  for (const [value] of chosen) followed.add(value);
  return chosen.map(([, mapping]) => mapping);
}

/** Room for rounding in a bound. */
const ROUNDING = 1e-9;

/** Any legal mapping, whatever the dataflow and the cycles. */
const anyMapping = (layer: Layer, architecture: Architecture, options: SearchOptions): LegalMapping | null =>
  searchPerfect(layer, architecture, {
    ...{ objective: options.objective, costOf: options.costOf, gap: 0, dataflow: null },
    conventions: options.conventions ?? "loopwright",
    ...{ cancelled: () => true, progress: () => undefined },
  }).mapping;

/** No tiles obey, divisors or not, where all were listed; else it stays open. */
const nothingFound = (perfect: SearchResult, floor: number, best: Best, isProven: boolean): SearchResult => ({
  ...{ mapping: null, cost: null, rank: null, families: perfect.families, evaluated: best.evaluated },
  ...{ status: isProven ? "infeasible" : "gap", lowerBound: floor, gap: 0 },
  open: isProven ? Number.POSITIVE_INFINITY : floor,
});
