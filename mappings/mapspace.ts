import type { Architecture } from "../arch-specs/index.js";
import { product } from "../base/index.js";
import type { Layer } from "../workloads/index.js";
import type { Dataflow } from "./dataflow.js";
import { resolveDataflow } from "./dataflow-resolve.js";
import { type Chain, chainsOf } from "./mapspace-chains.js";
import { keepsOfGroup, keepsWithSources } from "./mapspace-keeps.js";
import { type Counted, imperfectLatticeSize, latticeSize } from "./mapspace-lattice.js";
import { MOST_CODES, wordsIn } from "./mapspace-words.js";
import { type FanoutPlace, type Space, type StoragePlace, spaceOf } from "./space.js";

/** Neighbouring storages without a fan-out between them, under the same restriction of the loops below. */
export interface Group {
  /** The fan-out right above, if one is there. */
  readonly fanout: FanoutPlace | null;
  readonly storages: readonly StoragePlace[];
  /** By variable: whether a loop may stand below the group's first keep node. */
  readonly below: readonly boolean[];
}

/** A stretch of the loop tree in which the same kinds of loops may stand. */
export interface Zone {
  /** Whose spatial loops may stand here besides temporal ones. */
  readonly fanout: FanoutPlace | null;
  /** By variable: whether its loops may stand here. */
  readonly allowed: readonly boolean[];
  /** Whether the zone is empty or ends with a spatial loop: so a tree is cut in one way only. */
  readonly endsSpatial: boolean;
  /** Ways to place keep nodes around n loops, as a function of n. */
  readonly keeps: (loops: number) => bigint;
}

/** Products of two terms that are worth waiting for: a second or two. */
const MOST_PRODUCTS = 1e8;

/**
 * The number of loop trees before capacity, loops of one iteration removed, each order counted: what `everyLoopTree` gives
 * with `orders: "all"` (neighbouring loops that are one loop count once, keep nodes side by side in one level have no
 * order). Constraints of a dataflow on what is kept, on loops below and on spatial variables are counted in; those on
 * order and factors are not, so there it is an upper bound. Exact up to 1e15 at least, beyond that to nine digits. Null
 * where counting would take more than some seconds: imperfect tiles of large bounds, or several large fan-outs.
 *
 * How: every tree is cut into zones, by where the keep nodes of each group of storages begin and end. In a zone the loops of
 * different variables interleave freely, so the number of words is a product of exponential generating functions, one a
 * variable, in the numbers of loops by zone. That no two neighbours may be one loop is seen to by inclusion and exclusion:
 * a run of such neighbours becomes one letter with a sign (for divisors, minus the Möbius function). Keep nodes
 * depend on the numbers of letters only.
 */
export function mapspaceSize(
  layer: Layer,
  architecture: Architecture,
  dataflow: Dataflow | null = null,
  options: { readonly imperfect?: boolean } = {},
): bigint | null {
  if (options.imperfect === true) {
    const counted = imperfectMapspace(layer, architecture, dataflow);
    return counted === null || counted.upTo !== null ? null : counted.size;
  }
  const space = spaceFor(layer, architecture, dataflow);
  if (space === null) return 0n;
  const groups = groupsOf(space);
  return latticeSize(space, groups) ?? seriesSize(space, groups, false);
}

/**
 * The number of loop trees, tiles that need not divide and all, or of as many of them as can be counted in some seconds. Null where even those are too
 * many.
 */
export function imperfectMapspace(
  layer: Layer,
  architecture: Architecture,
  dataflow: Dataflow | null = null,
): Counted | null {
  const space = spaceFor(layer, architecture, dataflow);
  if (space === null) return { size: 0n, upTo: null };
  const groups = groupsOf(space);
  const size = seriesSize(space, groups, true);
  return size === null ? imperfectLatticeSize(space, groups) : { size, upTo: null };
}

/** Null where the architecture cannot hold to the dataflow. */
function spaceFor(layer: Layer, architecture: Architecture, dataflow: Dataflow | null): Space | null {
  if (dataflow === null) return spaceOf(layer, architecture, null);
  const found = resolveDataflow(dataflow, architecture, layer.einsum);
  return found.ok ? spaceOf(layer, architecture, found.value) : null;
}

