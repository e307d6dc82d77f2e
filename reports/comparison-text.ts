import { type Contender, isOf, labelsOf } from "./contenders.js";
import { verdict } from "./layer-text.js";
import { type Missing, missingText } from "./missing.js";
import { areaText, count, duration, energy, ratio, short } from "./numbers.js";
import type { LayerResult } from "./result.js";
import { totalOf } from "./summary-text.js";
import { beside, type Column, left, type Paint, right, table } from "./table.js";

/** Sums that differ by no more than this share are equal but for rounding. */
const ROUNDING = 1e-9;

/** A figure that contenders are compared by, of a layer or of all layers together. */
interface Measure {
  readonly title: string;
  readonly of: (cost: Cost) => number;
  readonly show: (x: number) => string;
}
interface Cost {
  readonly pJ: number;
  readonly cycles: number;
  readonly seconds: number;
}

/** Cycles of different clocks are of different length: then delays are seconds. */
function measuresFor(results: readonly LayerResult[]): readonly Measure[] {
  const ownClocks = new Set(results.map(({ clock_Hz }) => clock_Hz)).size > 1;
  return [
    { title: "energy", of: ({ pJ }) => pJ, show: energy },
    { title: "cycles", of: ({ cycles }) => cycles, show: count },
    ...(ownClocks ? [{ title: "time", of: ({ seconds }: Cost) => seconds, show: duration }] : []),
    ownClocks
      ? { title: "energy × time [pJ·s]", of: ({ pJ, seconds }) => pJ * seconds, show: short }
      : { title: "energy × delay [pJ·cycle]", of: ({ pJ, cycles }) => pJ * cycles, show: short },
  ];
}

const costOf = ({ energy_pJ, cycles, clock_Hz }: LayerResult): Cost => ({
  ...{ pJ: energy_pJ, cycles },
  seconds: clock_Hz === undefined ? Number.NaN : cycles / clock_Hz,
});

