/** Tells the clock what the fast machine moves: the words of the busiest instance at each stop on the way of a tile, phase by phase. */
import { type Clock, forgetTiles, type Moves, noMoves } from "../timing/moves.js";
import type { Routes } from "../timing/routes.js";
import type { Chain } from "./chain.kernel.js";
import type { Computes, Demand } from "./compute.kernel.js";
import type { Groups, Mergings, Message } from "./grouping.kernel.js";
import type { Plan } from "./plans.kernel.js";
import type { Port } from "./ports.js";
import { intersected } from "./regions.kernel.js";
import type { Segment } from "./segments.js";
import type { Starts } from "./starts.kernel.js";
import { busiest, groupsAt, most, placesAt } from "./stops.kernel.js";
import type { Sliding } from "./sweep.kernel.js";
import { tally, wordsOfSets } from "./tally.kernel.js";

/** A stop between a holder and compute, in a run of a segment. */
interface Stop {
  readonly groups: Groups;
  /** By instance. */
  readonly places: Int32Array;
  /** Words by place. */
  readonly words: Float64Array;
}

export class Recorder {
  readonly clock: Clock;
  readonly chains: readonly Chain[];
  readonly computes: Computes;
  /** By tensor, the number of its first place. */
  readonly firstPlaces: readonly number[];
  /** The phase at hand, and the tiles that move in the step at hand. */
  phase: Moves;
  next: Moves;
  anyMoves = false;
  /** Phases like the one at hand, that one included, which were not told yet. */
  alike = 1;
  /** By tensor, stop and place: words that compute asked for in the phase. */
  readonly asked: readonly (readonly Float64Array[])[];
  /** By cohort of the output's holders: words written for the first time in the phase, and in the whole run so far. */
  readonly fresh: Float64Array;
  readonly touched: Float64Array;
  /** Whether the first accumulation of a word reads nothing; else it cannot be told apart. */
  readonly elides: boolean;
  isSliding = false;
  /** A segment that was asked for so often since its words were last added up. */
  pending: Segment | null = null;
  pendingDemands: readonly Demand[] = [];
  runs = 0;
  /** Whether all runs of a segment ask for the same. */
  isPlain = true;
  readonly stops: Map<Demand, readonly Stop[]> = new Map();
  /** By place and direction, then by cohort: sets of same messages at the busiest place of each stop. */
  readonly sets: (Float64Array | undefined)[][];
  /** Where all loops divide evenly: words that the only segment asks for in a run, by tensor and stop. */
  each: readonly Float64Array[] | null = null;

  constructor(routes: Routes, chains: readonly Chain[], computes: Computes, clock: Clock) {
    this.clock = clock;
    this.chains = chains;
    this.computes = computes;
    this.phase = noMoves(routes);
    this.next = noMoves(routes);
    let first = 0;
    this.firstPlaces = chains.map(({ stations }) => {
      first += stations.length;
      return first - stations.length;
    });
    const { ports } = computes.layout;
    this.sets = routes.places.flatMap(() => [[], []]);
    this.asked = ports.map(({ holder, instances }) =>
      [holder, ...instances.down.crossings.map(() => instances)].map(({ indices }) => new Float64Array(indices.length)),
    );
    const output = ports[ports.length - 1]!;
    this.fresh = new Float64Array(output.holder.cohorts.length);
    this.touched = new Float64Array(output.holder.cohorts.length);
    this.elides = !computes.isFree || fitsInside(output);
  }

  /** A step begins, or the end of the run. */
  begin(): void {
    if (this.anyMoves) this.forget();
    this.isSliding = false;
  }

  /** No tile moves in the step at hand, so far. */
  forget(): void {
    forgetTiles(this.next);
    this.anyMoves = false;
  }

  /** The tiles of a node move; their messages are about to be counted. */
  note(chain: Chain, s: number, direction: "down" | "up"): void {
    const place = this.firstPlaces[chain.laid.t]! + s;
    const tile = this.next.tiles[place]!;
    const station = chain.stations[s]!;
    const words = direction === "down" ? tile.down : tile.up;
    const { sender, messages } = chain;
    tile.isMoving = true;
    this.anyMoves = true;
    if (sender !== null) this.scale(words, place, direction, station[direction], sender, sender.moved.words);
    else if (messages.length > 0) this.addMessages(chain, s, direction, words);
    else words.fill(0);
    words[words.length - 1] = chain.most;
    if (direction === "down" && chain.isOutput)
      for (let m = 0; m < station.moving; m++) if (returns(station.movers[m]!.plan!)) tile.returns = true;
  }

