import type { Located, LocatedEntry, Location } from "../../base/index.js";
import { type Component, classIn, isDisabled, noteKeys, withoutRange } from "./components.js";
import type { Reader } from "./reader.js";

const KEYS = ["name", "class", "subclass", "attributes", "enabled", "constraints"];

/** The components of the processed dialect (`subtree`, `local`; also v0.3), outermost first. */
export function readProcessed(subtree: Located, reader: Reader): readonly Component[] {
  const components: Component[] = [];
  walk(subtree, 1, new Map(), components, reader);
  return components;
}

function walk(
  subtree: Located,
  copies: number,
  inherited: ReadonlyMap<string, LocatedEntry>,
  components: Component[],
  reader: Reader,
): void {
  const nodes = reader.list(subtree, "subtree");
  if (nodes.length > 1)
    reader.report(
      "branches",
      nodes[1]?.at ?? subtree.at,
      "only one subtree at a time can be read",
      "one chain of levels",
    );
  for (const node of nodes.slice(0, 1)) {
    const entries = reader.map(node, "each subtree");
    noteKeys(entries, "a subtree", ["name", "attributes", "local", "subtree", "class"], reader);
    const { count } = withoutRange(nameOf(entries, node.at, reader));
    const attributes = new Map([...inherited, ...reader.map(entries.get("attributes")?.value, "attributes")]);
    for (const item of reader.list(entries.get("local")?.value, "local")) {
      const component = readComponent(item, copies * count, attributes, reader);
      if (component !== null) components.push(component);
    }
    const below = entries.get("subtree")?.value;
    if (below !== undefined) walk(below, copies * count, attributes, components, reader);
  }
}

function readComponent(
  item: Located,
  copies: number,
  inherited: ReadonlyMap<string, LocatedEntry>,
  reader: Reader,
): Component | null {
  const entries = reader.map(item, "each component");
  const { name, count } = withoutRange(nameOf(entries, item.at, reader));
  if (name === "") return null;
  noteKeys(entries, name, KEYS, reader);
  if (isDisabled(entries)) {
    reader.note(`${name} is disabled and left out`);
    return null;
  }
  const own = reader.map(entries.get("attributes")?.value, `attributes of ${name}`);
  const attributes = new Map([...own, ...[...inherited].filter(([key]) => INHERITED.has(key) && !own.has(key))]);
  const given = own.get("instances")?.value;
  const instances = given === undefined ? copies * count : (reader.positive(given, `instances of ${name}`) ?? 1);
  return {
    name,
    componentClass: classIn(entries),
    attributes,
    ...meshOf(own, instances, name, item.at, reader),
    at: item.at,
    constraints: entries.get("constraints")?.value ?? null,
    containers: [],
    isParallel: false,
  };
}

/** Attributes of a container that matter here and hold for all inside. */
const INHERITED: ReadonlySet<string> = new Set(["global_cycle_seconds", "datawidth"]);

function meshOf(
  attributes: ReadonlyMap<string, LocatedEntry>,
  instances: number,
  name: string,
  at: Location,
  reader: Reader,
): { readonly meshX: number; readonly meshY: number } {
  const side = (key: string): number | null => {
    const node = attributes.get(key)?.value;
    return node === undefined ? null : reader.positive(node, `${key} of ${name}`);
  };
  const [x, y] = [side("meshX"), side("meshY")];
  const meshX = x ?? (y === null ? instances : instances / y);
  const meshY = y ?? instances / meshX;
  if (meshX * meshY !== instances || !Number.isInteger(meshX) || !Number.isInteger(meshY))
    reader.report("mesh", at, `${name} has ${instances} instances, but a mesh of ${x ?? "?"} by ${y ?? "?"}`);
  return { meshX: Math.max(1, Math.floor(meshX)), meshY: Math.max(1, Math.floor(meshY)) };
}

function nameOf(entries: ReadonlyMap<string, LocatedEntry>, at: Location, reader: Reader): string {
  return reader.name(entries.get("name")?.value, at, "the name of a component");
}
