import { join } from "node:path";
import { ok, type Result } from "../../base/index.js";
import { asOwnFiles } from "../../mappings/index.js";
import { type Command, command } from "../command.js";
import { checkWritable, writeWhole } from "../files.js";
import { misuse } from "../job.js";
import * as shared from "../shared-options.js";
import { notesText } from "../terminal.js";
import { fileOptions, loadTimeloop } from "../timeloop.js";

/** `import timeloop`: Timeloop's files in our own YAML. */
export const importFiles: Command = command({
  name: "import",
  summary: "Turns the files of another tool into workload, architecture, mapping and dataflow files.",
  operands: ["timeloop", "[FILE…]"],
  options: {
    arch: shared.arch,
    ...fileOptions,
    mapping: shared.mapping,
    out: { ...shared.out, describe: "where the files are written" },
    ...shared.common,
  },
  examples: [
    ["loopwright import timeloop arch.yaml problem.yaml mapping.yaml ERT.yaml --out mine", "a whole design"],
    ["loopwright import timeloop eyeriss_like/arch.yaml --out mine", "an architecture by itself"],
  ],
  run: async ({ operands: [tool = "", ...files], values, terminal }) => {
    const known = knownTool(tool, "import");
    if (!known.ok) return known;
    const { out } = values;
    if (out === null) return misuse("missing", "--out is missing", "name the folder to write to: --out mine");
    const design = loadTimeloop(values, files);
    if (!design.ok) return design;
    const writable = checkWritable(out);
    if (!writable.ok) return writable;
    const written = asOwnFiles(design.value);
    if (written.length === 0)
      return misuse("nothing-to-import", "the files hold neither architecture, problem nor mapping", "name more files");
    for (const { name, text } of written) writeWhole(join(out, name), text);
    terminal.note(notesText(design.value.notes));
    terminal.out(written.map(({ name }) => `${join(out, name)}\n`).join(""));
    return ok(0);
  },
});

/** Timeloop is the one tool whose files we read and write. */
export function knownTool(tool: string, verb: string): Result<void> {
  if (tool === "timeloop") return ok(undefined);
  return misuse("unknown-tool", `cannot ${verb} the files of ${JSON.stringify(tool)}`, `loopwright ${verb} timeloop …`);
}
