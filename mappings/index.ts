// mappings: HOW a layer runs on an architecture. Comes in: mappings and dataflows as text, layers, architectures.
// Goes out: legal mappings, their text and drawings, dataflows, mapspaces.
// Only checkLegality makes a LegalMapping; all that counts, prices or executes takes only that.
// May import: base, workloads, arch-specs.
export * from "./built-in-dataflows.js";
export * from "./dataflow.js";
export { resolveDataflow } from "./dataflow-resolve.js";
export * from "./dataflow-text.js";
export * from "./draw.js";
export * from "./every.js";
export * from "./folds.js";
export { type AxisRoom, axisRooms, type CapacityRoom, capacityRooms, poolName } from "./headroom.js";
export { checkLegality, type LegalityOptions } from "./legality.js";
export * from "./mapping.js";
export { imperfectMapspace, mapspaceSize } from "./mapspace.js";
export { obeys, obeysResolved } from "./obeys.js";
export * from "./print.js";
export * from "./random.js";
export * from "./systolic.js";
export * from "./text.js";
export * from "./timeloop/index.js";
export * from "./usage.js";
