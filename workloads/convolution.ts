import type { Affine, Einsum, Tensor } from "./einsum.js";
import { INT16, INT32 } from "./types.js";

/** One spatial axis of a convolution: `input[stride·out + dilation·tap − before]`. */
export interface ConvolutionAxis {
  /** The variables that walk over the output and over the filter: `p`, `r`. */
  readonly names: readonly [string, string];
  readonly input: number;
  readonly output: number;
  readonly filter: number;
  readonly stride: number;
  readonly dilation: number;
  /** Padding at the low end. (What the high end needs follows from the other figures.) */
  readonly before: number;
}

/** A convolution of any number of spatial axes. Channels are counted over all groups. */
export interface Convolution {
  readonly batch: number;
  readonly groups: number;
  readonly outputChannels: number;
  readonly inputChannels: number;
  readonly axes: readonly ConvolutionAxis[];
}

/**
 * The convolution as an Einsum:
 * `Outputs[n,m,p,q] += Inputs[n,c,U*p+D*r-Z,U*q+D*s-Z] * Weights[m,c,r,s]`,
 * with groups `Outputs[n,g,m,p,q] += Inputs[n,g,c,…] * Weights[g,m,c,r,s]`, m and c then counting one group's channels.
 */
export function convolutionEinsum(convolution: Convolution): Einsum {
  const { batch, groups, axes } = convolution;
  const grouped = groups > 1;
  const channels = [convolution.outputChannels / groups, convolution.inputChannels / groups];
  const outs = axes.map((axis) => axis.names[0]);
  const taps = axes.map((axis) => axis.names[1]);
  const variables = ["n", ...(grouped ? ["g"] : []), "m", "c", ...outs, ...taps];
  const bounds = [
    batch,
    ...(grouped ? [groups] : []),
    ...channels,
    ...axes.map((axis) => axis.output),
    ...axes.map((axis) => axis.filter),
  ];
  const boundOf = (name: string): number => bounds[variables.indexOf(name)] ?? 1;
  const one = (name: string): Affine => ({ terms: [{ variable: variables.indexOf(name), coefficient: 1 }], offset: 0 });
  const plain = (names: readonly string[]): Pick<Tensor, "ranks" | "shape"> => ({
    ranks: names.map(one),
    shape: names.map(boundOf),
  });
  const group = grouped ? ["g"] : [];
  const sliding = axes.map(
    (axis): Affine => ({
      terms: [
        { variable: variables.indexOf(axis.names[0]), coefficient: axis.stride },
        { variable: variables.indexOf(axis.names[1]), coefficient: axis.dilation },
      ],
      offset: axis.before === 0 ? 0 : -axis.before,
    }),
  );
  const inputs = plain(["n", ...group, "c"]);
  return {
    variables,
    bounds,
    tensors: [
      {
        name: "Inputs",
        alias: "Inputs",
        role: "input",
        ranks: [...inputs.ranks, ...sliding],
        shape: [...inputs.shape, ...axes.map((axis) => axis.input)],
        type: INT16,
      },
      { name: "Weights", alias: "Weights", role: "input", ...plain([...group, "m", "c", ...taps]), type: INT16 },
      { name: "Outputs", alias: "Outputs", role: "output", ...plain(["n", ...group, "m", ...outs]), type: INT32 },
    ],
    operation: { combine: "multiply", reduce: "add", start: "identity", after: null },
    padding: "counted",
    accumulator: INT32,
  };
}

/** `P = floor((H + before + after − D(R−1) − 1) / U) + 1`; below 1 where the filter does not fit. */
export const outputExtent = (padded: number, filter: number, stride: number, dilation: number): number =>
  Math.floor((padded - dilation * (filter - 1) - 1) / stride) + 1;
