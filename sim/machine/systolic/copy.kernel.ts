import type { Values } from "../../../workloads/index.js";

/** Words of a box somewhere: the first one, and how far apart they are along each axis. */
export interface Region {
  readonly words: Values;
  readonly start: number;
  readonly strides: readonly number[];
}

/** Copies a box of words, plane by plane, and says how many they were. */
export function copyBox(from: Region, to: Region, extents: readonly number[]): number {
  const planes = extents.length - 2;
  let copied = 0;
  const along = (axis: number, a: number, b: number): void => {
    if (axis < planes)
      for (let k = 0; k < extents[axis]!; k++) along(axis + 1, a + k * from.strides[axis]!, b + k * to.strides[axis]!);
    else copied += copyPlane(from, to, extents, a, b);
  };
  along(0, from.start, to.start);
  return copied;
}

/** The last two axes, from word a to word b. */
function copyPlane(from: Region, to: Region, extents: readonly number[], a: number, b: number): number {
  const last = extents.length - 1;
  const [source, target] = [from.words, to.words];
  const [rows, length] = [extents[last - 1] ?? 1, extents[last]!];
  const [rowA, stepA] = [from.strides[last - 1] ?? 0, from.strides[last]!];
  const [rowB, stepB] = [to.strides[last - 1] ?? 0, to.strides[last]!];
  for (let row = 0; row < rows; row++) {
    let [i, j] = [a + row * rowA, b + row * rowB];
    for (let k = 0; k < length; k++, i += stepA, j += stepB) target[j] = source[i]!;
  }
  return rows * length;
}

/** Sets every word of a box to 0. */
export function clearBox({ words, start, strides }: Region, extents: readonly number[]): void {
  const last = extents.length - 1;
  const along = (axis: number, a: number): void => {
    const [step, length] = [strides[axis]!, extents[axis]!];
    if (axis < last) for (let k = 0; k < length; k++) along(axis + 1, a + k * step);
    else for (let k = 0; k < length; k++) words[a + k * step] = 0;
  };
  along(0, start);
}
