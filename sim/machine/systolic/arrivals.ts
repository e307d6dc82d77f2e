import type { StorageLevel } from "../../../arch-specs/index.js";
import type { Watch } from "./watch.js";

/**
 * When tiles arrive, cycle by cycle told: one link in each direction between the outer storage and the buffer, or one for both where the bandwidth is shared. The
 * next tile is on its way while the array works on the one before (a double buffer), or only when that is done (a single one).
 */
export interface Arrivals {
  /** A stretch of the array's work begins as soon as these words are there; what was left before it goes up meanwhile. */
  readonly begin: (filled: number, drained: number) => void;
  /** The array was at work, moving so many words from and to the buffer. */
  readonly work: (what: "load" | "stream" | "drain", cycles: number, read: number, written: number) => void;
  /** Everything has gone up. Cycles beside those at work, by what the array waited for. */
  readonly end: (drained: number) => Waiting;
}
export interface Waiting {
  /** Cycles until the first tile was there. */
  readonly start: number;
  /** For a tile, while the array was ready. */
  readonly tiles: number;
  /** For the buffer's own ports. */
  readonly buffer: number;
  /** After the array's last cycle, until the last output was in the outer storage. */
  readonly finish: number;
}

export function arrivals(outer: StorageLevel, buffer: StorageLevel, { saw }: Watch): Arrivals {
  const { read, write, shared } = outer.bandwidth;
  const isShared = Number.isFinite(shared);
  const link = { down: 0, up: 0 };
  const waiting = { start: 0, tiles: 0, buffer: 0, finish: 0 };
  let now = 0;
  let previousBegan = 0;
  let isFirst = true;
  const transfer = (direction: "down" | "up", words: number, asked: number): number => {
    if (words === 0) return 0;
    const rate = Math.min(direction === "down" ? read : write, shared);
    const done = Math.max(link[direction], asked) + words / rate;
    link[direction] = done;
    if (isShared) link[direction === "down" ? "up" : "down"] = done;
    return done;
  };
  return {
    begin: (filled, drained) => {
      transfer("up", drained, now);
      const arrived = transfer("down", filled, buffer.buffering === "double" ? previousBegan : now);
      const wait = Math.max(0, arrived - now);
      const why = isFirst ? "start" : "tiles";
      waiting[why] += wait;
      saw(why, now, now + wait);
      isFirst = false;
      now += wait;
      previousBegan = now;
    },
    work: (what, cycles, wordsRead, wordsWritten) => {
      const ports = buffer.bandwidth;
      const needed = Math.max(
        wordsRead / ports.read,
        wordsWritten / ports.write,
        (wordsRead + wordsWritten) / ports.shared,
      );
      const wait = Math.max(0, needed - cycles);
      waiting.buffer += wait;
      saw(what, now, now + cycles);
      saw("buffer", now + cycles, now + cycles + wait);
      now += cycles + wait;
    },
    end: (drained) => {
      waiting.finish = Math.max(transfer("up", drained, now), link.up, now) - now;
      saw("finish", now, now + waiting.finish);
      return waiting;
    },
  };
}
