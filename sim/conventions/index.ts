// sim/conventions: mappings priced as other tools price them. Comes in: legal mappings.
// Goes out: evaluations with the figures that timeloop-model or AccelForge gives for the same mapping.
// May import: base, workloads, arch-specs, mappings, sim/counts, sim/pricing.
export {
  evaluateAsTimeloop,
  type TimeloopEvaluation,
  type TimeloopLevel,
  type TimeloopOptions,
  type TimeloopTensor,
} from "./timeloop/figures.js";
