import { functionNames } from "../activations.js";
import type { After, Layer } from "../einsum.js";

/** All that a network does, heavy layers and the light steps between them. */
export interface Network {
  /** Shape of what comes in: `[N, C, H, W]`, or rows. */
  readonly input: readonly number[];
  /** In execution order. */
  readonly entries: readonly NetworkEntry[];
}

/** The name by which entries read what comes into the network. */
export const INPUT = "input";

/** One entry of a network. */
export interface NetworkEntry {
  readonly name: string;
  readonly kind: string;
  /** The entries that it reads, or `input`. */
  readonly from: readonly string[];
  /** Of what it gives: `[N, C, H, W]` (channels of all groups together), or rows. */
  readonly shape: readonly number[];
  /** The Einsums that it consists of; none where words are only passed on: a concatenation, a view of another shape. */
  readonly layers: readonly Layer[];
  /** Heavy layers multiply by weights or by each other; the rest is light. */
  readonly isHeavy: boolean;
  /** Applied to all that it gives. */
  readonly activation: Activation | null;
  /** Trained words that none of its layers has: scale and shift of a normalisation without layers. Absent: none. */
  readonly trained?: number;
}
export type Activation = Extract<After, { readonly kind: "activation" }>;

/** Kinds whose multiplications make up a network's MACs. */
const HEAVY: ReadonlySet<string> = new Set([
  ...["conv", "conv1d", "conv3d", "fc", "depthwise", "deconv", "deconv1d", "deconv3d"],
  ...["gemm", "matmul", "attention-scores", "attention-context", "einsum", "rnn", "lstm", "gru"],
]);
export const isHeavyKind = (kind: string): boolean => HEAVY.has(kind);

/** Entries that compute nothing: what they make of the shapes of what they read. */
export const viewKinds: ReadonlyMap<string, (shapes: readonly Shape[], heads: number) => Shape | undefined> = new Map<
  string,
  (shapes: readonly Shape[], heads: number) => Shape | undefined
>([
  ["concat", joined],
  ["flatten", ([shape = []]) => [shape[0] ?? 1, shape.slice(1).reduce((n, extent) => n * extent, 1), 1, 1]],
  ["dropout", ([shape]) => shape],
  [
    "split-heads",
    ([[rows = 1, width = 1] = []], heads) => (width % heads === 0 ? [heads, rows, width / heads] : undefined),
  ],
  ["merge-heads", ([[heads = 1, rows = 1, width = 1] = []]) => [rows, heads * width]],
  ["transpose", ([shape = []]) => [...shape.slice(0, -2), ...shape.slice(-2).reverse()]],
]);
export type Shape = readonly number[];

/** Along the channels; all other extents are alike. */
function joined(shapes: readonly Shape[]): Shape | undefined {
  const [first, ...others] = shapes;
  if (first === undefined) return undefined;
  const isAlike = others.every((shape) => shape.every((extent, axis) => axis === 1 || extent === first[axis]));
  const channels = shapes.reduce((n, shape) => n + (shape[1] ?? 1), 0);
  return isAlike ? first.map((extent, axis) => (axis === 1 ? channels : extent)) : undefined;
}

/** Kinds that change words where they are, so that what they give takes no memory of its own; views of other shapes too. */
export const IN_PLACE: ReadonlySet<string> = new Set([
  ...functionNames,
  ...viewKinds.keys(),
  ...["softmax", "log-softmax", "batch-norm", "layer-norm", "instance-norm", "group-norm", "lrn", "prelu"],
  ...["add", "subtract", "multiply", "add-bias"],
]);
