export * from "./mapping.js";
