import type { LegalMapping } from "../../../mappings/index.js";
import type { Values } from "../../../workloads/index.js";
import type { Counts } from "../../counts.js";
import { numberKindOf } from "../arithmetic.js";
import { withPosts } from "../counting.js";
import type { ExecuteOptions } from "../execution.js";
import { at, type Range } from "../nest.js";
import { finishedOutput, rowMajor } from "../tensors.js";
import type { Timing, TraceWishes } from "../timing/timing.js";
import { account } from "./account.js";
import { systolicArray } from "./array.kernel.js";
import { arrivals, type Waiting } from "./arrivals.js";
import { type TensorBuffer, tensorBuffer } from "./buffer.js";
import { layoutOf } from "./layout.js";
import { passes } from "./passes.js";
import { roomsOf, type SystolicPlan } from "./plan.js";
import { type ElementTally, systolicCounts } from "./tally.js";
import { UNWATCHED, watch } from "./watch.js";

/** What came out of running a mapping on a systolic array. */
export interface SystolicExecution {
  readonly counts: Counts;
  /** The output tensor, row-major over its shape. */
  readonly output: Values;
  readonly run: SystolicRun;
  /** The same cycles as every machine accounts for them: sending the stream is computing, all else is waited for. */
  readonly timing: Timing;
}

/** The cycles of a run, each of them stepped through, and where they went. */
export interface SystolicRun {
  /** Tiles of the stationary tensor, one after another. */
  readonly folds: number;
  /** In which stationary words were pushed in. */
  readonly load: number;
  /** In which a word of the stream was sent into the first row. */
  readonly stream: number;
  /** In which none was sent any more, until the last one had left the last element, and outputs that stayed were shifted out. */
  readonly drain: number;
  /** In which the array stood still: words were not there, or could not leave. Fractions of a cycle where bandwidths give such. */
  readonly waiting: Waiting;
  /** Elements at work, over the folds in the mean ÷ those that exist. */
  readonly mappingEfficiency: number;
}

export interface SystolicOptions extends ExecuteOptions {
  /** Absent: nobody is told what happens when. */
  readonly trace?: TraceWishes;
}

/** Cycles of the array and of its waiting. */
export const cyclesOf = ({ load, stream, drain, waiting }: SystolicRun): number =>
  load + stream + drain + waiting.start + waiting.tiles + waiting.buffer + waiting.finish;

/**
 * Runs a mapping in the form of folds on its systolic array, cycle by cycle, on real values. Nothing is worked out beforehand: a fold is over when its last
 * word has left the last element, and the counters are of what was read, delivered and moved.
 */
export function executeSystolic(
  mapping: LegalMapping,
  plan: SystolicPlan,
  inputs: readonly Values[],
  options: SystolicOptions = {},
): SystolicExecution {
  const { einsum } = mapping.layer;
  const { roles, sums } = plan;
  const kind = numberKindOf(einsum.accumulator);
  const layout = layoutOf(roles.array.y, roles.array.x, kind, at(einsum.bounds, roles.stream));
  const rooms = roomsOf(mapping.layer.einsum, plan);
  const first = layout.end / layout.wordBytes;
  const bytes = layout.end + rooms.reduce((sum, { room }) => sum + room, 0) * layout.wordBytes;
  const array = systolicArray(layout, sums, bytes);
  const output = rowMajor(einsum, einsum.tensors.length - 1);
  const above = einsum.tensors.map((tensor, t) => (tensor.role === "output" ? output.words : at(inputs, t)));
  let from = first;
  const buffers = rooms.map(({ order, extents, room }, t): TensorBuffer => {
    const buffer = tensorBuffer({
      tensor: at(einsum.tensors, t),
      order,
      extents,
      above: at(above, t),
      words: array.words,
      from,
    });
    from += room;
    return buffer;
  });
  const watching = options.trace === undefined ? UNWATCHED : watch(options.trace);
  const accounting = account(mapping, plan, watching);
  const steps = passes(mapping, plan, {
    ...{ array, buffers, layout },
    time: arrivals(mapping, roles.feeder, accounting),
    account: accounting,
    watch: watching,
    progress: options.progress ?? (() => undefined),
  });
  const done = walk(plan, einsum.bounds, steps);
  const tally: ElementTally = done;
  const finished = finishedOutput(einsum, output);
  const run: SystolicRun = {
    folds: done.folds,
    ...{ load: done.load, stream: done.stream, drain: done.drain, waiting: done.waiting },
    mappingEfficiency: done.mapped / (done.folds * roles.array.x * roles.array.y),
  };
  return {
    counts: withPosts(systolicCounts(mapping, plan, tally, buffers), einsum, finished),
    ...{ output: finished, run },
    timing: accounting.end(cyclesOf(run)),
  };
}

/** What is done on the way through the loops above the array. */
export interface Steps<T> {
  /** The stationary words are about to change. */
  readonly endOfFold: () => void;
  readonly keep: (tensor: number, ranges: readonly Range[]) => void;
  /** The array works: everything above is in place. */
  readonly work: (ranges: readonly Range[]) => void;
  readonly end: () => T;
}

function walk<T>({ above }: SystolicPlan, bounds: readonly number[], steps: Steps<T>): T {
  const ranges: Range[] = bounds.map((bound) => ({ start: 0, end: bound }));
  const from = (position: number): void => {
    const node = above[position];
    if (node === undefined) {
      steps.work(ranges);
      return;
    }
    if (node.kind === "keep") {
      steps.keep(node.tensor, ranges);
      from(position + 1);
      return;
    }
    const whole = at(ranges, node.variable);
    for (let start = whole.start; start < whole.end; start += node.by) {
      if (!node.streams && start > whole.start) steps.endOfFold();
      ranges[node.variable] = { start, end: Math.min(start + node.by, whole.end) };
      from(position + 1);
    }
    ranges[node.variable] = whole;
  };
  from(0);
  return steps.end();
}
