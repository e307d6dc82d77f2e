import { estimates } from "../../arch-specs/index.js";
import { ok } from "../../base/index.js";
import { estimateSheet, estimateText, sheetText } from "../../reports/index.js";
import { type Command, command } from "../command.js";
import { both, loadArchitecture } from "../inputs.js";
import { tableOptions, withTables } from "../reference-tables.js";
import * as shared from "../shared-options.js";
import { notesText } from "../terminal.js";

/** `estimate`: every energy, leakage and area of an architecture, with its source. */
export const estimate: Command = command({
  name: "estimate",
  summary: "Shows every energy, leakage and area of an architecture, and where each figure comes from.",
  operands: [],
  options: { arch: shared.arch, set: shared.set, ...tableOptions, ...shared.common },
  examples: [
    ["loopwright estimate --arch tpu-v1", "what its components cost, with sources"],
    ["loopwright estimate --arch chip.yaml --set rows=32 --format csv", "after a change, for programs"],
    ["loopwright estimate --arch chip.yaml --ert ERT.yaml --art ART.yaml", "with Accelergy's figures in their place"],
  ],
  run: async ({ values, terminal }) => {
    const hint = "name one with --arch tpu-v1; `loopwright list archs` shows those built in";
    const given = both(shared.required("arch", values.arch, hint), shared.settingsOf(values.set));
    const read = given.ok ? loadArchitecture(...given.value) : given;
    const tabled = read.ok ? withTables(read.value, values) : read;
    if (!tabled.ok) return tabled;
    const { architecture, taken, notes } = tabled.value;
    terminal.note(notesText(notes));
    const rows = estimates(architecture, taken);
    const people = values.format === "table";
    terminal.out(
      people
        ? estimateText(architecture, rows, terminal.paint)
        : sheetText(estimateSheet(rows), values.format, terminal.paint),
    );
    return ok(0);
  },
});
