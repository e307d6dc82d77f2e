import type { Architecture } from "../arch-specs/index.js";
import { type Conventions, ceilDiv, type Diagnostic, failed, type Location, ok, type Result } from "../base/index.js";
import type { Einsum, Layer } from "../workloads/index.js";
import type { LegalMapping, Mapping, ResolvedNode } from "./mapping.js";
import * as messages from "./messages.js";
import { occupiedWords, poolsOf } from "./occupancy.js";
import { type Draft, resolve } from "./resolve.js";
import { checkStructure } from "./structure.js";
import { levelAt, storageAt } from "./tensors.js";

export interface LegalityOptions {
  /** Whose rule says how much of a capacity a tile takes; `loopwright` unless given. */
  readonly conventions?: Conventions;
  /** Where node i of the mapping stands in its file; −1 asks for the mapping as a whole. */
  readonly at?: (nodeIndex: number) => Location;
}
type At = (nodeIndex: number) => Location;

const somewhere: At = (nodeIndex) => ({
  file: "mapping",
  path: nodeIndex < 0 ? "mapping" : `mapping[${nodeIndex}]`,
});

/**
 * Checks a mapping once, against everything: names, places of nodes, coverage of every bound, fan-out sizes, capacities
 * (docs/semantics.md, docs/adr/0001). All problems are told at once; all else takes only the `LegalMapping` it gives.
 */
export function checkLegality(
  mapping: Mapping,
  layer: Layer,
  architecture: Architecture,
  options: LegalityOptions = {},
): Result<LegalMapping> {
  const at = options.at ?? somewhere;
  const { einsum } = layer;
  const problems: Diagnostic[] = [];
  const drafts = resolve(mapping, einsum, architecture, at, problems);
  const namesKnown = problems.length === 0;
  problems.push(...checkStructure(drafts, einsum, architecture, at));
  const { nodes, errors } = withExtents(drafts, einsum, at, namesKnown);
  problems.push(...errors);
  if (namesKnown && errors.length === 0) {
    problems.push(...fanoutSizes(nodes, drafts, einsum, architecture, at));
    problems.push(...capacities(nodes, drafts, einsum, architecture, options.conventions ?? "loopwright", at));
    problems.push(...exactCounts(nodes, einsum, architecture, at));
  }
  return problems.length > 0 ? failed(problems) : ok(branded(layer, architecture, nodes));
}

/** For the makers of mappings in this room, which build nothing that `checkLegality` would refuse (a test holds them to it). */
export const branded = (layer: Layer, architecture: Architecture, nodes: readonly ResolvedNode[]): LegalMapping =>
  ({ layer, architecture, nodes }) as LegalMapping;

/** Gives every loop the extent above it; tiles may not grow, and every variable must come down to 1. */
function withExtents(
  drafts: readonly Draft[],
  einsum: Einsum,
  at: At,
  namesKnown: boolean,
): { readonly nodes: readonly ResolvedNode[]; readonly errors: readonly Diagnostic[] } {
  const errors: Diagnostic[] = [];
  const extents = [...einsum.bounds];
  const nodes = drafts.map((draft): ResolvedNode => {
    if (draft.kind === "keep") return { kind: "keep", tensor: draft.tensor, level: draft.level };
    const { variable, by, source } = draft;
    const extent = extents[variable] ?? 1;
    if (by > extent) errors.push(messages.tileTooLarge(at(source), einsum.variables[variable] ?? "", by, extent));
    extents[variable] = Math.min(by, extent);
    if (draft.kind === "for") return { kind: "for", variable, by, extent };
    return { kind: "spatial", variable, by, extent, axis: draft.axis, fanout: draft.fanout };
  });
  if (namesKnown)
    einsum.variables.forEach((variable, v) => {
      const extent = extents[v] ?? 1;
      if (extent > 1) errors.push(messages.notCovered(at(-1), variable, extent));
    });
  return { nodes, errors };
}

function fanoutSizes(
  nodes: readonly ResolvedNode[],
  drafts: readonly Draft[],
  einsum: Einsum,
  architecture: Architecture,
  at: At,
): Diagnostic[] {
  return architecture.levels.flatMap((level, i) => {
    if (level.kind !== "fanout") return [];
    return (["x", "y"] as const).flatMap((axis) => {
      const loops = nodes.flatMap((node, position) =>
        node.kind === "spatial" && node.fanout === i && node.axis === axis
          ? [{ position, variable: einsum.variables[node.variable] ?? "", iterations: ceilDiv(node.extent, node.by) }]
          : [],
      );
      const size = axis === "x" ? level.x : level.y;
      const last = loops.at(-1);
      if (last === undefined || loops.reduce((n, l) => n * l.iterations, 1) <= size) return [];
      return [messages.fanoutTooSmall(at(drafts[last.position]?.source ?? -1), level.name, axis, size, loops)];
    });
  });
}

/** The tiles that share a capacity, added up, against it: all tensors of a level, or each by itself. */
function capacities(
  nodes: readonly ResolvedNode[],
  drafts: readonly Draft[],
  einsum: Einsum,
  architecture: Architecture,
  conventions: Conventions,
  at: At,
): Diagnostic[] {
  return poolsOf(nodes, einsum, architecture, conventions).flatMap(({ words, level, tiles, used }) => {
    if (used <= words) return [];
    const shares = tiles.map((tile) => ({ name: einsum.tensors[tile.tensor]?.name ?? "", words: tile.words }));
    const { name, buffering } = storageAt(architecture, level);
    const largest = tiles.reduce((a, b) => (b.words > a.words ? b : a));
    const source = drafts[largest.position]?.source ?? -1;
    return [messages.overCapacity(at(source), name, words, buffering === "double", shares)];
  });
}

/**
 * No count of the mapping may pass 2^53. A node's instances together are visited once an iteration of the loops above, and
 * no visit moves more than the tile in (fills, reads at the parent) and out (drains, updates), over each link once a fan-out.
 */
function exactCounts(
  nodes: readonly ResolvedNode[],
  einsum: Einsum,
  architecture: Architecture,
  at: At,
): readonly Diagnostic[] {
  const fanouts = architecture.levels.filter((level) => level.kind === "fanout").length;
  const most = Number.MAX_SAFE_INTEGER / (4 * (fanouts + 1));
  const occupied = new Map(occupiedWords(nodes, einsum, "loopwright").map((o) => [o.position, o.words]));
  let visits = 1;
  for (const [position, node] of nodes.entries()) {
    if (node.kind === "keep") {
      if (visits * (occupied.get(position) ?? 0) <= most) continue;
      const what = `accesses of ${einsum.tensors[node.tensor]?.name} in ${levelAt(architecture, node.level).name}`;
      return [messages.tooLarge(at(-1), what)];
    }
    visits *= ceilDiv(node.extent, node.by);
  }
  return visits <= most ? [] : [messages.tooLarge(at(-1), "operations")];
}
