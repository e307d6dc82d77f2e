import type { ReusePolicy } from "../arch-specs/index.js";
import type { Axis } from "./problem.js";

/** A temporal loop as one tensor's tile sees it: iterations, and the shift of the tile's low corner along each axis of the group. */
export interface Step {
  readonly count: number;
  readonly shift: readonly number[];
}

/** How a tile is moved. */
export interface Manner {
  readonly reuse: ReusePolicy;
  /** Timeloop: an outer loop finds the tile where iteration 1 of each inner one has left it, not the last. */
  readonly extrapolates: boolean;
}

/**
 * Points that enter a tile while it is moved through a nest of loops (outermost first), along the axes of one group; all other
 * axes stand still. Docs/semantics.md, rule 5. With the net vectors v_i of the events "loop i advances, all inside it
 * wrap": the whole tile once, and per event its tile less the part that stays.
 */
export function wordsMoved(
  extents: readonly number[],
  steps: readonly Step[],
  { reuse, extrapolates }: Manner,
): number {
  const whole = extents.reduce((n, e) => n * e, 1);
  const loops = steps.filter((step) => step.count > 1);
  const wrap = extents.map(() => 0);
  const vectors: (readonly number[])[] = [];
  for (const loop of [...loops].reverse()) {
    vectors.unshift(loop.shift.map((s, a) => s - (wrap[a] ?? 0)));
    loop.shift.forEach((s, a) => {
      wrap[a] = (wrap[a] ?? 0) + s * (extrapolates ? 1 : loop.count - 1);
    });
  }
  const isZero = (v: readonly number[]): boolean => v.every((x) => x === 0);
  const innermost = vectors.findLastIndex((v) => !isZero(v));
  let words = whole;
  let outside = 1;
  loops.forEach((loop, i) => {
    const v = vectors[i] ?? [];
    const events = (loop.count - 1) * outside;
    outside *= loop.count;
    if (isZero(v)) return;
    const slides = reuse === "overlap" || (reuse === "slide" && v.every((x, a) => x === vectors[innermost]?.[a]));
    const stays = slides ? extents.reduce((n, e, a) => n * Math.max(0, e - Math.abs(v[a] ?? 0)), 1) : 0;
    words += events * (whole - stays);
  });
  return words;
}

/** Distinct points that a tile touches while it visits every combination of the loops' iterations. */
export function pointsTouched(extents: readonly number[], steps: readonly Step[]): number {
  const [extent] = extents;
  if (extents.length === 1 && extent !== undefined) return unionOfIntervals(extent, steps);
  const corners = cornersOf(extents.length, steps);
  const seen = new Set<string>();
  for (const corner of corners) addBox(seen, corner, extents, []);
  return seen.size;
}

function unionOfIntervals(extent: number, steps: readonly Step[]): number {
  const starts = [...new Set(cornersOf(1, steps).map((corner) => corner[0] ?? 0))].sort((a, b) => a - b);
  let points = 0;
  let end = Number.NEGATIVE_INFINITY;
  for (const start of starts) {
    points += start + extent - Math.max(start, Math.min(end, start + extent));
    end = Math.max(end, start + extent);
  }
  return points;
}

function cornersOf(axes: number, steps: readonly Step[]): readonly (readonly number[])[] {
  let corners: readonly (readonly number[])[] = [Array.from({ length: axes }, () => 0)];
  for (const step of steps)
    corners = corners.flatMap((corner) =>
      Array.from({ length: step.count }, (_, k) => corner.map((c, a) => c + k * (step.shift[a] ?? 0))),
    );
  return corners;
}

function addBox(
  seen: Set<string>,
  corner: readonly number[],
  extents: readonly number[],
  point: readonly number[],
): void {
  const axis = point.length;
  if (axis === extents.length) {
    seen.add(point.join());
    return;
  }
  for (let k = 0; k < (extents[axis] ?? 0); k++) addBox(seen, corner, extents, [...point, (corner[axis] ?? 0) + k]);
}

/** The shift of a tile's low corner when a variable advances by `by`, along each axis. */
export function shiftOf(axes: readonly Axis[], variable: number, by: number): readonly number[] {
  return axes.map((axis) => {
    const at = axis.variables.indexOf(variable);
    return at < 0 ? 0 : (axis.coefficients[at] ?? 0) * by;
  });
}

/** The tile's extent along each axis, gaps included, for the given extents of the variables. */
export function extentsOf(axes: readonly Axis[], extentOf: (variable: number) => number): readonly number[] {
  return axes.map((axis) =>
    axis.variables.reduce((n, v, i) => n + Math.abs(axis.coefficients[i] ?? 0) * (extentOf(v) - 1), 1),
  );
}
