import type { TensorSet } from "../../../arch-specs/index.js";
import { ceilDiv } from "../../../base/index.js";
import type { LegalMapping, ResolvedNode } from "../../../mappings/index.js";
import type { Tensor } from "../../../workloads/index.js";
import { type Box, plus, volumeOf } from "./boxes.js";

/** A temporal loop with more than one iteration, as one tensor sees it. */
export interface NestLoop {
  readonly variable: number;
  /** Iterations, and those of the very last visit (fewer where tiles do not divide). */
  readonly end: number;
  readonly lastEnd: number;
  /** How far one iteration carries the tensor's tile. */
  readonly step: readonly number[];
}

/** The instances that spatial loops make below one instance of a stage, in the order of Timeloop's linear index. */
export interface Spread {
  readonly instances: readonly Instance[];
  /** Size of the mesh along x; the linear index runs along x first. */
  readonly columns: number;
  readonly rows: number;
  /** Whether neighbours along the axis may pass words on. */
  readonly linksAlong: { readonly x: boolean; readonly y: boolean };
}
export interface Instance {
  /** Where the instance's tile lies, seen from instance 0. */
  readonly offset: readonly number[];
  /** Instances of one group share a read, or join their updates. */
  readonly group: string;
}

/**
 * One of Timeloop's storage levels as one tensor sees it: a boundary, the temporal loops below it, and the spatial loops
 * at the bottom. Every fan-out that a mapping uses ends at such a boundary, also where the tensor is not stored.
 */
export interface Stage {
  /** Level that keeps the tensor here; null where it passes by. */
  readonly level: number | null;
  /** Spatial instances in use. */
  readonly replication: number;
  readonly loops: readonly NestLoop[];
  readonly spread: Spread | null;
  readonly ranges: Ranges;
  /** Words of the tile that all instances of `spread` cover together. */
  readonly spreadWords: number;
}
/** Extents of the rank variables at a boundary: at their fullest, and where every loop above is at its last iteration. */
export interface Ranges {
  readonly full: readonly number[];
  readonly last: readonly number[];
  /** Variables whose last iteration no instance 0 ever reaches. */
  readonly neverLast: ReadonlySet<number>;
}

/** The box of a tensor over ranges that start at zero. */
export function boxOf(tensor: Tensor, extents: readonly number[]): Box {
  const low = tensor.ranks.map(({ terms }) =>
    terms.reduce((n, t) => n + Math.min(0, t.coefficient * ((extents[t.variable] ?? 1) - 1)), 0),
  );
  const size = tensor.ranks.map(({ terms }) =>
    terms.reduce((n, t) => n + Math.abs(t.coefficient) * ((extents[t.variable] ?? 1) - 1), 1),
  );
  return { low, size };
}

type Loop = Exclude<ResolvedNode, { kind: "keep" }>;
type SpatialNode = Extract<ResolvedNode, { kind: "spatial" }>;

interface Draft {
  level: number | null;
  readonly replication: number;
  readonly ranges: Ranges;
  readonly loops: NestLoop[];
  readonly spatial: SpatialNode[];
}

/** A node with the iterations of its very last visit (1 for keep nodes). */
interface Counted {
  readonly node: ResolvedNode;
  readonly lastEnd: number;
}

/** Cuts a mapping into the stages of one tensor, outermost first; compute is what lies below the last. */
export function stagesOf(
  mapping: LegalMapping,
  number: number,
): { readonly stages: readonly Stage[]; readonly body: Ranges } {
  const { layer, architecture } = mapping;
  const tensor = layer.einsum.tensors[number];
  if (tensor === undefined) throw new Error(`no tensor ${number}`);
  const full = [...layer.einsum.bounds];
  const last = [...layer.einsum.bounds];
  const neverLast = new Set<number>();
  let replication = 1;
  const drafts: Draft[] = [];
  const open = (level: number | null): Draft => {
    const ranges = { full: [...full], last: [...last], neverLast: new Set(neverLast) };
    const draft = { level, replication, ranges, loops: [], spatial: [] };
    drafts.push(draft);
    return draft;
  };
  const current = (): Draft => drafts.at(-1) ?? open(null);
  const { nodes, gathered } = counted(mapping, number);
  for (const { node, lastEnd } of nodes) {
    if (node.kind === "keep") {
      const draft = current();
      if (draft.level === null && draft.loops.length + draft.spatial.length === 0) draft.level = node.level;
      else open(node.level);
      continue;
    }
    const { variable, by } = node;
    const end = ceilDiv(node.extent, by);
    const after = current().spatial[0];
    const joins = after === undefined || (node.kind === "spatial" && node.fanout === after.fanout);
    const draft = joins ? current() : open(null);
    if (node.kind === "spatial") {
      draft.spatial.push(node);
      replication *= end;
      if (lastEnd > 1) neverLast.add(variable);
    } else draft.loops.push({ variable, end, lastEnd, step: stepOf(tensor, node) });
    full[variable] = Math.min(by, full[variable] ?? 1);
    last[variable] = Math.max(1, (last[variable] ?? 1) - (lastEnd - 1) * by);
  }
  const fanout = current().spatial[0]?.fanout;
  if (fanout !== undefined && architecture.levels[fanout + 1]?.kind !== "compute") open(null);
  const body = { full, last, neverLast };
  const stages = drafts.map(({ spatial, ...draft }, k): Stage => {
    const child = drafts[k + 1]?.ranges ?? body;
    const tile = boxOf(tensor, child.full);
    const spread = spreadOf(mapping, tensor, spatial);
    // Gathered spatial loops leave gaps between instances, which other iterations fill: then only what they hold counts.
    const held = volumeOf(tile) * new Set(spread?.instances.map(({ offset }) => offset.join(","))).size;
    const around = Math.min(coveredBy(spatial, tile, tensor), volumeOf(boxOf(tensor, draft.ranges.full)));
    return { ...draft, spread, spreadWords: spatial.some((node) => gathered.has(node)) ? held : around };
  });
  return { stages, body };
}

