// workloads: what is computed.
// Comes in: texts of Einsums, inline layers, YAML files, names of built-in networks.
// Goes out: Einsums, layers and workloads, their counts, and their right results by plain loops.
// May import: base.
export * from "./activations.js";
export * from "./affine.js";
export * from "./arithmetic.js";
export * from "./convolution.js";
export * from "./counts.js";
export * from "./einsum.js";
export * from "./fold.js";
export * from "./graph/index.js";
export * from "./inline.js";
export { kindNames, vocabularyOf } from "./kinds.js";
export * from "./library.js";
export * from "./lower.js";
export { magnitudesOf } from "./magnitudes.js";
export * from "./network/every.js";
export * from "./network/graph.js";
export * from "./network/network.js";
export * from "./network/summary.js";
export * from "./onnx/index.js";
export * from "./operations.js";
export * from "./parameters.js";
export { type EinsumSetting, type LocationOf, parseEinsum } from "./parse-einsum.js";
export { parseWorkload } from "./parse-workload.js";
export * from "./print-einsum.js";
export * from "./reference.js";
export * from "./sample.js";
export * from "./select.js";
export * from "./sliding.js";
export * from "./start.js";
export {
  isDifferentiable,
  type Planned,
  type Step as GraphStep,
  StepError,
  stepNamed,
  steps,
  UnknownValues,
} from "./steps/index.js";
export * from "./training/index.js";
export * from "./types.js";
export * from "./values.js";
