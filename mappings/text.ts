import { describe, failed, type Located, type Location, ok, parseYaml, type Result } from "../base/index.js";
import { Fields } from "./fields.js";
import type { Mapping, MappingNode } from "./mapping.js";

/** A mapping as a user wrote it, and where each of its nodes stands in the file (−1: the mapping as a whole). */
export interface ParsedMapping {
  readonly mapping: Mapping;
  readonly at: (nodeIndex: number) => Location;
}

const KINDS = ["keep", "for", "spatial"] as const;

/** Reads the YAML (or JSON) form: a list of nodes, outermost first, under the key `mapping` or by itself. */
export function parseMapping(text: string, file: string): Result<ParsedMapping> {
  const document = parseYaml(text, file);
  if (!document.ok) return document;
  const fields = new Fields("mapping");
  const list = listIn(document.value, fields);
  const items = list === null ? [] : fields.listOf(list, "mapping");
  const nodes: MappingNode[] = [];
  const places: Location[] = [];
  for (const item of items) {
    const node = readNode(item, fields);
    if (node === null) continue;
    nodes.push(node);
    places.push(item.at);
  }
  if (fields.problems.length > 0) return failed(fields.problems);
  const whole = list?.at ?? document.value.at;
  return ok({ mapping: { nodes }, at: (nodeIndex) => places[nodeIndex] ?? whole });
}

function listIn(root: Located, fields: Fields): Located | null {
  if (root.kind === "list") return root;
  if (root.kind === "map") {
    fields.onlyKeys(root, ["mapping"]);
    return fields.required(root, "mapping", "the file");
  }
  fields.report("not-a-mapping", root.at, `expected a list of nodes under "mapping:", got ${describe(root)}`);
  return null;
}

function readNode(item: Located, fields: Fields): MappingNode | null {
  const map = fields.mapOf(item, "a node of the mapping");
  if (map === null) return null;
  const kind = KINDS.find((key) => map.entries.has(key));
  const first = kind === undefined ? undefined : map.entries.get(kind);
  if (kind === undefined || first === undefined) {
    fields.onlyKeys(map, [...KINDS, "in", "by", "axis"]);
    fields.report("no-kind", map.at, 'a node needs one of the keys "keep", "for", "spatial"', "{for: c, by: 1}");
    return null;
  }
  if (kind === "keep") {
    fields.onlyKeys(map, ["keep", "in"]);
    const level = fields.required(map, "in", "a keep node");
    const tensors = fields.names(first.value, "keep");
    const name = level === null ? null : fields.name(level, "in");
    return name === null ? null : { kind, tensors, level: name };
  }
  fields.onlyKeys(map, kind === "for" ? ["for", "by"] : ["spatial", "by", "axis", "in"]);
  const variable = fields.name(first.value, kind);
  const tile = fields.required(map, "by", `the ${kind} loop`);
  const by = tile === null ? null : fields.positive(tile, "by");
  if (kind === "for") return variable === null || by === null ? null : { kind, variable, by };
  const direction = fields.required(map, "axis", "the spatial loop");
  const axis = direction === null ? null : fields.oneOf(direction, ["x", "y"], "axis");
  const on = map.entries.get("in");
  const fanout = on === undefined ? null : fields.name(on.value, "in");
  return variable === null || by === null || axis === null ? null : { kind, variable, by, axis, fanout };
}
