import { type Diagnostic, describe, type Located, type LocatedMap } from "../base/index.js";
import type { Einsum, ElementType, Layer } from "./einsum.js";
import { type Field, fieldsOfMap } from "./fields.js";
import { kindNames, readKind, vocabularyOf } from "./kinds.js";
import * as messages from "./messages.js";
import { type EinsumSetting, isPositiveWhole, parseEinsum } from "./parse-einsum.js";
import { type Part, partName } from "./recipes/build.js";
import { accumulatorOf, elementType, elementTypeHint, elementTypeNames } from "./types.js";

/** What a file gives for every layer of a kind that does not say otherwise. */
export interface Defaults {
  /** By kind, the keys of that kind. */
  readonly kinds: ReadonlyMap<string, ReadonlyMap<string, Field>>;
  /** `padding`, `types`, `bias`, `norm`, `repeat`. */
  readonly common: LocatedMap["entries"];
}
export const NO_DEFAULTS: Defaults = { kinds: new Map(), common: new Map() };

const COMMON = ["padding", "types", "bias", "norm", "repeat"];
/** Told once for all entries of a network. */
const NETWORK_COMMON = [...COMMON, "activation"];
const EINSUM_ONLY = ["bounds", "constants", "shapes"];
export const KINDS: readonly string[] = [...kindNames, "einsum"];

export function readDefaults(node: Located, problems: Diagnostic[], ofNetwork: boolean): Defaults {
  const known = ofNetwork ? NETWORK_COMMON : COMMON;
  if (node.kind !== "map") {
    problems.push(messages.notA(node.at, "defaults", "a mapping of keys", describe(node)));
    return NO_DEFAULTS;
  }
  const kinds = new Map<string, ReadonlyMap<string, Field>>();
  const common = new Map<string, { key: Located["at"]; value: Located }>();
  for (const [name, entry] of node.entries) {
    const vocabulary = vocabularyOf(name);
    if (known.includes(name)) common.set(name, entry);
    else if (vocabulary === undefined) problems.push(messages.unknownKey(entry.key, name, [...known, ...kindNames]));
    else if (entry.value.kind !== "map")
      problems.push(messages.notA(entry.value.at, name, "a mapping of keys", describe(entry.value)));
    else {
      const fields = fieldsOfMap(entry.value, problems);
      const own = [...vocabulary.keys, ...vocabulary.aliases.keys()];
      for (const [key, field] of fields)
        if (!own.includes(key)) problems.push(messages.unknownKey(field.key, key, own));
      kinds.set(name, fields);
    }
  }
  return { kinds, common };
}

/** One entry of `layers`, which may be several layers (a softmax); none where problems were reported. `inferred`: keys that follow from elsewhere. */
export function readLayer(
  node: Located,
  defaults: Defaults,
  problems: Diagnostic[],
  notes: string[],
  inferred: ReadonlyMap<string, Field> = new Map(),
): readonly Layer[] {
  if (node.kind !== "map") {
    problems.push(messages.notA(node.at, "a layer", "a mapping of keys", describe(node)));
    return [];
  }
  const before = problems.length;
  const entries = new Map([...defaults.common, ...node.entries]);
  const found = KINDS.filter((kind) => entries.has(kind));
  const kind = found[0];
  const known = ["name", ...KINDS, ...COMMON, ...(kind === "einsum" ? EINSUM_ONLY : [])];
  for (const [key, entry] of node.entries)
    if (!known.includes(key)) problems.push(messages.unknownKey(entry.key, key, known));
  if (kind === undefined || found.length > 1) {
    problems.push(messages.kindCount(node.at, found, KINDS));
    return [];
  }
  const types = readTypes(entries.get("types")?.value, problems);
  const padding =
    readWord(entries.get("padding")?.value, "padding", ["counted", "free"] as const, problems) ?? "counted";
  const built =
    kind === "einsum"
      ? readEinsum(node, types, problems)
      : readKeys(node, kind, defaults, types, problems, notes, inferred);
  const repeat = readRepeat(entries.get("repeat")?.value, problems);
  const biases = readBiases(entries, built?.channels ?? 0, problems);
  const name = node.entries.get("name")?.value;
  if (built === undefined || name?.kind !== "scalar" || problems.length > before) return [];
  return built.parts.map((part, i) => {
    const own = partName(String(name.value), part.name);
    const layer = { name: own, kind, repeat: repeat * part.repeat, einsum: { ...part.einsum, padding } };
    return biases === 0 || i > 0 ? layer : { ...layer, biases };
  });
}

interface Built {
  readonly parts: readonly Part[];
  /** Output channels, each of which may have a bias. */
  readonly channels: number;
}

function readKeys(
  node: LocatedMap,
  kind: string,
  defaults: Defaults,
  types: ReadonlyMap<string, ElementType>,
  problems: Diagnostic[],
  notes: string[],
  inferred: ReadonlyMap<string, Field>,
): Built | undefined {
  const value = node.entries.get(kind)?.value;
  if (value?.kind !== "map") {
    problems.push(
      messages.notA(value?.at ?? node.at, kind, "a mapping of keys", value === undefined ? "nothing" : describe(value)),
    );
    return undefined;
  }
  const fields = new Map([...inferred, ...(defaults.kinds.get(kind) ?? []), ...fieldsOfMap(value, problems)]);
  const built = readKind(kind, fields, value.at, problems, notes);
  if (built === undefined || types.size === 0) return built;
  return { ...built, parts: built.parts.map((part) => ({ ...part, einsum: typed(part.einsum, types) })) };
}

