/**
 * The time that ports have. A port serves in order of need: whatever is needed earlier goes first, whenever it is asked for, and
 * what is needed later gets the time that is left. So all that is needed up to some transfer is done at
 *
 *     M = max over r of (r + the ticks of those of these transfers that were asked for at r or later),
 *
 * which no later request and no longer transfer can make earlier: that is why less bandwidth never makes a run faster. M is kept up to
 * date by one number a place: B(r) = the same maximum over the times up to r, for the r at which the place last got room.
 */
import type { Place, Port } from "./routes.js";

export class Ports {
  readonly count: number;
  readonly places: number;
  /** By port: M of all that was served so far. */
  readonly done: Float64Array;
  /** By port and place: B at the place's `room`. */
  readonly budget: Float64Array;
  /** By place: when room for its next tile was free (or its last one began to leave). */
  readonly room: Float64Array;
  /** By port: B at the end of the last phase. */
  readonly now: Float64Array;
  /** By port: the places whose tiles pass it. */
  readonly users: readonly Int32Array[];

  constructor(ports: readonly Port[], places: readonly Place[]) {
    this.count = ports.length;
    this.places = places.length;
    this.done = new Float64Array(ports.length);
    this.budget = new Float64Array(ports.length * places.length);
    this.room = new Float64Array(places.length);
    this.now = new Float64Array(ports.length);
    this.users = ports.map((port) =>
      Int32Array.from(
        places.flatMap(({ index, down, up }) =>
          [...down.stops, ...up.stops].some((stop) => stop.ports.includes(port)) ? [index] : [],
        ),
      ),
    );
  }

  /** A phase begins at a time that no request was made after. */
  begin(time: number): void {
    for (let p = 0; p < this.count; p++) this.now[p] = Math.max(this.done[p]!, time);
  }

  /** Serves a transfer asked for when its place last got room. Gives M. */
  serveEarly(port: number, place: number, ticks: number): number {
    return this.serve(port, this.room[place]!, this.budget[port * this.places + place]!, ticks);
  }

  /** Serves a transfer asked for at the end of the last phase. */
  serveNow(port: number, time: number, ticks: number): number {
    return this.serve(port, time, this.now[port]!, ticks);
  }

  /** Serves a transfer asked for at a time that no request was made after. */
  serveLate(port: number, time: number, ticks: number): number {
    return this.serve(port, time, Math.max(this.done[port]!, time), ticks);
  }

  serve(port: number, asked: number, budget: number, ticks: number): number {
    const { places, room } = this;
    const end = budget + ticks;
    const users = this.users[port]!;
    for (let u = 0; u < users.length; u++) {
      const place = users[u]!;
      const at = port * places + place;
      if (room[place]! < asked) this.budget[at] = this.budget[at]! + ticks;
      else if (end > this.budget[at]!) this.budget[at] = end;
    }
    if (end > this.now[port]!) this.now[port] = end;
    if (end > this.done[port]!) this.done[port] = end;
    return this.done[port]!;
  }

  /** The place has room, or its tile is free to leave, since the end of the last phase. */
  makeRoom(place: number, time: number): void {
    this.room[place] = time;
    for (let p = 0; p < this.count; p++) this.budget[p * this.places + place] = this.now[p]!;
  }
}
