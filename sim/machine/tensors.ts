import { unreachable } from "../../base/index.js";
import {
  type After,
  activation,
  type Einsum,
  emptyValues,
  identityOf,
  inputsOf,
  type Operation,
  outputOf,
  stridesOf,
  type Tensor,
  tensorWords,
  type Values,
} from "../../workloads/index.js";
import { at, type Box, boxOf, type Range, wholeBox } from "./nest.js";

/** The tensor that the reduction starts from, where it is not the identity. */
export function startOf(einsum: Einsum): Tensor | null {
  const { start } = einsum.operation;
  if (start === "identity") return null;
  const found = einsum.tensors.find((tensor) => tensor.name === start.tensor);
  if (found === undefined) throw new Error(`no tensor ${start.tensor} to start from`);
  return found;
}

/** The inputs that are combined, by tensor number: all but the one that the reduction starts from. */
export const operandsOf = (einsum: Einsum): readonly number[] =>
  einsum.tensors.flatMap((tensor, t) => (tensor.role === "input" && tensor !== startOf(einsum) ? [t] : []));

/** The variables that the output lacks: an operation begins the reduction of its word where all of them are at 0. */
export function reducedVariables(einsum: Einsum): readonly number[] {
  const known = new Set(outputOf(einsum).ranks.flatMap(({ terms }) => terms.map(({ variable }) => variable)));
  return einsum.variables.flatMap((_, variable) => (known.has(variable) ? [] : [variable]));
}

/**
 * Whether an operation with an operand outside its tensor is skipped, rather than done on the identity: where a maximum or
 * minimum could take the identity for a value.
 */
export const skipsOutside = ({ combine, reduce }: Operation): boolean =>
  combine !== "first" && (reduce === "max" || reduce === "min");

/** Where the words of a tensor's whole box stand: from `start` on, `strides` apart along each axis. */
export interface Placed {
  readonly words: Values;
  readonly start: number;
  readonly strides: readonly number[];
}

/** A place of its own for a tensor's box, row-major. */
export function rowMajor(einsum: Einsum, t: number): Placed {
  const sizes = wholeBox(einsum, at(einsum.tensors, t)).map(({ start, end }) => end - start);
  return { words: new Float64Array(sizes.reduce((n, size) => n * size, 1)), start: 0, strides: stridesOf(sizes) };
}

/** Puts an input in its place; what lies outside the tensor is the identity. */
export function placeInput(
  einsum: Einsum,
  t: number,
  inputs: readonly Values[],
  { words, start, strides }: Placed,
): void {
  const tensor = at(einsum.tensors, t);
  const values = at(inputs, t);
  words.fill(identityIn(einsum), start, start + sizeOf(wholeBox(einsum, tensor)));
  const step = strides.at(-1) ?? 1;
  eachRow(einsum, tensor, strides, (inBox, inTensor, length) => {
    for (let i = 0; i < length; i++) words[start + inBox + i * step] = values[inTensor + i] ?? 0;
  });
}

/** Puts the output in its place as it is before anything is computed: all identity. */
export function placeOutput(einsum: Einsum, { words, start }: Placed): void {
  words.fill(identityIn(einsum), start, start + sizeOf(wholeBox(einsum, outputOf(einsum))));
}

const identityIn = ({ operation, accumulator }: Einsum): number =>
  identityOf(operation.reduce, accumulator.kind === "float");

/** The output tensor out of its finished box: cut to its shape, taken through the post-step. */
export function finishedOutput(einsum: Einsum, { words, start, strides }: Placed): Values {
  const output = outputOf(einsum);
  const { after } = einsum.operation;
  const finished = emptyValues(output.type, tensorWords(output));
  const counts = after?.kind === "divide-by-count" ? contributionsOf(einsum) : null;
  const finish = postStepOf(after, einsum.accumulator.kind === "float");
  finished.fill(finish(identityIn(einsum), 1));
  eachInside(einsum, output, strides, (inBox, inTensor) => {
    finished[inTensor] = finish(at(words, start + inBox), counts === null ? 1 : at(counts, inTensor));
  });
  return finished;
}

