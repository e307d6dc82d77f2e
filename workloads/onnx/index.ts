// ONNX files as graphs of layers and steps. Parsers take bytes; nothing here touches files.
export { type BuildOptions, buildGraph, refusedNodes } from "./build.js";
export { type Erratum, errata, erratumOf } from "./errata.js";
export { refusedOperators, type SupportedOperator, supportedOperators } from "./operators/index.js";
export { declaredTypes, inputNames, outputNames } from "./ports.js";
export type { ModelProto } from "./proto.js";
export { readModel, readTensor, writeModel, writeTensor } from "./read.js";
export { asDeclared } from "./tensors.js";
export { parseOnnx } from "./workload.js";
