export interface Point {
  readonly x: number;
  readonly y: number;
}
export interface NamedPoint extends Point {
  readonly name: string;
}
/** A label's place in the units of the axes. */
export interface Label extends NamedPoint {
  readonly align: "left" | "right" | "center";
}
/** A plot with two logarithmic axes: its size in pixels, and the range of each axis. */
export interface LogPlot {
  readonly width: number;
  readonly height: number;
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}
interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const LETTER = 5.8;
const LINE = 12;
const AWAY = 8;

/** Labels beside their points where there is room for them: right, left, above or below; where there is none, the tooltip tells the name. No label lies on the flat roof. */
export function placeLabels(points: readonly NamedPoint[], plot: LogPlot, roof: number): readonly Label[] {
  const at = points.map(({ x, y }) => ({ x: plot.width * share(x, plot.x), y: plot.height * (1 - share(y, plot.y)) }));
  const taken: Box[] = at.map(({ x, y }) => ({ left: x - 5, top: y - 5, right: x + 5, bottom: y + 5 }));
  const flat = plot.height * (1 - share(roof, plot.y));
  taken.push({ left: 0, top: flat - 2, right: plot.width, bottom: flat + 2 });
  const placed: Label[] = [];
  const seen = new Set<string>();
  points.forEach(({ name }, i) => {
    const centre = at[i];
    if (centre === undefined || seen.has(`${name} ${centre.x} ${centre.y}`)) return;
    seen.add(`${name} ${centre.x} ${centre.y}`);
    const width = name.length * LETTER;
    for (const [align, dx, dy] of PLACES) {
      const [x, y] = [centre.x + dx, centre.y + dy];
      const left = align === "left" ? x : align === "right" ? x - width : x - width / 2;
      const box = { left, top: y - LINE / 2, right: left + width, bottom: y + LINE / 2 };
      if (isOutside(box, plot) || taken.some((other) => overlap(box, other))) continue;
      taken.push(box);
      placed.push({ name, align, x: valueAt(x / plot.width, plot.x), y: valueAt(1 - y / plot.height, plot.y) });
      break;
    }
  });
  return placed;
}

const PLACES: readonly (readonly [Label["align"], number, number])[] = [
  ["left", AWAY, 0],
  ["right", -AWAY, 0],
  ["center", 0, -AWAY - 4],
  ["center", 0, AWAY + 4],
  ["left", AWAY, -AWAY - 2],
  ["left", AWAY, AWAY + 2],
  ["right", -AWAY, AWAY + 2],
  ["right", -AWAY, -AWAY - 2],
];

const share = (value: number, [from, to]: readonly [number, number]): number =>
  Math.log(value / from) / Math.log(to / from);
const valueAt = (part: number, [from, to]: readonly [number, number]): number => from * (to / from) ** part;
const overlap = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
const isOutside = ({ left, top, right, bottom }: Box, { width, height }: LogPlot): boolean =>
  left < 0 || top < 0 || right > width || bottom > height;
