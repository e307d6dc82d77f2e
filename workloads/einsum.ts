import type { ActivationFigures } from "./activations.js";
import type { Graph } from "./graph/types.js";
import type { Network } from "./network/network.js";

/** The name of an index of the iteration space, lower case: `n m c p q r s`. Its bound is the upper-case name. */
export type RankVariable = string;

/** An affine expression over rank variables: Σ coefficient·variable + offset. Constants (stride U, padding Z) are substituted. */
export interface Affine {
  /** One entry a variable, coefficients non-zero integers (negative allowed). */
  readonly terms: readonly AffineTerm[];
  readonly offset: number;
}
export interface AffineTerm {
  /** Index into `Einsum.variables`. */
  readonly variable: number;
  readonly coefficient: number;
}

export interface ElementType {
  readonly kind: "int" | "uint" | "float";
  readonly bits: number;
}

/** An operand. `ranks[k]` projects the iteration space on the tensor's k-th axis, whose coordinates run over [0, shape[k]). */
export interface Tensor {
  readonly name: string;
  /** The name by which architectures and dataflows of the library know it: Inputs, Weights, Outputs (or its own name). */
  readonly alias: string;
  readonly role: "input" | "output";
  readonly ranks: readonly Affine[];
  /** Words along each axis. A coordinate outside is padding. */
  readonly shape: readonly number[];
  readonly type: ElementType;
}

/** How one point of the iteration space changes the output: `O = reduce(O, combine(inputs…))`. */
export interface Operation {
  readonly combine: "multiply" | "add" | "subtract" | "subtract-square" | "first";
  /** `assign`: every output word is written once. */
  readonly reduce: "add" | "max" | "min" | "multiply" | "assign";
  /** The initial value of the reduction; `identity`: 0 under a sum, −∞ under a max, +∞ under a min, 1 under a product. */
  readonly start: "identity" | { readonly tensor: string };
  /** Applied to each finished output word. */
  readonly after: After | null;
}
export type After =
  | { readonly kind: "scale"; readonly by: number }
  | { readonly kind: "divide-by-count" }
  | ({ readonly kind: "activation"; readonly name: string } & ActivationFigures);

/** One layer: `output[…] reduce= combine(inputs[…])` for every point of the iteration space. */
export interface Einsum {
  /** Lower-case names; index i is the variable's number everywhere. */
  readonly variables: readonly RankVariable[];
  /** The bound of each variable, ≥ 1. */
  readonly bounds: readonly number[];
  /** The inputs in the order of the right-hand side, then the output last. */
  readonly tensors: readonly Tensor[];
  readonly operation: Operation;
  /** Whether coordinates outside a tensor are counted as words (Timeloop) or are free. The values are right either way. */
  readonly padding: "counted" | "free";
  readonly accumulator: ElementType;
}

/** A named Einsum, as it stands in a workload. */
export interface Layer {
  readonly name: string;
  readonly einsum: Einsum;
  /** What the author called it: `conv`, `gemm`, `einsum`, …; for reports only. */
  readonly kind: string;
  /** How often the workload runs this very layer, ≥ 1. */
  readonly repeat: number;
  /** The part of a training step that this is; absent outside of one. */
  readonly pass?: Pass;
  /** Trained values beside the weights (biases, a normalisation's scale and shift), for counting parameters only; absent: none. */
  readonly biases?: number;
  /** The layer that this matrix product stands for (`--lower im2col`); absent where the layer is as it was written. */
  readonly loweredFrom?: Layer;
}

/** The parts of a training step. */
export type Pass = "forward" | "input-gradient" | "weight-gradient" | "update";

/** A named list of layers, in execution order. (Graphs of layers extend this.) */
export interface Workload {
  readonly name: string;
  readonly layers: readonly Layer[];
  /** Where the figures come from. */
  readonly source: string;
  /** What the reader should know: aliases that were translated, variants chosen. */
  readonly notes: readonly string[];
  /** The graph that the layers are part of, where the workload is one (an ONNX model). */
  readonly graph?: Graph;
  /** All that the network does, light steps included, where the workload tells; `layers` are then its heavy layers. */
  readonly network?: Network;
}
