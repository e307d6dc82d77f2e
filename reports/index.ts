// reports: results as people and programs read them. Comes in: legal mappings with their prices, proofs and checks.
// Goes out: result objects (loopwright/result@1), text tables, CSV, JSON, one HTML file, differences of two results.
// Everything is a function of its arguments: the same results give the same bytes.
// May import: base, workloads, arch-specs, mappings, sim/*, mapper.
export * from "./comparison-text.js";
export * from "./contenders.js";
export * from "./contest.js";
export * from "./csv.js";
export * from "./diff.js";
export * from "./estimate-text.js";
export * from "./explain-cost.js";
export * from "./explain-count.js";
export * from "./explanation.js";
export * from "./explanation-text.js";
export * from "./findings.js";
export * from "./findings-text.js";
export * from "./front.js";
export { printHtml } from "./html/page.js";
export type { ReportLayer } from "./html/study.js";
export * from "./json.js";
export * from "./layer-result.js";
export * from "./layer-text.js";
export * from "./missing.js";
export * from "./numbers.js";
export * from "./result.js";
export * from "./result-schema.js";
export { type Schema, schemas } from "./schemas/index.js";
export * from "./sheet.js";
export * from "./summary-text.js";
export * from "./table.js";
export * from "./timeloop-text.js";
export * from "./timing-result.js";
export { printActivity, printWaits } from "./timing-text.js";
export * from "./trace.js";
export * from "./training.js";
export * from "./vector-result.js";
