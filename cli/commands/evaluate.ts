import { ok } from "../../base/index.js";
import { resultOf } from "../../reports/index.js";
import { evaluateUnder } from "../../sim/conventions/index.js";
import type { Answer } from "../answers.js";
import { type Command, command } from "../command.js";
import { givenMappings, misuse, prepare } from "../job.js";
import { choice } from "../option.js";
import { present } from "../present.js";
import * as shared from "../shared-options.js";

/** `evaluate`: the model's counts of given mappings, in milliseconds. */
export const evaluate: Command = command({
  name: "evaluate",
  summary: "Counts accesses, cycles and energy of a given mapping by formula.",
  operands: ["WORKLOAD"],
  options: {
    arch: shared.arch,
    set: shared.set,
    layer: shared.layer,
    mapping: shared.mapping,
    type: shared.type,
    conventions: shared.conventions,
    "link-transfers": choice(
      ["on", "off"],
      "whether neighbours pass words on, under the conventions of timeloop",
      "off",
    ),
    out: shared.out,
    ...shared.common,
  },
  examples: [
    [
      "loopwright evaluate vgg16 --layer conv3_1 --arch eyeriss --mapping conv3_1.yaml",
      "one layer, its mapping from a file",
    ],
    ["loopwright evaluate vgg16 --arch eyeriss --mapping out/mappings --format csv", "one mapping file a layer"],
  ],
  run: async ({ operands, values, terminal }) => {
    const { conventions, mapping } = values;
    const job = prepare(operands[0] ?? "", values);
    if (!job.ok) return job;
    if (mapping === null)
      return misuse("missing", "--mapping is missing", "to have a mapping found, use loopwright map");
    const mappings = givenMappings(job.value, mapping, conventions);
    if (!mappings.ok) return mappings;
    const answers = mappings.value.map((legal): Answer => {
      const priced = evaluateUnder(legal, conventions, { linkTransfers: values["link-transfers"] === "on" });
      return { legal, result: resultOf(legal, priced, { workload: job.value.workload.name, conventions }) };
    });
    await present(answers, values, terminal);
    return ok(0);
  },
});
