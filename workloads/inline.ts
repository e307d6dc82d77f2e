import { type Diagnostic, failed, inArgument, type Location, ok, type Result } from "../base/index.js";
import type { Einsum, Layer, Workload } from "./einsum.js";
import { EinsumSyntaxError, readEinsumSyntax } from "./einsum-syntax.js";
import { type Field, fieldOf } from "./fields.js";
import { kindNames, readKind } from "./kinds.js";
import * as messages from "./messages.js";
import { namesIn, parseEinsum } from "./parse-einsum.js";
import { type Part, partName } from "./recipes/build.js";
import { einsumWithTypes, elementType, elementTypeHint, elementTypeNames, type RunType } from "./types.js";

/** Whether an argument is an inline layer (`conv:…`) rather than the name of a workload or file. */
export const isInlineLayer = (argument: string): boolean =>
  [...kindNames, "einsum"].some((kind) => argument.startsWith(`${kind}:`));

/**
 * A workload of one layer from one argument: `conv:N=1,M=96,C=3,H=227,W=227,R=11,S=11,U=4,Z=0`, `gemm:M=64,N=64,K=64`,
 * `einsum:'O[m,n] += A[m,k]*B[k,n]',M=4,N=4,K=4` (the quotes may have been taken by the shell). Beside the kind's own keys:
 * `padding=free`, `type=int8`.
 */
export function parseInlineLayer(argument: string): Result<Workload> {
  const at = inArgument(argument);
  const colon = argument.indexOf(":");
  const kind = colon < 0 ? argument : argument.slice(0, colon);
  if (colon < 0 || (kind !== "einsum" && !kindNames.includes(kind)))
    return failed([messages.unknownKind(at, kind, [...kindNames, "einsum"])]);
  const problems: Diagnostic[] = [];
  const notes: string[] = [];
  const parts = splitOutside(argument.slice(colon + 1));
  const text = kind === "einsum" ? unquoted(parts.shift() ?? "") : "";
  const fields = readParts(argument, parts, problems);
  const common = takeCommon(fields, problems);
  const read =
    kind === "einsum"
      ? onlyPart(inlineEinsum(text, fields, at, problems))
      : readKind(kind, fields, at, problems, notes)?.parts;
  if (read === undefined || problems.length > 0) return failed(messages.eachOnce(problems));
  const layers = read.map(({ name, einsum, repeat }): Layer => {
    const typed = common.type === undefined ? einsum : einsumWithTypes(einsum, common.type);
    const padded = { ...typed, padding: common.padding ?? typed.padding };
    return { name: partName(kind, name), kind, repeat, einsum: padded };
  });
  return ok({ name: argument, layers, source: "given on the command line", notes });
}

const onlyPart = (einsum: Einsum | undefined): readonly Part[] | undefined =>
  einsum === undefined ? undefined : [{ name: "", einsum, repeat: 1 }];

/** Splits at commas that stand outside of brackets, parentheses and quotes. */
function splitOutside(text: string): string[] {
  const parts = [""];
  let depth = 0;
  let quote = "";
  for (const letter of text) {
    if (quote !== "") quote = letter === quote ? "" : quote;
    else if (letter === "'" || letter === '"') quote = letter;
    else if (letter === "[" || letter === "(") depth++;
    else if (letter === "]" || letter === ")") depth--;
    if (letter === "," && depth <= 0 && quote === "") parts.push("");
    else parts.push(`${parts.pop() ?? ""}${letter}`);
  }
  return parts;
}

const unquoted = (text: string): string => text.trim().replace(/^(['"])(.*)\1$/s, "$2");

function readParts(argument: string, parts: readonly string[], problems: Diagnostic[]): Map<string, Field> {
  const fields = new Map<string, Field>();
  for (const part of parts) {
    const match = /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/s.exec(part);
    const name = match?.[1];
    const value = unquoted(match?.[2] ?? "");
    if (name === undefined) {
      if (part.trim() !== "" || parts.length > 1) problems.push(messages.notKeyValue(inArgument(argument), part));
    } else if (fields.has(name)) problems.push(messages.keyTwice(inArgument(argument, name), name, name));
    else
      fields.set(name, fieldOf(argument, name, /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(value) ? Number(value) : value));
  }
  return fields;
}

/** The keys that every kind has; they are taken out of the fields. */
function takeCommon(
  fields: Map<string, Field>,
  problems: Diagnostic[],
): { padding?: Einsum["padding"]; type?: RunType } {
  const common: { padding?: Einsum["padding"]; type?: RunType } = {};
  const padding = fields.get("padding");
  if (padding !== undefined) {
    fields.delete("padding");
    if (padding.value === "free" || padding.value === "counted") common.padding = padding.value;
    else if (typeof padding.value === "number") fields.set("Z", padding);
    else problems.push(messages.notA(padding.at, "padding", "free or counted", JSON.stringify(padding.value)));
  }
  const type = fields.get("type");
  if (type !== undefined) {
    fields.delete("type");
    const name = String(type.value);
    if (elementType(name) === undefined)
      problems.push(
        messages.notA(
          type.at,
          "type",
          `one of ${elementTypeNames.join(", ")}`,
          JSON.stringify(name),
          elementTypeHint(name),
        ),
      );
    else common.type = name as RunType;
  }
  return common;
}

/** Whole numbers are bounds and constants; `I=1x3x224x224` is the shape of the tensor I. */
function inlineEinsum(
  text: string,
  fields: ReadonlyMap<string, Field>,
  at: Location,
  problems: Diagnostic[],
): Einsum | undefined {
  const bounds = new Map<string, number>();
  const shapes = new Map<string, readonly number[]>();
  const vectors = vectorsIn(text);
  for (const [name, { value, at: where }] of fields) {
    if (typeof value === "number" && vectors.has(name)) shapes.set(name, [value]);
    else if (typeof value === "number") bounds.set(name, value);
    else if (typeof value === "string" && /^\d+(x\d+)*$/.test(value)) shapes.set(name, value.split("x").map(Number));
    else problems.push(messages.notPositive(where, name, value));
  }
  const result = parseEinsum(text, { bounds, shapes }, at, (name) => fields.get(name)?.at ?? at);
  if (result.ok) return result.value;
  problems.push(...result.errors);
  return undefined;
}

/** The tensors of one axis whose name is no variable's bound nor a constant: `I=8` is then a shape. */
function vectorsIn(text: string): ReadonlySet<string> {
  const syntax = readEinsumSyntax(text);
  if (syntax instanceof EinsumSyntaxError) return new Set();
  const taken = namesIn(syntax).map((name) => name.toUpperCase());
  const vectors = [syntax.output, ...syntax.inputs].filter((tensor) => tensor.ranks.length === 1);
  return new Set(vectors.map((tensor) => tensor.name).filter((name) => !taken.includes(name)));
}
