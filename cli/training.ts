import { isDeepStrictEqual } from "node:util";
import { seeded } from "../base/index.js";
import type { LegalMapping } from "../mappings/index.js";
import type { PassCost, TrainingStep, Validation } from "../reports/index.js";
import { compareOutputs, execute } from "../sim/machine/index.js";
import { predict } from "../sim/model/index.js";
import { price } from "../sim/pricing/index.js";
import {
  adam,
  dropoutMask,
  type Examples,
  type Layer,
  magnitudesOf,
  momentum,
  type Optimiser,
  type Pass,
  type Runner,
  reference,
  seededDigits,
  sgd,
  shapeKey,
  type Training,
  trainOnce,
  untrained,
  type Values,
} from "../workloads/index.js";
import type { Tell } from "./work.js";

/** How weights are to be changed. */
export interface Descent {
  readonly optimiser: Optimiser["name"];
  readonly rate: number;
  readonly momentum: number;
  /** L2 weight decay. */
  readonly decay: number;
}

export const optimiserOf = ({ optimiser, rate, momentum: kept, decay }: Descent): Optimiser => {
  const rates = { rate, decay: { l1: 0, l2: decay } };
  switch (optimiser) {
    case "sgd":
      return sgd(rates);
    case "momentum":
      return momentum({ ...rates, momentum: kept });
    case "adam":
      return adam(rates);
  }
};

/** A run of training: everything a worker thread needs to know. */
export interface TrainingRun {
  readonly training: Training;
  /** One for every distinct layer of a step. */
  readonly mappings: readonly LegalMapping[];
  readonly descent: Descent;
  readonly workload: string;
  readonly architecture: string;
  readonly steps: number;
  readonly batch: number;
  /** The share of words that dropouts leave out. */
  readonly dropout: number;
  /** How many examples there are: batches are taken from them in turn. */
  readonly examples: number;
  readonly seed: number;
}

/** Trains on the machine: every layer of every step is executed through its mapping. Between steps it looks whether the user has interrupted. */
export function train(run: TrainingRun, tell: Tell, interrupted: () => boolean): readonly TrainingStep[] {
  const optimiser = optimiserOf(run.descent);
  const machine = new Machine(run.mappings);
  const digits = examplesFor(run);
  const steps: TrainingStep[] = [];
  const random = seeded(run.seed + 1);
  const mask = (words: number): Float64Array => dropoutMask(words, run.dropout, random);
  let learnt = untrained(run.training);
  for (let i = 0; i < run.steps && !interrupted(); i++) {
    machine.begin(i === 0, () => tell({ share: (i + 0.5) / run.steps, note: `step ${i + 1}` }));
    const next = trainOnce(run.training, learnt, batchOf(digits, i, run.batch), optimiser, machine.run, mask);
    learnt = next;
    const { workload, architecture } = run;
    const { loss, accuracy } = next;
    steps.push({
      ...{ schema: "loopwright/training@1", workload, architecture, optimiser: optimiser.name },
      ...{ step: i + 1, loss, accuracy, ...machine.end() },
    });
    tell({ share: (i + 1) / run.steps, note: `loss ${loss.toFixed(4)}` });
  }
  return steps;
}

/** Digits as the network's first layer reads them, labelled for as many classes as it tells apart. */
function examplesFor({ training: { graph, images, scores }, examples, seed }: TrainingRun): Examples {
  const [, channels = 1, height = 1, width = 1] = graph.tensors.get(images)?.shape ?? [];
  return seededDigits(examples, seed, [channels, height, width], graph.tensors.get(scores)?.shape[1] ?? 1);
}

/** Batch number i of the examples, taken in turn, from the first again after the last. */
function batchOf({ images, labels, ...rest }: Examples, i: number, batch: number): Examples {
  const words = images.length / labels.length;
  const chosen = Array.from({ length: batch }, (_, k) => (i * batch + k) % labels.length);
  const picked = new Float32Array(batch * words);
  for (const [k, example] of chosen.entries())
    picked.set(images.subarray(example * words, (example + 1) * words), k * words);
  return { ...rest, images: picked, labels: Int32Array.from(chosen, (example) => labels[example] ?? 0) };
}

/** Executes layers through their mappings and adds up what they cost. */
class Machine {
  private readonly mappings: ReadonlyMap<string, LegalMapping>;
  private passes = new Map<Pass, PassCost>();
  private validation: Validation = NOT_RUN;
  private agrees = true;
  private isChecked = false;
  private onLayer = (): void => {};

  constructor(mappings: readonly LegalMapping[]) {
    this.mappings = new Map(mappings.map((legal) => [shapeKey(legal.layer), legal]));
  }

  /** Starts a step; the outputs of the first are checked. */
  begin(isChecked: boolean, onLayer: () => void): void {
    this.passes = new Map();
    this.validation = isChecked ? { status: "exact", maxAbsError: 0, compared: 0 } : NOT_RUN;
    this.agrees = true;
    this.isChecked = isChecked;
    this.onLayer = onLayer;
  }

  readonly run: Runner = (layer, inputs) => {
    this.onLayer();
    const found = this.mappings.get(shapeKey(layer));
    if (found === undefined) throw new Error(`no mapping of ${layer.name}`);
    const legal: LegalMapping = { ...found, layer };
    const { counts, output } = execute(legal, inputs);
    if (!isDeepStrictEqual(counts, predict(legal))) this.agrees = false;
    if (this.isChecked) this.check(layer, inputs, output);
    const { macs, cycles, energy } = price(counts, legal);
    const old = this.passes.get(layer.pass ?? "forward") ?? { macs: 0, cycles: 0, energy_pJ: 0 };
    const sum = { macs: old.macs + macs, cycles: old.cycles + cycles, energy_pJ: old.energy_pJ + energy };
    this.passes.set(layer.pass ?? "forward", sum);
    return output;
  };

  private check({ einsum }: Layer, inputs: readonly Values[], output: Values): void {
    const found = compareOutputs(output, reference(einsum, inputs), einsum, magnitudesOf(einsum, inputs));
    const status = [this.validation, found].some((one) => one.status === "failed")
      ? "failed"
      : [this.validation, found].every((one) => one.status === "exact")
        ? "exact"
        : "within-tolerance";
    this.validation = {
      status,
      maxAbsError: Math.max(this.validation.maxAbsError, found.maxAbsError),
      compared: this.validation.compared + found.compared,
    };
  }

  end(): Pick<TrainingStep, "macs" | "cycles" | "energy_pJ" | "passes" | "validation" | "witness"> {
    const costs = [...this.passes.values()];
    const total = (figure: (cost: PassCost) => number): number => costs.reduce((sum, cost) => sum + figure(cost), 0);
    return {
      macs: total(({ macs }) => macs),
      cycles: total(({ cycles }) => cycles),
      energy_pJ: total(({ energy_pJ }) => energy_pJ),
      passes: Object.fromEntries(this.passes),
      validation: this.validation,
      witness: { model: this.agrees ? "agrees" : "differs" },
    };
  }
}

const NOT_RUN: Validation = { status: "not-run", maxAbsError: 0, compared: 0 };
