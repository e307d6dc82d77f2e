// sim/model: the witness that counts by formula. Comes in: legal mappings. Goes out: every access, step and hop, predicted
// without executing anything: in closed form where all tiles are full, by a fold over the loop tree elsewhere.
// May import: base, workloads, arch-specs, mappings, sim/counts. Never sim/machine, the other witness.
export { compile, type Evaluator } from "./compile.js";
export type { Chain, CountName, Derivation, Question, Reason, Role, Step, Summand } from "./derivation.js";
export { derive } from "./derive.js";
export { countsIn, type Layout, type LevelLayout, type TensorLayout } from "./layout.js";
export type { Visits } from "./motion.js";
export { type PredictOptions, predict } from "./predict.js";
export { type Structure, type StructureLoop, type StructureNode, structureOf } from "./structure.js";
export { type Terms, termsOf } from "./terms.js";
export { predictVector } from "./vector.js";
