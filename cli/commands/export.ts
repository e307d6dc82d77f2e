import { join } from "node:path";
import { printArt, printErt } from "../../arch-specs/index.js";
import { ok, type Result } from "../../base/index.js";
import { exportTimeloop, type LegalMapping, type TimeloopExport } from "../../mappings/index.js";
import { type Command, command } from "../command.js";
import { checkWritable, writeWhole } from "../files.js";
import { all, both, loadArchitecture } from "../inputs.js";
import { givenMappings, misuse, prepare } from "../job.js";
import * as shared from "../shared-options.js";
import { notesText, type Terminal } from "../terminal.js";
import { knownTool } from "./import.js";

/** `export timeloop`: architecture, layer and mapping as files for timeloop-model; `export accelergy`: an architecture's figures. */
export const exportFiles: Command = command({
  name: "export",
  summary: "Writes architecture, layers and mappings as files for another tool.",
  operands: ["timeloop|accelergy", "[WORKLOAD]"],
  options: {
    arch: shared.arch,
    set: shared.set,
    layer: shared.layer,
    mapping: shared.mapping,
    type: shared.type,
    out: { ...shared.out, describe: "where the files are written, a folder a layer where there are several" },
    ...shared.common,
  },
  examples: [
    [
      "loopwright export timeloop vgg16 --layer conv3_1 --arch eyeriss --mapping conv3_1.yaml --out theirs",
      "then: timeloop-model theirs/*.yaml",
    ],
    ["loopwright export accelergy --arch tpu-v1 --out theirs", "theirs/ERT.yaml and theirs/ART.yaml"],
  ],
  run: async ({ operands: [tool = "", workload], values, terminal }) => {
    const known = knownTool(tool, "export");
    if (!known.ok) return known;
    const { out, mapping } = values;
    if (tool === "accelergy") return exportTables(workload, values, terminal);
    if (workload === undefined)
      return misuse("missing", "WORKLOAD is missing", "usage: loopwright export timeloop WORKLOAD --arch NAME");
    const job = prepare(workload, values);
    if (!job.ok) return job;
    if (out === null) return misuse("missing", "--out is missing", "name the folder to write to: --out theirs");
    if (mapping === null)
      return misuse("missing", "--mapping is missing", "to have one found: loopwright map … --out DIR");
    const mappings = givenMappings(job.value, mapping, "loopwright");
    if (!mappings.ok) return mappings;
    const written = exported(mappings.value, out);
    if (!written.ok) return written;
    for (const { folder, files, notes } of written.value) {
      const writable = checkWritable(folder);
      if (!writable.ok) return writable;
      for (const { name, text } of files) writeWhole(join(folder, name), text);
      terminal.note(notesText(notes));
      terminal.out(files.map(({ name }) => `${join(folder, name)}\n`).join(""));
    }
    return ok(0);
  },
});

/** The figures of an architecture as Accelergy's energy and area reference tables. */
function exportTables(workload: string | undefined, { arch, set, out }: TableExport, terminal: Terminal): Result<0> {
  if (workload !== undefined)
    return misuse("surplus", `${JSON.stringify(workload)} is one word too many`, "tables need no workload");
  if (out === null) return misuse("missing", "--out is missing", "name the folder to write to: --out theirs");
  const hint = "name the architecture whose figures are written";
  const word = both(shared.required("arch", arch, hint), shared.settingsOf(set));
  const read = both(word.ok ? loadArchitecture(...word.value) : word, checkWritable(out));
  if (!read.ok) return read;
  const [architecture] = read.value;
  const files = [
    [join(out, "ERT.yaml"), printErt(architecture)],
    [join(out, "ART.yaml"), printArt(architecture)],
  ] as const;
  for (const [file, text] of files) writeWhole(file, text);
  terminal.out(files.map(([file]) => `${file}\n`).join(""));
  return ok(0);
}
interface TableExport {
  readonly arch: string | null;
  readonly set: readonly string[];
  readonly out: string | null;
}

type Folder = TimeloopExport & { readonly folder: string };

/** All layers or none: a mapping that cannot be said is told before anything is written. */
function exported(mappings: readonly LegalMapping[], out: string): Result<readonly Folder[]> {
  return all(
    mappings.map((legal): Result<Folder> => {
      const { name } = legal.layer;
      const folder = mappings.length === 1 ? out : join(out, name.replaceAll(/[^\w.+-]+/g, "_"));
      const result = exportTimeloop(legal);
      if (result.ok) return ok({ ...result.value, folder });
      return { ok: false, errors: result.errors.map((e) => ({ ...e, message: `${name}: ${e.message}` })) };
    }),
  );
}
