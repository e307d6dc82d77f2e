export * from "./einsum.js";
