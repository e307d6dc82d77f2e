/** How words of each number kind are loaded, stored and computed with, one by one and in vectors of 16 bytes. */
import type { Operation } from "../../../workloads/index.js";
import type { NumberKind } from "../arithmetic.js";
import { add, type Code, get, i32, type Local, type Locals, seq, set, simd, tee, u32 } from "./wasm.js";

type Binary = "add" | "subtract" | "multiply" | "min" | "max";

/** The instructions for one width: a single word, or a vector. `offset` is in bytes. */
export interface Lanes {
  readonly type: "i32" | "f32" | "f64" | "v128";
  /** Words in one value. */
  readonly words: number;
  readonly load: (address: Code, offset: number) => Code;
  readonly store: (address: Code, value: Code, offset: number) => Code;
  /** One word, in every lane. */
  readonly splat: (address: Code, offset: number) => Code;
  readonly constant: (value: number) => Code;
  readonly binary: (operator: Binary, a: Code, b: Code, locals: Locals) => Code;
}

interface Format {
  readonly bytes: 4 | 8;
  readonly load: number;
  readonly store: number;
  readonly scalar: Readonly<Record<Binary, number>>;
  readonly vector: Readonly<Record<Binary, number>>;
}

/** i32 has no minimum and maximum of single words: 0 stands for a comparison and a choice. */
const formats: Readonly<Record<NumberKind, Format>> = {
  int32: {
    bytes: 4,
    load: 0x28,
    store: 0x36,
    scalar: { add: 0x6a, subtract: 0x6b, multiply: 0x6c, min: 0, max: 0 },
    vector: { add: 0xae, subtract: 0xb1, multiply: 0xb5, min: 0xb6, max: 0xb8 },
  },
  float32: {
    bytes: 4,
    load: 0x2a,
    store: 0x38,
    scalar: { add: 0x92, subtract: 0x93, multiply: 0x94, min: 0x96, max: 0x97 },
    vector: { add: 0xe4, subtract: 0xe5, multiply: 0xe6, min: 0xe8, max: 0xe9 },
  },
  float64: {
    bytes: 8,
    load: 0x2b,
    store: 0x39,
    scalar: { add: 0xa0, subtract: 0xa1, multiply: 0xa2, min: 0xa4, max: 0xa5 },
    vector: { add: 0xf0, subtract: 0xf1, multiply: 0xf2, min: 0xf4, max: 0xf5 },
  },
};

export const bytesOf = (kind: NumberKind): 4 | 8 => formats[kind].bytes;

/** Single words. */
export function scalarLanes(kind: NumberKind): Lanes {
  const format = formats[kind];
  const alignment = format.bytes === 4 ? 2 : 3;
  const type = kind === "int32" ? "i32" : kind === "float32" ? "f32" : "f64";
  const load = (address: Code, offset: number): Code => [address, format.load, alignment, u32(offset)];
  return {
    type,
    words: 1,
    load,
    splat: load,
    store: (address, value, offset) => [address, value, format.store, alignment, u32(offset)],
    constant: (value) => scalarConstant(kind, value),
    binary: (operator, a, b, locals) =>
      format.scalar[operator] === 0 ? chosen(operator, a, b, locals) : [a, b, format.scalar[operator]],
  };
}

/** Vectors of 16 bytes. */
export function vectorLanes(kind: NumberKind): Lanes {
  const { bytes, vector } = formats[kind];
  const splatLoad = bytes === 4 ? simd(0x09, 2) : simd(0x0a, 3);
  const splat = kind === "int32" ? simd(0x11) : kind === "float32" ? simd(0x13) : simd(0x14);
  return {
    type: "v128",
    words: 16 / bytes,
    load: (address, offset) => [address, simd(0x00, 2, u32(offset))],
    splat: (address, offset) => [address, splatLoad, u32(offset)],
    store: (address, value, offset) => [address, value, simd(0x0b, 2, u32(offset))],
    constant: (value) => [scalarConstant(kind, value), splat],
    binary: (operator, a, b) => [a, b, simd(vector[operator])],
  };
}

/** One lane of a vector, as a single word. */
export const laneOf = (kind: NumberKind, vector: Code, lane: number): Code => [
  vector,
  simd(kind === "int32" ? 0x1b : kind === "float32" ? 0x1f : 0x21, lane),
];

/** A vector out of words that lie `stride` bytes apart, from the address in `at` on, which afterwards is that of the next one. */
export function gathered(kind: NumberKind, at: Local, stride: Code, locals: Locals): Code {
  const { bytes } = formats[kind];
  const [opcode, alignment]: readonly [number, number] = bytes === 4 ? [0x56, 2] : [0x57, 3];
  const addresses = Array.from({ length: 16 / bytes }, () => locals.fresh("i32"));
  const step = addresses.map((address) => [set(address, get(at)), set(at, add(get(at), stride))]);
  const [first, ...others] = addresses;
  if (first === undefined) return [];
  const start = vectorLanes(kind).splat(get(first), 0);
  return [
    step,
    others.reduce<Code>((code, address, i) => [get(address), code, simd(opcode, alignment, 0, i + 1)], start),
  ];
}

function chosen(operator: Binary, a: Code, b: Code, locals: Locals): Code {
  const [left, right]: readonly [Local, Local] = [locals.fresh("i32"), locals.fresh("i32")];
  const compare = operator === "max" ? 0x4a : 0x48;
  return seq(tee(left, a), tee(right, b), get(left), get(right), [compare, 0x1b]);
}

function scalarConstant(kind: NumberKind, value: number): Code {
  if (kind === "int32") return i32(value);
  const bytes = new Uint8Array(kind === "float32" ? Float32Array.of(value).buffer : Float64Array.of(value).buffer);
  return [kind === "float32" ? 0x43 : 0x44, ...bytes];
}

/** `a reduce b`, where b is one operation's value (assignment takes it) or another partial result (`isMerge`). */
export function reduction(
  lanes: Lanes,
  reduce: Operation["reduce"],
  isMerge: boolean,
  a: Code,
  b: Code,
  locals: Locals,
): Code {
  if (reduce === "assign") return isMerge ? lanes.binary("add", a, b, locals) : b;
  return lanes.binary(reduce, a, b, locals);
}
