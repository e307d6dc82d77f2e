import { rangeOf } from "./affine.js";
import { activation, identityOf } from "./arithmetic.js";
import { inputsOf, outputOf, tensorWords } from "./counts.js";
import type { Affine, Einsum, Operation } from "./einsum.js";
import { emptyValues, stridesOf, type Values } from "./values.js";

/** What the plain loops gave. */
export interface ReferenceRun {
  /** The output, row-major over its shape. */
  readonly values: Values;
  /** Whether an integer product or sum left its 32 bits and wrapped round; the values are then those of wrapping arithmetic. */
  readonly overflowed: boolean;
}

/**
 * The right output of an Einsum by plain nested loops, one a variable, straight from its text. What every other way to run it is compared with.
 * Integers are exact modulo 2³²; floats are summed in double precision and rounded once, at the end.
 */
export const reference = (einsum: Einsum, inputs: readonly Values[]): Values => referenceRun(einsum, inputs).values;

/**
 * `reference`, saying also whether integers overflowed.
 *
 * Outside an input reads as the reduction's identity (0 under a sum, 1 under a product); under max and min a point that touches the outside
 * counts for nothing; an output coordinate outside its tensor is dropped. `divide-by-count` divides by the points that lay inside.
 */
export function referenceRun(einsum: Einsum, inputs: readonly Values[]): ReferenceRun {
  checkInputs(einsum, inputs);
  const output = outputOf(einsum);
  const words = tensorWords(output);
  const isFloat = einsum.accumulator.kind === "float";
  const { reduce, after } = einsum.operation;
  const sums = isFloat ? new Float64Array(words) : new Int32Array(words);
  sums.fill(identityOf(reduce, isFloat));
  const counts = new Uint32Array(after?.kind === "divide-by-count" ? words : 0);
  const run = new Function("inputs", "sums", "counts", referenceSource(einsum)) as Loops;
  const overflowed = run(inputs, sums, counts);
  const values = emptyValues(output.type, words);
  const finish = finisher(einsum, isFloat, counts);
  for (let i = 0; i < words; i++) values[i] = finish(sums[i] ?? 0, i);
  return { values, overflowed };
}

type Loops = (inputs: readonly Values[], sums: Values, counts: Uint32Array) => boolean;

function checkInputs(einsum: Einsum, inputs: readonly Values[]): void {
  const expected = inputsOf(einsum).map(tensorWords);
  const found = inputs.map((values) => values.length);
  if (expected.join() !== found.join())
    throw new Error(`inputs of ${found.join(", ")} words for tensors of ${expected.join(", ")}`);
}

/** The post-step on a finished word; on integers it rounds towards zero. */
function finisher(einsum: Einsum, isFloat: boolean, counts: Uint32Array): (value: number, word: number) => number {
  const { after } = einsum.operation;
  if (after === null) return (value) => value;
  const kept = isFloat ? (value: number): number => value : Math.trunc;
  if (after.kind === "scale") return (value) => kept(value * after.by);
  if (after.kind === "divide-by-count") return (value, word) => kept(value / Math.max(1, counts[word] ?? 1));
  const apply = activation(after.name);
  return (value) => kept(apply(value));
}

/**
 * The nest itself, as the text of a function of (inputs, sums, counts). For `O[p] += I[2*p+r-1] * F[r]`, P=4, R=3, H=8:
 * ```
 * for (let v0 = 0; v0 < 4; v0++) {
 *   const o0 = v0;
 *   for (let v1 = 0; v1 < 3; v1++) {
 *     const a0 = 2*v0 + v1 - 1;
 *     if (a0 < 0 || a0 >= 8) continue;
 *     …
 * ```
 * Each coordinate is computed, and checked where it can leave its tensor, in the loop of its last variable.
 */
