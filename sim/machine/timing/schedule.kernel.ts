/**
 * The times of a run, phase by phase (docs/timing.md): when each tile comes and goes, when compute works, and for whom it waits.
 * Every time is the largest of sums of earlier times and durations, in an order that no duration changes.
 */
import { Bins } from "./activity.js";
import type { Moves } from "./moves.js";
import { Ports } from "./ports.kernel.js";
import type { Place, Routes, Way } from "./routes.js";
import type { Tracing } from "./tracing.js";
import { Transfers } from "./transfers.kernel.js";
import { FINAL_DRAIN, OPERANDS, RESULTS, RUN, START_UP, Waits } from "./waits.js";

/** By level of the architecture; the series of a level's words (compute is series 0). */
type SeriesOf = ReadonlyMap<number, number>;

export class Schedule {
  readonly routes: Routes;
  readonly ports: Ports;
  readonly transfers: Transfers;
  readonly waits: Waits;
  readonly bins: Bins;
  readonly series: SeriesOf;
  readonly tracing: Tracing | null;
  /** Words of tiles that wait to leave, by place; null: none. */
  readonly leaving: (Float64Array | null)[];
  readonly spare: readonly Float64Array[];
  readonly issues: Uint8Array;
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
    this.bins = new Bins(1 + levels.length);
    this.series = new Map(levels.map((level, i) => [level, 1 + i]));
    this.leaving = routes.places.map(() => null);
    this.spare = routes.places.map(({ up }) => new Float64Array(up.crossings.length + 2));
    this.issues = new Uint8Array(routes.places.length);
  }

  /** A phase: its tiles move, then compute works. */
  phase(moves: Moves): void {
    this.ports.begin(this.end);
    this.transfers.begin();
    this.drainAll(moves);
    const last = this.fillAll(moves);
    this.makeRoom(moves);
    this.compute(moves, last);
    this.phases++;
  }

  /** The last tiles leave. Gives the end of the run. */
  finish(moves: Moves): number {
    const { places, pipeline, operands } = this.routes;
    const { transfers, waits, end } = this;
    this.ports.begin(end);
    transfers.begin();
    let [latest, by] = [end + pipeline, -1];
    for (let i = places.length - 1; i >= 0; i--) {
      const place = places[i]!;
      if (this.leaving[i] !== null) this.leave(place);
      const { isMoving, up } = moves.tiles[i]!;
      if (isMoving && place.parent >= 0 && place.isOutput && !isNothing(up)) this.drain(place, up, false);
      const done = transfers.drained[i]!;
      if (done > latest) [latest, by] = [done, i];
    }
    if (by >= 0) transfers.explain(FINAL_DRAIN, places.length + by, end, latest);
    else waits.add(FINAL_DRAIN, operands[operands.length - 1]!.place, RESULTS, waits.latency, latest - end);
    this.tracing?.stalls(waits, end);
    return latest;
  }

  /** Tiles that leave, of each tensor the innermost first. Those of places with room for two may wait until the next move. */
  drainAll(moves: Moves): void {
    const { places } = this.routes;
    const { issues, leaving } = this;
    let any = false;
    for (let i = 0; i < places.length; i++) {
      const { isOutput, parent, isDouble } = places[i]!;
      const { isMoving, returns } = moves.tiles[i]!;
      if (!isOutput || parent < 0) continue;
      const above = issues[parent]!;
      const isAtOnce = isMoving && (!isDouble || returns || (above & (AT_ONCE | ONCE_ABOVE)) !== 0);
      const isDue = leaving[i] !== null && (isMoving || above !== 0);
      const passed = (above & (AT_ONCE | ONCE_ABOVE)) !== 0 ? ONCE_ABOVE : above !== 0 ? SOME_ABOVE : 0;
      issues[i] = (isAtOnce ? AT_ONCE : 0) | (isDue ? DUE : 0) | passed;
      if (isMoving) any = true;
    }
    if (!any) return;
    for (let i = places.length - 1; i >= 0; i--) {
      const place = places[i]!;
      if (!place.isOutput || place.parent < 0) continue;
      const { up, isMoving } = moves.tiles[i]!;
      if ((issues[i]! & DUE) !== 0) this.leave(place);
      if (!isMoving || isNothing(up)) continue;
      if ((issues[i]! & AT_ONCE) !== 0) this.drain(place, up, false);
      else {
        const words = this.spare[i]!;
        words.set(up);
        leaving[i] = words;
      }
    }
  }

  leave(place: Place): void {
    const words = this.leaving[place.index]!;
    this.leaving[place.index] = null;
    this.drain(place, words, true);
  }

  drain(place: Place, words: Float64Array, isLate: boolean): void {
    const { transfers } = this;
    const since = isLate ? this.ports.room[place.index]! : this.end;
    const from = transfers.drain(place, words, since, isLate);
    this.note(place, place.up, words, from, transfers.drained[place.index]!, "drain");
  }

  /** Tiles that come, outermost first. Gives the place whose tile comes last; −1: none moves. */
  fillAll(moves: Moves): number {
    const { places } = this.routes;
    const { transfers } = this;
    let [latest, by] = [-1, -1];
    for (let i = 0; i < places.length; i++) {
      const tile = moves.tiles[i]!;
      const place = places[i]!;
      if (!tile.isMoving || place.parent < 0) continue;
      const from = transfers.fill(place, tile.down, this.end);
      const arrival = transfers.arrival[i]!;
      this.note(place, place.down, tile.down, from, arrival, "fill");
      if (arrival > latest) [latest, by] = [arrival, i];
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
    this.tracing?.stalls(waits, end);
    const ideal = start + Math.ceil(moves.steps * routes.ticksPerStep);
    let [finish, holder, port] = [ideal, -1, -1];
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
            if (done > finish) [finish, holder, port] = [done, place, index];
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
      this.count(routes.places[routes.operands[t]!.place]!.stage.level, start, finish, down[0]! + up[0]!);
    }
    this.tracing?.compute(this.phases, start, ideal, moves.steps);
    this.tracing?.stalls(waits, ideal);
  }

  note(place: Place, way: Way, words: Float64Array, from: number, to: number, action: "fill" | "drain"): void {
    const inner = words[way.crossings.length + 1]!;
    this.count(place.stage.level, from, to, inner);
    this.count(this.routes.places[place.parent]!.stage.level, from, to, words[0]!);
    this.tracing?.tile(place.index, action, from, to, inner);
  }

  count(level: number, from: number, to: number, words: number): void {
    if (words > 0) this.bins.add(this.series.get(level)!, from, to, words);
  }
}

/** What leaves in a phase: this place's tile, the one that waited, those of places above. */
const AT_ONCE = 1;
const DUE = 2;
const ONCE_ABOVE = 4;
const SOME_ABOVE = 8;

const isNothing = (words: Float64Array): boolean => words[0] === 0 && words[words.length - 1] === 0;
