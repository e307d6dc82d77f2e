import { product } from "../base/index.js";
import { type ConvolutionAxis, convolutionEinsum, outputExtent } from "./convolution.js";
import type { Einsum } from "./einsum.js";
import type { FieldReader, Vocabulary } from "./fields.js";
import * as messages from "./messages.js";

/** The letters of one spatial axis: input, output and filter extents, stride, dilation and padding of this axis alone. */
export interface AxisLetters {
  readonly input: string;
  readonly output: string;
  readonly filter: string;
  readonly stride: string;
  readonly dilation: string;
  readonly before: string;
  readonly after: string;
}
const ROWS: AxisLetters = {
  input: "H",
  output: "P",
  filter: "R",
  stride: "Up",
  dilation: "Dp",
  before: "Zt",
  after: "Zb",
};
const COLUMNS: AxisLetters = {
  input: "W",
  output: "Q",
  filter: "S",
  stride: "Uq",
  dilation: "Dq",
  before: "Zl",
  after: "Zr",
};
const DEPTH: AxisLetters = {
  input: "L",
  output: "O",
  filter: "T",
  stride: "Uo",
  dilation: "Do",
  before: "Zf",
  after: "Zk",
};

export type Dimensions = "1" | "2" | "3";
export const AXES: Readonly<Record<Dimensions, readonly AxisLetters[]>> = {
  "1": [ROWS],
  "2": [ROWS, COLUMNS],
  "3": [DEPTH, ROWS, COLUMNS],
};

/** The names that other texts and tools use. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ["B", "N"],
  ["K", "M"],
  ["E", "P"],
  ["F", "Q"],
  ["OY", "P"],
  ["OX", "Q"],
  ["IY", "H"],
  ["IX", "W"],
  ["FY", "R"],
  ["FX", "S"],
  ["Wstride", "Up"],
  ["Hstride", "Uq"],
  ["Wdilation", "Dp"],
  ["Hdilation", "Dq"],
  ["stride", "U"],
  ["dilation", "D"],
  ["pad", "Z"],
  ["groups", "G"],
]);

/** The keys of a convolution of so many spatial axes; `channels` are those that this kind of layer has. */
export function convolutionVocabulary(
  dimensions: Dimensions,
  channels: readonly string[] = ["M", "C", "G"],
): Vocabulary {
  const keys = ["N", ...channels, "U", "D", "Z", ...AXES[dimensions].flatMap((letters) => Object.values(letters))];
  return { keys, aliases: new Map([...ALIASES].filter(([, meant]) => keys.includes(meant))) };
}

/** Padding that follows from the other figures: as many outputs as ⌈inputs ÷ stride⌉, the odd word above (`same`) or below. */
type Padding = "same" | "same-lower" | { readonly before: number; readonly after: number };

/** A convolution from its keys; with `full` the filter is as large as the input unless said otherwise (a fully connected layer). */
export function readConvolution(reader: FieldReader, dimensions: Dimensions, full: boolean): Einsum | undefined {
  const before = reader.problems.length;
  const batch = reader.positive("N", 1);
  const { groups, outputChannels, inputChannels } = readChannels(reader);
  const axes = readAxes(reader, dimensions, full);
  if (reader.problems.length > before) return undefined;
  const einsum = convolutionEinsum({ batch, groups, outputChannels, inputChannels, axes });
  const padded = axes.map((axis) => (axis.output - 1) * axis.stride + axis.dilation * (axis.filter - 1) + 1);
  const sizes = [
    product(einsum.bounds),
    product(padded) * batch * inputChannels,
    ...einsum.tensors.map((tensor) => product(tensor.shape)),
  ];
  if (!sizes.every(Number.isSafeInteger)) {
    reader.problems.push(messages.tooLarge(reader.at, "the product of the bounds"));
    return undefined;
  }
  if (groups > 1 && reader.owner !== "depthwise")
    reader.notes.push(
      `M=${outputChannels} and C=${inputChannels} count all ${groups} groups: m < ${outputChannels / groups}, c < ${inputChannels / groups} in each`,
    );
  return einsum;
}

