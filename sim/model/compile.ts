import { codeOf } from "./code.js";
import { type Layout, layoutOf } from "./layout.js";
import type { Visits } from "./motion.js";
import { unionLength, unionVolume } from "./spread.js";
import type { Terms } from "./terms.js";

/** Evaluates one structure for any perfect factors; generated code, flat numbers in and out. */
export interface Evaluator {
  readonly layout: Layout;
  /**
   * `factors`: the iterations of every loop, outermost first, ≥ 1; those of one variable must multiply to its bound.
   * Writes `layout.size` numbers.
   */
  readonly evaluate: (factors: ArrayLike<number>, out: Float64Array) => void;
  /** The generated code, to look at. */
  readonly source: string;
}

/** Compiles terms to a function of the loops' factors. */
export function compile(terms: Terms, visits: Visits = "executed"): Evaluator {
  const layout = layoutOf(terms);
  const source = codeOf(terms, layout, visits);
  const made: unknown = new Function("unionLength", "unionVolume", source)(unionOfIntervals, unionOfBoxes);
  return { layout, source, evaluate: made as Evaluator["evaluate"] };
}

/** The runtime side of `unionLength`: count, stride, count, stride, … */
function unionOfIntervals(length: number, ...moves: readonly number[]): number {
  const pairs: { count: number; stride: number }[] = [];
  for (let i = 0; i < moves.length; i += 2) pairs.push({ count: moves[i] ?? 1, stride: moves[i + 1] ?? 0 });
  return unionLength(length, pairs);
}

/** The runtime side of `unionVolume`: [count, step along each axis …] a move. */
const unionOfBoxes = (lengths: readonly number[], ...moves: readonly (readonly number[])[]): number =>
  unionVolume(
    lengths,
    moves.map(([count = 1, ...step]) => ({ count, step })),
  );
