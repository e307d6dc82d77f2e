import { didYouMean, type Located, type LocatedEntry, type Location, parseYaml } from "../../base/index.js";
import { type AffineTerm, accumulatorOf, INT16, type Layer, rangeOf, type Tensor } from "../../workloads/index.js";
import { merged, type Reader } from "./reader.js";
import { PROBLEM_BASE, SHAPES } from "./shapes.js";

/** A problem as a layer, and Timeloop's names for its dimensions (variable i of the layer is dimension i). */
export interface Problem {
  readonly layer: Layer;
  readonly dimensions: readonly string[];
}
type Entries = ReadonlyMap<string, LocatedEntry>;

/** Keys of an instance that say nothing about counts: sizes that follow from the others, and sparsity. */
const BESIDE: ReadonlySet<string> = new Set(["H", "W", "Hpad", "Wpad", "densities", "commonDensities"]);

/** Reads `problem:`; its tensors keep their names, their meaning is in the projections. */
export function readProblem(node: Located, reader: Reader): Problem | null {
  const entries = reader.map(node, "problem");
  const before = reader.problems.length;
  for (const [name, { key }] of entries)
    if (!["version", "shape", "instance", "name"].includes(name))
      reader.unknown("unknown-key", key, "key of problem", name, ["shape", "instance", "version"]);
  const { shape, defaults } = shapeIn(entries, node.at, reader);
  if (shape === null) return null;
  const dimensions = dimensionsIn(shape, node.at, reader);
  const constants = coefficientsIn(shape, reader);
  const given = instanceIn(entries, defaults, node.at, dimensions, constants, reader);
  const bounds = dimensions.map((dimension) => given.get(dimension) ?? 1);
  const coefficients = new Map([...constants].map(([name, value]) => [name, given.get(name) ?? value]));
  const tensors = reader
    .list(shape.get("data_spaces")?.value ?? shape.get("data-spaces")?.value, "data_spaces")
    .flatMap((item) => readTensor(item, dimensions, coefficients, bounds, reader) ?? []);
  const ordered = [...tensors.filter((t) => t.role === "input"), ...tensors.filter((t) => t.role === "output")];
  checkTensors(ordered, node.at, reader);
  if (reader.problems.length > before) return null;
  const name = shape.get("name")?.value;
  const einsum = {
    variables: dimensions.map((dimension) => dimension.toLowerCase()),
    bounds,
    tensors: ordered,
    operation: { combine: "multiply", reduce: "add", start: "identity", after: null } as const,
    padding: "counted" as const,
    accumulator: accumulatorOf(INT16),
  };
  const layer: Layer = {
    name: name?.kind === "scalar" ? String(name.value) : "problem",
    einsum,
    kind: "einsum",
    repeat: 1,
  };
  return { layer, dimensions };
}

/** The shape inline, by name, or (an instance alone) Timeloop's convolution, whose dimensions are then 1 where not given. */
function shapeIn(
  entries: Entries,
  at: Location,
  reader: Reader,
): { readonly shape: Entries | null; readonly defaults: boolean } {
  const node = entries.get("shape")?.value;
  if (node === undefined) {
    reader.note(
      "the problem has no shape: taken as Timeloop's convolution over C, M, R, S, N, P, Q, 1 where not given",
    );
    return { shape: builtIn(PROBLEM_BASE), defaults: true };
  }
  if (node.kind !== "scalar") return { shape: reader.map(node, "shape"), defaults: false };
  const name = reader.name(node, at, "shape").replace(/\.(yaml|yml|cfg)$/, "");
  const text = SHAPES.get(name.toLowerCase().replaceAll("_", "-"));
  if (text === undefined) {
    if (name !== "") reader.unknown("unknown-shape", node.at, "problem shape", name, [...SHAPES.keys()]);
    return { shape: null, defaults: true };
  }
  return { shape: builtIn(text), defaults: true };
}

function builtIn(text: string): Entries {
  const parsed = parseYaml(text, "problem_base.yaml");
  const root = parsed.ok && parsed.value.kind === "map" ? parsed.value : undefined;
  const base = root?.entries.get("problem_base")?.value ?? root;
  const shape = base?.kind === "map" ? base.entries.get("shape")?.value : undefined;
  if (shape?.kind !== "map") throw new Error("a built-in shape cannot be read");
  return merged(shape);
}

function dimensionsIn(shape: Entries, at: Location, reader: Reader): readonly string[] {
  const names = reader.names(shape.get("dimensions")?.value, "dimensions");
  if (names.length === 0) reader.report("no-dimensions", at, "the shape has no dimensions");
  const seen = new Set<string>();
  for (const { name, at: where } of names) {
    const variable = name.toLowerCase();
    if (!/^[a-z]\w*$/.test(variable))
      reader.report(
        "bad-dimension",
        where,
        `${JSON.stringify(name)} cannot name a dimension`,
        "a letter, then letters or digits",
      );
    else if (seen.has(variable))
      reader.report(
        "repeated-dimension",
        where,
        `the dimension ${name} comes twice (upper and lower case are one here)`,
      );
    seen.add(variable);
  }
  return names.map(({ name }) => name);
}

function coefficientsIn(shape: Entries, reader: Reader): ReadonlyMap<string, number> {
  const constants = new Map<string, number>();
  for (const item of reader.list(shape.get("coefficients")?.value, "coefficients")) {
    const fields = reader.map(item, "each coefficient");
    const name = reader.name(fields.get("name")?.value, item.at, "the name of a coefficient");
    const value = fields.get("default")?.value;
    const number = value === undefined ? 1 : reader.number(value, `the default of ${name}`);
    if (name !== "") constants.set(name, number ?? 1);
  }
  return constants;
}

