import { closest, distance } from "fastest-levenshtein";
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Node as YamlNode } from "yaml";
import type { Diagnostic, Location, Result } from "./diagnostic.js";
import { failed, ok } from "./diagnostic.js";

/** A YAML (or JSON) document whose every node knows its file, path, line and column. */
export type Located = LocatedScalar | LocatedMap | LocatedList;
export interface LocatedScalar {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  readonly at: Location;
  readonly tag?: string;
}
export interface LocatedList {
  readonly kind: "list";
  readonly items: readonly Located[];
  readonly at: Location;
  readonly tag?: string;
}
export interface LocatedMap {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, LocatedEntry>;
  readonly at: Location;
  readonly tag?: string;
}
export interface LocatedEntry {
  /** Where the key stands. */
  readonly key: Location;
  readonly value: Located;
}

const DEEPEST = 100;
/** Aliases can make a short text stand for a huge document. */
const MOST_NODES = 300_000;

/** Reads one YAML document. Syntax errors, repeated keys, nesting beyond 100 and binary content become diagnostics. */
export function parseYaml(text: string, file: string): Result<Located> {
  if (text.includes("\u0000"))
    return failed([{ code: "yaml/binary", message: "this is a binary file, not YAML text", at: { file, path: "" } }]);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: true,
    prettyErrors: false,
    logLevel: "error",
  });
  const positionOf = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  if (document.errors.length > 0)
    return failed(
      document.errors.map((error) => ({
        code: "yaml/syntax",
        message: error.message.replace(/\s+/g, " "),
        at: { file, path: "", ...positionOf(error.pos[0]) },
      })),
    );
  if (document.contents === null)
    return failed([
      {
        code: "yaml/empty",
        message: "the file is empty",
        at: { file, path: "", line: 1, column: 1 },
        hint: "see docs/ for an example",
      },
    ]);

  const problems: Diagnostic[] = [];
  let nodes = 0;
  // An alias stands for the last node of that name before it; `resolve` of the library walks the document each time.
  const anchors = new Map<string, unknown>();
  const convert = (node: unknown, path: string, depth: number, around: Location): Located => {
    const offset = (node as YamlNode | null)?.range?.[0];
    const at: Location = offset === undefined ? { ...around, path } : { file, path, ...positionOf(offset) };
    nodes++;
    if (depth > DEEPEST) problems.push({ code: "yaml/too-deep", message: `nested deeper than ${DEEPEST} levels`, at });
    if (nodes > MOST_NODES) problems.push({ code: "yaml/too-large", message: `more than ${MOST_NODES} values`, at });
    if (problems.length > 0) return { kind: "scalar", value: null, at };
    if (isAlias(node)) {
      if (!anchors.has(node.source))
        problems.push({ code: "yaml/unknown-alias", message: `there is no anchor &${node.source} before this`, at });
      return convert(anchors.get(node.source) ?? null, path, depth + 1, at);
    }
    const anchor = (node as { readonly anchor?: string } | null)?.anchor;
    if (anchor !== undefined) anchors.set(anchor, node);
    const tag = (node as YamlNode | null)?.tag;
    const tagged = tag === undefined ? {} : { tag };
    if (isSeq(node))
      return {
        kind: "list",
        items: node.items.map((item, i) => convert(item, `${path}[${i}]`, depth + 1, at)),
        at,
        ...tagged,
      };
    if (isMap(node)) {
      const entries = new Map<string, LocatedEntry>();
      for (const pair of node.items) {
        const name = isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
        const below = path === "" ? name : `${path}.${name}`;
        const key = convert(pair.key, below, depth + 1, at).at;
        entries.set(name, { key, value: convert(pair.value, below, depth + 1, key) });
      }
      return { kind: "map", entries, at, ...tagged };
    }
    const value: unknown = isScalar(node) ? node.value : null;
    const plain = typeof value === "bigint" ? Number(value) : value;
    const known =
      typeof plain === "string" || typeof plain === "number" || typeof plain === "boolean" || plain === null;
    return { kind: "scalar", value: known ? plain : String(plain), at, ...tagged };
  };
  const root = convert(document.contents, "", 0, { file, path: "" });
  return problems.length > 0 ? failed(problems.slice(0, 1)) : ok(root);
}

/** Collects diagnostics while a document is read, so that all of them are told at once. */
export class Problems {
  readonly list: Diagnostic[] = [];
  report(code: string, message: string, at: Location, hint?: string): void {
    this.list.push(hint === undefined ? { code, message, at } : { code, message, at, hint });
  }
  get none(): boolean {
    return this.list.length === 0;
  }
  /** The value if nothing was reported, else every problem. */
  result<T>(value: T): Result<T> {
    return this.none ? ok(value) : failed(this.list);
  }
}

/** `did you mean "Wstride"?` where one of the candidates is near enough to the word, else the list of candidates. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  if (candidates.length === 0) return "nothing is expected here";
  const lower = new Map(candidates.map((candidate) => [candidate.toLowerCase(), candidate]));
  const near = closest(word.toLowerCase(), [...lower.keys()]);
  const allowed = word.length === 1 ? 0 : Math.max(1, Math.floor(word.length / 3));
  if (distance(word.toLowerCase(), near) <= allowed) return `did you mean ${JSON.stringify(lower.get(near))}?`;
  return `expected one of: ${listed(candidates)}`;
}

/** Names in a row; of very many the first ones. */
export const listed = (names: readonly string[]): string =>
  names.length <= MOST_LISTED ? names.join(", ") : `${names.slice(0, FEWER_LISTED).join(", ")}, …`;
const [MOST_LISTED, FEWER_LISTED] = [40, 24];

/** What kind of thing a node is, for messages: `a list`, `the text "abc"`, `12`. */
export function describe(node: Located): string {
  switch (node.kind) {
    case "list":
      return "a list";
    case "map":
      return "a mapping of keys";
    default: {
      if (node.value === null) return "nothing";
      return typeof node.value === "string" ? `the text ${JSON.stringify(node.value)}` : String(node.value);
    }
  }
}

/** Where a thing read from a string argument or made by the program stands. */
export const inArgument = (file: string, path = ""): Location => ({ file, path });
