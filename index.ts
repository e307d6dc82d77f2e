/**
 * Loopwright as a library: every command is a thin shell over these functions. All of them are pure and run in a browser, too.
 *
 * @packageDocumentation
 */
export * from "./arch-specs/index.js";
export * from "./base/index.js";
export * from "./mapper/index.js";
export * from "./mappings/index.js";
export * from "./reports/index.js";
export * from "./sim/conventions/index.js";
export * from "./sim/counts.js";
export * from "./sim/machine/index.js";
export * from "./sim/model/index.js";
export * from "./sim/pricing/index.js";
export * from "./workloads/index.js";
