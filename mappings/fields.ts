import { type Diagnostic, describe, didYouMean, type Located, type LocatedMap, type Location } from "../base/index.js";

/** Reads the fields of YAML maps; what is missing, unknown or of the wrong kind is reported, under the room's codes. */
export class Fields {
  readonly problems: Diagnostic[] = [];
  readonly #prefix: string;
  constructor(prefix: "mapping" | "dataflow") {
    this.#prefix = prefix;
  }

  report(code: string, at: Location, message: string, hint?: string): void {
    const diagnostic = { code: `${this.#prefix}/${code}`, message, at };
    this.problems.push(hint === undefined ? diagnostic : { ...diagnostic, hint });
  }

  /** Every key must be one of these. */
  onlyKeys(map: LocatedMap, known: readonly string[]): void {
    for (const [name, { key }] of map.entries)
      if (!known.includes(name))
        this.report("unknown-key", key, `unknown key ${JSON.stringify(name)}`, didYouMean(name, known));
  }

  mapOf(node: Located, what: string): LocatedMap | null {
    if (node.kind === "map") return node;
    this.report("not-a-map", node.at, `${what} must be a mapping of keys, got ${describe(node)}`);
    return null;
  }

  listOf(node: Located, what: string): readonly Located[] {
    if (node.kind === "list") return node.items;
    this.report("not-a-list", node.at, `${what} must be a list, got ${describe(node)}`);
    return [];
  }

  /** A name; numbers and booleans count as their text, as YAML reads some names so. */
  name(node: Located, what: string): string | null {
    if (node.kind === "scalar" && node.value !== null && node.value !== "") return String(node.value);
    this.report("not-a-name", node.at, `${what} must be a name, got ${describe(node)}`);
    return null;
  }

  /** A list of names; a single name stands for a list of one. */
  names(node: Located, what: string): readonly string[] {
    const items = node.kind === "scalar" ? [node] : this.listOf(node, what);
    return items.flatMap((item) => this.name(item, `each of ${what}`) ?? []);
  }

  positive(node: Located, what: string): number | null {
    if (node.kind === "scalar" && typeof node.value === "number" && Number.isSafeInteger(node.value) && node.value >= 1)
      return node.value;
    this.report("not-a-count", node.at, `${what} must be a positive whole number, got ${describe(node)}`);
    return null;
  }

  oneOf<T extends string>(node: Located, allowed: readonly T[], what: string): T | null {
    const found = node.kind === "scalar" ? allowed.find((word) => word === node.value) : undefined;
    if (found !== undefined) return found;
    this.report("not-one-of", node.at, `${what} must be ${allowed.join(" or ")}, got ${describe(node)}`);
    return null;
  }

  required(map: LocatedMap, key: string, what: string): Located | null {
    const entry = map.entries.get(key);
    if (entry !== undefined) return entry.value;
    this.report("missing-key", map.at, `${what} lacks ${JSON.stringify(key)}`);
    return null;
  }
}
