import type { MessagePort } from "node:worker_threads";
import type { LegalMapping } from "../mappings/index.js";
import type { Validation } from "../reports/index.js";
import type { Counts } from "../sim/counts.js";
import { compareOutputs, execute } from "../sim/machine/index.js";
import { type Einsum, reference, seededInputs, type Values } from "../workloads/index.js";

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
}
export interface Simulated {
  readonly counts: Counts;
  readonly validation: Validation;
}

/** Executes a mapping on seeded values, and compares the outputs with the reference executor's. */
export function simulate({ legal, seed }: Simulation, tell: Tell): Simulated {
  const { einsum } = legal.layer;
  const inputs = seededInputs(einsum, seed);
  const { counts, output } = execute(legal, inputs, {
    progress: (done, total) => tell({ share: done / total, note: "executing" }),
  });
  tell({ share: 1, note: "comparing with the reference" });
  const expected = reference(einsum, inputs);
  return { counts, validation: compareOutputs(output, expected, einsum, magnitudesOf(einsum, inputs)) };
}

/** The same sums over absolute values bound what rounding may do to floats; integers are exact without. */
function magnitudesOf(einsum: Einsum, inputs: readonly Values[]): Values | null {
  if (einsum.accumulator.kind !== "float") return null;
  return reference(
    einsum,
    inputs.map((values) => values.map(Math.abs)),
  );
}
