import { type FanoutLevel, instancesOf, type Level, type StorageLevel } from "../../arch-specs/index.js";
import type { LegalMapping } from "../../mappings/index.js";
import { count, percent } from "../numbers.js";
import type { LayerResult, LevelResult } from "../result.js";
import { gathered } from "./hoist.js";
import { letterColour, tensorColour } from "./palette.js";
import { shape, svgOf, words } from "./svg.js";
import { spread, tileKey, tileShapes } from "./tiles.js";

const LABELS = 196;
const LANE = 128;
const ROWS = { storage: 58, fanout: 64, compute: 40 } as const;
const GAP = 34;

/** A level with its place in the picture. */
interface Row {
  readonly level: Level;
  readonly index: number;
  readonly top: number;
  readonly height: number;
}

/** A tensor's way down through the levels. */
interface Lane {
  readonly name: string;
  readonly tensor: number;
  readonly centre: number;
  readonly colour: string;
  /** Of its name. */
  readonly letters: string;
}

/**
 * The architecture from the outermost level (top) to compute, each tensor in a lane of its own: a box where a level keeps it, with the
 * tile's words, its shape, and a bar for its share of the capacity; between boxes a line as thick as the traffic (logarithmically), with
 * the words that leave the upper box (↓ reads) and come back (↑ updates), and those that reach the lower one.
 */
export function pictureOf(legal: LegalMapping, result: LayerResult): string {
  const rows = rowsOf(legal.architecture.levels);
  const lanes = legal.layer.einsum.tensors.map(
    ({ name, role }, tensor): Lane => ({
      name,
      tensor,
      centre: LABELS + LANE * (tensor + 0.5),
      colour: tensorColour(role, tensor),
      letters: letterColour(role, tensor),
    }),
  );
  const width = LABELS + LANE * lanes.length + 8;
  const last = rows.at(-1);
  const height = (last?.top ?? 0) + (last?.height ?? 0) + 4;
  const heads = lanes.map(({ name, centre, letters }) =>
    words(centre, 14, name, { "text-anchor": "middle", "font-weight": 600, fill: letters }),
  );
  const bands = rows.flatMap((row) => bandOf(row, legal, result, width));
  const ways = lanes.flatMap((lane) => wayOf(lane, rows, result));
  const boxes = lanes.flatMap((lane) => boxesOf(lane, rows, legal, result));
  const texts = [...heads, ...bands, ...ways, ...boxes].filter(isText);
  // Painted in this order: bands, ways over them, frames over the ways with their bars, texts on top.
  const frames = boxes.filter((element) => element.includes("stroke="));
  const bars = boxes.filter((element) => !element.includes("stroke="));
  const layers = [bands, ways, frames, bars].map((all) => all.filter((one) => one !== "" && !isText(one)));
  return svgOf(width, height, [...layers, texts].map(gathered));
}

const isText = (element: string): boolean => element.startsWith("<text");

function rowsOf(levels: readonly Level[]): readonly Row[] {
  let top = 24;
  return levels.map((level, index) => {
    const height = ROWS[level.kind];
    const row = { level, index, top, height };
    top += height + GAP;
    return row;
  });
}

/** The background of a level, with its name, instances and capacity. */
function bandOf(
  { level, index, top, height }: Row,
  legal: LegalMapping,
  result: LayerResult,
  width: number,
): readonly string[] {
  const band = shape("rect", {
    x: 0.5,
    y: top,
    width: width - 1,
    height,
    rx: 6,
    fill: "var(--wash)",
    stroke: "var(--line)",
  });
  const name = words(10, top + 18, level.name, { "font-weight": 600, "font-size": 12 });
  const about = aboutOf(level, index, legal, result);
  const lines = about.map((line, i) => words(10, top + 32 + 12.5 * i, line, { fill: "var(--muted)", "font-size": 10 }));
  const mesh = level.kind === "fanout" ? meshOf(level, index, legal, top) : [];
  return [band, name, ...lines, ...mesh];
}

function aboutOf(level: Level, index: number, legal: LegalMapping, result: LayerResult): readonly string[] {
  const instances = instancesOf(legal.architecture, index);
  switch (level.kind) {
    case "storage": {
      const own = result.levels.find(({ name }) => name === level.name);
      return [sizeOf(level, instances, own), own === undefined ? "" : usedOf(own)];
    }
    case "fanout": {
      const { x, y } = spread(legal, index);
      const used = `${x.used} × ${y.used} of ${level.x} × ${level.y}`;
      return [used, ...[x.loops === "" ? [] : [`x: ${x.loops}`], y.loops === "" ? [] : [`y: ${y.loops}`]].flat()];
    }
    case "compute":
      return [`${count(result.compute.operations)} operations`];
  }
}

function sizeOf({ wordBits }: StorageLevel, instances: number, own: LevelResult | undefined): string {
  const times = instances === 1 ? "" : `${count(instances)} × `;
  const capacity = own?.capacityWords ?? null;
  return capacity === null ? `${times}${wordBits}-bit words, no limit` : `${times}${count(capacity)} words`;
}

const usedOf = ({ usedWords, capacityWords }: LevelResult): string =>
  capacityWords === null
    ? `${count(usedWords)} used`
    : `${count(usedWords)} used (${percent(usedWords / capacityWords)})`;

