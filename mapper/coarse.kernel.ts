import type { FamilyChoices } from "./family.js";
import type { SolverInput } from "./solve.kernel.js";

/** Splits gathered in clusters: the same search over clusters, by the minima of their columns, bounds what is in them. */
export interface Coarse {
  readonly input: SolverInput;
  /** members[g][k]: the rows (or finer clusters) of cluster k of group g. */
  readonly members: readonly (readonly Int32Array[])[];
}

/** Coarser and coarser searches over the family's splits, coarsest first. */
export function coarsen(input: SolverInput): readonly Coarse[] {
  const levels = input.groups[0]?.classes.length ?? 0;
  const found: Coarse[] = [];
  let finer = withoutSliding(input);
  for (let level = levels - 1; level >= 0; level--) {
    const coarse = clustersOf(finer, level);
    found.unshift(coarse);
    finer = coarse.input;
  }
  return found;
}

/** The family with every run at its longest: all bounds from below, no choice depends on another. */
function withoutSliding(input: SolverInput): SolverInput {
  const { width, slidColumns, runWords, sliding } = input;
  const groups = input.groups.map((group, g): FamilyChoices => {
    const columns = Float64Array.from(group.columns);
    for (let row = 0; row < group.rows.length; row++)
      for (let s = 0; s < sliding.length; s++) {
        const there = slidColumns[g]![s]!;
        if (there.length === 0) continue;
        const words = runWords[group.runs[row * sliding.length + s]!]!;
        for (let j = 0; j < there.length; j++) columns[row * width + there[j]!]! *= words[words.length - 1]!;
      }
    const none = new Int32Array(0);
    return { ...group, columns, breaks: none, runs: none };
  });
  return { ...input, groups, sliding: [], together: [], slidColumns: groups.map(() => []), exact: false };
}

/** Gathers rows of one class at the level; the clusters keep the classes of their first row at coarser levels. */
function clustersOf(finer: SolverInput, level: number): Coarse {
  const { width } = finer;
  const members = finer.groups.map(({ classes }) => {
    const lists = new Map<number, number[]>();
    classes[level]!.forEach((k, row) => {
      const list = lists.get(k);
      if (list === undefined) lists.set(k, [row]);
      else list.push(row);
    });
    return [...lists.values()].map((list) => Int32Array.from(list));
  });
  const groups = finer.groups.map((group, g): FamilyChoices => {
    const clusters = members[g]!;
    const least = new Float64Array(clusters.length * width).fill(Number.POSITIVE_INFINITY);
    clusters.forEach((list, k) => {
      for (let i = 0; i < list.length; i++) {
        const at = list[i]! * width;
        for (let c = 0; c < width; c++) {
          const x = group.columns[at + c]!;
          if (x < least[k * width + c]!) least[k * width + c] = x;
        }
      }
    });
    const classes = group.classes.map((numbers) => Int32Array.from(clusters, (list) => numbers[list[0]!]!));
    const rows = Int32Array.from(clusters.keys());
    return { ...group, rows, columns: least, ambiguous: new Uint8Array(rows.length), classes };
  });
  return { input: { ...finer, groups }, members };
}
