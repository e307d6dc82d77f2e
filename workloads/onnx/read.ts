import { failed, ok, type Result } from "../../base/index.js";
import type { Known } from "../graph/types.js";
import * as messages from "./messages.js";
import type { ModelProto, TensorProto } from "./proto.js";
import { messageType } from "./schema.js";
import { knownOf, protoOf } from "./tensors.js";

/** The messages of an `.onnx` file. `file` is the name by which diagnostics call it. */
export function readModel(bytes: Uint8Array, file: string): Result<ModelProto> {
  const model = decoded<ModelProto>("ModelProto", bytes);
  if (model?.graph === undefined) return failed([messages.notAModel(file)]);
  return ok(model);
}

/** A tensor of a `.pb` file, as ONNX' test-suite has them, with the name that the file gives it. */
export function readTensor(bytes: Uint8Array, file: string): Result<{ readonly name: string; readonly value: Known }> {
  const proto = decoded<TensorProto>("TensorProto", bytes);
  if (proto === null || proto.dataType === undefined)
    return failed([messages.notATensor(file, "it is no TensorProto")]);
  const value = knownOf(proto);
  return typeof value === "string" ? failed([messages.notATensor(file, value)]) : ok({ name: proto.name ?? "", value });
}

/** A tensor as the bytes of a `.pb` file. */
export function writeTensor(name: string, value: Known): Uint8Array {
  const type = messageType("TensorProto");
  return type.encode(type.fromObject(protoOf(name, value))).finish();
}

/** A model as the bytes of an `.onnx` file. */
export function writeModel(model: ModelProto): Uint8Array {
  const type = messageType("ModelProto");
  return type.encode(type.fromObject(model)).finish();
}

/** The message as plain objects; null where the bytes are none. */
function decoded<T>(name: "ModelProto" | "TensorProto", bytes: Uint8Array): T | null {
  const type = messageType(name);
  try {
    return type.toObject(type.decode(bytes), { longs: Number, arrays: true }) as T;
  } catch {
    return null;
  }
}
