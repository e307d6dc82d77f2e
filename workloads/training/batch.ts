import { inputsOf, outputOf } from "../counts.js";
import type { Einsum, Tensor } from "../einsum.js";

/** The same layer on a batch of another size; undefined where no variable n stands alone on the first axes of its first input and its output. */
export function batched(einsum: Einsum, batch: number): Einsum | undefined {
  const n = einsum.variables.indexOf("n");
  const isBatch = (tensor: Tensor | undefined, axis: number): boolean =>
    tensor?.ranks[axis]?.terms.length === 1 && tensor.ranks[axis]?.terms[0]?.variable === n;
  if (n < 0 || !isBatch(inputsOf(einsum)[0], 0) || !isBatch(outputOf(einsum), 0)) return undefined;
  return {
    ...einsum,
    bounds: einsum.bounds.map((bound, variable) => (variable === n ? batch : bound)),
    tensors: einsum.tensors.map((tensor) => ({
      ...tensor,
      shape: tensor.shape.map((extent, axis) => (isBatch(tensor, axis) ? batch : extent)),
    })),
  };
}
