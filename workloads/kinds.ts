import type { Diagnostic, Location } from "../base/index.js";
import { activationDefinition, functionNames } from "./activations.js";
import type { Einsum } from "./einsum.js";
import { FieldReader, type Fields, type Vocabulary } from "./fields.js";
import * as messages from "./messages.js";
import { convolutionVocabulary, type Dimensions, readConvolution } from "./read-convolution.js";
import { readActivation, readBounded, readProduct } from "./read-operands.js";
import { readPooling, readPowerPooling, readTransposed } from "./read-sliding.js";
import { type Part, readRecipe } from "./recipes/build.js";
import { classifications, normalisations } from "./recipes/normalisations.js";
import type { Recipe } from "./recipes/recipe.js";
import { recurrent } from "./recipes/recurrent.js";
import { resampling } from "./recipes/resampling.js";

/** How the keys of one kind of layer become Einsums. */
interface Kind {
  readonly vocabulary: Vocabulary;
  readonly read: (reader: FieldReader) => readonly Part[] | undefined;
  /** The key that counts the output channels, each of which may have a bias. */
  readonly channels: string;
}

const NO_ALIASES: Vocabulary["aliases"] = new Map();

/** A layer that is one Einsum. */
const single =
  (read: (reader: FieldReader) => Einsum | undefined): Kind["read"] =>
  (reader) => {
    const einsum = read(reader);
    return einsum === undefined ? undefined : [{ name: "", einsum, repeat: 1 }];
  };

const convolution = (dimensions: Dimensions, full: boolean): Kind => ({
  vocabulary: convolutionVocabulary(dimensions),
  read: single((reader) => readConvolution(reader, dimensions, full)),
  channels: "M",
});

const pooling = (dimensions: Dimensions, take: "max" | "average", full: boolean): Kind => ({
  vocabulary: convolutionVocabulary(dimensions, take === "average" ? ["C", "divide"] : ["C"]),
  read: single((reader) => readPooling(reader, dimensions, take, full)),
  channels: "C",
});

const powerPooling = (dimensions: Dimensions, full: boolean): Kind => {
  const { keys, aliases } = convolutionVocabulary(dimensions, ["C", "p"]);
  return { vocabulary: { keys, aliases }, read: (reader) => readPowerPooling(reader, dimensions, full), channels: "C" };
};

const transposed = (dimensions: Dimensions): Kind => ({
  vocabulary: convolutionVocabulary(dimensions, ["M", "C", "G", "A"]),
  read: single((reader) => readTransposed(reader, dimensions)),
  channels: "M",
});

/** A kind whose keys are bounds, for which other texts have no other names. */
const bounded = (text: string, keys: readonly string[], optional: readonly string[], channels: string): Kind => ({
  vocabulary: { keys, aliases: NO_ALIASES },
  read: single((reader) => readBounded(reader, text, keys, optional)),
  channels,
});

const matrixProduct: Kind = {
  vocabulary: { keys: ["B", "M", "N", "K"], aliases: NO_ALIASES },
  read: single(readProduct),
  channels: "N",
};

const IMAGE = ["N", "C", "H", "W"];
const elementwise = (operator: string): Kind =>
  bounded(`Outputs[n,c,h,w] = Inputs[n,c,h,w] ${operator} Others[n,c,h,w]`, IMAGE, ["N", "H", "W"], "C");

const reduction = (operator: string): Kind => bounded(`Outputs[n] ${operator} Inputs[n,c]`, ["N", "C"], ["N"], "C");

const activation = (name: string): Kind => ({
  vocabulary: { keys: [...IMAGE, ...Object.keys(activationDefinition(name)?.figures ?? {})], aliases: NO_ALIASES },
  read: single((reader) => readActivation(reader, name)),
  channels: "C",
});

const cooked = (recipe: Recipe): Kind => ({
  vocabulary: { keys: [...recipe.keys, ...Object.keys(recipe.figures)], aliases: NO_ALIASES },
  read: (reader) => readRecipe(reader, recipe),
  channels: recipe.channels,
});
const recipes = Object.entries({ ...normalisations, ...classifications, ...recurrent, ...resampling });

/** Kinds all of whose operands are activations: nothing of them is trained. */
const untrained: readonly (readonly [string, Kind])[] = [
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
  ["max-pool1d", pooling("1", "max", false)],
  ["max-pool3d", pooling("3", "max", false)],
  ["average-pool", pooling("2", "average", false)],
  ["average-pool1d", pooling("1", "average", false)],
  ["average-pool3d", pooling("3", "average", false)],
  ["lp-pool", powerPooling("2", false)],
  ["global-max-pool", pooling("2", "max", true)],
  ["global-average-pool", pooling("2", "average", true)],
  ["global-lp-pool", powerPooling("2", true)],
  ["add", elementwise("+")],
  ["subtract", elementwise("-")],
  ["multiply", elementwise("*")],
  ["reduce-sum", reduction("+=")],
  ["reduce-max", reduction("max=")],
  ["reduce-min", reduction("min=")],
  ["reduce-product", reduction("*=")],
  ...functionNames.map((name): [string, Kind] => [name, activation(name)]),
];

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
  ["add-bias", bounded("Outputs[n,c,h,w] = Inputs[n,c,h,w] + Bias[c]", IMAGE, ["N", "H", "W"], "C")],
  ...untrained,
  ...recipes.map(([name, recipe]): [string, Kind] => [name, cooked(recipe)]),
]);

export const UNTRAINED: ReadonlySet<string> = new Set(untrained.map(([name]) => name));

/** Kinds that name what is trained `Weights`, `Recurrence` and `Bias`; their other operands are activations. */
export const COOKED: ReadonlySet<string> = new Set(["add-bias", ...recipes.map(([name]) => name)]);

export const kindNames: readonly string[] = [...kinds.keys()];

/** A layer's Einsums from the keys of its kind; undefined where problems were reported. */
export function readKind(
  kind: string,
  fields: Fields,
  at: Location,
  problems: Diagnostic[],
  notes: string[],
): { parts: readonly Part[]; channels: number } | undefined {
  const found = kinds.get(kind);
  if (found === undefined) {
    problems.push(messages.unknownKind(at, kind, [...kindNames, "einsum"]));
    return undefined;
  }
  const before = problems.length;
  const reader = new FieldReader(kind, at, fields, found.vocabulary, problems, notes);
  const parts = found.read(reader);
  if (parts === undefined || problems.length > before) return undefined;
  return { parts, channels: reader.positive(found.channels, 1) };
}

export const vocabularyOf = (kind: string): Vocabulary | undefined => kinds.get(kind)?.vocabulary;
