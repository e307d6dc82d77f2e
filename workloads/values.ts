import { type Random, seeded } from "../base/index.js";
import { inputsOf, tensorWords } from "./counts.js";
import type { Einsum, ElementType, Tensor } from "./einsum.js";

/** A tensor's words, row-major over its shape (last axis fastest). Integers of every width lie in 32 bits. */
export type Values = Int32Array | Float32Array | Float64Array;

/** Zeros of the representation that an element type has. */
export function emptyValues(type: ElementType, length: number): Values {
  if (type.kind !== "float") return new Int32Array(length);
  return type.bits > 32 ? new Float64Array(length) : new Float32Array(length);
}

/** For each axis, the distance in words between neighbours along it. */
export function stridesOf(shape: readonly number[]): readonly number[] {
  const strides: number[] = [];
  let stride = 1;
  for (const extent of shape.toReversed()) {
    strides.unshift(stride);
    stride *= extent;
  }
  return strides;
}

/**
 * Small values for every input, the same for the same seed: integers in −8 … 7 (0 … 15 where unsigned), floats the multiples of 1/8 from −1 to 1,
 * so that sums of up to 2²⁵ products are exact in 32-bit accumulators.
 */
export function seededInputs(einsum: Einsum, seed: number): readonly Values[] {
  const random = seeded(seed);
  return inputsOf(einsum).map((tensor) => seededValues(tensor, random));
}

function seededValues(tensor: Tensor, random: Random): Values {
  const values = emptyValues(tensor.type, tensorWords(tensor));
  for (let i = 0; i < values.length; i++) values[i] = seededValue(tensor.type, random);
  return values;
}

function seededValue(type: ElementType, random: Random): number {
  if (type.kind === "float") return random.integer(-8, 8) / 8;
  return type.kind === "int" ? random.integer(-8, 7) : random.integer(0, 15);
}

/**
 * The words of a tensor in another order of its axes: axis k of the result is axis `axes[k]` of the given one.
 * @example permuted(image, [1, 28, 28, 3], [0, 3, 1, 2]) // NHWC to NCHW; [0, 2, 3, 1] goes back
 */
export function permuted<T extends Values>(values: T, shape: readonly number[], axes: readonly number[]): T {
  if ([...axes].sort((a, b) => a - b).some((axis, k) => axis !== k) || axes.length !== shape.length)
    throw new RangeError(`axes ${axes} are no order of ${shape.length} axes`);
  const from = stridesOf(shape);
  const extents = axes.map((axis) => shape[axis] ?? 1);
  const result = values.slice() as T;
  let word = 0;
  const along = (depth: number, at: number): void => {
    const extent = extents[depth];
    if (extent === undefined) {
      result[word++] = values[at] ?? 0;
      return;
    }
    const stride = from[axes[depth] ?? 0] ?? 0;
    for (let k = 0; k < extent; k++) along(depth + 1, at + k * stride);
  };
  along(0, 0);
  return result;
}
