import { areaText, count, energy, percent, ratio, seconds, short } from "./numbers.js";
import type { LayerResult, LevelResult, SearchSummary } from "./result.js";
import { bar, bars, beside, left, type Paint, right, table } from "./table.js";
import { timingRows, timingText } from "./timing-text.js";

/** One layer in full, for people: figures, proof, energy by part, occupancy and accesses by level, loop nest. */
export function layerText(result: LayerResult, loopNest: string, paint: Paint): string {
  const parts = [
    heading(result, paint),
    energyText(result, paint),
    levelsText(result, paint),
    ...timingText(result, paint),
    paint.markdown === true
      ? `\`\`\`text\n${loopNest.trimEnd()}\n\`\`\``
      : `${paint.bold("mapping")}\n${loopNest.trimEnd()}`,
  ];
  return `${parts.join("\n\n")}\n`;
}

function heading(result: LayerResult, paint: Paint): string {
  const { workload, layer, architecture, conventions, dataflow } = result;
  const under = conventions === "loopwright" ? "" : `, conventions of ${conventions}`;
  const flow = dataflow === undefined ? "" : `, dataflow ${dataflow}`;
  const title = workload === layer ? layer : `${workload} ${layer}`;
  return [
    paint.bold(`${title} on ${architecture}${flow}${under}`),
    figures(
      [
        ...(result.unit === undefined
          ? [["MACs", count(result.macs)] as const]
          : ([
              ["runs on", result.unit],
              ["operations", count(result.compute.operations)],
            ] as const)),
        ["cycles", count(result.cycles)],
        ...systolicRows(result),
        ...timingRows(result),
        [
          "energy",
          result.macs === 0
            ? energy(result.energy_pJ)
            : `${energy(result.energy_pJ)} (${short(result.energy_pJ / result.macs)} pJ a MAC)`,
        ],
        ["energy × delay", `${short(result.edp)} pJ·cycle`],
        ["utilization", `${percent(result.utilization)} (${percent(result.spatialUtilization)} of the compute units)`],
        ...(result.area_um2 === 0 ? [] : [["area", areaText(result.area_um2)] as const]),
        ...leakage(result),
        ...lowering(result),
        ...proof(result),
        ...checks(result, paint),
      ],
      paint,
    ),
  ].join("\n");
}

function leakage({ leakage_pJ = 0, energy_pJ }: LayerResult): readonly (readonly [string, string])[] {
  return leakage_pJ === 0
    ? []
    : [["leakage", `${energy(leakage_pJ)} (${percent(leakage_pJ / energy_pJ)} of the energy)`]];
}

/** The cycles of a systolic array, and what they were spent on. */
function systolicRows({ machineCycles = 0, systolic }: LayerResult): readonly (readonly [string, string])[] {
  if (systolic === undefined) return [];
  const { folds, cycles, waiting, mappingEfficiency, utilization } = systolic;
  const waits = [
    ["the first tile", waiting.start],
    ["tiles", waiting.tiles],
    ["the buffer", waiting.buffer],
    ["the last outputs", waiting.finish],
  ] as const;
  const waited = waits.flatMap(([what, spent]) => (spent === 0 ? [] : [`${count(spent)} waiting for ${what}`]));
  const spent = `${count(cycles.load)} load, ${count(cycles.stream)} stream, ${count(cycles.drain)} drain`;
  return [
    ["machine cycles", `${count(machineCycles)}: ${[spent, ...waited].join(", ")}`],
    [
      "array",
      `${count(folds)} folds, ${percent(mappingEfficiency)} of the elements mapped, ${percent(utilization)} busy`,
    ],
  ];
}

function lowering({ lowering }: LayerResult): readonly (readonly [string, string])[] {
  if (lowering === undefined) return [];
  const { inputWords, unfoldedWords } = lowering;
  const grown = `${count(inputWords)} words unfolded into ${count(unfoldedWords)} (${ratio(unfoldedWords / inputWords)})`;
  return [["im2col", `the input's ${grown}`]];
}

/** Names and values side by side. */
function figures(rows: readonly (readonly [string, string])[], paint: Paint): string {
  if (paint.markdown === true) return `\n${rows.map(([name, value]) => `- ${name}: ${value}`).join("\n")}`;
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join("\n");
}

function proof({ search, objective }: LayerResult): readonly (readonly [string, string])[] {
  if (search === undefined) return [];
  const how = `${count(search.evaluated)} evaluated, ${seconds(search.seconds)}`;
  const counted = search.counted === undefined ? "" : `: ${search.counted}`;
  return [
    [`best ${objective ?? ""}`.trim(), `${verdict(search)}; ${how}`],
    ...(search.mapspace === "" ? [] : [["mapspace", `${search.mapspace} mappings${counted}`] as const]),
  ];
}
/** How good the answer is known to be, in words. */
export function verdict({ status, gap }: SearchSummary): string {
  return status === "optimal" ? "certified optimum" : `at most ${aboveOptimum(gap)}`;
}

