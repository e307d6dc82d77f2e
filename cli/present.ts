import { join } from "node:path";
import { drawLoopNest, printMapping, toMapping } from "../mappings/index.js";
import {
  contestText,
  explanationText,
  findingsText,
  type LayerResult,
  layerText,
  type Missing,
  markdownPaint,
  type Paint,
  printActivity,
  printContestsCsv,
  printCsv,
  printExplanationsCsv,
  printFindingsCsv,
  printFrontsCsv,
  printHtml,
  printJson,
  printWaits,
  summaryText,
} from "../reports/index.js";
import type { Answer } from "./answers.js";
import { writeWhole } from "./files.js";
import { mappingFileName, mappingFolderName } from "./inputs.js";
import type { Format } from "./shared-options.js";
import type { Terminal } from "./terminal.js";

export interface Presentation {
  readonly format: Format;
  readonly out: string | null;
  /** What `--format csv` prints where machines ran by the clock; absent or null: the counts, or what was asked about the results. */
  readonly csv?: CsvTable | null;
}

/** What can be printed as CSV of a run by the clock, beside its counts; with `--out` each has a file of its own. */
export type CsvTable = "counts" | "activity" | "waits";
const CLOCKED = { activity: printActivity, waits: printWaits } as const;
export const CSV_TABLES: readonly CsvTable[] = ["counts", "activity", "waits"];

/** Prints the answers in the format asked for (`table` draws that for people) and, with `--out`, writes the whole report. */
export async function present(
  answers: readonly Answer[],
  wanted: Presentation,
  terminal: Terminal,
  beside: Beside = NOTHING_BESIDE,
  table: Table = (results, paint) => tableOf(answers, results, paint),
): Promise<void> {
  const results = merged(answers, beside);
  terminal.out(textOf(results, wanted, table, terminal.paint));
  if (wanted.out === null) return;
  await writeReport(wanted.out, answers, results, beside.missing);
  terminal.note(`wrote ${join(wanted.out, "report.html")}, layers.csv, result.json and mappings/\n`);
}

/** Results of layers that run without a mapping, the order of all, and the layers for which there is none. */
export interface Beside {
  readonly light: readonly LayerResult[];
  readonly order: readonly string[];
  readonly missing?: readonly Missing[];
}
export const NOTHING_BESIDE: Beside = { light: [], order: [] };

/** In the order of execution; where nothing stands beside, as they are. */
function merged(answers: readonly Answer[], { light, order }: Beside): readonly LayerResult[] {
  const results = answers.map(({ result }) => result);
  if (light.length === 0) return results;
  return [...results, ...light].sort((a, b) => order.indexOf(a.layer) - order.indexOf(b.layer));
}

/** How results are shown to people. */
type Table = (results: readonly LayerResult[], paint: Paint) => string;

function textOf(
  results: readonly LayerResult[],
  { format, csv = null }: Presentation,
  table: Table,
  paint: Paint,
): string {
  switch (format) {
    case "json":
      return printJson(results);
    case "csv":
      return csv === null || csv === "counts" ? csvOf(results) : CLOCKED[csv](results);
    case "table":
      return table(results, paint);
    case "markdown":
      return table(results, markdownPaint);
  }
}

/** What can be asked about results, and its CSV; with `--out` each has a file of its own. */
const ASKED = [
  ["front", printFrontsCsv],
  ["contest", printContestsCsv],
  ["explanations", printExplanationsCsv],
  ["findings", printFindingsCsv],
] as const;

/** CSV has one header: of the first of these that was asked for; else of the counts. */
function csvOf(results: readonly LayerResult[]): string {
  const [, print] = ASKED.find(([name]) => results.some(({ [name]: told }) => told !== undefined)) ?? ["", printCsv];
  return print(results);
}

/** The result, and what was asked about it; a number that was asked for stands alone. */
function tableOf(answers: readonly Answer[], results: readonly LayerResult[], paint: Paint): string {
  const explanations = answers.flatMap(({ result }) => explanationsIn(result, paint));
  const sections = answers.length > 1 ? gathered(answers, paint) : sectionsIn(answers, paint);
  if (explanations.length > 0 && sections.length === 0) return explanations.join("\n");
  const parts = [resultsText(answers, results, paint), ...sections.map((section) => `${section}\n`), ...explanations];
  return parts.join("\n");
}

