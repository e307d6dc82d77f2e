import { product } from "../../base/index.js";
import { activationNames } from "../activations.js";
import type { Graph, GraphNode, LayerNode, StepNode } from "../graph/types.js";
import { type Activation, INPUT, isHeavyKind, type Network, type NetworkEntry } from "../network/network.js";

/** What the trade calls steps, where it is not ONNX' name in small letters: `GlobalAveragePool`, global-average-pool. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ["BatchNormalization", "batch-norm"],
  ["GroupNormalization", "group-norm"],
  ["InstanceNormalization", "instance-norm"],
  ["LRN", "lrn"],
  ["LayerNormalization", "layer-norm"],
  ["Mul", "multiply"],
  ["PRelu", "prelu"],
  ["Reshape", "flatten"],
  ["Squeeze", "flatten"],
  ["Sub", "subtract"],
  ["Sum", "add"],
  ["Unsqueeze", "flatten"],
]);

const kindOf = (step: string): string => KINDS.get(step) ?? step.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase();

/** Which inputs of a step are trained, where they do not depend on the network's input. A lone number is none. */
const TRAINED: ReadonlyMap<string, readonly [first: number, end: number]> = new Map([
  ["Add", [0, 2]],
  ["BatchNormalization", [1, 3]],
  ["GroupNormalization", [1, 3]],
  ["InstanceNormalization", [1, 3]],
  ["LayerNormalization", [1, 3]],
  ["Mul", [0, 2]],
  ["PRelu", [1, 2]],
]);
const wordsOf = (shape: readonly number[]): number => (product(shape) > 1 ? product(shape) : 0);

/** The table of a graph with one input: its layers, and the steps between them that depend on the input. Undefined where there are more. */
export function networkOf(graph: Graph): Network | undefined {
  const [input, ...others] = graph.inputs;
  if (input === undefined || others.length > 0) return undefined;
  const table = new Table(graph, input.name);
  for (const node of graph.nodes) table.take(node);
  return { input: input.shape, entries: table.entries };
}

class Table {
  readonly entries: NetworkEntry[] = [];
  private readonly graph: Graph;
  /** The entry that gives a tensor. */
  private readonly makers: Map<string, string>;
  private readonly uses = new Map<string, number>();

  constructor(graph: Graph, input: string) {
    this.graph = graph;
    this.makers = new Map([[input, INPUT]]);
    for (const { inputs } of graph.nodes)
      for (const name of inputs) this.uses.set(name, (this.uses.get(name) ?? 0) + 1);
  }

  take(node: GraphNode): void {
    const moving = node.inputs.filter((name) => this.makers.has(name));
    if (moving.length === 0) return;
    const joined = node.kind === "step" && moving.length === 1 ? this.joined(node, moving[0] ?? "") : null;
    const maker = joined ?? this.added(node, moving);
    for (const name of node.outputs) this.makers.set(name, maker);
  }

  /** A bias, or an activation that alone reads a layer's output, belongs to that layer: its name; null where the step stands by itself. */
  private joined(node: StepNode, tensor: string): string | null {
    const place = this.entries.findLastIndex(({ name }) => name === this.makers.get(tensor));
    const entry = this.entries[place];
    if (entry === undefined || entry.layers.length === 0 || this.uses.get(tensor) !== 1) return null;
    if (node.step === "Add" && entry.layers.some(({ biases = 0 }) => biases > 0)) return entry.name;
    const activation = activationOf(node);
    if (activation === null || entry.activation !== null) return null;
    this.entries[place] = { ...entry, activation };
    return entry.name;
  }

  private added(node: GraphNode, moving: readonly string[]): string {
    const from = [...new Set(moving.map((name) => this.makers.get(name) ?? INPUT))];
    const shape = this.graph.tensors.get(node.outputs.find((name) => name !== "") ?? "")?.shape ?? [];
    const own = node.kind === "layer" ? layerEntry(node) : stepEntry(node);
    const trained = node.kind === "step" ? this.trainedIn(node) : 0;
    this.entries.push({ ...own, from, shape, activation: null, ...(trained > 0 ? { trained } : {}) });
    return own.name;
  }

  /** Words of a step that are trained: scale and shift of a normalisation, slopes, a constant that is added or multiplied. */
  private trainedIn({ step, inputs }: StepNode): number {
    const [first, last] = TRAINED.get(step) ?? [0, 0];
    const own = inputs.slice(first, last).filter((name) => name !== "" && !this.makers.has(name));
    return own.reduce((sum, name) => sum + wordsOf(this.graph.tensors.get(name)?.shape ?? []), 0);
  }
}

type OwnEntry = Pick<NetworkEntry, "name" | "kind" | "layers" | "isHeavy">;

const layerEntry = ({ name, layer }: LayerNode): OwnEntry => ({
  ...{ name, kind: layer.kind, layers: [layer] },
  isHeavy: isHeavyKind(layer.kind),
});
const stepEntry = ({ name, step }: StepNode): OwnEntry => ({ name, kind: kindOf(step), layers: [], isHeavy: false });

function activationOf({ step, attributes }: StepNode): Activation | null {
  const name = kindOf(step);
  if (!activationNames.includes(name)) return null;
  const figure = (key: string): object => (typeof attributes[key] === "number" ? { [key]: attributes[key] } : {});
  return { kind: "activation", name, ...figure("alpha"), ...figure("beta"), ...figure("gamma") };
}
