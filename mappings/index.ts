// mappings: HOW a layer runs on an architecture. Comes in: mappings and dataflows as text, layers, architectures.
// Goes out: legal mappings, their text and drawings, dataflows, mapspaces.
// Only checkLegality makes a LegalMapping; all that counts, prices or executes takes only that.
// May import: base, workloads, arch-specs.
export * from "./draw.js";
export * from "./legality.js";
export * from "./mapping.js";
export * from "./print.js";
export * from "./text.js";
export * from "./usage.js";
