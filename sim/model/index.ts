// sim/model: the witness that counts by formula. Comes in: legal mappings. Goes out: every access, step and hop, predicted
// without executing anything: in closed form where all tiles are full, by a fold over the loop tree elsewhere.
// May import: base, workloads, arch-specs, mappings, sim/counts. Never sim/machine, the other witness.
export type { Visits } from "./motion.js";
export * from "./predict.js";
