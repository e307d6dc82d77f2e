import { describe, type Located, type LocatedEntry, type Location } from "../../base/index.js";
import { type Dataflow, freeRule, type LevelRule } from "../dataflow.js";
import type { Component } from "./components.js";
import { readPermutation, readTensors } from "./directives.js";
import type { StorageSite } from "./levels.js";
import type { Problem } from "./problem.js";
import type { Reader } from "./reader.js";

/** One constraint of either dialect: what holds for the loops or the tensors at one target. */
interface Constraint {
  readonly kind: "temporal" | "spatial" | "keep";
  readonly target: string;
  readonly entries: ReadonlyMap<string, LocatedEntry>;
  readonly at: Location;
  /** Tensors that are neither kept nor bypassed pass by, as another storage beside this one keeps them. */
  readonly keepsOnlyThese: boolean;
}

const LISTS = ["architecture_constraints", "arch_constraints", "mapspace_constraints", "constraints"];

/** Timeloop's constraints on architecture and mapspace as a dataflow of ours; null where there are none. */
export function readConstraints(
  root: ReadonlyMap<string, LocatedEntry>,
  components: readonly Component[],
  storages: readonly StorageSite[],
  problem: Problem,
  reader: Reader,
): Dataflow | null {
  const constraints = [...listed(root, reader), ...native(components, reader)];
  const rules = new Map<string, LevelRule>();
  for (const constraint of constraints) {
    const level = levelOf(constraint, components, storages, reader);
    if (level === null) continue;
    const before = rules.get(level) ?? freeRule(constraint.at);
    rules.set(level, ruled(before, constraint, problem, reader));
  }
  return rules.size === 0 ? null : { name: "timeloop", rules };
}

/** Targets under the top-level keys; a mapspace may hold its own. */
function listed(root: ReadonlyMap<string, LocatedEntry>, reader: Reader): readonly Constraint[] {
  const mapspace = root.get("mapspace")?.value;
  const inside = mapspace?.kind === "map" ? [mapspace.entries.get("constraints")?.value, mapspace] : [];
  const nodes = [...LISTS.map((name) => root.get(name)?.value), ...inside];
  return nodes.flatMap((node) => {
    if (node === undefined) return [];
    const targets = node.kind === "list" ? node : reader.map(node, "constraints").get("targets")?.value;
    return reader.list(targets, "targets").flatMap((item) => listedConstraint(item, reader) ?? []);
  });
}

function listedConstraint(item: Located, reader: Reader): Constraint | null {
  const entries = reader.map(item, "each constraint");
  const target = reader.name(entries.get("target")?.value, item.at, "the target of a constraint");
  const type = reader.name(entries.get("type")?.value, item.at, "the type of a constraint");
  const common = { target, entries, at: item.at, keepsOnlyThese: false };
  if (type === "temporal" || type === "spatial") return { kind: type, ...common };
  if (/^(bypass|datatype|dataspace)s?$/.test(type)) return { kind: "keep", ...common };
  if (type !== "") reader.note(`constraints of type ${type} (on ${target}) are not modelled`);
  return null;
}

/** The `constraints` of nodes. */
function native(components: readonly Component[], reader: Reader): readonly Constraint[] {
  const found: Constraint[] = [];
  const read = (node: Located | null, target: string, keepsOnlyThese: boolean): void => {
    if (node === null) return;
    for (const [name, { key, value }] of reader.map(node, `constraints of ${target}`)) {
      const entries = reader.map(value, `the ${name} constraint of ${target}`);
      const common = { target, entries, at: value.at, keepsOnlyThese };
      if (name === "temporal" || name === "spatial") found.push({ kind: name, ...common });
      else if (/^(bypass|datatype|dataspace)s?$/.test(name)) found.push({ kind: "keep", ...common });
      else reader.unknown("unknown-constraint", key, "constraint", name, ["dataspace", "temporal", "spatial"]);
    }
  };
  for (const component of components) {
    for (const container of component.containers) read(container.constraints, container.name, false);
    read(component.constraints, component.name, component.isParallel);
  }
  return found;
}

