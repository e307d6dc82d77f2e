/**
 * The times of a run, phase by phase (docs/timing.md): when each tile comes and goes, when compute works, and for whom it waits.
 * Every time is the largest of sums of earlier times and durations, in an order that no duration changes.
 */
import { Bins } from "./activity.js";
import type { Moves } from "./moves.js";
import { Ports } from "./ports.kernel.js";
import type { Place, Routes, Way } from "./routes.js";
import type { PortKind } from "./timing.js";
import type { Tracing } from "./tracing.js";
import { Transfers } from "./transfers.kernel.js";
import { DRAIN, FINAL_DRAIN, OPERANDS, RESULTS, RUN, START_UP, Waits } from "./waits.js";

type Noted = "fill" | "drain" | "late drain";

export class Schedule {
  readonly routes: Routes;
  readonly ports: Ports;
  readonly transfers: Transfers;
  readonly waits: Waits;
  readonly bins: Bins;
  /** By level of the architecture: the series of its words (compute is series 0); by place the same. */
  readonly series: ReadonlyMap<number, number>;
  readonly seriesOf: Int32Array;
  /** Whether nothing takes time but compute. */
  readonly isInstant: boolean;
  readonly tracing: Tracing | null;
  /** Words of tiles that have left, but not served by the ports yet, by place; null: none. */
  readonly leaving: (Float64Array | null)[];
  readonly spare: readonly Float64Array[];
  /** End of the last phase. */
  end = 0;
  phases = 0;
  computing = 0;

  constructor(routes: Routes, levels: readonly number[], tracing: Tracing | null) {
    this.routes = routes;
    this.tracing = tracing;
    this.ports = new Ports(routes.ports, routes.places);
    this.waits = new Waits(routes, tracing !== null);
    this.transfers = new Transfers(routes, this.ports, this.waits);
    this.bins = new Bins([Number.POSITIVE_INFINITY, ...levels.map((level) => wordsPerTick(routes, level))]);
    this.series = new Map(levels.map((level, i) => [level, 1 + i]));
    this.seriesOf = Int32Array.from(routes.places, ({ stage }) => this.series.get(stage.level) ?? 0);
    this.isInstant = tracing === null && takesNoTime(routes);
    this.leaving = routes.places.map(() => null);
    this.spare = routes.places.map(({ up }) => new Float64Array(up.crossings.length + 2));
  }

  /** A phase: its tiles move, then compute works. */
  phase(moves: Moves): void {
    if (this.isInstant) {
      this.instantly(moves);
      return;
    }
    this.ports.begin(this.end);
    this.transfers.begin();
    this.drainAll(moves);
    const last = this.fillAll(moves);
    this.makeRoom(moves);
    this.compute(moves, last);
    this.phases++;
  }

  /** A phase whose tiles come and go at once. */
  instantly(moves: Moves): void {
    const { places } = this.routes;
    for (let i = 0; i < places.length; i++) {
      const { isMoving, down, up } = moves.tiles[i]!;
      const place = places[i]!;
      if (!isMoving || place.parent < 0) continue;
      this.note(place, place.down, down, this.end, this.end, "fill");
      if (place.isOutput) this.note(place, place.up, up, this.end, this.end, "drain");
    }
    this.compute(moves, -1);
    this.phases++;
  }

  /** The last tiles leave. Gives the end of the run. */
  finish(moves: Moves): number {
    const { places, pipeline, operands } = this.routes;
    const { transfers, waits, end } = this;
    this.ports.begin(end);
    transfers.begin();
    for (let i = places.length - 1; i >= 0; i--) this.serveLeaving(places[i]!);
    let [latest, by] = [end + pipeline, -1];
    for (let i = places.length - 1; i >= 0; i--) {
      const place = places[i]!;
      const { isMoving, up } = moves.tiles[i]!;
      if (isMoving && place.parent >= 0 && place.isOutput && !isNothing(up)) this.drain(place, up, false);
      const done = transfers.drained[i]!;
      if (done > latest) [latest, by] = [done, i];
    }
    const [done, port] = this.lastPort();
    if (done > latest) {
      waits.add(FINAL_DRAIN, operands[operands.length - 1]!.place, DRAIN, port, done - end);
      this.tracing?.stalls(waits, 0, end);
      return done;
    }
    if (by >= 0) transfers.explain(FINAL_DRAIN, places.length + by, end, latest);
    else waits.add(FINAL_DRAIN, operands[operands.length - 1]!.place, RESULTS, waits.latency, latest - end);
    this.tracing?.stalls(waits, 0, end);
    return latest;
  }

  /** When the last port is done, and which that is. */
  lastPort(): readonly [number, number] {
    let [latest, port] = [0, -1];
    for (let p = 0; p < this.ports.count; p++)
      if (this.ports.done[p]! > latest) [latest, port] = [this.ports.done[p]!, p];
    return [latest, port];
  }

  /** Tiles that leave, innermost first. Where there is room for two, the next tile does not wait, and the ports serve it later. */
  drainAll(moves: Moves): void {
    const { places } = this.routes;
    for (let i = places.length - 1; i >= 0; i--) if (moves.tiles[i]!.isMoving) this.serveLeaving(places[i]!);
    for (let i = places.length - 1; i >= 0; i--) {
      const { isMoving, returns, up } = moves.tiles[i]!;
      const place = places[i]!;
      if (!place.isOutput || place.parent < 0 || !isMoving) continue;
      const isLate = place.isDouble && !returns;
      this.transfers.turn(i, isLate);
      if (!isNothing(up)) this.drain(place, up, isLate);
    }
  }