/**
 * The tensor's keep nodes and the loops of more than one iteration. Temporal loops between spatial loops of one fan-out, for which
 * Timeloop has no words, are put outside of them: instances run in lock-step, so that is the same to every buffer.
 */
function counted(
  { layer, nodes }: LegalMapping,
  number: number,
): { readonly nodes: readonly Counted[]; readonly gathered: ReadonlySet<ResolvedNode> } {
  const gathered = new Set<ResolvedNode>();
  const last = [...layer.einsum.bounds];
  const result: Counted[] = [];
  for (const node of nodes) {
    if (node.kind === "keep") {
      if (node.tensor === number) result.push({ node, lastEnd: 1 });
      continue;
    }
    const extent = last[node.variable] ?? 1;
    const lastEnd = ceilDiv(extent, node.by);
    last[node.variable] = extent - (lastEnd - 1) * node.by;
    if (ceilDiv(node.extent, node.by) > 1) result.push({ node, lastEnd });
  }
  for (let i = 0; i < result.length; i++) {
    const first = result[i]?.node;
    if (first?.kind !== "spatial") continue;
    const end = result.findLastIndex(({ node }) => node.kind === "spatial" && node.fanout === first.fanout) + 1;
    const run = result.slice(i, end);
    const temporal = run.filter(({ node }) => node.kind === "for");
    const spatial = run.filter(({ node }) => node.kind !== "for");
    if (temporal.length > 0) for (const { node } of spatial) gathered.add(node);
    result.splice(i, run.length, ...temporal, ...spatial);
    i = end - 1;
  }
  return { nodes: result, gathered };
}

/** Words of the box around the tiles of all instances that the spatial loops make. */
function coveredBy(loops: readonly SpatialNode[], tile: Box, tensor: Tensor): number {
  const size = [...tile.size];
  for (const loop of loops)
    stepOf(tensor, loop).forEach((step, axis) => {
      size[axis] = (size[axis] ?? 1) + Math.abs(step) * (ceilDiv(loop.extent, loop.by) - 1);
    });
  return volumeOf({ low: tile.low, size });
}

const stepOf = (tensor: Tensor, node: Loop): readonly number[] =>
  tensor.ranks.map(({ terms }) =>
    terms.reduce((n, t) => (t.variable === node.variable ? n + t.coefficient * node.by : n), 0),
  );

function spreadOf(mapping: LegalMapping, tensor: Tensor, loops: readonly SpatialNode[]): Spread | null {
  const first = loops[0];
  if (first === undefined) return null;
  const fanout = mapping.architecture.levels[first.fanout];
  if (fanout?.kind !== "fanout") throw new Error(`level ${first.fanout} is not a fan-out`);
  const joins = tensor.role === "output" ? fanout.reduction : fanout.multicast;
  let instances = [{ offset: tensor.ranks.map(() => 0) as readonly number[], x: 0, y: 0 }];
  const used = { x: 1, y: 1 };
  for (const loop of loops) {
    const end = ceilDiv(loop.extent, loop.by);
    const step = stepOf(tensor, loop);
    used[loop.axis] *= end;
    instances = instances.flatMap((instance) =>
      Array.from({ length: end }, (_, i) => ({
        ...instance,
        offset: plus(instance.offset, step, i),
        [loop.axis]: instance[loop.axis] * end + i,
      })),
    );
  }
  const apart = (axis: "x" | "y", position: number): string => (has(joins[axis], tensor) ? "" : String(position));
  return {
    instances: instances.map(({ offset, x, y }) => ({
      offset,
      group: `${offset.join(",")} ${apart("x", x)} ${apart("y", y)}`,
    })),
    columns: Math.max(fanout.x, used.x),
    rows: Math.max(fanout.y, used.y),
    linksAlong: { x: has(fanout.links.x, tensor), y: has(fanout.links.y, tensor) },
  };
}

const has = (tensors: TensorSet, tensor: Tensor): boolean =>
  tensors === "all" || tensors.has(tensor.name) || tensors.has(tensor.alias);
