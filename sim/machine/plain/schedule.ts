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
  /** By place: the words of a tile that has not left yet. */
  readonly leaving: (Float64Array | null)[];
  /** Of every phase. */
  readonly starts: number[] = [];
  readonly ends: number[] = [];

  constructor(routes: Routes) {
    this.routes = routes;
    const zeros = (): number[] => routes.places.map(() => 0);
    this.requests = routes.ports.map(() => []);
    this.serial = routes.ports.map(() => 0);
    [this.arrived, this.left, this.room] = [zeros(), zeros(), zeros()];
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
    for (const place of places.toReversed()) this.drain(place, moves);
    for (const place of places) if (at(moves.tiles, place.index).isMoving && place.parent >= 0) this.fill(place, moves);
    for (const { index } of places) if (at(moves.tiles, index).isMoving) this.room[index] = end;
    const moved = places.filter(({ index, parent }) => at(moves.tiles, index).isMoving && parent >= 0);
    const start = Math.max(end, ...moved.map(({ index }) => at(this.arrived, index)));
    let finish = start + Math.ceil(moves.steps * this.routes.ticksPerStep);
    for (const [t, { down, up }] of this.routes.operands.entries())
      for (const [way, words] of [[down, at(moves.accesses, t).down] as const, [up, at(moves.accesses, t).up] as const])
        for (const stop of way.stops)
          for (const port of stop.ports)
            finish = Math.max(finish, this.serve(port, start, at(words, stop.words)));
    this.starts.push(start);
    this.ends.push(finish);
  }

  /** The end of the run, with the last tiles gone. */
  finish(moves: Moves): number {
    const { places, pipeline } = this.routes;
    const { end } = this;
    this.serial.fill(0);
    for (const place of places.toReversed()) {
      if (!place.isOutput || place.parent < 0) continue;
      this.leaveLate(place);
      if (at(moves.tiles, place.index).isMoving) this.leave(place, at(moves.tiles, place.index).up, end, true);
    }
    return Math.max(end + pipeline, ...this.left);
  }

  drain(place: Place, moves: Moves): void {
    if (!place.isOutput || place.parent < 0) return;
    const { isMoving, up } = at(moves.tiles, place.index);
    const above = this.above(place);
    if (isMoving || above.some((upper) => this.isDraining(upper, moves))) this.leaveLate(place);
    if (!isMoving || up.every((words) => words === 0)) return;
    if ([place, ...above].some((upper) => this.drainsAtOnce(upper, moves))) this.leave(place, up, this.end, true);
    else this.leaving[place.index] = Float64Array.from(up);
  }

  above({ parent }: Place): readonly Place[] {
    const upper = this.routes.places[parent];
    return upper === undefined || upper.parent < 0 ? [] : [upper, ...this.above(upper)];
  }

  /** Whether the tile that leaves in this phase does so before the next one comes, by its own place's or an outer place's need. */
  drainsAtOnce(place: Place, moves: Moves): boolean {
    const { isMoving, returns } = at(moves.tiles, place.index);
    return isMoving && (!place.isDouble || returns);
  }

  isDraining(place: Place, moves: Moves): boolean {
    const { isMoving } = at(moves.tiles, place.index);
    const isWaiting = this.leaving[place.index] !== null;
    const outer = this.above(place);
    return (
      this.drainsAtOnce(place, moves) ||
      (isWaiting && (isMoving || outer.some((upper) => this.isDraining(upper, moves)))) ||
      (isMoving && outer.some((upper) => this.drainsAtOnce(upper, moves)))
    );
  }

  leaveLate(place: Place): void {
    const words = at(this.leaving, place.index);
    this.leaving[place.index] = null;
    if (words !== null) this.leave(place, words, at(this.room, place.index), false);
  }

  leave(place: Place, words: Float64Array, since: number, isNow: boolean): void {
    if (words.every((n) => n === 0)) return;
    const asked = Math.max(since + this.routes.pipeline, place.child < 0 ? 0 : at(this.left, place.child));
    const end = this.send(place.up, words, since, asked, isNow);
    this.left[place.index] = Math.max(at(this.left, place.index), end);
  }

  fill(place: Place, moves: Moves): void {
    const { index, parent, isDouble, down } = place;
    const since = isDouble ? at(this.room, index) : this.end;
    const asked = Math.max(since, at(this.left, index), at(this.arrived, parent));
    const end = this.send(down, at(moves.tiles, index).down, since, asked, true);
    this.arrived[index] = Math.max(at(this.arrived, index), end);
  }

  /** `since`: when the ports could have begun; `asked`: when the words are there. */
  send(way: Way, words: Float64Array, since: number, asked: number, isSerial: boolean): number {
    if (words[0] === 0 && words.at(-1) === 0) return asked;
    let end = asked + way.latency;
    for (const { words: which, ports, latency } of way.stops)
      for (const port of ports) {
        const ticks = Math.ceil(at(words, which) * port.ticksPerWord);
        if (ticks === 0) continue;
        const from = asked + latency;
        if (isSerial) this.serial[port.index] = Math.max(at(this.serial, port.index), from) + ticks;
        end = Math.max(end, isSerial ? at(this.serial, port.index) : from + ticks);
        end = Math.max(end, this.serve(port, since, at(words, which)));
      }
    return end;
  }

  /** When the port is done with this and all that was needed before: its work since any time cannot be done sooner. */
  serve({ index, ticksPerWord }: Port, asked: number, words: number): number {
    const requests = at(this.requests, index);
    const ticks = Math.ceil(words * ticksPerWord);
    if (ticks > 0) requests.push({ asked, ticks });
    else return 0;
    const workSince = (time: number): number =>
      requests.reduce((n, request) => (request.asked >= time ? n + request.ticks : n), 0);
    return Math.max(...requests.map((request) => request.asked + workSince(request.asked)));
  }
}
