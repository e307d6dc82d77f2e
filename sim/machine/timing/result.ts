/** The times of a finished run, in cycles. */
import { at } from "../nest.js";
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
    activity: activityOf(schedule, end, capacity),
  };
}

function nodesOf(
  { routes, computing, transfers }: Schedule,
  end: number,
  waits: readonly Wait[],
): readonly NodeTiming[] {
  const ticks = routes.ticksPerCycle;
  return routes.places.map(({ index, stage: { level, tensor } }) => {
    const spent = (action: "fill" | "drain"): number =>
      waits.reduce(
        (n, wait) => (wait.level === level && wait.tensor === tensor && wait.action === action ? n + wait.cycles : n),
        0,
      );
    const [filling, draining] = [spent("fill"), spent("drain")];
    return {
      ...{ level, tensor, filling, draining },
      computing: computing / ticks,
      stalled: (end - computing) / ticks - filling - draining,
      fillsUnderWay: at(transfers.underWay, index) / ticks,
      drainsUnderWay: at(transfers.underWay, routes.places.length + index) / ticks,
    };
  });
}

function activityOf({ routes, bins, series }: Schedule, end: number, capacity: number): Activity {
  bins.cover(end);
  const binCycles = bins.width / routes.ticksPerCycle;
  const lastCycles = (end - (bins.until(0, end).length - 1) * bins.width) / routes.ticksPerCycle;
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