export function referenceSource(einsum: Einsum): string {
  const isFloat = einsum.accumulator.kind === "float";
  const lines = ["let overflowed = false;"];
  inputsOf(einsum).forEach((_, t) => {
    lines.push(`const T${t} = inputs[${t}];`);
  });
  const skips = skipsOutside(einsum.operation);
  const indices = einsum.tensors.map(() => "0");
  const unguarded = einsum.tensors.map((): string[] => []);
  const enter = (loop: number): void => {
    einsum.tensors.forEach((tensor, t) => {
      const parts = tensor.ranks.flatMap((affine, axis) => {
        if (lastVariable(affine) !== loop) return [];
        const name = `i${t}_${axis}`;
        lines.push(`const ${name} = ${sourceOf(affine)};`);
        const leaving = leavingTest(affine, tensor.shape[axis] ?? 1, einsum.bounds, name);
        if (leaving !== "" && (skips || tensor.role === "output"))
          lines.push(`if (${leaving}) ${loop < 0 ? "return overflowed" : "continue"};`);
        else if (leaving !== "") unguarded[t]?.push(leaving);
        return [`${name} * ${stridesOf(tensor.shape)[axis] ?? 1}`];
      });
      if (parts.length === 0) return;
      lines.push(`const at${t}_${loop + 1} = ${[indices[t], ...parts].join(" + ")};`);
      indices[t] = `at${t}_${loop + 1}`;
    });
  };
  enter(-1);
  einsum.bounds.forEach((bound, loop) => {
    lines.push(`for (let v${loop} = 0; v${loop} < ${bound}; v${loop}++) {`);
    enter(loop);
  });
  const operands = inputsOf(einsum).map((_, t) => {
    const read = `T${t}[${indices[t]}]`;
    const outside = unguarded[t]?.join(" || ") ?? "";
    return outside === "" ? read : `(${outside} ? ${identityOf(einsum.operation.reduce, isFloat)} : ${read})`;
  });
  lines.push(...bodySource(einsum, operands, indices.at(-1) ?? "0", isFloat));
  lines.push(...einsum.bounds.map(() => "}"), "return overflowed;");
  return lines.join("\n");
}

/** Whether a point with an operand outside its tensor adds nothing, so that it can be left out. */
const skipsOutside = ({ combine, reduce }: Operation): boolean =>
  reduce === "max" ||
  reduce === "min" ||
  combine === "first" ||
  (combine === "multiply" && (reduce === "add" || reduce === "assign"));

const lastVariable = (affine: Affine): number => Math.max(-1, ...affine.terms.map((term) => term.variable));

const sourceOf = (affine: Affine): string =>
  [...affine.terms.map(({ variable, coefficient }) => `${coefficient} * v${variable}`), String(affine.offset)].join(
    " + ",
  );

function leavingTest(affine: Affine, extent: number, bounds: readonly number[], name: string): string {
  const { low, high } = rangeOf(affine, bounds);
  return [...(low < 0 ? [`${name} < 0`] : []), ...(high >= extent ? [`${name} >= ${extent}`] : [])].join(" || ");
}

/** One point: combine the operands, reduce into the output's word. */
function bodySource(einsum: Einsum, operands: readonly string[], at: string, isFloat: boolean): string[] {
  const lines = operands.map((read, i) => `const x${i} = ${read};`);
  const names = operands.map((_, i) => `x${i}`);
  lines.push(`let value = ${names[0] ?? "0"};`);
  const { combine, reduce } = einsum.operation;
  const multiply = (left: string, right: string): string[] =>
    isFloat
      ? [`${left} = ${left} * ${right};`]
      : [
          `const exact${lines.length} = ${left} * ${right};`,
          `${left} = Math.imul(${left}, ${right});`,
          `if (${left} !== exact${lines.length}) overflowed = true;`,
        ];
  for (const name of combine === "first" ? [] : names.slice(1)) {
    if (combine === "multiply") lines.push(...multiply("value", name));
    else lines.push(`value = value ${combine === "add" ? "+" : "-"} ${name};`);
  }
  if (combine === "subtract-square")
    lines.push(...(isFloat ? ["value = value * value;"] : ["value = value | 0;", ...multiply("value", "value")]));
  lines.push(`let sum = sums[${at}];`);
  if (reduce === "multiply") lines.push(...multiply("sum", "value"));
  else lines.push(`sum = ${reductionSource(reduce)};`);
  if (!isFloat) lines.push("if (sum !== (sum | 0)) overflowed = true;");
  lines.push(`sums[${at}] = sum${isFloat ? "" : " | 0"};`);
  if (einsum.operation.after?.kind === "divide-by-count") lines.push(`counts[${at}]++;`);
  return lines;
}

function reductionSource(reduce: Operation["reduce"]): string {
  if (reduce === "add") return "sum + value";
  if (reduce === "assign") return "value";
  return `Math.${reduce}(sum, value)`;
}
