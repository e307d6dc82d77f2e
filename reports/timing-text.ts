/** Where the cycles of a timed run went, for people and for plots. */
import { stringify } from "csv-stringify/sync";
import { count, percent, ratio } from "./numbers.js";
import type { LayerResult } from "./result.js";
import { beside, left, type Paint, right, table } from "./table.js";
import type { WaitResult } from "./timing-result.js";

/** Machine cycles and what they were spent on; how they differ from the model's. */
export function timingRows(result: LayerResult): readonly (readonly [string, string])[] {
  const { timing, machineCycles = 0, cycles, systolic } = result;
  if (timing === undefined) return [];
  const { computing, startUp, stalled, finalDrain, modelBound } = timing;
  const parts = [
    ["computing", computing],
    ["start-up", startUp],
    ["stalled", stalled],
    ["final drain", finalDrain],
  ] as const;
  const spent = parts.flatMap(([name, n]) => (n === 0 ? [] : [`${cyclesText(n)} ${name}`])).join(", ");
  const waited = startUp + stalled + finalDrain;
  const foreseen = cycles - computing;
  const less = foreseen === 0 ? "" : `, less ${cyclesText(foreseen)} that the model has, too (bound by ${modelBound})`;
  const difference = machineCycles - cycles;
  const figure = [
    "machine cycles",
    `${cyclesText(machineCycles)} (${ratio(machineCycles / cycles)}): ${spent}`,
  ] as const;
  return [
    // An array tells its cycles by what it did in them.
    ...(systolic === undefined ? [figure] : []),
    ...(waited === 0
      ? []
      : [["beyond the model", `${cyclesText(difference)}: ${cyclesText(waited)} waited${less}`] as const]),
  ];
}

const MOST = 12;

/** For whom compute waited, and how the run looks from each level and tensor; nothing where it never waited. */
export function timingText({ timing, machineCycles = 0 }: LayerResult, paint: Paint): readonly string[] {
  if (timing === undefined || timing.waits.length === 0) return [];
  const share = (cycles: number): string => percent(cycles / machineCycles);
  const shown = timing.waits.slice(0, MOST);
  const rest = timing.waits.slice(MOST).reduce((sum, { cycles }) => sum + cycles, 0);
  const waits = [
    ...shown.map((wait) => [forWhat(wait), wait.cause, wait.during, cyclesText(wait.cycles), share(wait.cycles)]),
    ...(rest === 0 ? [] : [[`${timing.waits.length - MOST} others`, "", "", cyclesText(rest), share(rest)]]),
  ];
  const places = timing.levels
    .filter(({ fillsUnderWay, drainsUnderWay }) => fillsUnderWay + drainsUnderWay > 0)
    .map((place) => [
      `${place.level} ${place.tensor}`,
      ...[place.computing, place.filling, place.draining, place.stalled].map(cyclesText),
      ...[place.fillsUnderWay, place.drainsUnderWay].map(cyclesText),
    ]);
  const heads = ["computing", "filling", "draining", "stalled", "fills under way", "drains under way"].map(right);
  return [
    table([left("waits for"), left("because of"), left("when"), right("cycles"), beside("")], waits, paint),
    ...(places.length === 0 ? [] : [table([left("cycles of"), ...heads], places, paint)]),
  ];
}

/** What compute waited for, in a few words. */
export function forWhat({ action, level, tensor }: WaitResult): string {
  switch (action) {
    case "fill":
      return `${tensor} into ${level}`;
    case "drain":
      return `${tensor} out of ${level}`;
    case "operands":
      return `operands, ${tensor} at ${level}`;
    case "results":
      return "results in the pipeline";
  }
}

/** Whole cycles exactly, others with two digits after the point. */
const cyclesText = (cycles: number): string =>
  Number.isInteger(cycles) || cycles >= 1e5 ? count(Math.round(cycles)) : cycles.toFixed(2);

/** What compute waited for, tidy: one row a cause, and one for the cycles in which it worked; they add up to the machine's cycles. */
export function printWaits(results: readonly LayerResult[]): string {
  const header = ["workload", "layer", "architecture", "action", "level", "tensor", "cause", "during", "cycles"];
  const rows = results.flatMap(({ workload, layer, architecture, timing }) => {
    if (timing === undefined) return [];
    const about = [workload, layer, architecture];
    return [
      [...about, "computing", "", "", "", "run", timing.computing],
      ...timing.waits.map((wait) => [
        ...[...about, wait.action, wait.level, wait.tensor, wait.cause, wait.during, wait.cycles],
      ]),
    ];
  });
  return stringify([header, ...rows]);
}

/** Utilization over time, tidy: one row a stretch and series. Compute as a share of its peak, levels in words a cycle. */
export function printActivity(results: readonly LayerResult[]): string {
  const header = ["workload", "layer", "architecture", "from_cycle", "to_cycle", "series", "unit", "value"];
  const rows = results.flatMap(({ workload, layer, architecture, timing, machineCycles = 0 }) => {
    if (timing === undefined) return [];
    const { activity } = timing;
    const series = [
      { name: "compute", unit: "share of peak", values: activity.compute },
      ...activity.levels.map(({ name, words }) => ({ name, unit: "word/cycle", values: words })),
    ];
    return series.flatMap(({ name, unit, values }) =>
      values.map((value, i) => {
        const [from, to] = [i * activity.binCycles, (i + 1) * activity.binCycles];
        return [workload, layer, architecture, from, Math.min(to, machineCycles), name, unit, value];
      }),
    );
  });
  return stringify([header, ...rows]);
}
