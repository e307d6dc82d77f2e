import { isDeepStrictEqual } from "node:util";
import { format, ok, type Result } from "../../base/index.js";
import { foldMapping, type LegalMapping } from "../../mappings/index.js";
import { type Findings, resultOf } from "../../reports/index.js";
import { predict } from "../../sim/model/index.js";
import { price } from "../../sim/pricing/index.js";
import { type Layer, macsOf } from "../../workloads/index.js";
import { type Answer, complainAbout } from "../answers.js";
import { type Command, command, type ExitCode } from "../command.js";
import { checkWritable } from "../files.js";
import {
  type DataflowChoice,
  findMappings,
  jobUnder,
  readDataflow,
  type SearchWishes,
  searchOptions,
} from "../find.js";
import { all, both } from "../inputs.js";
import { type Interrupt, interruptible } from "../interrupt.js";
import { architectureOf, givenMappings, type Job, type JobOptions, misuse, prepare } from "../job.js";
import { byLayer, networkRun, outputText, writeOutputs } from "../network.js";
import type { NetworkRun } from "../network-run.js";
import { choice, text } from "../option.js";
import { runAll } from "../pool.js";
import { CSV_TABLES, type CsvTable, type Presentation, present } from "../present.js";
import { progressOn } from "../progress.js";
import { tableOptions } from "../reference-tables.js";
import * as shared from "../shared-options.js";
import { runSuite, type SuiteWishes } from "../suite.js";
import type { Terminal } from "../terminal.js";
import { notesText } from "../terminal.js";
import { checkTrace, finishTrace, partsOf, type TraceOptions, traceOptions } from "../trace.js";
import { vectorSimulation } from "../vector.js";
import { type Simulated, type Simulation, simulate as simulateHere } from "../work.js";

/** `simulate`: executes mappings on real values; the model and the reference executor are its witnesses. */
export const simulate: Command = command({
  name: "simulate",
  summary: "Executes a mapping on real values, counts every access, and checks the outputs and the model.",
  operands: ["[WORKLOAD]"],
  options: {
    arch: shared.arch,
    set: shared.set,
    ...tableOptions,
    layer: shared.layer,
    training: shared.training,
    mapping: shared.mapping,
    type: shared.type,
    lower: shared.lower,
    light: shared.light,
    fuse: shared.fuse,
    dataflow: text("ws|os|is|rs|nlr|any|FILE", "where a mapping is to be found: of this dataflow (any)"),
    ...searchOptions,
    inputs: text(
      "DIR|random",
      "runs the network as a whole on input_0.pb, … of this folder, or on random values and weights",
    ),
    check: text("DIR", "with --inputs: compares the network's outputs with output_0.pb, … of this folder"),
    ...traceOptions,
    suite: text("DIR", "instead of a workload: every ONNX test case below this folder, its layers on the architecture"),
    csv: choice<CsvTable, null>(
      CSV_TABLES,
      "what --format csv prints: counts by level and tensor (counts), utilization over time, or what compute waited for",
      null,
    ),
    out: text("DIR", "also writes report.html, layers.csv, activity.csv, waits.csv, result.json and mappings/ there"),
    ...shared.common,
  },
  examples: [
    ["loopwright simulate vgg16 --layer conv3_1 --arch eyeriss", "finds the best mapping and runs it"],
    [
      "loopwright simulate conv:N=1,M=4,C=3,H=8,W=8,R=3,S=3 --arch textbook --mapping mine.yaml",
      "runs your own mapping",
    ],
    ["loopwright simulate resnet18 --layer 'conv2_*' --arch tpu-v1 --type float32", "in floating point"],
    [
      "loopwright simulate alexnet --layer conv3 --arch systolic-ws --set rows=32 --set cols=32 --lower im2col",
      "cycle by cycle on a systolic array",
    ],
    ["loopwright simulate net.onnx --arch eyeriss --inputs data --check data", "a whole ONNX model, outputs compared"],
    [
      "loopwright simulate vgg16 --layer conv3_1 --arch textbook --trace t.json --trace-window 0..50000",
      "a trace of the first 50,000 cycles to open in Perfetto",
    ],
    [
      "loopwright simulate gemm:M=64,N=64,K=64 --arch systolic-ws --format csv --csv activity",
      "utilization over time, for plots",
    ],
    ["loopwright simulate --suite conformance --arch eyeriss", "ONNX' test-suite, its layers run on eyeriss"],
  ],
  run: async ({ operands, values, terminal }) => {
    if (values.csv !== null && values.format !== "csv")
      return misuse("missing", "--csv says what --format csv prints", "add --format csv, or leave out --csv");
    if (values.suite !== null) return simulateSuite(values.suite, operands, values, terminal);
    if (operands.length === 0)
      return misuse("missing", "simulate needs a WORKLOAD, or --suite DIR", "loopwright simulate --help");
    const asked = both(
      jobUnder(
        prepare(operands[0] ?? "", {
          ...values,
          vector: values.inputs === null,
          flows: values.inputs !== null,
          lightToo: values.light,
        }),
        all([readDataflow(values.dataflow ?? "any")]),
      ),
      checkTrace(values),
    );
    if (!asked.ok) return asked;
    const [[job, dataflows]] = asked.value;
    terminal.note(notesText(job.notes));
    const interrupt = interruptible();
    const whole = wholeNetwork(job, operands[0] ?? "", values);
    if (!whole.ok) return whole;
    const ready = await mappingsOf(job, dataflows, values, interrupt, terminal);
    if (!ready.ok) return ready;
    if (whole.value !== null) return simulateNetwork(whole.value, ready.value, job, values, interrupt, terminal);
    const runs = await execute(ready.value, values, interrupt, terminal);
    interrupt.release();
    const answers = ready.value.map((one, i) => answerOf(one, runs[i] ?? null, job.workload.name));
    const light = interrupt.signal.aborted
      ? []
      : job.light.map((task) => vectorSimulation(task, job.architecture, job.workload.name, values.seed ?? 1));
    await present(answers, values, terminal, { light, order: job.order });
    return ok(
      exitCodeOf([...answers, ...light.map((result) => ({ result }))], job.layers.length + light.length, interrupt),
    );
  },
});

