/** Boxes as the fast machine holds them: low corner and extents, axes in the order of memory. */
export interface Region {
  readonly low: readonly number[];
  readonly size: readonly number[];
}

export function intersected(a: Region, b: Region): Region | null {
  const low: number[] = [];
  const size: number[] = [];
  for (let axis = 0; axis < a.low.length; axis++) {
    const start = Math.max(a.low[axis]!, b.low[axis]!);
    const end = Math.min(endOf(a, axis), endOf(b, axis));
    if (end <= start) return null;
    low.push(start);
    size.push(end - start);
  }
  return { low, size };
}

const endOf = (region: Region, axis: number): number => region.low[axis]! + region.size[axis]!;

/** What is left of a region when a part of it, the hole, is taken out: disjoint boxes. */
export function without(region: Region, hole: Region | null): readonly Region[] {
  if (hole === null) return [region];
  const pieces: Region[] = [];
  const low = [...region.low];
  const size = [...region.size];
  for (let axis = 0; axis < low.length; axis++) {
    const [start, end] = [low[axis]!, endOf(region, axis)];
    const [from, to] = [hole.low[axis]!, endOf(hole, axis)];
    if (from > start) pieces.push({ low: [...low], size: size.with(axis, from - start) });
    if (to < end) pieces.push({ low: low.with(axis, to), size: size.with(axis, end - to) });
    low[axis] = from;
    size[axis] = to - from;
  }
  return pieces;
}

export function wordsIn(regions: readonly Region[]): number {
  let words = 0;
  for (const { size } of regions) {
    let product = 1;
    for (const extent of size) product *= extent;
    words += product;
  }
  return words;
}

/** Words of the regions, moved to a corner and by offsets[from…], that lie inside a tensor of this shape. */
export function wordsInside(
  regions: readonly Region[],
  corner: readonly number[],
  shape: readonly number[],
  offsets: ArrayLike<number>,
  from: number,
): number {
  let words = 0;
  for (const { low, size } of regions) {
    let product = 1;
    for (let axis = 0; axis < low.length; axis++) {
      const start = low[axis]! + corner[axis]! + offsets[from + axis]!;
      const end = Math.min(start + size[axis]!, shape[axis]!);
      product *= Math.max(0, end - Math.max(0, start));
    }
    words += product;
  }
  return words;
}

/** Visits every point of a region; the array is reused. */
export function eachPoint(region: Region, visit: (point: readonly number[]) => void): void {
  const point = [...region.low];
  const along = (axis: number): void => {
    if (axis === point.length) {
      visit(point);
      return;
    }
    const low = region.low[axis]!;
    for (let i = 0; i < region.size[axis]!; i++) {
      point[axis] = low + i;
      along(axis + 1);
    }
  };
  along(0);
}

export function isWithin(region: Region, point: readonly number[]): boolean {
  for (let axis = 0; axis < point.length; axis++) {
    const from = point[axis]! - region.low[axis]!;
    if (from < 0 || from >= region.size[axis]!) return false;
  }
  return true;
}
