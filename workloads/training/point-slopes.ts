import { valueAt } from "../affine.js";
import { identityOf } from "../arithmetic.js";
import { operandsOf, outputOf, tensorWords } from "../counts.js";
import type { Einsum, Operation, Tensor } from "../einsum.js";
import { stridesOf, type Values } from "../values.js";

/**
 * ∂O[f(x)] ÷ ∂A[g(x)] by the way of each point x, row-major over the bounds, with A the operand of this number among all inputs: how much an
 * output word changes with the word that the point reads.
 *
 * Of a maximum or minimum it is the derivative of the point that it took, the first in loop order where several are equal, and 0 at all others;
 * of a product, the product of all other points' values times the point's own derivative; of a sum, the point's own derivative.
 */
export function pointSlopesOf(einsum: Einsum, inputs: readonly Values[], wanted: number): Float64Array {
  const points = pointsOf(einsum, inputs);
  const { reduce } = einsum.operation;
  const own = points.map((point) => ownSlope(einsum.operation, point, operandNumber(einsum, wanted)));
  switch (reduce) {
    case "add":
    case "assign":
      return Float64Array.from(own);
    case "max":
    case "min":
      return chosen(points, own, reduce === "max" ? 1 : -1, tensorWords(outputOf(einsum)));
    case "multiply":
      return ofProducts(points, own, tensorWords(outputOf(einsum)));
  }
}

/** One point of the iteration space. */
interface Point {
  /** The output word that it changes; -1: outside. */
  readonly word: number;
  /** What it reads, in the order of the operands. */
  readonly operands: readonly number[];
  /** Its value; NaN where it counts for nothing. */
  readonly value: number;
}

function pointsOf(einsum: Einsum, inputs: readonly Values[]): readonly Point[] {
  const operands = operandsOf(einsum).map((tensor) => ({
    place: placeIn(tensor),
    values: inputs[einsum.tensors.indexOf(tensor)] ?? new Float64Array(),
  }));
  const output = placeIn(outputOf(einsum));
  const { operation } = einsum;
  const outside = identityOf(operation.reduce, true);
  const skips = operation.reduce === "max" || operation.reduce === "min";
  const points: Point[] = [];
  const at = einsum.bounds.map(() => 0);
  do {
    const places = operands.map(({ place }) => place(at));
    const read = operands.map(({ values }, k) => values[places[k] ?? -1] ?? outside);
    const value = skips && places.includes(-1) ? Number.NaN : combined(operation.combine, read);
    points.push({ word: output(at), operands: read, value });
  } while (step(at, einsum.bounds));
  return points;
}

/** The word that a tensor shows to a point, -1 where that is outside. */
function placeIn({ ranks, shape }: Tensor): (point: readonly number[]) => number {
  const strides = stridesOf(shape);
  return (point) => {
    let word = 0;
    for (const [axis, rank] of ranks.entries()) {
      const coordinate = valueAt(rank, point);
      if (coordinate < 0 || coordinate >= (shape[axis] ?? 0)) return -1;
      word += coordinate * (strides[axis] ?? 0);
    }
    return word;
  };
}

/** To the next point in loop order, in place; false at the end. */
function step(at: number[], bounds: readonly number[]): boolean {
  for (let loop = at.length - 1; loop >= 0; loop--) {
    const next = (at[loop] ?? 0) + 1;
    at[loop] = next === bounds[loop] ? 0 : next;
    if (at[loop] !== 0) return true;
  }
  return false;
}

function combined(combine: Operation["combine"], [first = 0, ...rest]: readonly number[]): number {
  switch (combine) {
    case "first":
      return first;
    case "multiply":
      return rest.reduce((product, value) => product * value, first);
    case "add":
      return rest.reduce((sum, value) => sum + value, first);
    case "subtract":
      return rest.reduce((difference, value) => difference - value, first);
    case "subtract-square":
      return (first - (rest[0] ?? 0)) ** 2;
  }
}

/** The derivative of a point's value with respect to its operand number k. */
function ownSlope({ combine }: Operation, { operands }: Point, k: number): number {
  switch (combine) {
    case "first":
    case "add":
      return 1;
    case "multiply":
      return operands.reduce((product, value, i) => (i === k ? product : product * value), 1);
    case "subtract":
      return k === 0 ? 1 : -1;
    case "subtract-square":
      return 2 * ((operands[0] ?? 0) - (operands[1] ?? 0)) * (k === 0 ? 1 : -1);
  }
}

/** Which of the operands an input is; the tensor that the sums start from is none. */
function operandNumber(einsum: Einsum, input: number): number {
  const tensor = einsum.tensors[input];
  return tensor === undefined ? -1 : operandsOf(einsum).indexOf(tensor);
}

function chosen(points: readonly Point[], own: readonly number[], sign: number, words: number): Float64Array {
  const taken = new Int32Array(words).fill(-1);
  for (const [i, { word, value }] of points.entries()) {
    if (word < 0 || Number.isNaN(value)) continue;
    const best = points[taken[word] ?? -1];
    if (best === undefined || sign * value > sign * best.value) taken[word] = i;
  }
  const slopes = new Float64Array(points.length);
  for (const i of taken) if (i >= 0) slopes[i] = own[i] ?? 0;
  return slopes;
}

function ofProducts(points: readonly Point[], own: readonly number[], words: number): Float64Array {
  const products = new Float64Array(words).fill(1);
  const zeros = new Int32Array(words);
  for (const { word, value } of points)
    if (value === 0) zeros[word] = (zeros[word] ?? 0) + 1;
    else products[word] = (products[word] ?? 1) * value;
  return Float64Array.from(points, ({ word, value }, i) => {
    const others = (zeros[word] ?? 0) - (value === 0 ? 1 : 0);
    if (word < 0 || others > 0) return 0;
    return ((products[word] ?? 1) / (value === 0 ? 1 : value)) * (own[i] ?? 0);
  });
}
