import type { Einsum } from "./einsum.js";
import type { FieldReader } from "./fields.js";
import { parseEinsum } from "./parse-einsum.js";
import { taking } from "./read-sliding.js";

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
