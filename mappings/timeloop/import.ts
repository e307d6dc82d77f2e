import type { Architecture } from "../../arch-specs/index.js";
import { failed, type Located, type LocatedEntry, type Location, ok, type Result } from "../../base/index.js";
import type { Layer } from "../../workloads/index.js";
import type { Dataflow } from "../dataflow.js";
import type { Mapping } from "../mapping.js";
import { type Component, withoutRange } from "./components.js";
import { readConstraints } from "./constraints.js";
import { type Directives, readDirectives } from "./directives.js";
import { readDocuments, type TimeloopFile } from "./documents.js";
import { readTables } from "./energies.js";
import { ExpressionError, type Scope, valueIn } from "./expression.js";
import { buildHierarchy, type Hierarchy, type Uses } from "./levels.js";
import { buildMapping, keptAt, type ReadMapping } from "./loops.js";
import { readNative } from "./native.js";
import { type Problem, readProblem } from "./problem.js";
import { readProcessed } from "./processed.js";
import { Reader } from "./reader.js";

/** What Timeloop's files say, in our terms; null for the parts that no file has. */
export interface TimeloopDesign {
  readonly architecture: Architecture | null;
  readonly layer: Layer | null;
  /** Timeloop's names of the layer's variables, in their order. */
  readonly dimensions: readonly string[];
  readonly mapping: Mapping | null;
  /** The constraints on architecture and mapspace. */
  readonly dataflow: Dataflow | null;
  /** Where node i of the mapping was written; −1: the mapping as a whole. */
  readonly at: (nodeIndex: number) => Location;
  /** What the files say that is not modelled, or was taken in a certain way. */
  readonly notes: readonly string[];
}

/** Top-level keys that say nothing about architecture, problem, mapping or energies. */
const BESIDE = [
  ...["version", "variables", "globals", "mapper", "mapspace", "compound_components", "primitive_components"],
  ...["ERT_summary", "ART_summary", "accelergy", "specification", "simulator", "problem_base", "components", "layout"],
  ...["architecture_constraints", "mapspace_constraints", "arch_constraints", "constraints", "sparse_optimizations"],
];
const READ = ["architecture", "problem", "mapping", "ERT", "ART"];

/**
 * Reads Timeloop's files as they are: architecture (processed `subtree`/`local` or native `nodes`), problem, mapping, energy
 * and area tables, in any number of files, merged as Timeloop merges them. All problems are told at once, each located.
 */
export function importTimeloop(files: readonly TimeloopFile[]): Result<TimeloopDesign> {
  const documents = readDocuments(files);
  if (!documents.ok) return documents;
  const reader = new Reader();
  const root = reader.map(documents.value, "the files");
  checkKeys(root, reader);
  reader.scope = variablesIn(root, reader);
  const entry = (name: string): LocatedEntry | undefined => root.get(name);
  const problemNode = entry("problem")?.value;
  const problem = problemNode === undefined ? null : readProblem(problemNode, reader);
  const components = componentsIn(root, reader);
  const mappingNode = entry("mapping")?.value;
  const tensors = problem?.layer.einsum.tensors.map(({ name }) => name) ?? [];
  const directives =
    mappingNode === undefined || problem === null
      ? null
      : readDirectives(
          mappingNode,
          problem.dimensions,
          tensors,
          components
            .slice(0, -1)
            .map(({ name }) => name)
            .reverse(),
          reader,
        );
  if (mappingNode !== undefined && problemNode === undefined)
    reader.report(
      "no-problem",
      mappingNode.at,
      "a mapping can only be read with its problem",
      "give the problem file too",
    );
  const tables = readTables(entry("ERT")?.value, entry("ART")?.value, reader);
  const uses = usesOf(directives, components, tensors);
  const at = entry("architecture")?.value.at ?? documents.value.at;
  const name = titleOf(entry("architecture")?.value);
  const hierarchy =
    components.length === 0
      ? null
      : buildHierarchy(components, { name, tables, hasTables: entry("ERT") !== undefined, uses, at }, reader);
  const dataflow =
    hierarchy === null || problem === null
      ? null
      : readConstraints(root, components, hierarchy.storages, problem, reader);
  const mapping = mappingOf(directives, hierarchy, components, problem, tensors, reader);
  if (reader.problems.length > 0) return failed(reader.problems);
  return ok({
    architecture: hierarchy?.architecture ?? null,
    layer: problem?.layer ?? null,
    dimensions: problem?.dimensions ?? [],
    mapping: mapping?.mapping ?? null,
    dataflow,
    at: mapping?.at ?? (() => documents.value.at),
    notes: reader.notes,
  });
}

