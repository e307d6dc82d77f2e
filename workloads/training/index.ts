// What training adds to the layers: gradients, losses, updates.
export * from "./backward.js";
export { chainOf, type Trainable } from "./chain.js";
export * from "./digits.js";
export * from "./dropout.js";
export { gradients } from "./gradients.js";
export { gradientsOfGraph } from "./graph-gradients.js";
export { type GradientLayer, gradientsOfLayer, type Source, trainingOf } from "./layer-gradients.js";
export { graphOfLayers } from "./layers-graph.js";
export * from "./losses.js";
export * from "./metrics.js";
export { networkGraph, type TrainableOptions } from "./network-graph.js";
export * from "./optimisers.js";
export { slopeOf } from "./slopes.js";
export * from "./trainer.js";
