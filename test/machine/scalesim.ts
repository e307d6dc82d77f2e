import { readFileSync } from "node:fs";
import { builtInArchitecture } from "../../arch-specs/index.js";
import { foldMapping, type LegalMapping } from "../../mappings/index.js";
import { executeSystolic, type SystolicExecution, systolicPlan } from "../../sim/machine/index.js";
import {
  isProduct,
  type Layer,
  lowerToProduct,
  parseInlineLayer,
  reference,
  seededInputs,
  type Values,
} from "../../workloads/index.js";

/** One recorded run; columns by their names. */
export type Row = Readonly<Record<string, string>>;

export function rowsIn(file: string): readonly Row[] {
  const [head = "", ...lines] = readFileSync(file, "utf8").trim().split("\n");
  const names = head.split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((cell, i) => [names[i] ?? "", cell])));
}

export const figure = (row: Row, name: string): number => Number(row[name]);

/** The layer of a row. SCALE-Sim rounds output pixels up. */
export function specOf(row: Row): string {
  const { kind, dims = "" } = row;
  if (kind === "gemm") return `gemm:M=${row["P_ofmap_px"]},K=${row["K_window"]},N=${row["M_filters"]}`;
  const [h = 0, w = 0, r = 0, s = 0, c = 0, m = 0, u = 1] = dims.split(" ").map(Number);
  const [p, q] = [Math.ceil((h - r + u) / u), Math.ceil((w - s + u) / u)];
  return `conv:N=1,P=${p},Q=${q},R=${r},S=${s},C=${c},M=${m},U=${u}`;
}

/** A row, run by us. */
export interface Run extends SystolicExecution {
  readonly mapping: LegalMapping;
  /** What the layer itself gives, by plain loops, and the output as the layer's. */
  readonly expected: Values;
  readonly restored: Values;
}

const known = new Map<
  string,
  { readonly layer: Layer; readonly inputs: readonly Values[]; readonly expected: Values }
>();

function problemOf(spec: string): { layer: Layer; inputs: readonly Values[]; expected: Values } {
  const found = known.get(spec);
  if (found !== undefined) return found;
  const parsed = parseInlineLayer(spec);
  const layer = parsed.ok ? parsed.value.layers[0] : undefined;
  if (layer === undefined) throw new Error(`${spec} is a layer`);
  const inputs = seededInputs(layer.einsum, 1);
  const problem = { layer, inputs, expected: reference(layer.einsum, inputs) };
  known.set(spec, problem);
  return problem;
}

/** Runs a row's layer on the built-in array of its size and dataflow. */
export function runOf(row: Row, settings: Readonly<Record<string, string>> = {}): Run {
  const { layer, inputs, expected } = problemOf(specOf(row));
  const [rows = "", cols = ""] = (row["array"] ?? "").split("x");
  const architecture = builtInArchitecture(
    `systolic-${row["dataflow"]}`,
    new Map(Object.entries({ rows, cols, ...settings })),
  );
  if (architecture?.ok !== true) throw new Error("the array is built in");
  const lowered = isProduct(layer) ? undefined : lowerToProduct(layer);
  const mapping = foldMapping(lowered?.layer ?? layer, architecture.value);
  if (mapping?.ok !== true) throw new Error(`${specOf(row)} has a fold mapping`);
  const plan = systolicPlan(mapping.value);
  if (plan === undefined) throw new Error(`${specOf(row)} has a plan`);
  const execution = executeSystolic(mapping.value, plan, lowered?.operands(inputs) ?? inputs);
  const restored = lowered?.restore(execution.output) ?? execution.output;
  return { ...execution, mapping: mapping.value, expected, restored };
}
