/** Tells the clock what the fast machine moves: the words of the busiest instance at each stop on the way of a tile, phase by phase. */
import { type Clock, clearAccesses, clearTiles, type Moves, noMoves } from "../timing/moves.js";
import type { Routes } from "../timing/routes.js";
import type { Chain } from "./chain.kernel.js";
import type { Computes, Demand } from "./compute.kernel.js";
import type { Groups, Merging, Mergings, Message } from "./grouping.kernel.js";
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
  readonly stops: WeakMap<Demand, readonly Stop[]> = new WeakMap();
  readonly sets: WeakMap<Merging, Float64Array> = new WeakMap();

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
    clearTiles(this.next);
    this.isSliding = false;
  }

  /** The tiles of a node move; their messages are about to be counted. */
  note(chain: Chain, s: number, direction: "down" | "up"): void {
    const tile = this.next.tiles[this.firstPlaces[chain.laid.t]! + s]!;
    const station = chain.stations[s]!;
    const words = tile[direction];
    const { sender, messages } = chain;
    tile.isMoving = true;
    words[words.length - 1] = chain.most;
    if (sender !== null) this.scale(words, station[direction], sender, sender.moved.words);
    else if (messages.length > 0) this.addMessages(chain, s, direction, words);
    if (direction === "down" && chain.isOutput)
      for (let m = 0; m < station.moving; m++) if (returns(station.movers[m]!.plan!)) tile.returns = true;
  }

  /** Words of the messages of one cohort, which are equally many in every set. */
  scale(words: Float64Array, mergings: Mergings, cohort: Message["cohort"], each: number): void {
    const merging = mergings.ofOne(cohort);
    let sets = this.sets.get(merging);
    if (sets === undefined) {
      const { instances, network } = mergings;
      const setsAt = (_: unknown, fanout: number): number =>
        busiest(placesAt(instances, network, fanout), groupsAt(merging, fanout), () => 1);
      sets = Float64Array.from({ length: words.length - 1 }, setsAt);
      this.sets.set(merging, sets);
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
    if (this.next.tiles.some(({ isMoving }) => isMoving)) this.turn();
    else if (this.alike > 1) this.tell(this.alike - 1);
    this.add(segment, demands);
  }

  /** The same in one of the steps that are done in one call. */
  sweep(segment: Segment, demands: readonly Demand[]): void {
    const { touched } = this.computes.layout.ports[demands.length - 1]!.holder.cohorts[0]!;
    const isLike = this.isSliding && !this.next.tiles.some(({ isMoving }) => isMoving);
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
    const { computes, phase } = this;
    phase.steps += segment.steps;
    for (const c of segment.cohorts) phase.operations += segment.steps * computes.layout.cohorts[c]!.count;
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
        } else for (let i = 0; i < words.length; i++) asked[i] = asked[i]! + words[i]!;
      }
    }
    const { cohorts } = computes.layout.ports[demands.length - 1]!.holder;
    for (const { index, touched } of cohorts) {
      this.fresh[index] = this.fresh[index]! + touched.count - this.touched[index]!;
      this.touched[index] = touched.count;
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
    clearTiles(this.next);
  }

  clear(): void {
    clearAccesses(this.phase);
    for (const stops of this.asked) for (const words of stops) words.fill(0);
    this.fresh.fill(0);
    this.alike = 1;
  }

  tell(count: number): void {
    const { phase, asked, chains } = this;
    if (phase.steps === 0) return;
    for (let t = 0; t < asked.length; t++) {
      const access = phase.accesses[t]!;
      const { isOutput } = chains[t]!;
      const words = isOutput ? access.up : access.down;
      for (let j = 0; j < asked[t]!.length; j++) words[j] = most(asked[t]![j]!);
      if (isOutput) access.down.fill(this.oldValues(asked[t]![0]!), 0, asked[t]!.length);
    }
    this.clock.phases(phase, count);
    this.alike -= count;
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
    clearTiles(this.next);
    this.isSliding = sliding.length > 0;
    for (const { chain, s, station, cohort, plan, isFetched } of sliding) {
      const tile = this.next.tiles[this.firstPlaces[chain.laid.t]! + s]!;
      const fetched = isFetched ? plan.requested.words : 0;
      tile.isMoving = true;
      tile.down[tile.down.length - 1] = fetched;
      this.scale(tile.down, station.down, cohort, fetched);
      if (!chain.isOutput) continue;
      tile.up[tile.up.length - 1] = plan.drained.words;
      this.scale(tile.up, station.up, cohort, plan.drained.words);
      tile.returns = returns(plan);
    }
  }

  /** The run is over, but for the last tiles, which leave: they are in `next`. */
  finish(): Moves {
    this.tell(this.alike);
    return this.next;
  }
}

/** Whether words come that have just left: nothing was kept though the tile stays where it was in part. */
function returns({ move, from, to, keeps }: Plan): boolean {
  if (move === null || keeps) return false;
  return intersected({ low: move.map(() => 0), size: from }, { low: move, size: to }) !== null;
}

function fitsInside({ laid: { whole, shape } }: Port): boolean {
  return whole.low.every((low, axis) => low >= 0 && low + whole.size[axis]! <= shape[axis]!);
}
