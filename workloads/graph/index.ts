// Graphs of layers and steps: their type, how they are put together (shapes inferred on the way), and how they run.
export * from "./builder.js";
export * from "./compare.js";
export * from "./random-values.js";
export * from "./run.js";
export * from "./types.js";
export { bitsOf, conform, isFloat, layerType, limitsOf, zerosOf } from "./value-types.js";
