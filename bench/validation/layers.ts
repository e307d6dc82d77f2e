import { readFileSync } from "node:fs";
import { type Architecture, builtInArchitecture } from "../../arch-specs/index.js";
import { checkLegality, type LegalMapping, type Mapping, type MappingNode } from "../../mappings/index.js";
import { left, markdownPaint, right, table } from "../../reports/index.js";
import { predict } from "../../sim/model/index.js";
import { type Evaluation, price } from "../../sim/pricing/index.js";
import { builtInWorkload, type Layer } from "../../workloads/index.js";
import { onBanks } from "./pads.js";
import { architectureOf } from "./recorded.js";

/** The parameters of a row-stationary mapping, as the paper's Table III names them. */
interface Parameters {
  /** Filters whose partial sums are in the global buffer, images in a pass, rows of outputs in a strip. */
  readonly m: number;
  readonly n: number;
  readonly e: number;
  /** Filters and channels that one element works on; sets of elements side by side for other channels and for other filters. */
  readonly p: number;
  readonly q: number;
  readonly r: number;
  readonly t: number;
}
interface Measured {
  readonly layer: string;
  readonly processing_latency_ms: number;
  readonly active_PEs: number;
  readonly zeros_in_ifmap_pct: number;
  readonly global_buffer_accesses_MB: number;
  readonly dram_accesses_MB: number;
}
interface Published {
  readonly parameters: {
    readonly columns: readonly string[];
    readonly rows: Readonly<Record<string, readonly number[]>>;
  };
  readonly alexnet: readonly Measured[];
  readonly vgg16: readonly Measured[];
}

const published = JSON.parse(
  readFileSync(new URL("../../../test/oracles/published/eyeriss-jssc2017.json", import.meta.url), "utf8"),
) as Published;

/** `alexnet CONV3` and its mapping. */
interface Case {
  readonly measured: Measured;
  readonly layer: Layer;
  readonly parameters: Parameters;
}

/**
 * The mapping:
 * ```
 *   for g · for m by M · for n by N · for p by e          strips of output rows
 * GLB [Outputs]
 *     for c by q·r
 * GLB [Inputs]
 *       for m by p·t                                      one pass
 *       spatial: r and the sets on y (or x, where they do not fit), p on x
 * PE [Weights]
 *         for n · for q
 * PE [Inputs Outputs]
 *           for m, c, s
 * ```
 */
function mappingOf({ m, n, e, p, q, r, t }: Parameters, layer: Layer, rows: number, columns: number): Mapping {
  const { variables, bounds } = layer.einsum;
  const bound = (variable: string): number => bounds[variables.indexOf(variable)] ?? 1;
  const keep = (level: string, ...tensors: string[]): MappingNode => ({ kind: "keep", tensors, level });
  const loop = (variable: string, by: number): MappingNode[] =>
    bound(variable) > 1 ? [{ kind: "for", variable, by: Math.min(by, bound(variable)) }] : [];
  const spatial = (variable: string, by: number, axis: "x" | "y"): MappingNode => ({
    ...{ kind: "spatial", variable, by, axis, fanout: null },
  });
  const filterRows = bound("r");
  const setsFitBelow = filterRows * r * t <= rows;
  const width = Math.min(e, columns);
  return {
    nodes: [
      keep("DRAM", "Inputs", "Weights", "Outputs"),
      ...(variables.includes("g") ? loop("g", 1) : []),
      ...loop("m", m),
      ...loop("n", n),
      ...loop("p", e),
      keep("GLB", "Outputs"),
      ...loop("c", q * r),
      keep("GLB", "Inputs"),
      ...loop("m", p * t),
      ...(t > 1 ? [spatial("m", p, setsFitBelow ? "y" : "x")] : []),
      ...(r > 1 ? [spatial("c", q, "y")] : []),
      ...(e > columns ? [spatial("p", columns, "y")] : []),
      ...(width > 1 ? [spatial("p", 1, "x")] : []),
      spatial("r", 1, "y"),
      keep("PE", "Weights"),
      ...loop("n", 1),
      ...loop("q", 1),
      keep("PE", "Inputs", "Outputs"),
      ...loop("c", 1),
      ...loop("s", 1),
      ...loop("m", 1),
    ],
  };
}

const EYERISS = builtInArchitecture("eyeriss");
if (!EYERISS?.ok) throw new Error("eyeriss is built in");
const CHIP: Architecture = EYERISS.value;
const LINKS: Architecture = architectureOf("eyeriss-links.yaml");

function legal({ layer, measured }: Case, mapping: Mapping, architecture: Architecture): LegalMapping {
  const checked = checkLegality(mapping, layer, architecture);
  if (!checked.ok) throw new Error(`${measured.layer}: ${checked.errors.map(({ message }) => message).join("; ")}`);
  return checked.value;
}

