import type { Known, Operand } from "../../graph/types.js";
import { isFloat } from "../../graph/value-types.js";
import { given, numberOf, plan, type Step, wordOf, wordsOf } from "../step.js";
import { broadcasts } from "./broadcasts.js";
import type { Pull } from "./call.js";
import { elementwise } from "./elementwise.js";
import { losses } from "./losses.js";
import { moves } from "./moves.js";
import { normalisations } from "./normalisations.js";
import { reductions } from "./reductions.js";

/** How gradients go back through each step, by its name. */
const pulls: ReadonlyMap<string, Pull> = new Map<string, Pull>(
  [elementwise, broadcasts, moves, reductions, normalisations, losses].flatMap((table) => Object.entries(table)),
);

/** Whether gradients go back through a step. */
export const isDifferentiable = (step: string): boolean => pulls.has(step);

/**
 * The step `Gradient`: what a loss changes by with one operand of another step. Attributes: those of the step, `of` (its name), `wanted` (the
 * operand's number) and `operands` (how many it has). Operands: those of the step, then the gradients by its outputs (left out: none).
 */
export function gradientStep(stepNamed: (name: string) => Step): Step {
  return (operands, attributes) => {
    const count = numberOf(attributes, "operands", 1);
    const wanted = numberOf(attributes, "wanted", 0);
    const { type, shape } = given(operands, wanted);
    return [
      plan(type, shape, (out) => {
        const name = wordOf(attributes, "of", "");
        const pull = pulls.get(name);
        if (pull === undefined) throw new Error(`no gradient of ${name}`);
        const upstream = operands.slice(count).map((slopes) => slopes && Float64Array.from(wordsOf(slopes)));
        const doubles = operands.slice(0, count).map((operand) => operand && inDoubles(operand));
        out.set(pull({ step: stepNamed(name), stepNamed, operands: doubles, attributes, upstream, wanted }));
      }),
    ];
  };
}

function inDoubles(operand: Operand): Known {
  const values = wordsOf(operand);
  return isFloat(operand.type)
    ? { type: "float64", shape: operand.shape, values: Float64Array.from(values) }
    : { ...operand, values };
}
