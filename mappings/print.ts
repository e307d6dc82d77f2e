import { unreachable } from "../base/index.js";
import type { LegalMapping, Mapping, MappingNode, ResolvedNode } from "./mapping.js";
import { levelAt } from "./tensors.js";

/** The JSON form of a mapping (design, section 6). A spatial loop whose fan-out is left open has no `in`. */
export type MappingJson = readonly NodeJson[];
export type NodeJson =
  | { readonly keep: readonly string[]; readonly in: string }
  | { readonly for: string; readonly by: number }
  | { readonly spatial: string; readonly by: number; readonly axis: "x" | "y"; readonly in?: string };

export const mappingToJson = (mapping: Mapping): MappingJson => mapping.nodes.map(nodeToJson);

function nodeToJson(node: MappingNode): NodeJson {
  switch (node.kind) {
    case "keep":
      return { keep: node.tensors, in: node.level };
    case "for":
      return { for: node.variable, by: node.by };
    case "spatial": {
      const loop = { spatial: node.variable, by: node.by, axis: node.axis };
      return node.fanout === null ? loop : { ...loop, in: node.fanout };
    }
    default:
      return unreachable(node);
  }
}

/** The YAML form; `parseMapping` reads back the same mapping. */
export function printMapping(mapping: Mapping): string {
  const lines = mapping.nodes.map((node) => {
    const fields = Object.entries(nodeToJson(node)).map(([key, value]) => `${key}: ${flow(value)}`);
    return `  - {${fields.join(", ")}}\n`;
  });
  return lines.length === 0 ? "mapping: []\n" : `mapping:\n${lines.join("")}`;
}

function flow(value: string | number | readonly string[]): string {
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? plain(value) : `[${value.map(plain).join(", ")}]`;
}

/** Quoted unless it can only be read as a name. */
const plain = (name: string): string =>
  /^[A-Za-z_][\w-]*$/.test(name) && !/^(true|false|null|yes|no|on|off)$/i.test(name) ? name : JSON.stringify(name);

/** The mapping with names again; keep nodes of one level that stand together are one node. */
export function toMapping(legal: Pick<LegalMapping, "layer" | "architecture" | "nodes">): Mapping {
  const nodes: MappingNode[] = [];
  legal.nodes.forEach((node, i) => {
    const named = withNames(node, legal);
    const before = legal.nodes[i - 1];
    const last = nodes.at(-1);
    const joins = node.kind === "keep" && before?.kind === "keep" && before.level === node.level;
    if (joins && named.kind === "keep" && last?.kind === "keep")
      nodes[nodes.length - 1] = { ...last, tensors: [...last.tensors, ...named.tensors] };
    else nodes.push(named);
  });
  return { nodes };
}

function withNames(
  node: ResolvedNode,
  { layer, architecture }: Pick<LegalMapping, "layer" | "architecture">,
): MappingNode {
  const { variables, tensors } = layer.einsum;
  switch (node.kind) {
    case "keep":
      return {
        kind: "keep",
        tensors: [tensors[node.tensor]?.name ?? ""],
        level: levelAt(architecture, node.level).name,
      };
    case "for":
      return { kind: "for", variable: variables[node.variable] ?? "", by: node.by };
    case "spatial": {
      const fanout = levelAt(architecture, node.fanout).name;
      return { kind: "spatial", variable: variables[node.variable] ?? "", by: node.by, axis: node.axis, fanout };
    }
    default:
      return unreachable(node);
  }
}
