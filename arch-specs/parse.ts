import {
  type Diagnostic,
  describe,
  failed,
  type Located,
  type LocatedMap,
  type Location,
  ok,
  Problems,
  parseYaml,
  type Result,
} from "../base/index.js";
import type { Architecture, Level } from "./architecture.js";
import { readComponents } from "./components.js";
import { DEFAULT_VOLTS, LARGEST_NODE_NM } from "./estimators/technology.js";
import { readCompute, readFanout, readStorage } from "./levels.js";
import * as measures from "./measures.js";
import * as messages from "./messages.js";
import { checkKeys, child, DEFAULT_CLOCK_HZ, figure, figureAt, nameAt, type Part, type Reading } from "./reader.js";
import { readVariables } from "./variables.js";
import { readVector } from "./vector.js";

const FILE_KEYS: readonly string[] = [
  "name",
  "source",
  "clock",
  "technology",
  "voltage",
  "variables",
  "components",
  "vector",
  "levels",
];
const KINDS = ["storage", "fanout", "compute"] as const;
const DEFAULT_WORD_BITS = 16;

interface ReadLevel {
  readonly level: Level;
  readonly node: LocatedMap;
  readonly at: Location;
}

/**
 * Reads an architecture file (docs/formats-architecture.md). `settings` replace the texts of the file's variables.
 * `tensors` are those of the workload at hand: a name that is nearly one of them is a slip.
 * Every problem of the file is reported, each where it stands.
 */
export function parseArchitecture(
  text: string,
  file: string,
  settings: ReadonlyMap<string, string> = new Map(),
  tensors: readonly string[] = [],
): Result<Architecture> {
  const document = parseYaml(text, file);
  if (!document.ok) return document;
  const root = document.value;
  const problems = new Problems();
  if (root.kind !== "map") {
    const expected = "a mapping with the keys name, clock and levels";
    messages.wrongKind(problems, root.at, "an architecture file", expected, describe(root));
    return failed(problems.list);
  }
  const part: Part = { node: root, title: "an architecture file", wordBits: DEFAULT_WORD_BITS, block: 1 };
  const variables = readVariables(child(part, "variables"), settings, problems);
  const reading = readTop({ problems, variables, tensors, ...UNTOLD }, part);
  const levels = readLevels(reading, part);
  checkOrder(reading, levels, child(part, "levels")?.at ?? root.at);
  checkInstances(reading, levels);
  const vector = readVector(
    reading,
    part,
    levels.map(({ level }) => level),
  );
  const architecture: Architecture = {
    name: textAt(reading, part, "name") ?? nameOfFile(file),
    source: textAt(reading, part, "source") ?? "",
    clockHz: reading.clockHz ?? DEFAULT_CLOCK_HZ,
    levels: levels.map(({ level }) => level),
    ...(vector === undefined ? {} : { vector }),
    ...(reading.components.size === 0 ? {} : { components: [...reading.components.values()] }),
  };
  return problems.none ? ok(architecture) : failed(inOrder(problems.list));
}

const UNTOLD = { clockHz: undefined, technologyNm: undefined, volts: DEFAULT_VOLTS, components: new Map() };

/** Reads what stands at the top of the file and concerns all levels. */
function readTop(before: Reading, part: Part): Reading {
  checkKeys(before, part, FILE_KEYS);
  const [clockNode, technologyNode] = [child(part, "clock"), child(part, "technology")];
  // A clock that is wrong is reported once, not again by each figure that needs it.
  const clockHz =
    clockNode === undefined
      ? undefined
      : (figureAt(before, clockNode, "clock", measures.clock, part) ?? DEFAULT_CLOCK_HZ);
  const technologyNm =
    technologyNode === undefined
      ? undefined
      : (figureAt(before, technologyNode, "technology", measures.technology, part) ?? LARGEST_NODE_NM);
  const volts = figure(before, part, "voltage", measures.voltage, DEFAULT_VOLTS);
  const reading: Reading = { ...before, clockHz, technologyNm, volts };
  return { ...reading, components: readComponents(reading, part) };
}

/** As a reader meets them: settings first, then down the file. */
const inOrder = (diagnostics: readonly Diagnostic[]): readonly Diagnostic[] =>
  [...diagnostics].sort(({ at: a }, { at: b }) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));

/** `chips/my-chip.yaml` → `my-chip`. */
function nameOfFile(file: string): string {
  const base = file.split(/[\\/]/).at(-1) ?? file;
  return base.replace(/\.(ya?ml|json)$/i, "") || "architecture";
}

function textAt(reading: Reading, part: Part, key: string): string | undefined {
  const node = child(part, key);
  if (node === undefined) return undefined;
  if (node.kind === "scalar" && node.value !== null && node.value !== "") return String(node.value);
  messages.wrongKind(reading.problems, node.at, key, "text", describe(node));
  return undefined;
}

