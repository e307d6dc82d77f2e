import { stringify } from "csv-stringify/sync";
import { findingCells } from "./findings.js";
import type { LayerResult } from "./result.js";
import { left, type Paint, right, table } from "./table.js";

/** Why the best mapping is the best, for people: what is full, what is slowest, what costs most, what the other dataflows reach. */
export function findingsText({ findings = [], objective, search }: LayerResult, paint: Paint): string {
  const best = search?.status === "optimal" ? "the best" : "the best found";
  const title = paint.bold(`what makes this ${best}${objective === undefined ? "" : ` ${objective}`}`);
  const rows = findings.map((finding, i) => [
    findings[i - 1]?.kind === finding.kind ? "" : `  ${finding.kind}`,
    finding.binds ? "►" : "",
    finding.name,
    ...findingCells(finding),
    finding.says,
  ]);
  const columns = [left("  of"), left(""), left(""), right("value"), right("share"), left("")];
  return `${title}\n${table(columns, rows, paint)}`;
}

const HEADER = ["workload", "layer", "architecture", "objective", "kind", "name", "value", "limit", "binds", "says"];

/** The same as tidy CSV, one row a finding; then one row a figure of the user's own mapping, where one was given. */
export function printFindingsCsv(results: readonly LayerResult[]): string {
  const rows = results.flatMap(({ workload, layer, architecture, objective = "", findings = [] }) =>
    findings.map(({ kind, name, value, limit, binds, says }) => [
      ...[workload, layer, architecture, objective, kind, name, value ?? "", limit ?? "", binds ? 1 : 0, says],
    ]),
  );
  return stringify([HEADER, ...rows]);
}
