import type { FrontPlace } from "../../front.js";
import { count, energyUnit, exact, percent } from "../../numbers.js";
import { draw, SHORT_LABEL, type Spec } from "../draw.js";
import { numeric } from "../elements.js";
import type { Run, Study } from "../study.js";
import type { Figure } from "./figure.js";

const WIDTH = 560;
const HEIGHT = 260;

/** A point of a front; y in the figure's unit of energy. */
interface Point {
  readonly number: number;
  readonly x: number;
  readonly y: number;
  readonly isCertified: boolean;
  readonly front: FrontPlace;
  readonly run: Run;
}

/** The fronts of energy and cycles, one figure a layer: steps down from point to point, and shaded what may hold better mappings. */
export async function fronts({ runs, groups }: Study): Promise<readonly Figure[]> {
  const onFront = groups.map((group) =>
    runs.filter((run) => run.group === group && run.result.front !== undefined && run.result.search !== undefined),
  );
  return Promise.all(onFront.filter((of) => of.length > 0).map((of, i) => frontOf(of, i + 1)));
}

async function frontOf(runs: readonly Run[], number: number): Promise<Figure> {
  const unit = energyUnit(runs.reduce((most, { result }) => Math.max(most, result.energy_pJ), 0));
  const points = runs.flatMap((run): readonly Point[] => {
    const { front, search, cycles, energy_pJ } = run.result;
    if (front === undefined) return [];
    const isCertified = search?.status === "optimal";
    return [{ number: front.point, x: cycles, y: energy_pJ / unit.pJ, isCertified, front, run }];
  });
  const [first] = runs;
  const title = `Energy against cycles of ${first?.group}`;
  const isOpen = points.some(({ front }) => front.open.length > 0);
  const shaded = isOpen ? " Shaded: where better mappings may lie, as far as is proven." : "";
  return {
    id: `front-${number}`,
    title,
    caption: `Each point is a mapping; none takes less of one and no more of the other. The line is the least energy known within so many cycles. A full point is certified, at an empty one cheaper mappings may be as fast.${shaded}`,
    svg: await draw(specOf(points, unit)),
    table: {
      caption: title,
      head: ["point", "cycles", `energy (${unit.name})`, `at least (${unit.name})`, "proof"],
      texts: [4],
      rows: points.map(({ number: at, x, y, isCertified, run }) => [
        ...[`${at}`, exact(x), numeric(y, digits)],
        numeric(Math.min(y, (run.result.search?.lowerBound ?? 0) / unit.pJ), digits),
        isCertified ? "certified" : `${percent(run.result.search?.gap ?? 1)} not proven`,
      ]),
    },
  };
}

const digits = (x: number): string => x.toPrecision(5);

function specOf(points: readonly Point[], unit: { readonly name: string; readonly pJ: number }): Spec {
  const open = points.flatMap(({ front }) => front.open).map((one) => ({ ...one, y: one.energyAtLeast_pJ / unit.pJ }));
  const xs = [...points.map(({ x }) => x), ...open.map(({ from }) => from)].filter((x) => x > 0);
  const ys = [...points.map(({ y }) => y), ...open.map(({ y }) => y)];
  const [slowest, fastest] = [Math.max(...xs), Math.min(...xs)];
  const [most, least] = [Math.max(...ys), Math.min(...ys)];
  const room = Math.max((most - least) * 0.12, most * 0.002);
  const x = [fastest / 1.25, slowest * 1.5] as const;
  const y = [Math.max(0, least - room), most + room] as const;
  const upwards = [...points].sort((a, b) => a.x - b.x);
  const leastWithin = (cycles: number): number =>
    upwards.filter((point) => point.x <= cycles * (1 + 1e-9)).at(-1)?.y ?? y[1];
  const cells = open.map((one) => ({
    ...{
      x: Math.max(one.from, x[0]),
      x2: Math.min(one.below ?? x[1], x[1]),
      y: Math.max(one.y, y[0]),
      y2: leastWithin(one.from),
    },
    tip: `from ${count(one.from)} cycles${one.below === null ? "" : ` to below ${count(one.below)}`}: at least ${digits(one.y)} ${unit.name}`,
  }));
  const line = [...upwards.map((point) => ({ x: point.x, y: point.y })), { x: x[1], y: upwards.at(-1)?.y ?? y[0] }];
  const axes = {
    x: {
      ...{ field: "x", type: "quantitative", title: "cycles" },
      scale: { type: "log", domain: x, nice: false },
      axis: { grid: true, domain: false, labelExpr: SHORT_LABEL, tickCount: 6, labelOverlap: true, labelSeparation: 6 },
    },
    y: {
      field: "y",
      type: "quantitative",
      title: `energy (${unit.name})`,
      scale: { domain: y, nice: false, zero: false },
    },
  };
  return {
    ...{ width: WIDTH, height: HEIGHT },
    layer: [
      {
        data: { values: cells },
        mark: { type: "rect", color: "var(--grey-2)", opacity: 0.45 },
        encoding: { ...axes, x2: { field: "x2" }, y2: { field: "y2" }, description: { field: "tip" } },
      },
      {
        data: { values: [...upwards.slice(0, 1).map((point) => ({ x: point.x, y: y[1] })), ...line] },
        mark: { type: "line", interpolate: "step-after", color: "var(--ink)", strokeWidth: 1.5 },
        encoding: { ...axes, description: { value: "least energy known within so many cycles" } },
      },
      ...dotsOf(points, axes, unit.name),
    ],
  };
}

function dotsOf(points: readonly Point[], axes: Spec, unit: string): readonly Spec[] {
  const values = points.map(({ number, x, y, isCertified }) => ({
    ...{ x, y, isCertified, name: `${number}` },
    tip: `point ${number}: ${count(x)} cycles, ${digits(y)} ${unit}, ${isCertified ? "certified" : "not certified"}`,
  }));
  const at = { x: axes["x"], y: axes["y"] };
  return [
    {
      data: { values },
      mark: { type: "point", filled: true, size: 70, opacity: 1, strokeWidth: 1.75, stroke: "var(--flow-1)" },
      encoding: {
        ...at,
        fill: { condition: { test: "datum.isCertified", value: "var(--flow-1)" }, value: "var(--paper)" },
        description: { field: "tip" },
      },
    },
    {
      data: { values },
      mark: { type: "text", align: "left", baseline: "bottom", dx: 7, dy: -3, fontSize: 10.5, color: "var(--muted)" },
      encoding: { ...at, text: { field: "name" } },
    },
  ];
}
