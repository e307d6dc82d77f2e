import type {
  Architecture,
  Capacity,
  Component,
  ComponentTable,
  Level,
  PerAxis,
  StorageLevel,
  TensorSet,
} from "./architecture.js";
import type { VectorUnit } from "./vector.js";

/** The architecture as a file that `parseArchitecture` reads back to an equal architecture. Expressions are worked out. */
export function printArchitecture(architecture: Architecture): string {
  const { name, source, clockHz, levels, components = [] } = architecture;
  const lines = [`name: ${text(name)}`];
  if (source !== "") lines.push(`source: ${text(source)}`);
  lines.push(`clock: ${clockHz} Hz`);
  if (components.length > 0) lines.push("components:", ...components.flatMap(componentLines));
  if (architecture.vector !== undefined) lines.push(vectorField(architecture.vector, levels));
  lines.push("levels:");
  let wordBits = 0;
  for (const level of levels) {
    const fields = fieldsOf(level, wordBits);
    if (level.kind === "storage") wordBits = level.wordBits;
    lines.push(...fields.map((field, i) => `${i === 0 ? "  - " : "    "}${field}`));
  }
  return `${lines.join("\n")}\n`;
}

/** The vector unit as a line of an architecture file. */
function vectorField(
  { name, level, lanes, energy, leak, area, component }: VectorUnit,
  levels: readonly Level[],
): string {
  const costs = [
    ...figure(component, "operation", false, `operation: ${energy.operation} pJ`),
    ...figure(component, "activation", false, `activation: ${energy.activation} pJ`),
  ];
  const fields = [
    `name: ${JSON.stringify(name)}`,
    `at: ${JSON.stringify(levels[level]?.name ?? "")}`,
    `lanes: ${lanes}`,
    ...madeOf(component),
    ...unless(costs.length === 0, `energy: {${costs.join(", ")}}`),
    ...figure(component, "leak", leak === 0, `leak: ${leak} pJ/cycle`),
    ...figure(component, "area", area === 0, `area: ${area} um2`),
  ];
  return `vector: {${fields.join(", ")}}`;
}

/** A field, or none where its value is what an absent field means. */
const unless = (isDefault: boolean, field: string): readonly string[] => (isDefault ? [] : [field]);

function fieldsOf(level: Level, wordBits: number): readonly string[] {
  switch (level.kind) {
    case "storage":
      return storageFields(level, wordBits);
    case "fanout":
      return [
        `fanout: ${text(level.name)}`,
        `x: ${level.x}`,
        `y: ${level.y}`,
        `multicast: ${perAxis(level.multicast)}`,
        `reduction: ${perAxis(level.reduction)}`,
        ...unless(isNone(level.links.x) && isNone(level.links.y), `links: ${perAxis(level.links)}`),
        ...(level.systolic === undefined ? [] : [`systolic: {drain: ${level.systolic.drain}}`]),
        ...(level.bandwidth === undefined ? [] : [`bandwidth: ${level.bandwidth} word/cycle`]),
        ...(level.latency === undefined ? [] : [`latency: ${level.latency} cycle`]),
        ...madeOf(level.component),
        ...figure(level.component, "hop", level.hopEnergy === 0, `energy: {hop: ${level.hopEnergy} pJ}`),
        ...figure(level.component, "leak", level.leak === 0, `leak: ${level.leak} pJ/cycle`),
        ...figure(level.component, "area", level.area === 0, `area: ${level.area} um2`),
      ];
    case "compute":
      return [
        `compute: ${text(level.name)}`,
        ...madeOf(level.component),
        ...figure(level.component, "operation", false, `energy: ${level.energy} pJ`),
        ...figure(level.component, "leak", level.leak === 0, `leak: ${level.leak} pJ/cycle`),
        ...unless(level.operationsPerCycle === 1, `operationsPerCycle: ${level.operationsPerCycle}`),
        ...unless(level.latency === 0, `latency: ${level.latency} cycle`),
        ...figure(level.component, "area", level.area === 0, `area: ${level.area} um2`),
      ];
  }
}

