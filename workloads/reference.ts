import { activation } from "./activations.js";
import { affineOf, valueAt } from "./affine.js";
import { identityOf } from "./arithmetic.js";
import { inputsOf, outputOf, startOf, tensorWords } from "./counts.js";
import type { Einsum, Tensor } from "./einsum.js";
import { referenceSource } from "./reference-source.js";
import { emptyValues, stridesOf, type Values } from "./values.js";

/** What the plain loops gave. */
export interface ReferenceRun {
  /** The output, row-major over its shape. */
  readonly values: Values;
  /** Whether an integer product or sum left its 32 bits and wrapped round; the values are then those of wrapping arithmetic. */
  readonly overflowed: boolean;
}

/**
 * The right output of an Einsum by plain nested loops, one a variable, straight from its text. What every other way to run it is compared with.
 * Integers are exact modulo 2³²; floats are summed in double precision and rounded once, at the end.
 */
export const reference = (einsum: Einsum, inputs: readonly Values[]): Values => referenceRun(einsum, inputs).values;

/**
 * `reference`, saying also whether integers overflowed.
 *
 * Outside an input reads as the reduction's identity (0 under a sum, 1 under a product); under max and min a point that touches the outside
 * counts for nothing; an output coordinate outside its tensor is dropped. `divide-by-count` divides by the points that lay inside.
 */
export function referenceRun(einsum: Einsum, inputs: readonly Values[]): ReferenceRun {
  checkInputs(einsum, inputs);
  const output = outputOf(einsum);
  const words = tensorWords(output);
  const isFloat = einsum.accumulator.kind === "float";
  const { reduce, after } = einsum.operation;
  const sums = isFloat ? new Float64Array(words) : new Int32Array(words);
  const start = startOf(einsum);
  const operands = inputs.filter((_, i) => einsum.tensors[i] !== start);
  if (start === undefined) sums.fill(identityOf(reduce, isFloat));
  else startFrom(start, inputs[einsum.tensors.indexOf(start)] ?? sums, output, sums);
  const counts = new Uint32Array(after?.kind === "divide-by-count" ? words : 0);
  const arithmetic = isFloat ? "float" : mayOverflow(einsum, operands, sums) ? "checked" : "integer";
  const run = new Function("inputs", "sums", "counts", referenceSource(einsum, arithmetic)) as Loops;
  const overflowed = run(operands, sums, counts);
  const values = emptyValues(output.type, words);
  const finish = finisher(einsum, isFloat, counts);
  for (let i = 0; i < words; i++) values[i] = finish(sums[i] ?? 0, i);
  return { values, overflowed };
}

type Loops = (inputs: readonly Values[], sums: Values, counts: Uint32Array) => boolean;

function checkInputs(einsum: Einsum, inputs: readonly Values[]): void {
  const expected = inputsOf(einsum).map(tensorWords);
  const found = inputs.map((values) => values.length);
  if (expected.join() !== found.join())
    throw new Error(`inputs of ${found.join(", ")} words for tensors of ${expected.join(", ")}`);
}

/** Whether integers of this size could leave 32 bits: the largest magnitudes, over as many points as reach one output word. */
function mayOverflow(einsum: Einsum, inputs: readonly Values[], sums: Values): boolean {
  const { combine, reduce } = einsum.operation;
  const sizes = inputs.map(largestOf);
  const multiplied = sizes.reduce((a, b) => a * Math.max(1, b), 1);
  const summed = sizes.reduce((a, b) => a + b, 0);
  const value = combine === "multiply" ? multiplied : combine === "subtract-square" ? summed ** 2 : summed;
  const alone = new Set(
    outputOf(einsum).ranks.flatMap(({ terms }) => (terms.length === 1 ? terms.map((term) => term.variable) : [])),
  );
  const points = einsum.bounds.reduce((n, bound, variable) => (alone.has(variable) ? n : n * bound), 1);
  const start = einsum.operation.start === "identity" ? 0 : largestOf(sums);
  return reduce === "multiply" || value * (reduce === "add" ? points : 1) + start >= 2 ** 31;
}

/** Fills the output's words with the start tensor's: `O[n,m,p,q]` starts from `B[m]`, the variables of B standing alone on axes of O. */
function startFrom(start: Tensor, values: Values, output: Tensor, sums: Values): void {
  const axisOf = (variable: number): number => {
    const axis = output.ranks.findIndex(
      ({ terms: [term, ...more], offset }) =>
        more.length === 0 && offset === 0 && term?.variable === variable && term.coefficient === 1,
    );
    if (axis < 0) throw new Error(`${start.name} has an index that is no axis of ${output.name}`);
    return axis;
  };
  const byAxis = start.ranks.map(({ terms, offset }) =>
    affineOf(new Map(terms.map((term) => [axisOf(term.variable), term.coefficient])), offset),
  );
  const startStrides = stridesOf(start.shape);
  const strides = stridesOf(output.shape);
  for (let word = 0; word < sums.length; word++) {
    const point = strides.map((stride, axis) => Math.floor(word / stride) % (output.shape[axis] ?? 1));
    const place = byAxis.reduce((sum, affine, axis) => sum + valueAt(affine, point) * (startStrides[axis] ?? 1), 0);
    sums[word] = values[place] ?? 0;
  }
}

function largestOf(values: Values): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest;
}

/** The post-step on a finished word; on integers it rounds towards zero. */
function finisher(einsum: Einsum, isFloat: boolean, counts: Uint32Array): (value: number, word: number) => number {
  const { after } = einsum.operation;
  if (after === null) return (value) => value;
  const kept = isFloat ? (value: number): number => value : Math.trunc;
  if (after.kind === "scale") return (value) => kept(value * after.by);
  if (after.kind === "divide-by-count") return (value, word) => kept(value / Math.max(1, counts[word] ?? 1));
  const apply = activation(after.name, after);
  return (value) => kept(apply(value));
}
