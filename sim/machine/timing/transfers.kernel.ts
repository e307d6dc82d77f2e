/** Tiles on their way: when they are there, and what they waited for. */
import type { Ports } from "./ports.kernel.js";
import type { Place, Routes, Way } from "./routes.js";
import { DRAIN, FILL, RESULTS, type Waits } from "./waits.js";

export class Transfers {
  readonly routes: Routes;
  readonly ports: Ports;
  readonly waits: Waits;
  readonly places: number;
  /** By place: when its last tile was there, and when the last one to leave had left. */
  readonly arrival: Float64Array;
  readonly drained: Float64Array;
  /** By place that moves in this phase: when the tile had left whose room the next one takes, and the number of that drain. */
  readonly vacated: Float64Array;
  readonly vacating: Int32Array;
  /** Of the last fill of each place, then of the last drain of each, then of the drain before: when it was asked for, and from when the port kept it waiting. */
  readonly asked: Float64Array;
  readonly held: Float64Array;
  /** The port that had it last; −1: none, it was on its way. */
  readonly holder: Int32Array;
  /** The transfer that it waited for before it was asked for; −1: compute. */
  readonly cause: Int32Array;
  /** The transfer that the port had before this one, which had to wait for it; −1: none. */
  readonly before: Int32Array;
  /** By port: the end of the transfers for this phase, one after another, and the last of them. */
  readonly serial: Float64Array;
  readonly serialBy: Int32Array;
  /** By place: ticks in which a fill was under way, then the same of drains. */
  readonly underWay: Float64Array;
  /** Ticks that the words of the last transfer take at the slowest port on their way. */
  flow = 0;

  constructor(routes: Routes, ports: Ports, waits: Waits) {
    const n = routes.places.length;
    this.routes = routes;
    this.ports = ports;
    this.waits = waits;
    this.places = n;
    this.arrival = new Float64Array(n);
    this.drained = new Float64Array(n);
    this.vacated = new Float64Array(n);
    this.vacating = new Int32Array(n);
    this.asked = new Float64Array(3 * n);
    this.held = new Float64Array(3 * n);
    this.holder = new Int32Array(3 * n).fill(-1);
    this.cause = new Int32Array(3 * n).fill(-1);
    this.before = new Int32Array(3 * n).fill(-1);
    this.serial = new Float64Array(routes.ports.length);
    this.serialBy = new Int32Array(routes.ports.length).fill(-1);
    this.underWay = new Float64Array(2 * n);
  }

  begin(): void {
    this.serial.fill(0);
    this.serialBy.fill(-1);
  }

  /** The tile of an output's place moves: `isLate`: there is room for the next one while this one leaves. */
  turn(index: number, isLate: boolean): void {
    const last = this.places + index;
    const before = last + this.places;
    if (!isLate) {
      this.vacating[index] = last;
      return;
    }
    this.vacated[index] = this.drained[index]!;
    this.vacating[index] = before;
    const { places } = this;
    const older = (transfer: number): number =>
      transfer >= places && transfer < 2 * places ? transfer + places : transfer;
    this.asked[before] = this.asked[last]!;
    this.held[before] = this.held[last]!;
    this.holder[before] = this.holder[last]!;
    this.cause[before] = older(this.cause[last]!);
    this.before[before] = older(this.before[last]!);
  }

  /** A tile comes, asked for when there is room for it and the place above has it. Gives when it was asked for. */
  fill(place: Place, words: Float64Array, end: number): number {
    const { index, parent, isDouble, isOutput } = place;
    let asked = isDouble ? this.ports.room[index]! : end;
    let cause = -1;
    if (isOutput) {
      const drain = this.vacating[index]!;
      const left = drain < 2 * this.places ? this.drained[index]! : this.vacated[index]!;
      if (left > asked) {
        asked = left;
        cause = drain;
      }
    }
    if (this.arrival[parent]! > asked) {
      asked = this.arrival[parent]!;
      cause = parent;
    }
    const before = this.arrival[index]!;
    this.cause[index] = cause;
    this.begins(index, asked);
    const arrival = isNothing(words) ? asked : this.send(place.down, words, index, index, isDouble ? -1 : end);
    if (arrival > asked) this.underWay[index] = this.underWay[index]! + Math.max(0, arrival - Math.max(asked, before));
    this.arrival[index] = Math.max(arrival, before);
    return Math.max(asked, before);
  }

  /** A tile leaves, asked for when its results are there. Gives when it was asked for. */
  drain(place: Place, words: Float64Array, end: number, isLate: boolean): number {
    const { index, child } = place;
    const transfer = this.places + index;
    let asked = end + this.routes.pipeline;
    let cause = -1;
    if (child >= 0 && this.drained[child]! > asked) {
      asked = this.drained[child]!;
      cause = this.places + child;
    }
    const before = this.drained[index]!;
    this.cause[transfer] = cause;
    this.begins(transfer, asked);
    const left = isLate ? this.expect(place.up, words, transfer) : this.send(place.up, words, transfer, index, end);
    if (left > asked) this.underWay[transfer] = this.underWay[transfer]! + Math.max(0, left - Math.max(asked, before));
    this.drained[index] = Math.max(left, before);
    return Math.max(asked, before);
  }

