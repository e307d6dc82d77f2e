import type { LegalMapping } from "../../../mappings/index.js";
import { at, type Range } from "../nest.js";
import type { Account, ArrayStep } from "./account.js";
import type { Beat, Stream, SystolicArray } from "./array.kernel.js";
import type { Arrivals, Waiting } from "./arrivals.js";
import type { TensorBuffer } from "./buffer.js";
import type { ArrayLayout } from "./layout.js";
import type { SystolicPlan } from "./plan.js";
import type { Steps } from "./run.js";
import { type ElementTally, elementTally } from "./tally.js";
import type { Watch } from "./watch.js";

/** What the folds took: cycles by what was done in them, folds, elements at work (once a fold), words counted element by element. */
export interface PassesDone extends ElementTally {
  readonly folds: number;
  readonly mapped: number;
  readonly load: number;
  readonly stream: number;
  readonly drain: number;
  readonly waiting: Waiting;
}

interface Around {
  readonly array: SystolicArray;
  readonly buffers: readonly TensorBuffer[];
  readonly time: Arrivals;
  readonly account: Account;
  readonly watch: Watch;
  readonly layout: ArrayLayout;
  readonly progress: (done: number, total: number) => void;
}

/** A fold that the array is at work on. */
interface Fold {
  /** Where the variables began. */
  readonly places: ReadonlyMap<number, number>;
  readonly rows: Range;
  readonly columns: Range;
  sent: number;
  left: number;
  /** Words that went between array and buffer along y. */
  y: number;
}

/** Runs fold after fold: load, send one chunk of the stream after another, wait until the last word has left, take the outputs. */
export function passes(mapping: LegalMapping, { roles, sums }: SystolicPlan, around: Around): Steps<PassesDone> {
  const { array, buffers, time, account, watch, layout, progress } = around;
  const { stationary, alongX, alongY, rows, columns, stream } = roles;
  const total = mapping.layer.einsum.bounds.reduce((n, bound) => n * bound, 1);
  const tally = elementTally(layout.rows, layout.columns);
  const took = { load: 0, stream: 0, drain: 0 };
  let [folds, mapped] = [0, 0];
  const filled = buffers.map(() => 0);
  let drained = 0;
  let fold: Fold | null = null;

  const spend = (what: ArrayStep, { cycles, x, y, left }: Beat, writes: boolean): void => {
    took[what === "load" || what === "stream" ? what : "drain"] += cycles;
    // Sums that are added to are read as well.
    const reads = !writes || (sums === "flow" && (fold?.rows.start ?? 0) > 0);
    time.work(what, cycles, x + (reads ? y : 0), writes ? y : 0);
    tally.x += x;
    if (fold === null) return;
    fold.left += left;
    if (what !== "load") fold.y += y;
  };
  const begin = (ranges: readonly Range[]): Fold => {
    const places = placeAt(ranges);
    const started: Fold = { places, rows: at(ranges, rows), columns: at(ranges, columns), sent: 0, left: 0, y: 0 };
    const [r, c] = [extent(started.rows), extent(started.columns)];
    fold = started;
    folds++;
    mapped += r * c;
    array.reset();
    array.use(r, c);
    account.fold(r, c);
    if (sums === "stay") return started;
    const buffer = at(buffers, stationary);
    const beat = array.load({ first: buffer.place(places), rowStep: buffer.stepOf(rows) });
    spend("load", beat, false);
    tally.loaded += beat.y;
    tally.load(r, c);
    return started;
  };
  /** The stream of one tensor: its words (or places) along the streaming variable, from the first row's or column's. */
  const streamOf = (tensor: number, ranges: readonly Range[]): Stream => {
    const buffer = at(buffers, tensor);
    const { wordBytes } = layout;
    return { first: buffer.place(placeAt(ranges)) * wordBytes, step: buffer.stepOf(stream) * wordBytes };
  };
  /** Where the tile's words of this fold and chunk begin. */
  const placeAt = (ranges: readonly Range[]): ReadonlyMap<number, number> =>
    new Map(ranges.map(({ start }, variable) => [variable, start]));
  const endOfFold = (): void => {
    if (fold === null) return;
    while (fold.left < fold.sent) spend("tail", array.idle(), sums === "flow");
    const [r, c] = [extent(fold.rows), extent(fold.columns)];
    tally.work(r, c, fold.left);
    if (sums === "stay") {
      const buffer = at(buffers, stationary);
      tally.y += fold.y;
      const beat = array.unload(
        { first: buffer.place(fold.places), rowStep: buffer.stepOf(rows) },
        roles.array.systolic?.drain === "columns",
      );
      spend("unload", beat, true);
      tally.delivered += beat.y;
      tally.unload(r, c);
    } else {
      tally.delivered += fold.y;
      if (fold.rows.start > 0) tally.added += fold.y;
    }
    progress(tally.operations, total);
    fold = null;
  };
  return {
    endOfFold,
    keep: (tensor, ranges) => {
      const moved = at(buffers, tensor).move(ranges);
      filled[tensor] = (filled[tensor] ?? 0) + moved.filled;
      drained += moved.drained;
    },
    work: (ranges) => {
      if (fold === null) watch.fold();
      time.begin(filled, drained);
      filled.fill(0);
      drained = 0;
      const current = fold ?? begin(ranges);
      const count = extent(at(ranges, stream));
      spend("stream", array.send(count, streamOf(alongX, ranges), streamOf(alongY, ranges)), sums === "flow");
      current.sent += count;
    },
    end: () => {
      endOfFold();
      const last = buffers.reduce((sum, buffer) => {
        const before = buffer.settle();
        buffer.leave();
        return sum + before + buffer.settle();
      }, 0);
      const waiting = time.end(last);
      watch.end();
      return { ...tally, ...took, folds, mapped, waiting };
    },
  };
}

const extent = ({ start, end }: Range): number => end - start;
