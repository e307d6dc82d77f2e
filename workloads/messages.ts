import { type Diagnostic, didYouMean, type Location, listed } from "../base/index.js";

/** Every text of this room that a user's mistake can bring up. */
const make = (code: string, message: string, at: Location, hint?: string): Diagnostic =>
  hint === undefined ? { code: `workload/${code}`, message, at } : { code: `workload/${code}`, message, at, hint };

export const einsumSyntax = (at: Location, text: string, offset: number, message: string): Diagnostic =>
  make(
    "einsum-syntax",
    `${message}, at character ${offset + 1} of ${shown(text)}`,
    at.column === undefined ? at : { ...at, column: at.column + offset },
    "an Einsum reads like O[m,n] += A[m,k] * B[k,n]",
  );

export const tensorTwice = (at: Location, name: string): Diagnostic =>
  make(
    "tensor-twice",
    `the tensor ${name} is named twice`,
    at,
    "give each operand its own name, even where two hold the same values",
  );

export const notAffine = (at: Location, where: string): Diagnostic =>
  make(
    "not-affine",
    `an index of ${where} multiplies variables with each other`,
    at,
    "an index is a sum of constant · variable",
  );

export const boundMissing = (at: Location, bound: string, given: readonly string[]): Diagnostic =>
  make(
    "bound-missing",
    `the bound ${bound} is missing`,
    at,
    given.length > 0 ? `${given.join(", ")} given and not used: rename one?` : `add ${bound}=…`,
  );

export const constantMissing = (at: Location, name: string): Diagnostic =>
  make(
    "constant-missing",
    `the constant ${name} is missing`,
    at,
    `add ${name}=…; rank variables are lower case, constants are not`,
  );

export const boundUnused = (at: Location, name: string, known: readonly string[]): Diagnostic =>
  make("bound-unused", `${name} is given but nothing uses it`, at, didYouMean(name, known));

export const notPositive = (at: Location, name: string, value: unknown): Diagnostic =>
  make(
    "not-positive-whole",
    `${name} must be a positive whole number, got ${shown(value)}`,
    at,
    value !== undefined && Number(value) > Number.MAX_SAFE_INTEGER ? "numbers go up to 2^53" : undefined,
  );

export const notNatural = (at: Location, name: string, value: unknown): Diagnostic =>
  make("not-natural", `${name} must be zero or a positive whole number, got ${shown(value)}`, at);

export const notWhole = (at: Location, name: string, value: unknown): Diagnostic =>
  make("not-whole", `${name} must be a whole number, got ${shown(value)}`, at);

export const tooLarge = (at: Location, what: string): Diagnostic =>
  make("too-large", `${what} passes 2^53; counts would not be exact`, at, "use smaller bounds, or split the layer");

export const shapeRank = (at: Location, tensor: string, given: number, need: number): Diagnostic =>
  make("shape-rank", `the shape of ${tensor} has ${given} axes, its indices are ${need}`, at);

export const shapeOfNothing = (at: Location, tensor: string, known: readonly string[]): Diagnostic =>
  make("no-such-tensor", `there is no tensor ${tensor}`, at, didYouMean(tensor, known));

export const allPadding = (
  at: Location,
  tensor: string,
  axis: number,
  low: number,
  high: number,
  extent: number,
): Diagnostic =>
  make(
    "all-padding",
    extent < 1
      ? `axis ${axis + 1} of ${tensor} is indexed from ${low} to ${high}: with as much padding above as below nothing is left of it`
      : `axis ${axis + 1} of ${tensor} is indexed from ${low} to ${high}, all outside its ${extent} words`,
    at,
    "is the filter larger than its padded input, or the offset wrong? a shape for the tensor can be given",
  );

export const assignReduces = (at: Location, tensor: string, variable: string): Diagnostic =>
  make(
    "assign-reduces",
    `= would write the words of ${tensor} several times, once for each ${variable}`,
    at,
    "use += (or max=, min=, *=)",
  );

export const unknownKey = (at: Location, key: string, known: readonly string[]): Diagnostic =>
  make("unknown-key", `unknown key ${JSON.stringify(key)}`, at, didYouMean(key, known));

export const keyMissing = (at: Location, owner: string, key: string, hint?: string): Diagnostic =>
  make("key-missing", `${owner} needs ${key}`, at, hint);

export const keyTwice = (at: Location, key: string, other: string): Diagnostic =>
  make("key-twice", key === other ? `${key} is given twice` : `${key} and ${other} are the same thing, give one`, at);

export const notA = (at: Location, name: string, expected: string, found: string, hint?: string): Diagnostic =>
  make("wrong-value", `${name} must be ${expected}, found ${found}`, at, hint);

export const filterTooLarge = (
  at: Location,
  filter: string,
  reach: number,
  input: string,
  padded: number,
): Diagnostic =>
  make(
    "filter-too-large",
    `the filter is larger than its padded input: ${filter} reaches over ${reach}, ${input} with padding has ${padded}`,
    at,
    "add padding, use a smaller filter or dilation, or a larger input",
  );

