import { type Architecture, instancesOf, type StorageLevel } from "../../../arch-specs/index.js";
import { count, short } from "../../numbers.js";
import type { LayerResult, LevelResult } from "../../result.js";
import { colourBy, draw, SHORT_LABEL, type Spec } from "../draw.js";
import { numeric } from "../elements.js";
import { contenderColours } from "../palette.js";
import { architectureOf, distinct, type Run, type Study } from "../study.js";
import type { Figure } from "./figure.js";
import { type Point, placeLabels } from "./labels.js";

/** A roof of one architecture: the words a cycle that a level's port can move, all instances together; null: unlimited. */
interface Roof {
  readonly architecture: string;
  readonly level: string;
  readonly port: "read" | "write" | "shared";
  readonly wordsPerCycle: number | null;
  /** MACs a cycle of all compute units. */
  readonly peak: number;
}

const WIDTH = 560;
const HEIGHT = 300;

/** MACs a cycle against MACs a word, under the roofs of the architecture's bandwidth and compute; one figure an architecture. */
export async function rooflines(study: Study): Promise<readonly Figure[]> {
  return Promise.all(
    study.architectures.flatMap((name) => {
      const runs = study.runs.filter(({ result }) => result.architecture === name && result.macs > 0);
      const architecture = architectureOf(study, name);
      return architecture === undefined ? [] : roofline(runs, architecture, study.architectures.length > 1);
    }),
  );
}

async function roofline(runs: readonly Run[], architecture: Architecture, several: boolean): Promise<Figure> {
  const roof = tightestRoof(runs, architecture);
  const points = runs.map((run) => ({ run, ...pointOf(run.result, roof) }));
  const extent = rangesOf(points, roof);
  const contenders = distinct(runs.map(({ contender }) => contender));
  const compared = contenders.length > 1;
  const names = several ? `on ${architecture.name}` : "";
  const through =
    roof.wordsPerCycle === null ? "has no limit of bandwidth" : `moves ${short(roof.wordsPerCycle)} words a cycle`;
  return {
    id: several ? `roofline-${architecture.name}` : "roofline",
    title: `Roofline ${names}`.trim(),
    caption: `Operations a cycle against operations for each word that ${roof.level} moves. The roofs: ${roof.level} ${through}, all compute units together do ${short(roof.peak)} operations a cycle. A point on the slope is bound by bandwidth, one at the flat roof by compute.`,
    svg: await draw({
      width: WIDTH,
      height: HEIGHT,
      layer: [roofLine(roof, extent), ...marks(contenders, points, extent, compared, roof.peak)],
    }),
    table: {
      caption: `Roofline ${names}`.trim(),
      head: [
        "layer",
        ...(compared ? ["under"] : []),
        `operations a word of ${roof.level}`,
        "operations a cycle",
        "of the roof",
      ],
      texts: compared ? [1] : [],
      rows: points.map(({ run, x, y }) => [
        ...[run.group, ...(compared ? [run.contender] : [])],
        ...[numeric(x, short), numeric(y, short), `${((100 * y) / roofAt(roof, x)).toFixed(1)} %`],
      ]),
    },
  };
}

/** The port that comes closest to binding over all runs; the outermost level's where all are unlimited. */
function tightestRoof(runs: readonly Run[], architecture: Architecture): Roof {
  const { name, levels } = architecture;
  const compute = levels.at(-1);
  const units = instancesOf(architecture, levels.length - 1);
  const peak = (compute?.kind === "compute" ? compute.operationsPerCycle : 1) * units;
  const roofs = levels.flatMap((level, i): readonly Roof[] => {
    if (level.kind !== "storage") return [];
    const instances = instancesOf(architecture, i);
    return (["shared", "read", "write"] as const).flatMap((port) =>
      limitsOf(level, port).map((rate) => ({
        architecture: name,
        level: level.name,
        port,
        wordsPerCycle: rate * instances,
        peak,
      })),
    );
  });
  const need = (roof: Roof): number =>
    runs.reduce((sum, { result }) => sum + movedAt(result, roof) / (roof.wordsPerCycle ?? Number.POSITIVE_INFINITY), 0);
  const outermost: Roof = {
    architecture: name,
    level: levels[0]?.name ?? "",
    port: "shared",
    wordsPerCycle: null,
    peak,
  };
  return roofs.reduce((tightest, roof) => (need(roof) > need(tightest) ? roof : tightest), roofs[0] ?? outermost);
}

const limitsOf = ({ bandwidth }: StorageLevel, port: Roof["port"]): readonly number[] =>
  Number.isFinite(bandwidth[port]) ? [bandwidth[port]] : [];

function movedAt({ levels }: LayerResult, { level, port }: Pick<Roof, "level" | "port">): number {
  const own = levels.find(({ name }) => name === level);
  return own === undefined ? 0 : wordsOf(own, port);
}

