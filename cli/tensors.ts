import { readdirSync } from "node:fs";
import { join } from "node:path";
import { failed, inArgument, ok, type Result } from "../base/index.js";
import { asDeclared, type Known, readTensor, type ValueType } from "../workloads/index.js";
import { isFolder, readBytes } from "./files.js";
import { all } from "./results.js";

/**
 * The tensors of a folder laid out as ONNX' test-suite lays out its data: `PREFIX_0.pb`, `PREFIX_1.pb`, … A file gives the tensor whose name
 * it bears; else the one of its number.
 */
export function readTensors(
  folder: string,
  prefix: "input" | "output",
  names: readonly string[],
  types: ReadonlyMap<string, ValueType> = new Map(),
): Result<ReadonlyMap<string, Known>> {
  if (!isFolder(folder)) return noFolder(folder);
  const files = readdirSync(folder).flatMap((file) => {
    const number = new RegExp(`^${prefix}_(\\d+)\\.pb$`).exec(file)?.[1];
    return number === undefined ? [] : [{ file: join(folder, file), number: Number(number) }];
  });
  const read = all(files.map(({ file, number }) => readNamed(file, number, names)));
  if (!read.ok) return read;
  return ok(new Map(read.value.map(([name, value]) => [name, asDeclared(value, types.get(name))])));
}

function readNamed(file: string, number: number, names: readonly string[]): Result<readonly [string, Known]> {
  const bytes = readBytes(file);
  const tensor = bytes.ok ? readTensor(bytes.value, file) : bytes;
  if (!tensor.ok) return tensor;
  const { name, value } = tensor.value;
  const own = names.includes(name) ? name : names[number];
  if (own !== undefined) return ok([own, value]);
  const message = `there is no tensor number ${number}: the model has ${names.length} of this kind`;
  return failed([{ code: "onnx/surplus-tensor", message, at: inArgument(file) }]);
}

function noFolder(folder: string): Result<never> {
  const hint = "name a folder with input_0.pb, input_1.pb, … (or output_0.pb, …)";
  return failed([{ code: "file/missing", message: "there is no such folder", at: inArgument(folder), hint }]);
}
