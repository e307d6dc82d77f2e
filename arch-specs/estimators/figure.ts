import { areaScale, energyScale, SCALING_SOURCE, type Technology } from "./technology.js";

/** A number with where it comes from. */
export interface Figure {
  readonly value: number;
  readonly source: string;
}

/** What an estimator says of one component. */
export interface Estimate {
  /** pJ by action: `read`, `write`, `compute`, `transfer`; an access moves `access` bits. */
  readonly actions: ReadonlyMap<string, Figure>;
  /** W of one instance; null: no source for it. */
  readonly leakage: Figure | null;
  /** µm² of one instance; null: no source for it. */
  readonly area: Figure | null;
}

/** A figure taken from one process to another, with the rule in its source where that changed it. */
export function scaledEnergy(figure: Figure, from: Technology, to: Technology): Figure {
  return scaled(figure, energyScale(from, to));
}
export function scaledArea(figure: Figure, from: Technology, to: Technology): Figure {
  return scaled(figure, areaScale(from, to));
}
function scaled({ value, source }: Figure, by: number): Figure {
  return by === 1 ? { value, source } : { value: value * by, source: `${source}; ${SCALING_SOURCE}` };
}

/** The sum of figures, with each source once. */
export function sumOf(figures: readonly Figure[]): Figure {
  const sources = new Set(figures.map(({ source }) => source));
  return { value: figures.reduce((sum, { value }) => sum + value, 0), source: [...sources].join(" + ") };
}
export const times = ({ value, source }: Figure, by: number): Figure => ({ value: value * by, source });

/** The power law through the two points nearest to x (or the outer two); one at a point is that point's value exactly. */
export function interpolated(points: readonly (readonly [x: number, y: number])[], x: number): number {
  const exact = points.find(([at]) => at === x);
  if (exact !== undefined) return exact[1];
  const above = Math.max(
    1,
    points.findIndex(([at]) => at > x),
  );
  const right = points.at(x > (points.at(-1)?.[0] ?? 0) ? -1 : above) ?? [1, 1];
  const left = points[points.indexOf(right) - 1] ?? [1, 1];
  const exponent = Math.log(right[1] / left[1]) / Math.log(right[0] / left[0]);
  return left[1] * (x / left[0]) ** exponent;
}
