import { count, percent, timeUnit } from "../../numbers.js";
import type { LayerResult } from "../../result.js";
import { colourBy, draw, groupAxis, SHORT_LABEL, type Spec, widthFor } from "../draw.js";
import { numeric } from "../elements.js";
import { contenderColours } from "../palette.js";
import { distinct, isCompared, type Study } from "../study.js";
import { decadeAbove, decadeBelow, decadesBetween, isWide } from "./cut.js";
import type { Figure } from "./figure.js";
import { measuresOf } from "./measures.js";

/** Cycles and what they are bound by, and how well they use the compute units. */
export async function latency(study: Study): Promise<Figure> {
  const { runs, groups, contenders } = study;
  const compared = isCompared(study);
  const { delay } = measuresOf(study);
  const isTime = delay.name === "time";
  const delays = runs.map(({ result }) => delay.of(result));
  const largest = Math.max(...delays);
  const scale = isTime ? timeUnit(largest) : scaleOf(largest);
  const isLog = isWide(delays, WIDE);
  const floor = decadeBelow(Math.min(...delays.filter((one) => one > 0)) / scale.size);
  const values = runs.map(({ group, contender, result }) => ({
    ...{ group, contender, bound: boundOf(result), delay: delay.of(result) / scale.size, floor: isLog ? floor : 0 },
    ...{ utilization: 100 * result.utilization, spatial: 100 * result.spatialUtilization },
    tip: `${group}${contender === "" ? "" : `, ${contender}`}: ${isTime ? `${delay.show(delay.of(result))}, ` : ""}${count(result.cycles)} cycles, bound by ${boundOf(result)}; ${percent(result.utilization)} of peak`,
  }));
  const bounds = distinct(values.map(({ bound }) => bound));
  const colour = compared
    ? colourBy("contender", contenders, contenderColours(contenders.length))
    : colourBy("bound", bounds, boundColours(bounds, study));
  const width = widthFor(groups.length, contenders.length);
  const x = groupAxis(groups, width);
  const xOffset = compared ? { xOffset: { field: "contender", sort: contenders } } : {};
  const percentAxis = { type: "quantitative", title: "% of peak", scale: { domain: [0, 100] } };
  const cycles: Spec = {
    ...{ width, height: 150, mark: { type: "bar", stroke: "var(--paper)", strokeWidth: 0.5 } },
    encoding: {
      ...{
        x: { ...x, axis: { labels: false, ticks: false } },
        ...xOffset,
        color: colour,
        description: { field: "tip" },
      },
      y: {
        ...{
          field: "delay",
          type: "quantitative",
          title: `${delay.name}${scale.name === "" ? "" : ` [${scale.name}]`}`,
        },
        ...(isLog ? logScale([floor, decadeAbove(largest / scale.size)]) : {}),
      },
      y2: { field: "floor" },
    },
  };
  const use: Spec = {
    ...{ width, height: 110 },
    layer: [
      {
        mark: { type: "bar", stroke: "var(--paper)", strokeWidth: 0.5 },
        encoding: {
          ...{ x, ...xOffset, color: colour, description: { field: "tip" } },
          y: { field: "utilization", ...percentAxis },
        },
      },
      {
        mark: { type: "tick", color: "var(--ink)", thickness: 2, opacity: 1, aria: false },
        encoding: { x, ...xOffset, y: { field: "spatial", ...percentAxis } },
      },
    ],
  };
  return {
    id: "latency",
    title: "Latency and utilization",
    caption: `Above, the ${delay.name} of each layer${compared ? "" : ", coloured by what they are bound by"}${isLog ? ", by powers of ten" : ""}${isTime ? "; the clocks differ" : ""}. Below, useful operations as a share of what all compute units could do in that time (bars), and the share of compute units that the mapping uses at all (ticks)${compared ? `; within a layer, from left to right: ${contenders.join(", ")}` : ""}.`,
    svg: await draw({ data: { values }, vconcat: [cycles, use], spacing: 14 }),
    table: {
      caption: "Latency and utilization",
      head: [
        ...["layer", ...(compared ? ["under"] : []), ...(isTime ? ["time"] : []), "cycles", "bound by"],
        ...["utilization", "of the compute units"],
      ],
      texts: compared ? [1, isTime ? 4 : 3] : [isTime ? 3 : 2],
      rows: runs.map(({ group, contender, result }) => [
        ...[group, ...(compared ? [contender] : [])],
        ...(isTime ? [numeric(delay.of(result), delay.show)] : []),
        ...[numeric(result.cycles, count), boundOf(result)],
        ...[numeric(result.utilization, percent), numeric(result.spatialUtilization, percent)],
      ]),
    },
  };
}

/** Beyond this many times the shortest, the longest delay leaves nothing of it to see on a plain scale. */
const WIDE = 300;

const logScale = (domain: readonly [number, number]): Spec => ({
  scale: { type: "log", domain, nice: false },
  axis: { values: decadesBetween(...domain), labelExpr: SHORT_LABEL },
});

/** What is busy all the time: a level whose accesses need every cycle, else compute. */
export function boundOf({ levels, cycles }: LayerResult): string {
  return levels.find((level) => level.cycles >= cycles)?.name ?? "compute";
}

/** A colour for compute and for each level, the same in every report of an architecture. */
function boundColours(bounds: readonly string[], { runs }: Study): readonly string[] {
  const names = ["compute", ...distinct(runs.flatMap(({ result }) => result.levels.map(({ name }) => name)))];
  const colours = contenderColours(names.length);
  return bounds.map((bound) => colours[names.indexOf(bound)] ?? "");
}

/** The step of a thousand in which large counts are drawn. */
function scaleOf(largest: number): { readonly name: string; readonly size: number } {
  const names = ["", "thousand", "million", "thousand million"];
  const step = Math.min(names.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, largest)) / 3)));
  return { name: names[step] ?? "", size: 1000 ** step };
}
