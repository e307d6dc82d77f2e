import { ok, type Result } from "../base/index.js";
import { inputNames, parseOnnx, readModel, type Workload } from "../workloads/index.js";
import { readBytes } from "./files.js";
import { readTensors } from "./tensors.js";

/** An ONNX model; its inputs have the shapes of the tensors in the folder, where one is named. */
export function loadOnnx(file: string, inputs: string | null): Result<Workload> {
  const bytes = readBytes(file);
  if (!bytes.ok) return bytes;
  const shapes = inputs === null ? ok(new Map()) : shapesIn(inputs, bytes.value, file);
  return shapes.ok ? parseOnnx(bytes.value, file, shapes.value) : shapes;
}

function shapesIn(folder: string, bytes: Uint8Array, file: string): Result<ReadonlyMap<string, readonly number[]>> {
  const model = readModel(bytes, file);
  const tensors = model.ok ? readTensors(folder, "input", inputNames(model.value)) : model;
  return tensors.ok ? ok(new Map([...tensors.value].map(([name, { shape }]) => [name, shape]))) : tensors;
}
