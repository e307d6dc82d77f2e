import { count, energy, ratio, short } from "./numbers.js";
import type { LayerResult } from "./result.js";
import { totalOf } from "./summary-text.js";
import { left, type Paint, right, table } from "./table.js";

/** A figure that contenders are compared by, of a layer or of all layers together. */
interface Measure {
  readonly title: string;
  readonly of: (energyPj: number, cycles: number) => number;
  readonly show: (x: number) => string;
}

const measures: readonly Measure[] = [
  { title: "energy", of: (pJ) => pJ, show: energy },
  { title: "cycles", of: (_, cycles) => cycles, show: count },
  { title: "energy × delay", of: (pJ, cycles) => pJ * cycles, show: short },
];

/**
 * Dataflows side by side: for each measure a table of layers × dataflows. The least of a row is bold; the others say how many times as
 * much they take. Totals stand only below dataflows that have every layer.
 */
export function comparisonText(results: readonly LayerResult[], dataflows: readonly string[], paint: Paint): string {
  const [first] = results;
  if (first === undefined) return "";
  const layers = [...new Set(results.map(({ layer }) => layer))];
  const at = new Map(results.map((result) => [`${result.layer} ${result.dataflow ?? ""}`, result]));
  const title = paint.bold(`${first.workload} on ${first.architecture}, each mapping the best for ${first.objective}`);
  const tables = measures.map((measure) => {
    const rows = layers.map((layer) => {
      const values = dataflows.map((flow) => at.get(`${layer} ${flow}`)).map((result) => figureOf(result, measure));
      return [layer, ...rowOf(values, measure, paint)];
    });
    const totals = dataflows.map((flow) => totalUnder(results, flow, layers.length, measure));
    const last = layers.length > 1 ? [["total", ...rowOf(totals, measure, paint)]] : [];
    const columns = [left(measure.title), ...dataflows.flatMap((flow) => [right(flow), right("")])];
    return table(columns, [...rows, ...last], paint);
  });
  return `${[title, ...tables].join("\n\n")}\n`;
}

const figureOf = (result: LayerResult | undefined, measure: Measure): number | null =>
  result === undefined ? null : measure.of(result.energy_pJ, result.cycles);

function totalUnder(
  results: readonly LayerResult[],
  dataflow: string,
  layers: number,
  measure: Measure,
): number | null {
  const own = results.filter((result) => result.dataflow === dataflow);
  if (own.length !== layers) return null;
  return measure.of(
    totalOf(own, ({ energy_pJ }) => energy_pJ),
    totalOf(own, ({ cycles }) => cycles),
  );
}

/** Two cells a dataflow: the figure, and its ratio to the least of the row. */
function rowOf(values: readonly (number | null)[], measure: Measure, paint: Paint): readonly string[] {
  const least = Math.min(...values.flatMap((value) => value ?? []));
  return values.flatMap((value) => {
    if (value === null) return ["–", ""];
    const shown = measure.show(value);
    return value === least ? [paint.bold(shown), paint.good("best")] : [shown, ratio(value / least)];
  });
}
