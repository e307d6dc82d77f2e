import { join } from "node:path";
import { printArchitecture } from "../../arch-specs/index.js";
import { ok, type Result } from "../../base/index.js";
import { asOwnFiles, type TimeloopFile } from "../../mappings/index.js";
import { type Command, command } from "../command.js";
import { checkWritable, writeWhole } from "../files.js";
import { both, loadArchitecture } from "../inputs.js";
import { misuse } from "../job.js";
import { tableOptions, withTables } from "../reference-tables.js";
import * as shared from "../shared-options.js";
import { notesText } from "../terminal.js";
import { fileOptions, loadTimeloop, type NamedFiles } from "../timeloop.js";

/** `import timeloop`: Timeloop's files in our own YAML; `import accelergy`: its reference tables written into an architecture file. */
export const importFiles: Command = command({
  name: "import",
  summary: "Turns the files of another tool into workload, architecture, mapping and dataflow files.",
  operands: ["timeloop|accelergy", "[FILE…]"],
  options: {
    arch: shared.arch,
    set: shared.set,
    ...fileOptions,
    ...tableOptions,
    mapping: shared.mapping,
    out: { ...shared.out, describe: "where the files are written" },
    ...shared.common,
  },
  examples: [
    ["loopwright import timeloop arch.yaml problem.yaml mapping.yaml ERT.yaml --out mine", "a whole design"],
    ["loopwright import timeloop eyeriss_like/arch.yaml --out mine", "an architecture by itself"],
    [
      "loopwright import accelergy --arch chip.yaml --ert ERT.yaml --art ART.yaml --out mine",
      "an architecture with Accelergy's figures written into it",
    ],
  ],
  run: async ({ operands: [tool = "", ...files], values, terminal }) => {
    const known = knownTool(tool, "import");
    if (!known.ok) return known;
    const { out } = values;
    if (out === null) return misuse("missing", "--out is missing", "name the folder to write to: --out mine");
    const imported = tool === "accelergy" ? fromAccelergy(values, files) : fromTimeloop(values, files);
    if (!imported.ok) return imported;
    const { written, notes } = imported.value;
    const writable = checkWritable(out);
    if (!writable.ok) return writable;
    for (const { name, text } of written) writeWhole(join(out, name), text);
    terminal.note(notesText(notes));
    terminal.out(written.map(({ name }) => `${join(out, name)}\n`).join(""));
    return ok(0);
  },
});

interface Imported {
  readonly written: readonly TimeloopFile[];
  readonly notes: readonly string[];
}

function fromTimeloop(named: NamedFiles, files: readonly string[]): Result<Imported> {
  const design = loadTimeloop(named, files);
  if (!design.ok) return design;
  const written = asOwnFiles(design.value);
  if (written.length > 0) return ok({ written, notes: design.value.notes });
  return misuse("nothing-to-import", "the files hold neither architecture, problem nor mapping", "name more files");
}

/** Tables stand behind --ert and --art, or by themselves, one or two. */
function fromAccelergy(
  { arch, set, ert, art }: NamedFiles & { readonly set: readonly string[] },
  files: readonly string[],
): Result<Imported> {
  const given = [ert, art, ...files].filter((file) => file !== null);
  const [first, second, surplus] = given;
  if (first === undefined)
    return misuse("missing", "the tables are missing", "name them: --ert ERT.yaml --art ART.yaml");
  if (surplus !== undefined) return misuse("surplus", `${JSON.stringify(surplus)} is one table too many`, "name two");
  const word = both(
    shared.required("arch", arch, "name the architecture that the tables are for"),
    shared.settingsOf(set),
  );
  const architecture = word.ok ? loadArchitecture(...word.value) : word;
  const tabled = architecture.ok ? withTables(architecture.value, { ert: first, art: second ?? null }) : architecture;
  if (!tabled.ok) return tabled;
  const { notes } = tabled.value;
  return ok({ written: [{ name: "architecture.yaml", text: printArchitecture(tabled.value.architecture) }], notes });
}

const TOOLS = ["timeloop", "accelergy"];

/** Timeloop and Accelergy are the tools whose files we read and write. */
export function knownTool(tool: string, verb: string): Result<void> {
  if (TOOLS.includes(tool)) return ok(undefined);
  const hint = `loopwright ${verb} timeloop …, or loopwright ${verb} accelergy …`;
  return misuse("unknown-tool", `cannot ${verb} the files of ${JSON.stringify(tool)}`, hint);
}
