import { product } from "../../base/index.js";
import { type Float8, float8FromBits, float8ToBits, float16FromBits, float16ToBits } from "../graph/small-floats.js";
import type { Known, ValueType } from "../graph/types.js";
import { bitsOf, conform, zerosOf } from "../graph/value-types.js";
import type { Values } from "../values.js";
import type { TensorProto } from "./proto.js";

/** ONNX' numbers for element types; strings (8) and complex numbers (14, 15) are none of ours. */
const byNumber: ReadonlyMap<number, ValueType> = new Map<number, ValueType>([
  [1, "float32"],
  [2, "uint8"],
  [3, "int8"],
  [4, "uint16"],
  [5, "int16"],
  [6, "int32"],
  [7, "int64"],
  [9, "bool"],
  [10, "float16"],
  [11, "float64"],
  [12, "uint32"],
  [13, "uint64"],
  [16, "bfloat16"],
  [17, "float8e4m3fn"],
  [18, "float8e4m3fnuz"],
  [19, "float8e5m2"],
  [20, "float8e5m2fnuz"],
  [21, "uint4"],
  [22, "int4"],
]);
const OTHERS: ReadonlyMap<number, string> = new Map([
  [8, "string"],
  [14, "complex64"],
  [15, "complex128"],
]);

/** The type of this number in an ONNX file; undefined where it is none of ours. */
export const valueTypeOf = (number: number): ValueType | undefined => byNumber.get(number);
/** The name of a type that is none of ours. */
export const foreignTypeName = (number: number): string => OTHERS.get(number) ?? `number ${number}`;

/** A tensor of a file with its values; a text says what is wrong with it. */
export function knownOf(proto: TensorProto): Known | string {
  const type = byNumber.get(proto.dataType ?? 0);
  if (type === undefined) return `its element type is ${foreignTypeName(proto.dataType ?? 0)}`;
  if (proto.dataLocation === 1) return "its values lie in another file";
  const words = product(proto.dims);
  const values = zerosOf(type, words);
  const raw = proto.rawData;
  if (raw !== undefined && raw.length > 0) {
    const bytes = Math.ceil((words * bitsOf(type)) / 8);
    if (raw.length !== bytes) return `it has ${raw.length} bytes where ${words} words of ${type} take ${bytes}`;
    readRaw(type, raw, values);
  } else {
    const given = listOf(type, proto);
    const packed = bitsOf(type) === 4 ? Math.ceil(words / 2) : words;
    if (given.length !== packed) return `it has ${given.length} words where its shape holds ${packed}`;
    readList(type, given, values);
  }
  return { type, shape: proto.dims, values: conform(type, values) };
}

/** The list that holds the words of a type; 64-bit integers come as numbers. */
function listOf(type: ValueType, proto: TensorProto): readonly number[] {
  if (type === "float32") return proto.floatData;
  if (type === "float64") return proto.doubleData;
  if (type === "int64") return proto.int64Data;
  return type === "uint64" || type === "uint32" ? proto.uint64Data : proto.int32Data;
}

/** Small floats stand in lists as their bits; two 4-bit words share one. */
function readList(type: ValueType, list: readonly number[], values: Values): void {
  const decode = decoderOf(type);
  for (let i = 0; i < values.length; i++)
    values[i] = bitsOf(type) === 4 ? nibble(list[i >> 1] ?? 0, i) : decode(list[i] ?? 0);
}

const nibble = (byte: number, i: number): number => (i % 2 === 0 ? byte & 15 : (byte >> 4) & 15);

function decoderOf(type: ValueType): (bits: number) => number {
  if (type === "float16") return float16FromBits;
  if (type === "bfloat16") return (bits) => new Float32Array(Uint32Array.of(bits << 16).buffer)[0] ?? 0;
  if (isFloat8(type)) return (bits) => float8FromBits(bits, type);
  return (bits) => bits;
}

const isFloat8 = (type: ValueType): type is Float8 => type.startsWith("float8");

/** Little-endian words, in order. */
function readRaw(type: ValueType, raw: Uint8Array, values: Values): void {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  if (type === "float32" && values instanceof Float32Array) {
    new Uint8Array(values.buffer).set(raw);
    return;
  }
  const read = readerOf(type, view);
  for (let i = 0; i < values.length; i++) values[i] = read(i);
}

function readerOf(type: ValueType, view: DataView): (i: number) => number {
  const decode = decoderOf(type);
  if (type === "float64") return (i) => view.getFloat64(8 * i, true);
  if (type === "int64") return (i) => Number(view.getBigInt64(8 * i, true));
  if (type === "uint64") return (i) => Number(view.getBigUint64(8 * i, true));
  switch (bitsOf(type)) {
    case 4:
      return (i) => nibble(view.getUint8(i >> 1), i);
    case 8:
      return (i) => decode(view.getUint8(i));
    case 16:
      return (i) => decode(view.getUint16(2 * i, true));
    default:
      return (i) => (type === "uint32" ? view.getUint32(4 * i, true) : view.getInt32(4 * i, true));
  }
}

/**
 * A tensor of a test case as the type that its model declares: bfloat16 numbers are written down there as the 16-bit integers that hold
 * their bits.
 */
export function asDeclared(value: Known, type: ValueType | undefined): Known {
  if (value.type !== "uint16" || type !== "bfloat16") return value;
  return { type, shape: value.shape, values: Float32Array.from(value.values, decoderOf("bfloat16")) };
}

/** A tensor as the message of a file. */
export function protoOf(name: string, { type, shape, values }: Known): Partial<TensorProto> {
  const dataType = [...byNumber].find(([, one]) => one === type)?.[0] ?? 0;
  return { name, dims: shape, dataType, rawData: rawOf(type, values) };
}

function rawOf(type: ValueType, values: Values): Uint8Array {
  const raw = new Uint8Array(Math.ceil((values.length * bitsOf(type)) / 8));
  const view = new DataView(raw.buffer);
  const write = writerOf(type, view);
  for (let i = 0; i < values.length; i++) write(i, values[i] ?? 0);
  return raw;
}

function writerOf(type: ValueType, view: DataView): (i: number, value: number) => void {
  if (type === "float32") return (i, value) => view.setFloat32(4 * i, value, true);
  if (type === "float64") return (i, value) => view.setFloat64(8 * i, value, true);
  if (type === "int64" || type === "uint64") return (i, value) => view.setBigInt64(8 * i, BigInt(value), true);
  if (type === "float16") return (i, value) => view.setUint16(2 * i, float16ToBits(value), true);
  if (type === "bfloat16")
    return (i, value) => view.setUint16(2 * i, (new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0) >>> 16, true);
  if (isFloat8(type)) return (i, value) => view.setUint8(i, float8ToBits(value, type));
  switch (bitsOf(type)) {
    case 4:
      return (i, value) => view.setUint8(i >> 1, view.getUint8(i >> 1) | ((value & 15) << (4 * (i % 2))));
    case 8:
      return (i, value) => view.setUint8(i, value);
    case 16:
      return (i, value) => view.setUint16(2 * i, value, true);
    default:
      return (i, value) => view.setUint32(4 * i, value, true);
  }
}
