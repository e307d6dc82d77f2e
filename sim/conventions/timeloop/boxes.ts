/** An axis-aligned box of tensor coordinates: per axis the least coordinate and the number of coordinates. */
export interface Box {
  readonly low: readonly number[];
  readonly size: readonly number[];
}

export const volumeOf = (box: Box): number => box.size.reduce((words, extent) => words * extent, 1);
export const wordsOf = (boxes: readonly Box[]): number => boxes.reduce((words, box) => words + volumeOf(box), 0);

export const plus = (a: readonly number[], b: readonly number[], times = 1): readonly number[] =>
  a.map((x, i) => x + times * (b[i] ?? 0));

export const movedBy = (box: Box, by: readonly number[], times = 1): Box => ({
  low: plus(box.low, by, times),
  size: box.size,
});

/** The part of a box outside another one, as disjoint slices, axis by axis: the slice before, the slice after. */
export function without(box: Box, other: Box): readonly Box[] {
  const endOf = (b: Box, axis: number): number => (b.low[axis] ?? 0) + (b.size[axis] ?? 0);
  const apart = box.low.some((low, axis) => endOf(box, axis) <= (other.low[axis] ?? 0) || endOf(other, axis) <= low);
  if (apart) return [box];
  const slices: Box[] = [];
  const low = [...box.low];
  const size = [...box.size];
  for (let axis = 0; axis < low.length; axis++) {
    const [start, extent] = [low[axis] ?? 0, size[axis] ?? 0];
    const [otherStart, otherEnd] = [other.low[axis] ?? 0, endOf(other, axis)];
    const before = Math.max(0, otherStart - start);
    const after = Math.max(0, start + extent - otherEnd);
    if (before > 0) slices.push({ low: [...low], size: size.with(axis, before) });
    if (after > 0) slices.push({ low: low.with(axis, otherEnd), size: size.with(axis, after) });
    low[axis] = start + before;
    size[axis] = extent - before - after;
  }
  return slices;
}

/** How far the centre moves from one box to the next, rounded to whole coordinates: Timeloop's translation. */
export function translationOf(from: Box, to: Box): readonly number[] {
  const centre = (box: Box, axis: number): number => (box.low[axis] ?? 0) + (box.size[axis] ?? 0) / 2;
  return from.low.map((_, axis) => roundAway(centre(to, axis) - centre(from, axis)));
}

/** To the nearest whole number, halves away from zero. */
const roundAway = (x: number): number => (x < 0 ? -Math.round(-x) : Math.round(x));

export const isZero = (vector: readonly number[]): boolean => vector.every((x) => x === 0);
export const areEqual = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((x, i) => x === b[i]);

/** The vector that carries one list of slices onto another, slice by slice; null where their shapes differ. */
export function carriedBy(from: readonly Box[], to: readonly Box[]): readonly number[] | null {
  const [first, target] = [from[0], to[0]];
  if (from.length !== to.length || first === undefined || target === undefined) return null;
  const by = target.low.map((low, axis) => low - (first.low[axis] ?? 0));
  const same = from.every((box, i) => {
    const other = to[i];
    return other !== undefined && areEqual(box.size, other.size) && areEqual(plus(box.low, by), other.low);
  });
  return same ? by : null;
}
