import { ok, type Result, seeded } from "../../base/index.js";
import {
  markdownPaint,
  printTrainingCsv,
  printTrainingJson,
  type TrainingStep,
  trainingText,
} from "../../reports/index.js";
import {
  chainOf,
  layersOfStep,
  networkGraph,
  type Optimiser,
  type Training,
  trainingGraph,
  type Workload,
} from "../../workloads/index.js";
import { complainAbout } from "../answers.js";
import { type Command, command, type ExitCode } from "../command.js";
import { findMappings, readDataflow, type SearchWishes, searchOptions } from "../find.js";
import { loadWorkload } from "../inputs.js";
import { type Interrupt, interruptible } from "../interrupt.js";
import { type Job, misuse, prepare } from "../job.js";
import { choice, duration, number } from "../option.js";
import { runAll } from "../pool.js";
import { progressOn } from "../progress.js";
import * as shared from "../shared-options.js";
import { notesText, type Terminal } from "../terminal.js";
import { type Descent, optimiserOf, type TrainingRun } from "../training.js";

const OPTIMISERS: readonly Optimiser["name"][] = ["sgd", "momentum", "adam"];
/** Learning rates that suit small networks, by optimiser. */
const RATES: Readonly<Record<Optimiser["name"], number>> = { sgd: 0.02, momentum: 0.01, adam: 0.002 };
/** The same where activations are sigmoids, whose slopes are small. */
const SIGMOID_RATES: typeof RATES = { sgd: 0.5, momentum: 0.1, adam: 0.002 };

/** `train`: some steps of training, executed on the machine. */
export const train: Command = command({
  name: "train",
  summary: "Trains a network on the simulated accelerator: forward, backward and update of every step are executed.",
  operands: ["WORKLOAD"],
  options: {
    arch: shared.arch,
    set: shared.set,
    steps: number("N", "how many steps (5)", 1, "whole"),
    batch: number("N", "examples in a batch (16)", 1, "whole"),
    examples: number("N", "examples in all, digits made by a seeded generator (one batch)", 1, "whole"),
    optimiser: choice(OPTIMISERS, "how weights follow from gradients (sgd)", "sgd" as const),
    rate: number(
      "X",
      "learning rate (sgd 0.02, momentum 0.01, adam 0.002; behind sigmoids 0.5, 0.1, 0.002)",
      0,
      "real",
    ),
    momentum: number("X", "share of the last movement that is kept (0.9)", 0, "real"),
    decay: number("X", "L2 weight decay (0)", 0, "real"),
    dropout: number("SHARE", "of the words, left out by the network's dropouts (0)", 0, "real"),
    ...searchOptions,
    "time-limit": duration("time to find the mapping of one layer (500ms)", 0.5),
    ...shared.common,
  },
  examples: [
    ["loopwright train mlp-784-30-30-10 --arch eyeriss --steps 5", "five steps of gradient descent on 16 digits"],
    [
      "loopwright train mnist-cnn-32-64 --arch eyeriss --batch 4 --optimiser adam --format csv",
      "a convolutional network, a row a step",
    ],
  ],
  run: async ({ operands, values, terminal }) => {
    const batch = values.batch ?? 16;
    const ready = readyToTrain(operands[0] ?? "", batch, values);
    if (!ready.ok) return ready;
    const { job, training, descent } = ready.value;
    terminal.note(notesText(job.notes));
    const interrupt = interruptible();
    const run = {
      ...{ training, descent, batch, workload: job.workload.name, architecture: job.architecture.name },
      ...{
        dropout: values.dropout ?? 0,
        steps: values.steps ?? 5,
        examples: values.examples ?? batch,
        seed: values.seed ?? 1,
      },
    };
    const { steps, isMapped } = await execute(run, job, values, interrupt, terminal);
    interrupt.release();
    terminal.out(textOf(steps, run, values.format, terminal));
    if (interrupt.signal.aborted) return ok<ExitCode>(130);
    if (!isMapped) return ok<ExitCode>(3);
    const isWrong = steps.some(
      ({ validation, witness }) => validation.status === "failed" || witness.model === "differs",
    );
    return ok<ExitCode>(isWrong ? 1 : 0);
  },
});

