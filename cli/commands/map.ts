import { type Conventions, ok, type Result } from "../../base/index.js";
import type { Objective } from "../../mapper/index.js";
import type { LegalMapping } from "../../mappings/index.js";
import { frontsText } from "../../reports/index.js";
import { type Answer, answersOf, complainAbout, explained, missingOf } from "../answers.js";
import { contestOf } from "../beat.js";
import { type Command, command, type ExitCode } from "../command.js";
import { readTarget } from "../explain.js";
import {
  type DataflowChoice,
  type Found,
  findMappings,
  jobUnder,
  readDataflow,
  type SearchWishes,
  searchable,
  searchOptions,
} from "../find.js";
import { findFronts, pareto } from "../front.js";
import { all, both } from "../inputs.js";
import { type Interrupt, interruptible } from "../interrupt.js";
import { givenMappings, type Job, misuse, prepare } from "../job.js";
import { type Asked, text } from "../option.js";
import { NOTHING_BESIDE, type Presentation, present } from "../present.js";
import { tableOptions } from "../reference-tables.js";
import * as shared from "../shared-options.js";
import { notesText, type Terminal } from "../terminal.js";
import { vectorResult } from "../vector.js";
import { besides, betterOf, findingsOf } from "../why.js";

/** `map`: the best mapping of every layer, with the proof of how good it is. */
export const map: Command = command({
  name: "map",
  summary: "Finds the best mapping of every layer on an architecture, and proves how good it is.",
  operands: ["WORKLOAD"],
  options: {
    arch: shared.arch,
    set: shared.set,
    ...tableOptions,
    layer: shared.layer,
    training: shared.training,
    dataflow: text("ws|os|is|rs|nlr|any|FILE", "only mappings of this dataflow (any)"),
    ...searchOptions,
    conventions: shared.provenUnder,
    pareto,
    explain: shared.why,
    beat: shared.beat,
    type: shared.type,
    lower: shared.lower,
    light: shared.light,
    fuse: shared.fuse,
    out: shared.out,
    ...shared.common,
  },
  examples: [
    ["loopwright map vgg16 --arch eyeriss", "every layer, for the least energy × delay"],
    [
      "loopwright map vgg16 --layer 'conv3_*' --arch eyeriss --objective energy --out out",
      "some layers, with a report",
    ],
    ["loopwright map gemm:M=512,N=512,K=512 --arch systolic-ws --set rows=32 --set cols=32", "a matrix product"],
    ["loopwright map gemm:M=7,N=13,K=10 --arch eyeriss --imperfect", "tiles that do not divide the bounds as well"],
    ["loopwright map alexnet --arch tpu-v1", "pools, activations and softmax on the vector unit, all counted"],
    ["loopwright map lenet5 --arch eyeriss --light --fuse", "everything on the array, biases and activations fused"],
    ["loopwright map vgg16 --training --arch eyeriss", "a training step: forward, input and weight gradients"],
    ["loopwright map vgg16 --layer conv3_1 --arch eyeriss --explain", "what binds the optimum; the next best dataflow"],
    ["loopwright map vgg16 --layer conv3_1 --arch eyeriss --beat mine.yaml", "your own mapping beside the best"],
    ["loopwright map vgg16 --layer conv5_1 --arch eyeriss --pareto energy,delay", "all that no mapping beats in both"],
    [
      "loopwright map vgg16 --layer conv3_1 --arch eyeriss --conventions timeloop",
      "the optimum by Timeloop's rules, over the mappings that it has words for",
    ],
    [
      "loopwright map resnet18 --arch my-chip.yaml --dataflow ws --time-limit 10s",
      "weight-stationary, in bounded time",
    ],
  ],
  run: async ({ operands, values, terminal }) => {
    const ready = jobUnder(
      prepare(operands[0] ?? "", { ...values, vector: true, lightToo: values.light }),
      all([readDataflow(values.dataflow ?? "any")]),
    );
    if (!ready.ok) return ready;
    const [job, [dataflow]] = ready.value;
    if (dataflow === undefined) throw new Error("no dataflow");
    const { conventions } = values;
    const provable = both(searchable(job.layers, values), explainable(values.explain.isAsked, conventions));
    if (!provable.ok) return provable;
    const given = both(
      values.beat === null ? ok([]) : givenMappings(job, values.beat, conventions),
      all(
        job.layers.flatMap((layer) => values.explain.values.map((word) => readTarget(word, layer, job.architecture))),
      ),
    );
    if (!given.ok) return given;
    const [rivals] = given.value;
    const clash = values.pareto ? clashOf(values) : ok(null);
    if (!clash.ok) return clash;
    terminal.note(notesText(job.notes));
    const interrupt = interruptible();
    if (values.pareto) return mapFronts(job, dataflow, values, interrupt, terminal);
    const others = values.explain.isAsked ? besides(dataflow) : [];
    const searched = await findMappings(job, [dataflow, ...others], { ...values, starts: rivals }, interrupt, terminal);
    interrupt.release();
    const found = chosenOf(searched, dataflow, values.objective);
    const answers = answersOf(found, values.objective, conventions);
    complainAbout(found, terminal);
    const told = all(
      answers.map((answer) => {
        const beside = searched.filter(
          ({ layer, dataflow: name }) => layer === answer.legal.layer && name !== dataflow.name,
        );
        const told = withFindings(answer, beside, others, values.objective);
        return explained(told, values.explain.values, answers.length > 1);
      }),
    );
    if (!told.ok) return told;
    const contested = told.value.map((answer) => withContest(answer, rivals, dataflow, values));
    await present(
      contested.map(({ answer }) => answer),
      values,
      terminal,
      {
        // Other tools have no vector unit.
        light: (conventions === "loopwright" ? job.light : []).map((task) =>
          vectorResult(task, job.architecture, job.workload.name),
        ),
        order: job.order,
        missing: missingOf(found),
      },
    );
    if (contested.some(({ isBug }) => isBug)) return ok(70);
    return ok(exitCodeOf(answers.length === found.length, interrupt));
  },
});

