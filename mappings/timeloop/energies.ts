import type { Located } from "../../base/index.js";
import { withoutRange } from "./components.js";
import type { Reader } from "./reader.js";

/** pJ an action, by component and action; µm² by component. */
export interface Tables {
  readonly energies: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly areas: ReadonlyMap<string, number>;
}

/** Reads an energy reference table and an area reference table, as Accelergy writes them. */
export function readTables(ert: Located | undefined, art: Located | undefined, reader: Reader): Tables {
  const energies = new Map<string, ReadonlyMap<string, number>>();
  for (const { name, item } of tablesIn(ert, "ERT", reader)) {
    const fields = reader.map(item, "each table of the ERT");
    const actions = new Map<string, number>();
    for (const action of reader.list(fields.get("actions")?.value, `actions of ${name}`)) {
      const entries = reader.map(action, `each action of ${name}`);
      const kind = reader.name(entries.get("name")?.value, action.at, `the name of an action of ${name}`);
      const energy = entries.get("energy")?.value;
      const value = energy === undefined ? null : reader.number(energy, `the energy of ${kind} of ${name}`);
      if (value === null) {
        if (energy === undefined) reader.report("no-energy", action.at, `the action ${kind} of ${name} has no energy`);
        continue;
      }
      if (value < 0) reader.report("negative-energy", action.at, `the energy of ${kind} of ${name} is below zero`);
      // One action may have several entries, for different arguments; Timeloop prices by the dearest.
      actions.set(kind, Math.max(actions.get(kind) ?? 0, value));
    }
    energies.set(name, actions);
  }
  const areas = new Map<string, number>();
  for (const { name, item } of tablesIn(art, "ART", reader)) {
    const area = reader.map(item, "each table of the ART").get("area")?.value;
    const value = area === undefined ? null : reader.number(area, `the area of ${name}`);
    if (value !== null && value >= 0) areas.set(name, value);
  }
  return { energies, areas };
}

function tablesIn(
  root: Located | undefined,
  what: string,
  reader: Reader,
): readonly { readonly name: string; readonly item: Located }[] {
  if (root === undefined) return [];
  const tables = reader.map(root, what).get("tables")?.value;
  if (tables === undefined) reader.report("no-tables", root.at, `${what} has no tables`);
  return reader.list(tables, `tables of ${what}`).map((item) => {
    const path = reader.name(
      reader.map(item, `each table of ${what}`).get("name")?.value,
      item.at,
      "a component's name",
    );
    return { name: componentOf(path), item };
  });
}

/** `system.chip.PE[1..168]` → `PE`: the last name of the path. */
function componentOf(path: string): string {
  return withoutRange(
    path
      .replaceAll(/\[[^\]]*\]/g, "")
      .split(".")
      .at(-1) ?? path,
  ).name;
}

/** The energy of the first of these actions that the table has. */
export function energyOf(tables: Tables, component: string, actions: readonly string[]): number | undefined {
  const known = tables.energies.get(component);
  for (const action of actions) {
    const energy = known?.get(action);
    if (energy !== undefined) return energy;
  }
  return undefined;
}
