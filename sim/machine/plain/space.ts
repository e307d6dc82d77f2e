import type { Einsum } from "../../../workloads/index.js";
import { at, type Box, wholeBox } from "../nest.js";

/** The words of a tensor's whole box, padding included, numbered row-major. */
export interface Space {
  readonly whole: Box;
  readonly strides: readonly number[];
  /** The numbers of a box' words, ascending. */
  readonly wordsOf: (box: Box) => readonly number[];
  /** How many of the words count: all, or with `padding: free` those inside the tensor. */
  readonly counted: (words: Iterable<number>) => number;
}

export function spaceOf(einsum: Einsum, t: number): Space {
  const tensor = at(einsum.tensors, t);
  const whole = wholeBox(einsum, tensor);
  const strides: number[] = [];
  let size = 1;
  for (const { start, end } of whole.toReversed()) {
    strides.unshift(size);
    size *= end - start;
  }
  const wordsOf = (box: Box): readonly number[] => {
    let words = [0];
    box.forEach(({ start, end }, axis) => {
      const [stride, origin] = [at(strides, axis), at(whole, axis).start];
      const along = Array.from({ length: end - start }, (_, i) => (start + i - origin) * stride);
      words = words.flatMap((word) => along.map((offset) => word + offset));
    });
    return words;
  };
  const isInside = (word: number): boolean =>
    whole.every(({ start, end }, axis) => {
      const coordinate = start + (Math.floor(word / at(strides, axis)) % (end - start));
      return coordinate >= 0 && coordinate < at(tensor.shape, axis);
    });
  const counted = (words: Iterable<number>): number => {
    let count = 0;
    for (const word of words) if (einsum.padding === "counted" || isInside(word)) count++;
    return count;
  };
  return { whole, strides, wordsOf, counted };
}
