// arch-specs: the hardware, level by level. Comes in: architecture files as text, settings of their variables, reference tables.
// Goes out: architectures with every figure worked out and its source, the built-in ones, files printed back, diagnostics.
// May import: base, workloads.
export {
  type Applied,
  applyReferenceTables,
  parseReferenceTables,
  printArt,
  printErt,
  type ReferenceTables,
} from "./accelergy.js";
export * from "./architecture.js";
export { type EstimateRow, estimates, type Sources } from "./estimates.js";
export { CLASS_NAMES } from "./estimators/catalogue.js";
export { SCALING_SOURCE } from "./estimators/technology.js";
export { instancesOf } from "./instances.js";
export { chipLeakage, leakageAt, vectorLeakage } from "./leakage.js";
export { architectureNames, architectureText, builtInArchitecture } from "./library.js";
export { parseArchitecture } from "./parse.js";
export { printArchitecture } from "./print.js";
export { holds, mayKeep, mustKeep, shareOf, type TensorName } from "./sets.js";
export type { VectorUnit } from "./vector.js";
