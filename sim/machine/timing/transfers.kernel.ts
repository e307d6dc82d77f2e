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
  /** Of the last fill of each place, then of the last drain of each: when it was asked for, and from when the port kept it waiting. */
  readonly asked: Float64Array;
  readonly held: Float64Array;
  /** The port that had it last; −1: none, it was on its way. */
  readonly holder: Int32Array;
  /** The transfer that it waited for before it was asked for; −1: compute. */
  readonly cause: Int32Array;
  /** The transfer with which the port's work began that this one had to wait for. */
  readonly starter: Int32Array;
  /** By port: the end of the transfers for this phase, one after another; when they began, and with which one. */
  readonly serial: Float64Array;
  readonly serialFrom: Float64Array;
  readonly serialBy: Int32Array;
  /** By place: ticks in which a fill was under way, then the same of drains. */
  readonly underWay: Float64Array;

  constructor(routes: Routes, ports: Ports, waits: Waits) {
    const n = routes.places.length;
    this.routes = routes;
    this.ports = ports;
    this.waits = waits;
    this.places = n;
    this.arrival = new Float64Array(n);
    this.drained = new Float64Array(n);
    this.asked = new Float64Array(2 * n);
    this.held = new Float64Array(2 * n);
    this.holder = new Int32Array(2 * n).fill(-1);
    this.cause = new Int32Array(2 * n).fill(-1);
    this.starter = new Int32Array(2 * n).fill(-1);
    this.serial = new Float64Array(routes.ports.length);
    this.serialFrom = new Float64Array(routes.ports.length);
    this.serialBy = new Int32Array(routes.ports.length).fill(-1);
    this.underWay = new Float64Array(2 * n);
  }

  begin(): void {
    this.serial.fill(0);
    this.serialBy.fill(-1);
  }

  /** A tile comes, asked for when there is room for it and the place above has it. Gives when it was asked for. */
  fill(place: Place, words: Float64Array, end: number): number {
    const { index, parent, isDouble } = place;
    let asked = isDouble ? this.ports.room[index]! : end;
    let cause = -1;
    if (this.drained[index]! > asked) [asked, cause] = [this.drained[index]!, this.places + index];
    if (this.arrival[parent]! > asked) [asked, cause] = [this.arrival[parent]!, parent];
    const before = this.arrival[index]!;
    this.cause[index] = cause;
    const arrival = this.send(place.down, words, index, index, asked, isDouble ? -1 : end, true);
    if (arrival > asked) this.underWay[index] = this.underWay[index]! + arrival - Math.max(asked, before);
    this.arrival[index] = Math.max(arrival, before);
    return Math.max(asked, before);
  }

  /** A tile leaves, asked for when its results are there. Gives when it was asked for. */
  drain(place: Place, words: Float64Array, since: number, isLate: boolean): number {
    const { index, child } = place;
    const transfer = this.places + index;
    let asked = since + this.routes.pipeline;
    let cause = -1;
    if (child >= 0 && this.drained[child]! > asked) [asked, cause] = [this.drained[child]!, this.places + child];
    const before = this.drained[index]!;
    this.cause[transfer] = cause;
    const end = this.send(place.up, words, transfer, index, asked, isLate ? -1 : since, !isLate);
    if (end > asked) this.underWay[transfer] = this.underWay[transfer]! + Math.max(0, end - Math.max(asked, before));
    this.drained[index] = Math.max(end, before);
    return Math.max(asked, before);
  }

  /** `now`: the port is asked at this time; −1: since the place got room. Gives when the last word is there. */
  send(
    way: Way,
    words: Float64Array,
    transfer: number,
    place: number,
    asked: number,
    now: number,
    isSerial: boolean,
  ): number {
    this.asked[transfer] = asked;
    this.holder[transfer] = -1;
    this.starter[transfer] = -1;
    if (words[0] === 0 && words[words.length - 1] === 0) return asked;
    let end = asked + way.latency;
    for (let s = 0; s < way.stops.length; s++) {
      const { words: which, ports, latency } = way.stops[s]!;
      for (let p = 0; p < ports.length; p++) {
        const { index: port, ticksPerWord } = ports[p]!;
        const ticks = Math.ceil(words[which]! * ticksPerWord);
        if (ticks === 0) continue;
        const first = asked + latency;
        let own = first + ticks;
        let [from, by] = [first, -1];
        if (isSerial) {
          if (this.serial[port]! > first) {
            own = this.serial[port]! + ticks;
            [from, by] = [this.serialFrom[port]!, this.serialBy[port]!];
          } else {
            this.serialFrom[port] = first;
            this.serialBy[port] = transfer;
          }
          this.serial[port] = own;
        }
        const done = now < 0 ? this.ports.serveEarly(port, place, ticks) : this.ports.serveNow(port, now, ticks);
        if (own > end) {
          end = own;
          this.holder[transfer] = port;
          this.held[transfer] = from;
          this.starter[transfer] = by;
        }
        if (done > end) {
          end = done;
          this.holder[transfer] = port;
          this.held[transfer] = 0;
          this.starter[transfer] = -1;
        }
      }
    }
    return end;
  }

  /** Tells why something that was ready at `from` had to wait for a transfer until `to`, its end. */
  explain(during: number, transfer: number, from: number, to: number): void {
    const { waits, places } = this;
    let [current, until] = [transfer, to];
    while (until > from) {
      const actionOf = (which: number): number => (which < places ? FILL : DRAIN);
      const holder = this.holder[current]!;
      if (holder >= 0 && this.held[current]! < until) {
        const since = Math.max(from, this.held[current]!);
        waits.add(during, current % places, actionOf(current), holder, until - since);
        until = since;
        if (this.starter[current]! >= 0) current = this.starter[current]!;
      }
      const since = Math.max(from, Math.min(until, this.asked[current]!));
      waits.add(during, current % places, actionOf(current), waits.latency, until - since);
      until = since;
      if (this.cause[current]! < 0) {
        waits.add(during, current % places, RESULTS, waits.latency, until - from);
        return;
      }
      current = this.cause[current]!;
    }
  }
}
