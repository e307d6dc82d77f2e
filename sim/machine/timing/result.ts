/** The times of a finished run, in cycles. */
import { at } from "../nest.js";
import type { Bins } from "./activity.js";
import type { Schedule } from "./schedule.kernel.js";
import type { Activity, During, NodeTiming, Timing, Wait } from "./timing.js";

/** `capacity`: operations that all compute units could do in a cycle. */
export function timingOf(schedule: Schedule, end: number, capacity: number): Timing {
  const { routes, waits, computing } = schedule;
  const ticks = routes.ticksPerCycle;
  const all = waits.all();
  const sum = (during: During): number => waits.ticksDuring(during) / ticks;
  return {
    cycles: end / ticks,
    computing: computing / ticks,
    startUp: sum("start-up"),
    stalled: sum("run"),
    finalDrain: sum("final drain"),
    waits: all,
    nodes: nodesOf(schedule, end, all),
    activity: activityOf({ bins: schedule.bins, series: schedule.series, ticksPerCycle: ticks }, end, capacity),
  };
}

function nodesOf(
  { routes, computing, transfers }: Schedule,
  end: number,
  waits: readonly Wait[],
): readonly NodeTiming[] {
  const ticks = routes.ticksPerCycle;
  const places = routes.places.map(({ index, stage: { level, tensor } }) => ({
    ...{ level, tensor },
    fillsUnderWay: at(transfers.underWay, index) / ticks,
    drainsUnderWay: at(transfers.underWay, routes.places.length + index) / ticks,
  }));
  return nodeTimings(places, { cycles: end / ticks, computing: computing / ticks, waits });
}

/** How a run looks from places of which it is known how long their tiles were under way. */
export function nodeTimings(
  places: readonly Pick<NodeTiming, "level" | "tensor" | "fillsUnderWay" | "drainsUnderWay">[],
  { cycles, computing, waits }: Pick<Timing, "cycles" | "computing" | "waits">,
): readonly NodeTiming[] {
  return places.map(({ level, tensor, ...underWay }) => {
    const spent = (action: "fill" | "drain"): number =>
      waits.reduce(
        (n, wait) => (wait.level === level && wait.tensor === tensor && wait.action === action ? n + wait.cycles : n),
        0,
      );
    const [filling, draining] = [spent("fill"), spent("drain")];
    return {
      level,
      tensor,
      computing,
      filling,
      draining,
      stalled: cycles - computing - filling - draining,
      ...underWay,
    };
  });
}

/** `series`: by level the one of its words; series 0 is compute. */
interface Recorded {
  readonly bins: Bins;
  readonly series: ReadonlyMap<number, number>;
  readonly ticksPerCycle: number;
}

/** `end` in ticks; `capacity`: operations that all compute units could do in a cycle. */
export function activityOf({ bins, series, ticksPerCycle }: Recorded, end: number, capacity: number): Activity {
  bins.cover(end);
  const binCycles = bins.width / ticksPerCycle;
  const lastCycles = (end - (bins.until(0, end).length - 1) * bins.width) / ticksPerCycle;
  const rates = (of: number): readonly number[] => {
    const amounts = bins.until(of, end);
    return amounts.map((amount, i) =>
      amount === 0 ? 0 : amount / (i === amounts.length - 1 && lastCycles > 0 ? lastCycles : binCycles),
    );
  };
  return {
    binCycles,
    compute: rates(0).map((rate) => rate / capacity),
    levels: [...series].map(([level, of]) => ({ level, words: rates(of) })),
  };
}
