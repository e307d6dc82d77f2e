import { energy, energyUnit, ratio } from "../../numbers.js";
import { colourBy, draw, groupAxis, type Spec, widthFor } from "../draw.js";
import { type Cell, numeric } from "../elements.js";
import { contenderColours, orderedColours } from "../palette.js";
import { runsOf, type Study, totals } from "../study.js";
import type { Figure } from "./figure.js";
import { type Measure, measuresOf } from "./measures.js";
import { commonPieces, partsOf, sumsBy } from "./parts.js";

/** Beyond this many times the best, a bar is cut and its figure written on it. */
const CUT = 6;

/** Contenders side by side in each layer, relative to the layer's best: grouped bars, the winner's name above each group. */
export async function contest(study: Study): Promise<Figure> {
  const { groups, contenders } = study;
  const width = widthFor(groups.length, contenders.length);
  const { product, delay, ...others } = measuresOf(study);
  const measures = [product, others.energy, delay];
  const panels = measures.map((measure) => panel(study, measure, width, measure === delay));
  return {
    id: "contest",
    title: "Who wins each layer",
    caption: `What the best mapping of each contender takes, as a multiple of the layer's best (1 is the winner, named above its group). Bars over ×${CUT} are cut, their figure written above them.`,
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

function panel(study: Study, measure: Measure, width: number, isLast: boolean): Spec {
  const { groups, contenders, runs } = study;
  const colours = contenderColours(contenders.length);
  const values = runs.map(({ group, contender, result }) => {
    const times = measure.of(result) / bestOf(study, group, measure);
    const tip = `${group}, ${contender}: ${measure.show(measure.of(result))}, ${ratio(times)} the best`;
    return { group, contender, times: Math.min(times, CUT), cut: times > CUT ? ratio(times) : "", tip };
  });
  const top = Math.max(...values.map(({ times }) => times));
  const cut = values.filter((value) => value.cut !== "");
  const roof = top * (cut.length > 0 ? 1.36 : 1.06);
  const winners = groups.map((group) => ({ group, top: roof, winner: winnerOf(study, group, measure) }));
  const x = groupAxis(groups, width);
  const axisX = isLast ? x : { ...x, axis: { labels: false, ticks: false } };
  const xOffset = { field: "contender", sort: contenders, scale: { domain: contenders } };
  const y = {
    ...{ field: "times", type: "quantitative", title: "× the best" },
    scale: { domain: [0, roof + top * 0.1], nice: false },
    axis: { values: ticksUpTo(top), format: "d" },
  };
  const color = colourBy("contender", contenders, colours);
  const name = { type: "text", baseline: "bottom", fontSize: 10, fontWeight: 600, color: "var(--ink)" };
  return {
    ...{ width, height: cut.length > 0 ? 160 : 128, title: measure.name },
    layer: [
      {
        data: { values },
        mark: { type: "bar", stroke: "var(--paper)", strokeWidth: 0.5 },
        encoding: { x: axisX, xOffset, y, color, description: { field: "tip" } },
      },
      {
        data: { values: cut },
        mark: { type: "text", angle: 270, align: "left", dx: 3, fontSize: 9.5, color: "var(--muted)" },
        encoding: { x: axisX, xOffset, y, text: { field: "cut" } },
      },
      {
        data: { values: winners },
        mark: { ...name, limit: (1.2 * width) / groups.length },
        encoding: { x: axisX, y: { field: "top", type: "quantitative" }, text: { field: "winner" } },
      },
    ],
  };
}

/** Everything that a contender takes for whole workloads, stacked by level: the figure that papers show. */
export async function contestOverall(study: Study): Promise<Figure> {
  const parts = partsOf(study.runs);
  const { delay, product } = measuresOf(study);
  const complete = study.contenders.filter((contender) => runsOf(study, contender).length === study.groups.length);
  const sums = complete.map((contender) => {
    const runs = runsOf(study, contender);
    const pieces = runs.flatMap((run) =>
      commonPieces(study.runs, run).map((piece) => ({ ...piece, pJ: piece.pJ * (run.result.repeat ?? 1) })),
    );
    return {
      contender,
      ...totals(runs),
      took: runs.reduce((sum, { result }) => sum + (result.repeat ?? 1) * delay.of(result), 0),
      byPart: sumsBy(
        pieces,
        ({ part }) => part,
        ({ pJ }) => pJ,
      ),
    };
  });
  const unit = energyUnit(heightOf(sums.map(({ pJ }) => pJ)));
  const values = sums.flatMap(({ contender, byPart }) =>
    [...byPart].map(([part, pJ]) => ({
      ...{ group: contender, part, order: parts.indexOf(part), energy: pJ / unit.pJ },
      tip: `${contender}, ${part}: ${energy(pJ)}`,
    })),
  );
  const first = sums[0];
  const width = Math.max(260, Math.min(620, 84 * complete.length));
  const limit = heightOf(sums.map(({ pJ }) => pJ / unit.pJ));
  const labels = sums.map(({ contender, pJ }) => {
    const isCut = pJ / unit.pJ > limit;
    return { group: contender, top: isCut ? limit : pJ / unit.pJ, shown: `${energy(pJ)}${isCut ? " ↑" : ""}` };
  });
  const y = {
    field: "energy",
    type: "quantitative",
    title: `energy [${unit.name}]`,
    scale: { domain: [0, limit], nice: false },
  };
  const x = groupAxis(complete, width);
  const spec: Spec = {
    ...{ width, height: 260 },
    layer: [
      {
        data: { values },
        mark: { type: "bar", stroke: "var(--paper)", strokeWidth: 0.75, clip: true },
        encoding: {
          ...{ x, y },
          ...{ color: colourBy("part", parts, orderedColours(parts.length)), order: { field: "order" } },
          description: { field: "tip" },
        },
      },
      {
        data: { values: labels },
        mark: { type: "text", baseline: "bottom", dy: -4, fontSize: 11, color: "var(--ink)" },
        encoding: { x, y: { field: "top", type: "quantitative" }, text: { field: "shown" } },
      },
    ],
  };
  const against = (x: number, base: number | undefined): string => (base === undefined ? "" : ratio(x / base));
  return {
    id: "contest-overall",
    title: "Contenders overall",
    caption: `Energy of all layers together, each as often as its workload runs it, stacked from the outermost level (bottom) to compute (top); an arrow marks bars that are cut.${complete.length < study.contenders.length ? " Contenders without a mapping for every layer are left out." : ""}`,
    svg: await draw(spec),
    table: {
      caption: `Contenders overall, with ratios to the first`,
      head: ["contender", "energy", "to the first", delay.name, "to the first", product.name, "to the first"],
      rows: sums.map(({ contender, pJ, took }) => [
        contender,
        ...[numeric(pJ, energy), against(pJ, first?.pJ), numeric(took, delay.show), against(took, first?.took)],
        ...[numeric(pJ * took, product.show), against(pJ * took, first && first.pJ * first.took)],
      ]),
    },
  };
}

/** The height up to which bars are drawn: those of up to six times the least stand in full. */
function heightOf(all: readonly number[]): number {
  const least = Math.min(...all);
  return 1.04 * Math.max(0, ...all.filter((one) => one <= CUT * least));
}

/** The contender that takes the least in a layer; all of them where several do: `os = rs`. Sums that differ by rounding alone are equal. */
export function winnerOf(study: Study, group: string, measure: Measure): string {
  const least = bestOf(study, group, measure) * (1 + 1e-9);
  const own = study.runs.filter((run) => run.group === group && measure.of(run.result) <= least);
  return own.map(({ contender }) => contender).join(" = ");
}

const bestOf = ({ runs }: Study, group: string, measure: Measure): number =>
  Math.min(...runs.filter((run) => run.group === group).map(({ result }) => measure.of(result)));

function cellOf({ runs }: Study, group: string, contender: string, measure: Measure): Cell {
  const run = runs.find((one) => one.group === group && one.contender === contender);
  return run === undefined ? "–" : numeric(measure.of(run.result), measure.show);
}

const ticksUpTo = (top: number): readonly number[] => Array.from({ length: Math.floor(top) + 1 }, (_, i) => i);
