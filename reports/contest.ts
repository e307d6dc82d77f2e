import { stringify } from "csv-stringify/sync";
import { count, energy, percent, short } from "./numbers.js";
import type { LayerResult } from "./result.js";
import { left, type Paint, right, table } from "./table.js";

/** A mapping of the user's beside the best one. */
export interface Contest {
  /** The objective's value: of the best, and of the user's. */
  readonly best: number;
  readonly yours: number;
  /** Who is ahead; `level` within rounding. */
  readonly outcome: "behind" | "level" | "ahead";
  /** What is said of it: how far behind, or why the user's can be better. */
  readonly says: readonly string[];
  /** Every energy, level by level and tensor by tensor, and the cycles of every resource; where the user's loses most comes first. */
  readonly figures: readonly ContestFigure[];
}
export interface ContestFigure {
  /** `energy`, `cycles`, `GLB.Inputs`, `GLB cycles`. */
  readonly name: string;
  readonly unit: "pJ" | "cycles";
  readonly best: number;
  readonly yours: number;
}

/** Figure by figure; both results are of one layer on one architecture. */
export function contestFigures(best: LayerResult, yours: LayerResult): readonly ContestFigure[] {
  const whole: readonly ContestFigure[] = [
    { name: "energy", unit: "pJ", best: best.energy_pJ, yours: yours.energy_pJ },
    { name: "cycles", unit: "cycles", best: best.cycles, yours: yours.cycles },
  ];
  const [ours, theirs] = [partsOf(best), partsOf(yours)];
  const parts = [...new Set([...ours.keys(), ...theirs.keys()])].map((key): ContestFigure => {
    const { name, unit } = ours.get(key) ?? theirs.get(key) ?? { name: key, unit: "pJ" };
    return { name, unit, best: ours.get(key)?.value ?? 0, yours: theirs.get(key)?.value ?? 0 };
  });
  const moved = parts.filter((part) => part.best !== part.yours);
  const loss = (part: ContestFigure): number => part.yours - part.best;
  const energies = moved.filter(({ unit }) => unit === "pJ").sort((a, b) => loss(b) - loss(a));
  const cycles = moved.filter(({ unit }) => unit === "cycles").sort((a, b) => loss(b) - loss(a));
  return [...whole, ...energies, ...cycles];
}

interface Part {
  readonly name: string;
  readonly unit: "pJ" | "cycles";
  readonly value: number;
}

function partsOf({ levels, networks, compute, idle }: LayerResult): ReadonlyMap<string, Part> {
  const parts: Part[] = [];
  for (const level of levels) {
    let accesses = 0;
    for (const [tensor, { energy_pJ }] of Object.entries(level.tensors)) {
      parts.push({ name: `${level.name}.${tensor}`, unit: "pJ", value: energy_pJ });
      accesses += energy_pJ;
    }
    const leaked = level.energy_pJ - accesses;
    if (Math.abs(leaked) > 1e-9 * level.energy_pJ)
      parts.push({ name: `${level.name} leakage`, unit: "pJ", value: leaked });
    parts.push({ name: `${level.name} accesses`, unit: "cycles", value: level.cycles });
  }
  for (const { name, energy_pJ } of networks) parts.push({ name, unit: "pJ", value: energy_pJ });
  parts.push({ name: "compute", unit: "pJ", value: compute.energy_pJ });
  if (idle !== undefined) parts.push({ name: `${idle.name} leakage`, unit: "pJ", value: idle.energy_pJ });
  return new Map(parts.map((part) => [`${part.name} ${part.unit}`, part]));
}

/** The contest for people. */
export function contestText({ best, yours, outcome, says, figures }: Contest, objective: string, paint: Paint): string {
  const title = paint.bold("your mapping beside the best");
  const shown = (value: number, unit: ContestFigure["unit"]): string => (unit === "pJ" ? energy(value) : count(value));
  const rows = [
    [`  ${objective}`, short(best), short(yours), changeOf(best, yours)],
    ...figures
      .filter(({ name }) => name !== objective)
      .map(({ name, unit, ...figure }) => [
        `  ${name}`,
        shown(figure.best, unit),
        shown(figure.yours, unit),
        changeOf(figure.best, figure.yours),
      ]),
  ];
  const told = says.map((line) => `  ${outcome === "ahead" ? paint.bad(line) : line}`);
  return [title, ...told, table([left(""), right("best"), right("yours"), right("")], rows, paint)].join("\n");
}

function changeOf(best: number, yours: number): string {
  if (best === yours) return "same";
  if (best === 0) return "only yours";
  if (yours === 0) return "only the best";
  return `${yours > best ? "+" : "−"}${percent(Math.abs(yours / best - 1))}`;
}

const HEADER = ["workload", "layer", "architecture", "objective", "outcome", "figure", "unit", "best", "yours"];

/** The same as tidy CSV, one row a figure. */
export function printContestsCsv(results: readonly LayerResult[]): string {
  const rows = results.flatMap(({ workload, layer, architecture, objective = "", contest }) => {
    if (contest === undefined) return [];
    const about = [workload, layer, architecture, objective, contest.outcome];
    return [
      [...about, objective, "", contest.best, contest.yours],
      ...contest.figures.map(({ name, unit, best, yours }) => [...about, name, unit, best, yours]),
    ];
  });
  return stringify([HEADER, ...rows]);
}
