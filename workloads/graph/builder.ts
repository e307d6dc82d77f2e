import { product } from "../../base/index.js";
import type { Layer } from "../einsum.js";
import { type Planned, StepError, stepNamed } from "../steps/index.js";
import type { Values } from "../values.js";
import type { Attributes, Graph, GraphNode, Known, Operand, Port, ValueType } from "./types.js";
import { conform, isFloat, zerosOf } from "./value-types.js";

/** Runs one heavy layer: its output from its inputs, row-major, in the order of the Einsum. */
export type LayerRunner = (layer: Layer, inputs: readonly Values[]) => Values;

export interface BuilderOptions {
  /**
   * Runs each layer as soon as it is added: then every value is known while the graph is built, and the graph is left with values only.
   * Null: only steps on known values are worked out, as far as their results are small.
   */
  readonly run: LayerRunner | null;
}

/** Results of steps on known values up to this many words are worked out while the graph is built. */
const FOLDED_WORDS = 1 << 16;

/** Puts a graph together, node after node in execution order; shapes are inferred at once. */
export class GraphBuilder {
  private readonly operands = new Map<string, Operand>();
  private readonly constants = new Map<string, Known>();
  private readonly inputs: Port[] = [];
  private readonly nodes: GraphNode[] = [];
  private readonly layerNames = new Set<string>();
  private readonly run: LayerRunner | null;

  constructor({ run }: BuilderOptions) {
    this.run = run;
  }

  /** An input of the graph, whose value comes when it runs. */
  input(port: Port): void {
    this.inputs.push(port);
    this.operands.set(port.name, { type: port.type, shape: port.shape, values: null });
  }

  /** A tensor that is known. */
  constant(name: string, value: Known): string {
    this.operands.set(name, value);
    this.constants.set(name, value);
    return name;
  }

  /** Trained values that the graph comes without: a step that fills them, in whose place others are put when it runs (`seededWeights`). */
  filled(name: string, shape: readonly number[]): string {
    const of = this.constant(`${name}.shape`, {
      type: "int64",
      shape: [shape.length],
      values: Float64Array.from(shape),
    });
    this.operands.set(name, { type: "float32", shape, values: null });
    this.nodes.push({ kind: "step", name, step: "ConstantOfShape", attributes: {}, inputs: [of], outputs: [name] });
    return name;
  }

  has(name: string): boolean {
    return this.operands.has(name);
  }

  /** A tensor that was added before. */
  operand(name: string): Operand {
    const operand = this.operands.get(name);
    if (operand === undefined) throw new Error(`no tensor ${name}`);
    return operand;
  }

  /** A name that no tensor has yet. */
  fresh(hint: string): string {
    for (let i = 0; ; i++) {
      const name = i === 0 ? hint : `${hint}.${i}`;
      if (!this.operands.has(name)) return name;
    }
  }

  /** Adds a step; outputs that nobody wants have the empty name, inputs that are left out too. Throws `StepError` where operands do not suit. */
  step(step: string, inputs: readonly string[], outputs: readonly string[], attributes: Attributes = {}): void {
    const operands = inputs.map((name) => (name === "" ? undefined : this.operand(name)));
    const planned = stepNamed(step)(operands, attributes).slice(0, outputs.length);
    for (const { shape } of planned) checkSize(shape);
    const areKnown = operands.every((operand) => operand === undefined || operand.values !== null);
    const isSmall = planned.every(({ shape }) => product(shape) <= FOLDED_WORDS);
    const folds = areKnown && (this.run !== null || (isSmall && !isFiller(step, planned)));
    planned.forEach(({ type, shape, values }, i) => {
      const name = outputs[i] ?? "";
      if (name === "") return;
      if (folds) this.constant(name, { type, shape, values: values() });
      else this.operands.set(name, { type, shape, values: null });
    });
    if (!folds)
      this.nodes.push({
        kind: "step",
        name: outputs.find((name) => name !== "") ?? "",
        step,
        attributes,
        inputs,
        outputs,
      });
  }

  /** Adds a layer, whose output is the graph's tensor of this name, type and shape. */
  layer(layer: Layer, inputs: readonly string[], output: string, type: ValueType, shape: readonly number[]): void {
    checkSize(shape);
    const named = { ...layer, name: this.layerName(layer.name) };
    if (this.run === null) {
      this.nodes.push({ kind: "layer", name: named.name, layer: named, inputs, outputs: [output] });
      this.operands.set(output, { type, shape, values: null });
      return;
    }
    const given = inputs.map((name) => this.operand(name).values ?? zerosOf(type, 0));
    this.constant(output, { type, shape, values: wordsAs(type, this.run(named, given)) });
  }

  private layerName(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.layerNames.has(name); i++) name = `${wanted}.${i}`;
    this.layerNames.add(name);
    return name;
  }

  /** The graph, with these tensors as its outputs. */
  graph(name: string, outputs: readonly string[], source: string, notes: readonly string[] = []): Graph {
    const tensors = new Map<string, Port>();
    for (const [tensor, { type, shape }] of this.operands) tensors.set(tensor, { name: tensor, type, shape });
    const ports = outputs.map((output) => tensors.get(output) ?? { name: output, type: "float32" as const, shape: [] });
    const { inputs, constants, nodes } = this;
    return { name, inputs, outputs: ports, constants, tensors, nodes, source, notes };
  }
}

/** What no array can hold is a mistake in the network. */
function checkSize(shape: readonly number[]): void {
  if (product(shape) >= 2 ** 31) throw new StepError(`a tensor of ${shape.join(" × ")} words is too large`);
}

/** Floats filled with one constant stand for weights: a run may put others in their place. */
const isFiller = (step: string, [first]: readonly Planned[]): boolean =>
  step === "ConstantOfShape" && first !== undefined && isFloat(first.type);

/** What a layer gave, as words of the graph's type: a new array, small types rounded. */
export function wordsAs(type: ValueType, values: Values): Values {
  const words = zerosOf(type, values.length);
  words.set(values);
  return conform(type, words);
}
