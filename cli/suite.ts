import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import type { Architecture } from "../arch-specs/index.js";
import { failed, inArgument, ok, type Result } from "../base/index.js";
import { exact, numberColumn, type Sheet, type SheetRow, sheetText, short, textColumn } from "../reports/index.js";
import type { ExitCode } from "./command.js";
import { isFolder, writeWhole } from "./files.js";
import { interruptible } from "./interrupt.js";
import { runAll } from "./pool.js";
import { progressOn } from "./progress.js";
import type { Format } from "./shared-options.js";
import type { CaseOutcome, SuiteCase } from "./suite-case.js";
import type { Terminal } from "./terminal.js";

/** What `simulate --suite` is asked for. */
export interface SuiteWishes {
  readonly threads: number | null;
  readonly format: Format;
  readonly out: string | null;
}

/**
 * Runs every case below the folder (`model.onnx`, `test_data_set_N/input_K.pb`, `output_K.pb`), heavy layers on the architecture. People are
 * shown what did not pass, then the sums; programs every case.
 */
export async function runSuite(
  folder: string,
  architecture: Architecture,
  { threads, format, out }: SuiteWishes,
  terminal: Terminal,
): Promise<Result<ExitCode>> {
  const folders = isFolder(folder) ? casesIn(folder) : [];
  if (folders.length === 0) return failed([noCases(folder)]);
  const tasks = folders.map((one) => ({ label: nameOf(folder, one), input: { folder: one, architecture } }));
  const interrupt = interruptible();
  const progress = progressOn(terminal, tasks.length, { of: "cases", limitSeconds: null });
  const how = { work: "suiteCase", stops: false, threads, interrupt, progress };
  const outcomes = await runAll<SuiteCase, CaseOutcome>(tasks, how).finally(progress.stop);
  interrupt.release();
  const rows = outcomes.flatMap((outcome, i) => (outcome === null ? [] : [rowOf(tasks[i]?.label ?? "", outcome)]));
  const sums = `${sumsOf(rows)}\n`;
  const shown = format === "table" ? rows.filter(({ status, reason }) => status !== "passed" || reason !== "") : rows;
  if (shown.length > 0 || format === "json")
    terminal.out(sheetText(sheetOf(shown, architecture), format, terminal.paint));
  if (format === "table" || format === "markdown") terminal.out(sums);
  else terminal.note(sums);
  if (out !== null) writeSuite(out, sheetOf(rows, architecture), terminal);
  if (interrupt.signal.aborted) return ok(130);
  return ok(rows.some(({ status }) => status === "failed") ? 1 : 0);
}

/** Folders with a `model.onnx`, wherever they lie below. */
function casesIn(folder: string): readonly string[] {
  if (existsSync(join(folder, "model.onnx"))) return [folder];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map((entry) => join(folder, entry.name))
    .filter(isFolder)
    .sort()
    .flatMap(casesIn);
}

const nameOf = (suite: string, folder: string): string => relative(suite, folder).replaceAll("\\", "/") || folder;

const rowOf = (name: string, { status, reason, layers, macs, compared, maxAbsError }: CaseOutcome): SheetRow => ({
  ...{ case: name, status, layers, macs, compared, reason },
  maxAbsError: Number.isFinite(maxAbsError) ? maxAbsError : null,
});

/** `507 passed, 0 failed, 1 refused`. */
function sumsOf(rows: readonly SheetRow[]): string {
  const count = (wanted: CaseOutcome["status"]): number => rows.filter(({ status }) => status === wanted).length;
  return `${count("passed")} passed, ${count("failed")} failed, ${count("refused")} refused`;
}

const sheetOf = (rows: readonly SheetRow[], architecture: Architecture): Sheet => ({
  columns: [
    textColumn("case", `case on ${architecture.name}`),
    textColumn("status"),
    numberColumn("layers", "layers run", exact),
    numberColumn("macs", "MACs", exact),
    numberColumn("compared", "words compared", exact),
    numberColumn("maxAbsError", "largest error", short),
    textColumn("reason"),
  ],
  rows,
});

const PLAIN = { bold: String, dim: String, good: String, bad: String };

/** `suite.csv` and `suite.json`, every case. */
function writeSuite(folder: string, sheet: Sheet, terminal: Terminal): void {
  writeWhole(join(folder, "suite.csv"), sheetText(sheet, "csv", PLAIN));
  writeWhole(join(folder, "suite.json"), sheetText(sheet, "json", PLAIN));
  terminal.note(`wrote ${join(folder, "suite.csv")} and suite.json\n`);
}

function noCases(folder: string): Parameters<typeof failed>[0][number] {
  return {
    code: "onnx/no-cases",
    message: isFolder(folder) ? "no folder below this one has a model.onnx" : "there is no such folder",
    at: inArgument(folder),
    hint: "a case is a folder with model.onnx and test_data_set_0/input_0.pb, output_0.pb, …",
  };
}
