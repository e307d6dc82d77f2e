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
  const known = new Map<string, number>();
  const columnOf = ({ times, over, entered, held }: ColumnSpec): number => {
    const key = `${times}/${over}/${entered}/${held}`;
    const at = known.get(key) ?? columns.length;
    if (at === columns.length) columns.push({ times, over, entered, held });
    known.set(key, at);
    return at;
  };
  const renamed = program.columns.map(columnOf);
  const name = (c: number | undefined): number => renamed[c ?? -1] ?? -1;
  const termsOf = (sum: Sum): Term[] => [
    ...sum.products.map(({ weight, columns: [c] }) => ({ weight, column: name(c), v: -1 })),
    ...sum.differences.map(({ weight, y, v: [v] }) => ({ weight, column: name(y), v: name(v) })),
  ];
  const capacities = program.limits
    .filter((limit) => !program.fanoutLimits.includes(limit))
    .map((limit) => ({ columns: limit.columns.map(name), most: limit.most }));
  return {
    columns,
    constant: program.energy.constant,
    energy: termsOf(program.energy),
    leakage: program.leakage,
    leaks: program.leaks.map(({ weight, instances, lasting }) => ({
      ...{ weight, instances: name(instances), lasting: name(lasting) },
    })),
    delays: program.delays.map(termsOf),
    capacities: capacities.filter((limit) => limit.columns.length > 0),
    fanouts: program.fanoutLimits.map((limit) => ({ column: name(limit.columns[0]), most: limit.most })),
    isImpossible: capacities.some(({ columns: of, most }) => most < of.length),
  };
}
