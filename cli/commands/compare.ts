import { failed, inArgument, ok, type Result } from "../../base/index.js";
import { type Contender, comparisonText } from "../../reports/index.js";
import { isInlineLayer } from "../../workloads/index.js";
import { answersOf, complainAbout, missingOf } from "../answers.js";
import { type Command, command, type ExitCode } from "../command.js";
import { isFile } from "../files.js";
import {
  type DataflowChoice,
  findAll,
  jobUnder,
  readDataflow,
  searchable,
  searchOptions,
  type Wanted,
} from "../find.js";
import { all, both } from "../inputs.js";
import { interruptible } from "../interrupt.js";
import { asProduct, type Job, type JobOptions, misuse, prepare } from "../job.js";
import { many, text } from "../option.js";
import { NOTHING_BESIDE, present } from "../present.js";
import { tableOptions } from "../reference-tables.js";
import * as shared from "../shared-options.js";
import { notesText } from "../terminal.js";

const ALL = "ws,os,is,rs,nlr";

/** `compare`: the best mapping of every layer of workloads under several dataflows on several architectures, side by side. */
export const compare: Command = command({
  name: "compare",
  summary:
    "Finds the best mappings under several dataflows, on several architectures, of several workloads, side by side.",
  operands: ["WORKLOAD…"],
  options: {
    arch: many("LIST", "the architectures: built-in names and files, with commas between; repeatable"),
    set: shared.set,
    ...tableOptions,
    layer: shared.layer,
    training: shared.training,
    dataflows: text("LIST", `dataflows to compare: names and files, with commas between (${ALL})`),
    ...searchOptions,
    conventions: shared.provenUnder,
    type: shared.type,
    lower: shared.lower,
    out: shared.out,
    ...shared.common,
  },
  examples: [
    ["loopwright compare vgg16 --arch eyeriss --dataflows ws,os,is,rs,nlr", "the five of the taxonomy"],
    ["loopwright compare vgg16 --layer 'conv3_*' --arch eyeriss --dataflows rs,any,mine.yaml --out out", "with charts"],
    [
      "loopwright compare vgg16 --layer conv3_1 --arch systolic-ws --dataflows any --lower im2col",
      "the layer as it is, and as a matrix product",
    ],
    [
      "loopwright compare vgg16 --arch eyeriss --conventions timeloop",
      "by Timeloop's rules, among what it can express",
    ],
    ["loopwright compare resnet18 vgg16 --arch nvdla,tpu-v1,chip.yaml --dataflows any", "chips and networks"],
  ],
  run: async ({ operands, values, terminal }) => {
    const ready = both(jobsOf(operands, { ...values, lower: null }), readDataflows(values.dataflows ?? ALL));
    const suited = ready.ok ? all(ready.value[0].map((job) => jobUnder(ok(job), ok(ready.value[1])))) : ready;
    if (!ready.ok) return ready;
    if (!suited.ok) return suited;
    const [jobs, plain] = ready.value;
    const { conventions } = values;
    const provable = all(jobs.map(({ layers }) => searchable(layers, values)));
    if (!provable.ok) return provable;
    const dataflows = values.lower === null ? plain : plain.flatMap((dataflow) => [dataflow, onProduct(dataflow)]);
    terminal.note(notesText([...new Set(jobs.flatMap(({ notes }) => notes))]));
    const interrupt = interruptible();
    const found = await findAll(wantedOf(jobs, dataflows), values, interrupt, terminal);
    interrupt.release();
    const answers = answersOf(found, values.objective, conventions, true);
    const missing = missingOf(found, true);
    // Where people read the result, the reasons stand in it.
    const isTold = answers.length > 0 && (values.format === "table" || values.format === "markdown");
    if (!isTold) complainAbout(found, terminal);
    const contenders = contendersFor(jobs, dataflows);
    await present(answers, values, terminal, { ...NOTHING_BESIDE, missing }, (results, paint) =>
      comparisonText(results, contenders, paint, missing),
    );
    const code: ExitCode = interrupt.signal.aborted ? 130 : answers.length > 0 ? 0 : 3;
    return ok(code);
  },
});

/** A job for every workload on every architecture, workload by workload. */
function jobsOf(
  workloads: readonly string[],
  options: Omit<JobOptions, "arch"> & { readonly arch: readonly string[] },
): Result<readonly Job[]> {
  const archs = options.arch.length === 0 ? [null] : [...new Set(options.arch.flatMap(wordsOf))];
  if (archs.length === 0) return misuse("missing", "--arch is empty", "write --arch eyeriss,tpu-v1");
  const jobs = all(
    [...new Set(workloads.flatMap(workloadsIn))].flatMap((workload) =>
      archs.map((arch) => prepare(workload, { ...options, arch })),
    ),
  );
  if (!jobs.ok) return failed(unique(jobs.errors));
  return sameNames(jobs.value) ?? jobs;
}

/** The workloads of an operand: names and files may stand with commas between, too; in an inline layer commas are its own. */
const workloadsIn = (operand: string): readonly string[] =>
  isInlineLayer(operand) || isFile(operand) ? [operand] : wordsOf(operand);

/** One mistake in a file that several jobs read is told once. */
const unique = <T>(errors: readonly T[]): readonly T[] => [
  ...new Map(errors.map((error) => [JSON.stringify(error), error])).values(),
];

/** Different things of one name could not be told apart in the results. */
function sameNames(jobs: readonly Job[]): Result<never> | null {
  const names = jobs.map(({ workload, architecture }) => `${workload.name} on ${architecture.name}`);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return null;
  const message = `two of the contenders are called ${twice}`;
  const hint = "give each file a `name:` of its own";
  return failed([{ code: "usage/same-name", message, at: inArgument("command line"), hint }]);
}

/** Layer by layer, so that what is compared is found one after another. */
function wantedOf(jobs: readonly Job[], dataflows: readonly DataflowChoice[]): readonly Wanted[] {
  const workloads = [...new Set(jobs.map(({ workload }) => workload.name))];
  return workloads.flatMap((name) => {
    const own = jobs.filter(({ workload }) => workload.name === name);
    return (own[0]?.layers ?? []).flatMap((layer) =>
      own.flatMap((job) =>
        dataflows.map((dataflow) => ({ job, layer: isOnProduct(dataflow) ? asProduct(layer) : layer, dataflow })),
      ),
    );
  });
}

/** With `--lower`, every dataflow twice: on the layers as they are, and on their matrix products. */
const onProduct = (dataflow: DataflowChoice): DataflowChoice => ({
  ...dataflow,
  name: `${dataflow.name}${ON_PRODUCT}`,
});
const isOnProduct = ({ name }: DataflowChoice): boolean => name.endsWith(ON_PRODUCT);
const ON_PRODUCT = " im2col";

function contendersFor(jobs: readonly Job[], dataflows: readonly DataflowChoice[]): readonly Contender[] {
  const architectures = [...new Set(jobs.map(({ architecture }) => architecture.name))];
  return architectures.flatMap((architecture) => dataflows.map(({ name: dataflow }) => ({ architecture, dataflow })));
}

/** The words of a list with commas between. */
const wordsOf = (list: string): readonly string[] =>
  list
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");

function readDataflows(list: string): Result<readonly DataflowChoice[]> {
  const read = all([...new Set(wordsOf(list))].map((word) => readDataflow(word, "--dataflows")));
  if (!read.ok) return read;
  return read.value.length > 0 ? read : misuse("missing", "--dataflows is empty", `write --dataflows ${ALL}`);
}
