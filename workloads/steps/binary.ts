import { product } from "../../base/index.js";
import type { Attributes, Operand, ValueType } from "../graph/types.js";
import { bitsOf, isFloat, limitsOf } from "../graph/value-types.js";
import { broadcastShape, reader } from "./broadcast.js";
import { given, numberOf, plan, type Step, StepError } from "./step.js";

type Combine = (a: number, b: number) => number;
/** How two words are combined, which may depend on their type and the step's attributes. */
type Formula = (type: ValueType, attributes: Attributes) => Combine;

/** A step on two operands that are broadcast against each other. */
function eachPair(formula: Formula, result: (type: ValueType) => ValueType = (type) => type): Step {
  return (operands, attributes) => {
    const a = given(operands, 0);
    const b = aligned(given(operands, 1), a, attributes);
    const shape = broadcastShape([a.shape, b.shape]);
    const f = formula(a.type, attributes);
    return [
      plan(result(a.type), shape, (out) => {
        const [left, right] = [reader(a, shape), reader(b, shape)];
        for (let i = 0; i < out.length; i++) out[i] = f(left(i), right(i));
      }),
    ];
  };
}

/** Before operator set 7 the second operand was laid along the first from `axis` on: it gets axes of 1 behind. */
function aligned(operand: Operand, to: Operand, attributes: Attributes): Operand {
  const axis = attributes["broadcast"] === 1 ? attributes["axis"] : undefined;
  if (typeof axis !== "number") return operand;
  const front = axis < 0 ? axis + to.shape.length : axis;
  const behind = to.shape.length - front - operand.shape.length;
  return { ...operand, shape: [...operand.shape, ...Array<number>(Math.max(0, behind)).fill(1)] };
}

const pairs = (f: Combine): Step => eachPair(() => f);
const test = (f: (a: number, b: number) => boolean): Step =>
  eachPair(
    () => (a, b) => Number(f(a, b)),
    () => "bool",
  );

const multiply: Formula = (type) => (type === "int32" ? Math.imul : (a, b) => a * b);
const divide: Formula = (type) => (isFloat(type) ? (a, b) => a / b : (a, b) => Math.trunc(a / b));

/** `fmod` takes the sign of the dividend; whole numbers otherwise that of the divisor. */
const remainder: Formula = (_, attributes) =>
  numberOf(attributes, "fmod", 0) === 1
    ? (a, b) => a % b
    : (a, b) => {
        const rest = a % b;
        return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
      };

const shift: Formula = (type, attributes) =>
  attributes["direction"] === "LEFT" ? (a, b) => (a * 2 ** b) % 2 ** bitsOf(type) : (a, b) => Math.floor(a / 2 ** b);

/** Bit by bit, in the width of the type, by way of big integers where 32 bits are not enough. */
const bitwise =
  (narrow: Combine, wide: (a: bigint, b: bigint) => bigint): Formula =>
  (type) =>
    bitsOf(type) <= 16 ? narrow : (a, b) => Number(wide(BigInt(a), BigInt(b)));

/** A step on any number of operands that are broadcast against each other and joined two by two. */
function folded(f: Combine, finish: (sum: number, count: number) => number = (sum) => sum): Step {
  return (operands) => {
    const all = operands.map((_, i) => given(operands, i));
    const [first] = all;
    if (first === undefined) throw new StepError("no inputs");
    const shape = broadcastShape(all.map((operand) => operand.shape));
    return [
      plan(first.type, shape, (out) => {
        const readers = all.map((operand) => reader(operand, shape));
        for (let i = 0; i < out.length; i++) {
          let sum = readers[0]?.(i) ?? 0;
          for (let k = 1; k < readers.length; k++) sum = f(sum, readers[k]?.(i) ?? 0);
          out[i] = finish(sum, readers.length);
        }
      }),
    ];
  };
}

const where: Step = (operands) => {
  const [condition, yes, no] = [given(operands, 0), given(operands, 1), given(operands, 2)];
  const shape = broadcastShape([condition.shape, yes.shape, no.shape]);
  return [
    plan(yes.type, shape, (out) => {
      const [c, a, b] = [reader(condition, shape), reader(yes, shape), reader(no, shape)];
      for (let i = 0; i < out.length; i++) out[i] = c(i) === 0 ? b(i) : a(i);
    }),
  ];
};

