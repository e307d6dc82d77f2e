import { didYouMean } from "../base/index.js";
import type { Einsum, ElementType, Layer, Tensor } from "./einsum.js";

/** The element types that a layer can be run in, by the names that files and `--type` use. */
const byName: ReadonlyMap<string, ElementType> = new Map<string, ElementType>([
  ["int8", { kind: "int", bits: 8 }],
  ["int16", { kind: "int", bits: 16 }],
  ["int32", { kind: "int", bits: 32 }],
  ["uint8", { kind: "uint", bits: 8 }],
  ["uint16", { kind: "uint", bits: 16 }],
  ["float16", { kind: "float", bits: 16 }],
  ["float32", { kind: "float", bits: 32 }],
  ["float64", { kind: "float", bits: 64 }],
]);

export const elementTypeNames: readonly string[] = [...byName.keys()];

/** `int8` as an element type; undefined where there is no such type. */
export const elementType = (name: string): ElementType | undefined => byName.get(name);

/** What to tell a user who wrote a type that does not exist. */
export const elementTypeHint = (name: string): string => didYouMean(name, elementTypeNames);

/** Operands of 16 bits, as Eyeriss has them. */
export const INT16: ElementType = { kind: "int", bits: 16 };
export const INT32: ElementType = { kind: "int", bits: 32 };
export const FLOAT32: ElementType = { kind: "float", bits: 32 };

/** `int16`, `float32`: the name by which files know a type. */
export const typeName = (type: ElementType): string => `${type.kind}${type.bits}`;

/** What products of this type are summed in: 32 bits for integers, the type itself (at least 32 bits) for floats. */
export function accumulatorOf(operand: ElementType): ElementType {
  if (operand.kind !== "float") return INT32;
  return operand.bits < 32 ? FLOAT32 : operand;
}

export type RunType = "int8" | "int16" | "int32" | "float32" | "float64";

/** The layer with every input of this type, its output and accumulator of the type in which such inputs are summed. */
export function withTypes(layer: Layer, type: RunType): Layer {
  return { ...layer, einsum: einsumWithTypes(layer.einsum, type) };
}

/** `withTypes`, for an Einsum by itself. */
export function einsumWithTypes(einsum: Einsum, type: RunType): Einsum {
  const operand = elementType(type);
  if (operand === undefined) throw new Error(`no element type ${type}`);
  const accumulator = accumulatorOf(operand);
  const typed = (tensor: Tensor): Tensor => ({ ...tensor, type: tensor.role === "input" ? operand : accumulator });
  return { ...einsum, tensors: einsum.tensors.map(typed), accumulator };
}
