import { energyParts, verdict } from "./layer-text.js";
import { areaText, count, energy, percent, seconds, short } from "./numbers.js";
import type { LayerResult } from "./result.js";
import { bar, bars, beside, left, type Paint, right, table } from "./table.js";

const BAR = 24;

/** Many layers at a glance: one line each, then the totals and where the energy goes. */
export function summaryText(results: readonly LayerResult[], paint: Paint): string {
  const [first] = results;
  if (first === undefined) return "";
  const flow = first.dataflow === undefined ? "" : `, dataflow ${first.dataflow}`;
  const title = paint.bold(`${first.workload} on ${first.architecture}${flow}`);
  const passes = results.some(({ pass }) => pass !== undefined) ? [passesTable(results, paint)] : [];
  return `${[title, layersTable(results, paint), ...passes, energyTable(results, paint), ...chip(results)].join("\n\n")}\n`;
}

/** Area and leakage, where the architecture has any. */
function chip(results: readonly LayerResult[]): readonly string[] {
  const [first] = results;
  if (first === undefined || first.area_um2 === 0) return [];
  const leakage = totalOf(results, ({ leakage_pJ = 0 }) => leakage_pJ);
  const share = leakage / totalOf(results, ({ energy_pJ }) => energy_pJ);
  const leaks = leakage === 0 ? "" : `, leakage ${energy(leakage)} (${percent(share)} of the energy)`;
  return [`area ${areaText(first.area_um2)}${leaks}`];
}

/** The parts of a training step side by side. */
function passesTable(results: readonly LayerResult[], paint: Paint): string {
  const passes = [...new Set(results.flatMap(({ pass }) => pass ?? []))];
  const energyOf = (some: readonly LayerResult[]): number => totalOf(some, ({ energy_pJ }) => energy_pJ);
  const all = energyOf(results);
  const rows = passes.map((pass) => {
    const some = results.filter((result) => result.pass === pass);
    const [macs, cycles] = [totalOf(some, ({ macs }) => macs), totalOf(some, ({ cycles }) => cycles)];
    const share = all === 0 ? 0 : energyOf(some) / all;
    return [pass, count(macs), count(cycles), energy(energyOf(some)), percent(share), bar(share, BAR)];
  });
  const columns = [left("pass"), right("MACs"), right("cycles"), right("energy"), beside(""), bars];
  return table(columns, rows, paint);
}

const runsOf = (result: LayerResult): number => result.repeat ?? 1;

/** The sum over the layers, each as often as the workload runs it. */
export function totalOf(results: readonly LayerResult[], figure: (result: LayerResult) => number): number {
  return results.reduce((sum, result) => sum + runsOf(result) * figure(result), 0);
}

function layersTable(results: readonly LayerResult[], paint: Paint): string {
  const repeats = results.some((result) => runsOf(result) > 1);
  const units = results.some(({ unit }) => unit !== undefined);
  const searched = results.some((result) => result.search !== undefined);
  const checked = results.some((result) => result.validation !== undefined);
  const columns = [
    left("layer"),
    ...(units ? [left("runs on")] : []),
    ...(repeats ? [right("runs")] : []),
    right("MACs"),
    right("cycles"),
    ...(ranByClock(results) ? [right("machine cycles")] : []),
    right("energy"),
    right("pJ/MAC"),
    right("utilization"),
    ...(searched ? [left("proof"), right("mapspace"), right("time")] : []),
    ...(checked ? [left("outputs"), left("model")] : []),
  ];
  const rows = results.map((result) => [
    result.layer,
    ...(units ? [result.unit ?? "array"] : []),
    ...(repeats ? [String(runsOf(result))] : []),
    result.macs === 0 ? "" : count(result.macs),
    count(result.cycles),
    ...(ranByClock(results) ? [count(machineCyclesOf(result))] : []),
    energy(result.energy_pJ),
    result.macs === 0 ? "" : short(result.energy_pJ / result.macs),
    percent(result.utilization),
    ...(searched ? proofCells(result) : []),
    ...(checked ? checkCells(result, paint) : []),
  ]);
  return table(columns, [...rows, totalRow(results, columns.length, units, repeats, searched)], paint);
}

/** Whether a machine that knows cycles ran every layer. */
const ranByClock = (results: readonly LayerResult[]): boolean =>
  results.every(({ machineCycles }) => machineCycles !== undefined);
const machineCyclesOf = ({ machineCycles = 0 }: LayerResult): number => machineCycles;

function proofCells({ search }: LayerResult): readonly string[] {
  return search === undefined ? ["", "", ""] : [verdict(search), search.mapspace, seconds(search.seconds)];
}

function checkCells({ validation, witness }: LayerResult, paint: Paint): readonly string[] {
  const status = validation?.status ?? "not-run";
  const model = witness?.model ?? "not-run";
  return [
    status === "failed" ? paint.bad("DIFFER") : paint.good(status),
    model === "differs" ? paint.bad("DIFFERS") : paint.good(model),
  ];
}

function totalRow(
  results: readonly LayerResult[],
  width: number,
  units: boolean,
  repeats: boolean,
  searched: boolean,
): readonly string[] {
  const macs = totalOf(results, ({ macs }) => macs);
  const cycles = totalOf(results, ({ cycles }) => cycles);
  const pJ = totalOf(results, ({ energy_pJ }) => energy_pJ);
  const cells = [
    "total",
    ...(units ? [""] : []),
    ...(repeats ? [String(totalOf(results, () => 1))] : []),
    count(macs),
    count(cycles),
    ...(ranByClock(results) ? [count(totalOf(results, machineCyclesOf))] : []),
    energy(pJ),
    macs === 0 ? "" : short(pJ / macs),
    percent(utilizationOf(results)),
    ...(searched ? ["", "", seconds(searchSeconds(results))] : []),
  ];
  return [...cells, ...Array<string>(width - cells.length).fill("")];
}

/**
 * The utilization of all layers together, each weighed by its cycles: of the array where any ran there, which does nothing while a
 * vector unit works, else of the vector unit. Peak is the same for all of them.
 */
export function utilizationOf(results: readonly LayerResult[]): number {
  const onArray = results.some(({ unit }) => unit === undefined);
  const busy = totalOf(results, (result) =>
    onArray && result.unit !== undefined ? 0 : result.utilization * result.cycles,
  );
  const cycles = totalOf(results, (result) => result.cycles);
  return cycles === 0 ? 0 : busy / cycles;
}

/** Layers of one shape share one search; its time counts once. */
function searchSeconds(results: readonly LayerResult[]): number {
  const searches = new Set(results.flatMap(({ search }) => search ?? []));
  return [...searches].reduce((sum, search) => sum + search.seconds, 0);
}

function energyTable(results: readonly LayerResult[], paint: Paint): string {
  const parts = new Map<string, number>();
  for (const result of results)
    for (const { name, pJ } of energyParts(result)) parts.set(name, (parts.get(name) ?? 0) + runsOf(result) * pJ);
  const all = [...parts.values()].reduce((sum, pJ) => sum + pJ, 0);
  const largest = Math.max(...parts.values());
  const rows = [...parts].map(([name, pJ]) => [
    `  ${name}`,
    energy(pJ),
    percent(all === 0 ? 0 : pJ / all),
    bar(largest === 0 ? 0 : pJ / largest, BAR),
  ]);
  return table([left("energy"), right(""), beside(""), bars], rows, paint);
}