function alexnet(): readonly Case[] {
  const { columns, rows } = published.parameters;
  return published.alexnet.map((measured) => {
    const row = rows[measured.layer] ?? [];
    const figure = (name: string): number => row[columns.indexOf(name)] ?? 1;
    const [n, e, p, q] = [figure("n"), figure("e"), figure("p"), figure("q")];
    const parameters = { m: figure("m"), n, e, p, q, r: figure("r"), t: figure("t") };
    return { measured, layer: withBatch("alexnet", measured.layer.toLowerCase(), 4), parameters };
  });
}

/**
 * The paper does not print the parameters of VGG-16. These follow from what it does print: 156 elements at work are four sets of 3 × 13, 168 are four of
 * 3 × 14; the strip of 13 rows is what fits beside the inputs when m rows of the outputs' width are 3584 words; and the channels of one pass are read off the
 * buffer's traffic: partial sums go out and back once a pass.
 */
const VGG: Readonly<Record<string, Parameters>> = {
  "CONV1-1": { m: 16, n: 1, e: 13, p: 4, q: 1, r: 1, t: 4 },
  "CONV1-2": { m: 16, n: 1, e: 13, p: 4, q: 1, r: 1, t: 4 },
  "CONV2-1": { m: 32, n: 1, e: 13, p: 8, q: 1, r: 1, t: 4 },
  "CONV2-2": { m: 32, n: 1, e: 13, p: 8, q: 1, r: 1, t: 4 },
  "CONV3-1": { m: 64, n: 1, e: 13, p: 16, q: 2, r: 1, t: 4 },
  "CONV3-2": { m: 64, n: 1, e: 13, p: 16, q: 2, r: 1, t: 4 },
  "CONV3-3": { m: 64, n: 1, e: 13, p: 16, q: 2, r: 1, t: 4 },
  "CONV4-1": { m: 128, n: 1, e: 14, p: 16, q: 4, r: 1, t: 4 },
  "CONV4-2": { m: 128, n: 1, e: 14, p: 16, q: 4, r: 1, t: 4 },
  "CONV4-3": { m: 128, n: 1, e: 14, p: 16, q: 4, r: 1, t: 4 },
  "CONV5-1": { m: 64, n: 3, e: 14, p: 16, q: 4, r: 2, t: 2 },
  "CONV5-2": { m: 64, n: 3, e: 14, p: 16, q: 4, r: 2, t: 2 },
  "CONV5-3": { m: 64, n: 3, e: 14, p: 16, q: 4, r: 2, t: 2 },
};

function vgg16(): readonly Case[] {
  return published.vgg16.map((measured) => {
    const parameters = VGG[measured.layer];
    if (parameters === undefined) throw new Error(`no parameters for ${measured.layer}`);
    return { measured, layer: withBatch("vgg16", measured.layer.toLowerCase().replace("-", "_"), 3), parameters };
  });
}

/** The built-in layer, for a whole batch. */
function withBatch(network: string, name: string, batch: number): Layer {
  const layer = builtInWorkload(network)?.layers.find((one) => one.name === name);
  if (layer === undefined) throw new Error(`${name} is a layer of ${network}`);
  const { variables, bounds, tensors } = layer.einsum;
  const shaped = tensors.map((tensor) => ({
    ...tensor,
    shape: tensor.ranks.map(({ terms }, axis) =>
      terms.length === 1 && variables[terms[0]?.variable ?? -1] === "n" ? batch : (tensor.shape[axis] ?? 1),
    ),
  }));
  const grown = bounds.map((bound, v) => (variables[v] === "n" ? batch : bound));
  return { ...layer, einsum: { ...layer.einsum, bounds: grown, tensors: shaped } };
}

/** What the chip ran, by network: each layer for its whole batch, and its mapping on the array of 12 × 14. */
export function chipRuns(): ReadonlyMap<string, readonly ChipRun[]> {
  const runOf = ({ measured, layer, parameters }: Case): ChipRun => ({
    ...{ name: measured.layer, layer },
    mapping: mappingOf(parameters, layer, 12, 14),
  });
  return new Map([
    ["alexnet", alexnet().map(runOf)],
    ["vgg16", vgg16().map(runOf)],
  ]);
}
export interface ChipRun {
  /** As the paper's tables have it: `CONV1-1`. */
  readonly name: string;
  readonly layer: Layer;
  readonly mapping: Mapping;
}

const CLOCK_PER_MS = 200e3;
const BYTES = 2;
/** Words of 16 bits a cycle into the scratchpads of filters. */
const FILTER_NETWORK = 4;

