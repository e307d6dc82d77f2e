import type { Diagnostic, Location } from "../base/index.js";
import type { Einsum } from "./einsum.js";
import { FieldReader, type Fields, type Vocabulary } from "./fields.js";
import * as messages from "./messages.js";
import { convolutionVocabulary, type Dimensions, readConvolution } from "./read-convolution.js";
import { readBounded, readProduct } from "./read-operands.js";
import { readPooling, readTransposed } from "./read-sliding.js";

/** How the keys of one kind of layer become an Einsum. */
interface Kind {
  readonly vocabulary: Vocabulary;
  readonly read: (reader: FieldReader) => Einsum | undefined;
  /** The key that counts the output channels, each of which may have a bias. */
  readonly channels: string;
}

const convolution = (dimensions: Dimensions, full: boolean): Kind => ({
  vocabulary: convolutionVocabulary(dimensions),
  read: (reader) => readConvolution(reader, dimensions, full),
  channels: "M",
});

const pooling = (dimensions: Dimensions, take: "max" | "average", full: boolean): Kind => ({
  vocabulary: convolutionVocabulary(dimensions, take === "average" ? ["C", "divide"] : ["C"]),
  read: (reader) => readPooling(reader, dimensions, take, full),
  channels: "C",
});

const transposed = (dimensions: Dimensions): Kind => ({
  vocabulary: convolutionVocabulary(dimensions, ["M", "C", "G", "A"]),
  read: (reader) => readTransposed(reader, dimensions),
  channels: "M",
});

/** A kind whose keys are bounds, for which other texts have no other names. */
const bounded = (text: string, keys: readonly string[], optional: readonly string[], channels: string): Kind => ({
  vocabulary: { keys, aliases: new Map() },
  read: (reader) => readBounded(reader, text, keys, optional),
  channels,
});

const matrixProduct: Kind = {
  vocabulary: { keys: ["B", "M", "N", "K"], aliases: new Map() },
  read: readProduct,
  channels: "N",
};

const elementwise = (operator: string): Kind =>
  bounded(`Outputs[n,c,h,w] = Inputs[n,c,h,w] ${operator} Others[n,c,h,w]`, ["N", "C", "H", "W"], ["N", "H", "W"], "C");

/** The kinds of layers that are told by keys, by the name that files use. */
const kinds: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ["conv", convolution("2", false)],
  ["conv1d", convolution("1", false)],
  ["conv3d", convolution("3", false)],
  ["fc", convolution("2", true)],
  ["depthwise", { ...convolution("2", false), vocabulary: convolutionVocabulary("2", ["C"]), channels: "C" }],
  ["deconv", transposed("2")],
  ["deconv1d", transposed("1")],
  ["deconv3d", transposed("3")],
  ["gemm", matrixProduct],
  ["matmul", matrixProduct],
  [
    "attention-scores",
    bounded("Outputs[b,h,m,n] += Inputs[b,h,m,k] * Weights[b,h,n,k]", ["B", "H", "M", "N", "K"], ["B", "H"], "N"),
  ],
  [
    "attention-context",
    bounded("Outputs[b,h,m,k] += Inputs[b,h,m,n] * Weights[b,h,n,k]", ["B", "H", "M", "N", "K"], ["B", "H"], "K"),
  ],
  ["max-pool", pooling("2", "max", false)],
  ["average-pool", pooling("2", "average", false)],
  ["global-max-pool", pooling("2", "max", true)],
  ["global-average-pool", pooling("2", "average", true)],
  ["add", elementwise("+")],
  ["multiply", elementwise("*")],
]);

/** Kinds all of whose operands are activations: nothing of them is trained. */
export const UNTRAINED: ReadonlySet<string> = new Set([
  "matmul",
  "attention-scores",
  "attention-context",
  "max-pool",
  "average-pool",
  "global-max-pool",
  "global-average-pool",
  "add",
  "multiply",
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
