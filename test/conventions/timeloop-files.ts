import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "../../base/index.js";
import { checkLegality, importTimeloop, type LegalMapping, type TimeloopFile } from "../../mappings/index.js";

/** The root of the repository, from where the compiled tests run. */
export const root: string = join(dirname(fileURLToPath(import.meta.url)), "../../..");
/** The sample that the repository carries, and the whole corpus where it is there. */
export const sample: string = join(root, "test/oracles/timeloop");
export const corpus: string = join(root, "../shared/oracles/timeloop");
export const isCorpusThere = (): boolean => existsSync(join(corpus, "cases"));

/** One data space at one level: [tile, instances, reads, fills, updates], of one instance. */
export type Accesses = readonly [number, number, number, number, number];
export interface Figures {
  readonly cycles: number;
  readonly energy_pJ: number;
  readonly levels: Readonly<Record<string, Readonly<Record<string, Accesses>>>>;
}

export const casesIn = (folder: string): readonly string[] => readdirSync(join(folder, "cases")).sort();

export function filesOf(folder: string, name: string): readonly TimeloopFile[] {
  return ["arch", "problem", "mapping", "ert"]
    .map((kind) => join(folder, "cases", name, `${kind}.yaml`))
    .map((path) => ({ name: path, text: readFileSync(path, "utf8") }));
}

/** Imports the files, which must be right, and checks the mapping, which must be legal. */
export function legalFrom(files: readonly TimeloopFile[]): LegalMapping {
  const design = importTimeloop(files);
  if (!design.ok) throw new Error(design.errors.map(format).join("\n"));
  const { mapping, layer, architecture, at } = design.value;
  if (mapping === null || layer === null || architecture === null) throw new Error("the files are not complete");
  const legal = checkLegality(mapping, layer, architecture, { at });
  if (!legal.ok) throw new Error(legal.errors.map(format).join("\n"));
  return legal.value;
}

interface Level {
  readonly name: string;
  readonly X: number;
  readonly Y: number;
}
interface Directive {
  readonly T?: string;
  readonly SX?: string;
  readonly SY?: string;
  readonly bypass?: readonly string[];
}
/** A random design, as the corpus keeps it: loops outermost first. */
export interface Triple {
  readonly id: string;
  readonly arch: readonly Level[];
  readonly shape: string;
  readonly instance: Readonly<Record<string, number>>;
  readonly mapping: Readonly<Record<string, Directive>>;
  readonly default: Figures;
  readonly nolink: Figures;
}

export function triplesIn(file: string): readonly Triple[] {
  const lines = readFileSync(file, "utf8").trim().split("\n");
  return lines.map((line): Triple => JSON.parse(line));
}

const SHAPES: Readonly<Record<string, string>> = {
  CNN_Layer: "cnn-layer",
  Grouped_CNN_Layer: "grouped-cnn-layer",
  GEMM: "gemm",
};
const ENERGIES: Readonly<Record<string, string>> = {
  DRAM: "{name: read, energy: 200}, {name: write, energy: 210}, {name: update, energy: 220}",
  GLB: "{name: read, energy: 6}, {name: write, energy: 6.5}, {name: update, energy: 7}",
  LB: "{name: read, energy: 2}, {name: write, energy: 2.25}, {name: update, energy: 2.5}",
};
const SMALL = "{name: read, energy: 1}, {name: write, energy: 1.25}, {name: update, energy: 1.5}";

/** The triple as the files that a user would give to Timeloop. */
export function asFiles(triple: Triple): readonly TimeloopFile[] {
  const compute = triple.arch.at(-1)?.name ?? "";
  const local = triple.arch.map(({ name, X, Y }) => {
    const mesh = `meshX: ${X}, meshY: ${Y}, datawidth: 16, width: 16`;
    return `    - {name: "${name}[1..${X * Y}]", class: ${name === compute ? "intmac" : "SRAM"}, attributes: {${mesh}}}`;
  });
  const architecture = `architecture:\n  subtree:\n  - name: system\n    local:\n${local.join("\n")}\n`;
  const instance = Object.entries(triple.instance).map(([name, value]) => `${name}: ${value}`);
  const problem = `problem:\n  shape: ${SHAPES[triple.shape]}\n  instance: {${instance.join(", ")}}\n`;
  const directives = Object.entries(triple.mapping).flatMap(([target, { T, SX, SY, bypass }]) => [
    directive(target, "temporal", T ?? "", ""),
    ...(SX === undefined && SY === undefined ? [] : [directive(target, "spatial", SX ?? "", SY ?? "")]),
    ...(bypass === undefined ? [] : [`- {target: ${target}, type: bypass, bypass: [${bypass.join(", ")}]}`]),
  ]);
  const tables = triple.arch.map(({ name }) => {
    const actions = name === compute ? "{name: compute, energy: 1}" : (ENERGIES[name] ?? SMALL);
    return `  - {name: system.${name}, actions: [${actions}]}`;
  });
  return [
    { name: "arch.yaml", text: architecture },
    { name: "problem.yaml", text: problem },
    { name: "mapping.yaml", text: `mapping:\n${directives.join("\n")}\n` },
    { name: "ert.yaml", text: `ERT:\n  tables:\n${tables.join("\n")}\n` },
  ];
}

/** Loops are listed outermost first, a permutation innermost first, along x first. */
function directive(target: string, type: string, x: string, y: string): string {
  const inner = (loops: string): readonly string[] =>
    loops
      .split(" ")
      .filter((loop) => loop !== "")
      .reverse();
  const order = [...inner(x), ...inner(y)].map((loop) => loop[0]);
  const split = type === "spatial" ? `, split: ${inner(x).length}` : "";
  const permutation = order.length === 0 ? "" : `, permutation: "${order.join("")}"`;
  return `- {target: ${target}, type: ${type}, factors: "${x} ${y}"${permutation}${split}}`;
}
