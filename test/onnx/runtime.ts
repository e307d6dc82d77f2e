import { InferenceSession, Tensor } from "onnxruntime-node";
import { type Known, type ModelProto, type Values, type ValueType, writeModel } from "../../workloads/index.js";

/** The types that onnxruntime calls otherwise; the rest go by our names. */
const NAMES: Readonly<Partial<Record<ValueType, Tensor.Type>>> = { float64: "float64" };

/** Runs a model with onnxruntime, an independent implementation; returns the tensors of these names. */
export async function runOnRuntime(
  model: ModelProto,
  inputs: ReadonlyMap<string, Known>,
  outputs: readonly string[],
): Promise<ReadonlyMap<string, Known>> {
  const session = await InferenceSession.create(writeModel(model), {
    graphOptimizationLevel: "disabled",
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
  });
  const feeds = Object.fromEntries([...inputs].map(([name, value]) => [name, tensorOf(value)]));
  const results = await session.run(feeds, [...outputs]);
  await session.release();
  return new Map(Object.entries(results).map(([name, tensor]) => [name, knownOf(tensor)]));
}

function tensorOf({ type, shape, values }: Known): Tensor {
  const name = NAMES[type] ?? (type as Tensor.Type);
  return new Tensor(name, wordsFor(type, values) as Tensor["data"], [...shape]);
}

function wordsFor(type: ValueType, values: Values): unknown {
  switch (type) {
    case "int64":
      return BigInt64Array.from(values, BigInt);
    case "int8":
      return Int8Array.from(values);
    case "uint8":
    case "bool":
      return Uint8Array.from(values);
    case "int32":
      return Int32Array.from(values);
    case "float64":
      return Float64Array.from(values);
    default:
      return Float32Array.from(values);
  }
}

function knownOf({ type, dims, data }: Tensor): Known {
  const numbers = Array.from(data as ArrayLike<number | bigint>, Number);
  const isDouble = type === "float64" || type === "int64" || type === "uint64" || type === "uint32";
  const values = isDouble
    ? Float64Array.from(numbers)
    : type === "float32"
      ? Float32Array.from(numbers)
      : Int32Array.from(numbers);
  return { type: type as ValueType, shape: dims, values };
}

/** The model with more of its tensors as outputs. */
export function withOutputs(model: ModelProto, names: readonly string[]): ModelProto {
  const { graph } = model;
  if (graph === undefined) throw new Error("a model without a graph");
  return { ...model, graph: { ...graph, output: names.map((name) => ({ name })) } };
}

/** The model with these tensors as initializers in place of the nodes that fill them with a constant. */
export function withWeights(model: ModelProto, weights: ReadonlyMap<string, Known>): ModelProto {
  const { graph } = model;
  if (graph === undefined) throw new Error("a model without a graph");
  const node = graph.node.filter(({ output }) => !weights.has(output[0] ?? ""));
  const given = [...weights].map(([name, { shape, values }]) => ({
    ...{ name, dims: shape, dataType: 1, floatData: [], int32Data: [], int64Data: [], uint64Data: [], doubleData: [] },
    rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  }));
  return { ...model, graph: { ...graph, node, initializer: [...graph.initializer, ...given] } };
}
