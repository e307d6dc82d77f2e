/** docs/timing.md taken literally: every port remembers all that was ever asked of it. Slow, and made to be compared with. */
import { at } from "../nest.js";
import type { Clock, Moves } from "../timing/moves.js";
import type { Place, Port, Routes, Way } from "../timing/routes.js";

interface Request {
  /** When it was made, and how long the port takes for it. */
  readonly asked: number;
  readonly ticks: number;
}

export class PlainSchedule implements Clock {
  readonly routes: Routes;
  /** By port, in order of need. */
  readonly requests: Request[][];
  /** By port: where the transfers for the phase at hand end, one after another. */
  readonly serial: number[];
  /** By place: when its latest tile was there, when the latest one had left, when there was room for the next. */
  readonly arrived: number[];
  readonly left: number[];
  readonly room: number[];
  /** By place: when the tile before the latest one had left. */
  readonly vacated: number[];
  /** By place: the words of a tile that the ports have not served yet. */
  readonly leaving: (Float64Array | null)[];
  /** Of every phase. */
  readonly starts: number[] = [];
  readonly ends: number[] = [];

  constructor(routes: Routes) {
    this.routes = routes;
    const zeros = (): number[] => routes.places.map(() => 0);
    this.requests = routes.ports.map(() => []);
    this.serial = routes.ports.map(() => 0);
    [this.arrived, this.left, this.room, this.vacated] = [zeros(), zeros(), zeros(), zeros()];
    this.leaving = routes.places.map(() => null);
  }

  get end(): number {
    return this.ends.at(-1) ?? 0;
  }

  phases(moves: Moves, count: number): void {
    for (let i = 0; i < count; i++) this.phase(moves);
  }

  phase(moves: Moves): void {
    const { places } = this.routes;
    const { end } = this;
    this.serial.fill(0);
    const inwards = places.toReversed();
    for (const place of inwards) if (at(moves.tiles, place.index).isMoving) this.serveLeaving(place);
    for (const place of inwards) this.drain(place, moves);
    for (const place of places) if (at(moves.tiles, place.index).isMoving && place.parent >= 0) this.fill(place, moves);
    for (const { index } of places) if (at(moves.tiles, index).isMoving) this.room[index] = end;
    const moved = places.filter(({ index, parent }) => at(moves.tiles, index).isMoving && parent >= 0);
    const start = Math.max(end, ...moved.map(({ index }) => at(this.arrived, index)));
    let finish = start + Math.ceil(moves.steps * this.routes.ticksPerStep);
    for (const [t, { down, up }] of this.routes.operands.entries())
      for (const [way, words] of [[down, at(moves.accesses, t).down] as const, [up, at(moves.accesses, t).up] as const])
        for (const stop of way.stops)
          for (const port of stop.ports) finish = Math.max(finish, this.serve(port, start, at(words, stop.words)));
    this.starts.push(start);
    this.ends.push(finish);
  }

  /** The end of the run, with the last tiles gone. */
  finish(moves: Moves): number {
    const { places, pipeline } = this.routes;
    const { end } = this;
    this.serial.fill(0);
    const inwards = places.toReversed();
    for (const place of inwards) this.serveLeaving(place);
    for (const place of inwards) {
      const { isMoving, up } = at(moves.tiles, place.index);
      if (isMoving && place.isOutput && place.parent >= 0) this.leave(place, up, false);
    }
    const done = this.requests.map((_, port) => this.doneBy(port));
    return Math.max(end + pipeline, ...this.left, ...done);
  }

  /** What has left is served by the ports when its place moves again. */
  serveLeaving({ index, up }: Place): void {
    const words = at(this.leaving, index);
    this.leaving[index] = null;
    if (words === null) return;
    for (const { words: which, ports } of up.stops)
      for (const port of ports) this.serve(port, at(this.room, index), at(words, which));
  }

  drain(place: Place, moves: Moves): void {
    const { isMoving, returns, up } = at(moves.tiles, place.index);
    if (!place.isOutput || place.parent < 0 || !isMoving) return;
    const isLate = place.isDouble && !returns;
    const before = at(this.left, place.index);
    this.leave(place, up, isLate);
    this.vacated[place.index] = isLate ? before : at(this.left, place.index);
    if (isLate) this.leaving[place.index] = Float64Array.from(up);
  }

  leave(place: Place, words: Float64Array, isLate: boolean): void {
    if (words.every((n) => n === 0)) return;
    const results = this.end + this.routes.pipeline;
    const asked = Math.max(results, place.child < 0 ? 0 : at(this.left, place.child));
    const end = isLate ? this.expect(place.up, words, asked) : this.send(place.up, words, this.end, asked);
    this.left[place.index] = Math.max(at(this.left, place.index), end);
  }

  fill(place: Place, moves: Moves): void {
    const { index, parent, isDouble, down } = place;
    const since = isDouble ? at(this.room, index) : this.end;
    const asked = Math.max(since, at(this.vacated, index), at(this.arrived, parent));
    const end = this.send(down, at(moves.tiles, index).down, since, asked);
    this.arrived[index] = Math.max(at(this.arrived, index), end);
  }

  /** `since`: when the ports could have begun; `asked`: when the words are there. */
  send(way: Way, words: Float64Array, since: number, asked: number): number {
    if (words[0] === 0 && words.at(-1) === 0) return asked;
    let end = asked + way.latency;
    for (const { words: which, ports, latency } of way.stops)
      for (const port of ports) {
        const ticks = Math.ceil(at(words, which) * port.ticksPerWord);
        if (ticks === 0) continue;
        const from = asked + latency;
        this.serial[port.index] = Math.max(at(this.serial, port.index), from) + ticks;
        end = Math.max(end, at(this.serial, port.index), this.serve(port, since, at(words, which)));
      }
    return end;
  }

  /** When a tile has left if the ports serve it next. */
  expect(way: Way, words: Float64Array, asked: number): number {
    let end = asked + way.latency;
    for (const { words: which, ports, latency } of way.stops)
      for (const { index, ticksPerWord } of ports) {
        const ticks = Math.ceil(at(words, which) * ticksPerWord);
        if (ticks > 0) end = Math.max(end, asked + latency + ticks, Math.max(this.doneBy(index), this.end) + ticks);
      }
    return end;
  }

  /** When the port is done with this and all that was needed before; 0 where it has nothing to do. */
  serve({ index, ticksPerWord }: Port, asked: number, words: number): number {
    const ticks = Math.ceil(words * ticksPerWord);
    if (ticks === 0) return 0;
    at(this.requests, index).push({ asked, ticks });
    return this.doneBy(index);
  }

  /** A port's work since any time cannot be done sooner than that. */
  doneBy(port: number): number {
    const requests = at(this.requests, port);
    const workSince = (time: number): number =>
      requests.reduce((n, request) => (request.asked >= time ? n + request.ticks : n), 0);
    return Math.max(0, ...requests.map((request) => request.asked + workSince(request.asked)));
  }
}