/** The instances of a fan-out as a small grid, those in use filled. */
function meshOf({ x, y }: FanoutLevel, index: number, legal: LegalMapping, top: number): readonly string[] {
  const used = spread(legal, index);
  const cell = Math.min(9, 60 / x, 48 / y);
  const left = LABELS - 10 - x * cell;
  const upper = top + (ROWS.fanout - y * cell) / 2;
  const grid = { fill: "none", stroke: "var(--muted)", "stroke-width": 0.6 };
  const lines = [
    ...Array.from({ length: x + 1 }, (_, i) => `M${round(left + i * cell)},${round(upper)}v${round(y * cell)}`),
    ...Array.from({ length: y + 1 }, (_, i) => `M${round(left)},${round(upper + i * cell)}h${round(x * cell)}`),
  ];
  const outline = `M${round(left)},${round(upper)}h${round(x * cell)}v${round(y * cell)}h${round(-x * cell)}z`;
  const filled = { x: left, y: upper, width: Math.min(x, used.x.used) * cell, height: Math.min(y, used.y.used) * cell };
  return [
    shape("rect", { ...filled, fill: "var(--accent)", "fill-opacity": 0.55 }),
    shape("path", { d: cell < 2.4 ? outline : lines.join(""), ...grid }),
  ];
}

const round = (x: number): number => Math.round(x * 10) / 10;

/** The line of a tensor from each level that keeps it to the next, and the words that pass. */
function wayOf(lane: Lane, rows: readonly Row[], result: LayerResult): readonly string[] {
  const kept = rows.filter(({ level }) => level.kind === "compute" || tensorAt(result, level, lane) !== undefined);
  const most = Math.max(
    2,
    ...result.levels.flatMap(({ tensors }) => Object.values(tensors).map((t) => t.reads + t.updates)),
  );
  return kept.slice(0, -1).flatMap((from, i) => {
    const to = kept[i + 1];
    const upper = tensorAt(result, from.level, lane);
    if (to === undefined || upper === undefined) return [];
    const lower = tensorAt(result, to.level, lane);
    const start = from.top + from.height;
    const traffic = upper.reads + upper.updates;
    const thick = traffic === 0 ? 0.75 : 1 + (5 * Math.log(traffic)) / Math.log(most);
    const line = shape("path", {
      d: `M${round(lane.centre)},${round(start)}V${round(to.top)}`,
      ...{ stroke: lane.colour, "stroke-width": thick, "stroke-opacity": 0.45, fill: "none" },
    });
    const label = { "font-size": 10, fill: "var(--ink)" };
    const passes = (down: number, up: number): readonly string[] => [
      ...(down > 0 ? [`↓ ${count(down)}`] : []),
      ...(up > 0 ? [`↑ ${count(up)}`] : []),
    ];
    const leaving = passes(upper.reads, upper.updates);
    const arriving = lower === undefined ? [] : passes(lower.fills, lower.drains);
    const texts = (lines: readonly string[], y: number): readonly string[] =>
      lines.map((text, n) => words(lane.centre + 8, y + 12 * n, text, label));
    const changes = to.index > from.index + 1 && arriving.join() !== leaving.join();
    return [line, ...texts(leaving, start + 14), ...(changes ? texts(arriving, to.top - GAP + 14) : [])];
  });
}

/** The boxes of a tensor: what is kept of it where. */
function boxesOf(lane: Lane, rows: readonly Row[], legal: LegalMapping, result: LayerResult): readonly string[] {
  const shapes = tileShapes(legal);
  const width = LANE - 16;
  return rows.flatMap(({ level, index, top, height }) => {
    const kept = tensorAt(result, level, lane);
    if (level.kind !== "storage" || kept === undefined) return [];
    const left = lane.centre - width / 2;
    const own = result.levels.find(({ name }) => name === level.name);
    const capacity = level.capacity.kind === "shared" ? (own?.capacityWords ?? null) : capacityOf(level, lane, own);
    const tile = shapes.get(tileKey(index, lane.tensor)) ?? [];
    const share = capacity === null ? 0 : Math.min(1, kept.tileWords / capacity);
    const middle = { "text-anchor": "middle" };
    return [
      shape("rect", {
        x: left,
        y: top + 6,
        width,
        height: height - 12,
        rx: 4,
        fill: "var(--paper)",
        stroke: lane.colour,
        "stroke-width": 1.4,
      }),
      words(lane.centre, top + 23, count(kept.tileWords), { ...middle, "font-weight": 600, "font-size": 12 }),
      words(lane.centre, top + 37, tile.join(" × "), { ...middle, fill: "var(--muted)", "font-size": 9.5 }),
      capacity === null
        ? ""
        : shape("rect", {
            x: left + 6,
            y: top + height - 15,
            width: width - 12,
            height: 4,
            rx: 2,
            fill: "var(--line)",
          }),
      share === 0
        ? ""
        : shape("rect", {
            x: left + 6,
            y: top + height - 15,
            width: Math.max(2, (width - 12) * share),
            height: 4,
            rx: 2,
            fill: lane.colour,
          }),
    ];
  });
}

function capacityOf({ capacity }: StorageLevel, { name }: Lane, own: LevelResult | undefined): number | null {
  const words = capacity.kind === "per-tensor" ? capacity.words.get(name) : undefined;
  return words ?? own?.capacityWords ?? null;
}

const tensorAt = (result: LayerResult, level: Level, { name }: Lane): LevelResult["tensors"][string] | undefined =>
  level.kind === "storage" ? result.levels.find((one) => one.name === level.name)?.tensors[name] : undefined;

/** The picture in words, for those who cannot see it. */
export function pictureInWords({ levels }: LayerResult): string {
  const holds = levels.map(({ name, tensors }) => {
    const tiles = Object.entries(tensors).map(([tensor, { tileWords }]) => `${count(tileWords)} words of ${tensor}`);
    return `${name} holds ${tiles.length === 0 ? "nothing" : tiles.join(", ")}`;
  });
  return `${holds.join("; ")}.`;
}