  begins(transfer: number, asked: number): void {
    this.asked[transfer] = asked;
    this.holder[transfer] = -1;
    this.before[transfer] = -1;
  }

  /** Goes through the ports of a way. `now`: they are asked at this time; −1: since the place got room. Gives when the last word is there. */
  send(way: Way, words: Float64Array, transfer: number, place: number, now: number): number {
    const asked = this.asked[transfer]!;
    let end = asked + way.latency;
    this.flow = 0;
    for (let s = 0; s < way.stops.length; s++) {
      const { words: which, ports, latency } = way.stops[s]!;
      for (let p = 0; p < ports.length; p++) {
        const { index: port, ticksPerWord } = ports[p]!;
        const ticks = Math.ceil(words[which]! * ticksPerWord);
        if (ticks === 0) continue;
        if (ticks > this.flow) this.flow = ticks;
        const first = asked + latency;
        // Before its own turn it waited for the transfer whose turn it was.
        const isBusy = this.serial[port]! > first;
        const from = isBusy ? this.serial[port]! : first;
        const by = isBusy ? this.serialBy[port]! : -1;
        const own = from + ticks;
        this.serial[port] = own;
        this.serialBy[port] = transfer;
        end = this.latest(end, own, transfer, port, from, by);
        const done = now < 0 ? this.ports.serveEarly(port, place, ticks) : this.ports.serveNow(port, now, ticks);
        end = this.latest(end, done, transfer, port, 0, -1);
      }
    }
    return end;
  }

  /** When the last word of a tile is there if the ports serve it next, which they will do only later. */
  expect(way: Way, words: Float64Array, transfer: number): number {
    const asked = this.asked[transfer]!;
    let end = asked + way.latency;
    this.flow = 0;
    for (let s = 0; s < way.stops.length; s++) {
      const { words: which, ports, latency } = way.stops[s]!;
      for (let p = 0; p < ports.length; p++) {
        const { index: port, ticksPerWord } = ports[p]!;
        const ticks = Math.ceil(words[which]! * ticksPerWord);
        if (ticks === 0) continue;
        if (ticks > this.flow) this.flow = ticks;
        end = this.latest(end, asked + latency + ticks, transfer, port, asked + latency, -1);
        end = this.latest(end, this.ports.now[port]! + ticks, transfer, port, 0, -1);
      }
    }
    return end;
  }

  /** The later of two ends; if it is the second, the port kept the transfer since `from`, and was busy with the one before until then. */
  latest(end: number, own: number, transfer: number, port: number, from: number, by: number): number {
    if (own <= end) return end;
    this.holder[transfer] = port;
    this.held[transfer] = from;
    this.before[transfer] = by;
    return own;
  }

  /** Serves a tile since its place last got room. When the ports are done with it and all that is needed before. */
  serveEarly(way: Way, words: Float64Array, place: number): number {
    let end = 0;
    this.flow = 0;
    for (let s = 0; s < way.stops.length; s++) {
      const { words: which, ports } = way.stops[s]!;
      for (let p = 0; p < ports.length; p++) {
        const { index: port, ticksPerWord } = ports[p]!;
        const ticks = Math.ceil(words[which]! * ticksPerWord);
        if (ticks === 0) continue;
        if (ticks > this.flow) this.flow = ticks;
        end = Math.max(end, this.ports.serveEarly(port, place, ticks));
      }
    }
    return end;
  }

  /** Tells why something that was ready at `from` had to wait for a transfer until `to`, its end. */
  explain(during: number, transfer: number, from: number, to: number): void {
    const { waits, places } = this;
    let [current, until] = [transfer, to];
    // The port at which the transfer before had its turn: since it was asked for, unless another port is known to have kept it.
    let turn = waits.latency;
    while (until > from) {
      const actionOf = (which: number): number => (which < places ? FILL : DRAIN);
      const holder = this.holder[current]!;
      if (holder >= 0 && this.held[current]! < until) {
        const since = Math.max(from, this.held[current]!);
        waits.add(during, current % places, actionOf(current), holder, until - since);
        until = since;
        if (this.before[current]! >= 0) {
          turn = holder;
          current = this.before[current]!;
          continue;
        }
        turn = waits.latency;
      }
      const since = Math.max(from, Math.min(until, this.asked[current]!));
      waits.add(during, current % places, actionOf(current), turn, until - since);
      until = since;
      turn = waits.latency;
      if (this.cause[current]! < 0) {
        waits.add(during, current % places, RESULTS, waits.latency, until - from);
        return;
      }
      current = this.cause[current]!;
    }
  }
}

const isNothing = (words: Float64Array): boolean => words[0] === 0 && words[words.length - 1] === 0;
