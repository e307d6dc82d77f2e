import type { Located, LocatedEntry } from "../../base/index.js";
import { type Component, type Container, classIn, isDisabled, noteKeys } from "./components.js";
import type { Reader } from "./reader.js";

const KEYS = ["name", "class", "subclass", "attributes", "enabled", "constraints", "spatial"];

interface State {
  x: number;
  y: number;
  pending: Container[];
  attributes: ReadonlyMap<string, LocatedEntry>;
  isParallel: boolean;
  readonly components: Component[];
}

/** The components of the native v0.4 dialect (`nodes:` with tags), outermost first; a container's mesh multiplies what follows. */
export function readNative(nodes: Located, reader: Reader): readonly Component[] {
  const state: State = { x: 1, y: 1, pending: [], attributes: new Map(), isParallel: false, components: [] };
  walk(nodes, state, reader, 0);
  return state.components;
}

function walk(nodes: Located, state: State, reader: Reader, depth: number): void {
  if (depth > 20) {
    reader.report("too-deep", nodes.at, "nodes are nested too deep");
    return;
  }
  for (const node of reader.list(nodes, "nodes")) {
    const kind = (node.tag ?? "").replace(/^!+/, "").replace(/^.*:/, "");
    const entries = reader.map(node, "each node");
    switch (kind) {
      case "Container":
      case "Component":
        readNode(kind, node, entries, state, reader);
        break;
      case "Parallel":
      case "Hierarchical":
      case "Pipelined": {
        if (kind === "Pipelined") reader.report("pipelined", node.at, "!Pipelined nodes are not modelled");
        const inside = entries.get("nodes")?.value;
        const outer = state.isParallel;
        state.isParallel = kind === "Parallel";
        if (inside !== undefined) walk(inside, state, reader, depth + 1);
        state.isParallel = outer;
        break;
      }
      case "Nothing":
        break;
      default:
        reader.report(
          "unknown-node",
          node.at,
          kind === "" ? "a node has no tag" : `there is no kind of node !${kind}`,
          "one of !Container, !Component, !Parallel, !Hierarchical, !Nothing",
        );
    }
  }
}

function readNode(
  kind: "Container" | "Component",
  node: Located,
  entries: ReadonlyMap<string, LocatedEntry>,
  state: State,
  reader: Reader,
): void {
  const name = reader.name(entries.get("name")?.value, node.at, `the name of a ${kind.toLowerCase()}`);
  noteKeys(entries, name, KEYS, reader);
  if (isDisabled(entries)) {
    reader.note(`${name} is disabled and left out`);
    return;
  }
  const constraints = entries.get("constraints")?.value ?? null;
  const attributes = new Map([
    ...state.attributes,
    ...reader.map(entries.get("attributes")?.value, `attributes of ${name}`),
  ]);
  const mesh = meshOf(entries.get("spatial")?.value, name, reader);
  state.x *= mesh.x;
  state.y *= mesh.y;
  if (kind === "Container") {
    state.attributes = attributes;
    state.pending.push({ name, ...mesh, at: node.at, constraints });
    return;
  }
  const own = mesh.x * mesh.y > 1 ? [{ name: `${name}s`, ...mesh, at: node.at, constraints: null }] : [];
  state.components.push({
    name,
    componentClass: classIn(entries),
    attributes,
    meshX: state.x,
    meshY: state.y,
    at: node.at,
    constraints,
    containers: [...state.pending, ...own],
    isParallel: state.isParallel,
  });
  state.pending = [];
}

function meshOf(
  spatial: Located | undefined,
  name: string,
  reader: Reader,
): { readonly x: number; readonly y: number } {
  const entries = reader.map(spatial, `spatial of ${name}`);
  for (const [key, entry] of entries)
    if (key !== "meshX" && key !== "meshY")
      reader.unknown("unknown-key", entry.key, `key of spatial of ${name}`, key, ["meshX", "meshY"]);
  const side = (key: string): number => {
    const node = entries.get(key)?.value;
    return node === undefined ? 1 : (reader.positive(node, `${key} of ${name}`) ?? 1);
  };
  return { x: side("meshX"), y: side("meshY") };
}
