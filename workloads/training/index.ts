// What training adds to the layers: gradients, losses, updates.
export * from "./backward.js";
export { type GradientLayer, gradients, type Source, trainingOf } from "./gradients.js";
export { slopeOf } from "./slopes.js";
