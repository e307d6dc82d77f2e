export * from "./architecture.js";