/** Groups, and the channels of all of them together; a depthwise layer has one key for the three. */
export function readChannels(reader: FieldReader): { groups: number; outputChannels: number; inputChannels: number } {
  const before = reader.problems.length;
  if (reader.owner === "depthwise") {
    const channels = reader.positive("C");
    return { groups: channels, outputChannels: channels, inputChannels: channels };
  }
  const groups = reader.positive("G", 1);
  const outputChannels = reader.positive("M");
  const inputChannels = reader.positive("C");
  for (const [key, value] of [
    ["M", outputChannels],
    ["C", inputChannels],
  ] as const)
    if (value % groups !== 0 && reader.has(key) && reader.problems.length === before)
      reader.problems.push(messages.groupsDivide(reader.locationOf(key), key, value, groups));
  return { groups, outputChannels, inputChannels };
}

/** The spatial axes from the keys that convolutions and poolings share. */
export const readAxes = (reader: FieldReader, dimensions: Dimensions, full: boolean): readonly ConvolutionAxis[] =>
  AXES[dimensions].map((letters) => readAxis(reader, letters, full));

function readAxis(reader: FieldReader, letters: AxisLetters, full: boolean): ConvolutionAxis {
  const known = reader.problems.length;
  const stride = reader.positive(letters.stride, reader.positive("U", 1));
  const dilation = reader.positive(letters.dilation, reader.positive("D", 1));
  const padding = readPadding(reader, letters);
  const givenInput = reader.optional(letters.input);
  const givenOutput = reader.optional(letters.output);
  const filter =
    full && givenInput !== undefined
      ? reader.positive(letters.filter, givenInput)
      : reader.positive(letters.filter, full ? 1 : undefined);
  const names = [letters.output.toLowerCase(), letters.filter.toLowerCase()] as const;
  const reach = dilation * (filter - 1) + 1;
  if (!full && !reader.has(letters.input) && !reader.has(letters.output))
    reader.problems.push(messages.keyMissing(reader.at, reader.owner, `${letters.input} or ${letters.output}`));
  const input = givenInput ?? inputFor(givenOutput ?? 1, reach, stride, padding);
  const { before, after } = paddingFor(input, reach, stride, padding);
  const output = outputExtent(input + before + after, filter, stride, dilation);
  if (reader.problems.length === known) {
    const at = reader.locationOf(reader.has(letters.filter) ? letters.filter : letters.input);
    if (input < 1)
      reader.problems.push(
        messages.noInputLeft(reader.locationOf(letters.output), letters.output, givenOutput ?? 1, letters.input, input),
      );
    else if (output < 1)
      reader.problems.push(
        messages.filterTooLarge(
          at,
          `${letters.filter}=${filter}`,
          reach,
          `${letters.input}=${input}`,
          input + before + after,
        ),
      );
    else if (givenOutput !== undefined && givenOutput !== output)
      reader.problems.push(
        messages.outputDiffers(
          reader.locationOf(letters.output),
          letters.output,
          givenOutput,
          `${letters.input}=${input}`,
          output,
        ),
      );
  }
  return { names, input, output, filter, stride, dilation, before };
}

function readPadding(reader: FieldReader, letters: AxisLetters): Padding {
  const all = reader.raw("Z");
  const sides = { before: reader.natural(letters.before), after: reader.natural(letters.after) };
  if (typeof all === "string") {
    const word = all.toLowerCase();
    if (word === "valid") return { before: 0, after: 0 };
    if (word === "same" || word === "same-upper") return "same";
    if (word === "same-lower") return "same-lower";
    reader.problems.push(
      messages.notA(reader.locationOf("Z"), "Z", "a whole number, same, same-lower or valid", JSON.stringify(all)),
    );
    return { before: 0, after: 0 };
  }
  const even = reader.natural("Z") ?? 0;
  return { before: sides.before ?? even, after: sides.after ?? even };
}

/** The smallest input that gives so many outputs; under `same`, output · stride. */
const inputFor = (output: number, reach: number, stride: number, padding: Padding): number =>
  typeof padding === "string" ? output * stride : (output - 1) * stride + reach - padding.before - padding.after;

function paddingFor(input: number, reach: number, stride: number, padding: Padding): { before: number; after: number } {
  if (typeof padding !== "string") return padding;
  const total = Math.max(0, (Math.ceil(input / stride) - 1) * stride + reach - input);
  const less = Math.floor(total / 2);
  return padding === "same" ? { before: less, after: total - less } : { before: total - less, after: less };
}
