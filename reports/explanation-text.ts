import { stringify } from "csv-stringify/sync";
import type { ExplainedStep, ExplainedSummand, Explanation } from "./explanation.js";
import { count, energy, percent } from "./numbers.js";
import type { LayerResult } from "./result.js";
import { left, type Paint, right, table } from "./table.js";

/** An explanation for people: what the number is, then what it is made of, from the inside out. */
export function explanationText(explanation: Explanation, paint: Paint): string {
  const { count: name, says, unit, value } = explanation;
  const title = `${paint.bold(`${name} = ${shown(value, unit)}`)}: ${says}`;
  const hasSteps = explanation.summands.some(({ steps }) => steps.length > 0);
  const body = hasSteps ? chainsText(explanation, paint) : sharesText(explanation, paint);
  return explanation.summands.length === 0 ? `${title}\n  nothing moves` : `${title}\n${body}`;
}

const shown = (value: number, unit: Explanation["unit"]): string =>
  unit === "pJ" ? energy(value) : `${count(value)} ${unit}`;

/** A sum or a maximum of plain numbers, the largest first. */
function sharesText({ summands, value, unit, combine }: Explanation, paint: Paint): string {
  const rows = summands.map((summand) => {
    const share = combine === "sum" ? summand.value / value : summand.value === value ? null : summand.value / value;
    return [`  ${summand.says}`, shown(summand.value, unit), share === null ? "binds" : percent(share)];
  });
  return table([left(combine === "sum" ? "  adds up" : "  the largest"), right(unit), right("")], rows, paint);
}

/** One table a summand; the instances that are alike are its last line. */
function chainsText({ summands, value }: Explanation, paint: Paint): string {
  const tables = summands.map((summand) => {
    const rows = [
      [`    ${summand.start.says}`, "", count(summand.start.value)],
      ...summand.steps.map((step) => [`    ${step.loops.join(", ")}`, stepText(step), count(step.value)]),
      ...(summand.instances === 1 && summand.sign > 0
        ? []
        : [["    that many instances", instancesText(summand), count(signed(summand))]]),
    ];
    const heading = `  ${summand.sign < 0 ? "less " : ""}${summand.says}`;
    return `${heading}\n${table([left("    from the inside out"), left(""), right("words")], rows, paint)}`;
  });
  return [...tables, ...(summands.length > 1 ? [`  together ${count(value)}`] : [])].join("\n\n");
}

const signed = ({ sign, instances, value }: ExplainedSummand): number => sign * instances * value;

const instancesText = ({ sign, instances }: ExplainedSummand): string =>
  `× ${sign < 0 ? `−${count(instances)}` : count(instances)}`;

/** `× 4 − 1,920   3 of 4 keep 640 words …`. */
function stepText({ times, less, says }: ExplainedStep): string {
  const taken = less === 0 ? "" : less > 0 ? ` − ${count(less)}` : ` + ${count(-less)}`;
  return `× ${count(times)}${taken}  ${says}`;
}

const HEADER = [
  "workload",
  "layer",
  "architecture",
  "count",
  "unit",
  "part",
  "loops",
  "says",
  "times",
  "less",
  "instances",
  "value",
];

/** Explanations as tidy CSV: one row a start, a step, a summand and a total; `value` is what there is after it. */
export function printExplanationsCsv(results: readonly LayerResult[]): string {
  return stringify([HEADER, ...results.flatMap(explainedRows)]);
}

type Row = readonly (string | number)[];

function explainedRows({ workload, layer, architecture, explanations = [] }: LayerResult): readonly Row[] {
  return explanations.flatMap((explanation) => {
    const about = [workload, layer, architecture, explanation.count, explanation.unit];
    const parts = explanation.summands.flatMap((summand): readonly Row[] => [
      ...(summand.steps.length === 0
        ? []
        : [[...about, "start", "", summand.start.says, "", "", "", summand.start.value]]),
      ...summand.steps.map((step) => [
        ...[...about, "step", step.loops.join("; "), step.says, step.times, step.less, "", step.value],
      ]),
      [...about, "summand", "", summand.says, "", "", summand.instances, signed(summand)],
    ]);
    return [...parts, [...about, explanation.combine, "", explanation.says, "", "", "", explanation.value]];
  });
}
