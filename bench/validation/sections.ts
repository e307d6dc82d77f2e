import type { EstimateRow } from "../../arch-specs/index.js";
import type { LayerResult } from "../../reports/index.js";
import { left, markdownPaint, right, table } from "../../reports/index.js";
import * as published from "./published.js";

type Cells = readonly (readonly string[])[];
const tableOf = (first: string, others: readonly string[], rows: Cells): string =>
  table([left(first), ...others.map(right)], rows, markdownPaint);

const giga = (pJ: number): string => (pJ / 1e9).toFixed(2);
const times = (x: number): string => `×${x.toFixed(2)}`;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

function levelOf(result: LayerResult, name: string): LayerResult["levels"][number] {
  const level = result.levels.find((one) => one.name === name);
  if (level === undefined) throw new Error(`${result.layer} has no level ${name}`);
  return level;
}
const networksOf = (result: LayerResult): number => sum(result.networks.map(({ energy_pJ }) => energy_pJ));

/** Energies by level beside those of Fig. 10, in 10⁹ MAC energies. */
export function fig10(results: readonly LayerResult[]): string {
  const rows = [...rowStationary(results).values()].map((result) => {
    const [paper, tool] = [published.FIG10.get(result.layer), published.NN_DATAFLOW.get(result.layer)];
    if (paper === undefined || tool === undefined) throw new Error(`nothing was published on ${result.layer}`);
    const [dram, rf, buffer] = ["DRAM", "RF", "GLB"].map((name) => levelOf(result, name).energy_pJ);
    return [
      result.layer,
      ...[giga(result.compute.energy_pJ), paper.alu.toFixed(2)],
      ...[giga(rf ?? 0), paper.rf.toFixed(2)],
      ...[giga(dram ?? 0), paper.dram.toFixed(2)],
      ...[giga(buffer ?? 0), tool.buffer.toFixed(2)],
      ...[giga(networksOf(result)), tool.network.toFixed(2)],
      ...[giga(result.energy_pJ), tool.all.toFixed(2)],
    ];
  });
  const pairs = ["ALU", "RF", "DRAM", "buffer", "network", "all"].flatMap((name) => [name, "published"]);
  return tableOf("layer", pairs, rows);
}

/** How many times row-stationary's energy each dataflow takes, layer by layer and over the convolutions together. */
export function dataflows(same: readonly LayerResult[], storage: readonly LayerResult[]): string {
  const rows = energiesOf(rowStationary(same));
  const layers = [...rows.keys()];
  const contenders = [
    ...["ws", "os", "is", "nlr"].map((flow) => ({ title: flow, of: byLayer(same, flow) })),
    ...["ws", "os", "is", "nlr"].map((flow) => ({ title: `${flow}, one word`, of: byLayer(storage, flow) })),
  ];
  const of = (names: readonly string[], energies: ReadonlyMap<string, number>): number =>
    sum(names.map((name) => energies.get(name) ?? Number.NaN));
  const line = (title: string, names: readonly string[]): readonly string[] => [
    title,
    giga(of(names, rows)),
    ...contenders.map((contender) => times(of(names, contender.of) / of(names, rows))),
  ];
  const isConvolution = (name: string): boolean => name.startsWith("conv");
  return tableOf(
    "layer",
    ["rs", ...contenders.map(({ title }) => title)],
    [
      ...layers.map((name) => line(name, [name])),
      line("all CONV", layers.filter(isConvolution)),
      line(
        "all FC",
        layers.filter((name) => !isConvolution(name)),
      ),
    ],
  );
}

/** Of each layer the best of the row-stationary contenders: `rs`, and with sets side by side. */
export function rowStationary(results: readonly LayerResult[]): ReadonlyMap<string, LayerResult> {
  const best = new Map<string, LayerResult>();
  for (const result of results) {
    if (result.dataflow?.startsWith("rs") !== true) continue;
    const known = best.get(result.layer);
    if (known === undefined || result.energy_pJ < known.energy_pJ) best.set(result.layer, result);
  }
  return best;
}

const energiesOf = (results: ReadonlyMap<string, LayerResult>): ReadonlyMap<string, number> =>
  new Map([...results].map(([layer, { energy_pJ }]) => [layer, energy_pJ]));

/** The fully connected layers together at several batches: how many times row-stationary's energy each dataflow takes. */
export function batches(studies: readonly (readonly [batch: number, results: readonly LayerResult[]])[]): string {
  const flows = ["ws", "os", "is", "nlr"];
  const rows = studies.map(([batch, results]) => {
    const own = results.filter(({ layer }) => layer.startsWith("fc"));
    const best = [...rowStationary(own).values()];
    const rs = sum(best.map(({ energy_pJ }) => energy_pJ));
    const filters = sum(best.map((result) => levelOf(result, "DRAM").tensors["Weights"]?.energy_pJ ?? 0));
    const others = flows.map((flow) => times(sum([...byLayer(own, flow).values()]) / rs));
    return [String(batch), giga(rs), `${((100 * filters) / rs).toFixed(0)} %`, ...others];
  });
  return tableOf("batch", ["rs", "of it filters from DRAM", ...flows], rows);
}

const byLayer = (results: readonly LayerResult[], dataflow: string): ReadonlyMap<string, number> =>
  new Map(results.filter((one) => one.dataflow === dataflow).map(({ layer, energy_pJ }) => [layer, energy_pJ]));

/** The estimators' energies of a 16-bit word relative to a 16-bit MAC, beside the costs that the paper compares dataflows with. */
export function relative(rows: readonly EstimateRow[]): string {
  const of = (level: string, figure: string): number =>
    rows.find((row) => row.level === level && row.figure === figure)?.value ?? Number.NaN;
  const mac = of("MAC", "operation");
  const line = (name: string, paper: number, pJ: number): readonly string[] => [
    name,
    String(paper),
    (pJ / mac).toFixed(2),
    `${pJ.toFixed(2)} pJ`,
  ];
  return tableOf(
    "a 16-bit word, or a MAC",
    ["ISCA 2016", "estimated, relative", "estimated"],
    [
      line("MAC", published.RELATIVE.mac, mac),
      line("0.5 kB in an element", published.RELATIVE.rf, of("RF", "read")),
      line("hop between elements", published.RELATIVE.network, of("PEs", "hop")),
      line("buffer of 128 kB", published.RELATIVE.buffer, of("GLB", "read") / 4),
      line("DRAM", published.RELATIVE.dram, of("DRAM", "read")),
    ],
  );
}

/** The estimated areas of the chip's parts, in mm², beside its core. */
export function areas(rows: readonly EstimateRow[]): string {
  const known = rows.filter(({ figure, value }) => figure === "area" && value > 0);
  const mm2 = (um2: number): string => (um2 / 1e6).toFixed(2);
  const all = sum(known.map(({ value, instances }) => value * instances));
  return tableOf(
    "part",
    ["of one, µm²", "instances", "mm²"],
    [
      ...known.map(({ level, value, instances }) => [
        level,
        value.toFixed(0),
        String(instances),
        mm2(value * instances),
      ]),
      ["all of these", "", "", mm2(all)],
      ["the chip's core, JSSC 2017", "", "", published.CORE_MM2.toFixed(2)],
    ],
  );
}
