import { describe, type Located, type LocatedMap, Problems, parseYaml, type Result } from "../base/index.js";
import type { Architecture, Level } from "./architecture.js";
import type { Sources } from "./estimates.js";
import { instancesOf } from "./instances.js";
import * as messages from "./messages.js";
import type { VectorUnit } from "./vector.js";

/** Energies and areas by component, as Accelergy's ERT and ART files give them. */
export interface ReferenceTables {
  /** Named as the source of every figure that is taken from here. */
  readonly file: string;
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
  return problems.result({ file, energies, areas });
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

/** What came of the tables' figures. */
export interface Applied {
  readonly architecture: Architecture;
  /** Level by level, the figures that were taken from the tables, with their source; as `estimates` names them. */
  readonly taken: Sources;
  /** The names in the tables that are no level's. */
  readonly unused: readonly string[];
}

/** The architecture with the tables' figures in place of its own, by level name; what the tables do not name stays. */
export function applyReferenceTables(architecture: Architecture, tables: ReferenceTables): Applied {
  const { file, energies, areas } = tables;
  const { vector } = architecture;
  const names = new Set([...architecture.levels, ...(vector === undefined ? [] : [vector])].map(({ name }) => name));
  const unused = new Set([...energies.keys(), ...areas.keys()].filter((name) => !names.has(name)));
  const taken = new Map<string, ReadonlyMap<string, string>>();
  const levels = architecture.levels.map((level) => {
    const found = figuresFor(ACTIONS[level.kind], energies.get(level.name) ?? new Map(), areas.get(level.name));
    if (found.size === 0) return level;
    taken.set(level.name, new Map([...found.keys()].map((figure) => [figure, file])));
    return withFigures(level, found);
  });
  const unit = vector === undefined ? {} : { vector: vectorWith(vector, tables, taken) };
  return { architecture: { ...architecture, levels, ...unit }, taken, unused: [...unused] };
}

/** The vector unit with the figures of the table that bears its name; they are of one lane. */
function vectorWith(
  vector: VectorUnit,
  { file, energies, areas }: ReferenceTables,
  taken: Map<string, ReadonlyMap<string, string>>,
): VectorUnit {
  const found = figuresFor(ACTIONS.vector, energies.get(vector.name) ?? new Map(), areas.get(vector.name));
  if (found.size === 0) return vector;
  taken.set(vector.name, new Map([...found.keys()].map((figure) => [figure, file])));
  const { energy, leak, area } = vector;
  const operation = found.get("operation") ?? energy.operation;
  const activation = found.get("activation") ?? energy.activation;
  const figures = {
    energy: { operation, activation },
    leak: found.get("leak") ?? leak,
    area: found.get("area") ?? area,
  };
  return { ...unestimated(vector, found), ...figures };
}

type Actions = readonly (readonly [figure: string, actions: readonly string[]])[];

/** The actions that stand for each of our figures, in order of preference. */
const ACTIONS: Readonly<Record<Level["kind"] | "vector", Actions>> = {
  storage: [
    ["read", ["read"]],
    ["write", ["write"]],
    ["update", ["update", "write"]],
    ["leak", ["leak"]],
  ],
  fanout: [
    ["hop", ["transfer", "transfer_random"]],
    ["leak", ["leak"]],
  ],
  compute: [
    ["operation", ["compute", "mac", "mac_random"]],
    ["leak", ["leak"]],
  ],
  vector: [
    ["operation", ["compute"]],
    ["activation", ["activation", "compute"]],
    ["leak", ["leak"]],
  ],
};

function figuresFor(
  wanted: Actions,
  energies: ReadonlyMap<string, number>,
  area: number | undefined,
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const [figure, actions] of wanted) {
    const energy = actions.map((action) => energies.get(action)).find((one) => one !== undefined);
    if (energy !== undefined) found.set(figure, energy);
  }
  if (area !== undefined) found.set("area", area);
  return found;
}

function withFigures(level: Level, found: ReadonlyMap<string, number>): Level {
  const or = (figure: string, otherwise: number): number => found.get(figure) ?? otherwise;
  switch (level.kind) {
    case "storage": {
      const { read, write, update, leak } = level.energy;
      return {
        ...unestimated(level, found),
        energy: {
          read: or("read", read),
          write: or("write", write),
          update: or("update", update),
          leak: or("leak", leak),
        },
        area: or("area", level.area),
      };
    }
    case "fanout":
      return {
        ...unestimated(level, found),
        hopEnergy: or("hop", level.hopEnergy),
        leak: or("leak", level.leak),
        area: or("area", level.area),
      };
    case "compute":
      return {
        ...unestimated(level, found),
        energy: or("operation", level.energy),
        leak: or("leak", level.leak),
        area: or("area", level.area),
      };
  }
}

/** The level with the provenance of its figures put right: what a table replaced is no longer the estimator's. */
function unestimated<L extends Level | VectorUnit>(level: L, found: ReadonlyMap<string, number>): L {
  if (level.component === undefined) return level;
  const estimated = [...level.component.estimated].filter(([figure]) => !found.has(figure));
  return { ...level, component: { ...level.component, estimated: new Map(estimated) } };
}

/** The energies of all levels, and of a lane of the vector unit, as an Accelergy energy reference table (pJ an action; leak a cycle). */
export function printErt(architecture: Architecture): string {
  const lines = ["ERT:", "    version: '0.4'", "    tables:"];
  architecture.levels.forEach((level, index) => {
    lines.push(`      - name: ${pathOf(architecture, level, index)}`, "        actions:");
    for (const [action, energy] of actionsFor(level)) lines.push(...actionLines(action, energy));
  });
  if (architecture.vector !== undefined) {
    const { energy, leak } = architecture.vector;
    lines.push(`      - name: ${vectorPath(architecture.vector)}`, "        actions:");
    const actions = { compute: energy.operation, activation: energy.activation, leak };
    lines.push(...Object.entries(actions).flatMap(([action, pJ]) => actionLines(action, pJ)));
  }
  return `${lines.join("\n")}\n`;
}

const actionLines = (action: string, energy: number): readonly string[] => [
  `          - name: ${action}`,
  "            arguments: {}",
  `            energy: ${decimal(energy)}`,
];
const vectorPath = ({ name, lanes }: VectorUnit): string => `system_top_level.${name}[1..${lanes}]`;

/** The areas of all levels, and of a lane of the vector unit, as an Accelergy area reference table (µm² of one instance). */
export function printArt(architecture: Architecture): string {
  const lines = ["ART:", "    version: '0.4'", "    tables:"];
  architecture.levels.forEach((level, index) => {
    lines.push(`      - name: ${pathOf(architecture, level, index)}`, `        area: ${decimal(level.area)}`);
  });
  if (architecture.vector !== undefined)
    lines.push(
      `      - name: ${vectorPath(architecture.vector)}`,
      `        area: ${decimal(architecture.vector.area)}`,
    );
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
      return [
        ["transfer", level.hopEnergy],
        ["leak", level.leak],
      ];
    case "compute":
      return [
        ["compute", level.energy],
        ["leak", level.leak],
      ];
  }
}
