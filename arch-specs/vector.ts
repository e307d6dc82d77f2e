import { describe } from "../base/index.js";
import type { Level } from "./architecture.js";
import * as measures from "./measures.js";
import * as messages from "./messages.js";
import { checkKeys, child, figure, nameAt, type Part, type Reading } from "./reader.js";

/** A unit beside the array that runs light layers word by word: poolings, activations, normalisations, residual sums. */
export interface VectorUnit {
  readonly name: string;
  /** The storage that it reads from and writes to: an index into `architecture.levels`, above all fan-outs. */
  readonly level: number;
  /** Operations a cycle. */
  readonly lanes: number;
  readonly energy: {
    /** pJ an operation: an addition, a multiplication, a comparison. */
    readonly operation: number;
    /** pJ a post-step: an activation, a division. */
    readonly activation: number;
  };
}

const KEYS = ["name", "at", "lanes", "energy"];

/** `vector: {at: UnifiedBuffer, lanes: 256, energy: {operation: 0.1 pJ, activation: 0.4 pJ}}`; undefined where there is none. */
export function readVector(reading: Reading, file: Part, levels: readonly Level[]): VectorUnit | undefined {
  const node = child(file, "vector");
  if (node === undefined) return undefined;
  const title = "the vector unit";
  if (node.kind !== "map") {
    messages.wrongKind(reading.problems, node.at, title, "a mapping such as {at: GLB, lanes: 16}", describe(node));
    return undefined;
  }
  const part: Part = { ...file, node, title };
  checkKeys(reading, part, KEYS);
  const nameNode = child(part, "name");
  const name = nameNode === undefined ? "vector" : (nameAt(reading, nameNode, `the name of ${title}`) ?? "vector");
  const level = levelAt(reading, part, levels);
  if (!part.node.entries.has("lanes"))
    messages.missing(reading.problems, node.at, `lanes of ${title}`, "add lanes: 16, its operations a cycle");
  const lanes = figure(reading, part, "lanes", measures.count, 1);
  return { name, level, lanes, energy: readEnergy(reading, part) };
}

/** The storage of this name; all its words must be in one place, so no fan-out stands above it. */
function levelAt(reading: Reading, part: Part, levels: readonly Level[]): number {
  const node = child(part, "at");
  const many = levels.findIndex((level) => level.kind === "fanout");
  const shared = levels
    .slice(0, many < 0 ? levels.length : many)
    .flatMap((level) => (level.kind === "storage" ? [level.name] : []));
  if (node === undefined) {
    messages.missing(
      reading.problems,
      part.node.at,
      `the storage of ${part.title}`,
      `add at: ${shared.at(-1) ?? "DRAM"}`,
    );
    return 0;
  }
  const found = node.kind === "scalar" ? String(node.value) : describe(node);
  if (!shared.includes(found)) messages.notOneOf(reading.problems, node.at, `at of ${part.title}`, found, shared);
  return Math.max(
    0,
    levels.findIndex(({ name }) => name === found),
  );
}

function readEnergy(reading: Reading, part: Part): VectorUnit["energy"] {
  const node = child(part, "energy");
  if (node === undefined) return { operation: 0, activation: 0 };
  if (node.kind !== "map") {
    const each = figure(reading, part, "energy", measures.operationEnergy, 0);
    return { operation: each, activation: each };
  }
  const inner: Part = { ...part, node, title: `the energy of ${part.title}` };
  checkKeys(reading, inner, ["operation", "activation"]);
  const operation = figure(reading, inner, "operation", measures.operationEnergy, 0);
  return { operation, activation: figure(reading, inner, "activation", measures.operationEnergy, operation) };
}

/** The unit as a line of an architecture file. */
export function vectorField({ name, level, lanes, energy }: VectorUnit, levels: readonly Level[]): string {
  const at = levels[level]?.name ?? "";
  const costs = `energy: {operation: ${energy.operation} pJ, activation: ${energy.activation} pJ}`;
  return `vector: {name: ${JSON.stringify(name)}, at: ${JSON.stringify(at)}, lanes: ${lanes}, ${costs}}`;
}
