// arch-specs: the hardware, level by level. Comes in: architecture files as text, settings of their variables.
// Goes out: architectures with every figure worked out, the built-in ones, files printed back, diagnostics.
// May import: base, workloads.
export * from "./architecture.js";
export { instancesOf } from "./instances.js";
export { architectureNames, architectureText, builtInArchitecture } from "./library.js";
export { parseArchitecture } from "./parse.js";
export { printArchitecture } from "./print.js";
export { holds, mayKeep, mustKeep, shareOf, type TensorName } from "./sets.js";