const sectionsIn = (answers: readonly Answer[], paint: Paint): readonly string[] =>
  answers.flatMap(({ result }) => sectionsOf(result, paint));

/** What was asked about several layers, once for layers of which the same is told. */
function gathered(answers: readonly Answer[], paint: Paint): readonly string[] {
  const layers = new Map<string, string[]>();
  for (const { result } of answers) {
    const told = sectionsOf(result, paint).join("\n\n");
    if (told !== "") layers.set(told, [...(layers.get(told) ?? []), titleOf(result)]);
  }
  return [...layers].flatMap(([told, titles]) => [paint.bold(titles.join(", ")), told]);
}

function sectionsOf(result: LayerResult, paint: Paint): readonly string[] {
  const { findings, contest, objective = "" } = result;
  return [
    ...(findings === undefined ? [] : [findingsText(result, paint)]),
    ...(contest === undefined ? [] : [contestText(contest, objective, paint)]),
  ];
}

const titleOf = ({ workload, layer, architecture }: LayerResult): string =>
  `${workload === layer ? layer : `${workload} ${layer}`} on ${architecture}`;

/** One layer in full, several at a glance. */
function resultsText(answers: readonly Answer[], results: readonly LayerResult[], paint: Paint): string {
  const [only] = answers;
  const [first, ...others] = results;
  if (first === undefined || others.length > 0) return summaryText(results, paint);
  return layerText(first, only === undefined ? "word by word, output after output" : drawLoopNest(only.legal), paint);
}

/** What was asked for, layer by layer. */
function explanationsIn(result: LayerResult, paint: Paint): readonly string[] {
  if (result.explanations === undefined) return [];
  const texts = result.explanations.map((explanation) => explanationText(explanation, paint));
  return [`${[paint.bold(titleOf(result)), ...texts].join("\n\n")}\n`];
}

/** `report.html`, `layers.csv`, `result.json` and a mapping file a layer, each whole or not at all. */
export async function writeReport(
  folder: string,
  answers: readonly Answer[],
  results: readonly LayerResult[] = answers.map(({ result }) => result),
  missing: readonly Missing[] = [],
): Promise<void> {
  const fileOf = mappingFiles(results);
  for (const { result, legal } of answers)
    writeWhole(join(folder, "mappings", fileOf(result)), printMapping(toMapping(legal)));
  writeWhole(join(folder, "layers.csv"), printCsv(results));
  if (results.some(({ timing }) => timing !== undefined))
    for (const [name, print] of Object.entries(CLOCKED)) writeWhole(join(folder, `${name}.csv`), print(results));
  for (const [name, print] of ASKED)
    if (results.some(({ [name]: told }) => told !== undefined)) writeWhole(join(folder, `${name}.csv`), print(results));
  writeWhole(join(folder, "result.json"), printJson(results));
  const mappings = new Map(answers.map(({ result, legal }) => [result, legal]));
  const layers = results.map((result) => ({ result: asContender(result), legal: mappings.get(result) ?? null }));
  writeWhole(join(folder, "report.html"), await printHtml(layers, missing));
}

/** The points of a front stand side by side in the report. */
const asContender = (result: LayerResult): LayerResult =>
  result.front === undefined ? result : { ...result, dataflow: `point ${result.front.point}` };

/** The mapping file of a result: that of its layer; where several are compared, their workload is a folder and the rest stands in the name. */
function mappingFiles(results: readonly LayerResult[]): (result: LayerResult) => string {
  const several = (of: (result: LayerResult) => string): boolean => new Set(results.map(of)).size > 1;
  const [workloads, architectures] = [several(({ workload }) => workload), several((one) => one.architecture)];
  return ({ workload, layer, architecture, dataflow, front }) => {
    const name = [
      layer,
      ...(architectures ? [architecture] : []),
      ...(dataflow === undefined ? [] : [dataflow]),
      ...(front === undefined ? [] : [`point-${front.point}`]),
    ];
    const file = mappingFileName(name.join("."));
    return workloads ? join(mappingFolderName(workload), file) : file;
  };
}
