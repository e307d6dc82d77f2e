// base: what every room needs. Comes in: nothing of ours. Goes out: units, diagnostics, located YAML, integers, seeded random.
// May import: nothing of ours.
export * from "./conventions.js";
export * from "./diagnostic.js";
export * from "./integers.js";
export * from "./located.js";
export * from "./random.js";
export * from "./units.js";
