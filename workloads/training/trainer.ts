import { failed, inArgument, ok, product, type Result } from "../../base/index.js";
import type { Layer } from "../einsum.js";
import { runGraph } from "../graph/run.js";
import type { Graph, Known, Port } from "../graph/types.js";
import { parseInlineLayer } from "../inline.js";
import * as messages from "../messages.js";
import type { Values } from "../values.js";
import type { Runner } from "./backward.js";
import type { Trainable } from "./chain.js";
import type { Examples } from "./digits.js";
import { gradientsOfGraph } from "./graph-gradients.js";
import { graphOfLayers } from "./layers-graph.js";
import { accuracy, oneHot } from "./metrics.js";
import { NO_STATE, type Optimiser, type State } from "./optimisers.js";

/** A network with its loss and its backward pass in one graph, ready to be trained on batches. */
export interface Training {
  /** Forward, loss, backward: from `images`, `targets` (one-hot), `dloss` (1) and the parameters to `loss`, the scores and every parameter's gradient. */
  readonly graph: Graph;
  readonly images: string;
  readonly scores: string;
  readonly dropouts: readonly string[];
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

/** Adds softmax, cross-entropy and the backward pass to a network from images to scores: layers, like all else. */
export function trainingGraph({ graph, parameters, dropouts }: Trainable): Result<Training> {
  const [[images, ...masks], [scores]] = [graph.inputs, graph.outputs];
  if (images === undefined || scores === undefined || scores.shape.length !== 2)
    return failed([messages.noScores(inArgument(graph.name), scores?.name ?? "", scores?.shape ?? [])]);
  const learnt = new Map(
    parameters.flatMap((name) => {
      const value = graph.constants.get(name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  const ports = [...learnt].map(([name, { type, shape }]) => ({ name, type, shape }));
  const loss = lossOf(scores);
  const withLoss: Graph = {
    ...graph,
    inputs: [images, { ...scores, name: TARGETS }, ...masks, ...ports],
    outputs: [...loss.outputs, scores],
    constants: new Map([...graph.constants].filter(([name]) => !learnt.has(name))),
    tensors: new Map([...graph.tensors, ...loss.tensors]),
    nodes: [...graph.nodes, ...loss.nodes],
  };
  const backward = gradientsOfGraph(withLoss, LOSS, [...learnt.keys()]);
  if (!backward.ok) return backward;
  return ok({ graph: backward.value, images: images.name, scores: scores.name, dropouts, parameters: learnt });
}

const [LOSS, TARGETS] = ["loss", "targets"];

/** The parts of softmax and cross-entropy, reading the scores and the targets; what is between them is named after the loss. */
function lossOf(scores: Port): Graph {
  const [rows = 1, classes = 1] = scores.shape;
  const parsed = parseInlineLayer(`cross-entropy:N=${rows},C=${classes}`);
  if (!parsed.ok) throw new Error(parsed.errors.map(({ message }) => message).join("; "));
  const names = new Map([
    ["Inputs", scores.name],
    ["Targets", TARGETS],
    ["Outputs", LOSS],
  ]);
  const layers = parsed.value.layers.map((layer): Layer => {
    const tensors = layer.einsum.tensors.map((tensor) => ({ ...tensor, name: names.get(tensor.name) ?? tensor.name }));
    return { ...layer, einsum: { ...layer.einsum, tensors } };
  });
  return graphOfLayers(LOSS, layers);
}

/** Everything as it is before the first step. */
export const untrained = ({ parameters }: Training): Learnt => ({ parameters, states: new Map() });

const kept = (words: number): Float64Array => new Float64Array(words).fill(1);

/**
 * A step: forward, backward, and a new value for every parameter. `run` executes the layers, those of the updates too; `mask` draws what the
 * network's dropouts multiply their words with (1, unless given).
 */
export function trainOnce(
  { graph, images, scores, dropouts }: Training,
  { parameters, states }: Learnt,
  examples: Examples,
  optimiser: Optimiser,
  run: Runner,
  mask: (words: number) => Float64Array = kept,
): Learnt & Fared {
  const given = new Map<string, Known>([...parameters, ...batchOf(graph, images, examples)]);
  for (const name of dropouts) {
    const shape = graph.tensors.get(name)?.shape ?? [];
    given.set(name, { type: "float32", shape, values: Float32Array.from(mask(product(shape))) });
  }
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
    loss: found(LOSS)[0] ?? Number.NaN,
    accuracy: accuracy(found(scores), examples.labels, examples.classes),
  };
}

function batchOf(graph: Graph, images: string, examples: Examples): readonly (readonly [string, Known])[] {
  const shape = graph.tensors.get(images)?.shape ?? [];
  if (product(shape) !== examples.images.length)
    throw new Error(`${examples.images.length} pixels for a batch of ${product(shape)}`);
  const { labels, classes } = examples;
  return [
    [images, { type: "float32", shape, values: examples.images }],
    [TARGETS, { type: "float32", shape: [labels.length, classes], values: Float32Array.from(oneHot(labels, classes)) }],
    [`d${LOSS}`, { type: "float32", shape: [], values: Float32Array.of(1) }],
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
