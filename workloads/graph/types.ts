import type { Layer } from "../einsum.js";
import type { Values } from "../values.js";

/** What the words of a graph's tensor are. Numbers below 8 bits and those with fewer than 24 bits of mantissa are kept in wider words. */
export type ValueType =
  | "float32"
  | "float64"
  | "float16"
  | "bfloat16"
  | "float8e4m3fn"
  | "float8e4m3fnuz"
  | "float8e5m2"
  | "float8e5m2fnuz"
  | "int4"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint4"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "bool";

/** A tensor of a graph; its values are null where they are known only when the graph runs. A scalar's shape is empty. */
export interface Operand {
  readonly type: ValueType;
  readonly shape: readonly number[];
  readonly values: Values | null;
}
/** A tensor whose values are there, row-major. 64-bit integers are exact up to 2⁵³. */
export interface Known extends Operand {
  readonly values: Values;
}

/** Settings of a step, in ONNX' spelling. */
export type Attributes = Readonly<Record<string, Attribute>>;
export type Attribute = number | string | readonly number[] | readonly string[] | Known | Layer;

/** A tensor by name. */
export interface Port {
  readonly name: string;
  readonly type: ValueType;
  readonly shape: readonly number[];
}

/** A heavy operation: one Einsum. Its tensors are the graph's words, row-major; a view of another shape costs nothing. */
export interface LayerNode {
  readonly kind: "layer";
  readonly name: string;
  readonly layer: Layer;
  /** The graph's tensor for each of the Einsum's inputs, in their order. */
  readonly inputs: readonly string[];
  readonly outputs: readonly [string];
}
/** A cheap operation, by the name of its step (`steps`); an input that is left out is the empty name. */
export interface StepNode {
  readonly kind: "step";
  readonly name: string;
  readonly step: string;
  readonly attributes: Attributes;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}
export type GraphNode = LayerNode | StepNode;

/** A network as layers and steps in execution order, wired by the names of tensors. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Weights and other values that are given. */
  readonly constants: ReadonlyMap<string, Known>;
  /** Type and shape of every tensor, constants included. */
  readonly tensors: ReadonlyMap<string, Port>;
  readonly nodes: readonly GraphNode[];
  readonly source: string;
  readonly notes: readonly string[];
}