function readLevels(reading: Reading, file: Part): readonly ReadLevel[] {
  const node = child(file, "levels");
  if (node === undefined) {
    messages.missing(reading.problems, file.node.at, "levels", "list the levels, outermost first, ending in compute");
    return [];
  }
  if (node.kind !== "list") {
    messages.wrongKind(reading.problems, node.at, "levels", "a list, outermost first", describe(node));
    return [];
  }
  const levels: ReadLevel[] = [];
  let wordBits = file.wordBits;
  for (const item of node.items) {
    const read = readLevel(reading, item, wordBits, !levels.some(({ level }) => level.kind === "storage"));
    if (read === undefined) continue;
    levels.push(read);
    if (read.level.kind === "storage") wordBits = read.level.wordBits;
  }
  return levels;
}

function readLevel(reading: Reading, node: Located, wordBits: number, outermost: boolean): ReadLevel | undefined {
  if (node.kind !== "map") {
    messages.wrongKind(reading.problems, node.at, "a level", "a mapping such as {storage: GLB, …}", describe(node));
    return undefined;
  }
  const kinds = KINDS.filter((kind) => node.entries.has(kind));
  const [kind] = kinds;
  const named = kind === undefined ? undefined : node.entries.get(kind);
  if (kind === undefined || named === undefined || kinds.length > 1) {
    reportKind(reading, node, kinds);
    return undefined;
  }
  const name = nameAt(reading, named.value, `the name of a ${kind} level`) ?? "";
  const part: Part = { node, title: JSON.stringify(name), wordBits, block: 1 };
  const at = named.value.at;
  switch (kind) {
    case "storage":
      return { level: readStorage(reading, part, name, outermost), node, at };
    case "fanout":
      return { level: readFanout(reading, part, name), node, at };
    case "compute":
      return { level: readCompute(reading, part, name), node, at };
  }
}

/** A misspelt kind is told as an unknown key where one is near; else the three kinds are listed. */
function reportKind(reading: Reading, node: LocatedMap, kinds: readonly string[]): void {
  const first = kinds.length > 0 ? undefined : [...node.entries].find(([, { value }]) => value.kind === "scalar");
  if (first === undefined) {
    messages.levelKind(reading.problems, node.at, kinds);
    return;
  }
  const [key, { key: at }] = first;
  messages.unknownKey(reading.problems, at, key, "a level without storage, fanout or compute", KINDS);
}

function checkOrder({ problems }: Reading, levels: readonly ReadLevel[], at: Location): void {
  const names = new Map<string, Location>();
  for (const { level, at: here } of levels) {
    if (level.name === "") continue;
    const first = names.get(level.name);
    if (first !== undefined) messages.duplicateName(problems, here, level.name, first);
    else names.set(level.name, here);
  }
  if (levels.length === 0) return;
  const outermost = levels[0];
  if (!levels.some(({ level }) => level.kind === "storage"))
    messages.order(problems, at, "there is no storage", "start with `- storage: DRAM`");
  else if (outermost !== undefined && outermost.level.kind !== "storage")
    messages.order(
      problems,
      outermost.at,
      `the outermost level must be a storage, got the ${outermost.level.kind} ${JSON.stringify(outermost.level.name)}`,
      "put a storage above it, such as `- storage: DRAM`",
    );
  const computes = levels.filter(({ level }) => level.kind === "compute");
  if (computes.length === 0) messages.order(problems, at, "there is no compute", "end the list with `- compute: MAC`");
  for (const { level, at: here } of computes)
    if (level !== levels.at(-1)?.level)
      messages.order(
        problems,
        here,
        `the compute ${JSON.stringify(level.name)} is not the last level`,
        "compute stands once, at the end of the list",
      );
}

/** The product of the fan-outs stays countable, and is what `instances` says where a level says it. */
function checkInstances(reading: Reading, levels: readonly ReadLevel[]): void {
  let instances = 1;
  for (const { level, node } of levels) {
    const part: Part = { node, title: JSON.stringify(level.name), wordBits: 1, block: 1 };
    const said = instancesSaid(reading, part);
    if (said !== undefined && said !== instances) {
      const message = `${part.title} says ${said} instances, but the fan-outs above it make ${instances}`;
      const at = child(part, "instances")?.at ?? node.at;
      messages.contradiction(reading.problems, at, message, "correct the fan-outs' x and y, or leave out instances");
    }
    if (level.kind !== "fanout") continue;
    instances *= level.x * level.y;
    if (instances <= Number.MAX_SAFE_INTEGER) continue;
    messages.outOfRange(reading.problems, node.at, `the number of instances below ${part.title}`, "below 2^53", {
      shown: String(instances),
      example: "smaller x and y",
    });
    return;
  }
}

function instancesSaid(reading: Reading, part: Part): number | undefined {
  const node = child(part, "instances");
  return node === undefined ? undefined : figureAt(reading, node, `instances of ${part.title}`, measures.count, part);
}
