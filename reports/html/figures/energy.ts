import { energy, energyUnit, percent, short } from "../../numbers.js";
import type { LayerResult } from "../../result.js";
import { draw, groupAxis, type Spec, widthFor } from "../draw.js";
import { numeric } from "../elements.js";
import { orderedColours } from "../palette.js";
import { isCompared, type Run, type Study } from "../study.js";
import type { Figure } from "./figure.js";
import { commonPieces, type Piece, partsOf, piecesOf, sumsBy, tensorsOf } from "./parts.js";

interface Bar {
  readonly group: string;
  readonly contender: string;
  readonly part: string;
  readonly pJ: number;
  /** Of the whole layer. */
  readonly macs: number;
}

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

interface Stacking {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly parts: readonly string[];
  readonly colours: readonly string[];
  readonly barsOf: (piece: Piece) => string;
}

async function stacks(study: Study, { id, title, caption, parts, colours, barsOf }: Stacking): Promise<Figure> {
  const { runs, groups } = study;
  const compared = isCompared(study);
  const bars = runs.flatMap((run): readonly Bar[] => {
    const sums = sumsBy(commonPieces(runs, run), barsOf, ({ pJ }) => pJ);
    return [...sums].map(([part, pJ]) => ({
      group: run.group,
      contender: run.contender,
      part,
      pJ,
      macs: operationsOf(run.result),
    }));
  });
  const at = new Map(bars.map((bar) => [`${bar.group}\n${bar.contender}\n${bar.part}`, bar.pJ]));
  return {
    ...{
      id,
      title,
      svg: await draw(
        compared ? comparedStacks(study, bars, parts, colours) : plainStacks(bars, groups, parts, colours),
      ),
    },
    caption: compared
      ? `${caption} Bars that go far beyond the best are cut, their figure written above them.`
      : caption,
    table: {
      caption: title,
      head: ["layer", ...(compared ? ["under"] : []), ...parts, "together"],
      texts: compared ? [1] : [],
      rows: runs.map(({ group, contender, result }) => [
        group,
        ...(compared ? [contender] : []),
        ...parts.map((part) => {
          const pJ = at.get(`${group}\n${contender}\n${part}`);
          return pJ === undefined ? "" : numeric(pJ, energy);
        }),
        numeric(result.energy_pJ, energy),
      ]),
    },
  };
}

/** One bar a layer, in the unit that suits the highest. */
function plainStacks(
  bars: readonly Bar[],
  groups: readonly string[],
  parts: readonly string[],
  colours: readonly string[],
): Spec {
  const stacks = sumsBy(
    bars,
    ({ group }) => group,
    ({ pJ }) => pJ,
  );
  const highest = Math.max(...stacks.values());
  const unit = energyUnit(highest);
  const values = bars
    .map((bar) => ({ ...bar, order: parts.indexOf(bar.part), energy: bar.pJ / unit.pJ, tip: tipOf(bar) }))
    .filter(({ pJ }) => pJ > THIN * highest);
  const width = widthFor(groups.length, 1);
  return {
    ...{ width, height: 260, data: { values } },
    mark: { type: "bar", stroke: "var(--paper)", strokeWidth: 0.5 },
    encoding: {
      x: groupAxis(groups, width),
      y: { field: "energy", type: "quantitative", title: `energy [${unit.name}]` },
      color: colourBy("part", parts, colours),
      order: { field: "order" },
      description: { field: "tip" },
    },
  };
}