  /** The ports serve what has left since the last move; it was done when they had done all that was needed before. */
  serveLeaving(place: Place): void {
    const { index, up } = place;
    const words = this.leaving[index]!;
    this.leaving[index] = null;
    if (words === null) return;
    const left = this.transfers.drained[index]!;
    const done = Math.max(left, this.transfers.serveEarly(up, words, index));
    this.pass(place, up, words, Math.max(left, done - this.transfers.flow), done);
  }

  drain(place: Place, words: Float64Array, isLate: boolean): void {
    const { transfers } = this;
    const from = transfers.drain(place, words, this.end, isLate);
    this.note(place, place.up, words, from, transfers.drained[place.index]!, isLate ? "late drain" : "drain");
    if (!isLate) return;
    const kept = this.spare[place.index]!;
    kept.set(words);
    this.leaving[place.index] = kept;
  }

  /** Tiles that come, outermost first. Gives the place whose tile comes last; −1: none moves. */
  fillAll(moves: Moves): number {
    const { places } = this.routes;
    const { transfers } = this;
    let latest = -1;
    let by = -1;
    for (let i = 0; i < places.length; i++) {
      const tile = moves.tiles[i]!;
      const place = places[i]!;
      if (!tile.isMoving || place.parent < 0) continue;
      const from = transfers.fill(place, tile.down, this.end);
      const arrival = transfers.arrival[i]!;
      this.note(place, place.down, tile.down, from, arrival, "fill");
      if (arrival > latest) {
        latest = arrival;
        by = i;
      }
    }
    return by;
  }

  makeRoom(moves: Moves): void {
    const { tiles } = moves;
    for (let i = 0; i < tiles.length; i++) if (tiles[i]!.isMoving) this.ports.makeRoom(i, this.end);
  }

  /** Compute works when all tiles of the phase are there, as fast as its operands come. */
  compute(moves: Moves, last: number): void {
    const { routes, transfers, waits, ports, end } = this;
    const start = last < 0 ? end : Math.max(end, transfers.arrival[last]!);
    if (start > end) transfers.explain(this.phases === 0 ? START_UP : RUN, last, end, start);
    this.tracing?.stalls(waits, this.phases, end);
    const ideal = start + Math.ceil(moves.steps * routes.ticksPerStep);
    let finish = ideal;
    let holder = -1;
    let port = -1;
    for (let t = 0; t < routes.operands.length; t++) {
      const { place, down, up } = routes.operands[t]!;
      const { down: asked, up: given } = moves.accesses[t]!;
      for (let way = 0; way < 2; way++) {
        const { stops } = way === 0 ? down : up;
        const words = way === 0 ? asked : given;
        for (let s = 0; s < stops.length; s++) {
          const stop = stops[s]!;
          for (let p = 0; p < stop.ports.length; p++) {
            const { index, ticksPerWord } = stop.ports[p]!;
            const ticks = Math.ceil(words[stop.words]! * ticksPerWord);
            if (ticks === 0) continue;
            const done = ports.serveLate(index, start, ticks);
            if (done > finish) {
              finish = done;
              holder = place;
              port = index;
            }
          }
        }
      }
    }
    if (holder >= 0) waits.add(RUN, holder, OPERANDS, port, finish - ideal);
    this.computing += ideal - start;
    this.end = finish;
    this.bins.add(0, start, finish, moves.operations);
    for (let t = 0; t < routes.operands.length; t++) {
      const { down, up } = moves.accesses[t]!;
      this.bins.add(this.seriesOf[routes.operands[t]!.place]!, start, finish, down[0]! + up[0]!);
    }
    this.tracing?.compute(this.phases, start, ideal, moves.steps);
    this.tracing?.stalls(waits, this.phases, ideal);
  }

  /** A tile was under way; its words are taken to have come last, as fast as the ports let them. Those of a late drain pass when the ports serve it. */
  note(place: Place, way: Way, words: Float64Array, from: number, to: number, action: Noted): void {
    const inner = words[way.crossings.length + 1]!;
    const flowing = this.isInstant ? from : Math.max(from, to - this.transfers.flow);
    if (action !== "late drain") this.pass(place, way, words, flowing, to);
    const told = action === "fill" ? action : "drain";
    this.tracing?.tile({ place: place.index, at: place.stage, action: told, from, to, flowing, words: inner });
  }

  /** Words go from one place to the other. */
  pass(place: Place, way: Way, words: Float64Array, from: number, to: number): void {
    const inner = words[way.crossings.length + 1]!;
    if (inner > 0) this.bins.add(this.seriesOf[place.index]!, from, to, inner);
    if (words[0]! > 0) this.bins.add(this.seriesOf[place.parent]!, from, to, words[0]!);
  }
}

/** Words that the ports of one instance of a level let through in a tick. */
function wordsPerTick({ ports }: Routes, level: number): number {
  const rateOf = (kind: PortKind): number => {
    const port = ports.find((one) => one.level === level && one.kind === kind);
    return port === undefined ? Number.POSITIVE_INFINITY : 1 / port.ticksPerWord;
  };
  return Math.min(rateOf("read") + rateOf("write"), rateOf("shared"));
}

const isNothing = (words: Float64Array): boolean => words[0] === 0 && words[words.length - 1] === 0;

function takesNoTime({ ports, places, pipeline }: Routes): boolean {
  return ports.length === 0 && pipeline === 0 && places.every(({ down, up }) => down.latency === 0 && up.latency === 0);
}
