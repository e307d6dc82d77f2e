import type { Component, ComponentTable } from "./architecture.js";
import { type ComponentClass, classNamed, classNamesFor, type FactName, type Facts } from "./estimators/catalogue.js";
import type { Estimate } from "./estimators/figure.js";
import { DEFAULT_VOLTS, type Technology } from "./estimators/technology.js";
import * as measures from "./measures.js";
import * as messages from "./messages.js";
import { child, DEFAULT_CLOCK_HZ, figure, figureAt, nameAt, type Part, placeOf, type Reading } from "./reader.js";

/** What the reader of a level knows before it asks for an estimate. */
export interface Known {
  readonly kind: ComponentClass["fits"];
  readonly facts: Partial<Facts>;
  /** The figures that the file gives itself. */
  readonly given: ReadonlySet<string>;
}

/** The level's component, and the figures that the file left to it: pJ (leak: a cycle), µm². */
export interface FilledIn {
  readonly component?: Component;
  readonly values: ReadonlyMap<string, number>;
}

/** A figure by name, with its source. */
type Named = readonly [name: string, value: number, source: string];

/** The keys that say what a level is made of. */
export const COMPONENT_KEYS: Readonly<Record<ComponentClass["fits"], readonly string[]>> = {
  storage: ["class", "type", "technology", "voltage", "banks"],
  compute: ["class", "technology", "voltage", "width", "accumulator"],
  fanout: ["class", "technology", "voltage", "length"],
};

const NOTHING: FilledIn = { values: new Map() };
const KEY_OF: Readonly<Record<FactName, string>> = {
  bits: "capacity",
  accessBits: "word",
  ports: "ports",
  banks: "banks",
  width: "width",
  accumulator: "accumulator",
  lengthMm: "length",
};

/** Reads a level's `class` and what belongs to it, and asks its estimator for the figures that are not given. */
export function fillIn(reading: Reading, part: Part, { kind, facts, given }: Known): FilledIn {
  const node = child(part, "class");
  if (node === undefined) {
    const idle = COMPONENT_KEYS[kind].find((key) => part.node.entries.has(key));
    if (idle !== undefined)
      messages.missing(
        reading.problems,
        placeOf(part, idle),
        `the class of ${part.title}`,
        `${idle} belongs to a class`,
      );
    return NOTHING;
  }
  const name = nameAt(reading, node, `the class of ${part.title}`);
  if (name === undefined) return NOTHING;
  const table = reading.components.get(name);
  if (table !== undefined) {
    const wanted = ofTable(table, kind).filter(([key]) => !given.has(key));
    return filled({ class: name, attributes: new Map() }, wanted);
  }
  const found = classOf(reading, part, name, kind);
  const technology = found === undefined ? undefined : readTechnology(reading, part, found);
  const told = found === undefined ? undefined : readFacts(reading, part, found, facts);
  if (found === undefined || technology === undefined || told === undefined) return NOTHING;
  const estimate = found.estimate(told.facts, technology ?? { nodeNm: 45, volts: DEFAULT_VOLTS });
  const wanted = ofEstimate(estimate, kind, reading.clockHz ?? DEFAULT_CLOCK_HZ).filter(([key]) => !given.has(key));
  const where = technology === null ? {} : { technologyNm: technology.nodeNm, volts: technology.volts };
  return filled({ class: found.name, ...where, attributes: told.attributes }, wanted);
}

function filled(component: Omit<Component, "estimated">, wanted: readonly Named[]): FilledIn {
  return {
    component: { ...component, estimated: new Map(wanted.map(([key, , source]) => [key, source])) },
    values: new Map(wanted.map(([key, value]) => [key, value])),
  };
}

/** The class of a name (with `type` for DRAM), where it fits the level. */
export function classOf(
  reading: Reading,
  part: Part,
  name: string,
  kind: ComponentClass["fits"] | null,
): ComponentClass | undefined {
  const type = child(part, "type");
  const typeName = type === undefined ? undefined : nameAt(reading, type, `the type of ${part.title}`);
  const wanted = typeName ?? name;
  const found = classNamed(wanted);
  const at = placeOf(part, typeName === undefined ? "class" : "type");
  if (found === undefined) {
    messages.notOneOf(reading.problems, at, `the class of ${part.title}`, wanted, [
      ...reading.components.keys(),
      ...classNamesFor(kind),
    ]);
    return undefined;
  }
  if (kind === null || found.fits === kind) return found;
  const message = `the class ${found.name} of ${part.title} is for ${found.fits}, not for ${kind}`;
  messages.contradiction(reading.problems, at, message, "choose another class");
  return undefined;
}

