import { unreachable } from "../../base/index.js";
import type { ElementType } from "../einsum.js";
import type { Values } from "../values.js";
import { bfloat16Of, float8Of, float16Of } from "./small-floats.js";
import type { ValueType } from "./types.js";

/** Zeros of the representation in which a type's words are kept. */
export function zerosOf(type: ValueType, length: number): Values {
  if (type === "float64" || type === "int64" || type === "uint64" || type === "uint32") return new Float64Array(length);
  return isFloat(type) ? new Float32Array(length) : new Int32Array(length);
}

export const isFloat = (type: ValueType): boolean => type.startsWith("float") || type === "bfloat16";

/** Bits of a word as the type has it; 8 for a truth value. */
export const bitsOf = (type: ValueType): number => (type === "bool" ? 8 : Number(/\d+/.exec(type)?.[0]));

/** Brings what was computed into the range and precision of the type, in place: integers wrap round, floats are rounded. */
export function conform(type: ValueType, values: Values): Values {
  const narrow = narrowing(type);
  if (narrow !== null) for (let i = 0; i < values.length; i++) values[i] = narrow(values[i] ?? 0);
  return values;
}

function narrowing(type: ValueType): ((x: number) => number) | null {
  switch (type) {
    case "float32":
    case "float64":
    case "int32":
      return null;
    case "float16":
      return float16Of;
    case "bfloat16":
      return bfloat16Of;
    case "float8e4m3fn":
    case "float8e4m3fnuz":
    case "float8e5m2":
    case "float8e5m2fnuz":
      return (x) => float8Of(x, type, false);
    case "int4":
      return (x) => (x << 28) >> 28;
    case "int8":
      return (x) => (x << 24) >> 24;
    case "int16":
      return (x) => (x << 16) >> 16;
    case "uint4":
      return (x) => x & 15;
    case "uint8":
      return (x) => x & 255;
    case "uint16":
      return (x) => x & 65535;
    case "uint32":
      return (x) => (Number.isFinite(x) ? Number(BigInt.asUintN(32, BigInt(Math.trunc(x)))) : 0);
    case "int64":
      return (x) => (Number.isNaN(x) ? 0 : Math.trunc(x));
    case "uint64":
      return (x) => (Number.isNaN(x) ? 0 : x < 0 ? Math.trunc(x) + 2 ** 64 : Math.trunc(x));
    case "bool":
      return (x) => (x === 0 ? 0 : 1);
    default:
      return unreachable(type);
  }
}

/** The least and the greatest value of a type; infinities for floats. */
export function limitsOf(type: ValueType): { readonly low: number; readonly high: number } {
  if (isFloat(type)) return { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  if (type === "bool") return { low: 0, high: 1 };
  const bits = bitsOf(type);
  return type.startsWith("u")
    ? { low: 0, high: 2 ** bits - 1 }
    : { low: -(2 ** (bits - 1)), high: 2 ** (bits - 1) - 1 };
}

/** The type in which a layer takes words of this type: 64-bit integers as doubles (exact up to 2⁵³), small floats as 32-bit floats. */
export function layerType(type: ValueType): ElementType {
  if (zerosOf(type, 0) instanceof Float64Array) return { kind: "float", bits: 64 };
  if (isFloat(type)) return { kind: "float", bits: 32 };
  if (type === "bool") return { kind: "uint", bits: 8 };
  return { kind: type.startsWith("u") ? "uint" : "int", bits: Math.max(8, bitsOf(type)) };
}