/** The types that were given, and an accumulator that suits them. */
function typed(einsum: Einsum, types: ReadonlyMap<string, ElementType>): Einsum {
  const typeOf = (tensor: Einsum["tensors"][number]): ElementType | undefined =>
    types.get(tensor.name) ?? types.get(tensor.alias);
  const inputs = einsum.tensors
    .filter((tensor) => tensor.role === "input")
    .map((tensor) => typeOf(tensor) ?? tensor.type);
  const widest = inputs.find((type) => type.kind === "float") ?? inputs[0] ?? einsum.accumulator;
  const accumulator = types.get("accumulator") ?? accumulatorOf(widest);
  const tensors = einsum.tensors.map((tensor) => ({
    ...tensor,
    type: typeOf(tensor) ?? (tensor.role === "output" ? accumulator : tensor.type),
  }));
  return { ...einsum, tensors, accumulator };
}

function readEinsum(
  node: LocatedMap,
  types: ReadonlyMap<string, ElementType>,
  problems: Diagnostic[],
): Built | undefined {
  const text = node.entries.get("einsum")?.value;
  if (text?.kind !== "scalar" || typeof text.value !== "string") {
    problems.push(
      messages.notA(
        text?.at ?? node.at,
        "einsum",
        "text such as O[m,n] += A[m,k] * B[k,n]",
        text === undefined ? "nothing" : describe(text),
      ),
    );
    return undefined;
  }
  const places = new Map<string, Located["at"]>();
  const bounds = readNumbers(node, "bounds", places, problems);
  const constants = readNumbers(node, "constants", places, problems);
  const shapes = readShapes(node, places, problems);
  const setting: EinsumSetting = { bounds, constants, shapes };
  const result = parseEinsum(text.value, setting, text.at, (name) => places.get(name) ?? text.at);
  if (!result.ok) {
    problems.push(...result.errors);
    return undefined;
  }
  return { parts: [{ name: "", einsum: typed(result.value, types), repeat: 1 }], channels: 0 };
}

function readNumbers(
  node: LocatedMap,
  key: string,
  places: Map<string, Located["at"]>,
  problems: Diagnostic[],
): Map<string, number> {
  const numbers = new Map<string, number>();
  const value = node.entries.get(key)?.value;
  if (value === undefined) return numbers;
  if (value.kind !== "map") {
    problems.push(messages.notA(value.at, key, "a mapping of names to whole numbers", describe(value)));
    return numbers;
  }
  for (const [name, entry] of value.entries) {
    places.set(name, entry.value.at);
    const number = entry.value.kind === "scalar" ? entry.value.value : undefined;
    if (typeof number === "number") numbers.set(name, number);
    else problems.push(messages.notA(entry.value.at, name, "a whole number", describe(entry.value)));
  }
  return numbers;
}

function readShapes(
  node: LocatedMap,
  places: Map<string, Located["at"]>,
  problems: Diagnostic[],
): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  const value = node.entries.get("shapes")?.value;
  if (value === undefined) return shapes;
  if (value.kind !== "map") {
    problems.push(messages.notA(value.at, "shapes", "a mapping of tensors to lists", describe(value)));
    return shapes;
  }
  for (const [name, { value: list }] of value.entries) {
    places.set(name, list.at);
    const extents =
      list.kind === "list" ? list.items.map((item) => (item.kind === "scalar" ? item.value : null)) : [null];
    if (extents.every(isPositiveWhole)) shapes.set(name, extents);
    else
      problems.push(messages.notA(list.at, `the shape of ${name}`, "a list of positive whole numbers", describe(list)));
  }
  return shapes;
}

/** One type for every input, or a type by tensor; the key `accumulator` names the type of the sums. */
function readTypes(node: Located | undefined, problems: Diagnostic[]): ReadonlyMap<string, ElementType> {
  const types = new Map<string, ElementType>();
  const add = (name: string, value: Located): void => {
    const text = value.kind === "scalar" ? String(value.value) : "";
    const type = elementType(text);
    if (type === undefined)
      problems.push(
        messages.notA(
          value.at,
          "a type",
          `one of ${elementTypeNames.join(", ")}`,
          describe(value),
          elementTypeHint(text),
        ),
      );
    else types.set(name, type);
  };
  if (node === undefined) return types;
  if (node.kind === "map") for (const [name, { value }] of node.entries) add(name, value);
  else for (const name of ["Inputs", "Weights"]) add(name, node);
  return types;
}

function readWord<W extends string>(
  node: Located | undefined,
  key: string,
  words: readonly W[],
  problems: Diagnostic[],
): W | undefined {
  if (node === undefined) return undefined;
  const found = words.find((word) => node.kind === "scalar" && node.value === word);
  if (found === undefined) problems.push(messages.notA(node.at, key, `one of ${words.join(", ")}`, describe(node)));
  return found;
}

function readRepeat(node: Located | undefined, problems: Diagnostic[]): number {
  if (node === undefined) return 1;
  const value = node.kind === "scalar" ? node.value : describe(node);
  if (isPositiveWhole(value)) return value;
  problems.push(messages.notPositive(node.at, "repeat", value));
  return 1;
}

/** Trained values beside the weights: one a channel for a bias, two for a normalisation's scale and shift. */
function readBiases(entries: LocatedMap["entries"], channels: number, problems: Diagnostic[]): number {
  const bias = entries.get("bias")?.value;
  const norm = readWord(entries.get("norm")?.value, "norm", ["batch", "layer", "none"] as const, problems) ?? "none";
  if (bias !== undefined && !(bias.kind === "scalar" && typeof bias.value === "boolean"))
    problems.push(messages.notA(bias.at, "bias", "true or false", describe(bias)));
  const biased = bias?.kind === "scalar" && bias.value === true;
  return channels * ((biased ? 1 : 0) + (norm === "none" ? 0 : 2));
}
