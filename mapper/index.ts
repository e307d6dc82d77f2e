// mapper: the searches. Comes in: a layer, an architecture, a dataflow, an objective, the exact cost of a mapping.
// Goes out: the best mapping, with the proof of how good it is.
// May import: base, workloads, arch-specs, mappings, sim.
export { type Blame, blame, isPossible } from "./blame.js";
export { contradictions } from "./contradictions.js";
export type { Cost } from "./cost.js";
export { type FrontOptions, type FrontProgress, type FrontResult, front } from "./front.js";
export { search } from "./imperfect.js";
export * from "./objective.js";
export { type Part, type Shared, together } from "./parts.js";
export { isSearchable } from "./rules.js";
export type { Progress, SearchOptions, SearchResult } from "./search.js";
export { type FrontPoint, type Interval, isCertain } from "./staircase.js";