interface NetworkWishes {
  readonly inputs: string | null;
  readonly check: string | null;
  readonly seed: number | null;
}

/** What is asked of a whole network; null where layers are to be run one by one. */
function wholeNetwork(
  job: Job,
  workload: string,
  values: NetworkWishes &
    Pick<JobOptions, "layer" | "type"> & {
      readonly training: boolean;
      readonly trace: unknown;
    },
): Result<Omit<NetworkRun, "mappings"> | null> {
  const { inputs, check, seed } = values;
  if (inputs === null && check === null) return ok(null);
  if (inputs === null)
    return misuse("missing", "--check needs --inputs", "name the folder of input_0.pb with --inputs DIR");
  if (job.workload.graph === undefined)
    return misuse(
      "no-graph",
      `${workload} is a list of layers, not a network with values that flow`,
      "name an .onnx file",
    );
  if (values.trace !== null)
    return misuse("surplus", "--trace shows layers that run one by one", "leave out --inputs, or --trace");
  const partial = values.layer.length > 0 || values.type !== null || values.training;
  if (partial)
    return misuse(
      "surplus",
      "--layer, --type and --training change layers, --inputs runs the network as it is",
      "leave them out",
    );
  return ok({ workload, inputs: inputs === "random" ? null : inputs, check, seed });
}

/** Runs the network on the machine; every layer's counts are reported, its outputs told and compared. */
async function simulateNetwork(
  wanted: Omit<NetworkRun, "mappings">,
  ready: readonly Ready[],
  job: Job,
  values: Presentation,
  interrupt: Interrupt,
  terminal: Terminal,
): Promise<Result<ExitCode>> {
  if (ready.length < job.layers.length) return ok(interrupt.signal.aborted ? 130 : 3);
  const mappings = byLayer(ready.map(({ legal }) => legal));
  const ran = await networkRun({ ...wanted, mappings }, interrupt, terminal);
  interrupt.release();
  if (ran !== null && !ran.ok) return ran;
  const runs = new Map(ran?.value.layers.map((run) => [run.name, run]));
  const answers = ready.map((one) => answerOf(one, runs.get(one.legal.layer.name) ?? null, job.workload.name));
  await present(answers, values, terminal);
  const outputs = ran?.value.outputs ?? [];
  const tell = values.format === "table" || values.format === "markdown" ? terminal.out : terminal.note;
  for (const output of outputs) (output.comparison?.isEqual === false ? terminal.complain : tell)(outputText(output));
  if (values.out !== null) writeOutputs(values.out, outputs);
  const code = exitCodeOf(answers, job.layers.length, interrupt);
  return ok(code === 0 && outputs.some(({ comparison }) => comparison?.isEqual === false) ? 1 : code);
}

/** The architecture of a suite where none is named. */
const SUITE_ARCHITECTURE = "textbook";

async function simulateSuite(
  folder: string,
  operands: readonly string[],
  values: SuiteWishes &
    Pick<JobOptions, "arch" | "set" | "ert" | "art"> &
    Pick<TraceOptions, "trace"> & { readonly csv: CsvTable | null },
  terminal: Terminal,
): Promise<Result<ExitCode>> {
  if (operands.length > 0) return misuse("surplus", "--suite stands instead of a workload", "leave one of them out");
  if (values.trace !== null)
    return misuse("surplus", "--trace shows layers of a workload", "leave out --suite, or --trace");
  if (values.csv !== null)
    return misuse("surplus", "--csv prints figures of a workload's layers", "leave out --suite, or --csv");
  const { arch, out } = values;
  const found = architectureOf({ ...values, arch: arch ?? SUITE_ARCHITECTURE }, undefined);
  const ready = both(found, out === null ? ok(undefined) : checkWritable(out));
  return ready.ok ? runSuite(folder, ready.value[0].architecture, values, terminal) : ready;
}