export const outputDiffers = (
  at: Location,
  output: string,
  given: number,
  input: string,
  follows: number,
): Diagnostic =>
  make(
    "output-differs",
    `${output}=${given} does not follow from ${input}: that gives ${output}=${follows}`,
    at,
    `leave out ${output} or ${input}`,
  );

export const noInputLeft = (at: Location, output: string, given: number, input: string, follows: number): Diagnostic =>
  make(
    "no-input-left",
    `${output}=${given} with this padding leaves no input: ${input}=${follows}`,
    at,
    `give ${input}, or less padding`,
  );

export const noOutputLeft = (at: Location, output: number): Diagnostic =>
  make(
    "no-output-left",
    `nothing is left of the output: ${output} words along this axis`,
    at,
    "cut off less (Z), or use a larger filter",
  );

export const groupsDivide = (at: Location, key: string, value: number, groups: number): Diagnostic =>
  make(
    "groups-divide",
    `G=${groups} groups do not divide ${key}=${value}`,
    at,
    `M and C count the channels of all groups together`,
  );

export const unknownKind = (at: Location, kind: string, known: readonly string[]): Diagnostic =>
  make("unknown-kind", `unknown layer kind ${shown(kind)}`, at, didYouMean(kind, known));

export const notKeyValue = (at: Location, part: string): Diagnostic =>
  make(
    "not-key-value",
    `expected key=value, found ${shown(part)}`,
    at,
    "write for example conv:N=1,M=64,C=3,H=224,W=224,R=3,S=3,Z=1",
  );

export const layerTwice = (at: Location, name: string): Diagnostic =>
  make(
    "layer-twice",
    `two layers are named ${shown(name)}`,
    at,
    "give each layer its own name; use repeat for equal ones",
  );

export const kindCount = (at: Location, found: readonly string[], known: readonly string[]): Diagnostic =>
  make(
    "one-kind",
    found.length === 0
      ? "this layer does not say what it computes"
      : `this layer says several things: ${found.join(", ")}`,
    at,
    `give exactly one of: ${listed(known)}`,
  );

export const nothingMatches = (at: Location, pattern: string, names: readonly string[]): Diagnostic =>
  make("no-such-layer", `no layer matches ${shown(pattern)}`, at, didYouMean(pattern, names));

export const noGradient = (at: Location, node: string, step: string): Diagnostic =>
  make("no-gradient", `${shown(node)} has no gradient: ${step} is no differentiable step`, at);

export const independent = (at: Location, of: string, tensor: string): Diagnostic =>
  make("no-gradient", `${shown(of)} does not depend on ${shown(tensor)}`, at);

export const noTensorIn = (at: Location, name: string, known: readonly string[]): Diagnostic =>
  make("no-such-tensor", `there is no tensor ${shown(name)}`, at, didYouMean(name, known));

export const notAChain = (at: Location, layer: string, has: readonly number[], wants: readonly number[]): Diagnostic =>
  make(
    "not-a-chain",
    `${layer} reads ${wants.join("×")} words, the layer before it gives ${has.join("×")}: neither pooling nor flattening leads from one to the other`,
    at,
    "only plain stacks of layers can be trained",
  );

export const notTrained = (at: Location, layer: string, kind: string): Diagnostic =>
  make(
    "not-trained",
    `${shown(layer)} (${kind}) has no weights and biases of output channels`,
    at,
    "convolutions and fully connected layers can be trained",
  );

export const noScores = (at: Location, output: string, shape: readonly number[]): Diagnostic =>
  make(
    "no-scores",
    `${shown(output)} of shape [${shape.join(", ")}] is no batch of scores`,
    at,
    "expected [N, classes]",
  );

/** Each problem once, in the order of the places in the file (those without a line as they were found). */
export function eachOnce(problems: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Map(problems.map((problem) => [`${problem.code}|${problem.message}|${problem.at.path}`, problem]));
  const rankOf = ({ at }: Diagnostic): number => (at.line ?? 0) * 1e6 + (at.column ?? 0);
  return [...seen.values()].sort((a, b) => rankOf(a) - rankOf(b));
}

/** A value as a message shows it: quoted where it is text, cut where it is long. */
function shown(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

export const noSuchEntry = (at: Location, name: string, known: readonly string[]): Diagnostic =>
  make("no-such-entry", `no entry before this one is called ${shown(name)}`, at, didYouMean(name, known));

export const shapesDiffer = (
  at: Location,
  entry: string,
  kind: string,
  shapes: readonly (readonly number[])[],
): Diagnostic =>
  make(
    "shapes-differ",
    `${entry} (${kind}) cannot be made of ${shapes.map((shape) => shape.join("x")).join(" and ") || "nothing"}`,
    at,
    "what is concatenated agrees in all extents but the channels; heads divide the width",
  );

export const wordsDiffer = (
  at: Location,
  layer: string,
  tensor: string,
  wanted: readonly number[],
  entry: string,
  found: readonly number[],
): Diagnostic =>
  make(
    "words-differ",
    `${tensor} of ${layer} is ${wanted.join("x")}, but ${entry} gives ${found.join("x")}`,
    at,
    "correct the shape, or say from which entry this one reads",
  );

export const layersAndNetwork = (at: Location): Diagnostic =>
  make("layers-and-network", "a workload has either layers or a network", at, "put all entries into network");