/** Limits are operands since operator set 11, attributes before. */
const clip: Step = (operands, attributes) => {
  const x = given(operands, 0);
  const { low, high } = limitsOf(x.type);
  const [least, most] = [operands[1], operands[2]];
  return [
    plan(x.type, x.shape, (out) => {
      const min = least === undefined ? numberOf(attributes, "min", low) : reader(least, [])(0);
      const max = most === undefined ? numberOf(attributes, "max", high) : reader(most, [])(0);
      const words = reader(x, x.shape);
      for (let i = 0; i < out.length; i++) out[i] = Math.min(max, Math.max(min, words(i)));
    }),
  ];
};

/** Slopes are laid along the channels where their shape does not broadcast as it stands. */
const prelu: Step = (operands) => {
  const x = given(operands, 0);
  const slope = given(operands, 1);
  const alongChannels = slope.shape.length === 1 && x.shape.length > 2 && slope.shape[0] === x.shape[1];
  const shape = alongChannels ? [...slope.shape, ...x.shape.slice(2).map(() => 1)] : slope.shape;
  return [
    plan(x.type, x.shape, (out) => {
      const [words, slopes] = [reader(x, x.shape), reader({ ...slope, shape }, x.shape)];
      for (let i = 0; i < out.length; i++) out[i] = words(i) < 0 ? slopes(i) * words(i) : words(i);
    }),
  ];
};

const expand: Step = (operands) => {
  const x = given(operands, 0);
  const wanted = given(operands, 1).values;
  if (wanted === null) throw new StepError("the shape is not known before the run");
  const shape = broadcastShape([x.shape, [...wanted]]);
  return [
    plan(x.type, shape, (out) => {
      const words = reader(x, shape);
      for (let i = 0; i < out.length; i++) out[i] = words(i);
    }),
  ];
};

/** Repeats a tensor along each axis; before operator set 6 along one axis, given by operands. */
const tile: Step = (operands) => {
  const x = given(operands, 0);
  const repeats = given(operands, 1).values;
  if (repeats === null) throw new StepError("the repeats are not known before the run");
  const axis = operands[2]?.values?.[0];
  const times = axis === undefined ? [...repeats] : x.shape.map((_, a) => (a === axis ? (repeats[0] ?? 1) : 1));
  const shape = x.shape.map((extent, a) => extent * (times[a] ?? 1));
  const split = x.shape.flatMap((extent, a) => [times[a] ?? 1, extent]);
  const ones = x.shape.flatMap((extent) => [1, extent]);
  return [
    plan(x.type, shape, (out) => {
      const words = reader({ ...x, shape: ones }, split);
      for (let i = 0; i < product(shape); i++) out[i] = words(i);
    }),
  ];
};

/** The steps whose operands are broadcast against each other. */
export const binary: Readonly<Record<string, Step>> = {
  Add: pairs((a, b) => a + b),
  And: test((a, b) => a !== 0 && b !== 0),
  BitShift: eachPair(shift),
  BitwiseAnd: eachPair(
    bitwise(
      (a, b) => a & b,
      (a, b) => a & b,
    ),
  ),
  BitwiseOr: eachPair(
    bitwise(
      (a, b) => a | b,
      (a, b) => a | b,
    ),
  ),
  BitwiseXor: eachPair(
    bitwise(
      (a, b) => a ^ b,
      (a, b) => a ^ b,
    ),
  ),
  Clip: clip,
  Div: eachPair(divide),
  Equal: test((a, b) => a === b),
  Expand: expand,
  Greater: test((a, b) => a > b),
  GreaterOrEqual: test((a, b) => a >= b),
  Less: test((a, b) => a < b),
  LessOrEqual: test((a, b) => a <= b),
  Max: folded(Math.max),
  Mean: folded(
    (a, b) => a + b,
    (sum, count) => sum / count,
  ),
  Min: folded(Math.min),
  Mod: eachPair(remainder),
  Mul: eachPair(multiply),
  Or: test((a, b) => a !== 0 || b !== 0),
  PRelu: prelu,
  Pow: pairs((a, b) => a ** b),
  Sub: pairs((a, b) => a - b),
  Sum: folded((a, b) => a + b),
  Tile: tile,
  Where: where,
  Xor: test((a, b) => (a !== 0) !== (b !== 0)),
};
