import { type Conventions, ok, type Result } from "../../base/index.js";
import { resultOf } from "../../reports/index.js";
import { evaluateUnder } from "../../sim/conventions/index.js";
import { type Answer, explained } from "../answers.js";
import { type Command, command } from "../command.js";
import { all } from "../inputs.js";
import { givenMappings, misuse, prepare } from "../job.js";
import { type Asked, choice } from "../option.js";
import { type Presentation, present } from "../present.js";
import { tableOptions } from "../reference-tables.js";
import * as shared from "../shared-options.js";
import type { Terminal } from "../terminal.js";
import { notesText } from "../terminal.js";
import { answerFrom, fileOptions, legalFrom, loadTimeloop, type NamedFiles, type Pricing } from "../timeloop.js";

/** `evaluate`: the model's counts of given mappings, in milliseconds. */
export const evaluate: Command = command({
  name: "evaluate",
  summary: "Counts accesses, cycles and energy of a given mapping by formula.",
  operands: ["[WORKLOAD]", "[FILE…]"],
  options: {
    from: choice(["timeloop"], "reads Timeloop's files, as they are, instead of ours", null),
    arch: shared.arch,
    set: shared.set,
    layer: shared.layer,
    mapping: shared.mapping,
    ...fileOptions,
    ...tableOptions,
    type: shared.type,
    lower: shared.lower,
    conventions: shared.conventions,
    "link-transfers": choice(
      ["on", "off"],
      "whether neighbours pass words on, under the conventions of timeloop",
      "off",
    ),
    explain: shared.explain,
    out: shared.out,
    ...shared.common,
  },
  examples: [
    [
      "loopwright evaluate vgg16 --layer conv3_1 --arch eyeriss --mapping conv3_1.yaml",
      "one layer, its mapping from a file",
    ],
    ["loopwright evaluate vgg16 --arch eyeriss --mapping out/mappings --format csv", "one mapping file a layer"],
    [
      "loopwright evaluate vgg16 --layer conv3_1 --arch eyeriss --mapping conv3_1.yaml --explain GLB.Inputs.fills",
      "one count as the product that it is, loop by loop",
    ],
    [
      "loopwright evaluate --from timeloop --arch arch.yaml --problem problem.yaml --mapping mapping.yaml --ert ert.yaml",
      "a design in Timeloop's files",
    ],
  ],
  run: async ({ operands, values, terminal }) => {
    const { conventions, mapping } = values;
    const linkTransfers = values["link-transfers"] === "on";
    if (values.from === "timeloop") return fromTimeloop(values, operands, { conventions, linkTransfers }, terminal);
    const fitting = checkOperands(operands, values);
    if (!fitting.ok) return fitting;
    const job = prepare(fitting.value, values);
    if (!job.ok) return job;
    if (mapping === null)
      return misuse("missing", "--mapping is missing", "to have a mapping found, use loopwright map");
    const mappings = givenMappings(job.value, mapping, conventions);
    if (!mappings.ok) return mappings;
    const words = questionsOf(values.explain, conventions);
    if (!words.ok) return words;
    terminal.note(notesText(job.value.notes));
    const answers = all(
      mappings.value.map((legal): Result<Answer> => {
        const priced = evaluateUnder(legal, conventions, { linkTransfers });
        const result = resultOf(legal, priced, { workload: job.value.workload.name, conventions });
        return explained({ legal, result }, words.value, mappings.value.length > 1);
      }),
    );
    if (!answers.ok) return answers;
    await present(answers.value, values, terminal);
    return ok(0);
  },
});

/** What is to be explained; the cycles and the energy where nothing is named. Other conventions count otherwise. */
function questionsOf({ isAsked, values }: Asked, conventions: Conventions): Result<readonly string[]> {
  if (isAsked && conventions !== "loopwright")
    return misuse(
      "needs-own-conventions",
      `--explain derives our own counts, not those of ${conventions}`,
      "leave --conventions out",
    );
  return ok(isAsked && values.length === 0 ? ["cycles", "energy"] : values);
}

/** The one workload; files by themselves, and those of other tools, need `--from`. */
function checkOperands(operands: readonly string[], { problem }: NamedOnlyFrom): Result<string> {
  const [workload, surplus] = operands;
  if (problem !== null) return misuse("needs-from", "--problem names a file of Timeloop's", "add --from timeloop");
  if (workload === undefined)
    return misuse("missing", "WORKLOAD is missing", "usage: loopwright evaluate WORKLOAD [options]");
  if (surplus !== undefined)
    return misuse(
      "surplus",
      `${JSON.stringify(surplus)} is one word too many`,
      "usage: loopwright evaluate WORKLOAD [options]",
    );
  return ok(workload);
}
type NamedOnlyFrom = Pick<NamedFiles, "problem">;

async function fromTimeloop(
  values: NamedFiles & Presentation & { readonly explain: Asked },
  files: readonly string[],
  pricing: Pricing,
  terminal: Terminal,
): Promise<Result<0>> {
  const design = loadTimeloop(values, files);
  if (!design.ok) return design;
  const legal = legalFrom(design.value, pricing.conventions);
  if (!legal.ok) return legal;
  const words = questionsOf(values.explain, pricing.conventions);
  if (!words.ok) return words;
  const answer = answerFrom(legal.value, pricing);
  const complete = explained(answer, words.value);
  if (!complete.ok) return complete;
  terminal.note(notesText(design.value.notes));
  await present([complete.value], values, terminal);
  if (!values.explain.isAsked && values.format === "table") terminal.out(`\n${answer.printed}`);
  return ok(0);
}