  /** Words of the messages of one cohort, which are equally many in every set. */
  scale(
    words: Float64Array,
    place: number,
    direction: "down" | "up",
    mergings: Mergings,
    cohort: Message["cohort"],
    each: number,
  ): void {
    const known = this.sets[2 * place + (direction === "down" ? 0 : 1)]!;
    let sets = known[cohort.index];
    if (sets === undefined) {
      const merging = mergings.ofOne(cohort);
      const { instances, network } = mergings;
      const setsAt = (_: unknown, fanout: number): number =>
        busiest(placesAt(instances, network, fanout), groupsAt(merging, fanout), () => 1);
      sets = Float64Array.from({ length: words.length - 1 }, setsAt);
      known[cohort.index] = sets;
    }
    for (let j = 0; j < sets.length; j++) words[j] = sets[j]! * each;
  }

  addMessages({ stations, messages, isFree }: Chain, s: number, direction: "down" | "up", words: Float64Array): void {
    const { node, [direction]: mergings } = stations[s]!;
    const merging = mergings.of(messages);
    const parents = new Float64Array(stations[s - 1]!.node.indices.length);
    tally(node, merging.accesses, isFree, parents);
    for (let j = 0; j < words.length - 1; j++) {
      const groups = groupsAt(merging, j);
      const own = j < 2 ? null : wordsOfSets(node, groups, isFree);
      words[j] = own === null ? most(parents) : busiest(placesAt(node, node[direction], j), groups, (g) => own[g]!);
    }
  }

  /** Compute has asked for what a segment needs. */
  ask(segment: Segment, demands: readonly Demand[]): void {
    if (this.anyMoves) this.turn();
    else if (this.alike > 1) this.tell(this.alike - 1);
    this.add(segment, demands);
  }

  /** The same in one of the steps that are done in one call. */
  sweep(segment: Segment, demands: readonly Demand[]): void {
    const { touched } = this.computes.layout.ports[demands.length - 1]!.holder.cohorts[0]!;
    const isLike = this.isSliding && !this.anyMoves;
    if (!isLike) this.ask(segment, demands);
    else if (touched.count - this.touched[0]! === this.fresh[0]) {
      this.alike++;
      this.touched[0] = touched.count;
    } else {
      this.tell(this.alike);
      this.clear();
      this.add(segment, demands);
    }
  }

  add(segment: Segment, demands: readonly Demand[]): void {
    const { computes } = this;
    if (this.pending !== segment) {
      this.addRuns();
      this.pending = segment;
      this.pendingDemands = demands;
      this.isPlain = !computes.isFree && computes.starts === null;
      if (this.isPlain && computes.even !== null) this.each = this.eachOf(segment, demands);
    }
    this.runs++;
    if (!this.isPlain) this.addRuns();
    const { cohorts } = computes.layout.ports[demands.length - 1]!.holder;
    for (let c = 0; c < cohorts.length; c++) {
      const { count } = cohorts[c]!.touched;
      this.fresh[c] = this.fresh[c]! + count - this.touched[c]!;
      this.touched[c] = count;
    }
  }

  eachOf(segment: Segment, demands: readonly Demand[]): readonly Float64Array[] {
    return demands.map((demand, t) => {
      const stops = this.stopsOf(this.computes.layout.ports[t]!, demand, segment);
      return Float64Array.from(stops, ({ words }) => most(words));
    });
  }

  /** Adds up the words of the runs of a segment, which all ask for the same (where padding is free: of the one run at hand). */
  addRuns(): void {
    const { computes, phase, pending: segment, pendingDemands: demands, runs } = this;
    this.pending = null;
    this.runs = 0;
    if (segment === null) return;
    phase.steps += runs * segment.steps;
    for (const c of segment.cohorts) phase.operations += runs * segment.steps * computes.layout.cohorts[c]!.count;
    for (let t = 0; t < demands.length; t++) {
      if (t === computes.starts?.tensor) {
        this.addStarts(computes.starts, segment);
        continue;
      }
      const port = computes.layout.ports[t]!;
      const stops = this.stopsOf(port, demands[t]!, segment);
      for (let j = 0; j < stops.length; j++) {
        const { groups, places, words } = stops[j]!;
        const asked = this.asked[t]![j]!;
        if (computes.isFree) {
          const own = computes.wordsOfSets(port, groups, segment);
          for (let g = 0; g < own.length; g++) {
            const place = places[groups.senders[g]!]!;
            asked[place] = asked[place]! + own[g]!;
          }
        } else for (let i = 0; i < words.length; i++) asked[i] = asked[i]! + runs * words[i]!;
      }
    }
  }

