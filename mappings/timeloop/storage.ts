import type { StorageLevel } from "../../arch-specs/index.js";
import type { Located } from "../../base/index.js";
import type { Component } from "./components.js";
import type { Scope } from "./expression.js";
import type { Reader } from "./reader.js";

interface Storage {
  readonly wordBits: number;
  readonly block: number;
  /** Words, after multiple buffering other than double. */
  readonly capacity: number;
  readonly bandwidth: StorageLevel["bandwidth"];
  readonly buffering: StorageLevel["buffering"];
}

const WORD = ["word-bits", "word_bits", "word_width", "datawidth"];
const BLOCK = ["block-size", "block_size", "n_words"];
const CLUSTER = ["cluster-size", "cluster_size"];
const WIDTH = ["width", "memory_width", "data_storage_width"];
const DEPTH = ["depth", "memory_depth", "data_storage_depth"];
const BUFFERING = ["multiple-buffering", "multiple_buffering"];
const MODELLED: ReadonlySet<string> = new Set([
  ...[WORD, BLOCK, CLUSTER, WIDTH, DEPTH, BUFFERING].flat(),
  ...["entries", "sizeKB", "bandwidth", "read_bandwidth", "write_bandwidth", "shared_bandwidth"],
  ...["meshX", "meshY", "instances", "global_cycle_seconds", "version"],
]);
const DEFAULT_WORD_BITS = 16;

/** Word, block, capacity and bandwidths, as Timeloop derives them from whatever of them is written. */
export function readStorage(component: Component, reader: Reader): Storage {
  const { name } = component;
  const first = (keys: readonly string[]): Located | undefined => attributeOf(component, keys);
  const scope = scopeOf(component, reader);
  const whole = (keys: readonly string[]): number | null => {
    const node = first(keys);
    return node === undefined
      ? null
      : reader.positive(node, `${keys.find((k) => component.attributes.has(k))} of ${name}`, scope);
  };
  const rate = (key: string): number | null => {
    const node = component.attributes.get(key)?.value;
    return node === undefined ? null : reader.rate(node, `${key} of ${name}`, scope);
  };
  const wordBits = whole(WORD) ?? DEFAULT_WORD_BITS;
  const block = blockOf(component, wordBits, whole, reader);
  const depth = whole(DEPTH);
  const entries = whole(["entries"]);
  const kilobytes = rate("sizeKB");
  const size =
    entries ??
    (depth === null ? null : depth * block) ??
    (kilobytes === null ? null : Math.floor((kilobytes * 8192) / wordBits));
  const buffers = bufferingOf(component, scope, reader);
  const buffering = buffers === 2 ? "double" : "single";
  const usable = size === null ? Infinity : buffers === 2 ? size : Math.floor(size / buffers);
  const both = rate("bandwidth");
  return {
    wordBits,
    block,
    capacity: Math.max(usable, 1),
    buffering,
    bandwidth: {
      read: rate("read_bandwidth") ?? (both === null ? Infinity : both / 2),
      write: rate("write_bandwidth") ?? (both === null ? Infinity : both / 2),
      shared: rate("shared_bandwidth") ?? Infinity,
    },
  };
}

function blockOf(
  component: Component,
  wordBits: number,
  whole: (keys: readonly string[]) => number | null,
  reader: Reader,
): number {
  const given = whole(BLOCK);
  const cluster = whole(CLUSTER);
  const width = whole(WIDTH);
  if (width === null || given !== null) return given ?? 1;
  const block = width / wordBits / (cluster ?? 1);
  if (Number.isInteger(block) && block >= 1) return block;
  const at = attributeOf(component, WIDTH)?.at ?? component.at;
  const words =
    cluster === null || cluster === 1
      ? `words of ${wordBits} bits`
      : `${cluster} clusters of words of ${wordBits} bits`;
  reader.report("width", at, `the width of ${component.name}, ${width} bits, is no whole number of ${words}`);
  return 1;
}

/** How many instances share one access: `cluster_size`, or what a width beyond one block leaves. */
export function clusterOf(component: Component, reader: Reader): number {
  const scope = scopeOf(component, reader);
  const value = (keys: readonly string[]): number | null => {
    const node = attributeOf(component, keys);
    return node === undefined ? null : reader.positive(node, `${keys[0]} of ${component.name}`, scope);
  };
  const cluster = value(CLUSTER);
  if (cluster !== null) return cluster;
  const [width, block] = [value(WIDTH), value(BLOCK)];
  if (width === null || block === null) return 1;
  return Math.max(1, Math.floor(width / ((value(WORD) ?? DEFAULT_WORD_BITS) * block)));
}

function bufferingOf(component: Component, scope: Scope, reader: Reader): number {
  const node = attributeOf(component, BUFFERING);
  if (node === undefined) return 1;
  return reader.rate(node, `multiple_buffering of ${component.name}`, scope) ?? 1;
}

function attributeOf(component: Component, keys: readonly string[]): Located | undefined {
  const key = keys.find((name) => component.attributes.has(name));
  return key === undefined ? undefined : component.attributes.get(key)?.value;
}

/** Names in an expression are the component's other attributes, then the variables of the files. */
function scopeOf(component: Component, reader: Reader): Scope {
  const open = new Set<string>();
  const scope: Scope = (name) => {
    const node = component.attributes.get(name)?.value;
    if (node === undefined || open.has(name)) return reader.scope(name);
    if (node.kind !== "scalar" || node.value === null || typeof node.value === "boolean") return undefined;
    open.add(name);
    const before = reader.problems.length;
    const value = reader.number(node, `${name} of ${component.name}`, scope);
    reader.problems.length = before;
    open.delete(name);
    return value ?? undefined;
  };
  return scope;
}

/** One note an attribute that no figure of ours depends on, with the components that have it. */
export function noteAttributes(components: readonly Component[], reader: Reader): void {
  const holders = new Map<string, string[]>();
  for (const { name, attributes } of components)
    for (const attribute of attributes.keys())
      if (!MODELLED.has(attribute)) holders.set(attribute, [...(holders.get(attribute) ?? []), name]);
  for (const [attribute, names] of holders) reader.note(`${attribute} of ${names.join(", ")} is not modelled`);
}
