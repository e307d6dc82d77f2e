import { divisorsOf } from "../base/index.js";
import { fanoutOf, type Problem } from "./problem.js";

/** The most states that bounds step through. */
const MOST = 300;

/**
 * How groups share the fan-outs. The *use* of a split is how far it fans out along each axis; several groups use the product of theirs.
 * The uses that fit are numbered: state 0 uses nothing. Together no axis may be used beyond its size, which the bounds respect exactly
 * (`times`), not only on average. Axes that would make too many states are left to multipliers.
 */
export interface Packing {
  /** Axes 2f (x) and 2f + 1 (y) of fan-out f that are packed exactly, the others not. */
  readonly exact: readonly boolean[];
  /** The state of a use, by Σ use · radix over the exact axes. */
  readonly stateOf: ReadonlyMap<number, number>;
  readonly radix: readonly number[];
  readonly states: number;
  /** times[a · states + b]: the state of both together, −1 where some axis is over-used. */
  readonly times: Int32Array;
  /** The same state by state, without those that do not fit. */
  readonly fits: Fits;
  /** Per state: how many ways its use fans out, along axes that are not packed as many as there are. */
  readonly widths: Float64Array;
  /** Per state: what a choice that ends in it pays beside its rows, Infinity where it is of no interest; 0 unless a goal asks for more. */
  readonly ends: Float64Array;
}

/** State k fits beside others[p], and together they are both[p], for p from first[k] to first[k + 1]. */
export interface Fits {
  readonly first: Int32Array;
  readonly others: Int32Array;
  readonly both: Int32Array;
}

/** `times`, states × states: the state of both together, below 0 where they do not fit. */
export function fitsOf(times: Int32Array, states: number): Fits {
  const first = new Int32Array(states + 1);
  const others = new Int32Array(times.length);
  const both = new Int32Array(times.length);
  let n = 0;
  for (let k = 0; k < states; k++) {
    for (let s = 0; s < states; s++) {
      const together = times[s * states + k] ?? -1;
      if (together < 0) continue;
      others[n] = s;
      both[n++] = together;
    }
    first[k + 1] = n;
  }
  return { first, others: others.slice(0, n), both: both.slice(0, n) };
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
  const nothing = sizes.map(() => 1);
  const found = new Map<number, readonly number[]>([[codeOf(nothing), nothing]]);
  for (const v of problem.active)
    for (const use of [...found.values()])
      for (const grown of grownBy(use, sizes, exact, problem.bounds[v] ?? 1)) {
        found.set(codeOf(grown), grown);
        if (found.size > MOST) return null;
      }
  const uses = [...found.values()];
  const stateOf = new Map(uses.map((use, k) => [codeOf(use), k]));
  const states = uses.length;
  const times = new Int32Array(states * states).fill(-1);
  uses.forEach((a, i) => {
    uses.forEach((b, j) => {
      const both = a.map((n, axis) => n * (b[axis] ?? 1));
      if (both.some((n, axis) => exact[axis] && n > (sizes[axis] ?? 1))) return;
      times[i * states + j] = stateOf.get(codeOf(both)) ?? -1;
    });
  });
  const widthOf = (use: readonly number[]): number =>
    use.reduce((width, n, axis) => width * (exact[axis] ? n : (sizes[axis] ?? 1)), 1);
  const widths = Float64Array.from(uses, widthOf);
  const fits = fitsOf(times, states);
  return { exact: [...exact], stateOf, radix, states, times, fits, widths, ends: new Float64Array(states) };
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
