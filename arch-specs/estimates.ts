import type { Architecture, Component, Level } from "./architecture.js";
import { instancesOf } from "./instances.js";

/** One figure of an architecture, with where it comes from: a row of the table that `estimate` prints. */
export interface EstimateRow {
  readonly level: string;
  /** The component class; empty where the file names none. */
  readonly class: string;
  /** The node in nm and the supply in V that the figure is for; null where the class needs none, or there is no class. */
  readonly technologyNm: number | null;
  readonly volts: number | null;
  readonly instances: number;
  /** Bits that one access of a storage moves, or one hop of a fan-out; null where that is no question. */
  readonly accessBits: number | null;
  /** `read write update leak area`, `operation`, `hop`; of a vector unit `operation activation leak area`. */
  readonly figure: string;
  readonly value: number;
  /** Of one instance: `pJ` an access, an operation or a word's hop, `pJ/cycle`, `um2`. */
  readonly unit: "pJ" | "pJ/cycle" | "um2";
  readonly source: string;
}

/** Where figures come from, by level and figure. */
export type Sources = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Every energy and area of the architecture, outermost level first, with its source; `taken`: the figures that came from elsewhere. */
export function estimates(architecture: Architecture, taken: Sources = new Map()): readonly EstimateRow[] {
  const file = architecture.source === "" ? "given in the file" : `given in the file: ${architecture.source}`;
  const levels = architecture.levels.flatMap((level, index) => {
    // The links of a fan-out stand at each of the instances below it.
    const instances = instancesOf(architecture, level.kind === "fanout" ? index + 1 : index);
    return figuresOf(level).map(([figure, value]) => ({
      level: level.name,
      class: level.component?.class ?? "",
      technologyNm: level.component?.technologyNm ?? null,
      volts: level.component?.volts ?? null,
      instances,
      accessBits: accessBitsOf(architecture, index),
      figure,
      value,
      unit: unitOf(figure),
      source: taken.get(level.name)?.get(figure) ?? sourceOf(level.component, figure, value, file),
    }));
  });
  return [...levels, ...vectorRows(architecture, taken, file)];
}

const UNITS: ReadonlyMap<string, EstimateRow["unit"]> = new Map([
  ["area", "um2"],
  ["leak", "pJ/cycle"],
]);
const unitOf = (figure: string): EstimateRow["unit"] => UNITS.get(figure) ?? "pJ";

/** The instances of a vector unit are its lanes. */
function vectorRows({ vector }: Architecture, taken: Sources, file: string): readonly EstimateRow[] {
  if (vector === undefined) return [];
  const { name, lanes, energy, leak, area, component } = vector;
  return Object.entries({ ...energy, leak, area }).map(([figure, value]) => ({
    ...{ level: name, class: component?.class ?? "vector unit", instances: lanes },
    ...{ technologyNm: component?.technologyNm ?? null, volts: component?.volts ?? null, accessBits: null },
    ...{ figure, value, unit: unitOf(figure) },
    source: taken.get(name)?.get(figure) ?? sourceOf(component, figure, value, file),
  }));
}

/** A block of words; on a fan-out a word of the storage above. */
function accessBitsOf({ levels }: Architecture, index: number): number | null {
  const level = levels[index];
  if (level?.kind === "storage") return level.block * level.wordBits;
  const above = levels.findLast((one, i) => i < index && one.kind === "storage");
  return level?.kind === "fanout" && above?.kind === "storage" ? above.wordBits : null;
}

function sourceOf(component: Component | undefined, figure: string, value: number, file: string): string {
  const estimated = component?.estimated.get(figure);
  if (estimated !== undefined) return estimated;
  return value === 0 ? "not given" : file;
}

function figuresOf(level: Level): readonly (readonly [figure: string, value: number])[] {
  switch (level.kind) {
    case "storage":
      return [
        ["read", level.energy.read],
        ["write", level.energy.write],
        ["update", level.energy.update],
        ["leak", level.energy.leak],
        ["area", level.area],
      ];
    case "fanout":
      return [
        ["hop", level.hopEnergy],
        ["leak", level.leak],
        ["area", level.area],
      ];
    case "compute":
      return [
        ["operation", level.energy],
        ["leak", level.leak],
        ["area", level.area],
      ];
  }
}
