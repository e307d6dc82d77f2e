import { describe } from "../base/index.js";
import type { Component, Level } from "./architecture.js";
import { COMPONENT_KEYS, fillIn } from "./component.js";
import { givenKeys, readLeak } from "./levels.js";
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
  /** pJ a cycle of one lane. */
  readonly leak: number;
  /** µm² of one lane; 0 where unknown. */
  readonly area: number;
  /** Present where the file gives a class: what a lane is made of. */
  readonly component?: Component;
}

const KEYS: readonly string[] = ["name", "at", "lanes", "energy", "leak", "area", ...COMPONENT_KEYS.compute];

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
  return { name, level, lanes, ...readFigures(reading, wordedAt(part, levels[level])) };
}

/** Lanes are as wide as the words that they get. */
const wordedAt = (part: Part, level: Level | undefined): Part =>
  level?.kind === "storage" ? { ...part, wordBits: level.wordBits } : part;

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

type Figures = Pick<VectorUnit, "energy" | "leak" | "area" | "component">;

/** Energies, leakage and area: those of the file, else those of the class. */
function readFigures(reading: Reading, part: Part): Figures {
  const given = givenKeys(part, ["operation", "activation", "leak"]);
  const all = child(part, "energy");
  const both = all !== undefined && all.kind !== "map" ? ["operation", "activation"] : [];
  const { component, values } = fillIn(reading, part, {
    ...{ kind: "compute", facts: { width: part.wordBits }, given: new Set([...given, ...both]) },
  });
  const energy = readEnergy(reading, part, values.get("operation") ?? 0);
  const leak = readLeak(reading, part, energyPart(reading, part), values.get("leak") ?? 0);
  const area = figure(reading, part, "area", measures.area, values.get("area") ?? 0);
  if (component === undefined) return { energy, leak, area };
  const source = component.estimated.get("operation");
  const isGiven = given.has("activation") || both.length > 0;
  const estimated: readonly (readonly [string, string])[] =
    source === undefined || isGiven
      ? []
      : [["activation", `${source}; assumed: an activation takes what an operation does`]];
  return {
    ...{ energy, leak, area },
    component: { ...component, estimated: new Map([...component.estimated, ...estimated]) },
  };
}

/** The part under `energy`, where it is one. */
function energyPart(reading: Reading, part: Part): Part | undefined {
  const node = child(part, "energy");
  if (node?.kind !== "map") return undefined;
  const inner: Part = { ...part, node, title: `the energy of ${part.title}` };
  checkKeys(reading, inner, ["operation", "activation", "leak"]);
  return inner;
}

function readEnergy(reading: Reading, part: Part, estimated: number): VectorUnit["energy"] {
  const node = child(part, "energy");
  if (node === undefined) return { operation: estimated, activation: estimated };
  if (node.kind !== "map") {
    const each = figure(reading, part, "energy", measures.operationEnergy, estimated);
    return { operation: each, activation: each };
  }
  const inner: Part = { ...part, node, title: `the energy of ${part.title}` };
  const operation = figure(reading, inner, "operation", measures.operationEnergy, estimated);
  return { operation, activation: figure(reading, inner, "activation", measures.operationEnergy, operation) };
}
