import type { ModelProto } from "./proto.js";

/** The names of a model's inputs, in order, without those that the model itself gives a value. */
export function inputNames({ graph }: ModelProto): readonly string[] {
  const given = new Set(graph?.initializer.map(({ name }) => name));
  return (graph?.input ?? []).flatMap(({ name = "" }) => (given.has(name) ? [] : [name]));
}

/** The names of a model's outputs, in order. */
export const outputNames = ({ graph }: ModelProto): readonly string[] =>
  (graph?.output ?? []).map(({ name = "" }) => name);