function storageFields(level: StorageLevel, outerWordBits: number): readonly string[] {
  const { capacity, energy, bandwidth, component } = level;
  const rates = (["read", "write", "shared"] as const).filter((port) => bandwidth[port] !== Infinity);
  const writeGuessed = component?.estimated.has("write") === true;
  const costs = [
    ...figure(component, "read", false, `read: ${energy.read} pJ`),
    ...figure(component, "write", false, `write: ${energy.write} pJ`),
    ...(energy.update === energy.write && !writeGuessed
      ? []
      : figure(component, "update", false, `update: ${energy.update} pJ`)),
    ...figure(component, "leak", energy.leak === 0, `leak: ${energy.leak} pJ/cycle`),
  ];
  return [
    `storage: ${text(level.name)}`,
    ...unless(level.wordBits === outerWordBits, `word: ${level.wordBits} bit`),
    ...unless(capacity.kind === "shared" && capacity.words === Infinity, `capacity: ${capacityText(capacity)}`),
    ...unless(level.block === 1, `block: ${level.block} word`),
    ...unless(level.reuse === "slide", `reuse: ${level.reuse}`),
    ...unless(isNone(level.keeps) && !isNone(level.mayKeep), `keeps: ${set(level.keeps)}`),
    ...unless(isNone(level.mayKeep), `mayKeep: ${set(level.mayKeep)}`),
    ...(level.bypasses === undefined ? [] : [`bypasses: ${set(level.bypasses)}`]),
    ...madeOf(component),
    ...unless(costs.length === 0, `energy: {${costs.join(", ")}}`),
    ...unless(
      rates.length === 0,
      `bandwidth: {${rates.map((port) => `${port}: ${bandwidth[port]} word/cycle`).join(", ")}}`,
    ),
    ...(level.latency === undefined
      ? []
      : [`latency: {read: ${level.latency.read} cycle, write: ${level.latency.write} cycle}`]),
    ...unless(level.buffering === "single", `buffering: ${level.buffering}`),
    ...(level.ports === undefined ? [] : [`ports: ${level.ports}`]),
    ...figure(component, "area", level.area === 0, `area: ${level.area} um2`),
  ];
}

/** A figure, unless its estimator gives it. Beside a class even a default has to be written, else it would be estimated. */
function figure(component: Component | undefined, key: string, isDefault: boolean, field: string): readonly string[] {
  return component === undefined ? unless(isDefault, field) : unless(component.estimated.has(key), field);
}

const ATTRIBUTE_UNITS: ReadonlyMap<string, string> = new Map([
  ["banks", ""],
  ["width", " bit"],
  ["accumulator", " bit"],
  ["length", " mm"],
]);

function madeOf(component: Component | undefined): readonly string[] {
  if (component === undefined) return [];
  return [
    `class: ${text(component.class)}`,
    ...(component.technologyNm === undefined ? [] : [`technology: ${component.technologyNm} nm`]),
    ...(component.volts === undefined ? [] : [`voltage: ${component.volts} V`]),
    ...[...component.attributes].map(([key, value]) => `${key}: ${value}${ATTRIBUTE_UNITS.get(key) ?? ""}`),
  ];
}

function componentLines({ name, source, actions, leak, area }: ComponentTable): readonly string[] {
  return [
    `  ${text(name)}:`,
    `    source: ${text(source)}`,
    `    actions: {${[...actions].map(([action, energy]) => `${action}: ${energy} pJ`).join(", ")}}`,
    ...(leak === null ? [] : [`    leak: ${leak} pJ/cycle`]),
    ...(area === null ? [] : [`    area: ${area} um2`]),
  ];
}

function capacityText(capacity: Capacity): string {
  if (capacity.kind === "shared") return `${capacity.words} word`;
  return `{${[...capacity.words].map(([tensor, words]) => `${text(tensor)}: ${words}`).join(", ")}}`;
}

const isNone = (tensors: TensorSet): boolean => tensors !== "all" && tensors.size === 0;
const set = (tensors: TensorSet): string => (tensors === "all" ? "all" : `[${[...tensors].map(text).join(", ")}]`);

function perAxis({ x, y }: PerAxis): string {
  return set(x) === set(y) ? set(x) : `{x: ${set(x)}, y: ${set(y)}}`;
}

/** Words that YAML would not read as text. */
const SPECIAL = /^(true|false|null|yes|no|on|off|y|n|~)$/i;

function text(value: string): string {
  if (/^[A-Za-z_][\w-]*$/.test(value) && !SPECIAL.test(value)) return value;
  // What JSON leaves as it is but YAML does not take as printable, or folds.
  return JSON.stringify(value).replace(
    /[\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
