import { elementTypeNames, functionNames, kindNames, viewKinds, vocabularyOf } from "../../workloads/index.js";
import { closed, DIALECT, list, name, named, type Properties, type Schema, text, whole, word } from "./parts.js";

/** What the keys of the kinds mean; in docs/formats-workload.md there is more. */
const MEANINGS: ReadonlyMap<string, string> = new Map([
  ["N", "batch (1); of a matrix product: columns of the second operand"],
  ["M", "output channels of all groups; of a matrix product: rows of the first operand"],
  ["C", "input channels of all groups"],
  ["K", "the summed length of a matrix product; of a convolution another name of M"],
  ["B", "batch of matrix products; of a convolution another name of N"],
  ["G", "groups (1)"],
  ["H", "input height; of attention: heads"],
  ["W", "input width"],
  ["L", "input depth"],
  ["P", "output height"],
  ["Q", "output width"],
  ["O", "output depth"],
  ["R", "filter height"],
  ["S", "filter width"],
  ["T", "filter depth"],
  ["U", "stride of every axis (1)"],
  ["Up", "stride of the rows"],
  ["Uq", "stride of the columns"],
  ["Uo", "stride of the depth"],
  ["D", "dilation of every axis (1)"],
  ["Dp", "dilation of the rows"],
  ["Dq", "dilation of the columns"],
  ["Do", "dilation of the depth"],
  ["Z", "padding on every side (0); same, same-lower or valid"],
  ["Zt", "padding on top"],
  ["Zb", "padding below"],
  ["Zl", "padding on the left"],
  ["Zr", "padding on the right"],
  ["Zf", "padding in front"],
  ["Zk", "padding at the back"],
  ["A", "words added at the output's high end"],
  ["I", "values that come in at a step"],
  ["p", "which norm is taken of a window (2)"],
  ["alpha", "a figure of the function"],
  ["beta", "a figure of the function"],
  ["gamma", "a figure of the function"],
  ["epsilon", "added to a variance before its root is taken (1e-5)"],
  ["bias", "what the sum of squares is added to (1)"],
  ["divide", "what an average divides by: the whole window, or the words inside of the input"],
]);

const PADDINGS = ["same", "same-upper", "same-lower", "valid"];
const FIGURES = new Set(["alpha", "beta", "gamma", "epsilon", "bias"]);
const NATURALS = new Set(["Zt", "Zb", "Zl", "Zr", "Zf", "Zk", "A"]);

/** What a key of a kind holds: a figure, a padding, a word, or else a size. */
function value(key: string, said: string): Schema {
  if (FIGURES.has(key)) return { type: "number", description: said };
  if (NATURALS.has(key)) return whole(said, 0);
  if (key === "divide") return word(said, ["window", "inside"], "window");
  if (key !== "Z") return whole(said);
  // The reader minds no case.
  const words = { type: "string", pattern: `^(${PADDINGS.map(anyCase).join("|")})$` };
  return { description: said, examples: PADDINGS, anyOf: [{ type: "integer", minimum: 0 }, words] };
}

const anyCase = (text: string): string => text.replace(/[a-z]/g, (letter) => `[${letter.toUpperCase()}${letter}]`);

/** The keys of a kind, with the names by which other texts know them: those that the reader itself goes by. */
function kindSchema(kind: string): Schema {
  const vocabulary = vocabularyOf(kind);
  const keys = (vocabulary?.keys ?? []).map((key) => [key, value(key, MEANINGS.get(key) ?? key)] as const);
  const aliases = [...(vocabulary?.aliases ?? [])].map(
    ([key, meant]) => [key, value(meant, `another name of ${meant}`)] as const,
  );
  return closed(`the keys of ${kind}`, Object.fromEntries([...keys, ...aliases]));
}

const type = word("an element type", elementTypeNames);
const common: Properties = {
  padding: word("whether coordinates outside of a tensor are counted like data", ["counted", "free"], "counted"),
  types: {
    description: "element types: one for all inputs, or tensor by tensor, with accumulator for the sums",
    anyOf: [type, named("a type a tensor", type)],
  },
  bias: { type: "boolean", description: "one trained value an output channel" },
  norm: word("a normalisation's two trained values an output channel", ["batch", "layer", "none"], "none"),
  repeat: whole("how often the network runs this very layer (1)"),
};
const kinds: Properties = Object.fromEntries(
  kindNames.map((kind) => [kind, { $ref: `#/$defs/${kind}`, description: `a layer of kind ${kind}` }]),
);
const numbers = (said: string): Schema => named(said, { type: "integer" });

const layerProperties: Properties = {
  name: name("unlike all others in the file"),
  ...kinds,
  einsum: text("the text form: O[m,n] += A[m,k] * B[k,n]"),
  bounds: numbers("of an einsum: how far each variable runs, by its name in upper case"),
  constants: numbers("of an einsum: strides, dilations, offsets"),
  shapes: named(
    "of an einsum: words along each axis, tensor by tensor",
    list("words", { type: "integer", minimum: 1 }),
  ),
  ...common,
};
const layer: Schema = closed("a layer: a name, one kind with its keys, and what all kinds share", layerProperties, [
  "name",
]);

const views: Properties = Object.fromEntries(
  [...viewKinds.keys()].map((kind) => [
    kind,
    closed(`an entry that computes nothing: ${kind}`, kind === "split-heads" ? { H: whole("heads") } : {}),
  ]),
);
const activation = { activation: word("applied to all that the entry gives", [...functionNames, "none"], "none") };

const entry: Schema = closed(
  "an entry of a network: a layer, or a view of another shape; keys that follow from what it reads may be left out",
  {
    ...layerProperties,
    ...views,
    from: {
      description: "the entries that it reads, by name, or input (the one before)",
      anyOf: [text("an entry"), list("entries, in the order of the layer's inputs", text("an entry"))],
    },
    ...activation,
  },
  ["name"],
);

/** Workload files: docs/formats-workload.md. */
export const workloadSchema: Schema = {
  $schema: DIALECT,
  title: "Loopwright workload: the layers of a network, in the order of execution",
  $defs: Object.fromEntries(kindNames.map((kind) => [kind, kindSchema(kind)])),
  ...closed(
    "a workload file",
    {
      name: name("what reports call it (the file's name)"),
      source: text("where the shapes come from"),
      notes: { description: "what the reader should know", anyOf: [text("a note"), list("notes", text("a note"))] },
      defaults: closed("for layers that do not say otherwise", { ...kinds, ...common, ...activation }),
      layers: list("the layers", layer),
      network: list("instead of layers: all that the network does, in the order of execution", entry),
    },
    [],
  ),
};