interface Wishes {
  readonly arch: string | null;
  readonly set: readonly string[];
  readonly optimiser: Optimiser["name"];
  readonly rate: number | null;
  readonly momentum: number | null;
  readonly decay: number | null;
  readonly dropout: number | null;
  readonly seed: number | null;
}

/** The network with its backward pass, and every layer of a step as a job. */
function readyToTrain(
  operand: string,
  batch: number,
  wishes: Wishes,
): Result<{ readonly job: Job; readonly training: Training; readonly descent: Descent }> {
  const { arch, set, optimiser } = wishes;
  if ((wishes.dropout ?? 0) >= 1)
    return misuse("not-a-share", "--dropout is a share of the words, below 1", "write --dropout 0.5");
  const prepared = prepare(operand, { arch, set, layer: [], type: null, out: null });
  const loaded = prepared.ok ? ok(prepared.value.workload) : loadWorkload(operand);
  const training = loaded.ok ? trainingOf(loaded.value, batch, wishes.dropout ?? 0, wishes.seed ?? 1) : loaded;
  if (!prepared.ok) return prepared;
  if (!training.ok) return training;
  const { network } = prepared.value.workload;
  const rates = network?.entries.some(({ activation }) => activation?.name === "sigmoid") ? SIGMOID_RATES : RATES;
  const descent = {
    ...{ optimiser, rate: wishes.rate ?? rates[optimiser] },
    ...{ momentum: wishes.momentum ?? 0.9, decay: wishes.decay ?? 0 },
  };
  const layers = layersOfStep(training.value, optimiserOf(descent));
  return ok({ job: { ...prepared.value, layers }, training: training.value, descent });
}

/** Networks as they are written; bare lists of layers as stacks. */
function trainingOf(workload: Workload, batch: number, dropout: number, seed: number): Result<Training> {
  const random = seeded(seed);
  const { network, graph } = workload;
  if (graph !== undefined)
    return misuse(
      "not-trained",
      `${workload.name} is an ONNX model: these run, but are not trained`,
      "give a built-in network or a network file",
    );
  const trainable =
    network === undefined
      ? chainOf(workload, batch, random)
      : networkGraph(workload, network, { batch, dropout, random });
  return trainable.ok ? trainingGraph(trainable.value) : trainable;
}

/** Finds a mapping of every distinct layer, then runs the steps in a worker thread. */
async function execute(
  run: Omit<TrainingRun, "mappings">,
  job: Job,
  wishes: SearchWishes,
  interrupt: Interrupt,
  terminal: Terminal,
): Promise<{ readonly steps: readonly TrainingStep[]; readonly isMapped: boolean }> {
  const any = readDataflow("any");
  const found = await findMappings(job, any.ok ? [any.value] : [], wishes, interrupt, terminal);
  complainAbout(found, terminal);
  const mappings = found.flatMap(({ outcome }) => (outcome?.ok ? [outcome.value.legal] : []));
  const isMapped = mappings.length === job.layers.length;
  if (!isMapped || interrupt.signal.aborted) return { steps: [], isMapped };
  const progress = progressOn(terminal, 1, { of: "runs", limitSeconds: null });
  const task = { label: run.workload, input: { ...run, mappings } };
  const how = { work: "train", stops: true, threads: 1, interrupt, progress };
  const [steps] = await runAll<TrainingRun, readonly TrainingStep[]>([task], how).finally(progress.stop);
  return { steps: steps ?? [], isMapped };
}

function textOf(
  steps: readonly TrainingStep[],
  { descent, batch, dropout, examples }: Omit<TrainingRun, "mappings">,
  format: shared.Format,
  { paint }: Terminal,
): string {
  if (format === "json") return printTrainingJson(steps);
  if (format === "csv") return printTrainingCsv(steps);
  const kept = descent.optimiser === "momentum" ? `, momentum ${descent.momentum}` : "";
  const decay = descent.decay === 0 ? "" : `, L2 decay ${descent.decay}`;
  const left = dropout === 0 ? "" : `, dropout ${dropout}`;
  const about = `${descent.optimiser}, rate ${descent.rate}${kept}${decay}${left}; batches of ${batch} from ${examples} seeded digits`;
  return trainingText(steps, about, format === "markdown" ? markdownPaint : paint);
}
