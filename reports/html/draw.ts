import type { TopLevelSpec } from "vega-lite";
import { hoisted } from "./hoist.js";
import { widthOfText } from "./letters.js";

/** Part of a vega-lite specification. */
export type Spec = Readonly<Record<string, unknown>>;

/** Numbers on axes: `1.5k`, `0.5`. */
export const SHORT_LABEL = "datum.value >= 1000 ? format(datum.value, '~s') : format(datum.value, '~r')";

/** The width that figures have, axes included, in CSS pixels; figures of few bars are narrower. */
export const FULL_WIDTH = 860;

const FONT = "Helvetica Neue, Helvetica, Arial, sans-serif";
const INK = "var(--ink)";
const MUTED = "var(--muted)";
const LINE = "var(--line)";

/** Longer names are cut: some 30 letters, which is how vega estimates them. */
const LABEL_LIMIT = 270;

const config = {
  background: "transparent",
  font: FONT,
  padding: 2,
  view: { stroke: null },
  axis: {
    ...{ labelColor: MUTED, titleColor: INK, labelFontSize: 11, titleFontSize: 11.5, titleFontWeight: 500 },
    ...{ gridColor: LINE, domainColor: MUTED, tickColor: MUTED, tickSize: 4, labelLimit: LABEL_LIMIT, titlePadding: 8 },
  },
  axisY: { domain: false, ticks: false, tickCount: 5, labelPadding: 6 },
  axisX: { grid: false, tickCount: 6 },
  legend: {
    ...{
      orient: "top",
      direction: "horizontal",
      title: null,
      labelColor: INK,
      labelFontSize: 11.5,
      labelLimit: LABEL_LIMIT,
      symbolType: "square",
    },
    ...{ symbolSize: 110, symbolStrokeWidth: 0, columnPadding: 14, offset: 10 },
  },
  scale: { bandPaddingInner: 0.28, bandPaddingOuter: 0.14, offsetBandPaddingInner: 0, offsetBandPaddingOuter: 0 },
  header: { labelColor: INK, labelFontSize: 11.5, labelFontWeight: 500, title: null },
  title: { color: INK, fontSize: 11.5, fontWeight: 500, anchor: "start" },
};

/** The specification as SVG text, its colours CSS variables of the page. A mark's `description` becomes its tooltip. */
export async function draw(spec: Spec): Promise<string> {
  // The libraries are large; they are loaded only where something is drawn.
  const [{ compile }, { parse, textMetrics, View }] = await Promise.all([import("vega-lite"), import("vega")]);
  // Its own estimate takes every letter for a wide one, which tears legends and axes apart.
  textMetrics.width = ({ fontSize = 11, fontWeight = 400, limit = 0 }, text) => {
    const width = widthOfText(String(text ?? "").trim(), fontSize, fontWeight === "bold" || Number(fontWeight) >= 600);
    return limit > 0 ? Math.min(limit, width) : width;
  };
  const compiled = compile({ ...spec, config } as TopLevelSpec).spec;
  return hoisted(slim(await new View(parse(compiled), { renderer: "none" }).toSVG()));
}

/** Without what a still picture does not need: roles for assistive software (the figure has one, and a table), empty marks, digits. */
function slim(svg: string): string {
  return svg
    .replaceAll(
      /<path class="(?:background|foreground)" aria-hidden="true" d="[^"]*"(?: pointer-events="none")?(?: display="none")?(?: opacity="1")?\/>/g,
      "",
    )
    .replaceAll(/ (?:role|aria-roledescription|aria-hidden|pointer-events|class|xmlns:xlink|version)="[^"]*"/g, "")
    .replaceAll(/<g aria-label="[^"]*"/g, "<g")
    .replaceAll(/<text aria-label="[^"]*"/g, "<text")
    .replaceAll(' opacity="1"', "")
    .replaceAll(` font-family="${FONT}"`, "")
    .replaceAll(/<(path|line) aria-label="([^"]*)"([^>]*)\/>/g, "<$1$3><title>$2</title></$1>")
    .replaceAll(/<[^>]*>/g, (tag) =>
      tag.replaceAll(/-?\d+\.\d{3,}/g, (digits) => String(Math.round(Number(digits) * 100) / 100)),
    )
    .replaceAll(/<g>(<\/g>)/g, "")
    .replace("<svg ", `<svg font-family="${FONT}" `);
}

/** The horizontal axis of groups: labels lie flat where there is room, else they slant. */
export function groupAxis(groups: readonly string[], width: number): Spec {
  const longest = Math.max(...groups.map((group) => widthOfText(group, 11)));
  const flat = (longest + 8) * groups.length < width;
  return {
    ...{ field: "group", type: "nominal", sort: null, title: null, scale: { domain: groups } },
    axis: flat
      ? { labelAngle: 0, ticks: false }
      : { labelAngle: -45, ticks: false, labelFontSize: groups.length > 40 ? 9 : 11 },
  };
}

/** A width in which bars are neither fat nor thin. */
export function widthFor(groups: number, perGroup: number): number {
  const wanted = groups * Math.max(44, Math.min(120, 15 * perGroup + 20));
  if (groups > 60) return groups * Math.max(12, 5 * perGroup);
  return Math.max(240, Math.min(FULL_WIDTH - 70, wanted));
}

const LEGEND = 600;

/** A legend and colours for names in their order. */
export function colourBy(field: string, names: readonly string[], colours: readonly string[]): Spec {
  const widths = names.map((name) => widthOfText(name, 11.5) + 32);
  const inAll = widths.reduce((sum, width) => sum + width, 0);
  const columns = inAll < LEGEND ? names.length : Math.max(2, Math.floor(LEGEND / Math.max(...widths)));
  return { field, type: "nominal", sort: null, scale: { domain: names, range: colours }, legend: { columns } };
}
