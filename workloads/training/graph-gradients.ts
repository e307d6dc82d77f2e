import { failed, inArgument, ok, product, type Result } from "../../base/index.js";
import type { Attributes, Graph, GraphNode, LayerNode, Port, StepNode } from "../graph/types.js";
import { isFloat, layerType } from "../graph/value-types.js";
import * as messages from "../messages.js";
import { isDifferentiable } from "../steps/index.js";
import { gradientsOfLayer, type Source } from "./layer-gradients.js";
import { slopesFollowFromOutput } from "./layer-slopes.js";
import { isCopy, sumLayer } from "./plain-layers.js";

/**
 * A graph that computes gradients beside its outputs: the forward nodes, then for each of them, last first, what takes the gradient of its
 * output back to its inputs. `of` is a tensor of the graph (a loss, an output); the new graph has an input more, `d` and its name: what is to
 * be differentiated changes by that much with each of its words (1, where it is a loss). It has an output more for each of `wanted`, again
 * `d` and the tensor's name, of the tensor's shape.
 *
 * Layers go back by their own backward layers (`gradients(layer)`), steps by the step `Gradient`. Where several nodes read a tensor (a fork,
 * a residual) its gradients are summed. Only what lies between a wanted tensor and `of` is computed: a network's images get no gradient.
 *
 * Told are the nodes on that way that have no gradient, and tensors on which `of` does not depend.
 */
export function gradientsOfGraph(graph: Graph, of: string, wanted: readonly string[]): Result<Graph> {
  const way = wayBetween(graph, of, wanted);
  const at = inArgument(graph.name);
  const unknown = [of, ...wanted].filter((name) => !graph.tensors.has(name));
  const stuck = way.nodes.filter((node) => node.kind === "step" && !isDifferentiable(node.step));
  const apart = wanted.filter((name) => graph.tensors.has(name) && !way.tensors.has(name));
  const problems = [
    ...[...new Set(unknown)].map((name) => messages.noTensorIn(at, name, [...graph.tensors.keys()])),
    ...stuck.map((node) => messages.noGradient(at, node.name, node.kind === "step" ? node.step : "")),
    ...apart.map((name) => messages.independent(at, of, name)),
  ];
  if (problems.length > 0) return failed(problems);
  const backward = new Backward(graph, of, way);
  for (const node of way.nodes.toReversed()) backward.through(node);
  for (const name of wanted) backward.named(name);
  const ports = [...graph.outputs, ...wanted.map((name) => backward.port(slopeName(name)))];
  return ok({
    ...graph,
    name: `${graph.name} (gradients)`,
    inputs: [...graph.inputs, backward.port(slopeName(of))],
    outputs: ports,
    tensors: backward.tensors,
    nodes: [...graph.nodes, ...backward.nodes],
  });
}

const slopeName = (tensor: string): string => `d${tensor}`;

/** What lies between the wanted tensors and the one to be differentiated. */
interface Way {
  readonly nodes: readonly GraphNode[];
  readonly tensors: ReadonlySet<string>;
}

function wayBetween(graph: Graph, of: string, wanted: readonly string[]): Way {
  const depends = new Set(wanted);
  for (const { inputs, outputs } of graph.nodes)
    if (inputs.some((name) => depends.has(name)))
      for (const name of outputs) if (isFloat(graph.tensors.get(name)?.type ?? "bool")) depends.add(name);
  const tensors = new Set(depends.has(of) ? [of] : []);
  const nodes = graph.nodes.toReversed().filter(({ inputs, outputs }) => {
    const leads = outputs.some((name) => tensors.has(name)) && inputs.some((name) => depends.has(name));
    if (leads) for (const name of inputs) if (depends.has(name)) tensors.add(name);
    return leads;
  });
  return { nodes: nodes.toReversed(), tensors };
}

class Backward {
  readonly nodes: GraphNode[] = [];
  readonly tensors: Map<string, Port>;
  private readonly way: Way;
  /** Gradients that are still to be added up, by tensor. */
  private readonly parts = new Map<string, string[]>();
  /** How many there will be. */
  private readonly expected = new Map<string, number>();

  constructor(graph: Graph, of: string, way: Way) {
    this.tensors = new Map(graph.tensors);
    this.way = way;
    const reads = way.nodes.flatMap(({ inputs }) => inputs.filter((name) => way.tensors.has(name)));
    for (const name of [...reads, of]) this.expected.set(name, (this.expected.get(name) ?? 0) + 1);
    this.add(of, slopeName(of));
  }

  port(name: string): Port {
    const port = this.tensors.get(name);
    if (port === undefined) throw new Error(`no tensor ${name}`);
    return port;
  }

  /** From the gradients of a node's outputs to those of its inputs. */
  through(node: GraphNode): void {
    const slopes = node.outputs.map((name) => (this.way.tensors.has(name) ? this.close(name) : ""));
    if (node.kind === "layer") this.throughLayer(node, slopes[0] ?? "");
    else this.throughStep(node, slopes);
  }

