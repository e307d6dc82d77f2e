import { stringify } from "csv-stringify/sync";
import type { Pass } from "../workloads/index.js";
import { count, energy, percent } from "./numbers.js";
import type { Validation, Witness } from "./result.js";
import { bar, bars, beside, left, type Paint, right, table } from "./table.js";

/** One step of a training run, as `train --format json` prints it: schema `loopwright/training@1`. */
export interface TrainingStep {
  readonly schema: "loopwright/training@1";
  readonly workload: string;
  readonly architecture: string;
  readonly optimiser: string;
  /** From 1. */
  readonly step: number;
  /** Mean cross-entropy over the batch, before the weights are changed. */
  readonly loss: number;
  /** The share of the batch whose largest score is its label's, before the weights are changed. */
  readonly accuracy: number;
  /** Operations, cycles and energy of all layers of the step, one after another. */
  readonly macs: number;
  readonly cycles: number;
  readonly energy_pJ: number;
  /** The same by pass. */
  readonly passes: Readonly<Partial<Record<Pass, PassCost>>>;
  /** The outputs of every layer against the reference's; not run after the first step. */
  readonly validation: Validation;
  /** The model's counts against the machine's, of every layer. */
  readonly witness: Witness;
}

export interface PassCost {
  readonly macs: number;
  readonly cycles: number;
  readonly energy_pJ: number;
}

const PASSES: readonly Pass[] = ["forward", "input-gradient", "weight-gradient", "update"];
const BAR = 24;

export const printTrainingJson = (steps: readonly TrainingStep[]): string => `${JSON.stringify(steps, null, 2)}\n`;

/** One row a step; costs by pass in columns of their own. */
export function printTrainingCsv(steps: readonly TrainingStep[]): string {
  const ofPass = (pass: Pass): readonly string[] =>
    ["macs", "cycles", "energy_pJ"].map((figure) => `${pass.replace("-", "_")}_${figure}`);
  const header = [
    ...["workload", "architecture", "optimiser", "step", "loss", "accuracy", "macs", "cycles", "energy_pJ"],
    ...PASSES.flatMap(ofPass),
  ];
  const rows = steps.map((step) => [
    ...[step.workload, step.architecture, step.optimiser, step.step, step.loss, step.accuracy],
    ...[step.macs, step.cycles, step.energy_pJ],
    ...PASSES.flatMap((pass): readonly (string | number)[] => {
      const cost = step.passes[pass];
      return cost === undefined ? ["", "", ""] : [cost.macs, cost.cycles, cost.energy_pJ];
    }),
  ]);
  return stringify([header, ...rows]);
}

/** Step by step, then where the work of a step goes, then what was checked. */
export function trainingText(steps: readonly TrainingStep[], about: string, paint: Paint): string {
  const [first] = steps;
  if (first === undefined) return "";
  const columns = [right("step"), right("loss"), right("accuracy"), right("MACs"), right("cycles"), right("energy")];
  const rows = steps.map((step) => [
    ...[String(step.step), step.loss.toFixed(4), percent(step.accuracy)],
    ...[count(step.macs), count(step.cycles), energy(step.energy_pJ)],
  ]);
  const title = paint.bold(`${first.workload} trained on ${first.architecture}`);
  return `${[`${title}\n${about}`, table(columns, rows, paint), passesOf(first, paint), checks(first, paint)].join("\n\n")}\n`;
}

function passesOf(step: TrainingStep, paint: Paint): string {
  const columns = [left("a step"), right("MACs"), right("cycles"), right("energy"), beside(""), bars];
  const rows = PASSES.flatMap((pass) => {
    const cost = step.passes[pass];
    if (cost === undefined) return [];
    const share = step.energy_pJ === 0 ? 0 : cost.energy_pJ / step.energy_pJ;
    return [[pass, count(cost.macs), count(cost.cycles), energy(cost.energy_pJ), percent(share), bar(share, BAR)]];
  });
  return table(columns, rows, paint);
}

function checks({ validation, witness }: TrainingStep, paint: Paint): string {
  const outputs = validation.status === "failed" ? paint.bad("DIFFER") : paint.good(validation.status);
  const model = witness.model === "differs" ? paint.bad("DIFFERS") : paint.good(witness.model);
  return `first step: ${count(validation.compared)} words of all layers against the reference: ${outputs}; the model's counts: ${model}`;
}
