import { type Diagnostic, describe, type Located, type LocatedMap, product } from "../../base/index.js";
import { activationDefinition, activationNames } from "../activations.js";
import { inputsOf, outputOf } from "../counts.js";
import type { Layer } from "../einsum.js";
import type { Field } from "../fields.js";
import { vocabularyOf } from "../kinds.js";
import * as messages from "../messages.js";
import { type Defaults, KINDS, readLayer } from "../parse-layer.js";
import {
  type Activation,
  IN_PLACE,
  INPUT,
  isHeavyKind,
  type Network,
  type NetworkEntry,
  type Shape,
  viewKinds,
} from "./network.js";

/** What is known when an entry is read. */
interface Reading {
  readonly defaults: Defaults;
  readonly problems: Diagnostic[];
  readonly notes: string[];
  /** Of the network's input, once the first entry has told it. */
  input: Shape | null;
  readonly entries: NetworkEntry[];
}

/** The entries of `network`, each reading the one before unless it says from which; undefined where problems were reported. */
export function readNetwork(
  items: readonly Located[],
  defaults: Defaults,
  problems: Diagnostic[],
  notes: string[],
): Network | undefined {
  const before = problems.length;
  const reading: Reading = { defaults, problems, notes, input: null, entries: [] };
  for (const item of items) {
    const entry = readEntry(item, reading);
    if (entry !== undefined) reading.entries.push(entry);
  }
  return problems.length > before ? undefined : { input: reading.input ?? [], entries: reading.entries };
}

function readEntry(item: Located, reading: Reading): NetworkEntry | undefined {
  const { problems, defaults } = reading;
  if (item.kind !== "map") {
    problems.push(messages.notA(item.at, "an entry", "a mapping of keys", describe(item)));
    return undefined;
  }
  const before = problems.length;
  const name = textOf(item, "name");
  if (name === undefined) {
    problems.push(messages.keyMissing(item.at, "an entry", "name"));
    return undefined;
  }
  const from = readFrom(item, reading);
  const shapes = from.map((one) => shapeOf(one, reading));
  const view = [...viewKinds.keys()].find((kind) => item.entries.has(kind));
  if (view !== undefined) return readView(item, name, view, from, reading);
  const kind = KINDS.find((one) => item.entries.has(one)) ?? "";
  const inferred = inferredFields(kind, item, shapes[0]);
  const given = isHeavyKind(kind) ? defaults : withoutTrained(defaults);
  const layers = readLayer(withoutOwn(item), given, problems, reading.notes, inferred);
  const activation = readActivation(item, kind, defaults, problems);
  const [first] = layers;
  const last = layers.at(-1);
  if (problems.length > before || first === undefined || last === undefined) return undefined;
  if (reading.input === null && from.includes(INPUT)) reading.input = merged(first, 0);
  checkWords(item, first, from, reading);
  const own = outputShape(last);
  const read = shapes[0];
  const shape = IN_PLACE.has(kind) && read !== undefined && product(own) === product(read) ? read : own;
  return { name, kind, from, shape, layers, isHeavy: isHeavyKind(kind), activation };
}

/** Biases and normalisations are told for the heavy layers; light ones have their own trained values, or none. */
const withoutTrained = (defaults: Defaults): Defaults => ({
  ...defaults,
  common: new Map([...defaults.common].filter(([key]) => key !== "bias" && key !== "norm")),
});

/** A concatenation, a view of another shape. */
function readView(
  item: LocatedMap,
  name: string,
  kind: string,
  from: readonly string[],
  reading: Reading,
): NetworkEntry | undefined {
  const own = item.entries.get(kind)?.value;
  const heads = own?.kind === "map" ? own.entries.get("H")?.value : undefined;
  const shapes = from.flatMap((one) => {
    const shape = shapeOf(one, reading);
    return shape === undefined ? [] : [shape];
  });
  const shape = viewKinds.get(kind)?.(shapes, heads?.kind === "scalar" ? Number(heads.value) : 1);
  if (shape === undefined || shapes.length < from.length) {
    reading.problems.push(messages.shapesDiffer(item.at, name, kind, shapes));
    return undefined;
  }
  return { name, kind, from, shape, layers: [], isHeavy: false, activation: null };
}

