import { expect } from "chai";
import { builtInArchitecture } from "../../arch-specs/index.js";
import { seeded } from "../../base/index.js";
import { randomLegalMapping } from "../../mappings/index.js";
import { compareOutputs, execute } from "../../sim/machine/index.js";
import { predict } from "../../sim/model/index.js";
import {
  type EinsumSetting,
  einsumWithTypes,
  emptyValues,
  inputsOf,
  type Layer,
  magnitudesOf,
  type Operation,
  type Runner,
  type RunType,
  reference,
  type Values,
} from "../../workloads/index.js";
import { einsumFrom, layerFrom } from "../workloads/arbitraries.js";

/** The lecture texts, by the number that their file begins with. */
export const lectures = {
  components: "000_acc6eea7ba1d40d7.txt: Overview of Deep Neural Network Components (MIT 6.5930/1, 2024)",
  overview: "001_08a1f596f6f9a78c.txt: Overview of DNNs (NCKU, AI System Lab)",
  backpropagation:
    "002_a6cbef8b843255bd.txt: Neural Networks (Aarhus, Deep Learning for Visual Recognition, lecture 3)",
  convolutional: "003_c879b6d4f9ecc6f1.txt: Convolutional Neural Network II (LAPENNA, unit 7, 2022)",
  architectures: "004_0b62db10a10b82bc.txt: Different CNN Architectures (CMU, Deep Learning for Engineers, 2025)",
} as const;

export interface Example {
  /** The slide, by its heading or by what stands on it. */
  readonly at: string;
  /** What is worked out there. */
  readonly what: string;
  /** What the slide prints where that is wrong. */
  readonly misprint?: string;
  readonly check: () => void;
}

/** Every worked example of a lecture, each a test that bears its place. */
export function worked(lecture: keyof typeof lectures, examples: readonly Example[]): void {
  describe(`worked examples of ${lectures[lecture]}`, () => {
    for (const { at, what, misprint, check } of examples)
      it(`${at}: ${what}${misprint === undefined ? "" : ` (misprint: ${misprint})`}`, check);
  });
}

/** An inline layer in the given type; integers are exact. */
export function layer(text: string, type: RunType = "int16"): Layer {
  const { einsum, ...rest } = layerFrom(text);
  return { ...rest, einsum: einsumWithTypes(einsum, type) };
}

/** A layer from an Einsum's text, with what the text cannot say, in float64 unless another type is given. */
export function einsumLayer(
  text: string,
  bounds: Record<string, number>,
  operation: Partial<Operation> = {},
  rest: Partial<EinsumSetting> & { readonly type?: RunType } = {},
): Layer {
  const { type = "float64", ...setting } = rest;
  const einsum = einsumFrom(text, bounds, { ...setting, operation });
  return { name: "example", kind: "einsum", repeat: 1, einsum: einsumWithTypes(einsum, type) };
}

const textbook = builtInArchitecture("textbook");

/**
 * The layer's output by the reference. The machine executes the layer as well, through a mapping on the `textbook` architecture, and gives the
 * same words; the model predicts every access that it counts.
 */
export const run: Runner = (on, inputs) => {
  if (textbook?.ok !== true) throw new Error("no textbook architecture");
  const mapping = randomLegalMapping(on, textbook.value, seeded(11), { imperfect: true });
  if (mapping === null) throw new Error(`no mapping of ${on.name}`);
  const expected = reference(on.einsum, inputs);
  const { counts, output } = execute(mapping, inputs);
  expect(counts).to.deep.equal(predict(mapping));
  expect(compareOutputs(output, expected, on.einsum, magnitudesOf(on.einsum, inputs)).status).to.not.equal("failed");
  return expected;
};

/** `run` on plain numbers, nested as deep as one likes. */
export function outputs(on: Layer, ...inputs: readonly Nested[]): readonly number[] {
  const words = inputs.map((nested, i) => {
    const flat = flatten(nested);
    const values = emptyValues(inputsOf(on.einsum)[i]?.type ?? on.einsum.accumulator, flat.length);
    values.set(flat);
    return values;
  });
  return [...run(on, words)].map((value) => value + 0);
}

export type Nested = number | readonly Nested[];
export const flatten = (nested: Nested): readonly number[] =>
  typeof nested === "number" ? [nested] : nested.flatMap(flatten);

/** Row-major words as rows. */
export const rows = (words: readonly number[], width: number): readonly (readonly number[])[] =>
  Array.from({ length: words.length / width }, (_, row) => words.slice(row * width, (row + 1) * width));

export const real = (nested: Nested): Values => Float64Array.from(flatten(nested));

/** That every word is as near to the expected one as `digits` decimals after the point tell. */
export function expectNear(found: ArrayLike<number>, expected: Nested, digits: number): void {
  const wanted = flatten(expected);
  expect(found.length).to.equal(wanted.length);
  wanted.forEach((value, i) => {
    expect(found[i], `word ${i}`).to.be.closeTo(value, 0.5000001 * 10 ** -digits);
  });
}

/** Where what was found and what the slide prints differ, as `row,column`. */
export function differences(
  found: readonly (readonly number[])[],
  printed: readonly (readonly number[])[],
): readonly string[] {
  return found.flatMap((row, i) => row.flatMap((value, j) => (value === printed[i]?.[j] ? [] : [`${i},${j}`])));
}