/** What binds the optimum is derived from our own counts. */
function explainable(isAsked: boolean, conventions: Conventions): Result<null> {
  if (!isAsked || conventions === "loopwright") return ok(null);
  const message = `--explain derives our own counts, not those of ${conventions}`;
  return misuse("needs-own-conventions", message, "leave --conventions out");
}

interface FrontClashes {
  readonly explain: Asked;
  readonly beat: string | null;
  readonly imperfect: boolean;
  readonly objective: Objective;
}

/** What there is not for fronts. */
function clashOf({ explain, beat, imperfect, objective }: FrontClashes): Result<null> {
  const names = [
    ...(objective.name === "edp" ? [] : ["--objective"]),
    ...(explain.isAsked ? ["--explain"] : []),
    ...(beat === null ? [] : ["--beat"]),
    ...(imperfect ? ["--imperfect"] : []),
  ];
  if (names.length === 0) return ok(null);
  return misuse("clash", `--pareto does not go with ${names.join(" and ")}`, "map for one objective, or without them");
}

/** The front of every layer. */
async function mapFronts(
  job: Job,
  dataflow: DataflowChoice,
  wishes: SearchWishes & Presentation,
  interrupt: Interrupt,
  terminal: Terminal,
): Promise<Result<ExitCode>> {
  const found = await findFronts(job, dataflow, wishes, interrupt, terminal);
  interrupt.release();
  complainAbout(found, terminal);
  const answers = found.flatMap(({ outcome }) => (outcome?.ok ? outcome.value : []));
  await present(answers, wishes, terminal, NOTHING_BESIDE, frontsText);
  return ok(
    exitCodeOf(
      found.every(({ outcome }) => outcome?.ok === true),
      interrupt,
    ),
  );
}

/** The answers under the dataflow that was asked for; where others were searched as well, never worse than theirs. */
function chosenOf(found: readonly Found[], dataflow: DataflowChoice, objective: Objective): readonly Found[] {
  const chosen = found.filter(({ dataflow: name }) => name === dataflow.name);
  return chosen.map((one) => {
    const others = found.filter(({ layer, dataflow: name }) => layer === one.layer && name !== dataflow.name);
    return betterOf(one, others, objective);
  });
}

function withFindings(
  answer: Answer,
  beside: readonly Found[],
  choices: readonly DataflowChoice[],
  objective: Objective,
): Answer {
  const { search } = answer.result;
  if (choices.length === 0 || search === undefined) return answer;
  const findings = findingsOf({ legal: answer.legal, search }, objective, beside, choices);
  return { ...answer, result: { ...answer.result, findings } };
}

function withContest(
  answer: Answer,
  rivals: readonly LegalMapping[],
  dataflow: DataflowChoice,
  wishes: Pick<SearchWishes, "objective" | "imperfect">,
): { readonly answer: Answer; readonly isBug: boolean } {
  const yours = rivals.find(({ layer }) => layer.name === answer.legal.layer.name);
  if (yours === undefined) return { answer, isBug: false };
  const { contest, isBug } = contestOf(answer, yours, wishes, dataflow);
  return { answer: { ...answer, result: { ...answer.result, contest } }, isBug };
}

function exitCodeOf(complete: boolean, interrupt: Interrupt): ExitCode {
  if (interrupt.signal.aborted) return 130;
  return complete ? 0 : 3;
}
