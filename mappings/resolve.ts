import type { Architecture, FanoutLevel } from "../arch-specs/index.js";
import { type Diagnostic, type Location, unreachable } from "../base/index.js";
import type { Einsum } from "../workloads/index.js";
import type { Mapping, MappingNode } from "./mapping.js";
import * as messages from "./messages.js";

/** A node whose names are resolved; `source` is its place in the mapping. Nodes with unknown names are left out. */
export type Draft =
  | { readonly kind: "keep"; readonly tensor: number; readonly level: number; readonly source: number }
  | { readonly kind: "for"; readonly variable: number; readonly by: number; readonly source: number }
  | {
      readonly kind: "spatial";
      readonly variable: number;
      readonly by: number;
      readonly axis: "x" | "y";
      readonly fanout: number;
      readonly source: number;
    };
/** -1 stands for a fan-out that the user left open. */
const OPEN = -1;

/** Looks up every name; a spatial loop without a fan-out gets the only one that can stand at its place. */
export function resolve(
  mapping: Mapping,
  einsum: Einsum,
  architecture: Architecture,
  at: (nodeIndex: number) => Location,
  problems: Diagnostic[],
): readonly Draft[] {
  const drafts = mapping.nodes.flatMap((node, source) =>
    resolveNode(node, source, einsum, architecture, at(source), problems),
  );
  return drafts.flatMap((draft, position) => {
    if (draft.kind !== "spatial" || draft.fanout !== OPEN) return [draft];
    const fanout = fanoutFor(drafts, position, einsum, architecture, at(draft.source), problems);
    return fanout === null ? [] : [{ ...draft, fanout }];
  });
}

function resolveNode(
  node: MappingNode,
  source: number,
  einsum: Einsum,
  architecture: Architecture,
  at: Location,
  problems: Diagnostic[],
): readonly Draft[] {
  switch (node.kind) {
    case "keep": {
      if (node.tensors.length === 0) problems.push(messages.emptyKeep(at));
      const level = levelNamed(node.level, "storage", architecture, at, problems);
      const tensors = node.tensors.map((name) => tensorNamed(name, einsum, at, problems));
      return tensors.flatMap((tensor) =>
        tensor === null || level === null ? [] : [{ kind: "keep", tensor, level, source }],
      );
    }
    case "for":
    case "spatial": {
      const variable = einsum.variables.indexOf(node.variable);
      if (variable < 0) problems.push(messages.unknownName(at, "variable", node.variable, einsum.variables));
      const whole = Number.isSafeInteger(node.by) && node.by >= 1;
      if (!whole) problems.push(messages.badTile(at, node.variable, node.by));
      const fanout =
        node.kind === "for" || node.fanout === null
          ? OPEN
          : levelNamed(node.fanout, "fanout", architecture, at, problems);
      if (variable < 0 || !whole || fanout === null) return [];
      if (node.kind === "for") return [{ kind: "for", variable, by: node.by, source }];
      return [{ kind: "spatial", variable, by: node.by, axis: node.axis, fanout, source }];
    }
    default:
      return unreachable(node);
  }
}

function tensorNamed(name: string, einsum: Einsum, at: Location, problems: Diagnostic[]): number | null {
  const exact = einsum.tensors.findIndex((tensor) => tensor.name === name);
  if (exact >= 0) return exact;
  const aliased = einsum.tensors.flatMap((tensor, i) => (tensor.alias === name ? [i] : []));
  const [only] = aliased;
  if (aliased.length === 1 && only !== undefined) return only;
  const known = einsum.tensors.map((tensor) => tensor.name);
  problems.push(messages.unknownName(at, "tensor", name, known));
  return null;
}

function levelNamed(
  name: string,
  kind: "storage" | "fanout",
  architecture: Architecture,
  at: Location,
  problems: Diagnostic[],
): number | null {
  const index = architecture.levels.findIndex((level) => level.name === name);
  const level = architecture.levels[index];
  if (level?.kind === kind) return index;
  const called = { storage: "storage level", fanout: "fan-out", compute: "compute level" };
  if (level !== undefined) problems.push(messages.wrongKind(at, name, called[level.kind], called[kind]));
  else {
    const known = architecture.levels.flatMap((l) => (l.kind === kind ? [l.name] : []));
    problems.push(messages.unknownName(at, called[kind], name, known));
  }
  return null;
}

/** The only fan-out between the nodes above and below a place; one that has room on the axis is preferred. */
function fanoutFor(
  drafts: readonly Draft[],
  position: number,
  einsum: Einsum,
  architecture: Architecture,
  at: Location,
  problems: Diagnostic[],
): number | null {
  const self = drafts[position];
  if (self?.kind !== "spatial") throw new Error("only a spatial loop stands on a fan-out");
  let low = 0;
  let high = architecture.levels.length - 1;
  let extent = einsum.bounds[self.variable] ?? 1;
  drafts.forEach((draft, i) => {
    if (i === position) return;
    if (draft.kind !== "keep" && draft.variable === self.variable && i < position) extent = Math.min(extent, draft.by);
    const place = draft.kind === "keep" ? draft.level : draft.kind === "spatial" ? draft.fanout : OPEN;
    if (place === OPEN) return;
    if (i < position) low = Math.max(low, place);
    else high = Math.min(high, place);
  });
  const between = architecture.levels.flatMap((level, i) =>
    level.kind === "fanout" && i >= low && i <= high ? [{ level, i }] : [],
  );
  const size = (level: FanoutLevel): number => (self.axis === "x" ? level.x : level.y);
  const roomy = between.filter(({ level }) => size(level) > 1 || self.by >= extent);
  const candidates = roomy.length > 0 ? roomy : between;
  const [only] = candidates;
  if (only === undefined) problems.push(messages.noFanout(at));
  else if (candidates.length === 1) return only.i;
  else
    problems.push(
      messages.whichFanout(
        at,
        candidates.map(({ level }) => level.name),
      ),
    );
  return null;
}
