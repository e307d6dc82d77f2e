import type { Diagnostic, Location } from "../base/index.js";
import { product } from "../base/index.js";
import type { Affine, Einsum } from "./einsum.js";
import { FieldReader, type Fields, type Vocabulary } from "./fields.js";
import * as messages from "./messages.js";
import { convolutionVocabulary, readConvolution } from "./read-convolution.js";
import { INT16, INT32 } from "./types.js";

/** How the keys of one kind of layer become an Einsum. */
interface Kind {
  readonly vocabulary: Vocabulary;
  readonly read: (reader: FieldReader) => Einsum | undefined;
  /** The letter that counts the output channels, each of which may have a bias. */
  readonly channels: string;
}

const none: ReadonlyMap<string, string> = new Map();

/** The kinds of layers that are told by keys, by the name that files use. */
const kinds: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  [
    "conv",
    { vocabulary: convolutionVocabulary("2"), read: (reader) => readConvolution(reader, "2", false), channels: "M" },
  ],
  [
    "conv1d",
    { vocabulary: convolutionVocabulary("1"), read: (reader) => readConvolution(reader, "1", false), channels: "M" },
  ],
  [
    "conv3d",
    { vocabulary: convolutionVocabulary("3"), read: (reader) => readConvolution(reader, "3", false), channels: "M" },
  ],
  [
    "fc",
    { vocabulary: convolutionVocabulary("2"), read: (reader) => readConvolution(reader, "2", true), channels: "M" },
  ],
  [
    "gemm",
    { vocabulary: { keys: ["B", "M", "N", "K"], aliases: none }, read: (reader) => readProduct(reader), channels: "N" },
  ],
  [
    "matmul",
    { vocabulary: { keys: ["B", "M", "N", "K"], aliases: none }, read: (reader) => readProduct(reader), channels: "N" },
  ],
]);

export const kindNames: readonly string[] = [...kinds.keys()];

/** A layer's Einsum from the keys of its kind; undefined where problems were reported. */
export function readKind(
  kind: string,
  fields: Fields,
  at: Location,
  problems: Diagnostic[],
  notes: string[],
): { einsum: Einsum; channels: number } | undefined {
  const found = kinds.get(kind);
  if (found === undefined) {
    problems.push(messages.unknownKind(at, kind, [...kindNames, "einsum"]));
    return undefined;
  }
  const before = problems.length;
  const reader = new FieldReader(kind, at, fields, found.vocabulary, problems, notes);
  const einsum = found.read(reader);
  if (einsum === undefined || problems.length > before) return undefined;
  return { einsum, channels: reader.positive(found.channels, 1) };
}

export const vocabularyOf = (kind: string): Vocabulary | undefined => kinds.get(kind)?.vocabulary;

/** `Outputs[m,n] += Inputs[m,k] * Weights[k,n]`; with a batch B, a leading b everywhere. */
function readProduct(reader: FieldReader): Einsum | undefined {
  const before = reader.problems.length;
  const batch = reader.optional("B");
  const sizes = [reader.positive("M"), reader.positive("N"), reader.positive("K")];
  if (reader.problems.length > before) return undefined;
  const variables = [...(batch === undefined ? [] : ["b"]), "m", "n", "k"];
  const bounds = [...(batch === undefined ? [] : [batch]), ...sizes];
  if (!Number.isSafeInteger(product(bounds))) {
    reader.problems.push(messages.tooLarge(reader.at, "the product of the bounds"));
    return undefined;
  }
  const operand = (names: readonly string[]): { ranks: Affine[]; shape: number[] } => {
    const indices = variables
      .flatMap((name, i) => (name === "b" ? [i] : []))
      .concat(names.map((name) => variables.indexOf(name)));
    return {
      ranks: indices.map((variable) => ({ terms: [{ variable, coefficient: 1 }], offset: 0 })),
      shape: indices.map((variable) => bounds[variable] ?? 1),
    };
  };
  return {
    variables,
    bounds,
    tensors: [
      { name: "Inputs", alias: "Inputs", role: "input", ...operand(["m", "k"]), type: INT16 },
      { name: "Weights", alias: "Weights", role: "input", ...operand(["k", "n"]), type: INT16 },
      { name: "Outputs", alias: "Outputs", role: "output", ...operand(["m", "n"]), type: INT32 },
    ],
    operation: { combine: "multiply", reduce: "add", start: "identity", after: null },
    padding: "counted",
    accumulator: INT32,
  };
}
