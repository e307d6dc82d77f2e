import type { Projection } from "./projection.js";

/** Copies of a box: `count` of them, each `step` further than the one before. */
export interface Copies {
  readonly variable: number;
  readonly count: number;
  /** Per axis of the tensor. */
  readonly step: readonly number[];
}

/** Words in the union of a box's copies under all combinations of the steps: group by group, as groups do not interact. */
export function unionOf(projection: Projection, lengths: readonly number[], copies: readonly Copies[]): number {
  let words = 1;
  for (const { axes, variables } of projection.groups) {
    const moves = copies.filter(({ variable, count }) => count > 1 && variables.includes(variable));
    const [axis = 0] = axes;
    if (axes.length === 1)
      words *= unionLength(
        lengths[axis] ?? 1,
        moves.map(({ count, step }) => ({ count, stride: step[axis] ?? 0 })),
      );
    else {
      const own = moves.map(({ count, step }) => ({ count, step: axes.map((a) => step[a] ?? 0) }));
      words *= unionVolume(
        axes.map((a) => lengths[a] ?? 1),
        own,
      );
    }
  }
  return words;
}

/**
 * The length of the union of intervals at Σ kᵢ·strideᵢ. Taken from the shortest stride up, copies that touch merge into
 * one longer interval; once a stride leaves gaps, either the copies stay clear of each other or their starts are listed.
 */
export function unionLength(
  length: number,
  moves: readonly { readonly count: number; readonly stride: number }[],
): number {
  const sorted = moves
    .map(({ count, stride }) => ({ count, stride: Math.abs(stride) }))
    .filter(({ count, stride }) => count > 1 && stride > 0)
    .sort((a, b) => a.stride - b.stride);
  let solid = length;
  let next = 0;
  for (; next < sorted.length; next++) {
    const { count, stride } = sorted[next] ?? { count: 1, stride: 0 };
    if (stride > solid) break;
    solid += (count - 1) * stride;
  }
  const gapped = sorted.slice(next);
  let [pieces, span] = [1, solid];
  for (const { count, stride } of gapped) {
    if (stride < span) return listed(solid, gapped);
    pieces *= count;
    span += (count - 1) * stride;
  }
  return solid * pieces;
}

function listed(solid: number, moves: readonly { readonly count: number; readonly stride: number }[]): number {
  let starts = new Set([0]);
  for (const { count, stride } of moves) {
    const moved = new Set<number>();
    for (const start of starts) for (let k = 0; k < count; k++) moved.add(start + k * stride);
    starts = moved;
  }
  return lengthOfIntervals([...starts].map((start) => [start, start + solid]));
}

/** The length of a union of half-open intervals. */
export function lengthOfIntervals(intervals: (readonly [number, number])[]): number {
  let [length, end] = [0, Number.NEGATIVE_INFINITY];
  for (const [from, to] of intervals.sort((a, b) => a[0] - b[0])) {
    length += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  return length;
}

/** Axes that share a variable have no closed form: the points of all copies are listed. */
export function unionVolume(
  lengths: readonly number[],
  moves: readonly { readonly count: number; readonly step: readonly number[] }[],
): number {
  let starts = new Map([["", lengths.map(() => 0)]]);
  for (const { count, step } of moves) {
    const shifted = new Map<string, number[]>();
    for (const start of starts.values())
      for (let k = 0; k < count; k++) {
        const to = start.map((x, i) => x + k * (step[i] ?? 0));
        shifted.set(to.join(), to);
      }
    starts = shifted;
  }
  return volumeOf([...starts.values()].map((low) => low.map((x, i) => [x, x + (lengths[i] ?? 1)] as const)));
}

/** The number of points in a union of boxes, by listing them. */
export function volumeOf(boxes: readonly (readonly (readonly [number, number])[])[]): number {
  const points = new Set<string>();
  for (const box of boxes) for (const point of pointsOf(box)) points.add(point.join());
  return points.size;
}

/** Every point of a box of half-open intervals. */
export function pointsOf(box: readonly (readonly [number, number])[]): number[][] {
  let points: number[][] = [[]];
  for (const [from, to] of box) {
    const axis = Array.from({ length: to - from }, (_, k) => from + k);
    points = points.flatMap((point) => axis.map((x) => [...point, x]));
  }
  return points;
}
