// sim/conventions: mappings priced as ours are, or as another tool prices them. Comes in: legal mappings.
// Goes out: evaluations under any conventions, with the figures that timeloop-model or AccelForge gives for the same mapping.
// May import: base, workloads, arch-specs, mappings, sim/counts, sim/model, sim/pricing.
export { evaluateAsAccelforge } from "./accelforge/figures.js";
export { evaluateUnder } from "./evaluate.js";
export {
  evaluateAsTimeloop,
  type TimeloopEvaluation,
  type TimeloopLevel,
  type TimeloopOptions,
  type TimeloopTensor,
} from "./timeloop/figures.js";
