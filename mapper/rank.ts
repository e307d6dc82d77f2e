/**
 * The place of a choice of rows in the canonical order, which decides between mappings of equal value, cycles and energy. Compared as lists:
 *
 * 1. the number of the placement (those that keep more come first);
 * 2. the number of its order family;
 * 3. what the choice takes of everything: the log of the product of all tiles, instances and words that the family's formulas speak of;
 * 4. group by group the number of the row in its table: splits variable by variable; of two, the one with fewer iterations at the
 *    outermost place where they differ goes first.
 *
 * Dominated rows are left out on the way (open.kernel.ts), more or fewer of them as the search happens to go. The first choice of all is never
 * lost by that: the row that stands in for another one has less of something and more of nothing, and so goes before it by (3), or goes before
 * it by (4), where what decides between two choices that differ in one group is that group.
 */
export type Rank = readonly number[];

/** Logarithms this close are equal. */
const SAME = 1e-9;

export function compareRanks(a: Rank, b: Rank): number {
  const at = a.findIndex((x, i) => Math.abs(x - (b[i] ?? 0)) > SAME);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}
