import { energy, energyUnit, short } from "../../numbers.js";
import type { LayerResult } from "../../result.js";
import { colourBy, draw, groupAxis, type Spec, widthFor } from "../draw.js";
import { numeric } from "../elements.js";
import { isCompared, type Study } from "../study.js";
import { cutOff } from "./cut.js";
import type { Figure } from "./figure.js";
import { commonPieces, type Piece, sumsBy } from "./parts.js";

interface Bar {
  readonly group: string;
  readonly contender: string;
  readonly part: string;
  readonly pJ: number;
  /** Of the whole layer. */
  readonly macs: number;
}

/** A figure of stacked bars: what it is called, its parts from the bottom up, and the part that a piece of energy belongs to. */
export interface Stacking {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly parts: readonly string[];
  readonly colours: readonly string[];
  readonly barsOf: (piece: Piece) => string;
}

/** A bar a layer and contender, stacked part upon part. */
export async function stacks(study: Study, { id, title, caption, parts, colours, barsOf }: Stacking): Promise<Figure> {
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
      ? `${caption} Bars far longer than the others are cut, their figure written above them.`
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
  const limit = 1.06 * cutOff(perMac.map(({ energy }) => energy));
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

const tipOf = ({ group, contender, part, pJ }: Bar): string =>
  `${group}${contender === "" ? "" : `, ${contender}`}, ${part}: ${energy(pJ)}`;
