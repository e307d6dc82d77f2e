import { ok } from "../../base/index.js";
import { answersOf, complainAbout } from "../answers.js";
import { type Command, command, type ExitCode } from "../command.js";
import { findMappings, jobUnder, readDataflow, searchOptions } from "../find.js";
import { all } from "../inputs.js";
import { type Interrupt, interruptible } from "../interrupt.js";
import { prepare } from "../job.js";
import { text } from "../option.js";
import { present } from "../present.js";
import { tableOptions } from "../reference-tables.js";
import * as shared from "../shared-options.js";
import { notesText } from "../terminal.js";

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
    type: shared.type,
    lower: shared.lower,
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
    ["loopwright map vgg16 --training --arch eyeriss", "a training step: forward, input and weight gradients"],
    [
      "loopwright map resnet18 --arch my-chip.yaml --dataflow ws --time-limit 10s",
      "weight-stationary, in bounded time",
    ],
  ],
  run: async ({ operands, values, terminal }) => {
    const ready = jobUnder(prepare(operands[0] ?? "", values), all([readDataflow(values.dataflow ?? "any")]));
    if (!ready.ok) return ready;
    const [job, dataflows] = ready.value;
    terminal.note(notesText(job.notes));
    const interrupt = interruptible();
    const found = await findMappings(job, dataflows, values, interrupt, terminal);
    interrupt.release();
    const answers = answersOf(found, values.objective);
    complainAbout(found, terminal);
    await present(answers, values, terminal);
    return ok(exitCodeOf(answers.length === found.length, interrupt));
  },
});

function exitCodeOf(complete: boolean, interrupt: Interrupt): ExitCode {
  if (interrupt.signal.aborted) return 130;
  return complete ? 0 : 3;
}
