import { inputsOf, outputOf, tensorWords } from "../counts.js";
import type { Layer, Workload } from "../einsum.js";
import { GraphBuilder } from "../graph/builder.js";
import type { Attributes, Graph } from "../graph/types.js";
import { withTypes } from "../types.js";
import { type Activation, INPUT, type Network, type NetworkEntry } from "./network.js";

/**
 * A built-in network as one whose values flow: its layers in 32-bit floats, poolings among them, and the graph of layers and steps that they
 * are part of. Trained values are filled in when the graph runs. As it is where it has a graph already, or is but a list of layers.
 */
export function flowing(workload: Workload): Workload {
  const { network, graph } = workload;
  if (network === undefined || graph !== undefined) return workload;
  const made = graphOf(workload, network);
  const layers = made.nodes.flatMap((node) => (node.kind === "layer" ? [node.layer] : []));
  return { ...workload, layers, graph: made };
}

function graphOf({ name, source, notes }: Workload, network: Network): Graph {
  const builder = new GraphBuilder({ run: null });
  builder.input({ name: INPUT, type: "float32", shape: network.input });
  for (const entry of network.entries) addEntry(builder, entry);
  return builder.graph(name, [network.entries.at(-1)?.name ?? INPUT], source, notes);
}

/** The step of a kind that is none of the array's, its attributes, and how many trained vectors it has along the last axis (or channels). */
const STEPS: ReadonlyMap<string, (entry: NetworkEntry) => { readonly step: string; readonly attributes: Attributes }> =
  new Map<string, (entry: NetworkEntry) => { readonly step: string; readonly attributes: Attributes }>([
    ["add", () => ({ step: "Add", attributes: {} })],
    ["multiply", () => ({ step: "Mul", attributes: {} })],
    ["subtract", () => ({ step: "Sub", attributes: {} })],
    ["concat", () => ({ step: "Concat", attributes: { axis: 1 } })],
    ["softmax", ({ shape }) => ({ step: "Softmax", attributes: { axis: shape.length === 4 ? 1 : -1 } })],
    ["transpose", ({ shape }) => ({ step: "Transpose", attributes: { perm: swapped(shape.length) } })],
    ["dropout", () => ({ step: "Identity", attributes: {} })],
    ["lrn", (entry) => ({ step: "LRN", attributes: neighbours(entry) })],
  ]);

const swapped = (rank: number): readonly number[] => [
  ...Array.from({ length: rank - 2 }, (_, i) => i),
  rank - 1,
  rank - 2,
];

/** The figures of a normalisation over neighbours, from the Einsums that it consists of. */
function neighbours({ layers }: NetworkEntry): Attributes {
  const sums = layers[1]?.einsum;
  const after = sums?.operation.after;
  const size = sums?.bounds[sums.variables.indexOf("k")] ?? 1;
  if (after?.kind !== "activation") throw new Error("no power in a normalisation over neighbours");
  return { size, alpha: (after.alpha ?? 1) * size, beta: -(after.gamma ?? 1), bias: after.beta ?? 0 };
}

function addEntry(builder: GraphBuilder, entry: NetworkEntry): void {
  const { name, activation } = entry;
  const ended = activation === null ? name : `${name}.sums`;
  addOperation(builder, entry, ended);
  if (activation !== null) addActivation(builder, activation, ended, name);
}

function addOperation(builder: GraphBuilder, entry: NetworkEntry, output: string): void {
  const { kind, from, shape, layers } = entry;
  const step = STEPS.get(kind)?.(entry);
  const [layer, ...more] = layers;
  if (step !== undefined) builder.step(step.step, from, [output], step.attributes);
  else if (kind === "split-heads") splitHeads(builder, entry, output);
  else if (kind === "merge-heads") mergeHeads(builder, entry, output);
  else if (kind === "flatten") reshaped(builder, from[0] ?? INPUT, output, shape);
  else if (kind === "layer-norm") layerNorm(builder, entry, output);
  else if (kind === "power") scaled(builder, entry, output);
  else if (layer === undefined || more.length > 0) throw new Error(`no step for ${entry.name}, ${kind}`);
  else addLayer(builder, entry, layer, output);
}

