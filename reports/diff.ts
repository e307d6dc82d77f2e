import { diffArrays } from "diff";
import { count, energy, short } from "./numbers.js";
import type { LayerResult, MappingStep } from "./result.js";
import { left, type Paint, plainPaint, right, table } from "./table.js";

/** One figure that two results do not share. `null`: the figure stands on the other side only. */
export interface Difference {
  /** `conv3_1 GLB.Inputs.fills`. */
  readonly what: string;
  readonly before: number | null;
  readonly after: number | null;
}

/** Every count, energy and cycle figure in which two lists of results differ, layer by layer; the proof's effort aside. */
export function diffResults(before: readonly LayerResult[], after: readonly LayerResult[]): readonly Difference[] {
  const old = new Map(before.flatMap(figuresOf));
  const fresh = new Map(after.flatMap(figuresOf));
  const names = [...new Set([...old.keys(), ...fresh.keys()])];
  return names
    .map((what) => ({ what, before: old.get(what) ?? null, after: fresh.get(what) ?? null }))
    .filter((difference) => difference.before !== difference.after);
}

/** Differences as a table for people. */
export function differencesText(differences: readonly Difference[], paint: Paint = plainPaint): string {
  const rows = differences.map(({ what, before, after }) => {
    const shown = (x: number | null): string =>
      x === null
        ? "–"
        : what.endsWith("energy_pJ")
          ? energy(x)
          : Number.isInteger(x) && !what.endsWith(" edp")
            ? count(x)
            : short(x);
    return [what, shown(before), shown(after), changeOf(before, after)];
  });
  return table([left("figure"), right("A"), right("B"), right("change")], rows, paint);
}

function changeOf(before: number | null, after: number | null): string {
  if (before === null || after === null || before === 0) return "";
  const change = (100 * (after - before)) / before;
  return `${change > 0 ? "+" : ""}${change.toFixed(1)} %`;
}

function figuresOf(result: LayerResult): readonly (readonly [string, number])[] {
  const flow = result.dataflow === undefined ? "" : ` ${result.dataflow}`;
  const name = `${result.layer}${flow}`;
  const top = ["macs", "cycles", "energy_pJ", "edp", "utilization", "spatialUtilization", "area_um2"] as const;
  const levels = result.levels.flatMap((level) => [
    ...(["instances", "utilizedInstances", "usedWords", "cycles", "energy_pJ"] as const).map(
      (key) => [`${level.name}.${key}`, level[key]] as const,
    ),
    ...Object.entries(level.tensors).flatMap(([tensor, t]) =>
      (["tileWords", "fills", "reads", "updates", "drains", "energy_pJ"] as const).map(
        (key) => [`${level.name}.${tensor}.${key}`, t[key]] as const,
      ),
    ),
  ]);
  const networks = result.networks.flatMap(({ name: network, hops, energy_pJ }) => [
    [`${network}.hops`, hops] as const,
    [`${network}.energy_pJ`, energy_pJ] as const,
  ]);
  const compute = [
    ["compute.operations", result.compute.operations] as const,
    ["compute.energy_pJ", result.compute.energy_pJ] as const,
    ...(result.idle === undefined ? [] : [[`${result.idle.name}.idle_energy_pJ`, result.idle.energy_pJ] as const]),
  ];
  const figures = [...top.map((key) => [key, result[key]] as const), ...levels, ...networks, ...compute];
  return figures.map(([figure, value]) => [`${name} ${figure}`, value]);
}

/** Two loop trees side by side as lines: two spaces before what stands in both, `-` only in the first, `+` only in the second. */
export function diffMappings(before: readonly MappingStep[], after: readonly MappingStep[]): readonly string[] {
  return diffArrays(before.map(lineOf), after.map(lineOf)).flatMap(({ added, removed, value }) =>
    value.map((line) => `${added ? "+" : removed ? "-" : " "} ${line}`),
  );
}

function lineOf(step: MappingStep): string {
  return Object.entries(step)
    .map(([key, value]) => `${key} ${Array.isArray(value) ? `[${value.join(", ")}]` : value}`)
    .join(", ");
}
