import { activationDefinition } from "./activations.js";
import type { Einsum } from "./einsum.js";
import type { FieldReader } from "./fields.js";
import { parseEinsum } from "./parse-einsum.js";
import { taking } from "./read-sliding.js";
import { einsumWithTypes } from "./types.js";

/** A layer whose keys are the bounds of its Einsum, one a variable; those in `optional` are 1 unless given. */
export function readBounded(
  reader: FieldReader,
  text: string,
  keys: readonly string[],
  optional: readonly string[],
): Einsum | undefined {
  const before = reader.problems.length;
  const bounds = new Map(keys.map((key) => [key, reader.positive(key, optional.includes(key) ? 1 : undefined)]));
  if (reader.problems.length > before) return undefined;
  return taking(reader, parseEinsum(text, { bounds }, reader.at));
}

/** `Outputs[m,n] += Inputs[m,k] * Weights[k,n]`; with a batch B, a leading b everywhere. */
export function readProduct(reader: FieldReader): Einsum | undefined {
  if (!reader.has("B")) return readBounded(reader, "Outputs[m,n] += Inputs[m,k] * Weights[k,n]", ["M", "N", "K"], []);
  return readBounded(reader, "Outputs[b,m,n] += Inputs[b,m,k] * Weights[b,k,n]", ["B", "M", "N", "K"], []);
}

/** Activations that give whole numbers for whole numbers; the others are run in floats. */
const WHOLE: ReadonlySet<string> = new Set(["relu", "relu6", "absolute", "square", "clip", "thresholded-relu"]);

/** `Outputs[n,c,h,w] = f(Inputs[n,c,h,w])`. */
export function readActivation(reader: FieldReader, name: string): Einsum | undefined {
  const known = reader.problems.length;
  const keys = ["N", "C", "H", "W"];
  const bounds = new Map(keys.map((key) => [key, reader.positive(key, key === "C" ? undefined : 1)]));
  const figures = Object.fromEntries(
    Object.entries(activationDefinition(name)?.figures ?? {}).map(([key, value]) => [key, reader.figure(key, value)]),
  );
  if (reader.problems.length > known) return undefined;
  const operation = { after: { kind: "activation", name, ...figures } } as const;
  const einsum = taking(reader, parseEinsum("Outputs[n,c,h,w] = Inputs[n,c,h,w]", { bounds, operation }, reader.at));
  return einsum === undefined || WHOLE.has(name) ? einsum : einsumWithTypes(einsum, "float32");
}
