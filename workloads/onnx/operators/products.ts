import { broadcastShape } from "../../steps/broadcast.js";
import { numberOf, StepError } from "../../steps/step.js";
import {
  addLayer,
  type Call,
  einsumOf,
  has,
  inputOf,
  isEmpty,
  type Lowering,
  operandOf,
  outputName,
  step,
  zeros,
} from "./call.js";
import { requantized, shifted } from "./convolutions.js";

const gemm: Lowering = (call) => {
  const [a, b] = [operandOf(call, 0), operandOf(call, 1)];
  const [transA, transB] = [numberOf(call.attributes, "transA", 0) === 1, numberOf(call.attributes, "transB", 0) === 1];
  const [m = 1, k = 1] = transA ? a.shape.toReversed() : a.shape;
  const [inner = 1, n = 1] = transB ? b.shape.toReversed() : b.shape;
  if (k !== inner) throw new StepError(`rows of ${k} words times columns of ${inner}`);
  const alpha = numberOf(call.attributes, "alpha", 1);
  const beta = numberOf(call.attributes, "beta", 1);
  const text = `Outputs[m,n] += Inputs[${transA ? "k,m" : "m,k"}] * Weights[${transB ? "n,k" : "k,n"}]`;
  const wants = has(call, 2) && beta !== 0;
  const target = (last: boolean): string => (last ? outputName(call) : call.builder.fresh(`${call.name}.sums`));
  let sums = target(alpha === 1 && !wants);
  if (isEmpty([m, n, k])) zeros(call, a.type, [m, n], sums);
  else {
    const bounds = new Map(Object.entries({ M: m, N: n, K: k }));
    const inputs = [inputOf(call, 0), inputOf(call, 1)];
    const wish = { kind: "gemm", einsum: einsumOf(text, bounds, a.type), inputs, type: a.type, shape: [m, n] };
    addLayer(call, { ...wish, biases: wants ? n : 0 }, sums);
  }
  if (alpha !== 1) sums = step(call, "Mul", [sums, factor(call, alpha)], {}, target(!wants));
  if (!wants) return;
  const bias = beta === 1 ? inputOf(call, 2) : step(call, "Mul", [inputOf(call, 2), factor(call, beta)]);
  step(call, "Add", [sums, bias], {}, outputName(call));
};

/** One number of the first input's type. */
function factor(call: Call, value: number): string {
  const { type } = operandOf(call, 0);
  const name = call.builder.fresh(`${call.name}.factor`);
  return call.builder.constant(name, { type, shape: [], values: Float64Array.of(value) });
}

/** The product of two tensors of the graph: matrices in the last two axes, the axes before broadcast. */
export function multiplied(call: Call, left: string, right: string, output?: string): string {
  const [a, b] = [call.builder.operand(left), call.builder.operand(right)];
  const [rows, columns] = [a.shape.length > 1, b.shape.length > 1];
  const [k, inner] = [a.shape.at(-1) ?? 1, (columns ? b.shape.at(-2) : b.shape[0]) ?? 1];
  if (k !== inner) throw new StepError(`rows of ${k} words times columns of ${inner}`);
  const [m, n] = [rows ? (a.shape.at(-2) ?? 1) : 1, columns ? (b.shape.at(-1) ?? 1) : 1];
  const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const batch = broadcastShape([batchA, batchB]);
  const shape = [...batch, ...(rows ? [m] : []), ...(columns ? [n] : [])];
  if (isEmpty(batch, [m, n, k])) return zeros(call, a.type, shape, output ?? call.builder.fresh(`${call.name}.sums`));
  const names = batch.map((_, axis) => `b${axis}`);
  /** The batch's variables of an operand; axes of extent 1 that are broadcast are left out. */
  const own = (extents: readonly number[]): readonly string[] =>
    names.filter(
      (_, axis) =>
        (extents[axis - batch.length + extents.length] ?? 1) === batch[axis] && axis >= batch.length - extents.length,
    );
  const list = (variables: readonly string[], last: readonly string[]): string => [...variables, ...last].join(",");
  const text = `Outputs[${list(names, ["m", "n"])}] += Inputs[${list(own(batchA), ["m", "k"])}] * Weights[${list(own(batchB), ["k", "n"])}]`;
  const bounds = new Map<string, number>([
    ...names.map((name, axis): [string, number] => [name.toUpperCase(), batch[axis] ?? 1]),
    ...Object.entries({ M: m, N: n, K: k }),
  ]);
  const wish = { kind: "matmul", einsum: einsumOf(text, bounds, a.type), inputs: [left, right], type: a.type, shape };
  return addLayer(call, wish, output);
}

const matMul: Lowering = (call) => {
  multiplied(call, inputOf(call, 0), inputOf(call, 1), outputName(call));
};

const matMulInteger: Lowering = (call) => {
  multiplied(call, shifted(call, 0, 2, -2), shifted(call, 1, 3, -1), outputName(call));
};

/** a, scale, zero, b, scale, zero, y's scale, zero. */
const qLinearMatMul: Lowering = (call) => {
  const sums = multiplied(call, shifted(call, 0, 2, -2), shifted(call, 3, 5, -1));
  requantized(call, sums, [inputOf(call, 1), inputOf(call, 4)], [inputOf(call, 6), inputOf(call, 7)]);
};

/** Products of matrices, as layers. */
export const products: Readonly<Record<string, Lowering>> = {
  Gemm: gemm,
  MatMul: matMul,
  MatMulInteger: matMulInteger,
  QLinearMatMul: qLinearMatMul,
};
