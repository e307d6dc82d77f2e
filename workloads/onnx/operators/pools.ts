import { product } from "../../../base/index.js";
import type { Operation } from "../../einsum.js";
import type { ValueType } from "../../graph/types.js";
import { poolingEinsum } from "../../sliding.js";
import { numberOf, numbersOf, StepError } from "../../steps/step.js";
import { type Window, windowsOf } from "../../steps/windows.js";
import { addLayer, type Call, inputOf, known, type Lowering, operandOf, outputName, step, typed } from "./call.js";

/** A pooling of one tensor of the graph: max, or sums with a post-step. */
interface Pool {
  readonly kind: string;
  readonly input: string;
  readonly windows: readonly Window[];
  readonly reduce: "max" | "add";
  readonly after: Operation["after"];
}

function pooled(call: Call, { kind, input, windows, reduce, after }: Pool, output?: string): string {
  const { type, shape } = call.builder.operand(input);
  const [batch = 1, channels = 1] = shape;
  const take = reduce === "max" ? "max" : "average-of-window";
  const parsed = poolingEinsum({ batch, channels, axes: windows, take });
  if (!parsed.ok) throw new StepError(parsed.errors.map((error) => error.message).join("; "));
  const einsum = typed({ ...parsed.value, operation: { ...parsed.value.operation, after } }, type);
  const result = [batch, channels, ...windows.map((window) => window.output)];
  return addLayer(call, { kind, einsum, inputs: [input], type, shape: result }, output);
}

const slidingOver = (call: Call): readonly Window[] =>
  windowsOf(operandOf(call, 0).shape.slice(2), numbersOf(call.attributes, "kernel_shape") ?? [], call.attributes);

/** Windows as large as the input. */
function globalOver(call: Call): readonly Window[] {
  const extents = operandOf(call, 0).shape.slice(2);
  return windowsOf(extents, extents, {});
}

const max =
  (windowsFor: (call: Call) => readonly Window[], kind: string): Lowering =>
  (call) => {
    const input = inputOf(call, 0);
    pooled(call, { kind, input, windows: windowsFor(call), reduce: "max", after: null }, outputName(call));
    if ((call.outputs[1] ?? "") === "") return;
    step(call, "MaxPoolIndices", [input], call.attributes, outputName(call, 1));
  };

/**
 * An average divides by the words inside, or (`count_include_pad`) by all of the window; also where its last place reaches beyond the
 * padding, as ONNX' test-suite has it.
 */
const average: Lowering = (call) => {
  const windows = slidingOver(call);
  const by = 1 / product(windows.map((window) => window.filter));
  const whole = numberOf(call.attributes, "count_include_pad", 0) !== 0;
  const after: Operation["after"] = whole ? { kind: "scale", by } : { kind: "divide-by-count" };
  pooled(call, { kind: "average-pool", input: inputOf(call, 0), windows, reduce: "add", after }, outputName(call));
};

const globalAverage: Lowering = (call) => {
  const windows = globalOver(call);
  const by = 1 / product(windows.map((window) => window.filter));
  const pool = { kind: "global-average-pool", input: inputOf(call, 0), windows, reduce: "add" } as const;
  pooled(call, { ...pool, after: { kind: "scale", by } }, outputName(call));
};

/** (Σ |x|ᵖ) to the power 1/p. */
const lp =
  (windowsFor: (call: Call) => readonly Window[]): Lowering =>
  (call) => {
    const { type } = operandOf(call, 0);
    const p = numberOf(call.attributes, "p", 2);
    const sizes = step(call, "Abs", [inputOf(call, 0)]);
    const powers = step(call, "Pow", [sizes, number(call, type, p)]);
    const pool = { kind: "lp-pool", input: powers, windows: windowsFor(call), reduce: "add", after: null } as const;
    step(call, "Pow", [pooled(call, pool), number(call, type, 1 / p)], {}, outputName(call));
  };

const number = (call: Call, type: ValueType, value: number): string => known(call, type, [], [value]);

/** Pooling of every kind, as layers. */
export const pools: Readonly<Record<string, Lowering>> = {
  AveragePool: average,
  GlobalAveragePool: globalAverage,
  GlobalLpPool: lp(globalOver),
  GlobalMaxPool: max(globalOver, "global-max-pool"),
  LpPool: lp(slidingOver),
  MaxPool: max(slidingOver, "max-pool"),
};
