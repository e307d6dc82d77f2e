/**
 * Times a run from what its executor tells of each phase. Phases that are told once for many are gone through one by one until the
 * schedule repeats itself; the rest is then the same again, later.
 *
 * Why that is exact: a phase computes every new time as the largest of sums of earlier times and fixed durations. Such a rule
 * commutes with a shift: earlier times that are all later by d give new times that are all later by d. So when, after some phases, every
 * time that the next ones can look at has grown by the same d as the end of the phase has, those phases will give the same again, later by d.
 * Times of places that do not move in these phases stay where they are; they are never the largest once they are below every time
 * that a request of these phases can have, and later requests are later still. What is left of the ports' time for such places (`budget`)
 * goes up by every transfer in full, hence by equal amounts. All sums (waits, words) grow by equal amounts, too.
 */
import type { Moves, RowClock, RowPart } from "./moves.js";
import type { Schedule } from "./schedule.kernel.js";

/** What a schedule looked like after some phase. */
interface Snapshot {
  readonly times: Float64Array;
  readonly sums: Float64Array;
  readonly end: number;
  readonly phase: number;
  /** Tiles that a trace was told of. */
  readonly traced: ReadonlyMap<string, number>;
}

export class Timer implements RowClock {
  readonly schedule: Schedule;
  /** Phases that were not gone through one by one. */
  skipped = 0;

  constructor(schedule: Schedule) {
    this.schedule = schedule;
  }

  /** So many phases, each with these moves. */
  phases(moves: Moves, count: number): void {
    const { schedule } = this;
    if (count < 3) {
      for (let i = 0; i < count; i++) schedule.phase(moves);
      return;
    }
    const moving = moves.tiles.map(({ isMoving }) => isMoving);
    this.repeat(count, moving, () => schedule.phase(moves));
  }

  /** So many rows, each of these phases. */
  rows(row: readonly RowPart[], count: number): void {
    const once = (): void => {
      for (let i = 0; i < row.length; i++) this.phases(row[i]!.moves, row[i]!.count);
    };
    if (count < 3) {
      for (let i = 0; i < count; i++) once();
      return;
    }
    const moving = this.schedule.routes.places.map((_, i) => row.some(({ moves }) => moves.tiles[i]!.isMoving));
    this.repeat(count, moving, once);
  }

  /** Does something so often, one after another until what comes repeats itself. `moving`: by place, whether its tiles move in it. */
  repeat(count: number, moving: readonly boolean[], once: () => void): void {
    let left = count;
    let known: Snapshot | null = null;
    let [knownAt, next] = [0, 1];
    for (let done = 1; left > 0; done++) {
      once();
      left--;
      if (left < 2) continue;
      const period: number = done - knownAt;
      if (known !== null && left >= period && this.repeats(known, moving)) {
        const times = this.timesWithin(known, Math.floor(left / period));
        if (times > 0) this.skip(known, moving, times);
        left -= times * period;
        known = null;
        next = times > 0 ? Number.POSITIVE_INFINITY : done + 1;
        continue;
      }
      if (done >= next) {
        known = this.snapshot();
        knownAt = done;
        next = 2 * done;
      }
    }
  }

  /** How many repetitions may be left out where a trace wants to see some. */
  timesWithin({ end }: Snapshot, most: number): number {
    const { tracing, end: now } = this.schedule;
    if (tracing === null || now >= tracing.to) return most;
    if (now === end) return 0;
    return Math.max(0, Math.min(most, Math.floor((tracing.from - now) / (now - end)) - 1));
  }

  snapshot(): Snapshot {
    const { schedule } = this;
    return {
      times: timesOf(schedule),
      sums: sumsOf(schedule),
      end: schedule.end,
      phase: schedule.phases,
      traced: new Map(schedule.tracing?.indices),
    };
  }

  /** Whether all that the next phases depend on is as it was, but later. */
  repeats(known: Snapshot, moving: readonly boolean[]): boolean {
    const { ports, transfers, end } = this.schedule;
    const shift = end - known.end;
    const { count, places, room } = ports;
    let floor = known.end;
    for (let i = 0; i < places; i++) if (moving[i]) floor = Math.min(floor, known.times[count + i]!);
    const isSettled = (now: number, before: number): boolean =>
      now - before === shift || (now === before && now <= floor);
    for (let p = 0; p < count; p++) if (!isSettled(ports.done[p]!, known.times[p]!)) return false;
    let at = count;
    for (const times of [room, transfers.arrival, transfers.drained])
      for (let i = 0; i < places; i++, at++) if (!isSettled(times[i]!, known.times[at]!)) return false;
    for (let p = 0; p < count; p++)
      for (let i = 0; i < places; i++, at++)
        if (moving[i] && !isSettled(ports.budget[p * places + i]!, known.times[at]!)) return false;
    return true;
  }

  /** Leaves out as many repetitions of what came since. */
  skip(known: Snapshot, moving: readonly boolean[], times: number): void {
    const { schedule } = this;
    const { ports, transfers, bins, waits } = schedule;
    const shift = schedule.end - known.end;
    const start = schedule.end;
    const phases = schedule.phases - known.phase;
    const { count, places } = ports;
    const go = (array: Float64Array, i: number, before: number): void => {
      array[i] = array[i]! + times * (array[i]! - before);
    };
    const { times: before } = known;
    for (let p = 0; p < count; p++) go(ports.done, p, before[p]!);
    let at = count;
    for (const array of [ports.room, transfers.arrival, transfers.drained])
      for (let i = 0; i < places; i++, at++) go(array, i, before[at]!);
    for (let i = 0; i < ports.budget.length; i++, at++) go(ports.budget, i, before[at]!);
    for (const array of [transfers.asked, transfers.held])
      for (let i = 0; i < array.length; i++)
        if (moving[i % places] && array[i]! > 0) array[i] = array[i]! + times * shift;
    schedule.end += times * shift;
    schedule.phases += times * phases;
    this.skipped += times * phases;
    let s = 0;
    schedule.computing += times * (schedule.computing - known.sums[s++]!);
    for (let i = 0; i < waits.ticks.length; i++) go(waits.ticks, i, known.sums[s++]!);
    for (let i = 0; i < transfers.underWay.length; i++) go(transfers.underWay, i, known.sums[s++]!);
    for (let i = 0; i < bins.totals.length; i++) {
      const amount = times * (bins.totals[i]! - known.sums[s++]!);
      bins.totals[i] = bins.totals[i]! + amount;
      bins.spread(i, start, schedule.end, amount);
    }
    schedule.tracing?.skip(known.traced, times);
  }
}

function timesOf({ ports, transfers }: Schedule): Float64Array {
  return joined([ports.done, ports.room, transfers.arrival, transfers.drained, ports.budget]);
}

function sumsOf({ computing, waits, transfers, bins }: Schedule): Float64Array {
  return joined([Float64Array.of(computing), waits.ticks, transfers.underWay, bins.totals]);
}

function joined(arrays: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(arrays.reduce((n, { length }) => n + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}
