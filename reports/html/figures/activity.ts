import type { ActivityResult } from "../../timing-result.js";
import { colourBy, draw, SHORT_LABEL, type Spec } from "../draw.js";
import { contenderColours } from "../palette.js";

/** Bins that are drawn at most: more could not be told apart. */
const MOST = 200;

/** What goes on over time: the share of compute that works, and the words that each level moves. */
export function activityPicture({ binCycles, compute, levels }: ActivityResult): Promise<string> {
  const merge = Math.max(1, Math.ceil(compute.length / MOST));
  const stretch = binCycles * merge;
  const names = levels.filter(({ words }) => words.some((rate) => rate > 0)).map(({ name }) => name);
  const busy = stepsOf(compute, merge).map((share, i) => ({ at: i * stretch, share: 100 * share }));
  const rates = levels
    .filter(({ name }) => names.includes(name))
    .flatMap(({ name, words }) => stepsOf(words, merge).map((rate, i) => ({ name, at: i * stretch, rate })));
  const end = compute.length * binCycles;
  const x = { field: "at", type: "quantitative", scale: { domain: [0, end], nice: false } };
  const colour = colourBy("name", names, contenderColours(names.length + 1).slice(1));
  const working: Spec = {
    ...{ width: 620, height: 76, data: { values: busy } },
    mark: { type: "area", interpolate: "step-after", color: "var(--flow-1)", fillOpacity: 0.85, aria: false },
    encoding: {
      x: { ...x, title: null, axis: { labels: false, ticks: false } },
      y: {
        field: "share",
        type: "quantitative",
        title: "% of peak",
        scale: { domain: [0, 100] },
        axis: { values: [0, 50, 100] },
      },
    },
  };
  const moving: Spec = {
    ...{ width: 620, height: 110, data: { values: rates } },
    mark: { type: "line", interpolate: "step-after", strokeWidth: 1.5, aria: false },
    encoding: {
      x: { ...x, title: "cycle", axis: { labelExpr: SHORT_LABEL } },
      y: { field: "rate", type: "quantitative", title: "words a cycle", axis: { tickCount: 4 } },
      color: { ...colour, legend: { symbolType: "stroke", symbolStrokeWidth: 2 } },
    },
  };
  return draw(names.length === 0 ? working : { vconcat: [working, moving], spacing: 12 });
}

/** Means over `merge` neighbours; the last value once more, so that steps have an end. */
function stepsOf(values: readonly number[], merge: number): readonly number[] {
  const means = Array.from({ length: Math.ceil(values.length / merge) }, (_, i) => {
    const own = values.slice(i * merge, (i + 1) * merge);
    return own.reduce((sum, value) => sum + value, 0) / own.length;
  });
  return [...means, means.at(-1) ?? 0];
}
