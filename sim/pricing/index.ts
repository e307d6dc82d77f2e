// sim/pricing: what counts cost on an architecture. Comes in: the counts of either witness and their mapping.
// Goes out: cycles and what binds them, energy by level, tensor and action, utilization, occupancy (rules 13 and 14).
// May import: base, workloads, arch-specs, mappings, sim/counts.
export * from "./evaluation.js";
export * from "./price.js";
export * from "./vector.js";
