import { stepNamed } from "../steps/index.js";
import { type LayerRunner, wordsAs } from "./builder.js";
import type { Graph, GraphNode, Known } from "./types.js";
import { zerosOf } from "./value-types.js";

export interface RunOptions {
  /** Runs the heavy layers. */
  readonly layer: LayerRunner;
  /** Is shown every tensor as soon as it is worked out. */
  readonly seen?: (name: string, value: Known) => void;
  /** Tensors to take instead of what their nodes would give: other weights. */
  readonly instead?: (name: string, value: Known) => Known;
}

/**
 * Runs a graph on the given inputs; returns its outputs by name. Values flow from node to node in the graph's types. What follows from
 * constants alone is worked out when it is first needed, and every tensor is let go after its last use.
 */
export function runGraph(graph: Graph, inputs: ReadonlyMap<string, Known>, options: RunOptions): Map<string, Known> {
  const run = new Run(graph, inputs, options);
  for (const node of graph.nodes) if (!run.followsFromConstants(node)) run.execute(node);
  return new Map(graph.outputs.map(({ name }) => [name, run.value(name)]));
}

class Run {
  private readonly graph: Graph;
  private readonly options: RunOptions;
  private readonly values = new Map<string, Known>();
  private readonly makers = new Map<string, GraphNode>();
  private readonly uses = new Map<string, number>();
  /** Tensors that depend on an input of the graph. */
  private readonly moving: Set<string>;

  constructor(graph: Graph, inputs: ReadonlyMap<string, Known>, options: RunOptions) {
    this.graph = graph;
    this.options = options;
    this.moving = new Set(graph.inputs.map((port) => port.name));
    for (const { name } of graph.inputs) {
      const value = inputs.get(name);
      if (value === undefined) throw new Error(`no value for the input ${name}`);
      this.values.set(name, value);
    }
    for (const node of graph.nodes) {
      const moves = node.inputs.some((name) => this.moving.has(name));
      for (const name of node.outputs) {
        this.makers.set(name, node);
        if (moves) this.moving.add(name);
      }
      for (const name of node.inputs) this.uses.set(name, (this.uses.get(name) ?? 0) + 1);
    }
    for (const { name } of graph.outputs) this.uses.set(name, Number.POSITIVE_INFINITY);
  }

  followsFromConstants(node: GraphNode): boolean {
    return !node.outputs.some((name) => this.moving.has(name));
  }

  /** A tensor's value; what follows from constants alone is worked out now. */
  value(name: string): Known {
    const found = this.values.get(name) ?? this.constant(name);
    if (found !== undefined) return found;
    const maker = this.makers.get(name);
    if (maker === undefined) throw new Error(`nothing gives the tensor ${name}`);
    this.execute(maker);
    const made = this.values.get(name);
    if (made === undefined) throw new Error(`${maker.name} did not give ${name}`);
    return made;
  }

  private constant(name: string): Known | undefined {
    const value = this.graph.constants.get(name);
    return value === undefined ? undefined : this.taken(name, value);
  }

  private taken(name: string, value: Known): Known {
    const { instead } = this.options;
    return instead === undefined || this.moving.has(name) ? value : instead(name, value);
  }

  execute(node: GraphNode): void {
    const operands = node.inputs.map((name) => (name === "" ? undefined : this.value(name)));
    const results = node.kind === "step" ? stepped(node, operands) : [this.layered(node, operands)];
    node.outputs.forEach((name, i) => {
      const result = results[i];
      if (name === "" || result === undefined) return;
      const value = this.taken(name, result);
      this.options.seen?.(name, value);
      this.values.set(name, value);
    });
    for (const name of node.inputs) {
      const left = (this.uses.get(name) ?? 0) - 1;
      this.uses.set(name, left);
      if (left <= 0) this.values.delete(name);
    }
  }

  private layered(node: GraphNode & { readonly kind: "layer" }, operands: readonly (Known | undefined)[]): Known {
    const port = this.graph.tensors.get(node.outputs[0]);
    if (port === undefined) throw new Error(`no tensor ${node.outputs[0]}`);
    const given = operands.map((operand) => operand?.values ?? zerosOf(port.type, 0));
    return { type: port.type, shape: port.shape, values: wordsAs(port.type, this.options.layer(node.layer, given)) };
  }
}

function stepped(
  node: GraphNode & { readonly kind: "step" },
  operands: readonly (Known | undefined)[],
): readonly (Known | undefined)[] {
  const planned = stepNamed(node.step)(operands, node.attributes);
  return node.outputs.map((name, i) => {
    const one = planned[i];
    return name === "" || one === undefined ? undefined : { type: one.type, shape: one.shape, values: one.values() };
  });
}
