import {
  type Diagnostic,
  failed,
  type Located,
  type LocatedEntry,
  type LocatedMap,
  type Location,
  ok,
  parseYaml,
  type Result,
} from "../../base/index.js";
import { PROBLEM_BASE } from "./shapes.js";

/** One of the files that describe a design to Timeloop. */
export interface TimeloopFile {
  readonly name: string;
  readonly text: string;
}
interface Line {
  readonly text: string;
  readonly file: string;
  readonly number: number;
}

const INCLUDE = /^\s*\{\{\s*include_text\(\s*['"]([^'"]+)['"]\s*\)\s*\}\}\s*$/;
const COMBINED = "\u0001combined";

/**
 * Reads several files as Timeloop does: as one document, one text after the other, so that anchors of one serve the others.
 * A line `{{include_text('…')}}` gives way to the file of that name among them, or to the built-in `problem_base.yaml`.
 */
export function readDocuments(files: readonly TimeloopFile[]): Result<LocatedMap> {
  const binary = files.find(({ text }) => text.includes("\u0000"));
  if (binary !== undefined) return reread(binary);
  const included = new Set<string>();
  const problems: Diagnostic[] = [];
  const texts = files.map((file) => linesOf(file, files, included, problems));
  const lines = texts.filter((_, i) => !included.has(files[i]?.name ?? "")).flat();
  if (problems.length > 0) return failed(problems);
  const parsed = parseYaml(lines.map((line) => line.text).join("\n"), COMBINED);
  const whereOf = (at: Location): Location => {
    const line = at.line === undefined ? undefined : lines[Math.min(at.line, lines.length) - 1];
    const file = line?.file ?? files[0]?.name ?? "";
    if (line === undefined) return { file, path: at.path };
    return { file, path: at.path, line: line.number, column: at.column ?? 1 };
  };
  if (!parsed.ok) return failed(parsed.errors.map((error) => ({ ...error, at: whereOf(error.at) })));
  const root = relocated(parsed.value, whereOf);
  if (root.kind === "map") return ok(root);
  const message = 'expected top-level keys such as "architecture", "problem", "mapping"';
  return failed([{ code: "timeloop/not-a-document", message, at: root.at }]);
}

/** The file by itself, for the problem that it has. */
function reread({ name, text }: TimeloopFile): Result<LocatedMap> {
  const parsed = parseYaml(text, name);
  if (!parsed.ok) return parsed;
  throw new Error(`${name} was expected to be wrong`);
}

function linesOf(
  file: TimeloopFile,
  files: readonly TimeloopFile[],
  included: Set<string>,
  problems: Diagnostic[],
): readonly Line[] {
  return file.text.split(/\r?\n/).flatMap((text, i): readonly Line[] => {
    const number = i + 1;
    const plain = /^(---|\.\.\.|%YAML\b.*)\s*$/.test(text) ? "" : text;
    const name = INCLUDE.exec(text)?.[1];
    if (name === undefined) {
      const jinja = /\{\{|\{%/.exec(text);
      if (jinja !== null && !/^\s*#/.test(text)) problems.push(jinjaFound({ ...here(file.name, number, jinja.index) }));
      return [{ text: plain, file: file.name, number }];
    }
    const base = baseName(name);
    const target = files.find((other) => other !== file && baseName(other.name) === base);
    if (target !== undefined) {
      if (included.has(target.name)) return [];
      included.add(target.name);
      return linesOf(
        target,
        files.filter((other) => other !== file),
        included,
        problems,
      );
    }
    if (base === "problem_base.yaml")
      return PROBLEM_BASE.split("\n").map((line) => ({ text: line, file: file.name, number }));
    problems.push({
      code: "timeloop/missing-include",
      message: `the included file ${JSON.stringify(name)} was not given`,
      at: here(file.name, number, 0),
      hint: "give it beside the others; only problem_base.yaml is built in",
    });
    return [];
  });
}

const here = (file: string, line: number, index: number): Location => ({ file, path: "", line, column: index + 1 });
const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

const jinjaFound = (at: Location): Diagnostic => ({
  code: "timeloop/jinja",
  message: "Jinja templates are not expanded here, except a line {{include_text('…')}}",
  at,
  hint: "expand the template first, or give the plain files",
});

function relocated(node: Located, whereOf: (at: Location) => Location): Located {
  const at = whereOf(node.at);
  switch (node.kind) {
    case "list":
      return { ...node, at, items: node.items.map((item) => relocated(item, whereOf)) };
    case "map": {
      const entries = new Map<string, LocatedEntry>();
      for (const [name, { key, value }] of node.entries)
        entries.set(name, { key: whereOf(key), value: relocated(value, whereOf) });
      return { ...node, at, entries };
    }
    default:
      return { ...node, at };
  }
}