/** A heavy layer, or a pooling; the bias is added to its output. */
function addLayer(builder: GraphBuilder, { from, shape }: NetworkEntry, layer: Layer, output: string): void {
  const typed = withTypes(layer, "float32");
  const trained = inputsOf(typed.einsum).slice(from.length);
  const weights = trained.map((tensor) => builder.filled(`${layer.name}.${tensor.name}`, tensor.shape));
  const isBiased = (layer.biases ?? 0) > 0;
  const sums = isBiased ? `${layer.name}.products` : output;
  builder.layer(typed, [...from, ...weights], sums, "float32", shape);
  if (tensorWords(outputOf(typed.einsum)) !== shape.reduce((n, extent) => n * extent, 1))
    throw new Error(`${layer.name} gives other than ${shape.join("x")}`);
  if (!isBiased) return;
  const bias = builder.filled(`${layer.name}.Bias`, shape.length === 4 ? [shape[1] ?? 1] : [shape.at(-1) ?? 1]);
  const spread = shape.length === 4 ? reshaped(builder, bias, `${bias}.spread`, [1, shape[1] ?? 1, 1, 1]) : bias;
  builder.step("Add", [sums, spread], [output]);
}

function reshaped(builder: GraphBuilder, from: string, to: string, shape: readonly number[]): string {
  const wanted = { type: "int64", shape: [shape.length], values: Float64Array.from(shape) } as const;
  builder.step("Reshape", [from, builder.constant(`${to}.shape`, wanted)], [to]);
  return to;
}

/** Rows × width as heads × rows × width/heads. */
function splitHeads(builder: GraphBuilder, { from, shape }: NetworkEntry, output: string): void {
  const [heads = 1, rows = 1, width = 1] = shape;
  const apart = reshaped(builder, from[0] ?? INPUT, `${output}.apart`, [rows, heads, width]);
  builder.step("Transpose", [apart], [output], { perm: [1, 0, 2] });
}

function mergeHeads(builder: GraphBuilder, { from, shape }: NetworkEntry, output: string): void {
  builder.step("Transpose", [from[0] ?? INPUT], [`${output}.rows`], { perm: [1, 0, 2] });
  reshaped(builder, `${output}.rows`, output, shape);
}

function layerNorm(builder: GraphBuilder, { name, from, shape, layers }: NetworkEntry, output: string): void {
  const width = [shape.at(-1) ?? 1];
  const after = layers[1]?.einsum.operation.after;
  const epsilon = after?.kind === "activation" ? (after.beta ?? 1e-5) : 1e-5;
  const trained = ["Weights", "Bias"].map((tensor) => builder.filled(`${name}.${tensor}`, width));
  builder.step("LayerNormalization", [...from, ...trained], [output], { axis: -1, epsilon });
}

/** A scale: a power of exponent 1 without an offset. */
function scaled(builder: GraphBuilder, { name, from, layers }: NetworkEntry, output: string): void {
  const after = layers[0]?.einsum.operation.after;
  if (after?.kind !== "activation" || (after.gamma ?? 1) !== 1 || (after.beta ?? 0) !== 0)
    throw new Error(`${name} is a power that is no scale`);
  const factor = builder.constant(`${name}.factor`, {
    type: "float32",
    shape: [],
    values: Float32Array.of(after.alpha ?? 1),
  });
  builder.step("Mul", [from[0] ?? INPUT, factor], [output]);
}

/** ONNX' names of activations where they are not ours in capitals: `leaky-relu`, LeakyRelu. */
const ACTIVATIONS: ReadonlyMap<string, string> = new Map([
  ["relu6", "Clip"],
  ["swish", "Swish"],
  ["gelu-tanh", "Gelu"],
]);

function addActivation(
  builder: GraphBuilder,
  { name, kind: _, ...figures }: Activation,
  from: string,
  to: string,
): void {
  const plain = name.replaceAll(/(^|-)([a-z])/g, (_match, _dash, letter: string) => letter.toUpperCase());
  const step = ACTIVATIONS.get(name) ?? plain;
  const bound = (value: number): string =>
    builder.constant(`${to}.${value}`, { type: "float32", shape: [], values: Float32Array.of(value) });
  if (name === "relu6") builder.step(step, [from, bound(0), bound(6)], [to]);
  else builder.step(step, [from], [to], { ...figures, ...(name === "gelu-tanh" ? { approximate: "tanh" } : {}) });
}
