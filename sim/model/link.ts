/** What moves over one link, as its two ends see it. Instances are named by their rows, one a variable (see `ranges.ts`). */
export interface LinkCounts {
  /** At the parent with these rows: what all its children read and update there, and their words over each fan-out. */
  readonly atParent: (rows: readonly number[]) => ParentCounts;
  /** At the child with these rows; nothing at compute. */
  readonly atChild: (rows: readonly number[]) => ChildCounts;
}
export interface ParentCounts {
  readonly reads: number;
  readonly updates: number;
  /** Per fan-out of the link, outermost first. */
  readonly hops: readonly number[];
}
export interface ChildCounts {
  readonly fills: number;
  readonly drains: number;
}
