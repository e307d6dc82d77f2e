import { type Diagnostic, failed, inArgument, ok, product, type Random, type Result } from "../../base/index.js";
import { inputsOf, outputOf } from "../counts.js";
import type { Einsum, Layer, Workload } from "../einsum.js";
import { GraphBuilder } from "../graph/builder.js";
import type { Known } from "../graph/types.js";
import * as messages from "../messages.js";
import { type Activation, INPUT, type Network, type NetworkEntry } from "../network/network.js";
import { isTrained } from "../parameters.js";
import { withBias } from "../start.js";
import { einsumWithTypes } from "../types.js";
import { batched } from "./batch.js";
import type { Trainable } from "./chain.js";

export interface TrainableOptions {
  readonly batch: number;
  /** The share of words that the network's dropouts leave out; 0: they pass all. */
  readonly dropout: number;
  readonly random: Random;
}

/**
 * A whole network as a graph that can be trained: its entries on a batch, with biases and activations fused into the layers, batch normalisation by the
 * batch's own statistics, without the softmax or sigmoid at the end. Weights are drawn uniformly from ±√(6 ÷ inputs of a neuron) (He et al., 2015); biases and shifts
 * are 0, scales 1; before a sigmoid weights are four times as large.
 */
export function networkGraph(workload: Workload, network: Network, options: TrainableOptions): Result<Trainable> {
  const assembly = new Assembly(workload, network, options);
  const isSoftmax = network.entries.at(-1)?.kind === "softmax";
  const entries = isSoftmax ? network.entries.slice(0, -1) : network.entries;
  for (const [i, entry] of entries.entries()) assembly.add(i + 1 === entries.length ? withoutSigmoid(entry) : entry);
  return assembly.problems.length > 0 ? failed(assembly.problems) : ok(assembly.finish(entries.at(-1)?.name ?? INPUT));
}

/** The softmax of the loss takes the place of sigmoids at the end: classes exclude each other. */
const withoutSigmoid = (entry: NetworkEntry): NetworkEntry =>
  entry.activation?.name === "sigmoid" ? { ...entry, activation: null } : entry;

/** A sigmoid's slope is a quarter at most: what it is given is four times as far apart (Glorot and Bengio, 2010). */
const SIGMOID_GAIN = 4;

class Assembly {
  readonly problems: Diagnostic[] = [];
  private readonly builder = new GraphBuilder({ run: null });
  private readonly parameters: string[] = [];
  private readonly dropouts: string[] = [];
  private readonly workload: Workload;
  private readonly options: TrainableOptions;
  /** The graph's tensor that holds what an entry gives. */
  private readonly tensors = new Map<string, string>([[INPUT, "images"]]);

  constructor(workload: Workload, network: Network, options: TrainableOptions) {
    this.workload = workload;
    this.options = options;
    this.builder.input({ name: "images", type: "float32", shape: this.onBatch(network.input) });
  }

  private onBatch(shape: readonly number[]): readonly number[] {
    return [this.options.batch, ...shape.slice(1)];
  }

  add(entry: NetworkEntry): void {
    const read = entry.from.map((name) => this.tensors.get(name) ?? name);
    const [first = ""] = read;
    const shape = this.onBatch(entry.shape);
    if (entry.kind === "concat") {
      this.builder.step("Concat", read, [entry.name], { axis: 1 });
      this.tensors.set(entry.name, entry.name);
    } else if (entry.kind === "flatten" || (entry.kind === "dropout" && this.options.dropout === 0))
      this.tensors.set(entry.name, first);
    else if (entry.kind === "dropout") this.tensors.set(entry.name, this.masked(entry.name, first, shape));
    else if (entry.layers.length === 0) this.refuse(entry.name, entry.kind);
    else if (entry.isHeavy) this.tensors.set(entry.name, this.heavy(entry, first, shape));
    else this.tensors.set(entry.name, this.light(entry, read, shape));
  }

  private refuse(name: string, kind: string): void {
    this.problems.push(messages.notTrained(inArgument(this.workload.name), name, kind));
  }

  /** A layer with weights: a bias where its sums start, or a normalisation after them. */
  private heavy({ name, kind, layers, activation }: NetworkEntry, read: string, shape: readonly number[]): string {
    const [layer] = layers;
    const channels = ["g", "m"].filter((variable) => layer?.einsum.variables.includes(variable));
    const plain = layer === undefined || layers.length > 1 ? undefined : batched(layer.einsum, this.options.batch);
    if (layer === undefined || plain === undefined || channels.length === 0) {
      this.refuse(name, kind);
      return name;
    }
    const filters = shape[1] ?? 1;
    const isNormalised = layer.biases === 2 * filters;
    const einsum = layer.biases === filters ? (withBias(plain, channels) ?? plain) : plain;
    const own = this.parametersOf(layer, einsum, activation?.name === "sigmoid" ? SIGMOID_GAIN : 1);
    const output = isNormalised ? `${name}.sums` : name;
    this.layer(layer, isNormalised ? einsum : ending(einsum, activation), [read, ...own], output, shape);
    return isNormalised ? this.normalised(name, output, filters, activation, shape) : output;
  }