/** The technology of a part; null: the class needs none; undefined: missing or wrong, and reported. */
export function readTechnology(reading: Reading, part: Part, found: ComponentClass): Technology | null | undefined {
  if (!found.onChip) return null;
  const own = child(part, "technology");
  const nodeNm =
    own === undefined
      ? reading.technologyNm
      : figureAt(reading, own, `technology of ${part.title}`, measures.technology, part);
  const volts = figure(reading, part, "voltage", measures.voltage, reading.volts);
  if (nodeNm !== undefined) return { nodeNm, volts };
  if (own === undefined)
    messages.missing(
      reading.problems,
      placeOf(part, "class"),
      `the technology of ${part.title}`,
      "add `technology: 45 nm` to the level or at the top",
    );
  return undefined;
}

interface Told {
  readonly facts: Facts;
  readonly attributes: ReadonlyMap<string, number>;
}

/** The facts of a part: those known from the level, and those of its own keys. Undefined: one is missing (and reported). */
export function readFacts(
  reading: Reading,
  part: Part,
  found: ComponentClass,
  known: Partial<Facts>,
): Told | undefined {
  const attributes = new Map<string, number>();
  const read = (key: string, by: measures.Measure): number | undefined => {
    const node = child(part, key);
    const value = node === undefined ? undefined : figureAt(reading, node, `${key} of ${part.title}`, by, part);
    if (value !== undefined) attributes.set(key, value);
    return value;
  };
  const width = read("width", measures.wordWidth) ?? known.width;
  const accumulator =
    read("accumulator", measures.wordWidth) ??
    known.accumulator ??
    (width === undefined ? undefined : defaultAccumulator(width, found.name));
  const told: Partial<Record<FactName, number | undefined>> = {
    ...known,
    ports: known.ports ?? 1,
    banks: read("banks", measures.few) ?? 1,
    width,
    accumulator,
    lengthMm: read("length", measures.millimetres),
  };
  let complete = true;
  for (const fact of found.needs) {
    const value = told[fact];
    if (value !== undefined && Number.isFinite(value)) continue;
    complete = false;
    // One that is there and wrong is told where it is read.
    if (part.node.entries.has(KEY_OF[fact])) continue;
    const hint = `the estimator of ${found.name} needs it`;
    messages.missing(reading.problems, placeOf(part, "class"), `the ${KEY_OF[fact]} of ${part.title}`, hint);
  }
  if (!complete) return undefined;
  const or = (fact: FactName): number => told[fact] ?? 0;
  return {
    facts: {
      bits: or("bits"),
      accessBits: or("accessBits"),
      ports: or("ports"),
      banks: or("banks"),
      width: or("width"),
      accumulator: or("accumulator"),
      lengthMm: or("lengthMm"),
    },
    attributes,
  };
}

/** Floats accumulate in their own width; integers in 32 bits, or twice their width where that is more. */
const defaultAccumulator = (width: number, name: string): number =>
  name === "float-mac" ? width : Math.max(32, 2 * width);

const ACTIONS: Readonly<
  Record<ComponentClass["fits"], readonly (readonly [key: string, actions: readonly string[]])[]>
> = {
  storage: [
    ["read", ["read"]],
    ["write", ["write"]],
    ["update", ["update", "write"]],
  ],
  compute: [["operation", ["compute"]]],
  fanout: [["hop", ["transfer"]]],
};

function ofEstimate(estimate: Estimate, kind: ComponentClass["fits"], clockHz: number): readonly Named[] {
  const named: Named[] = [];
  for (const [key, actions] of ACTIONS[kind]) {
    const found = actions.flatMap((action) => estimate.actions.get(action) ?? [])[0];
    if (found !== undefined) named.push([key, found.value, found.source]);
  }
  if (estimate.leakage !== null)
    named.push(["leak", (estimate.leakage.value * 1e12) / clockHz, estimate.leakage.source]);
  if (estimate.area !== null) named.push(["area", estimate.area.value, estimate.area.source]);
  return named;
}

function ofTable(table: ComponentTable, kind: ComponentClass["fits"]): readonly Named[] {
  const named: Named[] = [];
  for (const [key, actions] of ACTIONS[kind]) {
    const found = actions.flatMap((action) => table.actions.get(action) ?? [])[0];
    if (found !== undefined) named.push([key, found, table.source]);
  }
  if (table.leak !== null) named.push(["leak", table.leak, table.source]);
  if (table.area !== null) named.push(["area", table.area, table.source]);
  return named;
}
