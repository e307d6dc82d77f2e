import type { Values } from "../../../workloads/index.js";

/** Words of a box somewhere: the first one, and how far apart they are along each axis. */
export interface Region {
  readonly words: Values;
  readonly start: number;
  readonly strides: readonly number[];
}

/** Copies a box of words, row by row, and says how many they were. */
export function copyBox(from: Region, to: Region, extents: readonly number[]): number {
  const last = extents.length - 1;
  const [source, target] = [from.words, to.words];
  const [sourceStep, targetStep, length] = [from.strides[last]!, to.strides[last]!, extents[last]!];
  let copied = 0;
  const along = (axis: number, a: number, b: number): void => {
    if (axis < last) {
      for (let k = 0; k < extents[axis]!; k++) along(axis + 1, a + k * from.strides[axis]!, b + k * to.strides[axis]!);
      return;
    }
    for (let k = 0; k < length; k++) target[b + k * targetStep] = source[a + k * sourceStep]!;
    copied += length;
  };
  along(0, from.start, to.start);
  return copied;
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
