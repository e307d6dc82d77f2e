import type { Einsum, Layer } from "../einsum.js";
import { reference } from "../reference.js";
import { emptyValues, type Values } from "../values.js";
import { type GradientLayer, gradientsOfLayer, type Source } from "./layer-gradients.js";
import { lastStepSlopesOf } from "./layer-slopes.js";
import { pointSlopesOf } from "./point-slopes.js";

/** How a layer is executed: by the reference, or by a machine through a mapping. */
export type Runner = (layer: Layer, inputs: readonly Values[]) => Values;

const byReference: Runner = (layer, inputs) => reference(layer.einsum, inputs);

/**
 * The gradients of a loss with respect to the inputs of a layer, in their order, from that with respect to its output (`upstream`): the layers
 * of `gradients` run one after another, their further operands taken from the forward pass.
 */
export function backward(
  layer: Layer,
  inputs: readonly Values[],
  upstream: Values,
  run: Runner = byReference,
): readonly Values[] {
  const results: Values[] = [];
  let ofSums = upstream;
  for (const derived of gradientsOfLayer(layer)) {
    const operands = operandsFor(derived, layer, inputs, upstream, ofSums);
    const values = run(derived, operands);
    if (derived.wanted === null) ofSums = values;
    else results[derived.wanted] = values;
  }
  return results;
}

/** What a backward layer reads. */
function operandsFor(
  derived: GradientLayer,
  layer: Layer,
  inputs: readonly Values[],
  upstream: Values,
  ofSums: Values,
): readonly Values[] {
  const valuesOf = (source: Source): Values => {
    switch (source.kind) {
      case "upstream":
        return upstream;
      case "sums-gradient":
        return ofSums;
      case "input":
        return inputs[source.index] ?? new Float64Array();
      case "slopes":
        return lastStepSlopesOf(layer.einsum, inputs);
      case "point-slopes":
        return pointSlopesOf(layer.einsum, inputs, source.index);
    }
  };
  return derived.sources.map((source, i) => ofType(valuesOf(source), derived.einsum, i));
}

/** The values in the representation of the operand's type. */
function ofType(values: Values, einsum: Einsum, input: number): Values {
  const type = einsum.tensors[input]?.type ?? einsum.accumulator;
  const fitting = emptyValues(type, values.length);
  if (values.constructor === fitting.constructor) return values;
  fitting.set(values);
  return fitting;
}
