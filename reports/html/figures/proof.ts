import { verdict } from "../../layer-text.js";
import { count, percent, seconds, short } from "../../numbers.js";
import type { LayerResult, SearchSummary } from "../../result.js";
import { colourBy, draw, groupAxis, type Spec, widthFor } from "../draw.js";
import { numeric } from "../elements.js";
import { contenderColours } from "../palette.js";
import { isCompared, type Study } from "../study.js";
import type { Figure } from "./figure.js";

/** How far each answer can be from the optimum at most, by the bound that the search has proven. */
export async function proof(study: Study): Promise<Figure> {
  const { runs, groups, contenders } = study;
  const compared = isCompared(study);
  const searched = runs.flatMap((run) =>
    run.result.search === undefined ? [] : [{ ...run, search: run.result.search }],
  );
  const values = searched.map(({ group, contender, search }) => ({
    ...{ group, contender, above: 100 * aboveOf(search), mark: search.status === "optimal" ? "✓" : "" },
    tip: `${group}${contender === "" ? "" : `, ${contender}`}: ${verdict(search)}`,
  }));
  const width = widthFor(groups.length, contenders.length);
  const x = groupAxis(groups, width);
  const xOffset = compared ? { xOffset: { field: "contender", sort: contenders } } : {};
  const largest = Math.max(...values.map(({ above }) => above));
  const y = {
    ...{ field: "above", type: "quantitative", title: "% above, at most" },
    scale: largest === 0 ? { domain: [0, 1] } : largest > 50 ? { type: "sqrt" } : {},
    axis: largest === 0 ? { values: [0] } : {},
  };
  const spec: Spec = {
    ...{ width, height: largest === 0 ? 40 : 130, data: { values } },
    layer: [
      {
        mark: { type: "bar" },
        encoding: {
          ...{ x, ...xOffset, y, description: { field: "tip" } },
          color: compared
            ? colourBy("contender", contenders, contenderColours(contenders.length))
            : { value: "var(--flow-1)" },
        },
      },
      {
        transform: [{ filter: "datum.mark !== ''" }],
        mark: {
          type: "text",
          baseline: "bottom",
          dy: -2,
          fontSize: compared ? 9 : 12,
          fontWeight: 700,
          color: "var(--ink)",
        },
        encoding: { x, ...xOffset, y, text: { field: "mark" } },
      },
    ],
  };
  return {
    id: "proof",
    title: "How good the proof is",
    caption: `How far each mapping can be from the best one of its whole mapspace, at most: the search proves a lower bound that no mapping beats.${searched.length > 1 ? " A tick marks mappings that are proven optimal." : ""}`,
    svg: await draw(spec),
    table: {
      caption: "The proof of each layer",
      head: [
        ...["layer", ...(compared ? ["under"] : []), "proof", "objective", "found", "lower bound", "gap"],
        ...["mapspace", "evaluated", "time"],
      ],
      texts: compared ? [1, 2, 3] : [1, 2],
      rows: searched.map(({ group, contender, result, search }) => [
        ...[group, ...(compared ? [contender] : []), verdict(search), result.objective ?? ""],
        ...[numeric(foundOf(result, search), short), numeric(search.lowerBound, short), numeric(search.gap, percent)],
        ...[search.mapspace, numeric(search.evaluated, count), seconds(search.seconds)],
      ]),
    },
  };
}

const aboveOf = ({ gap }: SearchSummary): number => gap / (1 - gap);

/** The objective's value: gap = (found − bound) ÷ found. Where the bound is 0, the measure itself. */
function foundOf(result: LayerResult, { gap, lowerBound }: SearchSummary): number {
  switch (result.objective) {
    case "energy":
      return result.energy_pJ;
    case "delay":
      return result.cycles;
    case "edp":
      return result.edp;
    default:
      return lowerBound / (1 - gap);
  }
}
