import { describe, didYouMean, type Located, type LocatedMap, type Location, type Problems } from "../base/index.js";
import type { ComponentTable, PerAxis, TensorSet } from "./architecture.js";
import { evaluate } from "./expression.js";
import { type Conversion, type Measure, measure } from "./measures.js";
import * as messages from "./messages.js";
import { textOf, type Variables } from "./variables.js";

/** What the readers of a file's parts share. */
export interface Reading {
  readonly problems: Problems;
  readonly variables: Variables;
  readonly clockHz: number | undefined;
  /** The process that levels are made in unless they say otherwise. */
  readonly technologyNm: number | undefined;
  readonly volts: number;
  /** The components that the file defines. */
  readonly components: ReadonlyMap<string, ComponentTable>;
  /** The tensors of the workload at hand; none: not told, any name may be one. */
  readonly tensors: readonly string[];
}

/** The clock of a file that names none. */
export const DEFAULT_CLOCK_HZ = 1e9;

/** One level (or the file itself) while it is read: its keys, what to call it in messages, the width of its words and the words of an access. */
export interface Part {
  readonly node: LocatedMap;
  readonly title: string;
  readonly wordBits: number;
  readonly block: number;
}

export const NAME: RegExp = /^[A-Za-z_][\w.\-/@+]*$/;

export function child(part: Part, key: string): Located | undefined {
  return part.node.entries.get(key)?.value;
}

export function checkKeys(reading: Reading, part: Part, known: readonly string[]): void {
  for (const [key, { key: at }] of part.node.entries)
    if (!known.includes(key)) messages.unknownKey(reading.problems, at, key, part.title, known);
}

/** A figure that stands at the node; undefined where it is wrong (and reported). */
export function figureAt(
  reading: Reading,
  node: Located,
  what: string,
  by: Measure,
  { wordBits, block }: Pick<Part, "wordBits" | "block">,
): number | undefined {
  const { problems, variables, clockHz } = reading;
  if (node.kind !== "scalar" || typeof node.value === "boolean" || node.value === null) {
    messages.wrongKind(problems, node.at, what, "a number or an expression", describe(node));
    return undefined;
  }
  if (typeof node.value === "number" && !Number.isFinite(node.value)) {
    messages.outOfRange(problems, node.at, what, by.range, { shown: String(node.value), example: by.example });
    return undefined;
  }
  const result = evaluate(textOf(node.value), variables.scope);
  if (!result.ok) {
    messages.expressionFailed(problems, node.at, what, result.problem, variables.names);
    return undefined;
  }
  const to: Conversion = { wordBits, block, clockHz };
  const measured = measure(result.value, by, to);
  switch (measured.kind) {
    case "value":
      return measured.value;
    case "wrong-unit":
      messages.wrongUnit(problems, node.at, what, result.value.dimension, by.example);
      return undefined;
    case "needs-clock":
      messages.needsClock(problems, node.at, what);
      return undefined;
    case "out-of-range":
      messages.outOfRange(problems, node.at, what, by.range, {
        shown: String(measured.value),
        example: by.example,
      });
      return undefined;
  }
}

/** The figure at a key, or the default where the key is absent (or its figure wrong). */
export function figure(reading: Reading, part: Part, key: string, by: Measure, otherwise: number): number {
  const node = child(part, key);
  if (node === undefined) return otherwise;
  return figureAt(reading, node, `${key} of ${part.title}`, by, part) ?? otherwise;
}

/** A name that stands at the node. */
export function nameAt(reading: Reading, node: Located, what: string): string | undefined {
  if (node.kind === "scalar" && typeof node.value === "string" && NAME.test(node.value)) return node.value;
  messages.badName(reading.problems, node.at, what, describe(node));
  return undefined;
}

/** One of some words at a key. */
export function choice<T extends string>(
  reading: Reading,
  part: Part,
  key: string,
  known: readonly T[],
  otherwise: T,
): T {
  const node = child(part, key);
  if (node === undefined) return otherwise;
  const found = node.kind === "scalar" ? String(node.value) : describe(node);
  const value = known.find((word) => word === found);
  if (value === undefined) messages.notOneOf(reading.problems, node.at, `${key} of ${part.title}`, found, known);
  return value ?? otherwise;
}

/** `all`, `none`, one name or a list of names. */
export function tensorSetAt(reading: Reading, node: Located, what: string): TensorSet {
  if (node.kind === "scalar" && node.value === "all") return "all";
  if (node.kind === "scalar" && node.value === "none") return new Set();
  if (node.kind === "map") {
    messages.wrongKind(reading.problems, node.at, what, "all, none or a list of tensors", describe(node));
    return new Set();
  }
  const names = new Set<string>();
  for (const item of node.kind === "list" ? node.items : [node]) {
    const name = nameAt(reading, item, `a tensor of ${what}`);
    if (name === undefined) continue;
    if (name === "all" || name === "none")
      messages.wrongKind(reading.problems, item.at, what, `${name} by itself, or a list of tensors`, "both");
    names.add(name);
    checkTensor(reading, item.at, name, what);
  }
  return names;
}

/** Files may name tensors that other workloads have; a name that is nearly one of this workload's is a slip. */
export function checkTensor(reading: Reading, at: Location, name: string, what: string): void {
  if (name === "all" || name === "none" || reading.tensors.includes(name)) return;
  const hint = didYouMean(name, reading.tensors);
  if (hint.startsWith("did")) messages.unknownTensor(reading.problems, at, name, what, hint);
}

export function tensorSet(reading: Reading, part: Part, key: string): TensorSet | undefined {
  const node = child(part, key);
  return node === undefined ? undefined : tensorSetAt(reading, node, `${key} of ${part.title}`);
}

/** A tensor set for both axes, or one each; an axis left out of `{x: …}` has none. */
export function perAxis(reading: Reading, part: Part, key: string, otherwise: TensorSet): PerAxis {
  const node = child(part, key);
  if (node === undefined) return { x: otherwise, y: otherwise };
  const what = `${key} of ${part.title}`;
  if (node.kind !== "map") {
    const set = tensorSetAt(reading, node, what);
    return { x: set, y: set };
  }
  const axes: Part = { ...part, node, title: what };
  checkKeys(reading, axes, ["x", "y"]);
  const along = (axis: "x" | "y"): TensorSet => tensorSet(reading, axes, axis) ?? new Set();
  return { x: along("x"), y: along("y") };
}

/** Where a part's key stands, else the part. */
export const placeOf = (part: Part, key: string): Location => part.node.entries.get(key)?.value.at ?? part.node.at;
