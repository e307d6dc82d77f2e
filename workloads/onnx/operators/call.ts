import { product } from "../../../base/index.js";
import { inputsOf, tensorWords } from "../../counts.js";
import type { Einsum, ElementType, Layer, Operation } from "../../einsum.js";
import type { GraphBuilder } from "../../graph/builder.js";
import type { Attributes, Operand, ValueType } from "../../graph/types.js";
import { layerType } from "../../graph/value-types.js";
import { parseEinsum } from "../../parse-einsum.js";
import { printShape, StepError } from "../../steps/step.js";
import { accumulatorOf } from "../../types.js";

/** One node of a model that is to be lowered to layers and steps. */
export interface Call {
  readonly builder: GraphBuilder;
  /** By which its layers go. */
  readonly name: string;
  /** The version of its domain's operator set. */
  readonly opset: number;
  /** Tensors of the graph; the empty name where an optional one is left out. */
  readonly inputs: readonly string[];
  /** Tensors of the graph; the empty name where nobody wants one. */
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}
/** How an operator becomes layers and steps. Throws `StepError` where its operands do not suit. */
export type Lowering = (call: Call) => void;

export const has = ({ inputs }: Call, i: number): boolean => (inputs[i] ?? "") !== "";

/** The name of input number i, which must be there. */
export function inputOf(call: Call, i: number): string {
  const name = call.inputs[i] ?? "";
  if (name === "") throw new StepError(`input ${i} is missing`);
  return name;
}

export const operandOf = (call: Call, i: number): Operand => call.builder.operand(inputOf(call, i));

/** The name of output number i; a name of its own where nobody wants it. */
export const outputName = (call: Call, i = 0): string => {
  const name = call.outputs[i] ?? "";
  return name === "" ? call.builder.fresh(`${call.name}.out${i}`) : name;
};

/** Adds a step with one output, by default a tensor of its own; returns the output's name. */
export function step(
  call: Call,
  name: string,
  inputs: readonly string[],
  attributes: Attributes = {},
  output: string = call.builder.fresh(`${call.name}.${name}`),
): string {
  call.builder.step(name, inputs, [output], attributes);
  return output;
}

/** A tensor of few known numbers. */
export function known(call: Call, type: ValueType, shape: readonly number[], numbers: readonly number[]): string {
  const values = layerType(type).kind === "float" ? Float64Array.from(numbers) : Int32Array.from(numbers);
  return call.builder.constant(call.builder.fresh(`${call.name}.constant`), { type, shape, values });
}

/** A layer to be added. */
export interface LayerWish {
  readonly kind: string;
  readonly einsum: Einsum;
  readonly inputs: readonly string[];
  readonly type: ValueType;
  /** The shape of the output as the graph has it. */
  readonly shape: readonly number[];
  /** Trained words beside the weights. */
  readonly biases?: number;
}

/** Adds a layer; returns the name of its output. A layer without points gives zeros. */
export function addLayer(
  call: Call,
  wish: LayerWish,
  output: string = call.builder.fresh(`${call.name}.sums`),
): string {
  const { kind, einsum, inputs, type, shape, biases = 0 } = wish;
  checkWords(call, wish);
  const layer: Layer = { name: call.name, kind, repeat: 1, einsum, ...(biases > 0 ? { biases } : {}) };
  call.builder.layer(layer, inputs, output, type, shape);
  return output;
}

/** The tensors of the graph must have as many words as the layer's. */
function checkWords({ builder }: Call, { einsum, inputs }: LayerWish): void {
  inputsOf(einsum).forEach((tensor, i) => {
    const { shape } = builder.operand(inputs[i] ?? "");
    if (product(shape) === tensorWords(tensor)) return;
    throw new StepError(`input ${i} is ${printShape(shape)}, expected ${printShape(tensor.shape)}`);
  });
}

/** Zeros in place of a layer that has no points. */
export function zeros(call: Call, type: ValueType, shape: readonly number[], output: string): string {
  const wanted = known(call, "int64", [shape.length], shape);
  const value = { type, shape: [1], values: Float64Array.of(0) };
  return step(call, "ConstantOfShape", [wanted], { value }, output);
}

export const isEmpty = (...shapes: readonly (readonly number[])[]): boolean =>
  shapes.some((shape) => product(shape) === 0);

/** An Einsum over words of these types from its text; names of bounds are upper case. */
export function einsumOf(
  text: string,
  bounds: ReadonlyMap<string, number>,
  type: ValueType,
  operation: Partial<Operation> = {},
  shapes: ReadonlyMap<string, readonly number[]> = new Map(),
): Einsum {
  const parsed = parseEinsum(text, { bounds, shapes, operation }, { file: text, path: "" });
  if (!parsed.ok) throw new StepError(parsed.errors.map((error) => error.message).join("; "));
  return typed(parsed.value, type);
}

/** The Einsum on inputs of this type, summed in what such words are summed in. */
export function typed(einsum: Einsum, type: ValueType): Einsum {
  const operand = layerType(type);
  const accumulator: ElementType = accumulatorOf(operand);
  return {
    ...einsum,
    tensors: einsum.tensors.map((tensor) => ({ ...tensor, type: tensor.role === "input" ? operand : accumulator })),
    accumulator,
  };
}
