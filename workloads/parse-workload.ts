import {
  type Diagnostic,
  describe,
  failed,
  type Located,
  type LocatedEntry,
  type LocatedMap,
  type Location,
  ok,
  parseYaml,
  type Result,
} from "../base/index.js";
import type { Layer, Workload } from "./einsum.js";
import * as messages from "./messages.js";
import type { Network } from "./network/network.js";
import { readNetwork } from "./network/read.js";
import { type Defaults, NO_DEFAULTS, readDefaults, readLayer } from "./parse-layer.js";

const KEYS = ["name", "source", "notes", "defaults", "layers", "network"];

/** A workload from the text of a layers file (YAML or JSON); docs/formats-workload.md describes it. All problems are told at once. */
export function parseWorkload(text: string, file: string): Result<Workload> {
  const document = parseYaml(text, file);
  if (!document.ok) return document;
  const root = document.value;
  if (root.kind !== "map")
    return failed([messages.notA(root.at, "a workload", "a mapping with the key layers", describe(root))]);
  const problems: Diagnostic[] = [];
  for (const [key, entry] of root.entries)
    if (!KEYS.includes(key)) problems.push(messages.unknownKey(entry.key, key, KEYS));
  const notes = [...readNotes(root.entries.get("notes"), problems)];
  const given = root.entries.get("defaults");
  const defaults = given === undefined ? NO_DEFAULTS : readDefaults(given.value, problems, root.entries.has("network"));
  const network = readEntries(root, defaults, problems, notes);
  const layers = network === null ? readLayers(root, defaults, problems, notes) : heavyLayers(network);
  const name = readText(root.entries.get("name"), "name", problems) ?? stemOf(file);
  const source = readText(root.entries.get("source"), "source", problems) ?? "";
  if (problems.length > 0) return failed(messages.eachOnce(problems));
  const workload = { name, layers, source, notes: [...new Set(notes)] };
  return ok(network === null ? workload : { ...workload, network });
}

/** The entries of `network`; null where the file lists layers. */
function readEntries(root: LocatedMap, defaults: Defaults, problems: Diagnostic[], notes: string[]): Network | null {
  const entry = root.entries.get("network");
  if (entry === undefined) return null;
  const none: Network = { input: [], entries: [] };
  const layers = root.entries.get("layers");
  if (layers !== undefined) problems.push(messages.layersAndNetwork(layers.key));
  const { value } = entry;
  if (value.kind !== "list" || value.items.length === 0) {
    problems.push(messages.notA(value.at, "network", "a list of entries", describe(value)));
    return none;
  }
  const names = new Set<string>();
  for (const item of value.items) checkName(item, layerName(item), names, problems);
  return readNetwork(value.items, defaults, problems, notes) ?? none;
}

const heavyLayers = ({ entries }: Network): readonly Layer[] =>
  entries.flatMap(({ isHeavy, layers }) => (isHeavy ? layers : []));

/** `nets/vgg.yaml` is called vgg unless it says otherwise. */
const stemOf = (file: string): string => (file.split(/[\\/]/).at(-1) ?? file).replace(/\.[a-z]+$/i, "");

function readText(entry: LocatedEntry | undefined, key: string, problems: Diagnostic[]): string | undefined {
  if (entry === undefined) return undefined;
  const { value } = entry;
  if (value.kind === "scalar" && value.value !== null) return String(value.value);
  problems.push(messages.notA(value.at, key, "text", describe(value)));
  return undefined;
}

function readNotes(entry: LocatedEntry | undefined, problems: Diagnostic[]): string[] {
  if (entry === undefined) return [];
  const items = entry.value.kind === "list" ? entry.value.items : [entry.value];
  return items.flatMap((item) => {
    if (item.kind === "scalar" && item.value !== null) return [String(item.value)];
    problems.push(messages.notA(item.at, "a note", "text", describe(item)));
    return [];
  });
}

function readLayers(root: LocatedMap, defaults: Defaults, problems: Diagnostic[], notes: string[]): readonly Layer[] {
  const entry = root.entries.get("layers");
  if (entry === undefined) {
    problems.push(messages.keyMissing(root.at, "a workload", "layers", "add layers: [{name: …, conv: {…}}]"));
    return [];
  }
  const list = entry.value;
  if (list.kind !== "list" || list.items.length === 0) {
    const found = list.kind === "list" ? "an empty list" : describe(list);
    problems.push(messages.notA(list.at, "layers", "a list of layers", found, "add - {name: …, conv: {…}}"));
    return [];
  }
  const names = new Set<string>();
  return list.items.flatMap((item) => {
    const layers = readLayer(item, defaults, problems, notes);
    checkName(item, layerName(item), names, problems);
    return layers;
  });
}

function layerName(item: Located): { name: string; at: Location } | undefined {
  const entry = item.kind === "map" ? item.entries.get("name") : undefined;
  return entry?.value.kind === "scalar" ? { name: String(entry.value.value), at: entry.value.at } : undefined;
}

function checkName(
  item: Located,
  found: { name: string; at: Location } | undefined,
  names: Set<string>,
  problems: Diagnostic[],
): void {
  if (found === undefined) {
    if (item.kind === "map") problems.push(messages.keyMissing(item.at, "a layer", "name"));
    return;
  }
  if (names.has(found.name)) problems.push(messages.layerTwice(found.at, found.name));
  names.add(found.name);
}
