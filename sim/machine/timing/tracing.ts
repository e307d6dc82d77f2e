/** What a trace is told of: a window of the run, one phase in so many. */
import type { TracePlace, TraceTile, TraceWishes } from "./timing.js";
import type { Waits } from "./waits.js";

/** A tile of a place (its number, and where that is); times in ticks. */
export interface TileTicks extends Omit<TraceTile, "index"> {
  readonly place: number;
  readonly at: TracePlace;
}

export class Tracing {
  readonly wishes: TraceWishes;
  readonly ticks: number;
  /** Ticks. */
  readonly from: number;
  readonly to: number;
  /** Tiles so far, by place and action. */
  readonly indices: Map<string, number> = new Map();

  constructor(wishes: TraceWishes, ticksPerCycle: number) {
    this.wishes = wishes;
    this.ticks = ticksPerCycle;
    this.from = wishes.from * ticksPerCycle;
    this.to = wishes.to * ticksPerCycle;
  }

  tile({ place, at, action, words, ...ticks }: TileTicks): void {
    const index = this.count(`${action} ${place}`);
    if ((words > 0 || index === 0) && index % this.wishes.every === 0 && this.isSeen(ticks.from, ticks.to)) {
      const [from, to, flowing] = [ticks.from / this.ticks, ticks.to / this.ticks, ticks.flowing / this.ticks];
      this.wishes.sink.tile(at, { action, index, words, from, to, flowing });
    }
  }

  compute(index: number, from: number, to: number, steps: number): void {
    if (index % this.wishes.every === 0 && this.isSeen(from, to))
      this.wishes.sink.compute(index, from / this.ticks, to / this.ticks, steps);
  }

  /** The waits since this was last called, which filled the time from `from` on without a gap; they belong to a phase. */
  stalls(waits: Waits, index: number, from: number): void {
    const { recent } = waits;
    if (recent === null) return;
    if (index % this.wishes.every !== 0) {
      recent.length = 0;
      return;
    }
    let start = from;
    for (let wait = recent.pop(); wait !== undefined; wait = recent.pop()) {
      const end = start + wait.ticks;
      if (this.isSeen(start, end))
        this.wishes.sink.stall(waits.waitOf(wait.slot, wait.ticks), start / this.ticks, end / this.ticks);
      start = end;
    }
  }

  /** What came since the numbers were these came so many times more, and nobody looked. */
  skip(before: ReadonlyMap<string, number>, times: number): void {
    for (const [key, index] of this.indices) this.indices.set(key, index + times * (index - (before.get(key) ?? 0)));
  }

  /** The number so far; then it grows. */
  count(key: string): number {
    const index = this.indices.get(key) ?? 0;
    this.indices.set(key, index + 1);
    return index;
  }

  isSeen(from: number, to: number): boolean {
    return to >= this.from && from < this.to;
  }
}
