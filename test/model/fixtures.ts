import type { Affine, Einsum, Layer, Tensor } from "../../workloads/index.js";

export { architecture, fanout, optional, storage } from "../mappings/fixtures.js";

/** What the tests here may say about an Einsum besides its text. */
export interface EinsumOptions {
  readonly padding?: "counted" | "free";
  /** Per tensor, its words along each axis, where they are not simply those touched. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
}

/** `O[n,p] += A[n,2p+r-1] * B[r]` with bounds by variable: enough of the text form to write tests in. */
export function einsum(text: string, bounds: Readonly<Record<string, number>>, options: EinsumOptions = {}): Layer {
  const variables = Object.keys(bounds);
  const sizes = Object.values(bounds);
  const tensors = [...text.matchAll(/(\w+)\[([^\]]*)\]/g)].map(([, name = "", indices = ""], i): Tensor => {
    const ranks = indices.split(",").map((index) => affineOf(index, variables));
    const touched = ranks.map((rank) => 1 + Math.max(0, ...cornersOf(rank, sizes)));
    const shape = options.shapes?.[name] ?? touched;
    return { name, alias: name, role: i === 0 ? "output" : "input", ranks, shape, type: { kind: "int", bits: 16 } };
  });
  const made: Einsum = {
    variables,
    bounds: sizes,
    tensors: [...tensors.slice(1), ...tensors.slice(0, 1)],
    operation: { combine: "multiply", reduce: "add", start: "identity", after: null },
    padding: options.padding ?? "counted",
    accumulator: { kind: "int", bits: 32 },
  };
  return { name: text, einsum: made, kind: "einsum", repeat: 1 };
}

function affineOf(text: string, variables: readonly string[]): Affine {
  const terms: { variable: number; coefficient: number }[] = [];
  let offset = 0;
  for (const [, sign, factor, name] of text.matchAll(/([+-]?)\s*(\d*)\*?([a-z]?)/g)) {
    if (factor === "" && name === "") continue;
    const value = (sign === "-" ? -1 : 1) * (factor === "" ? 1 : Number(factor));
    if (name === "" || name === undefined) offset += value;
    else if (value !== 0) terms.push({ variable: variables.indexOf(name), coefficient: value });
  }
  return { terms, offset };
}

const cornersOf = ({ terms, offset }: Affine, bounds: readonly number[]): readonly number[] => {
  let high = offset;
  for (const { variable, coefficient } of terms)
    if (coefficient > 0) high += coefficient * ((bounds[variable] ?? 1) - 1);
  return [high];
};
