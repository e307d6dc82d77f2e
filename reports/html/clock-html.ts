import { count, percent } from "../numbers.js";
import type { LayerResult } from "../result.js";
import { forWhat } from "../timing-text.js";
import { type Cell, type DataTable, numeric, tableHtml } from "./elements.js";
import { figureHtml, type Numbering } from "./figure-html.js";

/** What went on over time in a run by the clock, for what compute waited, and what a systolic array did; nothing where none ran. */
export function clockHtml(
  result: LayerResult,
  name: string,
  id: string,
  picture: string | undefined,
  numbering: Numbering,
): string {
  const { timing, systolic } = result;
  const array = systolic === undefined ? "" : tableHtml(systolicTable(result, name));
  if (timing === undefined || picture === undefined) return array;
  const figure = figureHtml(
    {
      id,
      title: `Activity of ${name}`,
      caption: `Above, the share of all compute units that works; below, the words that each level's busiest instance moves a cycle. Means over ${count(timing.activity.binCycles)} cycles or more.`,
      svg: picture,
      table: activityTable(result, name),
    },
    numbering,
  );
  const waits = timing.waits.length === 0 ? "" : tableHtml(waitsTable(result, name));
  return `${figure}${waits}${array}`;
}

function activityTable({ timing }: LayerResult, name: string): DataTable {
  const { binCycles = 0, compute = [], levels = [] } = timing?.activity ?? {};
  return {
    caption: `Activity of ${name}, over time`,
    head: ["from cycle", "% of peak", ...levels.map((level) => `${level.name} [words a cycle]`)],
    rows: compute.map((share, i): readonly Cell[] => [
      count(i * binCycles),
      (100 * share).toFixed(1),
      ...levels.map(({ words }) => (words[i] ?? 0).toFixed(2)),
    ]),
  };
}

function waitsTable({ timing, machineCycles = 0 }: LayerResult, name: string): DataTable {
  return {
    caption: `What compute waited for in ${name}`,
    head: ["waits for", "because of", "when", "cycles", "share"],
    rows: (timing?.waits ?? []).map((wait) => [
      ...[forWhat(wait), wait.cause, wait.during],
      ...[numeric(wait.cycles, count), percent(wait.cycles / machineCycles)],
    ]),
    texts: [1, 2],
  };
}

function systolicTable({ systolic, machineCycles = 0 }: LayerResult, name: string): DataTable {
  if (systolic === undefined) throw new Error(`${name} ran on no systolic array`);
  const { folds, cycles, waiting, mappingEfficiency, utilization } = systolic;
  const rows: readonly (readonly [string, number])[] = [
    ["pushing stationary words in", cycles.load],
    ["streaming", cycles.stream],
    ["last words on their way out", cycles.drain],
    ["waiting for the first tile", waiting.start],
    ["waiting for later tiles", waiting.tiles],
    ["waiting for the buffer's ports", waiting.buffer],
    ["waiting until the last output is up", waiting.finish],
  ];
  return {
    caption: `The systolic array running ${name}: ${count(folds)} folds, ${percent(mappingEfficiency)} of its elements mapped, ${percent(utilization)} in use`,
    head: ["cycles of the array", "cycles", "share"],
    rows: rows.map(([what, n]) => [what, numeric(n, count), percent(n / machineCycles)]),
    foot: ["together", numeric(machineCycles, count), ""],
  };
}
