// sim/machine: counts by EXECUTION. Comes in: a legal mapping and the values of its inputs.
// Goes out: the output's values and every access, counted as it happens; how far outputs are from the expected ones.
// Follows docs/semantics.md and nothing else: no formula of the model is used here.
// May import: base, workloads, arch-specs, mappings, sim/counts.
export * from "./compare.js";
export * from "./execute.js";
export type * from "./execution.js";
export { executePlainly } from "./plain/plain.js";
export * from "./systolic/index.js";
export { executeTimed, type TimedExecution, type TimedOptions } from "./timed.js";
export type * from "./timing/timing.js";
export { executeVector, type VectorExecution } from "./vector.kernel.js";
