import type { Diagnostic } from "../../base/index.js";
import type { Layer, Tensor } from "../../workloads/index.js";

/** Timeloop's names of a layer's variables: one letter each, as its permutations need. */
export function dimensionsOf(variables: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"];
  const wishes = variables.map((name) => (name.length === 1 ? name.toUpperCase() : ""));
  for (const wish of wishes) if (wish !== "") taken.add(wish);
  return variables.map((name, i) => {
    const wish = wishes[i] ?? "";
    if (wish !== "" && wishes.indexOf(wish) === i) return wish;
    const first = name[0]?.toUpperCase() ?? "";
    // Upper and lower case of one letter would be one variable of ours again.
    const free = [first, ...letters].find((l) => /^[A-Z]$/.test(l) && !taken.has(l));
    if (free === undefined) throw new Error(`more than 26 variables: ${variables.join(", ")}`);
    taken.add(free);
    return free;
  });
}

/** The layer as a problem file. */
export function problemText({ name, einsum }: Layer, dimensions: readonly string[]): string {
  const coefficients = new Set(
    einsum.tensors.flatMap(({ ranks }) => ranks.flatMap(({ terms }) => terms.map((t) => t.coefficient))),
  );
  coefficients.delete(1);
  const declared = [...coefficients].map((value) => `{name: ${coefficientName(value)}, default: ${value}}`);
  const lines = [
    "problem:",
    "  version: 0.4",
    "  shape:",
    `    name: ${JSON.stringify(name)}`,
    `    dimensions: [${dimensions.join(", ")}]`,
    `    coefficients: [${declared.join(", ")}]`,
    "    data_spaces:",
    ...einsum.tensors.map((tensor) => `    - ${dataSpace(tensor, dimensions)}`),
    `  instance: {${dimensions.map((d, i) => `${d}: ${einsum.bounds[i]}`).join(", ")}}`,
  ];
  return `${lines.join("\n")}\n`;
}

const coefficientName = (value: number): string => (value < 0 ? `minus${-value}` : `times${value}`);

function dataSpace({ name, role, ranks }: Tensor, dimensions: readonly string[]): string {
  const axes = ranks.map(({ terms }) => {
    const factors = terms.map(({ variable, coefficient }) => {
      const dimension = dimensions[variable] ?? "";
      return coefficient === 1 ? `[${dimension}]` : `[${dimension}, ${coefficientName(coefficient)}]`;
    });
    return `[${factors.join(", ")}]`;
  });
  const writes = role === "output" ? ", read_write: true" : "";
  return `{name: ${name}, projection: [${axes.join(", ")}]${writes}}`;
}

/** What of the layer Timeloop has no words for. */
export function problemTroubles({ einsum }: Layer): readonly Diagnostic[] {
  const troubles: Diagnostic[] = [];
  const refuse = (message: string): void => {
    troubles.push({ code: "timeloop/not-expressible", message, at: { file: "layer", path: "" } });
  };
  if (einsum.padding === "free") refuse("Timeloop counts padding as data; this layer counts only the words inside");
  if (einsum.variables.length > 26) refuse("Timeloop names a dimension by one letter; this layer has more than 26");
  for (const { name, ranks } of einsum.tensors) {
    if (!/^[A-Za-z_]\w*$/.test(name)) refuse(`${JSON.stringify(name)} cannot name a data space`);
    // An axis of one fixed coordinate changes no count, but Timeloop's projections have a dimension in every axis.
    if (ranks.every(({ terms }) => terms.length === 0)) refuse(`${name} is a single word, without a dimension`);
  }
  return troubles;
}
