import type { ColumnSpec, Program, Sum } from "./program.js";

/**
 * A column of the search: a product of atoms over a product of atoms, times the words that enter a node (−1: none), times what the
 * tile of a node (−1: none) takes there while it streams through.
 */
export interface Column {
  readonly times: readonly number[];
  readonly over: readonly number[];
  readonly entered: number;
  readonly held: number;
}

/** weight · p[column], or (v ≥ 0) weight · p[column] · (p[v] − 1), which is weight · (x − y) with y = p[column] and x = y · p[v]. */
export interface Term {
  readonly weight: number;
  readonly column: number;
  readonly v: number;
}

/**
 * A program once it is settled which group slides which node's tile: every count is a product of one column, so the value grows
 * in every column. Columns are numbered anew, those of different sliders being one.
 */
export interface Relaxation {
  readonly columns: readonly Column[];
  readonly constant: number;
  readonly energy: readonly Term[];
  /** pJ a cycle. */
  readonly leakage: number;
  /** pJ a cycle of an instance, times those in use (a column); `lasting`: the column of the same over all steps. */
  readonly leaks: Program["leaks"];
  readonly delays: readonly (readonly Term[])[];
  /** Sums of columns that must stay within capacities. */
  readonly capacities: readonly { readonly columns: readonly number[]; readonly most: number }[];
  readonly fanouts: readonly { readonly column: number; readonly most: number }[];
  /** Some capacity is passed whatever is chosen: backing stores that do not hold their tensors. */
  readonly isImpossible: boolean;
}

export function relaxationOf(program: Program): Relaxation {
  const columns: Column[] = [];
  const renamed = renamedIn(program.columns, columns);
  const capacities: { columns: number[]; most: number }[] = [];
  for (const limit of program.limits)
    if (!program.fanoutLimits.includes(limit))
      capacities.push({ columns: limit.columns.map((c) => renamed[c] ?? -1), most: limit.most });
  return {
    columns,
    constant: program.energy.constant,
    energy: termsOf(program.energy, renamed),
    leakage: program.leakage,
    leaks: program.leaks.map(({ weight, instances, lasting }) => ({
      ...{ weight, instances: renamed[instances] ?? -1, lasting: renamed[lasting] ?? -1 },
    })),
    delays: program.delays.map((sum) => termsOf(sum, renamed)),
    capacities: capacities.filter((limit) => limit.columns.length > 0),
    fanouts: program.fanoutLimits.map(({ columns: [c], most }) => ({ column: renamed[c ?? -1] ?? -1, most })),
    isImpossible: capacities.some(({ columns: of, most }) => most < of.length),
  };
}

/** Per column of the program its number among those that differ in more than who slides, which are added to the list. */
function renamedIn(specs: readonly ColumnSpec[], columns: Column[]): readonly number[] {
  const known = new Map<string, number>();
  const renamed: number[] = [];
  for (const { times, over, entered, held } of specs) {
    const key = `${times}/${over}/${entered}/${held}`;
    const at = known.get(key) ?? columns.length;
    if (at === columns.length) columns.push({ times, over, entered, held });
    known.set(key, at);
    renamed.push(at);
  }
  return renamed;
}

/** Columns by their new numbers. */
function termsOf({ products, differences }: Sum, renamed: readonly number[]): readonly Term[] {
  const terms: Term[] = [];
  for (const { weight, columns } of products) terms.push({ weight, column: renamed[columns[0] ?? -1] ?? -1, v: -1 });
  for (const { weight, y, v } of differences)
    terms.push({ weight, column: renamed[y] ?? -1, v: renamed[v[0] ?? -1] ?? -1 });
  return terms;
}
