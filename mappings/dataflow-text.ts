import { failed, type Located, type LocatedMap, type Location, ok, parseYaml, type Result } from "../base/index.js";
import { type Dataflow, freeRule, type LevelRule } from "./dataflow.js";
import { Fields } from "./fields.js";

const KEYS = ["keeps", "mayKeep", "loopsBelow", "order", "factors", "maxFactors", "x", "y"];

/** Reads a dataflow: its name under `dataflow`, and one rule a level (or role), as docs/formats-mapping.md describes. */
export function parseDataflow(text: string, file: string): Result<Dataflow> {
  const document = parseYaml(text, file);
  if (!document.ok) return document;
  const fields = new Fields("dataflow");
  const root = fields.mapOf(document.value, "a dataflow");
  if (root === null) return failed(fields.problems);
  const title = fields.required(root, "dataflow", "the file");
  const name = title === null ? "" : (fields.name(title, "dataflow") ?? "");
  const rules = new Map<string, LevelRule>();
  for (const [level, { key, value }] of root.entries) {
    if (level === "dataflow") continue;
    const map = fields.mapOf(value, `the rule for ${level}`);
    if (map !== null) rules.set(level, readRule(map, key, fields));
  }
  return fields.problems.length > 0 ? failed(fields.problems) : ok({ name, rules });
}

function readRule(map: LocatedMap, at: Location, fields: Fields): LevelRule {
  fields.onlyKeys(map, KEYS);
  const names = (key: string): readonly string[] | null => {
    const node = map.entries.get(key)?.value;
    return node === undefined ? null : fields.names(node, key);
  };
  const tensors = (key: string): readonly string[] | "all" | null => {
    const node = map.entries.get(key)?.value;
    return node?.kind === "scalar" && node.value === "all" ? "all" : names(key);
  };
  const mayKeep = tensors("mayKeep");
  return {
    ...freeRule(at),
    keeps: tensors("keeps") ?? (mayKeep === null ? null : []),
    mayKeep: mayKeep ?? [],
    loopsBelow: names("loopsBelow"),
    order: names("order"),
    factors: readFactors(map.entries.get("factors")?.value, "factors", fields),
    maxFactors: readFactors(map.entries.get("maxFactors")?.value, "maxFactors", fields),
    x: names("x"),
    y: names("y"),
  };
}

function readFactors(node: Located | undefined, what: string, fields: Fields): ReadonlyMap<string, number> {
  const factors = new Map<string, number>();
  const map = node === undefined ? null : fields.mapOf(node, what);
  for (const [variable, { value }] of map?.entries ?? []) {
    const n = fields.positive(value, `${what} of ${variable}`);
    if (n !== null) factors.set(variable, n);
  }
  return factors;
}

/** The YAML form; `parseDataflow` reads back the same constraints. */
export function printDataflow(dataflow: Dataflow): string {
  const lines = [`dataflow: ${JSON.stringify(dataflow.name)}\n`];
  for (const [level, rule] of dataflow.rules) {
    const entries = Object.entries({
      keeps: rule.keeps,
      mayKeep: rule.mayKeep.length === 0 ? null : rule.mayKeep,
      loopsBelow: rule.loopsBelow,
      order: rule.order,
      factors: rule.factors.size === 0 ? null : Object.fromEntries(rule.factors),
      maxFactors: rule.maxFactors.size === 0 ? null : Object.fromEntries(rule.maxFactors),
      x: rule.x,
      y: rule.y,
    }).flatMap(([key, value]) => (value === null ? [] : [`${key}: ${JSON.stringify(value)}`]));
    lines.push(`${JSON.stringify(level)}: {${entries.join(", ")}}\n`);
  }
  return lines.join("");
}
