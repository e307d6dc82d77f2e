import { type Diagnostic, failed, inArgument, ok, product, type Random, type Result } from "../../base/index.js";
import { inputsOf, outputOf } from "../counts.js";
import type { Einsum, Layer, Tensor, Workload } from "../einsum.js";
import { GraphBuilder } from "../graph/builder.js";
import type { Graph } from "../graph/types.js";
import * as messages from "../messages.js";
import { poolingEinsum } from "../sliding.js";
import { withBias } from "../start.js";
import { einsumWithTypes } from "../types.js";
import { batched } from "./batch.js";

/** A network that can be trained: its graph from `images` to `scores`, and the names of what is learnt. */
export interface Trainable {
  readonly graph: Graph;
  readonly parameters: readonly string[];
  /** Inputs that are multiplied with words: 0 for those that dropout leaves out. */
  readonly dropouts: readonly string[];
}

/**
 * A plain stack of layers as a graph: each layer with its bias and, but for the last, ReLU, max pooling where the next layer's input is smaller by a whole
 * factor, flattening where only the number of words agrees. Weights are drawn uniformly from ±√(6 ÷ inputs of a neuron) (He et al., 2015), biases
 * are 0.
 */
export function chainOf(workload: Workload, batch: number, random: Random): Result<Trainable> {
  const chain = new Chain(workload, batch, random);
  for (const [i, layer] of workload.layers.entries()) {
    chain.fit(layer);
    if (chain.problems.length > 0) return failed(chain.problems);
    chain.add(layer, i + 1 === workload.layers.length);
    if (chain.problems.length > 0) return failed(chain.problems);
  }
  return ok(chain.finish());
}

class Chain {
  readonly problems: Diagnostic[] = [];
  private readonly builder = new GraphBuilder({ run: null });
  private readonly parameters: string[] = [];
  private readonly workload: Workload;
  private readonly batch: number;
  private readonly random: Random;
  private last = "images";

  constructor(workload: Workload, batch: number, random: Random) {
    this.workload = workload;
    this.batch = batch;
    this.random = random;
    const first = workload.layers[0]?.einsum;
    const shape = first === undefined ? [] : (inputsOf(first)[0]?.shape.slice(1) ?? []);
    this.builder.input({ name: this.last, type: "float32", shape: [batch, ...shape] });
  }

  /** Pools what the last layer gave down to what the next one reads. */
  fit({ name, einsum }: Layer): void {
    const has = this.builder.operand(this.last).shape.slice(1);
    const wants = inputsOf(einsum)[0]?.shape.slice(1) ?? [];
    if (product(has) === product(wants)) return;
    const [channels = 1, ...extents] = has;
    const windows = extents.map((extent, axis) => Math.floor(extent / (wants[axis + 1] ?? extent)));
    const fits = extents.every((extent, i) => Math.floor(extent / (windows[i] ?? 1)) === wants[i + 1]);
    if (wants[0] !== channels || !fits || wants.length !== has.length) {
      this.problems.push(messages.notAChain(inArgument(this.workload.name), name, has, wants));
      return;
    }
    const names = [
      ["p", "r"],
      ["q", "s"],
    ] as const;
    const axes = extents.map((input, i) => ({
      names: names[i] ?? names[0],
      ...{ input, output: wants[i + 1] ?? 1, filter: windows[i] ?? 1, stride: windows[i] ?? 1, dilation: 1, before: 0 },
    }));
    const pool = poolingEinsum({ batch: this.batch, channels, axes, take: "max" });
    if (!pool.ok) throw new Error(`no pooling before ${name}`);
    const layer: Layer = { name: `pool.${name}`, kind: "max-pool", repeat: 1, einsum: inFloats(pool.value) };
    this.builder.layer(layer, [this.last], layer.name, "float32", [this.batch, channels, ...wants.slice(1)]);
    this.last = layer.name;
  }

  add(layer: Layer, isLast: boolean): void {
    const channels = ["g", "m"].filter((name) => layer.einsum.variables.includes(name));
    const plain = batched(layer.einsum, this.batch);
    const biased = plain === undefined ? undefined : withBias(plain, channels);
    const [, weights, bias] = biased === undefined ? [] : inputsOf(biased);
    if (biased === undefined || weights === undefined || bias === undefined) {
      this.problems.push(messages.notTrained(inArgument(this.workload.name), layer.name, layer.kind));
      return;
    }
    const ending = isLast ? null : ({ kind: "activation", name: "relu" } as const);
    const einsum = inFloats({ ...biased, operation: { ...biased.operation, after: ending } });
    const fanIn = product(einsum.bounds) / Math.max(1, product(outputOf(einsum).shape));
    const names = [`${layer.name}.weights`, `${layer.name}.biases`] as const;
    this.parameter(names[0], weights, Math.sqrt(6 / fanIn));
    this.parameter(names[1], bias, 0);
    const output = isLast ? "scores" : layer.name;
    const shape = outputOf(einsum).shape;
    this.builder.layer(
      { ...layer, einsum },
      [this.last, ...names],
      output,
      "float32",
      isLast ? [shape[0] ?? 1, product(shape.slice(1))] : shape,
    );
    this.last = output;
  }

  private parameter(name: string, { shape }: Tensor, reach: number): void {
    const values = Float32Array.from(
      { length: product(shape) },
      () => (this.random.integer(-1000, 1000) / 1000) * reach,
    );
    this.builder.constant(name, { type: "float32", shape, values });
    this.parameters.push(name);
  }

  finish(): Trainable {
    const { name, source } = this.workload;
    return { graph: this.builder.graph(name, ["scores"], source), parameters: this.parameters, dropouts: [] };
  }
}

const inFloats = (einsum: Einsum): Einsum => einsumWithTypes(einsum, "float32");
