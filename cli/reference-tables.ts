import {
  type Applied,
  type Architecture,
  applyReferenceTables,
  parseReferenceTables,
  type Sources,
} from "../arch-specs/index.js";
import { type Diagnostic, failed, inArgument, ok, type Result } from "../base/index.js";
import { readText } from "./files.js";
import { all } from "./inputs.js";
import { type Option, text } from "./option.js";

/** The options that put Accelergy's figures in place of the architecture's; either file may hold both kinds of table. */
export const tableOptions: { readonly ert: Option<string | null>; readonly art: Option<string | null> } = {
  ert: text("FILE", "Accelergy's energy reference table: its energies replace the architecture's, level by level"),
  art: text("FILE", "Accelergy's area reference table: its areas replace the architecture's"),
};

export interface TableFiles {
  readonly ert?: string | null;
  readonly art?: string | null;
}

/** An architecture with the figures of reference tables. */
export interface Tabled {
  readonly architecture: Architecture;
  /** The figures that came from the tables. */
  readonly taken: Sources;
  /** What in the tables concerns no level. */
  readonly notes: readonly string[];
}

/** Puts the figures of the tables, if any, in place of the architecture's own. */
export function withTables(architecture: Architecture, { ert = null, art = null }: TableFiles): Result<Tabled> {
  const files = [...new Set([ert, art])].filter((file) => file !== null);
  const tables = all(
    files.map((file) => {
      const read = readText(file);
      return read.ok ? parseReferenceTables(read.value, file) : read;
    }),
  );
  if (!tables.ok) return tables;
  let tabled: Tabled = { architecture, taken: new Map(), notes: [] };
  for (const table of tables.value) {
    const applied = applyReferenceTables(tabled.architecture, table);
    if (applied.taken.size === 0 && applied.unused.length > 0)
      return failed([strangers(table.file, architecture, applied)]);
    const taken = new Map(tabled.taken);
    for (const [level, figures] of applied.taken) taken.set(level, new Map([...(taken.get(level) ?? []), ...figures]));
    const note = `${table.file}: no level of ${architecture.name} is called ${applied.unused.join(", ")}`;
    const notes = applied.unused.length === 0 ? tabled.notes : [...tabled.notes, note];
    tabled = { architecture: applied.architecture, taken, notes };
  }
  return ok(tabled);
}

/** A table of which nothing could be taken is for another architecture. */
function strangers(file: string, { name, levels }: Architecture, { unused }: Applied): Diagnostic {
  return {
    code: "usage/no-level-named",
    message: `none of its components is a level of ${name}: ${unused.join(", ")}`,
    at: inArgument(file),
    hint: `a component's name ends in that of its level: ${levels.map((level) => level.name).join(", ")}`,
  };
}