/** One bar a layer and contender, in energy a MAC: layers of any size stand side by side. */
function comparedStacks(
  { groups, contenders, runs }: Study,
  bars: readonly Bar[],
  parts: readonly string[],
  colours: readonly string[],
): Spec {
  const perMac = runs.map(({ group, contender, result }) => ({
    group,
    contender,
    energy: result.energy_pJ / operationsOf(result),
  }));
  const limit = limitOf(perMac);
  const ordered = bars.map((bar) => ({ ...bar, order: parts.indexOf(bar.part) })).sort((a, b) => a.order - b.order);
  const values = clamped(ordered, limit).filter(({ energy }) => energy > THIN * limit);
  const width = widthFor(groups.length, contenders.length);
  const xOffset = { field: "contender", sort: contenders, scale: { domain: contenders } };
  const cut = perMac
    .filter((one) => one.energy > limit)
    .map((one) => ({ ...one, energy: limit, shown: short(one.energy) }));
  const scale = { domain: [0, limit * (cut.length > 0 ? 1.16 : 1)], nice: false };
  const y = { field: "energy", type: "quantitative", title: "energy [pJ a MAC]", scale };
  const x = groupAxis(groups, width);
  return {
    ...{ width, height: 260 },
    layer: [
      {
        data: { values },
        mark: { type: "bar", stroke: "var(--paper)", strokeWidth: 0.5 },
        encoding: {
          x,
          xOffset,
          y,
          color: colourBy("part", parts, colours),
          order: { field: "order" },
          description: { field: "tip" },
        },
      },
      {
        data: { values: cut },
        mark: { type: "text", angle: 270, align: "left", dx: 3, fontSize: 9.5, color: "var(--ink)" },
        encoding: { x, xOffset, y, text: { field: "shown" } },
      },
    ],
  };
}

/** Stacks in energy a MAC, from the bottom up, cut off at the limit. */
function clamped<B extends Bar>(
  bars: readonly B[],
  limit: number,
): readonly (B & { readonly energy: number; readonly tip: string })[] {
  const height = new Map<string, number>();
  return bars.map((bar) => {
    const key = `${bar.group}\n${bar.contender}`;
    const below = height.get(key) ?? 0;
    height.set(key, below + bar.pJ / bar.macs);
    return { ...bar, energy: Math.max(0, Math.min(bar.pJ / bar.macs, limit - below)), tip: tipOf(bar) };
  });
}

/** Pieces lower than this part of the figure are thinner than a hair; the table has them. */
const THIN = 0.0005;

/** MACs, or what a vector unit does in their place. */
const operationsOf = ({ macs, compute }: LayerResult): number => Math.max(1, macs === 0 ? compute.operations : macs);

const FAR = 6;

/** The height up to which stacks are drawn: those of up to six times their group's best stand in full. */
function limitOf(stacks: readonly { readonly group: string; readonly energy: number }[]): number {
  const best = new Map<string, number>();
  for (const { group, energy } of stacks)
    best.set(group, Math.min(best.get(group) ?? Number.POSITIVE_INFINITY, energy));
  const near = stacks.filter(({ group, energy }) => energy <= FAR * (best.get(group) ?? energy));
  return 1.06 * Math.max(...near.map(({ energy }) => energy));
}

const tipOf = ({ group, contender, part, pJ }: Bar): string =>
  `${group}${contender === "" ? "" : `, ${contender}`}, ${part}: ${energy(pJ)}`;

const LEGEND = 600;

/** A legend and colours for names in their order. */
export function colourBy(field: string, names: readonly string[], colours: readonly string[]): Spec {
  const longest = Math.max(...names.map((name) => name.length));
  const widthOf = (letters: number): number => 6.2 * Math.min(letters, 26) + 36;
  const inAll = names.reduce((sum, name) => sum + widthOf(name.length), 0);
  const columns = inAll < LEGEND ? names.length : Math.max(2, Math.floor(LEGEND / widthOf(longest)));
  return { field, type: "nominal", sort: null, scale: { domain: names, range: colours }, legend: { columns } };
}

const runsOfLayer = ({ result }: Run): number => result.repeat ?? 1;

const sumOf = (pieces: readonly Piece[], tensor: string): number =>
  pieces.reduce((sum, piece) => (piece.tensor === tensor ? sum + piece.pJ : sum), 0);

const sideBySide = (study: Study): string =>
  isCompared(study) ? `; within a layer, from left to right: ${study.contenders.join(", ")}` : "";
