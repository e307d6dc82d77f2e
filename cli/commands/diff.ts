import { ok, type Result } from "../../base/index.js";
import { type MappingJson, mappingToJson, parseMapping } from "../../mappings/index.js";
import {
  type Difference,
  differencesText,
  diffMappings,
  diffResults,
  type LayerResult,
  numberColumn,
  parseResults,
  sheetText,
  short,
  textColumn,
} from "../../reports/index.js";
import { type Command, command } from "../command.js";
import { readText } from "../files.js";
import { both } from "../inputs.js";
import { misuse } from "../job.js";
import { flag } from "../option.js";
import type { Format } from "../shared-options.js";
import * as shared from "../shared-options.js";
import type { Terminal } from "../terminal.js";

/** `diff`: what differs between two results, or between two mappings. */
export const diff: Command = command({
  name: "diff",
  summary: "Compares two results (--format json) figure by figure, or two mapping files line by line.",
  operands: ["A", "B"],
  options: { "exit-code": flag("end with 1 where the two differ"), ...shared.common },
  examples: [
    ["loopwright diff before/result.json after/result.json", "which counts, cycles and energies changed"],
    ["loopwright diff out/mappings/conv3_1.yaml mine.yaml", "two loop nests side by side"],
  ],
  run: async ({ operands: [a = "", b = ""], values, terminal }) => {
    const sides = a === b ? twice(readSide(a)) : both(readSide(a), readSide(b));
    if (!sides.ok) return sides;
    const [before, after] = sides.value;
    if (before.kind === "results" && after.kind === "results") {
      const differences = diffResults(before.results, after.results);
      terminal.out(resultsText(differences, values.format, terminal));
      return ok(differences.length > 0 && values["exit-code"] ? 1 : 0);
    }
    if (before.kind === "mapping" && after.kind === "mapping") {
      const lines = diffMappings(before.mapping, after.mapping);
      const same = lines.every((line) => line.startsWith(" "));
      terminal.out(mappingsText(lines, same, values.format, terminal));
      return ok(!same && values["exit-code"] ? 1 : 0);
    }
    return misuse("not-alike", `${a} and ${b} are not of one kind`, "give two results or two mappings");
  },
});

type Side =
  | { readonly kind: "results"; readonly results: readonly LayerResult[] }
  | { readonly kind: "mapping"; readonly mapping: MappingJson };

/** A file compared with itself is read, and complained about, once. */
const twice = (side: Result<Side>): Result<readonly [Side, Side]> => (side.ok ? ok([side.value, side.value]) : side);

/** A result names its schema; anything else is read as a mapping. */
function readSide(file: string): Result<Side> {
  const text = readText(file);
  if (!text.ok) return text;
  if (text.value.includes('"schema"') || text.value.trim() === "[]") {
    const results = parseResults(text.value, file);
    return results.ok ? ok({ kind: "results", results: results.value }) : results;
  }
  const parsed = parseMapping(text.value, file);
  return parsed.ok ? ok({ kind: "mapping", mapping: mappingToJson(parsed.value.mapping) }) : parsed;
}

function resultsText(differences: readonly Difference[], format: Format, terminal: Terminal): string {
  if (format === "table")
    return differences.length === 0 ? "no difference\n" : `${differencesText(differences, terminal.paint)}\n`;
  const columns = [textColumn("what"), numberColumn("before", "A", short), numberColumn("after", "B", short)];
  const rows = differences.map(({ what, before, after }) => ({ what, before, after }));
  return sheetText({ columns, rows }, format, terminal.paint);
}

function mappingsText(lines: readonly string[], same: boolean, format: Format, { paint }: Terminal): string {
  if (format !== "table") {
    const rows = lines.map((line) => ({ change: line.slice(0, 1).trim(), line: line.slice(2) }));
    return sheetText({ columns: [textColumn("change"), textColumn("line")], rows }, format, paint);
  }
  if (same) return "no difference\n";
  const painted = lines.map((line) =>
    line.startsWith("+") ? paint.good(line) : line.startsWith("-") ? paint.bad(line) : line,
  );
  return `${painted.join("\n")}\n`;
}
