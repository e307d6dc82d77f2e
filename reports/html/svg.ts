import { escaped } from "./elements.js";

/** Coordinates to a tenth of a pixel: more is not seen. */
const tidy = (value: string | number): string =>
  typeof value === "number" ? String(Math.round(value * 10) / 10) : escaped(value);

export type Attributes = Readonly<Record<string, string | number>>;

const attributesOf = (attributes: Attributes): string =>
  Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${tidy(value)}"`)
    .join("");

/** An SVG element without content. */
export const shape = (name: "rect" | "path" | "circle", attributes: Attributes): string =>
  `<${name}${attributesOf(attributes)}/>`;

/** A line of text. */
export const words = (x: number, y: number, content: string, attributes: Attributes = {}): string =>
  content === "" ? "" : `<text${attributesOf({ x, y, ...attributes })}>${escaped(content)}</text>`;

/** A whole picture of a size in pixels. */
export function svgOf(width: number, height: number, content: readonly string[]): string {
  const box = attributesOf({ width, height, viewBox: `0 0 ${tidy(width)} ${tidy(height)}` });
  return `<svg xmlns="http://www.w3.org/2000/svg"${box} font-family="Helvetica Neue, Helvetica, Arial, sans-serif" font-size="11" fill="var(--ink)">${content.join("")}</svg>`;
}
