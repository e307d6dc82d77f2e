import type { Located, LocatedEntry, Location } from "../../base/index.js";
import type { Reader } from "./reader.js";

/** A fan-out that a container of the native dialect makes; the mapping may target it by this name. */
export interface Container {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly at: Location;
  readonly constraints: Located | null;
}

/** One component of either dialect, with what is between it and the one before. Outermost first. */
export interface Component {
  readonly name: string;
  readonly componentClass: string;
  readonly attributes: ReadonlyMap<string, LocatedEntry>;
  /** Mesh of all instances of this component in the whole chip. */
  readonly meshX: number;
  readonly meshY: number;
  readonly at: Location;
  readonly constraints: Located | null;
  /** The native dialect's containers directly above; none in the processed one, whose meshes say it all. */
  readonly containers: readonly Container[];
  /** One of several storages side by side (`!Parallel`), each with tensors of its own. */
  readonly isParallel: boolean;
}

/** Keys of a component that its counts do not depend on; named in one note. */
export const BESIDE_COUNTS: readonly string[] = ["required_actions", "area_scale", "energy_scale", "component_class"];

/** `PE[1..168]` as its name and number of instances; `PE[0..15]` likewise. */
export function withoutRange(text: string): { readonly name: string; readonly count: number } {
  const range = /^(.*?)\s*\[\s*(\d+)\s*\.\.\s*(\d+)\s*\]$/.exec(text);
  if (range === null) return { name: text, count: 1 };
  const count = Number(range[3]) - Number(range[2]) + 1;
  return { name: range[1] ?? text, count: Math.max(1, count) };
}

/** Class and subclass; what the component is follows from the former, or from the latter where the former is `storage`. */
export function classIn(entries: ReadonlyMap<string, LocatedEntry>): string {
  const node = entries.get("class")?.value;
  return node?.kind === "scalar" && node.value !== null ? String(node.value) : "";
}

/** Whether `enabled: false` takes the component out. */
export function isDisabled(entries: ReadonlyMap<string, LocatedEntry>): boolean {
  const enabled = entries.get("enabled")?.value;
  return enabled?.kind === "scalar" && enabled.value === false;
}

export function noteKeys(
  entries: ReadonlyMap<string, LocatedEntry>,
  name: string,
  known: readonly string[],
  reader: Reader,
): void {
  for (const [key, entry] of entries) {
    if (known.includes(key)) continue;
    if (BESIDE_COUNTS.includes(key)) reader.note(`${key} of components is not used: it does not enter the counts`);
    else reader.unknown("unknown-key", entry.key, `key of ${name}`, key, [...known, ...BESIDE_COUNTS]);
  }
}