  /** The whole gradient of a tensor: its one part, or the sum of all. */
  close(tensor: string): string {
    const parts = this.parts.get(tensor) ?? [];
    const [only = "", ...more] = parts;
    if (more.length === 0) return only;
    const name = slopeName(tensor);
    this.parts.set(tensor, [name]);
    return this.sum(parts, name, this.port(tensor));
  }

  /** A tensor's whole gradient under its own name. */
  named(tensor: string): void {
    const found = this.close(tensor);
    if (found !== slopeName(tensor)) this.step("Identity", [found], slopeName(tensor), this.port(tensor));
  }

  /** Up to three parts are added up by one layer, more by several. */
  private sum(parts: readonly string[], name: string, like: Port): string {
    const [first = "", second = "", third] = parts;
    const inputs = third === undefined ? [first, second] : [first, second, third];
    const rest = parts.slice(inputs.length);
    const output = rest.length === 0 ? name : `${name}.sum${rest.length}`;
    const layer = sumLayer(output, inputs.length, product(like.shape), layerType(like.type));
    this.tensors.set(output, { ...like, name: output });
    this.nodes.push({ kind: "layer", name: layer.name, layer, inputs, outputs: [output] });
    return rest.length === 0 ? output : this.sum([output, ...rest], name, like);
  }

  private throughStep(node: StepNode, slopes: readonly string[]): void {
    node.inputs.forEach((input, i) => {
      if (!this.way.tensors.has(input)) return;
      const attributes: Attributes = { ...node.attributes, of: node.step, wanted: i, operands: node.inputs.length };
      this.step("Gradient", [...node.inputs, ...slopes], this.part(input), this.port(input), attributes);
    });
  }

  private throughLayer(node: LayerNode, slope: string): void {
    let ofSums = slope;
    for (const { wanted, sources, ...layer } of gradientsOfLayer(node.layer)) {
      const input = wanted === null ? null : (node.inputs[wanted] ?? "");
      if (input !== null && !this.way.tensors.has(input)) continue;
      const inputs = sources.map((source) => this.operand(node, source, slope, ofSums));
      const [copied = ""] = inputs;
      if (input !== null && isCopy(layer.einsum) && this.port(copied).shape.join() === this.port(input).shape.join()) {
        this.parts.set(input, [...(this.parts.get(input) ?? []), copied]);
        continue;
      }
      const output = input === null ? `${layer.name}.sums` : this.part(input);
      this.tensors.set(output, { ...this.port(input ?? node.outputs[0]), name: output });
      this.nodes.push({ kind: "layer", name: layer.name, layer, inputs, outputs: [output] });
      if (input === null) ofSums = output;
    }
  }

  private operand(node: LayerNode, source: Source, upstream: string, ofSums: string): string {
    switch (source.kind) {
      case "upstream":
        return upstream;
      case "sums-gradient":
        return ofSums;
      case "input":
        return node.inputs[source.index] ?? "";
      case "slopes":
        return slopesFollowFromOutput(node.layer.einsum)
          ? this.layerSlopes(node, node.outputs, `${node.name}.slopes`, { layer: node.layer, output: 1 })
          : this.layerSlopes(node, node.inputs, `${node.name}.slopes`, { layer: node.layer });
      case "point-slopes":
        return this.layerSlopes(node, node.inputs, `${node.name}.slopes.${source.index}`, {
          layer: node.layer,
          input: source.index,
        });
    }
  }

  private layerSlopes(node: LayerNode, operands: readonly string[], name: string, attributes: Attributes): string {
    const { bounds, tensors } = node.layer.einsum;
    const shape = attributes["input"] === undefined ? (tensors.at(-1)?.shape ?? []) : bounds;
    return this.step("LayerSlopes", operands, name, { ...this.port(node.outputs[0]), shape }, attributes);
  }

  /** A name for one more part of a tensor's gradient; its own where there will be one part only. */
  private part(tensor: string): string {
    const already = this.parts.get(tensor)?.length ?? 0;
    const name = (this.expected.get(tensor) ?? 1) > 1 ? `${slopeName(tensor)}.${already + 1}` : slopeName(tensor);
    this.add(tensor, name);
    return name;
  }

  private add(tensor: string, name: string): void {
    this.parts.set(tensor, [...(this.parts.get(tensor) ?? []), name]);
    this.tensors.set(name, { ...this.port(tensor), name });
  }

  private step(
    step: string,
    inputs: readonly string[],
    output: string,
    like: Port,
    attributes: Attributes = {},
  ): string {
    this.tensors.set(output, { ...like, name: output });
    this.nodes.push({ kind: "step", name: output, step, attributes, inputs, outputs: [output] });
    return output;
  }
}
