import { describe } from "../base/index.js";
import type { Capacity, ComputeLevel, FanoutLevel, StorageLevel, TensorSet } from "./architecture.js";
import { COMPONENT_KEYS, fillIn } from "./component.js";
import * as measures from "./measures.js";
import * as messages from "./messages.js";
import {
  checkKeys,
  checkTensor,
  child,
  choice,
  figure,
  figureAt,
  type Part,
  perAxis,
  placeOf,
  type Reading,
  tensorSet,
} from "./reader.js";

const STORAGE_KEYS: readonly string[] = [
  "storage",
  "word",
  "capacity",
  "block",
  "reuse",
  "keeps",
  "mayKeep",
  "bypasses",
  "energy",
  "leak",
  "bandwidth",
  "latency",
  "buffering",
  "ports",
  "area",
  "instances",
  ...COMPONENT_KEYS.storage,
];
const FANOUT_KEYS: readonly string[] = [
  "fanout",
  "x",
  "y",
  "multicast",
  "reduction",
  "links",
  "systolic",
  "bandwidth",
  "latency",
  "energy",
  "leak",
  "area",
  "instances",
  ...COMPONENT_KEYS.fanout,
];
const COMPUTE_KEYS: readonly string[] = [
  "compute",
  "energy",
  "leak",
  "operationsPerCycle",
  "latency",
  "area",
  "instances",
  ...COMPONENT_KEYS.compute,
];

/** Reads one storage level. `outermost` storage keeps all unless it says otherwise; the others leave it to the mapping. */
export function readStorage(reading: Reading, part: Part, name: string, outermost: boolean): StorageLevel {
  checkKeys(reading, part, STORAGE_KEYS);
  const wordBits = figure(reading, part, "word", measures.wordWidth, part.wordBits);
  const worded: Part = { ...part, wordBits };
  const block = figure(reading, worded, "block", measures.block, 1);
  const sized: Part = { ...worded, block };
  const capacity = readCapacity(reading, sized);
  const ports = figure(reading, sized, "ports", measures.few, 0);
  const { component, values } = fillIn(reading, sized, {
    kind: "storage",
    facts: {
      bits: wordsIn(capacity) * wordBits,
      accessBits: block * wordBits,
      ...(ports === 0 ? {} : { ports }),
    },
    given: givenKeys(sized, ["read", "write", "update", "leak"]),
  });
  return {
    kind: "storage",
    name,
    capacity,
    wordBits,
    block,
    reuse: choice(reading, sized, "reuse", ["slide", "overlap", "none"], "slide"),
    ...readKeeping(reading, sized, outermost, capacity),
    bandwidth: readBandwidth(reading, sized),
    ...readLatency(reading, sized),
    energy: readStorageEnergy(reading, sized, values),
    buffering: choice(reading, sized, "buffering", ["single", "double"], "single"),
    area: figure(reading, sized, "area", measures.area, values.get("area") ?? 0),
    ...(ports === 0 ? {} : { ports }),
    ...(component === undefined ? {} : { component }),
  };
}

/** All words of one instance. */
const wordsIn = (capacity: Capacity): number =>
  capacity.kind === "shared" ? capacity.words : [...capacity.words.values()].reduce((sum, words) => sum + words, 0);

/** Which figures the file gives: `area`, and those of these that stand under `energy` or beside it. Update is given with write. */
export function givenKeys(part: Part, energies: readonly string[]): ReadonlySet<string> {
  const energy = child(part, "energy");
  const has = (key: string): boolean =>
    (energy?.kind === "map" && energy.entries.has(key)) || (key === "leak" && part.node.entries.has("leak"));
  const given = energies.filter((key) => has(key) || (key === "update" && has("write")));
  return new Set(part.node.entries.has("area") ? [...given, "area"] : given);
}

function readCapacity(reading: Reading, part: Part): Capacity {
  const node = child(part, "capacity");
  if (node?.kind !== "map")
    return { kind: "shared", words: figure(reading, part, "capacity", measures.words, Infinity) };
  const words = new Map<string, number>();
  const what = `capacity of ${part.title}`;
  if (node.entries.size === 0) messages.missing(reading.problems, node.at, `the ${what}`, "name at least one tensor");
  for (const [tensor, { key, value }] of node.entries) {
    checkTensor(reading, key, tensor, what);
    const share = figureAt(reading, value, `${what} for ${tensor}`, measures.words, part);
    if (share !== undefined) words.set(tensor, share);
  }
  return { kind: "per-tensor", words };
}

