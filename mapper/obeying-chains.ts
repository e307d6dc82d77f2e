import { ceilDiv } from "../base/index.js";
import type { ResolvedDataflow } from "../mappings/index.js";
import type { Limits } from "./limits.js";
import type { Placement } from "./placement.js";
import { fanoutOf, type Problem } from "./problem.js";

/** Where a loop may stand: above the node of its region, temporal or along an axis of a fan-out. */
export interface Spot {
  readonly region: number;
  /** Index into `problem.fanouts`; −1: temporal. */
  readonly fanout: number;
  readonly axis: "x" | "y";
}

/** Loops of one variable from its bound down to 1, outermost first, whose iterations are as a dataflow asks. */
export interface ObeyingChain {
  readonly loops: readonly { readonly spot: Spot; readonly by: number }[];
  /** Per node: the extent left below it. */
  readonly tiles: readonly number[];
  /** Per axis of the fan-outs (2f for x, 2f + 1 for y): iterations. */
  readonly uses: readonly number[];
}

export interface ObeyingChains {
  readonly chains: readonly ObeyingChain[];
  /** Whether no other chain obeys that leaves less somewhere than each of these, or uses less. */
  readonly isComplete: boolean;
}

/** How many iterations the loops at some spots have together. */
interface Rule {
  /** Exactly; null: no more than `most`. */
  readonly exact: number | null;
  readonly most: number;
}

interface Place extends Spot {
  /** Index of its rule; −1: none. */
  readonly rule: number;
}

/** Steps after which a list is left as it is. */
const MOST_STEPS = 30_000;

/**
 * The chains of a variable, whatever its tiles, that a dataflow's numbers of iterations allow: of all those that obey, the ones that leave least below the nodes.
 *
 * Inside the outermost temporal spot that no rule counts, only loops that are asked for need stand: any others may be dropped from the inside
 * out, each count c above a tile t taking the extent (c − 1)·t + 1, the least that has c iterations, and never more than there was. What is left goes to the
 * free spot. Further out, and where no spot is free, all chains are gone through.
 */
export function obeyingChains(
  problem: Problem,
  placement: Placement,
  limits: Limits,
  dataflow: ResolvedDataflow,
  variable: number,
): ObeyingChains {
  return new Chains(problem, placement, limits, dataflow, variable).found();
}

class Chains {
  private readonly rules: Rule[] = [];
  /** Per region: its spots. */
  private readonly places: (readonly Place[])[];
  private readonly bound: number;
  private readonly sizes: readonly number[];
  private readonly nodes: number;
  private readonly list: ObeyingChain[] = [];
  private steps = 0;

  constructor(
    problem: Problem,
    placement: Placement,
    limits: Limits,
    { storages, fanouts }: ResolvedDataflow,
    variable: number,
  ) {
    this.bound = problem.bounds[variable] ?? 1;
    this.nodes = placement.nodes.length;
    this.sizes = problem.fanouts.flatMap((level) => [fanoutOf(problem, level).x, fanoutOf(problem, level).y]);
    const ruleOf = (of: {
      readonly factors: ReadonlyMap<number, number>;
      readonly maxFactors: ReadonlyMap<number, number>;
    }): number => {
      const [exact, most] = [of.factors.get(variable) ?? null, of.maxFactors.get(variable)];
      if (exact === null && most === undefined) return -1;
      return this.rules.push({ exact, most: Math.min(exact ?? Infinity, most ?? Infinity) }) - 1;
    };
    const isPresent = (level: number): boolean =>
      placement.backing.includes(level) || placement.nodes.some((node) => node.level === level);
    const byLevel = new Map(
      [...storages].flatMap(([level, rule]) => (isPresent(level) ? [[level, ruleOf(rule)] as const] : [])),
    );
    const byFanout = new Map([...fanouts].map(([level, rule]) => [level, ruleOf(rule)] as const));
    this.places = Array.from({ length: this.nodes + 1 }, (_, region) => {
      const level = placement.nodes[region - 1]?.level ?? Math.max(...placement.backing);
      const temporal: Place = { region, fanout: -1, axis: "x", rule: byLevel.get(level) ?? -1 };
      const spatial = (placement.fanouts[region] ?? []).flatMap((at) =>
        (["x", "y"] as const).flatMap((axis): readonly Place[] => {
          const place = { region, fanout: problem.fanouts.indexOf(at), axis, rule: byFanout.get(at) ?? -1 };
          return fanoutOf(problem, at)[axis] > 1 && limits.spatial(placement, at, axis, variable) ? [place] : [];
        }),
      );
      return [...(limits.temporal(placement, region, variable) ? [temporal] : []), ...spatial];
    });
  }

  found(): ObeyingChains {
    const free = this.places.findIndex((there) => there.some(({ fanout, rule }) => fanout < 0 && rule < 0));
    const counts = this.rules.map(() => 1);
    const start: State = { extent: 1, loops: [], tiles: [], counts, uses: this.sizes.map(() => 1) };
    if (free < 0) this.inwards(0, this.nodes + 1, { ...start, extent: this.bound }, null, -1);
    else this.insideOut(this.nodes, free, start, Infinity);
    return { chains: leastOf(this.list), isComplete: this.steps <= MOST_STEPS };
  }

