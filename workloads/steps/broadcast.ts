import type { Operand } from "../graph/types.js";
import { stridesOf } from "../values.js";
import { placesOf } from "./places.kernel.js";
import { printShape, StepError } from "./step.js";

/** The common shape of tensors that are broadcast against each other: aligned at the last axis, extents of 1 repeated. */
export function broadcastShape(shapes: readonly (readonly number[])[]): readonly number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const extents = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    const extent = extents.find((one) => one !== 1) ?? 1;
    if (extents.some((one) => one !== 1 && one !== extent))
      throw new StepError(`shapes ${shapes.map(printShape).join(" and ")} do not broadcast`);
    return extent;
  });
}

/** For each word of the broadcast shape the word of the tensor; null where they are the same. */
export function broadcastPlaces(shape: readonly number[], to: readonly number[]): Int32Array | null {
  if (shape.join() === to.join()) return null;
  const strides = stridesOf(shape);
  return placesOf(
    to,
    to.map((_, axis) => {
      const own = axis - to.length + shape.length;
      return (shape[own] ?? 1) === 1 ? 0 : (strides[own] ?? 0);
    }),
  );
}

/** How to read a broadcast operand: its value for each word of the common shape. */
export function reader(operand: Operand, to: readonly number[]): (word: number) => number {
  const { values } = operand;
  if (values === null) throw new StepError("values before the run");
  const places = broadcastPlaces(operand.shape, to);
  if (places === null) return (word) => values[word] ?? 0;
  return (word) => values[places[word] ?? 0] ?? 0;
}
