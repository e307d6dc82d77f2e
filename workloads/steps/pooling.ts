import { product } from "../../base/index.js";
import type { Attributes, Operand } from "../graph/types.js";
import { stridesOf } from "../values.js";
import { placesOf } from "./places.kernel.js";
import { around, given, listFrom, numberOf, numbersOf, plan, type Step, wordsOf } from "./step.js";
import { type Window, windowsOf } from "./windows.js";

/** Calls back for every place of the window that starts at `corner`, as far as it lies inside: coordinates in the input. */
function inside(windows: readonly Window[], place: readonly number[], visit: (at: readonly number[]) => void): void {
  const walk = (axis: number, at: readonly number[]): void => {
    const window = windows[axis];
    if (window === undefined) {
      visit(at);
      return;
    }
    for (let tap = 0; tap < window.filter; tap++) {
      const x = (place[axis] ?? 0) * window.stride + tap * window.dilation - window.before;
      if (x >= 0 && x < window.input) walk(axis + 1, [...at, x]);
    }
  };
  walk(0, []);
}

/** Coordinates of word number i. */
const coordinatesOf = (i: number, shape: readonly number[]): readonly number[] =>
  stridesOf(shape).map((stride, axis) => Math.floor(i / stride) % (shape[axis] ?? 1));

/** Where the largest word of each window stands in the tensor; `storage_order` 1 counts the axes of an image backwards. */
const maxPoolIndices: Step = (operands, attributes) => {
  const x = given(operands, 0);
  const extents = x.shape.slice(2);
  const windows = windowsOf(extents, numbersOf(attributes, "kernel_shape") ?? [], attributes);
  const shape = [...x.shape.slice(0, 2), ...windows.map((window) => window.output)];
  return [
    plan("int64", shape, (out) => {
      const words = wordsOf(x);
      const [, , image] = around(x.shape, 1);
      const places = product(shape.slice(2));
      const rows = stridesOf(extents);
      const order =
        numberOf(attributes, "storage_order", 0) === 1 ? stridesOf([...extents].reverse()).toReversed() : rows;
      const dot = (at: readonly number[], strides: readonly number[]): number =>
        at.reduce((sum, a, axis) => sum + a * (strides[axis] ?? 1), 0);
      for (let i = 0; i < out.length; i++) {
        const base = Math.floor(i / places) * image;
        let best = Number.NEGATIVE_INFINITY;
        inside(windows, coordinatesOf(i % places, shape.slice(2)), (at) => {
          const word = words[base + dot(at, rows)] ?? 0;
          if (word <= best) return;
          best = word;
          out[i] = base + dot(at, order);
        });
      }
    }),
  ];
};

/** The extents before pooling, where nobody gives them. */
function unpooled(x: Operand, attributes: Attributes): readonly number[] {
  const kernel = numbersOf(attributes, "kernel_shape") ?? [];
  const strides = numbersOf(attributes, "strides") ?? kernel.map(() => 1);
  const pads = numbersOf(attributes, "pads") ?? kernel.flatMap(() => [0, 0]);
  const extents = kernel.map(
    (size, i) =>
      ((x.shape[i + 2] ?? 1) - 1) * (strides[i] ?? 1) - (pads[i] ?? 0) - (pads[i + kernel.length] ?? 0) + size,
  );
  return [...x.shape.slice(0, 2), ...extents];
}

/** Puts words back where max-pooling found them. Indices count in the shape before pooling, also where a larger one is asked for. */
const maxUnpool: Step = (operands, attributes) => {
  const [x, indices] = [given(operands, 0), given(operands, 1)];
  const small = unpooled(x, attributes);
  const shape = listFrom(operands[2], {}, "output_shape") ?? small;
  return [
    plan(x.type, shape, (out) => {
      const words = wordsOf(x);
      const places = placesOf(small, stridesOf(shape));
      wordsOf(indices).forEach((index, i) => {
        out[places[index] ?? 0] = words[i] ?? 0;
      });
    }),
  ];
};

/** What pooling needs beside its layers. */
export const pooling: Readonly<Record<string, Step>> = { MaxPoolIndices: maxPoolIndices, MaxUnpool: maxUnpool };
