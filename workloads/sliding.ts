import type { Result } from "../base/index.js";
import type { ConvolutionAxis } from "./convolution.js";
import type { After, Einsum } from "./einsum.js";
import { parseEinsum } from "./parse-einsum.js";

/** A pooling window that slides over every channel by itself. */
export interface Pooling {
  readonly batch: number;
  readonly channels: number;
  readonly axes: readonly ConvolutionAxis[];
  /** An average divides by the words of the window, or by those of them that lie inside of the input. */
  readonly take: "max" | "average-of-window" | "average-of-inside";
}

/** `Outputs[n,c,p,q] max= Inputs[n,c,U*p+D*r-Z,U*q+D*s-Z]`, or `+=` and a division. */
export function poolingEinsum(pooling: Pooling): Result<Einsum> {
  const { axes, take } = pooling;
  const window = axes.reduce((words, axis) => words * axis.filter, 1);
  const average =
    take === "average-of-window"
      ? ({ kind: "scale", by: 1 / window } as const)
      : ({ kind: "divide-by-count" } as const);
  return windowsEinsum(pooling, "Inputs", take === "max" ? "max=" : "+=", take === "max" ? null : average);
}

/** The p-norm of every window, as two Einsums: |x|^p word by word, then the root of their sums. */
export function powerPoolingEinsums(
  pooling: Omit<Pooling, "take">,
  power: number,
): readonly { readonly name: string; readonly einsum: Result<Einsum> }[] {
  const { batch, channels, axes } = pooling;
  const places = ["n", "c", ...axes.map((axis) => axis.names[0])];
  const text = `Powers[${places}] = Inputs[${places}]`;
  const bounds = boundsOf([
    ["n", batch],
    ["c", channels],
    ...axes.map((axis): [string, number] => [axis.names[0], axis.input]),
  ]);
  const raised = { after: { kind: "activation", name: "absolute-power", gamma: power } } as const;
  return [
    { name: "powers", einsum: parseEinsum(text, { bounds, operation: raised }, { file: text, path: "" }) },
    {
      name: "roots",
      einsum: windowsEinsum(pooling, "Powers", "+=", { kind: "activation", name: "power", gamma: 1 / power }),
    },
  ];
}

function windowsEinsum(
  { batch, channels, axes }: Omit<Pooling, "take">,
  input: string,
  reduce: string,
  after: After | null,
): Result<Einsum> {
  const outs = axes.map((axis) => axis.names[0]);
  const text = `Outputs[${["n", "c", ...outs]}] ${reduce} ${input}[${["n", "c", ...axes.map(slidingIndex)]}]`;
  const bounds = boundsOf([["n", batch], ["c", channels], ...axes.flatMap(loopsOf)]);
  const shapes = new Map([[input, [batch, channels, ...axes.map((axis) => axis.input)]]]);
  return parseEinsum(text, { bounds, shapes, operation: { after } }, { file: text, path: "" });
}

/** A transposed convolution: every input word scatters a filter over the output. Channels are counted over all groups. */
export interface TransposedConvolution {
  readonly batch: number;
  readonly groups: number;
  readonly inputChannels: number;
  readonly outputChannels: number;
  /** `output` is the extent of the output, `input` that of the input; `before` is cut off at the output's low end. */
  readonly axes: readonly ConvolutionAxis[];
}

/** `Outputs[n,m,U*p+D*r-Z,U*q+D*s-Z] += Inputs[n,c,p,q] * Weights[c,m,r,s]`; with groups a g after n and before c. */
export function transposedConvolutionEinsum(convolution: TransposedConvolution): Result<Einsum> {
  const { batch, groups, axes } = convolution;
  const [channels, filters] = [convolution.inputChannels / groups, convolution.outputChannels / groups];
  const g = groups > 1 ? ["g"] : [];
  const places = axes.map((axis) => axis.names[0]);
  const taps = axes.map((axis) => axis.names[1]);
  const output = `Outputs[${["n", ...g, "m", ...axes.map(slidingIndex)]}]`;
  const text = `${output} += Inputs[${["n", ...g, "c", ...places]}] * Weights[${[...g, "c", "m", ...taps]}]`;
  const loops = axes.flatMap((axis): [string, number][] => [
    [axis.names[0], axis.input],
    [axis.names[1], axis.filter],
  ]);
  const grouped: [string, number][] = groups > 1 ? [["g", groups]] : [];
  const bounds = boundsOf([["n", batch], ...grouped, ["m", filters], ["c", channels], ...loops]);
  const shape = [batch, ...grouped.map(([, bound]) => bound), filters, ...axes.map((axis) => axis.output)];
  return parseEinsum(text, { bounds, shapes: new Map([["Outputs", shape]]) }, { file: text, path: "" });
}

/** The extent of a transposed convolution's output: `U·(H−1) + D·(R−1) + 1 − before − after`, and what is added beyond. */
export const transposedExtent = (
  axis: Omit<ConvolutionAxis, "output" | "names">,
  after: number,
  beyond: number,
): number => axis.stride * (axis.input - 1) + axis.dilation * (axis.filter - 1) + 1 - axis.before - after + beyond;

const slidingIndex = ({ names: [place, tap], stride, dilation, before }: ConvolutionAxis): string =>
  `${stride}*${place}+${dilation}*${tap}-${before}`;

const loopsOf = (axis: ConvolutionAxis): [string, number][] => [
  [axis.names[0], axis.output],
  [axis.names[1], axis.filter],
];

const boundsOf = (loops: readonly (readonly [string, number])[]): ReadonlyMap<string, number> =>
  new Map(loops.map(([variable, bound]) => [variable.toUpperCase(), bound]));