  /** Batch normalisation, and what comes after it. */
  private normalised(
    name: string,
    read: string,
    channels: number,
    activation: Activation | null,
    shape: readonly number[],
  ): string {
    const [scale, shift] = [`${name}.scale`, `${name}.shift`];
    this.parameter(scale, [channels], () => 1);
    this.parameter(shift, [channels], () => 0);
    const statistics = [`${name}.mean`, `${name}.variance`].map((one, i) =>
      this.builder.constant(
        one,
        filled([channels], () => i),
      ),
    );
    const output = activation === null ? name : `${name}.normalised`;
    this.builder.step("BatchNormalization", [read, scale, shift, ...statistics], [output], { training_mode: 1 });
    if (activation === null) return output;
    this.layer(
      { name: `${name}.${activation.name}`, kind: activation.name },
      wordByWord(product(shape), activation),
      [output],
      name,
      shape,
    );
    return name;
  }

  /** One Einsum or several, wired by the names of their tensors; the first ones that are not trained read what the entry reads. */
  private light(entry: NetworkEntry, read: readonly string[], shape: readonly number[]): string {
    const given = new Map<string, string>();
    const waiting = [...read];
    for (const [i, layer] of entry.layers.entries()) {
      const isLast = i + 1 === entry.layers.length;
      const einsum = batched(layer.einsum, this.options.batch);
      if (einsum === undefined) {
        this.refuse(entry.name, entry.kind);
        break;
      }
      for (const tensor of inputsOf(einsum)) {
        if (given.has(tensor.name)) continue;
        const next = isTrained(layer, tensor) ? `${entry.name}.${tensor.name}` : waiting.shift();
        if (next === undefined) this.refuse(entry.name, entry.kind);
        else if (isTrained(layer, tensor)) this.parameter(next, tensor.shape, () => (tensor.name === "Bias" ? 0 : 1));
        given.set(tensor.name, next ?? "");
      }
      if (this.problems.length > 0) break;
      const output = outputOf(einsum);
      const name = isLast ? entry.name : `${entry.name}.${output.name}`;
      const inputs = inputsOf(einsum).map((tensor) => given.get(tensor.name) ?? "");
      const ended = isLast && entry.activation !== null ? ending(einsum, entry.activation) : einsum;
      this.layer(layer, ended, inputs, name, isLast ? shape : output.shape);
      given.set(output.name, name);
    }
    return entry.name;
  }

  private masked(name: string, read: string, shape: readonly number[]): string {
    const mask = `${name}.mask`;
    this.builder.input({ name: mask, type: "float32", shape });
    this.dropouts.push(mask);
    this.layer({ name, kind: "multiply" }, times(product(shape)), [read, mask], name, shape);
    return name;
  }

  private layer(
    { name, kind }: Pick<Layer, "name" | "kind">,
    einsum: Einsum,
    inputs: readonly string[],
    output: string,
    shape: readonly number[],
  ): void {
    const layer = { name, kind, repeat: 1, einsum: einsumWithTypes(einsum, "float32") };
    this.builder.layer(layer, inputs, output, "float32", shape);
  }

  /** Weights and bias of a layer, drawn. */
  private parametersOf(layer: Layer, einsum: Einsum, gain: number): readonly string[] {
    const fanIn = product(einsum.bounds) / Math.max(1, product(outputOf(einsum).shape));
    const reach = gain * Math.sqrt(6 / Math.max(1, fanIn));
    return inputsOf(einsum)
      .slice(1)
      .map((tensor) => {
        const name = `${layer.name}.${tensor.name === "Bias" ? "biases" : "weights"}`;
        const draw = (): number => (this.options.random.integer(-1000, 1000) / 1000) * reach;
        this.parameter(name, tensor.shape, tensor.name === "Bias" ? () => 0 : draw);
        return name;
      });
  }

  private parameter(name: string, shape: readonly number[], draw: () => number): void {
    this.builder.constant(name, filled(shape, draw));
    this.parameters.push(name);
  }

  finish(last: string): Trainable {
    const { name, source } = this.workload;
    const given = this.tensors.get(last) ?? last;
    const { shape } = this.builder.operand(given);
    this.builder.step("Flatten", [given], ["scores"], { axis: 1 });
    const isFlat = shape.length === 2;
    const output = isFlat ? given : "scores";
    return {
      graph: this.builder.graph(name, [output], source),
      parameters: this.parameters,
      dropouts: this.dropouts,
    };
  }
}

const filled = (shape: readonly number[], draw: () => number): Known => ({
  ...{ type: "float32", shape },
  values: Float32Array.from({ length: product(shape) }, draw),
});

const ending = (einsum: Einsum, after: Activation | null): Einsum =>
  after === null ? einsum : { ...einsum, operation: { ...einsum.operation, after } };

/** `Outputs[i] = Inputs[i]`, and an activation. */
function wordByWord(words: number, after: Activation): Einsum {
  const { tensors, ...rest } = times(words);
  const operation = { combine: "first", reduce: "assign", start: "identity", after } as const;
  return { ...rest, tensors: tensors.filter((_, i) => i !== 1), operation };
}

/** `Outputs[i] = Inputs[i] * Others[i]`. */
function times(words: number): Einsum {
  const type = { kind: "float", bits: 32 } as const;
  const tensor = { ranks: [{ terms: [{ variable: 0, coefficient: 1 }], offset: 0 }], shape: [words], type };
  return {
    ...{ variables: ["i"], bounds: [words], padding: "counted", accumulator: type },
    tensors: [
      { ...tensor, name: "Inputs", alias: "Inputs", role: "input" },
      { ...tensor, name: "Others", alias: "Others", role: "input" },
      { ...tensor, name: "Outputs", alias: "Outputs", role: "output" },
    ],
    operation: { combine: "multiply", reduce: "assign", start: "identity", after: null },
  };
}