/** How far an answer can be from the optimum, when a share `gap` of it is not proven: `1.2 % above the optimum`, `×4.10 the optimum`. */
export function aboveOptimum(gap: number): string {
  // A bound may be shown too high, never too low; what is a rounding of floats over a digit is not over it.
  const upTo = (x: number, parts: number): number => Math.ceil(x * parts * (1 - 1e-12)) / parts;
  const exact = gap / (1 - gap);
  const above = upTo(exact, exact < 1 ? 1000 : exact < 99 ? 100 : 1);
  return above < 1 ? `${percent(above)} above the optimum` : `${ratio(1 + above)} the optimum`;
}

function checks({ witness, validation }: LayerResult, paint: Paint): readonly (readonly [string, string])[] {
  const rows: (readonly [string, string])[] = [];
  if (validation !== undefined && validation.status !== "not-run") {
    const words = `${count(validation.compared)} words`;
    const texts = {
      exact: paint.good(`equal to the reference, all ${words}`),
      "within-tolerance": paint.good(`equal to the reference within ${short(validation.maxAbsError)}, all ${words}`),
      failed: paint.bad(`DIFFER from the reference, by up to ${short(validation.maxAbsError)} of ${words}`),
    };
    rows.push(["outputs", texts[validation.status]]);
  }
  if (witness !== undefined && witness.model !== "not-run")
    rows.push(["model", witness.model === "agrees" ? paint.good("agrees on every count") : paint.bad("DIFFERS")]);
  return rows;
}

const BAR = 30;

function energyText(result: LayerResult, paint: Paint): string {
  const parts = energyParts(result);
  const largest = Math.max(...parts.map(({ pJ }) => pJ));
  const rows = parts.map(({ name, pJ }) => [
    `  ${name}`,
    energy(pJ),
    percent(result.energy_pJ === 0 ? 0 : pJ / result.energy_pJ),
    bar(largest === 0 ? 0 : pJ / largest, BAR),
  ]);
  return table([left("energy"), right(""), beside(""), bars], rows, paint);
}

/** What marks the part of the energy that units take which only leak. */
export const IDLE = ", idle";

/** Where the energy goes, from the outside in: every level, the networks below it where words crossed them, compute, what idles. */
export function energyParts(result: LayerResult): readonly { readonly name: string; readonly pJ: number }[] {
  const used = result.networks.filter(({ hops, energy_pJ }) => hops > 0 || energy_pJ > 0);
  const levels = result.levels.flatMap((level) => [
    { name: level.name, pJ: level.energy_pJ },
    ...used
      .filter(({ name }) => name.startsWith(`${level.name}→`))
      .map(({ name, energy_pJ }) => ({ name, pJ: energy_pJ })),
  ]);
  const { idle } = result;
  const idling = idle === undefined ? [] : [{ name: `${idle.name}${IDLE}`, pJ: idle.energy_pJ }];
  return [...levels, { name: "compute", pJ: result.compute.energy_pJ }, ...idling];
}

function levelsText(result: LayerResult, paint: Paint): string {
  const columns = [
    left("level"),
    right("instances"),
    right("words used"),
    left("tensor"),
    right("tile"),
    right("fills"),
    right("reads"),
    right("updates"),
    right("drains"),
    right("energy"),
  ];
  return table(columns, result.levels.flatMap(levelRows), paint);
}

/** One row a tensor; what concerns the whole level stands in its first row. */
function levelRows(level: LevelResult): readonly (readonly string[])[] {
  const about = [
    level.name,
    level.utilizedInstances === level.instances
      ? count(level.instances)
      : `${count(level.utilizedInstances)} of ${count(level.instances)}`,
    occupancy(level),
  ];
  const tensors = Object.entries(level.tensors);
  if (tensors.length === 0) return [[...about, "–", "", "", "", "", "", ""]];
  return tensors.map(([tensor, t], i) => [
    ...(i === 0 ? about : ["", "", ""]),
    tensor,
    ...[t.tileWords, t.fills, t.reads, t.updates, t.drains].map(count),
    energy(t.energy_pJ),
  ]);
}

/** `392 of 512 (76.6 %)`. */
export function occupancy({ usedWords, capacityWords }: LevelResult): string {
  if (capacityWords === null) return count(usedWords);
  return `${count(usedWords)} of ${count(capacityWords)} (${percent(usedWords / capacityWords)})`;
}

/** What a level's energy holds beyond its accesses; sums of floats that differ by rounding alone are equal. */
export function leakageOf(level: LevelResult): number {
  const accesses = Object.values(level.tensors).reduce((sum, t) => sum + t.energy_pJ, 0);
  const rest = level.energy_pJ - accesses;
  return Math.abs(rest) <= 1e-9 * level.energy_pJ ? 0 : rest;
}
