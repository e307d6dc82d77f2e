import { binary } from "./binary.js";
import { filling } from "./filling.js";
import { gradientStep } from "./gradients/index.js";
import { layerSlopes } from "./gradients/layer-slopes.js";
import { losses } from "./losses.js";
import { normalisation } from "./normalisation.js";
import { pooling } from "./pooling.js";
import { quantising } from "./quantising.js";
import { reductions } from "./reductions.js";
import { resizing } from "./resizing.js";
import { selecting } from "./selecting.js";
import { shapes } from "./shapes.js";
import type { Step } from "./step.js";
import { unary } from "./unary.js";

export { isDifferentiable } from "./gradients/index.js";
export { OutsideTheProduct, type Planned, type Step, StepError, UnknownValues } from "./step.js";

/** The cheap operations of graphs, by ONNX' names of operators. */
export const steps: ReadonlyMap<string, Step> = new Map<string, Step>(
  [
    ...[unary, binary, reductions, shapes, selecting, filling],
    ...[normalisation, losses, resizing, pooling, quantising],
    { Gradient: gradientStep((name) => stepNamed(name)), LayerSlopes: layerSlopes },
  ].flatMap((table) => Object.entries(table)),
);

/** The step of this name. */
export function stepNamed(name: string): Step {
  const step = steps.get(name);
  if (step === undefined) throw new Error(`no step ${name}`);
  return step;
}
