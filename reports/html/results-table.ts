import { verdict } from "../layer-text.js";
import { count, energy, percent, seconds, short } from "../numbers.js";
import type { LayerResult } from "../result.js";
import { totalOf, utilizationOf } from "../summary-text.js";
import { type Cell, type DataTable, numeric } from "./elements.js";
import { measuresOf } from "./figures/measures.js";
import { isCompared, type Run, type Study } from "./study.js";

/** A column of the table of results: its cell of a run, and of all runs together where that means something. */
interface Column {
  readonly title: string;
  readonly isText?: boolean;
  readonly of: (run: Run) => Cell;
  readonly all?: (results: readonly LayerResult[]) => Cell;
}

/** Every result in a row, with the totals where nothing is compared. */
export function resultsTable(study: Study): DataTable {
  const results = study.runs.map(({ result }) => result);
  const columns = columnsFor(study, results);
  const foot = columns.map(({ all }, i) => (i === 0 ? "total" : (all?.(results) ?? "")));
  return {
    caption: "Results of every layer",
    head: columns.map(({ title }) => title),
    rows: study.runs.map((run) => columns.map(({ of }) => of(run))),
    texts: columns.flatMap(({ isText = false }, i) => (isText ? [i] : [])),
    long: columns.flatMap(({ title }, i) => (title === "proof" ? [i] : [])),
    ...(isCompared(study) || results.length === 1 ? {} : { foot }),
  };
}

function columnsFor(study: Study, results: readonly LayerResult[]): readonly Column[] {
  const some = (has: (result: LayerResult) => boolean, columns: readonly Column[]): readonly Column[] =>
    results.some(has) ? columns : [];
  return [
    { title: "layer", isText: true, of: ({ group }) => group },
    ...some(({ unit }) => unit !== undefined, [text("runs on", ({ result }) => result.unit ?? "array")]),
    ...some(({ repeat = 1 }) => repeat > 1, [RUNS]),
    ...some(({ pass }) => pass !== undefined, [text("pass", ({ result }) => result.pass ?? "")]),
    ...(isCompared(study) ? [text("under", ({ contender }) => contender)] : []),
    ...figuresFor(study),
    ...some(({ search }) => search !== undefined, PROOF),
    ...some(({ validation }) => validation !== undefined, CHECKS),
  ];
}

const text = (title: string, of: (run: Run) => string): Column => ({ title, isText: true, of });

const RUNS: Column = {
  title: "runs",
  of: ({ result }) => numeric(result.repeat ?? 1, count),
  all: (results) =>
    numeric(
      totalOf(results, () => 1),
      count,
    ),
};

const sum = (figure: (result: LayerResult) => number, show: (n: number) => string): Omit<Column, "title"> => ({
  of: ({ result }) => numeric(figure(result), show),
  all: (results) => numeric(totalOf(results, figure), show),
});
const macsOf = ({ macs }: LayerResult): number => macs;
const cyclesOf = ({ cycles }: LayerResult): number => cycles;
const energyOf = ({ energy_pJ }: LayerResult): number => energy_pJ;

/** A ratio to something that may not be there at all. */
const per = (x: number, whole: number, show: (n: number) => string): Cell =>
  whole === 0 ? "" : numeric(x / whole, show);

const PLAIN: readonly Column[] = [
  { title: "MACs", ...sum(macsOf, count) },
  { title: "cycles", ...sum(cyclesOf, count) },
];

/** Where clocks differ, cycles stand with their time, and the product is that with the time. */
function figuresFor(study: Study): readonly Column[] {
  const { delay, product } = measuresOf(study);
  if (delay.name === "cycles") return [...PLAIN, ...ENERGIES, EDP, UTILIZATION];
  const time: Column = { title: delay.name, of: ({ result }) => numeric(delay.of(result), delay.show) };
  const edp: Column = { title: `${product.name} [pJ·s]`, of: ({ result }) => numeric(product.of(result), short) };
  return [...PLAIN, time, ...ENERGIES, edp, UTILIZATION];
}

const ENERGIES: readonly Column[] = [
  { title: "energy", ...sum(energyOf, energy) },
  {
    title: "pJ a MAC",
    of: ({ result }) => per(result.energy_pJ, result.macs, short),
    all: (results) => per(totalOf(results, energyOf), totalOf(results, macsOf), short),
  },
];

const EDP: Column = {
  title: "energy × delay [pJ·cycle]",
  of: ({ result }) => numeric(result.edp, short),
  all: (results) => numeric(totalOf(results, energyOf) * totalOf(results, cyclesOf), short),
};

const UTILIZATION: Column = {
  title: "utilization",
  of: ({ result }) => numeric(result.utilization, percent),
  all: (results) => numeric(utilizationOf(results), percent),
};

const PROOF: readonly Column[] = [
  text("proof", ({ result }) => (result.search === undefined ? "" : verdict(result.search))),
  { title: "search", of: ({ result }) => (result.search === undefined ? "" : seconds(result.search.seconds)) },
];

const CHECKS: readonly Column[] = [
  text("outputs", ({ result }) => result.validation?.status ?? "not run"),
  text("model", ({ result }) => result.witness?.model ?? "not run"),
];
