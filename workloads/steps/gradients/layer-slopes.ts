import { product } from "../../../base/index.js";
import type { Layer } from "../../einsum.js";
import type { Attributes } from "../../graph/types.js";
import { lastStepSlopesOf, slopesFromOutput } from "../../training/layer-slopes.js";
import { pointSlopesOf } from "../../training/point-slopes.js";
import { given, numberOf, plan, type Step, StepError, wordsOf } from "../step.js";

/**
 * The step `LayerSlopes`: what the gradient of a layer needs of its forward pass. Attributes: `layer`, and `input`, the number of the input
 * whose point slopes are wanted (one word a point); without it the slopes of the layer's last step (one word an output word). Operands: the layer's;
 * with `output` 1 the layer's output alone.
 */
export const layerSlopes: Step = (operands, attributes) => {
  const { einsum } = layerIn(attributes);
  const input = numberOf(attributes, "input", -1);
  const shape = input < 0 ? (einsum.tensors.at(-1)?.shape ?? []) : einsum.bounds;
  return [
    plan(given(operands, 0).type, shape, (out) => {
      const values = operands.map((_, i) => wordsOf(given(operands, i)));
      const fromOutput = numberOf(attributes, "output", 0) === 1 ? values[0] : undefined;
      const slopes =
        fromOutput !== undefined
          ? slopesFromOutput(einsum, fromOutput)
          : input < 0
            ? lastStepSlopesOf(einsum, values)
            : pointSlopesOf(einsum, values, input);
      if (slopes.length !== product(shape)) throw new Error(`${slopes.length} slopes of ${product(shape)}`);
      out.set(slopes);
    }),
  ];
};

function layerIn(attributes: Attributes): Layer {
  const { layer } = attributes;
  if (typeof layer !== "object" || !("einsum" in layer)) throw new StepError("LayerSlopes needs a layer");
  return layer;
}
