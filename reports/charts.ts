import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { energyParts } from "./layer-text.js";
import { energyUnit } from "./numbers.js";
import type { LayerResult } from "./result.js";

/** A figure of the report: its caption says what is shown, also to those who cannot see it. */
export interface Figure {
  readonly title: string;
  readonly caption: string;
  /** An `<svg>` element whose colours are CSS variables of the page. */
  readonly svg: string;
}

const WIDTH = 760;
const COLOURS = Array.from({ length: 8 }, (_, i) => `var(--series-${i + 1})`);
const QUIET = "var(--quiet)";

/** The figures of a run. Many layers: bars side by side; everything is drawn in the order of the workload. */
export async function figuresOf(results: readonly LayerResult[]): Promise<readonly Figure[]> {
  const compared = results.some((result) => result.dataflow !== undefined);
  return [
    ...(compared ? [await dataflowsByLayer(results, "edp"), await dataflowsByLayer(results, "energy_pJ")] : []),
    await energyByLevel(results, compared),
    await energyByTensor(results, compared),
    await cyclesAndUtilization(results, compared),
  ];
}

interface Bar {
  readonly layer: string;
  readonly dataflow: string;
  readonly part: string;
  readonly pJ: number;
}

const about = ({ layer, dataflow = "" }: LayerResult): { readonly layer: string; readonly dataflow: string } => ({
  layer,
  dataflow,
});

/** Dataflows side by side, each layer relative to its best: layers of any size can be compared. */
async function dataflowsByLayer(results: readonly LayerResult[], figure: "edp" | "energy_pJ"): Promise<Figure> {
  const least = new Map<string, number>();
  for (const result of results)
    least.set(result.layer, Math.min(least.get(result.layer) ?? Number.POSITIVE_INFINITY, result[figure]));
  const values = results.map((result) => ({
    ...about(result),
    times: result[figure] / (least.get(result.layer) ?? 1),
  }));
  const name = figure === "edp" ? "energy × delay" : "energy";
  const dataflows = [...new Set(values.map(({ dataflow }) => dataflow))];
  const spec = {
    width: WIDTH,
    height: 220,
    data: { values },
    mark: { type: "bar" },
    encoding: {
      ...sides(true),
      y: { field: "times", type: "quantitative", title: `${name}, times the best` },
      color: { field: "dataflow", type: "nominal", sort: dataflows, scale: { range: COLOURS } },
    },
  };
  return {
    title: `Dataflows by ${name}`,
    caption: `What the best mapping of each dataflow takes, as a multiple of the layer's best dataflow (1 is the winner).`,
    svg: await draw(spec as TopLevelSpec),
  };
}

async function energyByLevel(results: readonly LayerResult[], compared: boolean): Promise<Figure> {
  const bars = results.flatMap((result) =>
    energyParts(result).map(({ name, pJ }): Bar => ({ ...about(result), part: name, pJ })),
  );
  return {
    title: "Energy by level",
    caption: "Energy of each layer, stacked from the outermost level (bottom) to compute (top).",
    svg: await stackedBars(bars, "level", compared),
  };
}

async function energyByTensor(results: readonly LayerResult[], compared: boolean): Promise<Figure> {
  const bars = results.flatMap((result) => {
    const sums = new Map<string, number>();
    for (const { tensors } of result.levels)
      for (const [name, { energy_pJ }] of Object.entries(tensors)) sums.set(name, (sums.get(name) ?? 0) + energy_pJ);
    const accesses = [...sums.values()].reduce((sum, x) => sum + x, 0);
    sums.set("compute", result.compute.energy_pJ);
    sums.set("networks and leakage", Math.max(0, result.energy_pJ - accesses - result.compute.energy_pJ));
    return [...sums].map(([part, pJ]): Bar => ({ ...about(result), part, pJ }));
  });
  return {
    title: "Energy by tensor",
    caption: "The same energy by the tensor that is moved, all levels together.",
    svg: await stackedBars(bars, "tensor", compared),
  };
}

async function cyclesAndUtilization(results: readonly LayerResult[], compared: boolean): Promise<Figure> {
  const values = results.map((result) => ({
    ...about(result),
    cycles: result.cycles,
    utilization: 100 * result.utilization,
  }));
  const panel = (field: "cycles" | "utilization", title: string, colour: string): TopLevelSpec => ({
    width: panelWidth(values.length, compared),
    height: 140,
    data: { values },
    mark: { type: "bar", color: colour },
    encoding: {
      ...sides(compared),
      y: { field, type: "quantitative", title, ...(field === "utilization" ? { scale: { domain: [0, 100] } } : {}) },
    },
  });
  const spec = {
    vconcat: [panel("cycles", "cycles", "var(--series-1)"), panel("utilization", "% of peak", "var(--series-3)")],
  };
  return {
    title: "Latency and utilisation",
    caption: "Cycles of each layer, and useful operations as a share of what the compute units could do in that time.",
    svg: await draw(spec as TopLevelSpec),
  };
}

/** The horizontal axis: layers, and within a layer the compared dataflows. */
function sides(compared: boolean): Readonly<Record<string, unknown>> {
  const x = { field: "layer", type: "nominal", sort: null, title: null, axis: { labelAngle: -40 } };
  return compared ? { x, xOffset: { field: "dataflow", sort: null } } : { x };
}

const panelWidth = (layers: number, compared: boolean): number =>
  compared ? WIDTH : Math.min(WIDTH, Math.max(160, 70 * layers));

/** Energies stacked part upon part, in the unit that suits the highest stack. */
function stackedBars(bars: readonly Bar[], legend: string, compared: boolean): Promise<string> {
  const parts = [...new Set(bars.map((bar) => bar.part))];
  const stacks = new Map<string, number>();
  for (const { layer, dataflow, pJ } of bars) {
    const stack = `${layer} ${dataflow}`;
    stacks.set(stack, (stacks.get(stack) ?? 0) + pJ);
  }
  const unit = energyUnit(Math.max(...stacks.values()));
  const values = bars.map((bar) => ({ ...bar, energy: bar.pJ / unit.pJ, order: parts.indexOf(bar.part) }));
  const spec = {
    width: panelWidth(new Set(bars.map((bar) => bar.layer)).size, compared),
    height: 280,
    data: { values },
    mark: { type: "bar" },
    encoding: {
      ...sides(compared),
      y: { field: "energy", type: "quantitative", title: `energy [${unit.name}]`, aggregate: "sum" },
      color: { field: "part", type: "nominal", title: legend, sort: parts, scale: { range: COLOURS } },
      order: { field: "order" },
    },
  };
  return draw(spec as TopLevelSpec);
}

/** The specification as SVG text, colours left to the page. */
async function draw(spec: TopLevelSpec): Promise<string> {
  const text = { labelColor: "currentColor", titleColor: "currentColor" };
  const config = {
    background: "transparent",
    font: "system-ui, sans-serif",
    view: { stroke: null },
    axis: { ...text, gridColor: QUIET, domainColor: QUIET, tickColor: QUIET, titleFontWeight: "normal" },
    legend: { ...text, titleFontWeight: "normal" },
  };
  const compiled = compile({ ...spec, config } as TopLevelSpec).spec;
  return new View(parse(compiled), { renderer: "none" }).toSVG();
}
