import { describe } from "../base/index.js";
import type { ComponentTable } from "./architecture.js";
import { classOf, readFacts, readTechnology } from "./component.js";
import type { Estimate } from "./estimators/figure.js";
import { ENERGY, type Quantity, type Scope } from "./expression.js";
import * as measures from "./measures.js";
import * as messages from "./messages.js";
import { checkKeys, child, DEFAULT_CLOCK_HZ, figure, figureAt, NAME, type Part, type Reading } from "./reader.js";

const DEFINITION_KEYS: readonly string[] = ["source", "parts", "actions", "leak", "area"];
const PART_KEYS: readonly string[] = [
  "class",
  "type",
  "technology",
  "voltage",
  "capacity",
  "access",
  "ports",
  "banks",
  "width",
  "accumulator",
  "length",
];
const ACTIONS: readonly string[] = ["read", "write", "update", "compute", "transfer"];

/** A part of a composed component: pJ by action, pJ a cycle, µm². */
type Parts = ReadonlyMap<string, ComponentTable>;

/**
 * Reads `components:`, each a table of the user's own or composed of parts, whose actions its expressions name:
 * `read: storage.read + 2 * adder.compute`. A part may be a component that stands above.
 */
export function readComponents(reading: Reading, file: Part): ReadonlyMap<string, ComponentTable> {
  const tables = new Map<string, ComponentTable>();
  const node = child(file, "components");
  if (node === undefined) return tables;
  if (node.kind !== "map") {
    messages.wrongKind(reading.problems, node.at, "components", "a mapping of names to components", describe(node));
    return tables;
  }
  for (const [name, { key, value }] of node.entries) {
    if (!NAME.test(name)) messages.badName(reading.problems, key, "the name of a component", JSON.stringify(name));
    if (value.kind !== "map") {
      const expected = "a mapping with the key actions";
      messages.wrongKind(reading.problems, value.at, `the component ${name}`, expected, describe(value));
      continue;
    }
    const part: Part = { node: value, title: `the component ${name}`, wordBits: file.wordBits, block: 1 };
    tables.set(name, readDefinition({ ...reading, components: tables }, part, name));
  }
  return tables;
}

function readDefinition(reading: Reading, part: Part, name: string): ComponentTable {
  checkKeys(reading, part, DEFINITION_KEYS);
  const parts = readParts(reading, part);
  const scoped: Reading = {
    ...reading,
    variables: { names: reading.variables.names, scope: scopeOf(parts, reading.variables.scope) },
  };
  const actions = new Map<string, number>();
  const node = child(part, "actions");
  if (node?.kind !== "map")
    messages.missing(reading.problems, node?.at ?? part.node.at, `actions of ${part.title}`, "add {read: 3 pJ, …}");
  else {
    checkKeys(reading, { ...part, node, title: `actions of ${part.title}` }, ACTIONS);
    for (const [action, { value }] of node.entries) {
      const energy = figureAt(scoped, value, `${action} of ${part.title}`, measures.operationEnergy, part);
      if (energy !== undefined && ACTIONS.includes(action)) actions.set(action, energy);
    }
  }
  const given = child(part, "source");
  const own = given?.kind === "scalar" && given.value !== null ? String(given.value) : "";
  if (given !== undefined && own === "")
    messages.wrongKind(reading.problems, given.at, `source of ${part.title}`, "text", describe(given));
  const composed = [...parts].map(([label, { source }]) => `${label}: ${source}`).join("; ");
  return {
    name,
    source: own !== "" ? own : composed !== "" ? composed : `the component ${name} of the file`,
    actions,
    leak: part.node.entries.has("leak")
      ? figure(scoped, part, "leak", measures.leakage, 0)
      : sumIfAll([...parts.values()].map(({ leak }) => leak)),
    area: part.node.entries.has("area")
      ? figure(scoped, part, "area", measures.area, 0)
      : sumIfAll([...parts.values()].map(({ area }) => area)),
  };
}

function sumIfAll(values: readonly (number | null)[]): number | null {
  let sum = 0;
  for (const value of values) {
    if (value === null) return null;
    sum += value;
  }
  return values.length === 0 ? null : sum;
}

function readParts(reading: Reading, part: Part): Parts {
  const parts = new Map<string, ComponentTable>();
  const node = child(part, "parts");
  if (node === undefined) return parts;
  if (node.kind !== "map") {
    messages.wrongKind(
      reading.problems,
      node.at,
      `parts of ${part.title}`,
      "a mapping of names to parts",
      describe(node),
    );
    return parts;
  }
  for (const [label, { key, value }] of node.entries) {
    if (!/^[A-Za-z]\w*$/.test(label)) messages.badVariableName(reading.problems, key, label);
    const title = `the part ${label}`;
    const table = value.kind === "map" ? readPart(reading, { ...part, node: value, title }, label) : undefined;
    if (value.kind !== "map") messages.wrongKind(reading.problems, value.at, title, "{class: …}", describe(value));
    if (table !== undefined) parts.set(label, table);
  }
  return parts;
}

function readPart(reading: Reading, part: Part, label: string): ComponentTable | undefined {
  checkKeys(reading, part, PART_KEYS);
  const node = child(part, "class");
  if (node === undefined) {
    messages.missing(reading.problems, part.node.at, `the class of ${part.title}`, "add `class: sram`");
    return undefined;
  }
  const name = node.kind === "scalar" ? String(node.value) : describe(node);
  const table = reading.components.get(name);
  if (table !== undefined) return table;
  const found = classOf(reading, part, name, null);
  const technology = found === undefined ? undefined : readTechnology(reading, part, found);
  if (found === undefined || technology === undefined) return undefined;
  const bitsAt = (key: string): number | undefined => {
    const at = child(part, key);
    return at === undefined ? undefined : figureAt(reading, at, `${key} of ${part.title}`, measures.bits, part);
  };
  const [bits, accessBits] = [bitsAt("capacity"), bitsAt("access")];
  const told = readFacts(reading, part, found, {
    ...(bits === undefined ? {} : { bits }),
    ...(accessBits === undefined ? {} : { accessBits }),
    ports: figure(reading, part, "ports", measures.few, 1),
  });
  if (told === undefined) return undefined;
  const estimate = found.estimate(told.facts, technology ?? { nodeNm: 45, volts: reading.volts });
  return {
    name: label,
    source: sourceOf(estimate),
    actions: new Map([...estimate.actions].map(([action, { value }]) => [action, value])),
    leak: estimate.leakage === null ? null : (estimate.leakage.value * 1e12) / (reading.clockHz ?? DEFAULT_CLOCK_HZ),
    area: estimate.area === null ? null : estimate.area.value,
  };
}

/** Where the energies of a part come from and, in brackets, its leakage and area: each has a source of its own. */
function sourceOf({ actions, leakage, area }: Estimate): string {
  const energies = [...new Set([...actions.values()].map(({ source }) => source))].join(" + ");
  const others = [
    ...(leakage === null ? [] : [`leakage: ${leakage.source}`]),
    ...(area === null ? [] : [`area: ${area.source}`]),
  ];
  return others.length === 0 ? energies : `${energies} (${others.join(", ")})`;
}

/** `storage.read` is an energy of a part; all else is looked up outside. */
function scopeOf(parts: Parts, outside: Scope): Scope {
  return (name) => {
    const [label = "", action] = name.split(".");
    if (action === undefined) return outside(name);
    const value = parts.get(label)?.actions.get(action);
    return value === undefined ? undefined : energy(value);
  };
}
const energy = (value: number): Quantity => ({ value, dimension: ENERGY });
