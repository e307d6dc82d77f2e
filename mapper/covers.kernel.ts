import type { SlidingNode } from "./chain-motion.kernel.js";
import type { GroupRows } from "./family-rows.kernel.js";
import type { Column, Relaxation, Term } from "./relaxation.js";

/** Whether a term of the energy may cover a difference of a weight: a product that weighs as much at least, of words that enter a node (any others would do as well). */
export const mayCover = ({ v, weight, column }: Term, columns: readonly Column[], least: number): boolean =>
  v < 0 && weight >= least && columns[column]!.entered >= 0;

/** Per term of the energy that is a difference x − y: the smallest product that may cover it and is never below y in any row, −1 for none. */
export function coversOf(
  { energy: terms, columns }: Relaxation,
  rows: readonly GroupRows[],
  sliding: readonly SlidingNode[],
): Int32Array {
  const covers = new Int32Array(terms.length).fill(-1);
  for (let d = 0; d < terms.length; d++) {
    const { column: y, v, weight } = terms[d]!;
    if (v < 0) continue;
    let size = Number.POSITIVE_INFINITY;
    for (let t = 0; t < terms.length; t++) {
      if (!mayCover(terms[t]!, columns, weight)) continue;
      const z = terms[t]!.column;
      const own = sizeOver(rows, columns.length, z, y, slideOf(sliding, columns[z]!.entered), sliding.length);
      if (own >= size) continue;
      size = own;
      covers[d] = t;
    }
  }
  return covers;
}

function slideOf(sliding: readonly SlidingNode[], node: number): number {
  for (let s = 0; s < sliding.length; s++) if (sliding[s]!.node === node) return s;
  return -1;
}

/** About how large column z is (log) if it is in no row below column y; Infinity where it is. Words that enter a node whose tile slides, the s-th, may be as few as that leaves. */
function sizeOver(rows: readonly GroupRows[], C: number, z: number, y: number, s: number, S: number): number {
  let sum = 0;
  for (let g = 0; g < rows.length; g++) {
    const { rows: ids, logs, slid } = rows[g]!;
    const n = ids.length;
    let own = 0;
    for (let i = 0, at = 0; i < n; i++, at += C) {
      const words = logs[at + z]! + (s < 0 ? 0 : slid[i * S + s]!);
      if (logs[at + y]! > words + 1e-9) return Number.POSITIVE_INFINITY;
      own += words;
    }
    sum += own / Math.max(1, n);
  }
  return sum;
}
