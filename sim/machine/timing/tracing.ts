/** What a trace is told of: a window of the run, one phase in so many. */
import type { TracePlace, TraceWishes } from "./timing.js";
import type { Waits } from "./waits.js";

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

  tile(place: number, at: TracePlace, action: "fill" | "drain", from: number, to: number, words: number): void {
    const index = this.count(`${action} ${place}`);
    if ((words > 0 || index === 0) && index % this.wishes.every === 0 && this.isSeen(from, to))
      this.wishes.sink.tile(at, action, index, from / this.ticks, to / this.ticks, words);
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
