import type { Result } from "../base/index.js";
import type { Einsum } from "./einsum.js";
import type { FieldReader } from "./fields.js";
import * as messages from "./messages.js";
import { AXES, type AxisLetters, type Dimensions, readAxes, readChannels } from "./read-convolution.js";
import type { Part } from "./recipes/build.js";
import {
  type Pooling,
  poolingEinsum,
  powerPoolingEinsums,
  transposedConvolutionEinsum,
  transposedExtent,
} from "./sliding.js";
import { einsumWithTypes } from "./types.js";

/** A pooling from its keys; with `full` the window is as large as the input unless said otherwise (a global pooling). */
export function readPooling(
  reader: FieldReader,
  dimensions: Dimensions,
  take: "max" | "average",
  full: boolean,
): Einsum | undefined {
  const before = reader.problems.length;
  const batch = reader.positive("N", 1);
  const channels = reader.positive("C");
  const axes = readAxes(reader, dimensions, full);
  const divide = take === "average" ? reader.word("divide", ["window", "inside"]) : undefined;
  if (reader.problems.length > before) return undefined;
  const taken: Pooling["take"] =
    take === "max" ? "max" : divide === "inside" ? "average-of-inside" : "average-of-window";
  return taking(reader, poolingEinsum({ batch, channels, axes, take: taken }));
}

/** The p-norm over each window: p (2), and the keys of a pooling. */
export function readPowerPooling(
  reader: FieldReader,
  dimensions: Dimensions,
  full: boolean,
): readonly Part[] | undefined {
  const before = reader.problems.length;
  const batch = reader.positive("N", 1);
  const channels = reader.positive("C");
  const axes = readAxes(reader, dimensions, full);
  const power = reader.positive("p", 2);
  if (reader.problems.length > before) return undefined;
  const einsums = powerPoolingEinsums({ batch, channels, axes }, power);
  return einsums.flatMap(({ name, einsum }) => {
    const taken = taking(reader, einsum);
    return taken === undefined ? [] : [{ name, einsum: einsumWithTypes(taken, "float32"), repeat: 1 }];
  });
}

/** A transposed convolution from its keys: H and W are the input's extents, Z is cut off the output, A is added at its high end. */
export function readTransposed(reader: FieldReader, dimensions: Dimensions): Einsum | undefined {
  const before = reader.problems.length;
  const batch = reader.positive("N", 1);
  const { groups, outputChannels, inputChannels } = readChannels(reader);
  const axes = AXES[dimensions].map((letters) => readScatteredAxis(reader, letters));
  if (reader.problems.length > before) return undefined;
  return taking(reader, transposedConvolutionEinsum({ batch, groups, outputChannels, inputChannels, axes }));
}

function readScatteredAxis(
  reader: FieldReader,
  letters: AxisLetters,
): Parameters<typeof transposedConvolutionEinsum>[0]["axes"][number] {
  const known = reader.problems.length;
  const input = reader.positive(letters.input);
  const filter = reader.positive(letters.filter);
  const stride = reader.positive(letters.stride, reader.positive("U", 1));
  const dilation = reader.positive(letters.dilation, reader.positive("D", 1));
  const even = reader.natural("Z") ?? 0;
  const before = reader.natural(letters.before) ?? even;
  const after = reader.natural(letters.after) ?? even;
  const names = [letters.output.toLowerCase(), letters.filter.toLowerCase()] as const;
  const output = transposedExtent({ input, filter, stride, dilation, before }, after, reader.natural("A") ?? 0);
  if (output < 1 && reader.problems.length === known)
    reader.problems.push(messages.noOutputLeft(reader.locationOf(letters.input), output));
  return { names, input, output, filter, stride, dilation, before };
}

/** The Einsum, its problems told where the layer stands. */
export function taking(reader: FieldReader, result: Result<Einsum>): Einsum | undefined {
  if (result.ok) return result.value;
  reader.problems.push(...result.errors.map((error) => ({ ...error, at: reader.at })));
  return undefined;
}