function instanceIn(
  entries: Entries,
  defaults: boolean,
  at: Location,
  dimensions: readonly string[],
  constants: ReadonlyMap<string, number>,
  reader: Reader,
): ReadonlyMap<string, number> {
  const instance = reader.map(entries.get("instance")?.value, "instance");
  const known = [...dimensions, ...constants.keys()];
  const given = new Map<string, number>();
  for (const [name, { key, value }] of instance) {
    if (!known.includes(name)) {
      if (BESIDE.has(name)) reader.note(`${name} of the problem's instance is not used: it does not enter the counts`);
      else undeclared(reader, key, name, known);
      continue;
    }
    const number = constants.has(name) ? wholeOf(value, name, reader) : reader.positive(value, name);
    if (number !== null) given.set(name, number);
  }
  const missing = dimensions.filter((dimension) => !instance.has(dimension));
  if (missing.length > 0 && !defaults) {
    const where = entries.get("instance")?.value.at ?? at;
    reader.report(
      "missing-bound",
      where,
      `the instance gives no bound for ${missing.join(", ")}`,
      `add ${missing[0]}: 1`,
    );
  }
  return given;
}

function undeclared(reader: Reader, at: Location, name: string, known: readonly string[]): void {
  reader.report(
    "undeclared-coefficient",
    at,
    `the shape declares no dimension or coefficient ${JSON.stringify(name)}; Timeloop would ignore it in silence`,
    didYouMean(name, known),
  );
}

function wholeOf(node: Located, name: string, reader: Reader): number | null {
  const value = reader.number(node, name);
  if (value === null || Number.isSafeInteger(value)) return value;
  reader.report("not-whole", node.at, `the coefficient ${name} must be a whole number`);
  return null;
}

function readTensor(
  item: Located,
  dimensions: readonly string[],
  coefficients: ReadonlyMap<string, number>,
  bounds: readonly number[],
  reader: Reader,
): Tensor | null {
  const fields = reader.map(item, "each data space");
  const name = reader.name(fields.get("name")?.value, item.at, "the name of a data space");
  const projection = fields.get("projection")?.value;
  const before = reader.problems.length;
  const ranks = reader.list(projection, `projection of ${name}`).map((axis) => {
    const terms = reader
      .list(axis, `an axis of the projection of ${name}`)
      .flatMap((term) => readTerm(term, name, dimensions, coefficients, reader) ?? []);
    return { terms: summed(terms), offset: 0 };
  });
  if (ranks.length === 0) reader.report("no-projection", item.at, `${name} has no projection`);
  if (reader.problems.length > before || name === "") return null;
  const writes = fields.get("read_write")?.value ?? fields.get("read-write")?.value;
  const role = writes?.kind === "scalar" && /^(true|yes|1)$/i.test(String(writes.value)) ? "output" : "input";
  const shape = ranks.map((rank) => {
    const { low, high } = rangeOf(rank, bounds);
    return high - low + 1;
  });
  const placed = ranks.map((rank) => ({ ...rank, offset: -rangeOf(rank, bounds).low }));
  const type = role === "output" ? accumulatorOf(INT16) : INT16;
  return { name, alias: name, role, ranks: placed, shape, type };
}

/** One product of an axis: a dimension and the coefficients that it is multiplied with. */
function readTerm(
  node: Located,
  tensor: string,
  dimensions: readonly string[],
  coefficients: ReadonlyMap<string, number>,
  reader: Reader,
): AffineTerm | null {
  const factors = reader.names(node, `a term of the projection of ${tensor}`);
  let variable: number | null = null;
  let coefficient = 1;
  for (const { name, at } of factors) {
    const dimension = dimensions.indexOf(name);
    const constant = coefficients.get(name) ?? (/^-?\d+$/.test(name) ? Number(name) : undefined);
    if (dimension >= 0 && variable === null) variable = dimension;
    else if (dimension >= 0) reader.report("not-affine", at, `a term of ${tensor} multiplies two dimensions`);
    else if (constant !== undefined) coefficient *= constant;
    else
      reader.unknown("unknown-dimension", at, "dimension or coefficient", name, [
        ...dimensions,
        ...coefficients.keys(),
      ]);
  }
  if (variable === null && factors.length > 0 && reader.problems.length === 0)
    reader.report("constant-term", node.at, `a term of ${tensor} has no dimension`);
  return variable === null ? null : { variable, coefficient };
}

function summed(terms: readonly AffineTerm[]): readonly AffineTerm[] {
  const byVariable = new Map<number, number>();
  for (const { variable, coefficient } of terms)
    byVariable.set(variable, (byVariable.get(variable) ?? 0) + coefficient);
  return [...byVariable]
    .filter(([, coefficient]) => coefficient !== 0)
    .sort(([a], [b]) => a - b)
    .map(([variable, coefficient]) => ({ variable, coefficient }));
}

function checkTensors(tensors: readonly Tensor[], at: Location, reader: Reader): void {
  const outputs = tensors.filter(({ role }) => role === "output").length;
  const inputs = tensors.length - outputs;
  if (outputs !== 1)
    reader.report("one-output", at, `a layer has one output, this shape has ${outputs} with read_write: true`);
  if (outputs === 1 && (inputs < 1 || inputs > 3))
    reader.report("inputs", at, `a layer has one to three inputs, this shape has ${inputs}`);
  if (new Set(tensors.map(({ name }) => name)).size < tensors.length)
    reader.report("repeated-tensor", at, "two data spaces have the same name");
}