type Keeping = Pick<StorageLevel, "keeps" | "mayKeep" | "bypasses">;

function readKeeping(reading: Reading, part: Part, outermost: boolean, capacity: Capacity): Keeping {
  const given = {
    keeps: tensorSet(reading, part, "keeps"),
    mayKeep: tensorSet(reading, part, "mayKeep"),
    bypasses: tensorSet(reading, part, "bypasses"),
  };
  const none: TensorSet = new Set();
  const unsaid = given.keeps === undefined && given.mayKeep === undefined;
  const keepsRest = unsaid && (outermost || given.bypasses !== undefined);
  const keeps = given.bypasses === "all" ? none : (given.keeps ?? (keepsRest ? "all" : none));
  const mayKeep = given.bypasses === "all" ? none : (given.mayKeep ?? (unsaid && !keepsRest ? "all" : none));
  if (given.bypasses === "all" && !unsaid) {
    const message = `${part.title} bypasses all, yet says what it keeps`;
    messages.contradiction(reading.problems, placeOf(part, "bypasses"), message, "leave out one of them");
  }
  const bypasses = given.bypasses === undefined || given.bypasses === "all" ? new Set<string>() : given.bypasses;
  for (const [key, set] of [["keeps", keeps] as const, ["mayKeep", mayKeep] as const])
    for (const tensor of bypasses)
      if (set !== "all" && set.has(tensor)) {
        const message = `${part.title} both ${key} and bypasses ${tensor}`;
        messages.contradiction(reading.problems, placeOf(part, "bypasses"), message, "leave out one of them");
      }
  if (capacity.kind === "per-tensor" && keeps !== "all")
    for (const tensor of keeps)
      if (!capacity.words.has(tensor)) {
        const message = `${part.title} keeps ${tensor}, but its capacity has no part for it`;
        messages.contradiction(reading.problems, placeOf(part, "capacity"), message, `add ${tensor}: …`);
      }
  return { keeps, mayKeep, ...(bypasses.size === 0 ? {} : { bypasses }) };
}

function readBandwidth(reading: Reading, part: Part): StorageLevel["bandwidth"] {
  const node = child(part, "bandwidth");
  if (node?.kind !== "map") {
    const shared = figure(reading, part, "bandwidth", measures.wordRate, Infinity);
    return { read: Infinity, write: Infinity, shared };
  }
  const inner: Part = { ...part, node, title: `the bandwidth of ${part.title}` };
  checkKeys(reading, inner, ["read", "write", "shared"]);
  const of = (key: string): number => figure(reading, inner, key, measures.wordRate, Infinity);
  return { read: of("read"), write: of("write"), shared: of("shared") };
}

function readLatency(reading: Reading, part: Part): Pick<StorageLevel, "latency"> {
  const node = child(part, "latency");
  const inner: Part = node?.kind === "map" ? { ...part, node, title: `the latency of ${part.title}` } : part;
  if (node?.kind === "map") checkKeys(reading, inner, ["read", "write"]);
  const of = (key: string): number =>
    figure(reading, inner, node?.kind === "map" ? key : "latency", measures.cycleCount, 0);
  const latency = { read: of("read"), write: of("write") };
  return latency.read === 0 && latency.write === 0 ? {} : { latency };
}

/** The part under `energy`, with unknown keys reported; undefined where there is none or it is no mapping of keys. */
function energyPart(reading: Reading, part: Part, known: readonly string[]): Part | undefined {
  const node = child(part, "energy");
  if (node === undefined) return undefined;
  if (node.kind !== "map") {
    const expected = `a mapping such as {${known[0]}: 6 pJ}`;
    messages.wrongKind(reading.problems, node.at, `energy of ${part.title}`, expected, describe(node));
    return undefined;
  }
  const inner: Part = { ...part, node, title: `the energy of ${part.title}` };
  checkKeys(reading, inner, known);
  return inner;
}

type Values = ReadonlyMap<string, number>;

function readStorageEnergy(reading: Reading, part: Part, values: Values): StorageLevel["energy"] {
  const inner = energyPart(reading, part, ["read", "write", "update", "leak"]);
  const of = (key: string, otherwise: number): number =>
    inner === undefined ? otherwise : figure(reading, inner, key, measures.accessEnergy, otherwise);
  const write = of("write", values.get("write") ?? 0);
  const update = of("update", values.get("update") ?? write);
  return {
    read: of("read", values.get("read") ?? 0),
    write,
    update,
    leak: readLeak(reading, part, inner, values.get("leak") ?? 0),
  };
}

