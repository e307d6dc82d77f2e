import { energy, energyUnit, percent } from "../../numbers.js";
import { colourBy, draw, type Spec } from "../draw.js";
import { numeric } from "../elements.js";
import { orderedColours } from "../palette.js";
import { isCompared, type Run, type Study } from "../study.js";
import type { Figure } from "./figure.js";
import { type Piece, partsOf, piecesOf, sumsBy, tensorsOf } from "./parts.js";
import { stacks } from "./stacks.js";

/** The energy of the whole workload: one bar a level, stacked by tensor. Only of runs that are not compared. */
export async function energyOverall({ runs }: Study): Promise<Figure> {
  const pieces = runs.flatMap((run) => piecesOf(run).map((piece) => ({ ...piece, pJ: piece.pJ * runsOfLayer(run) })));
  const parts = partsOf(runs);
  const tensors = tensorsOf(runs);
  const all = pieces.reduce((sum, { pJ }) => sum + pJ, 0);
  const byPart = sumsBy(
    pieces,
    ({ part }) => part,
    ({ pJ }) => pJ,
  );
  const cells = sumsBy(
    pieces,
    ({ part, tensor }) => `${part}\n${tensor}`,
    ({ pJ }) => pJ,
  );
  const unit = energyUnit(Math.max(...byPart.values()));
  const names = [...tensors.keys()];
  const values = parts.flatMap((part) =>
    names.flatMap((tensor, order) => {
      const pJ = cells.get(`${part}\n${tensor}`);
      return pJ === undefined
        ? []
        : [
            {
              part,
              tensor,
              order,
              energy: pJ / unit.pJ,
              tip: `${part}, ${tensor}: ${energy(pJ)} (${percent(pJ / all)})`,
            },
          ];
    }),
  );
  const sums = parts.map((part) => {
    const pJ = byPart.get(part) ?? 0;
    return { part, end: pJ / unit.pJ, share: percent(pJ / all) };
  });
  const y = { field: "part", type: "nominal", sort: null, title: null, axis: { labelFontSize: 11.5, labelPadding: 8 } };
  const bars: Spec = {
    data: { values },
    mark: { type: "bar", stroke: "var(--paper)", strokeWidth: 0.75 },
    encoding: {
      y,
      x: { field: "energy", type: "quantitative", title: `energy [${unit.name}]`, axis: { grid: true, domain: false } },
      color: colourBy("tensor", names, [...tensors.values()]),
      order: { field: "order" },
      description: { field: "tip" },
    },
  };
  const shares: Spec = {
    data: { values: sums },
    mark: { type: "text", align: "left", dx: 6, color: "var(--muted)", fontSize: 11 },
    encoding: { y, x: { field: "end", type: "quantitative" }, text: { field: "share" } },
  };
  return {
    id: "energy",
    title: "Where the energy goes",
    caption: `Energy by level, from the outermost to compute, stacked by the tensor that is moved${runs.length > 1 ? "; all layers together, each as often as the workload runs it" : ""}.`,
    svg: await draw({ width: 620, height: 34 * parts.length, layer: [bars, shares] }),
    table: {
      caption: "Energy by level and tensor",
      head: ["part", ...names, "together", "share"],
      rows: parts.map((part) => [
        part,
        ...names.map((tensor) =>
          cells.has(`${part}\n${tensor}`) ? numeric(cells.get(`${part}\n${tensor}`) ?? 0, energy) : "",
        ),
        numeric(byPart.get(part) ?? 0, energy),
        percent((byPart.get(part) ?? 0) / all),
      ]),
      foot: ["total", ...names.map((tensor) => numeric(sumOf(pieces, tensor), energy)), numeric(all, energy), ""],
    },
  };
}

/** Per layer and contender, stacked from the outermost level to compute. */
export function energyByLevel(study: Study): Promise<Figure> {
  const parts = partsOf(study.runs);
  return stacks(study, {
    id: "energy-by-level",
    title: "Energy by level",
    caption: `Energy of one run of each layer, stacked from the outermost level (bottom) to compute (top)${sideBySide(study)}.`,
    parts,
    colours: orderedColours(parts.length),
    barsOf: (piece) => piece.part,
  });
}

/** The same by the tensor that is moved. */
export function energyByTensor(study: Study): Promise<Figure> {
  const tensors = tensorsOf(study.runs);
  return stacks(study, {
    id: "energy-by-tensor",
    title: "Energy by tensor",
    caption: `The same energy by the tensor that is moved, all levels together${sideBySide(study)}.`,
    parts: [...tensors.keys()],
    colours: [...tensors.values()],
    barsOf: (piece) => piece.tensor,
  });
}

const runsOfLayer = ({ result }: Run): number => result.repeat ?? 1;

const sumOf = (pieces: readonly Piece[], tensor: string): number =>
  pieces.reduce((sum, piece) => (piece.tensor === tensor ? sum + piece.pJ : sum), 0);

const sideBySide = (study: Study): string =>
  isCompared(study) ? `; within a layer, from left to right: ${study.contenders.join(", ")}` : "";
