import type { ValueType } from "../graph/types.js";
import type { ModelProto } from "./proto.js";
import { valueTypeOf } from "./tensors.js";

/** The names of a model's inputs, in order, without those that the model itself gives a value. */
export function inputNames({ graph }: ModelProto): readonly string[] {
  const given = new Set(graph?.initializer.map(({ name }) => name));
  return (graph?.input ?? []).flatMap(({ name = "" }) => (given.has(name) ? [] : [name]));
}

/** The names of a model's outputs, in order. */
export const outputNames = ({ graph }: ModelProto): readonly string[] =>
  (graph?.output ?? []).map(({ name = "" }) => name);

/** The types that a model declares for its inputs and outputs. */
export function declaredTypes({ graph }: ModelProto): ReadonlyMap<string, ValueType> {
  return new Map(
    [...(graph?.input ?? []), ...(graph?.output ?? [])].flatMap(({ name = "", type }) => {
      const declared = valueTypeOf(type?.tensorType?.elemType ?? 0);
      return declared === undefined ? [] : [[name, declared] as const];
    }),
  );
}
