import { product } from "../../../base/index.js";
import type { Attributes, Known } from "../../graph/types.js";
import type { Step } from "../step.js";

/** A step that has been run, and what the loss changes by with its outputs. All floats are in double precision. */
export interface Call {
  readonly step: Step;
  /** Any other step, for broadcasting as this one does. */
  readonly stepNamed: (name: string) => Step;
  readonly operands: readonly (Known | undefined)[];
  readonly attributes: Attributes;
  /** One an output; undefined where the loss does not depend on it. */
  readonly upstream: readonly (Float64Array | undefined)[];
  /** The number of the operand whose gradient is asked for. */
  readonly wanted: number;
}

/** The gradient with respect to the operand that is wanted, one word each of its words. */
export type Pull = (call: Call) => Float64Array;

/** The operand that is wanted. */
export const wantedOf = (call: Call): Known => operandOf(call, call.wanted);

export function operandOf({ operands }: Call, i: number): Known {
  const operand = operands[i];
  if (operand === undefined) throw new Error(`operand ${i} is missing`);
  return operand;
}

/** The gradient by the first output; zeros where there is none. */
export const slopeOfOutput = (call: Call): Float64Array =>
  call.upstream[0] ?? new Float64Array(product(call.step(call.operands, call.attributes)[0]?.shape ?? []));

/** The words of the first output, with some operands replaced. */
export function outputOf(
  call: Call,
  replaced: ReadonlyMap<number, Float64Array> = new Map(),
  output = 0,
): Float64Array {
  const operands = call.operands.map((operand, i) => {
    const values = replaced.get(i);
    return operand === undefined || values === undefined ? operand : { ...operand, values };
  });
  return Float64Array.from(call.step(operands, call.attributes)[output]?.values() ?? []);
}

/** 1, 2, 3 …: words that tell where they come from. */
export const numbered = (length: number): Float64Array => Float64Array.from({ length }, (_, i) => i + 1);