  /** Starts are asked for by the operations that begin reductions. */
  addStarts(starts: Starts, segment: Segment): void {
    if (!starts.beginsIn(segment, this.computes.indices)) return;
    const { instances } = starts.from;
    for (const [j, asked] of this.asked[starts.tensor]!.entries()) {
      const places = placesAt(instances, instances.down, j);
      const { senders, steps } = starts.askersOf(segment, Math.max(0, j - 1));
      for (const sender of senders) asked[places[sender]!] = asked[places[sender]!]! + steps;
    }
  }

  stopsOf({ instances, laid }: Port, demand: Demand, segment: Segment): readonly Stop[] {
    const known = this.stops.get(demand);
    if (known !== undefined) return known;
    const network = laid.tensor.role === "output" ? instances.up : instances.down;
    const found = this.asked[laid.t]!.map((asked, j): Stop => {
      const groups = groupsAt(demand.merging, j);
      const places = placesAt(instances, network, j);
      const words = new Float64Array(asked.length);
      for (const sender of groups.senders) words[places[sender]!] = words[places[sender]!]! + segment.steps;
      return { groups, places, words };
    });
    this.stops.set(demand, found);
    return found;
  }

  /** The phase at hand is over; the next one begins with the tiles that moved. */
  turn(): void {
    this.tell(this.alike);
    [this.phase, this.next] = [this.next, this.phase];
    this.clear();
    this.forget();
  }

  clear(): void {
    this.phase.steps = 0;
    this.phase.operations = 0;
    if (this.each === null) for (const stops of this.asked) for (const words of stops) words.fill(0);
    for (let c = 0; c < this.fresh.length; c++) this.fresh[c] = 0;
    this.runs = 0;
    this.alike = 1;
  }

  tell(count: number): void {
    const { phase, asked, chains, each, runs } = this;
    if (each === null) this.addRuns();
    else this.scaleRuns();
    if (phase.steps === 0) return;
    for (let t = 0; t < asked.length; t++) {
      const access = phase.accesses[t]!;
      const { isOutput } = chains[t]!;
      const words = isOutput ? access.up : access.down;
      const stops = asked[t]!;
      for (let j = 0; j < stops.length; j++) words[j] = each === null ? most(stops[j]!) : runs * each[t]![j]!;
      if (!isOutput) continue;
      const old = each === null ? this.oldValues(stops[0]!) : words[0]! - (this.elides ? this.fresh[0]! : 0);
      for (let j = 0; j < stops.length; j++) access.down[j] = old;
    }
    this.clock.phases(phase, count);
    this.alike -= count;
  }

  /** Steps and operations of the runs of the only segment. */
  scaleRuns(): void {
    const { computes, phase, runs, pending: segment } = this;
    if (segment === null) return;
    phase.steps = runs * segment.steps;
    phase.operations = phase.steps * computes.layout.cohorts[0]!.count;
  }

  /** Words that accumulations read at the busiest holder: one an update, but for the first of each word. */
  oldValues(updates: Float64Array): number {
    const { holder } = this.computes.layout.ports[this.asked.length - 1]!;
    let words = 0;
    for (const { index, first, count } of holder.cohorts) {
      const elided = this.elides ? this.fresh[index]! : 0;
      for (let i = first; i < first + count; i++) words = Math.max(words, updates[i]! - elided);
    }
    return words;
  }

  /** Steps begin that are done in one call, each with these moves. */
  slide(sliding: readonly Sliding[]): void {
    this.forget();
    this.isSliding = sliding.length > 0;
    this.anyMoves = this.isSliding;
    for (const { chain, s, station, cohort, plan, isFetched } of sliding) {
      const place = this.firstPlaces[chain.laid.t]! + s;
      const tile = this.next.tiles[place]!;
      const fetched = isFetched ? plan.requested.words : 0;
      tile.isMoving = true;
      tile.down[tile.down.length - 1] = fetched;
      this.scale(tile.down, place, "down", station.down, cohort, fetched);
      if (!chain.isOutput) continue;
      tile.up[tile.up.length - 1] = plan.drained.words;
      this.scale(tile.up, place, "up", station.up, cohort, plan.drained.words);
      tile.returns = returns(plan);
    }
  }

  /** All steps are done; the last tiles are about to leave. */
  closing(): void {
    this.tell(this.alike);
    this.begin();
  }

  /** The tiles that left at the end. */
  finish(): Moves {
    return this.next;
  }
}

/** Whether words come that have just left: nothing was kept though the tile stays where it was in part. */
export function returns({ move, from, to, keeps }: Plan): boolean {
  if (move === null || keeps) return false;
  return intersected({ low: move.map(() => 0), size: from }, { low: move, size: to }) !== null;
}

function fitsInside({ laid: { whole, shape } }: Port): boolean {
  return whole.low.every((low, axis) => low >= 0 && low + whole.size[axis]! <= shape[axis]!);
}