  /** Loops that are asked for, from the innermost region out to the free spot; `extent`: at present, above all loops so far. */
  private insideOut(region: number, free: number, state: State, fanout: number): void {
    if (++this.steps > MOST_STEPS) return;
    if (region === free) this.freed(free, state);
    else {
      const tiles = [state.extent, ...state.tiles];
      this.insideOut(region - 1, free, { ...state, tiles }, Infinity);
    }
    for (const place of this.places[region] ?? []) {
      if (place.fanout > fanout) continue;
      for (const count of this.countsAt(place, state, true)) {
        const extent = (count - 1) * state.extent + 1;
        if (extent > this.bound) continue;
        const loops = [{ spot: place, by: state.extent }, ...state.loops];
        const next = { ...this.with(state, place, count), extent, loops };
        this.insideOut(region, free, next, place.fanout < 0 ? fanout : place.fanout);
      }
    }
  }

  /** All that is asked for inside is there: the loops further out, and one at the free spot between. */
  private freed(free: number, inside: State): void {
    const isAsked = this.rules.some(
      ({ exact }, i) => exact !== null && inside.counts[i] !== exact && this.isInside(i, free),
    );
    if (!isAsked) this.inwards(0, free, { ...inside, loops: [], tiles: [], extent: this.bound }, inside, -1);
  }

  private isInside(rule: number, free: number): boolean {
    const regions = this.places.flatMap((there, region) =>
      there.some((place) => place.rule === rule) ? [region] : [],
    );
    return regions.length === 0 || regions.some((region) => region >= free);
  }

  /** All loops from the region in, down to the free one; `inside`: what stands there (null: no spot is free, and 1 has to be left). */
  private inwards(region: number, end: number, state: State, inside: State | null, fanout: number): void {
    const least = inside?.extent ?? 1;
    if (++this.steps > MOST_STEPS || state.extent < least) return;
    if (region === end) {
      this.finish(end, state, inside);
      return;
    }
    const tiles = region < this.nodes ? [...state.tiles, state.extent] : state.tiles;
    this.inwards(region + 1, end, { ...state, tiles }, inside, -1);
    for (const place of this.places[region] ?? []) {
      if (place.fanout >= 0 && place.fanout < fanout) continue;
      for (const count of this.countsAt(place, state, false))
        for (let by = ceilDiv(state.extent, count); by < state.extent && ceilDiv(state.extent, by) === count; by++) {
          const loops = [...state.loops, { spot: place, by }];
          const next = { ...this.with(state, place, count), extent: by, loops };
          this.inwards(region, end, next, inside, Math.max(fanout, place.fanout));
        }
    }
  }

  private finish(end: number, { extent, loops, tiles, counts, uses }: State, inside: State | null): void {
    if (inside === null && extent > 1) return;
    if (this.rules.some(({ exact }, i) => exact !== null && counts[i] !== exact)) return;
    const spot = { region: end, fanout: -1, axis: "x" as const };
    const free = inside !== null && inside.extent < extent ? [{ spot, by: inside.extent }] : [];
    this.list.push({
      ...{ loops: [...loops, ...free, ...(inside?.loops ?? [])], uses },
      tiles: [...tiles, ...(inside?.tiles ?? [])],
    });
  }

  /** Numbers of iterations, more than one, that a loop at the spot may have; `isAsked`: only where some are still asked for. */
  private countsAt(
    { rule, fanout, axis }: Place,
    { counts, uses, extent }: State,
    isAsked: boolean,
  ): readonly number[] {
    const { exact, most } = this.rules[rule] ?? { exact: null, most: Infinity };
    if (isAsked && exact === null) return [];
    const at = 2 * fanout + (axis === "x" ? 0 : 1);
    const room = fanout < 0 ? Infinity : Math.floor((this.sizes[at] ?? 1) / (uses[at] ?? 1));
    const left = Math.min(room, Math.floor(most / (counts[rule] ?? 1)), isAsked ? this.bound : extent);
    const found: number[] = [];
    for (let n = 2; n <= left; n++) if (exact === null || (exact / (counts[rule] ?? 1)) % n === 0) found.push(n);
    return found;
  }

  private with(state: State, { rule, fanout, axis }: Place, count: number): State {
    const at = fanout < 0 ? -1 : 2 * fanout + (axis === "x" ? 0 : 1);
    return {
      ...state,
      counts: state.counts.map((n, i) => (i === rule ? n * count : n)),
      uses: state.uses.map((n, i) => (i === at ? n * count : n)),
    };
  }
}

interface State {
  readonly extent: number;
  readonly loops: ObeyingChain["loops"];
  readonly tiles: readonly number[];
  /** Per rule: iterations so far. */
  readonly counts: readonly number[];
  readonly uses: readonly number[];
}

/** Those that no other is as small as everywhere; of equal ones the first. Fewest loops come first. */
function leastOf(chains: readonly ObeyingChain[]): readonly ObeyingChain[] {
  const kept: ObeyingChain[] = [];
  const isLess = (a: ObeyingChain, b: ObeyingChain): boolean =>
    a.tiles.every((tile, j) => tile <= (b.tiles[j] ?? 1)) && a.uses.every((n, i) => n <= (b.uses[i] ?? 1));
  for (const chain of chains.toSorted((a, b) => a.loops.length - b.loops.length || sumOf(a.tiles) - sumOf(b.tiles)))
    if (!kept.some((other) => isLess(other, chain))) kept.push(chain);
  return kept;
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