function wordsOf({ tensors }: LevelResult, port: Roof["port"]): number {
  return Object.values(tensors).reduce((sum, { reads, drains, fills, updates }) => {
    const [out, into] = [reads + drains, fills + updates];
    return sum + (port === "read" ? out : port === "write" ? into : out + into);
  }, 0);
}

function pointOf(result: LayerResult, roof: Roof): Point {
  return { x: result.macs / Math.max(1, movedAt(result, roof)), y: result.macs / result.cycles };
}

/** MACs a cycle that the roofs allow at this intensity. */
const roofAt = ({ wordsPerCycle, peak }: Roof, x: number): number =>
  Math.min(peak, wordsPerCycle === null ? peak : wordsPerCycle * x);

interface Extent {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

function rangesOf(points: readonly Point[], { wordsPerCycle, peak }: Roof): Extent {
  const ridge = wordsPerCycle === null ? [] : [peak / wordsPerCycle];
  const xs = [...points.map(({ x }) => x), ...ridge];
  const ys = [...points.map(({ y }) => y), peak];
  const x = [Math.min(...xs) / 2.5, Math.max(...xs) * 2.5] as const;
  // At least a decade, so that a slope and several ticks are seen.
  const highest = Math.max(...ys) * 1.6;
  return { x, y: [Math.min(Math.min(...ys) / 2.5, highest / 12), highest] };
}

const logAxis = (field: string, title: string, domain: readonly [number, number]): Spec => ({
  ...{ field, type: "quantitative", title },
  scale: { type: "log", domain, nice: false },
  axis: { grid: true, domain: false, values: decades(domain), labelExpr: SHORT_LABEL },
});

/** 1, 2 and 5 of each power of ten, or the powers alone where the range is wide. */
function decades([from, to]: readonly [number, number]): readonly number[] {
  const powers = Array.from({ length: 40 }, (_, i) => 10 ** (i - 15));
  const wide = Math.log10(to / from);
  const steps = wide > 2.5 ? [1] : wide > 1.6 ? [1, 3] : [1, 2, 5];
  return powers.flatMap((power) => steps.map((step) => step * power)).filter((at) => at >= from && at <= to);
}

function roofLine(roof: Roof, { x, y }: Extent): Spec {
  const start = roof.wordsPerCycle === null ? x[0] : Math.max(x[0], y[0] / roof.wordsPerCycle);
  const ridge =
    roof.wordsPerCycle === null ? [] : [roof.peak / roof.wordsPerCycle].filter((at) => at > start && at < x[1]);
  const values = [start, ...ridge, x[1]].map((at) => ({ x: at, y: roofAt(roof, at) }));
  return {
    data: { values },
    mark: { type: "line", color: "var(--ink)", strokeWidth: 1.75, strokeJoin: "round" },
    encoding: {
      x: logAxis("x", `operations a word of ${roof.level}`, x),
      y: logAxis("y", "operations a cycle", y),
      description: { value: `roof: ${count(roof.peak)} operations a cycle` },
    },
  };
}

function marks(
  contenders: readonly string[],
  points: readonly (Point & { readonly run: Run })[],
  { x, y }: Extent,
  compared: boolean,
  peak: number,
): readonly Spec[] {
  const values = points.map(({ run, ...point }) => ({
    ...{ ...point, contender: run.contender },
    tip: `${run.group}${run.contender === "" ? "" : `, ${run.contender}`}: ${short(point.x)} operations a word, ${short(point.y)} a cycle`,
  }));
  const at = { x: logAxis("x", "", x), y: logAxis("y", "", y) };
  const dots: Spec = {
    data: { values },
    mark: { type: "point", filled: true, size: 62, opacity: 0.92, stroke: "var(--paper)", strokeWidth: 1 },
    encoding: {
      ...{ x: { field: "x", type: "quantitative" }, y: { field: "y", type: "quantitative" } },
      color: compared
        ? colourBy("contender", contenders, contenderColours(contenders.length))
        : { value: "var(--flow-1)" },
      ...(compared
        ? { shape: { field: "contender", type: "nominal", sort: null, scale: { domain: contenders } } }
        : {}),
      description: { field: "tip" },
    },
  };
  if (compared) return [dots];
  const named = points.map(({ run, ...point }) => ({ ...point, name: run.group }));
  const labels = placeLabels(named, { width: WIDTH, height: HEIGHT, ...{ x, y } }, peak);
  return [
    dots,
    ...(["left", "right", "center"] as const).flatMap((align): readonly Spec[] => {
      const own = labels.filter((label) => label.align === align);
      if (own.length === 0) return [];
      const mark = { type: "text", align, baseline: "middle", fontSize: 10.5, color: "var(--muted)" };
      return [
        {
          data: { values: own },
          mark,
          encoding: {
            x: { field: at.x["field"], type: "quantitative" },
            y: { field: at.y["field"], type: "quantitative" },
            text: { field: "name" },
          },
        },
      ];
    }),
  ];
}