/** Leakage stands under `energy` or beside it, not both. */
export function readLeak(reading: Reading, part: Part, energy: Part | undefined, otherwise: number): number {
  const inside = energy?.node.entries.has("leak") === true;
  if (inside && part.node.entries.has("leak")) {
    const message = `${part.title} gives its leakage twice`;
    messages.contradiction(reading.problems, placeOf(part, "leak"), message, "leave out one of them");
  }
  return figure(reading, energy !== undefined && inside ? energy : part, "leak", measures.leakage, otherwise);
}

/** `wordBits` of the part is the width of the words that pass: those of the storage above. */
export function readFanout(reading: Reading, part: Part, name: string): FanoutLevel {
  checkKeys(reading, part, FANOUT_KEYS);
  if (!part.node.entries.has("x") && !part.node.entries.has("y"))
    messages.missing(reading.problems, part.node.at, `the size of ${part.title}`, "add x: 14 or y: 12, or both");
  const energy = energyPart(reading, part, ["hop", "leak"]);
  const { component, values } = fillIn(reading, part, {
    kind: "fanout",
    facts: { accessBits: part.wordBits },
    given: givenKeys(part, ["hop", "leak"]),
  });
  const estimated = values.get("hop") ?? 0;
  const reduction = perAxis(reading, part, "reduction", "all");
  const latency = figure(reading, part, "latency", measures.cycleCount, 0);
  return {
    kind: "fanout",
    name,
    x: figure(reading, part, "x", measures.count, 1),
    y: figure(reading, part, "y", measures.count, 1),
    multicast: perAxis(reading, part, "multicast", "all"),
    reduction,
    links: perAxis(reading, part, "links", new Set()),
    ...readSystolic(reading, part, reduction.y),
    hopEnergy: energy === undefined ? estimated : figure(reading, energy, "hop", measures.accessEnergy, estimated),
    leak: readLeak(reading, part, energy, values.get("leak") ?? 0),
    area: figure(reading, part, "area", measures.area, values.get("area") ?? 0),
    ...(part.node.entries.has("bandwidth")
      ? { bandwidth: figure(reading, part, "bandwidth", measures.wordRate, Infinity) }
      : {}),
    ...(latency === 0 ? {} : { latency }),
    ...(component === undefined ? {} : { component }),
  };
}

/** `systolic: {drain: columns}`. Partial sums that are added up on their way down the columns can leave nowhere else. */
function readSystolic(reading: Reading, part: Part, added: TensorSet): Pick<FanoutLevel, "systolic"> {
  const node = child(part, "systolic");
  if (node === undefined) return {};
  if (node.kind !== "map") {
    const expected = "a mapping such as {drain: columns}";
    messages.wrongKind(reading.problems, node.at, `systolic of ${part.title}`, expected, describe(node));
    return {};
  }
  const inner: Part = { ...part, node, title: `the systolic array ${part.title}` };
  checkKeys(reading, inner, ["drain"]);
  const drain = choice(reading, inner, "drain", ["columns", "none"], "columns");
  if (drain === "none" && (added === "all" || added.size > 0)) {
    const message = `${part.title} adds partial sums up along y, yet does not drain them through the columns`;
    messages.contradiction(
      reading.problems,
      placeOf(inner, "drain"),
      message,
      "write drain: columns, or reduction: none",
    );
  }
  return { systolic: { drain } };
}

export function readCompute(reading: Reading, part: Part, name: string): ComputeLevel {
  checkKeys(reading, part, COMPUTE_KEYS);
  const node = child(part, "energy");
  const inner = node?.kind === "map" ? energyPart(reading, part, ["operation", "leak"]) : undefined;
  const given = givenKeys(part, ["operation", "leak"]);
  const { component, values } = fillIn(reading, part, {
    kind: "compute",
    facts: { width: part.wordBits },
    given: node === undefined || node.kind === "map" ? given : new Set([...given, "operation"]),
  });
  const estimated = values.get("operation") ?? 0;
  return {
    kind: "compute",
    name,
    operationsPerCycle: figure(reading, part, "operationsPerCycle", measures.operationRate, 1),
    energy:
      inner === undefined
        ? figure(reading, part, "energy", measures.operationEnergy, estimated)
        : figure(reading, inner, "operation", measures.operationEnergy, estimated),
    leak: readLeak(reading, part, inner, values.get("leak") ?? 0),
    latency: figure(reading, part, "latency", measures.cycleCount, 0),
    area: figure(reading, part, "area", measures.area, values.get("area") ?? 0),
    ...(component === undefined ? {} : { component }),
  };
}
