import type { Diagnostic } from "../../base/index.js";
import type { Einsum } from "../einsum.js";
import { EinsumSyntaxError, readEinsumSyntax } from "../einsum-syntax.js";
import type { FieldReader } from "../fields.js";
import { namesIn, parseEinsum } from "../parse-einsum.js";
import { startingFrom } from "../start.js";
import { einsumWithTypes } from "../types.js";
import type { Recipe, RecipeStep } from "./recipe.js";

/** One Einsum of a layer; the name is empty where the layer is a single one. */
export interface Part {
  readonly name: string;
  readonly einsum: Einsum;
  /** How often the layer runs it, ≥ 1. */
  readonly repeat: number;
}

/** What one of the Einsums of a layer is called: `softmax.maxima`. */
export const partName = (layer: string, part: string): string => (part === "" ? layer : `${layer}.${part}`);

/** The Einsums of a recipe, in 32-bit floats, from the keys of a layer; undefined where problems were reported. */
export function readRecipe(reader: FieldReader, recipe: Recipe): readonly Part[] | undefined {
  const before = reader.problems.length;
  const sizes = new Map(
    recipe.keys.map((key) => [key, reader.positive(key, recipe.optional.includes(key) ? 1 : undefined)]),
  );
  const figures = new Map(Object.entries(recipe.figures).map(([name, value]) => [name, reader.figure(name, value)]));
  const repeat = recipe.repeat === undefined ? 1 : (sizes.get(recipe.repeat) ?? 1);
  if (reader.problems.length > before) return undefined;
  const steps = recipe.steps(
    (name) => figures.get(name) ?? 0,
    (name) => sizes.get(name) ?? 1,
  );
  const parts = steps.flatMap((step): readonly Part[] => {
    const einsum = einsumOf(step, sizes, reader);
    return einsum === undefined ? [] : [{ name: step.name, einsum: einsumWithTypes(einsum, "float32"), repeat }];
  });
  return reader.problems.length > before ? undefined : parts;
}

/** The Einsum of one step; of the layer's bounds it takes those that it uses. */
function einsumOf(step: RecipeStep, sizes: ReadonlyMap<string, number>, reader: FieldReader): Einsum | undefined {
  const syntax = readEinsumSyntax(step.text);
  if (syntax instanceof EinsumSyntaxError) throw new Error(`${step.text}: ${syntax.message}`);
  const used = new Set(namesIn(syntax).map((name) => name.toUpperCase()));
  const bounds = new Map([...sizes, ...Object.entries(step.bounds ?? {})].filter(([name]) => used.has(name)));
  const setting = {
    bounds,
    ...(step.shapes === undefined ? {} : { shapes: new Map(Object.entries(step.shapes)) }),
    ...(step.after === undefined ? {} : { operation: { after: step.after } }),
  };
  const result = parseEinsum(step.text, setting, reader.at);
  if (!result.ok) {
    reader.problems.push(...result.errors.map((error): Diagnostic => ({ ...error, at: reader.at })));
    return undefined;
  }
  return step.start === undefined ? result.value : startingFrom(result.value, step.start);
}