/** A line of a comparison: one figure a contender; null: it has none. */
interface Line {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

/**
 * Contenders side by side: for each workload and measure a table of layers × contenders, each beside how many times as much it takes
 * as the first; the least of a row is bold and named. Totals stand only below contenders that have every layer. Several workloads
 * are compared by their totals as well. Contenders without any mapping stand at the end, with the reason.
 */
export function comparisonText(
  results: readonly LayerResult[],
  every: readonly Contender[],
  paint: Paint,
  missing: readonly Missing[] = [],
): string {
  const [first] = results;
  if (first === undefined) return "";
  const contenders = every.filter((one) => results.some((result) => isOf(one, result)));
  const workloads = [...new Set(results.map(({ workload }) => workload))];
  const measures = measuresFor(results);
  const sections = workloads.map((workload) => {
    const own = results.filter((result) => result.workload === workload);
    const tables = measures.map((measure) => tableOf(linesOf(own, contenders, measure), contenders, measure, paint));
    return [titleOf(workload, first, contenders, paint), ...tables].join("\n\n");
  });
  const totals = workloads.length > 1 ? [totalsText(results, workloads, contenders, paint)] : [];
  const without = missing.length === 0 ? [] : [missingText(missing, results, paint)];
  return `${[...sections, ...totals, ...areas(results, paint), ...without, ...proofs(results)].join("\n\n")}\n`;
}

function titleOf(what: string, { objective }: LayerResult, contenders: readonly Contender[], paint: Paint): string {
  const only = <T>(all: readonly T[]): T | null => (new Set(all).size === 1 ? (all[0] ?? null) : null);
  const architecture = only(contenders.map((one) => one.architecture));
  const dataflow = only(contenders.map((one) => one.dataflow));
  const on = architecture === null ? "" : ` on ${architecture}`;
  const under = dataflow === null || dataflow === "any" ? "" : `, dataflow ${dataflow}`;
  return paint.bold(`${what}${on}${under}, each mapping the best for ${objective}`);
}

function linesOf(own: readonly LayerResult[], contenders: readonly Contender[], measure: Measure): readonly Line[] {
  const layers = [...new Set(own.map(({ layer }) => layer))];
  const of = (layer: string, contender: Contender): number | null => {
    const result = own.find((one) => one.layer === layer && isOf(contender, one));
    return result === undefined ? null : measure.of(costOf(result));
  };
  const lines = layers.map((layer) => ({ name: layer, values: contenders.map((one) => of(layer, one)) }));
  const totals = contenders.map((contender) => totalUnder(own, contender, measure));
  return layers.length > 1 ? [...lines, { name: "total", values: totals }] : lines;
}

/** Of all layers of a workload together; null unless the contender has every one. */
function totalUnder(own: readonly LayerResult[], contender: Contender, measure: Measure): number | null {
  const results = own.filter((result) => isOf(contender, result));
  if (results.length !== new Set(own.map(({ layer }) => layer)).size) return null;
  const sum = (of: (cost: Cost) => number): number => totalOf(results, (result) => of(costOf(result)));
  return measure.of({
    pJ: sum(({ pJ }) => pJ),
    cycles: sum(({ cycles }) => cycles),
    seconds: sum(({ seconds }) => seconds),
  });
}

/** Two cells a contender: the figure, and how many times the first one's it is; at the end the winner. */
function tableOf(lines: readonly Line[], contenders: readonly Contender[], measure: Measure, paint: Paint): string {
  const labels = labelsOf(contenders);
  const several = contenders.length > 1;
  const columns: readonly Column[] = [
    left(measure.title),
    ...labels.flatMap((label) => [right(label), ...(several ? [beside("")] : [])]),
    ...(several ? [left("best")] : []),
  ];
  const rows = lines.map(({ name, values }) => {
    const least = Math.min(...values.flatMap((value) => value ?? []));
    const isLeast = (value: number | null | undefined): boolean =>
      typeof value === "number" && value <= least * (1 + ROUNDING);
    const cells = values.flatMap((value) => {
      if (value === null) return ["–", ...(several ? [""] : [])];
      const shown = isLeast(value) && several ? paint.bold(measure.show(value)) : measure.show(value);
      return [shown, ...(several ? [timesFirst(value, values)] : [])];
    });
    const winners = labels.filter((_, i) => isLeast(values[i]));
    return [name, ...cells, ...(several ? [paint.good(winners.join(", "))] : [])];
  });
  return table(columns, rows, paint);
}

/** How many times the first value; nothing where there is none. */
function timesFirst(value: number, [first]: readonly (number | null)[]): string {
  return first === null || first === undefined ? "" : ratio(value / first);
}

/** Workloads side by side, by their totals. With one contender the ratios are to the first workload. */
function totalsText(
  results: readonly LayerResult[],
  workloads: readonly string[],
  contenders: readonly Contender[],
  paint: Paint,
): string {
  const [first] = results;
  const title = first === undefined ? "" : titleOf("all workloads", first, contenders, paint);
  const tables = measuresFor(results).map((measure) => {
    const lines = workloads.map((workload): Line => {
      const own = results.filter((result) => result.workload === workload);
      return { name: workload, values: contenders.map((contender) => totalUnder(own, contender, measure)) };
    });
    if (contenders.length > 1) return tableOf(lines, contenders, measure, paint);
    const all = lines.map(({ values: [value] }) => value ?? null);
    const rows = lines.map(({ name }, i) => {
      const value = all[i] ?? null;
      return value === null ? [name, "–", ""] : [name, measure.show(value), timesFirst(value, all)];
    });
    return table([left(measure.title), right("total"), beside("")], rows, paint);
  });
  return [title, ...tables].join("\n\n");
}

/** How far the comparison can be trusted: a winner by less than a gap may be one of the search alone. */
function proofs(results: readonly LayerResult[]): readonly string[] {
  const searches = results.flatMap(({ search }) => search ?? []);
  const proven = searches.filter(({ status }) => status === "optimal").length;
  const [first, ...others] = searches;
  if (first === undefined) return [];
  const all =
    searches.length === 1 ? "The mapping is a certified optimum." : `All ${proven} mappings are certified optima.`;
  if (proven === searches.length) return [all];
  const worst = others.reduce((a, b) => (b.gap > a.gap ? b : a), first);
  if (proven === 0) return [`None of the ${searches.length} mappings is proven optimal; they take ${verdict(worst)}.`];
  return [`${proven} of ${searches.length} mappings are certified optima, the others take ${verdict(worst)}.`];
}

/** The areas of the architectures, where several are compared and any is known. */
function areas(results: readonly LayerResult[], paint: Paint): readonly string[] {
  const areaOf = new Map(results.map(({ architecture, area_um2 }) => [architecture, area_um2]));
  const all = [...areaOf.values()];
  if (areaOf.size < 2 || all.every((area) => area === 0)) return [];
  const known = all.map((area) => (area === 0 ? null : area));
  const rows = [...areaOf].map(([name, area]) =>
    area === 0 ? [name, "not given", ""] : [name, areaText(area), timesFirst(area, known)],
  );
  return [table([left("area"), right(""), beside("")], rows, paint)];
}
