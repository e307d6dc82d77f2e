import { instancesOf } from "../../arch-specs/index.js";
import type { LegalMapping } from "../../mappings/index.js";
import type { Values } from "../../workloads/index.js";
import { EvenRecorder } from "./bulk/even-recorder.kernel.js";
import { executeInBulk } from "./bulk/fast.js";
import { Recorder } from "./bulk/recorder.kernel.js";
import type { ExecuteOptions, Execution } from "./execution.js";
import { nestOf } from "./nest.js";
import { timingOf } from "./timing/result.js";
import { routesOf } from "./timing/routes.js";
import { Schedule } from "./timing/schedule.kernel.js";
import { Timer } from "./timing/timer.kernel.js";
import type { Timing, TraceWishes } from "./timing/timing.js";
import { Tracing } from "./timing/tracing.js";

export interface TimedExecution extends Execution {
  readonly timing: Timing;
}

export interface TimedOptions extends ExecuteOptions {
  /** Who is told what happens when. */
  readonly trace?: TraceWishes;
}

/** Executes a mapping as `execute` does, by the clock: the very moves that are counted take their time (docs/timing.md). */
export function executeTimed(
  mapping: LegalMapping,
  inputs: readonly Values[],
  options: TimedOptions = {},
): TimedExecution {
  const nest = nestOf(mapping);
  const routes = routesOf(nest);
  const { trace } = options;
  const tracing = trace === undefined ? null : new Tracing(trace, routes.ticksPerCycle);
  const schedule = new Schedule(routes, storageLevels(mapping), tracing);
  const timer = new Timer(schedule);
  let recorder: Recorder | EvenRecorder | undefined;
  const execution = executeInBulk(mapping, inputs, options, ({ chains, computes }) => {
    const isEven = computes.even !== null && !computes.isFree && computes.starts === null;
    if (isEven) recorder = new EvenRecorder(routes, chains, computes, timer, mapping.nodes.length);
    else {
      const own = new Recorder(routes, chains, computes, timer);
      for (const chain of chains) chain.recorder = own;
      recorder = own;
    }
    computes.recorder = recorder;
    return recorder;
  });
  if (recorder === undefined) throw new Error("nothing was recorded");
  const end = schedule.finish(recorder.finish());
  return { ...execution, timing: timingOf(schedule, end, capacityOf(mapping)) };
}

const storageLevels = ({ architecture }: LegalMapping): readonly number[] =>
  architecture.levels.flatMap(({ kind }, level) => (kind === "storage" ? [level] : []));

/** Operations a cycle of all compute units that exist. */
function capacityOf({ architecture }: LegalMapping): number {
  const last = architecture.levels.length - 1;
  const compute = architecture.levels[last];
  if (compute?.kind !== "compute") throw new Error(`the last level of ${architecture.name} is not compute`);
  return compute.operationsPerCycle * instancesOf(architecture, last);
}
