import { divisorsOf, gcd } from "../base/index.js";
import { fanoutOf, type Problem } from "./problem.js";

/** The most states that bounds step through. */
const MOST = 300;

/**
 * How groups share the fan-outs. The *use* of a split is how far it fans out along each axis; several groups use the product of theirs.
 * Together no axis may be used beyond its size, which the bounds respect exactly (`times`), not only on average.
 *
 * Uses are told apart by the *room* that they leave along each axis: the widest use made of the bounds' primes that still fits beside them. Uses of one room
 * fit beside the same others, and so do their products with any other use u, since w · u fits beside a use just if it is not above the room (products of
 * such numbers are such numbers). So they are one *state*; state 0 uses nothing. Axes that would make too many states are left to multipliers, the
 * shortest first.
 */
export interface Packing {
  /** Axes 2f (x) and 2f + 1 (y) of fan-out f that are packed exactly, the others not. */
  readonly exact: readonly boolean[];
  /** Per axis and use of it: the axis's part of a state's number; the sum over all axes is told a state by `stateOf`. */
  readonly digits: readonly Int32Array[];
  readonly stateOf: ReadonlyMap<number, number>;
  readonly states: number;
  /** times[a · states + b]: the state of both together, −1 where some axis is over-used. */
  readonly times: Int32Array;
  /** The same state by state, without those that do not fit. */
  readonly fits: Fits;
  /** Per state: how many ways its uses fan out, along axes that are not packed as many as there are; where `packingOf` is to keep them. */
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

/** `keepsWidths`: uses of one state are also equally wide. */
export function packingOf(problem: Problem, keepsWidths = false): Packing {
  const sizes = problem.fanouts.flatMap((level) => {
    const { x, y } = fanoutOf(problem, level);
    return [x, y];
  });
  const kinds = sizes.map((size) =>
    keepsWidths ? Int32Array.from({ length: size + 1 }, (_, use) => use) : roomsOf(problem, size),
  );
  const exact = sizes.map(() => false);
  let uses = usesOf(problem, sizes, exact, kinds) ?? [];
  const longestFirst = [...sizes.keys()]
    .filter((a) => (sizes[a] ?? 1) > 1)
    .sort((a, b) => (sizes[b] ?? 1) - (sizes[a] ?? 1) || a - b);
  for (const axis of longestFirst) {
    exact[axis] = true;
    const more = usesOf(problem, sizes, exact, kinds);
    if (more === null) exact[axis] = false;
    else uses = more;
  }
  return pack(sizes, exact, kinds, uses);
}

/** Per use of an axis (from 0): the room that it leaves. */
function roomsOf({ bounds }: Problem, size: number): Int32Array {
  const isMade = (n: number): boolean => bounds.reduce((left, bound) => without(left, bound), n) === 1;
  const made = Array.from({ length: size }, (_, i) => i + 1).filter(isMade);
  return Int32Array.from({ length: size + 1 }, (_, use) => made.findLast((n) => n * use <= size) ?? 0);
}

/** The number without the primes of the other. */
function without(n: number, other: number): number {
  const common = gcd(n, other);
  return common === 1 ? n : without(n / common, other);
}

/** Per axis and use of it: its part of a number that tells states apart; 0 for axes that are not packed. */
function digitsOf(
  sizes: readonly number[],
  exact: readonly boolean[],
  kinds: readonly Int32Array[],
): readonly Int32Array[] {
  let radix = 1;
  return sizes.map((size, a) => {
    const own = radix;
    if (exact[a]) radix *= size + 1;
    return (kinds[a] ?? new Int32Array(0)).map((kind) => (exact[a] ? kind * own : 0));
  });
}

const numberOf = (digits: readonly Int32Array[], use: readonly number[]): number =>
  use.reduce((number, n, a) => number + (digits[a]?.[n] ?? 0), 0);

/** A use for each state, that of nothing first; null where there are too many. */
function usesOf(
  problem: Problem,
  sizes: readonly number[],
  exact: readonly boolean[],
  kinds: readonly Int32Array[],
): readonly (readonly number[])[] | null {
  const digits = digitsOf(sizes, exact, kinds);
  const nothing = sizes.map(() => 1);
  const found = new Map<number, readonly number[]>([[numberOf(digits, nothing), nothing]]);
  for (const v of problem.active)
    for (const use of [...found.values()])
      for (const grown of grownBy(use, sizes, exact, problem.bounds[v] ?? 1)) {
        const number = numberOf(digits, grown);
        if (!found.has(number)) found.set(number, grown);
        if (found.size > MOST) return null;
      }
  return [...found.values()];
}

function pack(
  sizes: readonly number[],
  exact: readonly boolean[],
  kinds: readonly Int32Array[],
  uses: readonly (readonly number[])[],
): Packing {
  const digits = digitsOf(sizes, exact, kinds);
  const stateOf = new Map(uses.map((use, k) => [numberOf(digits, use), k]));
  const states = uses.length;
  const times = new Int32Array(states * states).fill(-1);
  uses.forEach((a, i) => {
    uses.forEach((b, j) => {
      const both = a.map((n, axis) => n * (b[axis] ?? 1));
      if (both.some((n, axis) => n > (sizes[axis] ?? 1))) return;
      times[i * states + j] = stateOf.get(numberOf(digits, both)) ?? -1;
    });
  });
  const widthOf = (use: readonly number[]): number =>
    use.reduce((width, n, axis) => width * (exact[axis] ? n : (sizes[axis] ?? 1)), 1);
  const widths = Float64Array.from(uses, widthOf);
  const fits = fitsOf(times, states);
  return { exact, digits, stateOf, states, times, fits, widths, ends: new Float64Array(states) };
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
