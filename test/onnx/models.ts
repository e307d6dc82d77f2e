import { seeded } from "../../base/index.js";
import type { Known, ModelProto, ValueType } from "../../workloads/index.js";

/** An attribute of a node: whole numbers and lists of them are ints, `{f: x}` is a float, `{fs: […]}` a list of floats. */
export type AttributeValue = number | string | readonly number[] | readonly string[] | { readonly f: number };

/** One node with the values of its inputs; an empty name leaves an input out. */
export interface NodeCase {
  readonly operator: string;
  readonly inputs: readonly (readonly [name: string, value: Known])[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly opset?: number;
}

const NUMBERS: Readonly<Partial<Record<ValueType, number>>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float64: 11,
};

/** A model of this one node. */
export function modelOf({ operator, inputs, outputs, attributes, opset = 17 }: NodeCase): ModelProto {
  const given = inputs.filter(([name]) => name !== "");
  const node = {
    ...{ opType: operator, input: inputs.map(([name]) => name), output: outputs },
    attribute: Object.entries(attributes).map(([name, value]) => ({ ...empty, name, ...attributeOf(value) })),
  };
  return {
    ...{ irVersion: 8, opsetImport: [{ domain: "", version: opset }], functions: [] },
    graph: {
      ...{ name: operator, node: [node], initializer: [], sparseInitializer: [], valueInfo: [] },
      input: given.map(([name, { type, shape }]) => ({
        name,
        type: { tensorType: { elemType: NUMBERS[type] ?? 0, shape: { dim: shape.map((dimValue) => ({ dimValue })) } } },
      })),
      output: outputs.filter((name) => name !== "").map((name) => ({ name })),
    },
  };
}

const empty = { floats: [], ints: [], strings: [] };

function attributeOf(value: AttributeValue): object {
  if (typeof value === "number") return { type: 2, i: value };
  if (typeof value === "string") return { type: 3, s: new TextEncoder().encode(value) };
  if (!Array.isArray(value)) return { type: 1, f: (value as { readonly f: number }).f };
  return value.some((one) => typeof one === "string")
    ? { type: 8, strings: value.map((one) => new TextEncoder().encode(String(one))) }
    : { type: 7, ints: value };
}

/** Random words: floats between −1 and 1 in steps of 1/1024, whole numbers between −8 (or 0) and 7. */
export function randomTensor(shape: readonly number[], seed: number, type: ValueType = "float32"): Known {
  const random = seeded(seed);
  const length = shape.reduce((n, extent) => n * extent, 1);
  if (type === "float32")
    return { type, shape, values: Float32Array.from({ length }, () => random.integer(-1024, 1024) / 1024) };
  const low = type.startsWith("u") ? 0 : -8;
  return { type, shape, values: Int32Array.from({ length }, () => random.integer(low, 7)) };
}

export const int64s = (numbers: readonly number[]): Known => ({
  ...{ type: "int64", shape: [numbers.length] },
  values: Float64Array.from(numbers),
});
