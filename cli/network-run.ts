import { failed, ok, type Result } from "../base/index.js";
import type { LegalMapping } from "../mappings/index.js";
import type { Validation } from "../reports/index.js";
import { compareOutputs } from "../sim/machine/index.js";
import {
  compareTensors,
  flowing,
  type Graph,
  type Known,
  type Layer,
  lowerToProduct,
  macsOf,
  outputOf,
  pick,
  referenceSample,
  runGraph,
  seededGraphInputs,
  seededWeights,
  type TensorComparison,
  type Values,
} from "../workloads/index.js";
import { loadWorkload } from "./inputs.js";
import { readTensors } from "./tensors.js";
import { runOnMachine, type Simulated, type Tell } from "./work.js";

/** A whole network to be run, its layers through these mappings. */
export interface NetworkRun {
  /** The operand that names the workload. */
  readonly workload: string;
  /** By the name of the layer. */
  readonly mappings: ReadonlyMap<string, LegalMapping>;
  /** A folder with `input_0.pb`, …; null: random inputs, and random weights where the model has none. */
  readonly inputs: string | null;
  /** A folder with `output_0.pb`, …, to compare with. */
  readonly check: string | null;
  /** Seed of random values; null where none were asked for. */
  readonly seed: number | null;
}
/** What a layer did in the run. */
export interface LayerRun extends Simulated {
  readonly name: string;
}
/** An output of the network, and how it compares with the expected one. */
export interface NetworkOutput {
  readonly name: string;
  readonly value: Known;
  readonly comparison: TensorComparison | null;
}
export interface NetworkRan {
  readonly layers: readonly LayerRun[];
  readonly outputs: readonly NetworkOutput[];
}

/** Output words of a layer that are compared with the reference executor. */
const SAMPLED = 64;

/** Runs a network: its layers on the machine, in float32 from layer to layer, a sample of each layer's output compared with the reference. */
export function runNetwork(wanted: NetworkRun, tell: Tell): Result<NetworkRan> {
  const loaded = loadWorkload(wanted.workload, wanted.inputs);
  if (!loaded.ok) return loaded;
  const workload = flowing(loaded.value);
  const { graph } = workload;
  if (graph === undefined) throw new Error(`${wanted.workload} is no graph`);
  const inputs = inputsOf(graph, wanted);
  if (!inputs.ok) return inputs;
  const expected = expectedOf(graph, wanted.check);
  if (!expected.ok) return expected;
  const machine = new Machine(wanted, workload.layers, tell);
  const weights =
    wanted.inputs === null || wanted.seed !== null ? seededWeights(graph, (wanted.seed ?? 1) + 1000) : null;
  const outputs = runGraph(graph, inputs.value, {
    layer: (layer, values) => machine.run(layer, values),
    ...(weights === null ? {} : { instead: weights }),
  });
  return ok({
    layers: machine.runs,
    outputs: [...outputs].map(([name, value]) => {
      const other = expected.value.get(name);
      return { name, value, comparison: other === undefined ? null : compareTensors(value, other) };
    }),
  });
}

function inputsOf(graph: Graph, { inputs, seed }: NetworkRun): Result<ReadonlyMap<string, Known>> {
  if (inputs === null) return ok(seededGraphInputs(graph, seed ?? 1));
  const names = graph.inputs.map((port) => port.name);
  const read = readTensors(inputs, "input", names);
  if (!read.ok) return read;
  const problems = graph.inputs.flatMap(({ name, type, shape }) => {
    const value = read.value.get(name);
    if (value === undefined) return [`there is no value for the input ${name}`];
    if (value.type === type && value.shape.join() === shape.join()) return [];
    return [`the input ${name} is ${value.type} [${value.shape.join(", ")}], expected ${type} [${shape.join(", ")}]`];
  });
  if (problems.length === 0) return read;
  return failed(problems.map((message) => ({ code: "onnx/input", message, at: { file: inputs, path: "" } })));
}

function expectedOf(graph: Graph, check: string | null): Result<ReadonlyMap<string, Known>> {
  if (check === null) return ok(new Map());
  const names = graph.outputs.map((port) => port.name);
  const read = readTensors(check, "output", names);
  if (!read.ok || read.value.size > 0) return read;
  const message = "there is no output_0.pb in this folder";
  return failed([{ code: "onnx/no-outputs", message, at: { file: check, path: "" } }]);
}

/** Executes layers through the mappings that were found for them. */
class Machine {
  readonly runs: LayerRun[] = [];
  private readonly wanted: NetworkRun;
  private readonly tell: Tell;
  private readonly macs: number;
  private done = 0;

  constructor(wanted: NetworkRun, layers: readonly Layer[], tell: Tell) {
    this.wanted = wanted;
    this.tell = tell;
    this.macs = layers.reduce((sum, layer) => sum + macsOf(layer.einsum), 0);
  }

  run(layer: Layer, inputs: readonly Values[]): Values {
    const legal = this.wanted.mappings.get(layer.name);
    if (legal === undefined) throw new Error(`no mapping for ${layer.name}`);
    const macs = macsOf(layer.einsum);
    const tell: Tell = ({ share }) =>
      this.tell({ share: (this.done + (share ?? 0) * macs) / this.macs, note: layer.name });
    const lowered = legal.layer.loweredFrom === undefined ? undefined : lowerToProduct(layer);
    const { output, ...ran } = runOnMachine(legal, lowered?.operands(inputs) ?? inputs, null, tell);
    const restored = lowered?.restore(output) ?? output;
    this.runs.push({ name: layer.name, ...ran, validation: this.validated(layer, inputs, restored) });
    this.done += macs;
    return restored;
  }

  private validated({ einsum }: Layer, inputs: readonly Values[], output: Values): Validation {
    const seed = this.wanted.seed ?? 1;
    const { places, values } = referenceSample(einsum, inputs, SAMPLED, seed);
    const sizes = inputs.map((words) => words.map(Math.abs));
    const magnitudes =
      einsum.accumulator.kind === "float" ? referenceSample(einsum, sizes, SAMPLED, seed).values : null;
    return compareOutputs(pick(output, places, outputOf(einsum)), values, einsum, magnitudes);
  }
}