/** A mapping, and what its search found out. */
interface Ready {
  readonly legal: LegalMapping;
  readonly findings: Pick<Findings, "objective" | "search">;
}
type Wishes = SearchWishes & { readonly mapping: string | null; readonly dataflow: string | null };

/** The mappings to run: given ones, or the best that can be found. */
async function mappingsOf(
  job: Job,
  dataflows: readonly DataflowChoice[],
  wishes: Wishes,
  interrupt: Interrupt,
  terminal: Terminal,
): Promise<Result<readonly Ready[]>> {
  if (wishes.mapping !== null) {
    const given = givenMappings(job, wishes.mapping, "loopwright");
    return given.ok ? ok(given.value.map((legal) => ({ legal, findings: {} }))) : given;
  }
  const fixed = wishes.dataflow === null ? foldsOf(job) : new Map<Layer, Result<LegalMapping>>();
  const open = { ...job, layers: job.layers.filter((layer) => !fixed.has(layer)) };
  const found = await findMappings(open, dataflows, wishes, interrupt, terminal);
  complainAbout(found, terminal);
  const wrong = all([...fixed.values()]);
  if (!wrong.ok) terminal.complain(`${wrong.errors.map(format).join("\n")}\n`);
  const objective = wishes.objective.name;
  return ok(
    job.layers.flatMap((layer): readonly Ready[] => {
      const folds = fixed.get(layer);
      if (folds !== undefined) return folds.ok ? [{ legal: folds.value, findings: {} }] : [];
      const outcome = found.find((one) => one.layer === layer)?.outcome ?? null;
      return outcome?.ok ? [{ legal: outcome.value.legal, findings: { objective, search: outcome.value.search } }] : [];
    }),
  );
}

/** The matrix products of a systolic array: its dataflow leaves nothing to search. */
function foldsOf({ layers, architecture }: Job): ReadonlyMap<Layer, Result<LegalMapping>> {
  return new Map(
    layers.flatMap((layer) => {
      const folds = foldMapping(layer, architecture);
      return folds === undefined ? [] : [[layer, folds] as const];
    }),
  );
}

async function execute(
  ready: readonly Ready[],
  wishes: TraceOptions & { readonly seed: number | null; readonly threads: number | null },
  interrupt: Interrupt,
  terminal: Terminal,
): Promise<readonly (Simulated | null)[]> {
  const { seed, threads } = wishes;
  const progress = progressOn(terminal, ready.length);
  const parts = partsOf(wishes, ready.length);
  const tasks = ready.map(({ legal }, i) => ({
    label: legal.layer.name,
    input: { legal, seed: seed ?? 1, trace: parts[i] ?? null },
  }));
  let isDone = false;
  const allIsSaid = interrupt.beforeEnd(() => finishTrace(wishes, parts, false));
  try {
    const runs = isShort(ready)
      ? tasks.map(({ input }) => simulateHere(input, () => undefined))
      : await runAll<Simulation, Simulated>(tasks, {
          ...{ work: "simulate", stops: false },
          ...{ threads, interrupt, progress },
        });
    isDone = !interrupt.signal.aborted;
    return runs;
  } finally {
    progress.stop();
    finishTrace(wishes, parts, isDone);
    allIsSaid();
    if (isDone && wishes.trace !== null) terminal.note(`wrote ${wishes.trace} (open it in ui.perfetto.dev)\n`);
  }
}

/** One layer that is done sooner than a thread has started that would do it. */
const isShort = (ready: readonly Ready[]): boolean =>
  ready.length === 1 && ready.every(({ legal }) => macsOf(legal.layer.einsum) <= SHORT);
const SHORT = 2e8;

/** The machine's counts, priced, and whether the model's are the same; the model's alone where the run was interrupted. */
function answerOf(
  { legal, findings }: Ready,
  run: Pick<Simulated, "counts" | "validation" | "timing" | "systolic"> | null,
  workload: string,
): Answer {
  const predicted = predict(legal);
  const model = run === null ? "not-run" : isDeepStrictEqual(predicted, run.counts) ? "agrees" : "differs";
  const result = resultOf(legal, price(run?.counts ?? predicted, legal), {
    ...{ workload, conventions: "loopwright", witness: { model } },
    ...(run?.timing === undefined ? {} : { timing: run.timing }),
    ...(run?.systolic === undefined ? {} : { systolic: run.systolic }),
    validation: run?.validation ?? { status: "not-run", maxAbsError: 0, compared: 0 },
    ...findings,
  });
  return { result, legal };
}

function exitCodeOf(answers: readonly Pick<Answer, "result">[], layers: number, interrupt: Interrupt): ExitCode {
  if (interrupt.signal.aborted) return 130;
  const wrong = answers.some(
    ({ result }) => result.validation?.status === "failed" || result.witness?.model === "differs",
  );
  if (wrong) return 1;
  return answers.length === layers ? 0 : 3;
}
