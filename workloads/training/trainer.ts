import { failed, inArgument, ok, product, type Result } from "../../base/index.js";
import type { Layer } from "../einsum.js";
import { runGraph } from "../graph/run.js";
import type { Graph, Known, StepNode } from "../graph/types.js";
import * as messages from "../messages.js";
import type { Values } from "../values.js";
import type { Runner } from "./backward.js";
import type { Trainable } from "./chain.js";
import type { Examples } from "./digits.js";
import { gradientsOfGraph } from "./graph-gradients.js";
import { accuracy } from "./metrics.js";
import { NO_STATE, type Optimiser, type State } from "./optimisers.js";

/** A network with its loss and its backward pass in one graph, ready to be trained on batches. */
export interface Training {
  /** Forward, loss, backward: from `images`, `labels`, `dloss` and the parameters to `loss`, the scores and every parameter's gradient. */
  readonly graph: Graph;
  readonly images: string;
  readonly scores: string;
  /** What is learnt, at the start. */
  readonly parameters: ReadonlyMap<string, Known>;
}

/** What is learnt, between two steps. */
export interface Learnt {
  readonly parameters: ReadonlyMap<string, Known>;
  readonly states: ReadonlyMap<string, State>;
}

/** How a batch fared, before the weights were changed. */
export interface Fared {
  /** Mean cross-entropy of the softmax of the scores. */
  readonly loss: number;
  /** The share of examples whose largest score is their label's. */
  readonly accuracy: number;
}

/** Adds softmax, cross-entropy and the backward pass to a network from images to scores. */
export function trainingGraph({ graph, parameters }: Trainable): Result<Training> {
  const [images, scores] = [graph.inputs[0], graph.outputs[0]];
  if (images === undefined || scores === undefined || scores.shape.length !== 2)
    return failed([messages.noScores(inArgument(graph.name), scores?.name ?? "", scores?.shape ?? [])]);
  const labels = { name: "labels", type: "int64", shape: scores.shape.slice(0, 1) } as const;
  const loss = { name: "loss", type: "float32", shape: [] } as const;
  const node: StepNode = {
    ...{ kind: "step", name: "loss", step: "SoftmaxCrossEntropyLoss", attributes: { reduction: "mean" } },
    inputs: [scores.name, labels.name],
    outputs: [loss.name],
  };
  const learnt = new Map(
    parameters.flatMap((name) => {
      const value = graph.constants.get(name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  const ports = [...learnt].map(([name, { type, shape }]) => ({ name, type, shape }));
  const withLoss: Graph = {
    ...graph,
    inputs: [images, labels, ...ports],
    outputs: [loss, scores],
    constants: new Map([...graph.constants].filter(([name]) => !learnt.has(name))),
    tensors: new Map([...graph.tensors, [labels.name, labels], [loss.name, loss]]),
    nodes: [...graph.nodes, node],
  };
  const backward = gradientsOfGraph(withLoss, loss.name, [...learnt.keys()]);
  if (!backward.ok) return backward;
  return ok({ graph: backward.value, images: images.name, scores: scores.name, parameters: learnt });
}

/** Everything as it is before the first step. */
export const untrained = ({ parameters }: Training): Learnt => ({ parameters, states: new Map() });

/** A step: forward, backward, and a new value for every parameter. `run` executes the layers, those of the updates too. */
export function trainOnce(
  { graph, images, scores }: Training,
  { parameters, states }: Learnt,
  examples: Examples,
  optimiser: Optimiser,
  run: Runner,
): Learnt & Fared {
  const given = new Map<string, Known>([...parameters, ...batchOf(graph, images, examples)]);
  const results = runGraph(graph, given, { layer: run });
  const found = (name: string): Values => results.get(name)?.values ?? new Float32Array();
  const updated = [...parameters].map(([name, old]) => {
    const state = states.get(name) ?? NO_STATE;
    const { weights, state: next } = optimiser.update(`${name}.update`, old.values, found(`d${name}`), state, run);
    return { name, value: { ...old, values: weights }, next };
  });
  return {
    parameters: new Map(updated.map(({ name, value }) => [name, value])),
    states: new Map(updated.map(({ name, next }) => [name, next])),
    loss: found("loss")[0] ?? Number.NaN,
    accuracy: accuracy(found(scores), examples.labels, examples.classes),
  };
}

function batchOf(graph: Graph, images: string, examples: Examples): readonly (readonly [string, Known])[] {
  const shape = graph.tensors.get(images)?.shape ?? [];
  if (product(shape) !== examples.images.length)
    throw new Error(`${examples.images.length} pixels for a batch of ${product(shape)}`);
  const { labels } = examples;
  return [
    [images, { type: "float32", shape, values: examples.images }],
    ["labels", { type: "int64", shape: [labels.length], values: Float64Array.from(labels) }],
    ["dloss", { type: "float32", shape: [], values: Float32Array.of(1) }],
  ];
}

/** Every layer that a step runs, updates included, in the order of execution. */
export function layersOfStep(training: Training, optimiser: Optimiser): readonly Layer[] {
  const updates: Layer[] = [];
  const noting: Runner = ({ ...layer }, [terms = new Float32Array()]) => {
    updates.push(layer);
    return terms.slice(0, layer.einsum.bounds[0]);
  };
  for (const [name, { values }] of training.parameters)
    optimiser.update(`${name}.update`, values, values.slice(), NO_STATE, noting);
  const layers = training.graph.nodes.flatMap((node) => (node.kind === "layer" ? [node.layer] : []));
  return [...layers.map((layer): Layer => ({ ...layer, pass: layer.pass ?? "forward" })), ...updates];
}
