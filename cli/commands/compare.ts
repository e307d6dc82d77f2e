import { ok, type Result } from "../../base/index.js";
import { comparisonText } from "../../reports/index.js";
import { answersOf, complainAbout } from "../answers.js";
import { type Command, command, type ExitCode } from "../command.js";
import { type DataflowChoice, findMappings, jobUnder, readDataflow, searchOptions } from "../find.js";
import { all } from "../inputs.js";
import { interruptible } from "../interrupt.js";
import { misuse, prepare } from "../job.js";
import { text } from "../option.js";
import { present } from "../present.js";
import { tableOptions } from "../reference-tables.js";
import * as shared from "../shared-options.js";
import { notesText } from "../terminal.js";

const ALL = "ws,os,is,rs,nlr";

/** `compare`: the best mapping of every layer under several dataflows, side by side. */
export const compare: Command = command({
  name: "compare",
  summary: "Finds the best mappings of several dataflows and shows them side by side, layer by layer.",
  operands: ["WORKLOAD"],
  options: {
    arch: shared.arch,
    set: shared.set,
    ...tableOptions,
    layer: shared.layer,
    training: shared.training,
    dataflows: text("LIST", `dataflows to compare: names and files, with commas between (${ALL})`),
    ...searchOptions,
    type: shared.type,
    out: shared.out,
    ...shared.common,
  },
  examples: [
    ["loopwright compare vgg16 --arch eyeriss --dataflows ws,os,is,rs,nlr", "the five of the taxonomy"],
    ["loopwright compare vgg16 --layer 'conv3_*' --arch eyeriss --dataflows rs,any,mine.yaml --out out", "with charts"],
  ],
  run: async ({ operands, values, terminal }) => {
    const ready = jobUnder(prepare(operands[0] ?? "", values), readDataflows(values.dataflows ?? ALL));
    if (!ready.ok) return ready;
    const [job, dataflows] = ready.value;
    terminal.note(notesText(job.notes));
    const interrupt = interruptible();
    const found = await findMappings(job, dataflows, values, interrupt, terminal);
    interrupt.release();
    const answers = answersOf(found, job.workload.name, values.objective, true);
    complainAbout(found, terminal);
    const names = dataflows.map(({ name }) => name);
    await present(answers, values, terminal, (results, paint) => comparisonText(results, names, paint));
    const code: ExitCode = interrupt.signal.aborted ? 130 : answers.length > 0 ? 0 : 3;
    return ok(code);
  },
});

function readDataflows(list: string): Result<readonly DataflowChoice[]> {
  const words = list
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
  const read = all([...new Set(words)].map((word) => readDataflow(word)));
  if (!read.ok) return read;
  return read.value.length > 0 ? read : misuse("missing", "--dataflows is empty", `write --dataflows ${ALL}`);
}
