// sim/machine/systolic: systolic arrays, stepped cycle by cycle. Comes in: a mapping in the form of folds, values.
// Goes out: the output, every access, and the cycles that it took.
export { type SystolicPlan, systolicPlan } from "./plan.js";
export { cyclesOf, executeSystolic, type SystolicExecution, type SystolicOptions, type SystolicRun } from "./run.js";