const OWN = ["from", "activation"];
const withoutOwn = (item: LocatedMap): LocatedMap => ({
  ...item,
  entries: new Map([...item.entries].filter(([key]) => !OWN.includes(key))),
});

function textOf(item: LocatedMap, key: string): string | undefined {
  const value = item.entries.get(key)?.value;
  return value?.kind === "scalar" && value.value !== null ? String(value.value) : undefined;
}

/** The entries that one reads; the one before where it does not say. */
function readFrom(item: LocatedMap, { entries, problems }: Reading): readonly string[] {
  const given = item.entries.get("from")?.value;
  if (given === undefined) return [entries.at(-1)?.name ?? INPUT];
  const items = given.kind === "list" ? given.items : [given];
  const known = [INPUT, ...entries.map((entry) => entry.name)];
  return items.map((one) => {
    const name = one.kind === "scalar" ? String(one.value) : "";
    if (!known.includes(name)) problems.push(messages.noSuchEntry(one.at, name, known));
    return name;
  });
}

function shapeOf(name: string, { entries, input }: Reading): Shape | undefined {
  if (name === INPUT) return input ?? undefined;
  return entries.find((entry) => entry.name === name)?.shape;
}

/** What follows from the shape that is read: N, C, H and W, where the kind has such keys. */
function inferredFields(kind: string, item: LocatedMap, shape: Shape | undefined): ReadonlyMap<string, Field> {
  const fields = new Map<string, Field>();
  const keys = vocabularyOf(kind)?.keys ?? [];
  if (shape === undefined || !keys.includes("C")) return fields;
  const isRows = !keys.includes("H");
  const last = shape.length === 4 ? 1 : shape.length - 1;
  const values: Readonly<Record<string, number>> = isRows
    ? { N: product(shape.slice(0, last)), C: product(shape.slice(last)) }
    : { N: shape[0] ?? 1, C: shape[1] ?? 1, H: shape[2] ?? 1, W: shape[3] ?? 1 };
  for (const [key, value] of Object.entries(values))
    if (keys.includes(key)) fields.set(key, { value, key: item.at, at: item.at });
  return fields;
}

function readActivation(
  item: LocatedMap,
  kind: string,
  { common }: Defaults,
  problems: Diagnostic[],
): Activation | null {
  const given = item.entries.get("activation") ?? (isHeavyKind(kind) ? common.get("activation") : undefined);
  if (given === undefined) return null;
  const name = given.value.kind === "scalar" ? String(given.value.value) : "";
  if (name === "none") return null;
  if (activationDefinition(name) === undefined) {
    problems.push(
      messages.notA(
        given.value.at,
        "activation",
        `one of ${[...activationNames, "none"].join(", ")}`,
        describe(given.value),
      ),
    );
    return null;
  }
  return { kind: "activation", name };
}

/** An entry reads as many words as there are. */
function checkWords(item: LocatedMap, layer: Layer, from: readonly string[], reading: Reading): void {
  from.forEach((one, i) => {
    const shape = shapeOf(one, reading);
    const tensor = inputsOf(layer.einsum)[i];
    if (shape === undefined || tensor === undefined || product(shape) === product(tensor.shape)) return;
    reading.problems.push(messages.wordsDiffer(item.at, layer.name, tensor.name, tensor.shape, one, shape));
  });
}

/** The shape of an input, channels of all groups together. */
const merged = ({ einsum }: Layer, input: number): Shape => ungrouped(einsum.tensors[input]?.shape ?? []);

/** What a layer gives; a row of a fully connected layer as an image of one word. */
const outputShape = ({ einsum }: Layer): Shape => ungrouped(outputOf(einsum).shape);

/** `[n, g, c, h, w]` as `[n, g·c, h, w]`. */
const ungrouped = (shape: Shape): Shape => {
  const [n = 1, g = 1, c = 1, ...rest] = shape;
  return shape.length === 5 ? [n, g * c, ...rest] : shape;
};
