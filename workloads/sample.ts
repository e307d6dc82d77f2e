import { seeded } from "../base/index.js";
import { outputOf, tensorWords } from "./counts.js";
import type { Affine, Einsum, Tensor } from "./einsum.js";
import { reference } from "./reference.js";
import { emptyValues, stridesOf, type Values } from "./values.js";

/** Some words of an output, and what they ought to be. */
export interface SampledOutput {
  /** Their places, ascending. */
  readonly places: readonly number[];
  /** Their right values, in the order of the places. */
  readonly values: Values;
}

/**
 * The right values of up to `most` words of the output, chosen by a seed, each by the reference executor's plain loops over the points of that
 * word alone. Where an output word is not told by one variable an axis (a scattering Einsum), all words are worked out.
 */
export function referenceSample(einsum: Einsum, inputs: readonly Values[], most: number, seed: number): SampledOutput {
  const output = outputOf(einsum);
  const words = tensorWords(output);
  const axes = output.ranks.map(variableOf);
  if (words <= most || axes.includes(null)) {
    const places = placesAmong(words, most, seed);
    const all = reference(einsum, inputs);
    return { places, values: pick(all, places, output) };
  }
  const places = placesAmong(words, most, seed);
  const values = emptyValues(output.type, places.length);
  places.forEach((place, i) => {
    const fixed = new Map(
      stridesOf(output.shape).map((stride, axis) => [axes[axis] ?? -1, at(place, stride, output, axis)]),
    );
    values[i] = reference(restricted(einsum, fixed), inputs)[0] ?? 0;
  });
  return { places, values };
}

/** The words of an output at these places. */
export function pick(values: Values, places: readonly number[], output: Tensor): Values {
  const picked = emptyValues(output.type, places.length);
  places.forEach((place, i) => {
    picked[i] = values[place] ?? 0;
  });
  return picked;
}

const at = (place: number, stride: number, { shape }: Tensor, axis: number): number =>
  Math.floor(place / stride) % (shape[axis] ?? 1);

/** The variable that an axis of the output is, if it is one. */
function variableOf({ terms: [term, ...more], offset }: Affine): number | null {
  return term !== undefined && more.length === 0 && offset === 0 && term.coefficient === 1 ? term.variable : null;
}

/** All places where there are few; else as many as wanted, spread over the output. */
function placesAmong(words: number, most: number, seed: number): readonly number[] {
  if (words <= most) return Array.from({ length: words }, (_, i) => i);
  const random = seeded(seed);
  const chosen = new Set([0, words - 1]);
  while (chosen.size < most) chosen.add(random.integer(0, words - 1));
  return [...chosen].sort((a, b) => a - b);
}

/** The Einsum at fixed values of some variables: their bounds become 1, and every index moves by what they add. */
function restricted(einsum: Einsum, fixed: ReadonlyMap<number, number>): Einsum {
  const moved = (affine: Affine): Affine => ({
    terms: affine.terms,
    offset: affine.terms.reduce(
      (sum, { variable, coefficient }) => sum + coefficient * (fixed.get(variable) ?? 0),
      affine.offset,
    ),
  });
  return {
    ...einsum,
    bounds: einsum.bounds.map((bound, variable) => (fixed.has(variable) ? 1 : bound)),
    tensors: einsum.tensors.map((tensor) =>
      tensor.role === "output"
        ? { ...tensor, shape: tensor.shape.map(() => 1) }
        : { ...tensor, ranks: tensor.ranks.map(moved) },
    ),
  };
}
