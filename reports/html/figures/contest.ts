import { ratio } from "../../numbers.js";
import { colourBy, draw, groupAxis, SHORT_LABEL, type Spec, widthFor } from "../draw.js";
import { type Cell, numeric } from "../elements.js";
import { widthOfText } from "../letters.js";
import { contenderColours } from "../palette.js";
import type { Study } from "../study.js";
import { decadesBetween } from "./cut.js";
import type { Figure } from "./figure.js";
import { type Measure, measuresOf } from "./measures.js";

/** Beyond this many times the best, a bar is cut and its figure written on it. */
const CUT = 6;

/** Contenders side by side in each layer, relative to the layer's best: grouped bars, the winner's name above each group. */
export async function contest(study: Study): Promise<Figure> {
  const { groups, contenders } = study;
  const width = widthFor(groups.length, contenders.length);
  const { product, delay, ...others } = measuresOf(study);
  const measures = [product, others.energy, delay];
  const scaling = scalingOf(study, measures);
  const panels = measures.map((measure) => panel(study, measure, scaling, width, measure === delay));
  const scale =
    scaling === "cut"
      ? `Bars over ×${CUT} are cut, their figure written above them.`
      : "The scale goes by powers of ten.";
  return {
    id: "contest",
    title: "Who wins each layer",
    caption: `What the best mapping of each contender takes, as a multiple of the layer's best (1 is the winner, named above its group). ${scale}`,
    svg: await draw({ vconcat: panels, spacing: 16 }),
    table: {
      caption: "Contenders, layer by layer",
      head: [
        "layer",
        ...contenders.flatMap((name) => measures.map((measure) => `${name}: ${measure.name}`)),
        `wins ${product.name}`,
      ],
      texts: [1 + contenders.length * measures.length],
      rows: groups.map((group) => [
        group,
        ...contenders.flatMap((contender) => measures.map((measure) => cellOf(study, group, contender, measure))),
        winnerOf(study, group, product),
      ]),
    },
  };
}

/** How a panel is scaled: from 0, long bars cut; or where most would be cut, by powers of ten from just below 1. */
type Scaling = "cut" | "logarithmic";
const FLOOR = 0.7;
/** Font size of the winners' names, in CSS pixels. */
const NAME_SIZE = 10;

function panel(study: Study, measure: Measure, scaling: Scaling, width: number, isLast: boolean): Spec {
  const { groups, contenders } = study;
  const isCut = scaling === "cut";
  const values = timesOf(study, measure).map((one) => ({
    ...{ ...one, times: isCut ? Math.min(one.times, CUT) : one.times, floor: isCut ? 0 : FLOOR },
    cut: isCut && one.times > CUT ? ratio(one.times) : "",
  }));
  const top = Math.max(...values.map(({ times }) => times));
  const cut = values.filter((value) => value.cut !== "");
  const roof = isCut ? top * (cut.length > 0 ? 1.36 : 1.06) : top ** 1.04 * 1.3;
  const room = (0.96 * width) / groups.length;
  const winners = groups.map((group) => ({
    group,
    top: roof,
    winner: labelOf(winnersOf(study, group, measure), room),
  }));
  const x = groupAxis(groups, width);
  const axisX = isLast ? x : { ...x, axis: { labels: false, ticks: false } };
  const xOffset = { field: "contender", sort: contenders, scale: { domain: contenders } };
  const y = {
    ...{ field: "times", type: "quantitative", title: "× the best" },
    ...(isCut
      ? { scale: { domain: [0, roof + top * 0.1], nice: false }, axis: { values: ticksUpTo(top), format: "d" } }
      : {
          scale: { type: "log", domain: [FLOOR, roof * top ** 0.1], nice: false },
          axis: { values: decadesBetween(1, top), labelExpr: SHORT_LABEL },
        }),
  };
  const color = colourBy("contender", contenders, contenderColours(contenders.length));
  const name = { type: "text", baseline: "bottom", fontSize: NAME_SIZE, fontWeight: 600, color: "var(--ink)" };
  return {
    ...{ width, height: cut.length > 0 || !isCut ? 160 : 128, title: measure.name },
    layer: [
      {
        data: { values },
        mark: { type: "bar", stroke: "var(--paper)", strokeWidth: 0.5 },
        encoding: { x: axisX, xOffset, y, y2: { field: "floor" }, color, description: { field: "tip" } },
      },
      {
        data: { values: cut },
        mark: { type: "text", angle: 270, align: "left", dx: 3, fontSize: 9.5, color: "var(--muted)" },
        encoding: { x: axisX, xOffset, y, text: { field: "cut" } },
      },
      {
        data: { values: winners },
        mark: { ...name, limit: room },
        encoding: { x: axisX, y: { field: "top", type: "quantitative" }, text: { field: "winner" } },
      },
    ],
  };
}

/** Every run as a multiple of its layer's best. */
function timesOf(
  study: Study,
  measure: Measure,
): readonly { readonly group: string; readonly contender: string; readonly times: number; readonly tip: string }[] {
  return study.runs.map(({ group, contender, result }) => {
    const times = measure.of(result) / bestOf(study, group, measure);
    const tip = `${group}, ${contender}: ${measure.show(measure.of(result))}, ${ratio(times)} the best`;
    return { group, contender, times, tip };
  });
}

/** One scaling for all panels: cut bars tell apart what is near the best, but say little where a third of them is cut. */
function scalingOf(study: Study, measures: readonly Measure[]): Scaling {
  const shares = measures.map((measure) => {
    const times = timesOf(study, measure);
    return times.filter((one) => one.times > CUT).length / times.length;
  });
  return Math.max(...shares) > 1 / 3 ? "logarithmic" : "cut";
}

/** The contender that takes the least in a layer; all of them where several do: `os = rs`. Sums that differ by rounding alone are equal. */
export const winnerOf = (study: Study, group: string, measure: Measure): string =>
  winnersOf(study, group, measure).join(" = ");

function winnersOf(study: Study, group: string, measure: Measure): readonly string[] {
  const least = bestOf(study, group, measure) * (1 + 1e-9);
  const own = study.runs.filter((run) => run.group === group && measure.of(run.result) <= least);
  return own.map(({ contender }) => contender);
}

/** What stands above a group: the winners, or only how many they are where their names would run into those of the next group. */
export function labelOf(winners: readonly string[], room: number): string {
  const names = winners.join(" = ");
  return winners.length < 2 || widthOfText(names, NAME_SIZE, true) <= room ? names : `tie of ${winners.length}`;
}

const bestOf = ({ runs }: Study, group: string, measure: Measure): number =>
  Math.min(...runs.filter((run) => run.group === group).map(({ result }) => measure.of(result)));

function cellOf({ runs }: Study, group: string, contender: string, measure: Measure): Cell {
  const run = runs.find((one) => one.group === group && one.contender === contender);
  return run === undefined ? "–" : numeric(measure.of(run.result), measure.show);
}

const ticksUpTo = (top: number): readonly number[] => Array.from({ length: Math.floor(top) + 1 }, (_, i) => i);
