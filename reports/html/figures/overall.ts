import { energy, energyUnit, ratio } from "../../numbers.js";
import { colourBy, draw, groupAxis, type Spec } from "../draw.js";
import { numeric } from "../elements.js";
import { orderedColours } from "../palette.js";
import { runsOf, type Study, totals } from "../study.js";
import { cutOff } from "./cut.js";
import type { Figure } from "./figure.js";
import { measuresOf } from "./measures.js";
import { commonPieces, partsOf, sumsBy } from "./parts.js";

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
  const highest = cutOff(sums.map(({ pJ }) => pJ));
  const unit = energyUnit(highest);
  const values = sums.flatMap(({ contender, byPart }) =>
    [...byPart].map(([part, pJ]) => ({
      ...{ group: contender, part, order: parts.indexOf(part), energy: pJ / unit.pJ },
      tip: `${contender}, ${part}: ${energy(pJ)}`,
    })),
  );
  const first = sums[0];
  const width = Math.max(260, Math.min(620, 84 * complete.length));
  const limit = (1.02 * highest) / unit.pJ;
  const labels = sums.map(({ contender, pJ }) => {
    const isCut = pJ / unit.pJ > limit;
    return { group: contender, isCut, top: isCut ? limit : pJ / unit.pJ, shown: `${energy(pJ)}${isCut ? " ↑" : ""}` };
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
          ...{ color: raised(colourBy("part", parts, orderedColours(parts.length))), order: { field: "order" } },
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
    caption: `Energy of all layers together, each as often as its workload runs it, stacked from the outermost level (bottom) to compute (top)${labels.some(({ isCut }) => isCut) ? "; an arrow marks bars that are cut, far longer than the others" : ""}.${complete.length < study.contenders.length ? " Contenders without a mapping for every layer are left out." : ""}`,
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

/** The legend a line higher, where it leaves room for figures upon the bars. */
const raised = (colour: Spec): Spec => ({ ...colour, legend: { ...Object(colour["legend"]), offset: 24 } });
