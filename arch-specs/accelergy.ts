import { describe, type Located, type LocatedMap, Problems, parseYaml, type Result } from "../base/index.js";
import type { Architecture, Level } from "./architecture.js";
import { instancesOf } from "./instances.js";
import * as messages from "./messages.js";

/** Energies and areas by component, as Accelergy's ERT and ART files give them. */
export interface ReferenceTables {
  /** pJ by action, of one instance; `leak` a cycle. By the component's own name, the last of its path. */
  readonly energies: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** µm² of one instance. */
  readonly areas: ReadonlyMap<string, number>;
}

/** Reads an ERT or ART file, or one that holds both. */
export function parseReferenceTables(text: string, file: string): Result<ReferenceTables> {
  const document = parseYaml(text, file);
  if (!document.ok) return document;
  const problems = new Problems();
  const root = mapOf(document.value, "the file", problems);
  const energies = new Map<string, ReadonlyMap<string, number>>();
  const areas = new Map<string, number>();
  const [ert, art] = [root?.entries.get("ERT")?.value, root?.entries.get("ART")?.value];
  if (root !== undefined && ert === undefined && art === undefined)
    messages.missing(problems, root.at, "ERT or ART", "the file starts with `ERT:` or `ART:`");
  for (const [name, table] of tablesOf(ert, "ERT", problems)) energies.set(name, actionsOf(table, name, problems));
  for (const [name, table] of tablesOf(art, "ART", problems)) {
    const area = numberAt(table, "area", `the area of ${name}`, problems);
    if (area !== undefined) areas.set(name, area);
  }
  return problems.result({ energies, areas });
}

function mapOf(node: Located, what: string, problems: Problems): LocatedMap | undefined {
  if (node.kind === "map") return node;
  messages.wrongKind(problems, node.at, what, "a mapping of keys", describe(node));
  return undefined;
}

function tablesOf(
  node: Located | undefined,
  what: string,
  problems: Problems,
): readonly (readonly [string, LocatedMap])[] {
  const root = node === undefined ? undefined : mapOf(node, what, problems);
  if (root === undefined) return [];
  const tables = root.entries.get("tables")?.value;
  if (tables?.kind !== "list") {
    messages.missing(problems, tables?.at ?? root.at, `the list tables of ${what}`, "add `tables:` with a list");
    return [];
  }
  return tables.items.flatMap((item) => {
    const table = mapOf(item, `a table of ${what}`, problems);
    const name = table?.entries.get("name")?.value;
    if (table === undefined) return [];
    if (name?.kind !== "scalar" || typeof name.value !== "string") {
      messages.missing(problems, name?.at ?? table.at, `the name of a table of ${what}`, "for example chip.PE[1..168]");
      return [];
    }
    return [[componentOf(name.value), table] as const];
  });
}

/** `system.chip.PE[1..168]` → `PE`. */
const componentOf = (path: string): string =>
  path
    .replaceAll(/\[[^\]]*\]/g, "")
    .split(".")
    .at(-1) ?? path;

/** Of entries for one action with different arguments the dearest counts, as in Timeloop. */
function actionsOf(table: LocatedMap, name: string, problems: Problems): ReadonlyMap<string, number> {
  const energies = new Map<string, number>();
  const actions = table.entries.get("actions")?.value;
  if (actions?.kind !== "list") {
    messages.missing(problems, actions?.at ?? table.at, `the list actions of ${name}`, "add `actions:` with a list");
    return energies;
  }
  for (const item of actions.items) {
    const action = mapOf(item, `an action of ${name}`, problems);
    const label = action?.entries.get("name")?.value;
    if (action === undefined) continue;
    const kind = label?.kind === "scalar" ? String(label.value) : undefined;
    if (kind === undefined)
      messages.missing(problems, action.at, `the name of an action of ${name}`, "add `name: read`");
    const energy = numberAt(action, "energy", `the energy of ${kind ?? "an action"} of ${name}`, problems);
    if (kind !== undefined && energy !== undefined) energies.set(kind, Math.max(energies.get(kind) ?? 0, energy));
  }
  return energies;
}

function numberAt(node: LocatedMap, key: string, what: string, problems: Problems): number | undefined {
  const found = node.entries.get(key)?.value;
  if (found === undefined) messages.missing(problems, node.at, what, `add \`${key}:\` with a number`);
  else if (found.kind !== "scalar" || typeof found.value !== "number" || !(found.value >= 0 && found.value < 1e30))
    messages.wrongKind(problems, found.at, what, "a number, 0 or more", describe(found));
  else return found.value;
  return undefined;
}

