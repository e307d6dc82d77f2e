import { type Architecture, type EstimateRow, SCALING_SOURCE } from "../arch-specs/index.js";
import { areaText, count, energy, power, short } from "./numbers.js";
import { numberColumn, type Sheet, textColumn } from "./sheet.js";
import { left, type Paint, right, table } from "./table.js";

/** Every figure of an architecture for people: level by level, a line each, sources numbered and listed below, sums at the end. */
export function estimateText(architecture: Architecture, rows: readonly EstimateRow[], paint: Paint): string {
  const sources = [...new Set(rows.map(({ source }) => source))].filter((source) => source !== NOT_GIVEN);
  const cells = rows.map((row) => [
    `  ${row.figure}`,
    row.source === NOT_GIVEN ? "–" : figureText(row),
    row.source === NOT_GIVEN ? "not given" : `[${sources.indexOf(row.source) + 1}]`,
  ]);
  const [head = "", ...lines] = table([left(""), right("of one"), left("source")], cells, paint).split("\n");
  const told = lines.flatMap((line, i) => {
    const row = rows[i];
    return row === undefined || rows[i - 1]?.level === row.level ? [line] : [titleOf(row, paint), line];
  });
  return `${[
    paint.bold(`${architecture.name}: energy, leakage and area of its components`),
    [head, ...told].join("\n"),
    sourcesText(sources),
    totals(architecture, rows),
  ].join("\n\n")}\n`;
}

/** `CBUF  sram, 28 nm, 0.9 V, 512 bit an access, 32 instances`. */
function titleOf(row: EstimateRow, paint: Paint): string {
  const { class: name, accessBits, instances, figure } = row;
  const about = [
    ...(name === "" ? [] : [madeOf(row)]),
    ...(accessBits === null ? [] : [`${count(accessBits)} bit ${figure === "hop" ? "a hop" : "an access"}`]),
    ...(instances === 1 ? [] : [`${count(instances)} instances`]),
  ];
  return `${paint.bold(row.level)}  ${about.join(", ")}`.trimEnd();
}

const NOT_GIVEN = "not given";

/** The numbered sources; the rule of scaling, which many of them end with, is told once. */
function sourcesText(sources: readonly string[]): string {
  const lines = sources.map((source, i) => `[${i + 1}] ${source.replaceAll(`; ${SCALING_SOURCE}`, "*")}`);
  const scaled = sources.some((source) => source.includes(SCALING_SOURCE));
  return [...lines, ...(scaled ? [`*   ${SCALING_SOURCE}`] : [])].join("\n");
}

/** `sram, 28 nm, 0.9 V`. */
function madeOf({ class: name, technologyNm, volts }: EstimateRow): string {
  const process = technologyNm === null ? "" : `, ${technologyNm} nm, ${volts} V`;
  return `${name}${process}`;
}

function figureText({ value, unit }: EstimateRow): string {
  if (unit === "um2") return areaText(value);
  return unit === "pJ" ? smallEnergy(value) : `${smallEnergy(value)} a cycle`;
}

/** An energy given in pJ; below a tenth of that in fJ. */
const smallEnergy = (pJ: number): string => (pJ > 0 && pJ < 0.1 ? `${short(1000 * pJ)} fJ` : energy(pJ));

/** What all instances take together; only what is known is in the sums, and what is not is named. */
function totals({ clockHz }: Architecture, rows: readonly EstimateRow[]): string {
  const total = (figure: string, show: (sum: number) => string): string => {
    const [known, unknown] = [true, false].map((given) =>
      rows.filter((row) => row.figure === figure && (row.source !== NOT_GIVEN) === given),
    );
    if (known === undefined || known.length === 0) return "not given";
    const sum = known.reduce((n, { value, instances }) => n + value * instances, 0);
    const without = (unknown ?? []).map(({ level }) => level).join(", ");
    return `${show(sum)}${without === "" ? "" : ` (without ${without}: not given)`}`;
  };
  const leaking = (pJ: number): string =>
    `${smallEnergy(pJ)} a cycle, ${power((pJ * clockHz) / 1e12)} at ${clockHz / 1e6} MHz`;
  return [
    `area of all instances     ${total("area", areaText)}`,
    `leakage of all instances  ${total("leak", leaking)}`,
  ].join("\n");
}

/** The same figures as a sheet, for programs and for papers. */
export function estimateSheet(rows: readonly EstimateRow[]): Sheet {
  return {
    columns: [
      textColumn("level"),
      textColumn("class"),
      numberColumn("technology_nm", "node [nm]", String),
      numberColumn("voltage_V", "supply [V]", String),
      numberColumn("instances", "instances", count),
      numberColumn("access_bits", "access [bit]", count),
      textColumn("figure"),
      numberColumn("value", "of one instance", short),
      textColumn("unit"),
      textColumn("source"),
    ],
    rows: rows.map(({ technologyNm, volts, accessBits, ...row }) => ({
      ...row,
      ...{ technology_nm: technologyNm, voltage_V: volts, access_bits: accessBits },
    })),
  };
}