/** The post-step on a finished word; on integers it rounds towards zero. */
function postStepOf(after: After | null, isFloat: boolean): (value: number, count: number) => number {
  if (after === null) return (value) => value;
  const kept = isFloat ? (value: number): number => value : Math.trunc;
  switch (after.kind) {
    case "scale":
      return (value) => kept(value * after.by);
    case "divide-by-count":
      return (value, count) => kept(value / Math.max(1, count));
    case "activation": {
      const apply = activation(after.name, after);
      return (value) => kept(apply(value));
    }
    default:
      return unreachable(after);
  }
}

/** How many values were reduced into each word of the output: points all of whose operands lie inside, where others add nothing. */
function contributionsOf(einsum: Einsum): Uint32Array {
  const output = outputOf(einsum);
  const { combine, reduce } = einsum.operation;
  const isSkipped = reduce === "max" || reduce === "min" || combine === "first" || combine === "multiply";
  const strides = stridesOf(output.shape);
  const counts = new Uint32Array(tensorWords(output));
  const point: Range[] = einsum.bounds.map(() => ({ start: 0, end: 1 }));
  const count = (variable: number): void => {
    if (variable < point.length) {
      for (let k = 0; k < at(einsum.bounds, variable); k++) {
        point[variable] = { start: k, end: k + 1 };
        count(variable + 1);
      }
      return;
    }
    const place = boxOf(output, point);
    if (!isInside(output, place)) return;
    if (isSkipped && !inputsOf(einsum).every((tensor) => isInside(tensor, boxOf(tensor, point)))) return;
    const word = place.reduce((n, { start }, axis) => n + start * at(strides, axis), 0);
    counts[word] = at(counts, word) + 1;
  };
  count(0);
  return counts;
}

export const isInside = (tensor: Tensor, point: Box): boolean =>
  point.every(({ start }, axis) => start >= 0 && start < at(tensor.shape, axis));

const sizeOf = (box: Box): number => box.reduce((size, { start, end }) => size * (end - start), 1);

/** Visits the words of a tensor's whole box that lie inside the tensor: number in the box, number in the tensor, coordinates. */
function eachInside(
  einsum: Einsum,
  tensor: Tensor,
  boxStrides: readonly number[],
  visit: (inBox: number, inTensor: number, coordinates: readonly number[]) => void,
): void {
  const last = tensor.ranks.length - 1;
  const step = boxStrides[last] ?? 0;
  eachRow(einsum, tensor, boxStrides, (inBox, inTensor, length, coordinates) => {
    const from = coordinates[last] ?? 0;
    for (let i = 0; i < length; i++) {
      if (last >= 0) coordinates[last] = from + i;
      visit(inBox + i * step, inTensor + i, coordinates);
    }
  });
}

/** The same by rows along the last axis: words that are neighbours in the tensor. */
function eachRow(
  einsum: Einsum,
  tensor: Tensor,
  boxStrides: readonly number[],
  visit: (inBox: number, inTensor: number, length: number, coordinates: number[]) => void,
): void {
  const whole = wholeBox(einsum, tensor);
  const strides = stridesOf(tensor.shape);
  const last = tensor.ranks.length - 1;
  const coordinates: number[] = [];
  const along = (axis: number, inBox: number, inTensor: number): void => {
    const range = whole[axis];
    if (range === undefined) {
      visit(inBox, inTensor, 1, coordinates);
      return;
    }
    const from = Math.max(range.start, 0);
    const end = Math.min(range.end, at(tensor.shape, axis));
    const [boxStride, stride] = [at(boxStrides, axis), at(strides, axis)];
    for (let x = from; x < end; x++) {
      coordinates[axis] = x;
      const [box, place] = [inBox + (x - range.start) * boxStride, inTensor + x * stride];
      if (axis < last) along(axis + 1, box, place);
      else {
        visit(box, place, end - from, coordinates);
        return;
      }
    }
  };
  along(0, 0, 0);
}