/** The same by series, for imperfect tiles, and where extents left are too many to list. */
export function seriesSize(space: Space, groups: readonly Group[], imperfect: boolean): bigint | null {
  let size = 0n;
  const budget = { products: MOST_PRODUCTS };
  for (let present = (1 << groups.length) - 1; present > 0; present--)
    for (const zones of cuts(groups, present, space)) {
      const { bounds } = space.layer.einsum;
      const most = bounds.map((bound) => (imperfect ? bound - 1 : primeFactors(bound)));
      const codes = zones.map((zone) => most.reduce((sum, n, v) => (zone.allowed[v] ? sum + n : sum), 1));
      if (product(codes) > MOST_CODES) return null;
      const chains: (readonly Chain[])[] = [];
      for (const [v, bound] of bounds.entries()) {
        const found = chainsOf(v, bound, zones, imperfect);
        if (found === null) return null;
        chains.push(found);
      }
      const words = wordsIn(zones, chains, budget);
      if (words === null) return null;
      size += words;
    }
  return size;
}

/** How many prime factors n has, repeated ones included: the longest chain of perfect loops. */
function primeFactors(n: number): number {
  let [rest, count] = [n, 0];
  for (let prime = 2; rest > 1; prime = prime * prime > rest ? rest : prime + 1)
    while (rest % prime === 0) [rest, count] = [rest / prime, count + 1];
  return count;
}

export function groupsOf(space: Space): readonly Group[] {
  const everywhere = space.layer.einsum.variables.map(() => true);
  const groups: { fanout: FanoutPlace | null; storages: StoragePlace[]; below: readonly boolean[] }[] = [
    { fanout: null, storages: [], below: everywhere },
  ];
  space.architecture.levels.forEach((_, level) => {
    const fanout = space.fanouts.find((place) => place.level === level);
    if (fanout !== undefined) groups.push({ fanout, storages: [], below: everywhere });
    const storage = space.storages.find((place) => place.level === level);
    const last = groups.at(-1);
    if (storage === undefined || last === undefined) return;
    if (last.storages.length === 0) last.below = storage.below;
    if (String(last.below) === String(storage.below)) last.storages.push(storage);
    else groups.push({ fanout: null, storages: [storage], below: storage.below });
  });
  return groups;
}

/**
 * The zones of trees in which just these groups (a mask) keep something, one list for each group that can hold the last
 * source. That group and those above it begin above all loops, so fan-outs above it stay unused.
 */
function* cuts(groups: readonly Group[], present: number, space: Space): Generator<readonly Zone[]> {
  const isPresent = (i: number): boolean => ((present >> i) & 1) === 1;
  const absentMustKeep = groups.some((group, i) => !isPresent(i) && group.storages.some(({ must }) => must !== 0));
  if (absentMustKeep) return;
  for (const [source] of groups.entries()) {
    if (!isPresent(source)) continue;
    const outer = groups.slice(0, source).filter((_, i) => isPresent(i));
    const sourceGroup = groups[source];
    if (sourceGroup === undefined) continue;
    const first = keepsWithSources(outer, sourceGroup, space.everything);
    if (first === null) continue;
    const and = (a: readonly boolean[], b: readonly boolean[]): readonly boolean[] =>
      a.map((x, v) => x && b[v] === true);
    let allowed = [...outer, sourceGroup].map((group) => group.below).reduce(and);
    const zones: Zone[] = [{ fanout: null, allowed, endsSpatial: false, keeps: first }];
    groups.forEach((group, i) => {
      if (i <= source) return;
      if (isPresent(i)) {
        zones.push({ fanout: group.fanout, allowed, endsSpatial: false, keeps: once });
        allowed = and(allowed, group.below);
        zones.push({ fanout: null, allowed, endsSpatial: false, keeps: keepsOfGroup(group) });
      } else if (group.fanout !== null) zones.push({ fanout: group.fanout, allowed, endsSpatial: true, keeps: once });
    });
    zones.push({ fanout: null, allowed, endsSpatial: false, keeps: once });
    yield joined(zones).map((zone) => ({ ...zone, keeps: remembered(zone.keeps) }));
  }
}

const once = (): bigint => 1n;

function remembered(of: (loops: number) => bigint): (loops: number) => bigint {
  const known: bigint[] = [];
  return (loops) => {
    const ways = known[loops] ?? of(loops);
    known[loops] = ways;
    return ways;
  };
}

/** Neighbouring zones with temporal loops only, over the same variables, are one: the border may be anywhere in it. */
function joined(zones: readonly Zone[]): readonly Zone[] {
  const result: Zone[] = [];
  for (const zone of zones) {
    const last = result.at(-1);
    const alike = last?.fanout === null && zone.fanout === null && String(last.allowed) === String(zone.allowed);
    if (last === undefined || !alike) {
      result.push(zone);
      continue;
    }
    result[result.length - 1] = {
      ...zone,
      keeps: (loops) => {
        let ways = 0n;
        for (let above = 0; above <= loops; above++) ways += last.keeps(above) * zone.keeps(loops - above);
        return ways;
      },
    };
  }
  return result;
}