/**
 * The architecture with the tables' figures in place of its own, by level name; what the tables do not name stays. The names in
 * the tables that are no level's are handed back.
 */
export function applyReferenceTables(
  architecture: Architecture,
  { energies, areas }: ReferenceTables,
): { readonly architecture: Architecture; readonly unused: readonly string[] } {
  const names = new Set(architecture.levels.map(({ name }) => name));
  const unused = new Set([...energies.keys(), ...areas.keys()].filter((name) => !names.has(name)));
  const levels = architecture.levels.map((level) =>
    withFigures(level, energies.get(level.name) ?? new Map(), areas.get(level.name)),
  );
  return { architecture: { ...architecture, levels }, unused: [...unused] };
}

function withFigures(level: Level, energies: ReadonlyMap<string, number>, area: number | undefined): Level {
  const first = (actions: readonly string[], otherwise: number): number =>
    actions.map((action) => energies.get(action)).find((energy) => energy !== undefined) ?? otherwise;
  switch (level.kind) {
    case "storage": {
      const { energy } = level;
      const write = first(["write"], energy.write);
      return {
        ...replaced(level, energies, area),
        energy: {
          read: first(["read"], energy.read),
          write,
          update: first(["update", "write"], energy.update),
          leak: first(["leak"], energy.leak),
        },
        area: area ?? level.area,
      };
    }
    case "fanout":
      return { ...replaced(level, energies, area), hopEnergy: first(["transfer", "transfer_random"], level.hopEnergy) };
    case "compute":
      return {
        ...replaced(level, energies, area),
        energy: first(["compute", "mac", "mac_random"], level.energy),
        leak: first(["leak"], level.leak),
        area: area ?? level.area,
      };
  }
}

/** The level with the provenance of its figures put right: what a table replaced is no longer the estimator's. */
function replaced<L extends Level>(level: L, energies: ReadonlyMap<string, number>, area: number | undefined): L {
  if (level.component === undefined || (energies.size === 0 && area === undefined)) return level;
  const gone = new Set([...energies.keys(), ...(area === undefined ? [] : ["area"])]);
  const also: Readonly<Record<string, string>> = { operation: "compute", hop: "transfer", update: "write" };
  const estimated = [...level.component.estimated].filter(([key]) => !gone.has(key) && !gone.has(also[key] ?? key));
  return { ...level, component: { ...level.component, estimated: new Map(estimated) } };
}

/** The energies of all levels as an Accelergy energy reference table (pJ an action; leak a cycle). */
export function printErt(architecture: Architecture): string {
  const lines = ["ERT:", "    version: '0.4'", "    tables:"];
  architecture.levels.forEach((level, index) => {
    lines.push(`      - name: ${pathOf(architecture, level, index)}`, "        actions:");
    for (const [action, energy] of actionsFor(level))
      lines.push(`          - name: ${action}`, "            arguments: {}", `            energy: ${decimal(energy)}`);
  });
  return `${lines.join("\n")}\n`;
}

/** The areas of all storage and compute levels as an Accelergy area reference table (µm² of one instance). */
export function printArt(architecture: Architecture): string {
  const lines = ["ART:", "    version: '0.4'", "    tables:"];
  architecture.levels.forEach((level, index) => {
    if (level.kind === "fanout") return;
    lines.push(`      - name: ${pathOf(architecture, level, index)}`, `        area: ${decimal(level.area)}`);
  });
  return `${lines.join("\n")}\n`;
}

function pathOf(architecture: Architecture, level: Level, index: number): string {
  const instances = instancesOf(architecture, level.kind === "fanout" ? index + 1 : index);
  return `system_top_level.${level.name}[1..${instances}]`;
}

/** A number that any YAML reader takes for a float: 1.0, and 1.0e-7 rather than 1e-7. */
function decimal(value: number): string {
  const text = String(value);
  if (text.includes("e")) return text.includes(".") ? text : text.replace("e", ".0e");
  return text.includes(".") ? text : `${text}.0`;
}

function actionsFor(level: Level): readonly (readonly [string, number])[] {
  switch (level.kind) {
    case "storage":
      return [
        ["read", level.energy.read],
        ["write", level.energy.write],
        ["update", level.energy.update],
        ["leak", level.energy.leak],
      ];
    case "fanout":
      return [["transfer", level.hopEnergy]];
    case "compute":
      return [
        ["compute", level.energy],
        ["leak", level.leak],
      ];
  }
}
