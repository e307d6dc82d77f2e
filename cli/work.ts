import type { MessagePort } from "node:worker_threads";
import type { LegalMapping } from "../mappings/index.js";
import type { Validation } from "../reports/index.js";
import type { Counts } from "../sim/counts.js";
import {
  compareOutputs,
  executeSystolic,
  executeTimed,
  type SystolicRun,
  systolicPlan,
  type TimedOptions,
  type Timing,
} from "../sim/machine/index.js";
import { lowerToProduct, magnitudesOf, reference, seededInputs, type Values } from "../workloads/index.js";
import { type TracePart, tracing } from "./trace.js";

/** How far a piece of work is. */
export interface Report {
  /** Between 0 and 1; null where nobody knows. */
  readonly share: number | null;
  /** What else is worth telling: the incumbent, the bound. */
  readonly note: string;
}
export type Tell = (report: Report) => void;

/** What a worker is sent beside its input: where to report, and a flag that asks it to come to an end. */
export interface Wires {
  readonly port: MessagePort;
  /** One cell: not 0 once the user has interrupted. */
  readonly stop: SharedArrayBuffer;
}

export interface Simulation {
  readonly legal: LegalMapping;
  readonly seed: number;
  /** Where the worker writes what happens when; absent: nowhere. */
  readonly trace?: TracePart | null;
}
export interface Simulated {
  readonly counts: Counts;
  readonly validation: Validation;
  /** What took how long. */
  readonly timing?: Timing;
  /** Where a systolic array ran. */
  readonly systolic?: SystolicRun;
}

/** Executes a mapping on seeded values, and compares the outputs with the reference executor's. */
export function simulate({ legal, seed, trace = null }: Simulation, tell: Tell): Simulated {
  const written = legal.layer.loweredFrom;
  const { einsum } = written ?? legal.layer;
  const inputs = seededInputs(einsum, seed);
  const lowered = written === undefined ? undefined : lowerToProduct(written);
  const { output, ...counted } = runOnMachine(legal, lowered?.operands(inputs) ?? inputs, trace, tell);
  tell({ share: 1, note: "comparing with the reference" });
  const expected = reference(einsum, inputs);
  const restored = lowered?.restore(output) ?? output;
  return { ...counted, validation: compareOutputs(restored, expected, einsum, magnitudesOf(einsum, inputs)) };
}

/** On the machine that the mapping is for: systolic arrays are stepped cycle by cycle. */
export function runOnMachine(
  legal: LegalMapping,
  inputs: readonly Values[],
  part: TracePart | null,
  tell: Tell,
): Omit<Simulated, "validation"> & Output {
  const progress = (done: number, total: number): void => tell({ share: done / total, note: "executing" });
  const plan = systolicPlan(legal);
  const traced = <T>(run: (options: TimedOptions) => T): T =>
    part === null ? run({ progress }) : tracing(part, legal, (trace) => run({ progress, trace }));
  if (plan === undefined) return traced((options) => executeTimed(legal, inputs, options));
  const { run: systolic, ...ran } = traced((options) => executeSystolic(legal, plan, inputs, options));
  return { ...ran, systolic };
}
interface Output {
  readonly output: Values;
}
