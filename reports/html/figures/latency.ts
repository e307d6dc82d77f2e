import { count, percent } from "../../numbers.js";
import type { LayerResult } from "../../result.js";
import { colourBy, draw, groupAxis, type Spec, widthFor } from "../draw.js";
import { numeric } from "../elements.js";
import { contenderColours } from "../palette.js";
import { distinct, isCompared, type Study } from "../study.js";
import type { Figure } from "./figure.js";

/** Cycles and what they are bound by, and how well they use the compute units. */
export async function latency(study: Study): Promise<Figure> {
  const { runs, groups, contenders } = study;
  const compared = isCompared(study);
  const scale = scaleOf(Math.max(...runs.map(({ result }) => result.cycles)));
  const values = runs.map(({ group, contender, result }) => ({
    ...{ group, contender, bound: boundOf(result), cycles: result.cycles / scale.size },
    ...{ utilization: 100 * result.utilization, spatial: 100 * result.spatialUtilization },
    tip: `${group}${contender === "" ? "" : `, ${contender}`}: ${count(result.cycles)} cycles, bound by ${boundOf(result)}; ${percent(result.utilization)} of peak`,
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
      y: { field: "cycles", type: "quantitative", title: `cycles${scale.name === "" ? "" : ` [${scale.name}]`}` },
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
    title: "Latency and utilisation",
    caption: `Above, the cycles of each layer${compared ? "" : ", coloured by what they are bound by"}. Below, useful operations as a share of what all compute units could do in that time (bars), and the share of compute units that the mapping uses at all (ticks)${compared ? `; within a layer, from left to right: ${contenders.join(", ")}` : ""}.`,
    svg: await draw({ data: { values }, vconcat: [cycles, use], spacing: 14 }),
    table: {
      caption: "Latency and utilisation",
      head: ["layer", ...(compared ? ["under"] : []), "cycles", "bound by", "utilisation", "of the compute units"],
      texts: compared ? [1, 3] : [2],
      rows: runs.map(({ group, contender, result }) => [
        ...[group, ...(compared ? [contender] : [])],
        ...[numeric(result.cycles, count), boundOf(result)],
        ...[numeric(result.utilization, percent), numeric(result.spatialUtilization, percent)],
      ]),
    },
  };
}

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
