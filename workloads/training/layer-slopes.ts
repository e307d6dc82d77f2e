import { activation } from "../activations.js";
import { inputsOf, outputOf, startOf } from "../counts.js";
import type { Einsum } from "../einsum.js";
import { reference } from "../reference.js";
import type { Values } from "../values.js";
import { slopeOf } from "./slopes.js";

/** The derivative of a layer's last step at every word of its sums: of its activation, or 1 ÷ count. */
export function lastStepSlopesOf(einsum: Einsum, inputs: readonly Values[]): Float64Array {
  const { after } = einsum.operation;
  if (after?.kind === "divide-by-count")
    return Float64Array.from(countsInside(einsum), (count) => 1 / Math.max(1, count));
  if (after?.kind !== "activation") throw new Error("only an activation or a division by a count has slopes");
  const sums = reference({ ...einsum, operation: { ...einsum.operation, after: null } }, inputs);
  const [apply, slope] = [activation(after.name, after), slopeOf(after.name, after)];
  return Float64Array.from(sums, (sum) => slope(sum, apply(sum)));
}

/** Activations whose derivative follows from their value alone: nothing else of the forward pass is needed. */
const FROM_VALUE: ReadonlySet<string> = new Set(["relu", "relu6", "sigmoid", "tanh"]);

/** Whether the derivative of the layer's last step follows from its output. */
export const slopesFollowFromOutput = ({ operation: { after } }: Einsum): boolean =>
  after?.kind === "activation" && FROM_VALUE.has(after.name);

/** The derivative of the last step at every word of the output, for layers of which `slopesFollowFromOutput`. */
export function slopesFromOutput({ operation: { after } }: Einsum, output: Values): Float64Array {
  if (after?.kind !== "activation") throw new Error("only an activation's derivative follows from its value");
  const slope = slopeOf(after.name, after);
  return Float64Array.from(output, (y) => slope(y, y));
}

/** How many points reach each output word with all of their operands inside. */
function countsInside(einsum: Einsum): Values {
  const start = startOf(einsum);
  const float = { kind: "float", bits: 64 } as const;
  const tensors = einsum.tensors.filter((tensor) => tensor !== start).map((tensor) => ({ ...tensor, type: float }));
  const ones = inputsOf({ ...einsum, tensors }).map((tensor) =>
    new Float64Array(tensor.shape.reduce((n, extent) => n * extent, 1)).fill(1),
  );
  const combine = tensors.length > 2 ? "multiply" : "first";
  const operation = { combine, reduce: "add", start: "identity", after: null } as const;
  return reference({ ...einsum, tensors, operation, accumulator: outputOf({ ...einsum, tensors }).type }, ones);
}
