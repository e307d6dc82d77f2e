import { divisorsOf } from "../base/index.js";
import { fanoutOf, type Problem } from "./problem.js";

/** The most combinations of states and classes that one bound steps through. */
const MOST = 30_000;

/**
 * How groups share the fan-outs: the *class* of a split is how far it fans out along each axis; a *state* is what the groups
 * so far use together. Together no axis may be used beyond its size, which the bounds respect exactly (`next`), not only on average.
 * Axes that would make too many states are left to multipliers.
 */
export interface Packing {
  /** Axes 2f (x) and 2f + 1 (y) of fan-out f that are packed exactly, the others not. */
  readonly exact: readonly boolean[];
  /** Per group: the class of a split, by its use of every axis (Σ use · radix). */
  readonly classes: readonly ReadonlyMap<number, number>[];
  readonly radix: readonly number[];
  /** States before group g; states[0] = 1, states[G] those at the end. */
  readonly states: readonly number[];
  /** next[g][state · classes + class]: the state after, −1 where some axis is over-used. */
  readonly next: readonly Int32Array[];
}

export function packingOf(problem: Problem): Packing {
  const sizes = problem.fanouts.flatMap((level) => {
    const { x, y } = fanoutOf(problem, level);
    return [x, y];
  });
  const exact = sizes.map((size) => size > 1);
  for (;;) {
    const packing = pack(problem, sizes, exact);
    if (packing !== null) return packing;
    exact[exact.lastIndexOf(true)] = false;
  }
}

function pack(problem: Problem, sizes: readonly number[], exact: readonly boolean[]): Packing | null {
  const radix = sizes.map((_, a) => sizes.slice(0, a).reduce((n, size, b) => (exact[b] ? n * (size + 1) : n), 1));
  const codeOf = (use: readonly number[]): number =>
    use.reduce((code, n, a) => (exact[a] ? code + n * (radix[a] ?? 0) : code), 0);
  const uses: number[][][] = [];
  for (const { variables } of problem.groups) {
    const found = new Map<number, number[]>([[codeOf(sizes.map(() => 1)), sizes.map(() => 1)]]);
    for (const v of variables)
      for (const use of [...found.values()])
        for (const grown of grownBy(use, sizes, exact, problem.bounds[v] ?? 1)) found.set(codeOf(grown), grown);
    if (found.size > MOST / 10) return null;
    uses.push([...found.values()]);
  }
  let states: number[][] = [sizes.map(() => 1)];
  const counts = [1];
  const next: Int32Array[] = [];
  for (const classes of uses) {
    if (states.length * classes.length > MOST) return null;
    const known = new Map<number, number>();
    const after: number[][] = [];
    const table = new Int32Array(states.length * classes.length).fill(-1);
    states.forEach((state, s) => {
      classes.forEach((use, k) => {
        const together = state.map((n, a) => n * (use[a] ?? 1));
        if (together.some((n, a) => exact[a] && n > (sizes[a] ?? 1))) return;
        const code = codeOf(together);
        const at = known.get(code) ?? after.length;
        if (at === after.length) after.push(together);
        known.set(code, at);
        table[s * classes.length + k] = at;
      });
    });
    next.push(table);
    states = after;
    counts.push(after.length);
  }
  return {
    exact: [...exact],
    classes: uses.map((list) => new Map(list.map((use, k) => [codeOf(use), k]))),
    radix,
    states: counts,
    next,
  };
}

/** Every way in which one variable of the bound may widen a use of the packed axes. */
function grownBy(
  use: readonly number[],
  sizes: readonly number[],
  exact: readonly boolean[],
  bound: number,
): number[][] {
  let grown: { use: number[]; left: number }[] = [{ use: [...use], left: bound }];
  sizes.forEach((size, a) => {
    if (!exact[a]) return;
    grown = grown.flatMap(({ use: sofar, left }) =>
      divisorsOf(left)
        .filter((n) => n * (sofar[a] ?? 1) <= size)
        .map((n) => ({ use: sofar.map((m, b) => (b === a ? m * n : m)), left: left / n })),
    );
  });
  return grown.map(({ use: found }) => found);
}
