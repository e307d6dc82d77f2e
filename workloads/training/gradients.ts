import type { Result } from "../../base/index.js";
import type { Layer } from "../einsum.js";
import type { Graph } from "../graph/types.js";
import { gradientsOfGraph } from "./graph-gradients.js";
import { type GradientLayer, gradientsOfLayer } from "./layer-gradients.js";

/** The backward layers of a layer: see `gradientsOfLayer`. */
export function gradients(layer: Layer): readonly GradientLayer[];
/** A network that computes what one of its tensors changes by with others: see `gradientsOfGraph`. */
export function gradients(network: Graph, of: string, wanted: readonly string[]): Result<Graph>;
export function gradients(
  what: Layer | Graph,
  of = "",
  wanted: readonly string[] = [],
): readonly GradientLayer[] | Result<Graph> {
  return "einsum" in what ? gradientsOfLayer(what) : gradientsOfGraph(what, of, wanted);
}