/** The architecture's name: that of its outermost container. */
function titleOf(node: Located | undefined): string {
  if (node?.kind !== "map") return "timeloop";
  const list = node.entries.get("subtree")?.value ?? node.entries.get("nodes")?.value;
  const first = list?.kind === "list" ? list.items[0] : undefined;
  const name = first?.kind === "map" ? first.entries.get("name")?.value : undefined;
  return name?.kind === "scalar" && name.value !== null ? withoutRange(String(name.value)).name : "timeloop";
}

function mappingOf(
  directives: Directives | null,
  hierarchy: Hierarchy | null,
  components: readonly Component[],
  problem: Problem | null,
  tensors: readonly string[],
  reader: Reader,
): ReadMapping | null {
  if (directives === null || problem === null) return null;
  if (hierarchy === null) {
    if (components.length === 0)
      reader.report(
        "no-architecture",
        directives.at,
        "a mapping can only be read with its architecture",
        "give the architecture file too",
      );
    return null;
  }
  const kept = (name: string): readonly string[] => keptAt(directives, name, isDummy(components, name), tensors);
  return buildMapping(directives, hierarchy.storages, problem, ({ name }) => kept(name), reader);
}

const isDummy = (components: readonly Component[], name: string): boolean =>
  components.find((component) => component.name === name)?.componentClass === "dummy_storage";

function checkKeys(root: ReadonlyMap<string, LocatedEntry>, reader: Reader): void {
  const known = [...READ, ...BESIDE];
  for (const [name, { key }] of root) {
    if (!known.includes(name)) reader.unknown("unknown-key", key, "top-level key of Timeloop's", name, known);
    else if (name === "sparse_optimizations" || name === "layout") reader.note(`${name} are not modelled`);
  }
}

function componentsIn(root: ReadonlyMap<string, LocatedEntry>, reader: Reader): readonly Component[] {
  const node = root.get("architecture")?.value;
  if (node === undefined) return [];
  const entries = reader.map(node, "architecture");
  const known = ["version", "subtree", "nodes", "local", "variables", "name", "attributes"];
  for (const [name, { key }] of entries)
    if (!known.includes(name)) reader.unknown("unknown-key", key, "key of architecture", name, known);
  const subtree = entries.get("subtree")?.value;
  const nodes = entries.get("nodes")?.value;
  if (subtree !== undefined) return readProcessed(subtree, reader);
  if (nodes !== undefined) return readNative(nodes, reader);
  reader.report("no-architecture", node.at, 'the architecture has neither "subtree" nor "nodes"');
  return [];
}

/** Numbers under `variables:` (or `globals: variables:`), each an expression over those before it. */
function variablesIn(root: ReadonlyMap<string, LocatedEntry>, reader: Reader): Scope {
  const values = new Map<string, number>();
  const globals = root.get("globals")?.value;
  const nested = globals?.kind === "map" ? globals.entries.get("variables")?.value : undefined;
  for (const node of [root.get("variables")?.value, nested])
    for (const [name, { value }] of reader.map(node, "variables")) {
      if (value.kind !== "scalar") continue;
      try {
        const number = valueIn(String(value.value), (other) => values.get(other));
        values.set(name, number);
      } catch (error) {
        // A variable that is no number (a technology, a version) has no value in an expression.
        if (!(error instanceof ExpressionError)) throw error;
      }
    }
  return (name) => values.get(name);
}

function usesOf(directives: Directives | null, components: readonly Component[], tensors: readonly string[]): Uses {
  const none: ReadonlySet<string> = new Set();
  const kept = (name: string): readonly string[] =>
    directives === null ? [] : keptAt(directives, name, isDummy(components, name), tensors);
  return {
    keepsIn: (name) => kept(name).length > 0,
    unshared: (target) => directives?.unshared.get(target) ?? none,
    unlinked: (target) => directives?.unlinked.get(target) ?? none,
    instancesOf: (name) => (directives === null ? null : instancesUsed(directives, components, name)),
    tensors,
  };
}

/** The product of the spatial factors of all targets outside the storage. */
function instancesUsed(directives: Directives, components: readonly Component[], name: string): number {
  let used = 1;
  for (const component of components) {
    const above = component.containers.map((container) => container.name);
    for (const target of above) used *= spatialFactors(directives, target);
    if (component.name === name) return used;
    used *= spatialFactors(directives, component.name);
  }
  return used;
}

function spatialFactors(directives: Directives, target: string): number {
  const directive = directives.loops.get(`spatial ${target}`);
  return directive?.factors.reduce((n, { end }) => n * Math.max(1, end), 1) ?? 1;
}