interface Compared {
  readonly measured: Measured;
  readonly elements: number;
  /** ms: operations alone; with networks, banks and the adders of elements; and with filters loaded while nothing is computed. */
  readonly steps: number;
  readonly links: number;
  readonly loads: number;
  /** MB. */
  readonly buffer: number;
  readonly dram: number;
}

function compared(one: Case): Compared {
  const mapping = mappingOf(one.parameters, one.layer, 12, 14);
  const onChip = legal(one, mapping, CHIP);
  const counts = predict(onChip);
  const priced = price(counts, onChip);
  const linked = legal(one, onBanks(mapping), LINKS);
  const timed = price(predict(linked), linked);
  const filters = LINKS.levels.findIndex(({ name }) => name === "FilterBanks");
  const weights = timed.levels.find(({ level }) => level === filters)?.tensors.find(({ tensor }) => tensor === 1);
  return {
    measured: one.measured,
    elements: counts.computeInstances,
    steps: counts.steps / CLOCK_PER_MS,
    links: timed.cycles / CLOCK_PER_MS,
    loads: (timed.cycles + (weights?.reads ?? 0) / FILTER_NETWORK) / CLOCK_PER_MS,
    buffer: (BYTES * accesses(priced, 1)) / 1e6,
    dram: (BYTES * accesses(priced, 0)) / 1e6,
  };
}

/** Everything that was written into a level or read out of it. */
const accesses = (priced: Evaluation, level: number): number =>
  (priced.levels.find((one) => one.level === level)?.tensors ?? []).reduce(
    (sum, { fills, reads, updates, drains }) => sum + fills + reads + updates + drains,
    0,
  );

const off = (ours: number, theirs: number): string => {
  const percent = 100 * (ours / theirs - 1);
  return `${percent < 0 ? "−" : "+"}${Math.abs(percent).toFixed(1)} %`;
};

/** The tables of both networks, by the name of their place in docs/validation.md. */
export function layerTables(): ReadonlyMap<string, string> {
  return new Map([
    ["layers-alexnet", tableOf(alexnet())],
    ["layers-vgg16", tableOf(vgg16())],
  ]);
}

const COLUMNS = [
  ...["elements at work", "chip", "steps, ms", "links, ms", "filter loads, ms", "chip, ms", "off"],
  ...["buffer, MB", "chip", "off", "DRAM, MB", "chip", "zero inputs"],
];

function tableOf(cases: readonly Case[]): string {
  const rows = cases.map(compared);
  const sum = (figure: (row: Compared) => number): number => rows.reduce((total, row) => total + figure(row), 0);
  const mean = (ours: (row: Compared) => number, theirs: (measured: Measured) => number): string => {
    const errors = rows.map((row) => Math.abs(ours(row) / theirs(row.measured) - 1));
    return `${((100 * errors.reduce((a, b) => a + b, 0)) / errors.length).toFixed(1)} %`;
  };
  const [loads, chipMs] = [sum((row) => row.loads), sum((row) => row.measured.processing_latency_ms)];
  const [buffer, chipBuffer] = [sum((row) => row.buffer), sum((row) => row.measured.global_buffer_accesses_MB)];
  const [dram, chipDram] = [sum((row) => row.dram), sum((row) => row.measured.dram_accesses_MB)];
  const one = (x: number): string => x.toFixed(1);
  const lines = [
    ...rows.map(({ measured, elements, steps, links, loads: spent, buffer: moved, dram: far }) => [
      ...[measured.layer, String(elements), String(measured.active_PEs)],
      ...[steps, links, spent, measured.processing_latency_ms].map(one),
      off(spent, measured.processing_latency_ms),
      ...[moved, measured.global_buffer_accesses_MB].map(one),
      off(moved, measured.global_buffer_accesses_MB),
      ...[far, measured.dram_accesses_MB].map(one),
      `${measured.zeros_in_ifmap_pct} %`,
    ]),
    [
      ...["all", "", ""],
      ...[sum((row) => row.steps), sum((row) => row.links), loads, chipMs].map(one),
      ...[off(loads, chipMs), one(buffer), one(chipBuffer), off(buffer, chipBuffer), one(dram), one(chipDram), ""],
    ],
  ];
  const latency = (measured: Measured): number => measured.processing_latency_ms;
  return [
    table([left("layer"), ...COLUMNS.map((title) => right(title))], lines, markdownPaint),
    "",
    `Off a layer, in the mean: ${mean((row) => row.steps, latency)} of the time by steps alone, ${mean((row) => row.links, latency)} with links, ` +
      `${mean((row) => row.loads, latency)} with filter loads; ${mean(
        (row) => row.buffer,
        (measured) => measured.global_buffer_accesses_MB,
      )} of the buffer's traffic.`,
  ].join("\n");
}
