import { axesOf, groupsOf } from "../reductions.js";
import { operandOf, outputOf, type Pull, slopeOfOutput } from "./call.js";

/** What the result y of some words changes by with one of them, x, which is the k-th. */
type Partial = (x: number, y: number, words: readonly number[], k: number) => number;

const reduced =
  (partial: Partial): Pull =>
  (call) => {
    const x = operandOf(call, 0);
    const { bases, offsets } = groupsOf(x.shape, axesOf(x, call.operands[1], call.attributes));
    const [y, upstream] = [outputOf(call), slopeOfOutput(call)];
    const gradient = new Float64Array(x.values.length);
    bases.forEach((base, i) => {
      const words = Array.from(offsets, (offset) => x.values[base + offset] ?? 0);
      offsets.forEach((offset, k) => {
        gradient[base + offset] = (upstream[i] ?? 0) * partial(words[k] ?? 0, y[i] ?? 0, words, k);
      });
    });
    return gradient;
  };

/** The first of the words that gave the result. */
const chosen: Partial = (_, y, words, k) => (words.indexOf(y) === k ? 1 : 0);

/** Steps that join words along axes. */
export const reductions: Readonly<Record<string, Pull>> = {
  ReduceL1: reduced((x) => Math.sign(x)),
  ReduceL2: reduced((x, y) => (y === 0 ? 0 : x / y)),
  ReduceLogSum: reduced((_, y) => Math.exp(-y)),
  ReduceLogSumExp: reduced((x, y) => Math.exp(x - y)),
  ReduceMax: reduced(chosen),
  ReduceMean: reduced((_, __, words) => 1 / words.length),
  ReduceMin: reduced(chosen),
  ReduceProd: reduced((_, __, words, k) => words.reduce((product, word, i) => (i === k ? product : product * word), 1)),
  ReduceSum: reduced(() => 1),
  ReduceSumSquare: reduced((x) => 2 * x),
};
