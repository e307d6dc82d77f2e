import { describe, inArgument, type Located, type Location, type Problems } from "../base/index.js";
import { type Evaluated, evaluate, FUNCTION_NAMES, type Quantity, type Scope, UNITS } from "./expression.js";
import * as messages from "./messages.js";

/** The variables of one file, each with a value; those without one are known but broken. */
export interface Variables {
  readonly names: readonly string[];
  readonly scope: Scope;
}

interface Definition {
  readonly text: string;
  readonly at: Location;
}

const WORDS_OF_MATHJS: readonly string[] = [
  "to",
  "in",
  "mod",
  "and",
  "or",
  "xor",
  "not",
  "end",
  "true",
  "false",
  "null",
];
const RESERVED: ReadonlySet<string> = new Set([...UNITS.keys(), ...FUNCTION_NAMES, ...WORDS_OF_MATHJS]);

/** Reads `variables:` with the settings in place of their texts, and gives each its value, in any order of definition. */
export function readVariables(
  node: Located | undefined,
  settings: ReadonlyMap<string, string>,
  problems: Problems,
): Variables {
  const definitions = define(node, problems);
  const names = [...definitions.keys()];
  for (const [name, text] of settings) {
    const at = inArgument(`--set ${name}=${text}`);
    if (definitions.has(name)) definitions.set(name, { text, at });
    else messages.unknownSetting(problems, at, name, names);
  }
  return { names, scope: solve(definitions, problems) };
}

function define(node: Located | undefined, problems: Problems): Map<string, Definition> {
  const definitions = new Map<string, Definition>();
  if (node === undefined) return definitions;
  if (node.kind !== "map") {
    messages.wrongKind(problems, node.at, "variables", "a mapping of names to values", describe(node));
    return definitions;
  }
  for (const [name, { key, value }] of node.entries) {
    if (!/^[A-Za-z]\w*$/.test(name) || RESERVED.has(name)) messages.badVariableName(problems, key, name);
    else if (value.kind !== "scalar" || (typeof value.value !== "number" && typeof value.value !== "string"))
      messages.wrongKind(problems, value.at, `variable ${JSON.stringify(name)}`, "a number or text", describe(value));
    else definitions.set(name, { text: textOf(value.value), at: value.at });
    if (!definitions.has(name)) definitions.set(name, { text: "", at: value.at });
  }
  return definitions;
}

/** A number as an expression; the infinite ones come out as names that no expression knows. */
export const textOf = (value: string | number): string => String(value);

function solve(definitions: ReadonlyMap<string, Definition>, problems: Problems): Scope {
  const values = new Map<string, Quantity | "broken">();
  const open: string[] = [];
  const names = [...definitions.keys()];
  const scope: Scope = (name) => {
    const known = values.get(name);
    const definition = definitions.get(name);
    if (known !== undefined || definition === undefined) return known;
    const start = open.indexOf(name);
    if (start >= 0) {
      messages.circular(problems, definition.at, [...open.slice(start), name]);
      return "broken";
    }
    open.push(name);
    const result: Evaluated =
      definition.text === "" ? { ok: false, problem: { kind: "silent" } } : evaluate(definition.text, scope);
    open.pop();
    const value = result.ok ? result.value : "broken";
    values.set(name, value);
    if (!result.ok)
      messages.expressionFailed(problems, definition.at, `variable ${JSON.stringify(name)}`, result.problem, names);
    return value;
  };
  for (const name of names) scope(name);
  return scope;
}
