import { type Call, numbered, operandOf, outputOf, type Pull, slopeOfOutput, wantedOf } from "./call.js";

/** What one word of the output changes by with the operand number k of it, all operands being there. */
type Partial = (operands: readonly number[], k: number, y: number) => number;

/** Where each word of the output finds an operand's word, by a step that only broadcasts. */
interface Spread {
  /** The operand's words as the output sees them. */
  readonly words: Float64Array;
}

/** Operand k laid out as the output is: the sum of it and of zeros in the place of all others. */
function summed(call: Call, k: number, values: Float64Array): Spread {
  const replaced = new Map<number, Float64Array>(
    call.operands.map((operand, i) => [i, new Float64Array(operand?.values.length ?? 0)]),
  );
  replaced.set(k, values);
  const sum = call.operands.length === 2 ? "Add" : "Sum";
  return { words: outputOf({ ...call, step: call.stepNamed(sum) }, replaced) };
}

/** `PRelu` lays its slopes along channels: at x = −1 it shows their negatives. */
function prelu(call: Call, k: number, values: Float64Array): Spread {
  if (k === 0) return { words: values };
  const ones = new Float64Array(operandOf(call, 0).values.length).fill(-1);
  return {
    words: outputOf(
      call,
      new Map([
        [0, ones],
        [1, values],
      ]),
    ).map((x) => -x),
  };
}

/** Each word's share, added up over the words that the operand was repeated for. */
const pair =
  (partial: Partial, spread: typeof summed = summed): Pull =>
  (call) => {
    const y = outputOf(call);
    const laid = call.operands.map((operand, k) => spread(call, k, Float64Array.from(operand?.values ?? [])).words);
    const wanted = wantedOf(call).values.length;
    const places = spread(call, call.wanted, numbered(wanted)).words;
    const gradient = new Float64Array(wanted);
    slopeOfOutput(call).forEach((g, i) => {
      const at = laid.map((words) => words[i] ?? 0);
      const place = (places[i] ?? 0) - 1;
      gradient[place] = (gradient[place] ?? 0) + g * partial(at, call.wanted, y[i] ?? 0);
    });
    return gradient;
  };

/** The first of the operands that gave the output's word. */
const chosen: Partial = (operands, k, y) => (operands.indexOf(y) === k ? 1 : 0);

const where: Pull = (call) => {
  const { wanted } = call;
  const other = wanted === 1 ? 2 : 1;
  const zeros = new Float64Array(operandOf(call, other).values.length);
  const places = outputOf(
    call,
    new Map([
      [wanted, numbered(wantedOf(call).values.length)],
      [other, zeros],
    ]),
  );
  const gradient = new Float64Array(wantedOf(call).values.length);
  slopeOfOutput(call).forEach((g, i) => {
    const place = (places[i] ?? 0) - 1;
    if (place >= 0) gradient[place] = (gradient[place] ?? 0) + g;
  });
  return gradient;
};

/** Steps whose operands are broadcast against each other. */
export const broadcasts: Readonly<Record<string, Pull>> = {
  Add: pair(() => 1),
  Div: pair(([a = 0, b = 1], k) => (k === 0 ? 1 / b : -a / (b * b))),
  Max: pair(chosen),
  Mean: pair((operands) => 1 / operands.length),
  Min: pair(chosen),
  Mul: pair(([a = 0, b = 0], k) => (k === 0 ? b : a)),
  PRelu: pair(([x = 0, slope = 0], k) => (k === 0 ? (x < 0 ? slope : 1) : Math.min(0, x)), prelu),
  Pow: pair(([a = 0, b = 0], k, y) => (k === 0 ? b * a ** (b - 1) : y * Math.log(a))),
  Sub: pair((_, k) => (k === 0 ? 1 : -1)),
  Sum: pair(() => 1),
  Where: where,
};