/** The level of ours that a constraint is about; constraints on what is no level here only say what is so anyway. */
function levelOf(
  { kind, target, at }: Constraint,
  components: readonly Component[],
  storages: readonly StorageSite[],
  reader: Reader,
): string | null {
  const known = [
    ...storages.map(({ name }) => name),
    ...storages.flatMap(({ fanouts }) => fanouts.map((fanout) => fanout.target)),
  ];
  if (kind === "spatial") {
    const fanout = storages.flatMap(({ fanouts }) => fanouts).find((f) => f.target === target);
    if (fanout !== undefined) return fanout.level;
  } else {
    const storage = storages.find(({ name }) => name === target);
    if (storage?.isLevel) return storage.name;
  }
  const exists = components.some(
    ({ name, containers }) => name === target || containers.some((c) => c.name === target),
  );
  if (!exists && target !== "") reader.unknown("unknown-target", at, "target of a constraint", target, known);
  return null;
}

function ruled(rule: LevelRule, constraint: Constraint, { dimensions, layer }: Problem, reader: Reader): LevelRule {
  const { entries, kind, target } = constraint;
  for (const name of entries.keys())
    if (!["target", "type", "factors", "permutation", "split", "keep", "bypass", "name"].includes(name))
      reader.note(`${name} in a constraint on ${target} is not modelled`);
  const value = (name: string): Located | undefined => entries.get(name)?.value;
  if (kind === "keep") {
    const tensors = layer.einsum.tensors.map(({ name }) => name);
    const keep = readTensors(value("keep"), "keep", tensors, reader);
    const bypass = readTensors(value("bypass"), "bypass", tensors, reader);
    const free = constraint.keepsOnlyThese ? [] : tensors.filter((t) => !keep.includes(t) && !bypass.includes(t));
    return { ...rule, keeps: keep, mayKeep: free };
  }
  const factors = factorsOf(value("factors"), target, dimensions, layer.einsum.bounds, reader);
  const lower = (names: readonly string[]): readonly string[] => names.map((name) => name.toLowerCase());
  const order = readPermutation(value("permutation"), dimensions, reader);
  const bounded = {
    ...rule,
    factors: new Map([...rule.factors, ...factors.exact]),
    maxFactors: new Map([...rule.maxFactors, ...factors.most]),
  };
  if (kind === "temporal") return order.length === 0 ? bounded : { ...bounded, order: lower([...order].reverse()) };
  const splitNode = value("split");
  const split = splitNode === undefined ? null : reader.number(splitNode, `the split of ${target}`);
  if (split === null) return bounded;
  const rest = dimensions.filter((d) => !order.includes(d));
  return {
    ...bounded,
    x: lower([...order.slice(0, split), ...(split > order.length ? rest : [])]),
    y: lower([...order.slice(split), ...(split < dimensions.length ? rest : [])]),
  };
}

const FACTOR = /^([A-Za-z_]\w*?)\s*(=|==|<=|>=|<|>)?\s*(\d+)(?=$|[\s,;]+)/;

/** `C=1 M<=4`: iterations of a variable's own loops, exactly or at most. 0 is the whole bound. */
function factorsOf(
  node: Located | undefined,
  target: string,
  dimensions: readonly string[],
  bounds: readonly number[],
  reader: Reader,
): { readonly exact: ReadonlyMap<string, number>; readonly most: ReadonlyMap<string, number> } {
  const exact = new Map<string, number>();
  const most = new Map<string, number>();
  const items = node === undefined ? [] : node.kind === "scalar" ? [node] : reader.list(node, `factors of ${target}`);
  for (const item of items) {
    if (item.kind !== "scalar") {
      reader.report("factors", item.at, `factors must be text such as C=1 M<=4, got ${describe(item)}`);
      continue;
    }
    let rest = item.value === null ? "" : String(item.value).trim();
    while (rest !== "") {
      const match = FACTOR.exec(rest);
      if (match === null) {
        reader.report("factors", item.at, `cannot read the factor at ${JSON.stringify(rest.slice(0, 12))}`);
        break;
      }
      rest = rest.slice(match[0].length).replace(/^[\s,;]+/, "");
      const [, name = "", sign = "=", digits] = match;
      const variable = dimensions.indexOf(name);
      if (variable < 0) {
        reader.unknown("unknown-dimension", item.at, "dimension", name, dimensions);
        continue;
      }
      const factor = Number(digits) === 0 ? (bounds[variable] ?? 1) : Number(digits);
      if (sign === "=" || sign === "==") exact.set(name.toLowerCase(), factor);
      else if (sign === "<=") most.set(name.toLowerCase(), factor);
      else if (sign === "<" && factor > 1) most.set(name.toLowerCase(), factor - 1);
      else reader.note(`the constraint ${name}${sign}${factor} on ${target} is not modelled`);
    }
  }
  return { exact, most };
}
