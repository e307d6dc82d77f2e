import {
  type Diagnostic,
  describe,
  didYouMean,
  type Located,
  type LocatedEntry,
  type LocatedMap,
  type LocatedScalar,
  type Location,
} from "../../base/index.js";
import { ExpressionError, type Scope, valueIn } from "./expression.js";

/** Reads Timeloop's YAML: collects problems and notes, resolves `<<` and `<<<`, works out expressions. */
export class Reader {
  readonly problems: Diagnostic[] = [];
  readonly notes: string[] = [];
  scope: Scope = () => undefined;

  report(code: string, at: Location, message: string, hint?: string): void {
    const diagnostic = { code: `timeloop/${code}`, message, at };
    this.problems.push(hint === undefined ? diagnostic : { ...diagnostic, hint });
  }
  note(text: string): void {
    if (!this.notes.includes(text)) this.notes.push(text);
  }

  /** The entries of a map, those merged into it (`<<: *x`, `<<<: *x`) included; what stands in the map itself wins. */
  map(node: Located | undefined, what: string): ReadonlyMap<string, LocatedEntry> {
    if (node === undefined || (node.kind === "scalar" && node.value === null)) return new Map();
    if (node.kind === "map") return merged(node);
    this.report("not-a-map", node.at, `${what} must be a mapping of keys, got ${describe(node)}`);
    return new Map();
  }

  list(node: Located | undefined, what: string): readonly Located[] {
    if (node === undefined || (node.kind === "scalar" && node.value === null)) return [];
    if (node.kind === "list") return node.items;
    this.report("not-a-list", node.at, `${what} must be a list, got ${describe(node)}`);
    return [];
  }

  name(node: Located | undefined, at: Location, what: string): string {
    if (node?.kind === "scalar" && node.value !== null && String(node.value) !== "") return String(node.value);
    const found = node === undefined ? "nothing" : describe(node);
    this.report("not-a-name", node?.at ?? at, `${what} must be a name, got ${found}`);
    return "";
  }

  /** Names in a list, or in a text with blanks or commas between them. */
  names(node: Located | undefined, what: string): readonly { readonly name: string; readonly at: Location }[] {
    if (node === undefined) return [];
    if (node.kind === "scalar" && node.value === null) return [];
    if (node.kind === "scalar")
      return String(node.value)
        .split(/[\s,]+/)
        .filter((name) => name !== "")
        .map((name) => ({ name, at: node.at }));
    return this.list(node, what).flatMap((item) => {
      const name = this.name(item, item.at, `each of ${what}`);
      return name === "" ? [] : [{ name, at: item.at }];
    });
  }

  number(node: Located, what: string, scope: Scope = this.scope): number | null {
    const value = node.kind === "scalar" ? this.valueOf(node, scope) : `a number is needed, got ${describe(node)}`;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    const reason = typeof value === "string" ? value : "it is not a finite number";
    this.report("not-a-number", node.at, `${what}: ${reason}`);
    return null;
  }

  positive(node: Located, what: string, scope: Scope = this.scope): number | null {
    const value = this.number(node, what, scope);
    if (value === null) return null;
    if (Number.isSafeInteger(value) && value >= 1) return value;
    this.report("not-positive", node.at, `${what} must be a positive whole number, got ${describe(node)}`);
    return null;
  }

  /** A positive number, not necessarily whole. */
  rate(node: Located, what: string, scope: Scope = this.scope): number | null {
    const value = this.number(node, what, scope);
    if (value === null || value > 0) return value;
    this.report("not-positive", node.at, `${what} must be above zero, got ${describe(node)}`);
    return null;
  }

  unknown(code: string, at: Location, what: string, name: string, known: readonly string[]): void {
    this.report(code, at, `there is no ${what} ${JSON.stringify(name)}`, didYouMean(name, known));
  }

  private valueOf(node: LocatedScalar, scope: Scope): number | string {
    if (typeof node.value === "number") return node.value;
    if (typeof node.value !== "string") return `a number is needed, got ${describe(node)}`;
    try {
      return valueIn(node.value, scope);
    } catch (error) {
      if (error instanceof ExpressionError) return `${JSON.stringify(node.value)} has no value: ${error.message}`;
      throw error;
    }
  }
}

const DEEPEST = 50;

/** What `<<` and `<<<` bring in, outermost last; `<<<` also merges maps that both sides have. */
export function merged(node: LocatedMap, depth = 0): ReadonlyMap<string, LocatedEntry> {
  const entries = new Map<string, LocatedEntry>();
  if (depth > DEEPEST) return entries;
  for (const sign of ["<<", "<<<"] as const) {
    const from = node.entries.get(sign)?.value;
    const sources = from?.kind === "list" ? from.items : from === undefined ? [] : [from];
    for (const source of sources)
      if (source.kind === "map")
        for (const [name, entry] of merged(source, depth + 1)) if (!entries.has(name)) entries.set(name, entry);
  }
  for (const [name, entry] of node.entries) {
    if (name === "<<" || name === "<<<") continue;
    const below = entries.get(name)?.value;
    const deep = node.entries.has("<<<") && below?.kind === "map" && entry.value.kind === "map";
    entries.set(name, deep ? { key: entry.key, value: joined(below, entry.value, depth + 1) } : entry);
  }
  return entries;
}

function joined(below: LocatedMap, above: LocatedMap, depth: number): LocatedMap {
  const entries = new Map(merged(below, depth));
  for (const [name, entry] of merged(above, depth)) {
    const other = entries.get(name)?.value;
    const deep = other?.kind === "map" && entry.value.kind === "map" && depth <= DEEPEST;
    entries.set(name, deep ? { key: entry.key, value: joined(other, entry.value, depth + 1) } : entry);
  }
  return { kind: "map", entries, at: above.at };
}
