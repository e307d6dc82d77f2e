import type { FanoutLevel, StorageLevel, TensorSet } from "../../arch-specs/index.js";
import type { LegalMapping, ResolvedNode } from "../../mappings/index.js";
import type { Einsum, Tensor } from "../../workloads/index.js";

/** A half-open interval of a rank variable or of a tensor's axis. */
export interface Range {
  readonly start: number;
  readonly end: number;
}
/** One interval an axis. */
export type Box = readonly Range[];

export type Loop = Extract<ResolvedNode, { kind: "for" | "spatial" }>;

/** Where a loop stands, with its iterations at the fullest. */
export interface PlacedLoop {
  readonly position: number;
  readonly loop: Loop;
  readonly iterations: number;
}

/** A mapping with what is asked of it all the time. */
export interface Nest {
  readonly mapping: LegalMapping;
  readonly einsum: Einsum;
  readonly loops: readonly PlacedLoop[];
  /** Of each variable: whether every one of its loops divides what is above it. */
  readonly areEven: readonly boolean[];
}

export function nestOf(mapping: LegalMapping): Nest {
  const { einsum } = mapping.layer;
  const loops = loopsOf(mapping);
  const areEven = einsum.bounds.map((_, v) =>
    loops.every(({ loop }) => loop.variable !== v || loop.extent % loop.by === 0),
  );
  return { mapping, einsum, loops, areEven };
}

/** A keep node, or the compute instances that stand below a tensor's last one (level: the compute level). */
export interface Stage {
  readonly tensor: number;
  readonly level: number;
  /** Nodes before this position stand above. */
  readonly position: number;
}

/** The fan-outs that a word crosses between two stages, outermost first. */
export interface Crossing {
  readonly fanout: number;
  /** Whether this tensor is multicast (downwards) or reduced (upwards) along each axis. */
  readonly shares: { readonly x: boolean; readonly y: boolean };
}

/** Rule 1: the range that iteration k of the loop leaves of a range, or null where k is outside. */
export function iterationOf(range: Range, by: number, k: number): Range | null {
  const start = range.start + k * by;
  return start < range.end ? { start, end: Math.min(start + by, range.end) } : null;
}

/** Rule 1 over all loops above a position; null where an index is outside its range: the instance idles (rule 3). */
export function rangesAt(mapping: LegalMapping, position: number, indices: ArrayLike<number>): readonly Range[] | null {
  const ranges: Range[] = mapping.layer.einsum.bounds.map((bound) => ({ start: 0, end: bound }));
  for (let p = 0; p < position; p++) {
    const node = at(mapping.nodes, p);
    if (node.kind === "keep") continue;
    const range = iterationOf(at(ranges, node.variable), node.by, at(indices, p));
    if (range === null) return null;
    ranges[node.variable] = range;
  }
  return ranges;
}

/** Rule 2: the box of a tensor over ranges of the variables. */
export function boxOf(tensor: Tensor, ranges: readonly Range[]): Box {
  return tensor.ranks.map((rank) => {
    let least = rank.offset;
    let greatest = rank.offset;
    for (const { variable, coefficient } of rank.terms) {
      const { start, end } = at(ranges, variable);
      const [first, last] = [coefficient * start, coefficient * (end - 1)];
      least += Math.min(first, last);
      greatest += Math.max(first, last);
    }
    return { start: least, end: greatest + 1 };
  });
}

export const wholeBox = (einsum: Einsum, tensor: Tensor): Box =>
  boxOf(
    tensor,
    einsum.bounds.map((bound) => ({ start: 0, end: bound })),
  );

export const loopsOf = (mapping: LegalMapping): readonly PlacedLoop[] =>
  mapping.nodes.flatMap((loop, position) =>
    loop.kind === "keep" ? [] : [{ position, loop, iterations: Math.ceil(loop.extent / loop.by) }],
  );

/** The keep nodes of a tensor, outermost first, with compute at the end. */
export function stagesOf(mapping: LegalMapping, tensor: number): readonly Stage[] {
  const kept = mapping.nodes.flatMap((node, position) =>
    node.kind === "keep" && node.tensor === tensor ? [{ tensor, level: node.level, position }] : [],
  );
  return [...kept, { tensor, level: mapping.architecture.levels.length - 1, position: mapping.nodes.length }];
}

export function crossingsOf(
  mapping: LegalMapping,
  above: Stage,
  below: Stage,
  direction: "multicast" | "reduction",
): readonly Crossing[] {
  const tensor = at(mapping.layer.einsum.tensors, above.tensor);
  return mapping.architecture.levels.flatMap((level, fanout) => {
    if (level.kind !== "fanout" || fanout < above.level || fanout > below.level) return [];
    const { x, y } = level[direction];
    return [{ fanout, shares: { x: applies(x, tensor), y: applies(y, tensor) } }];
  });
}

const applies = (set: TensorSet, tensor: Tensor): boolean =>
  set === "all" || set.has(tensor.name) || set.has(tensor.alias);

/** Rule 8: the mixed-radix position of an instance on one axis of a fan-out, outer loops more significant. */
export function positionOn(
  loops: readonly PlacedLoop[],
  fanout: number,
  axis: "x" | "y",
  indices: ArrayLike<number>,
): number {
  return numberIn(
    loops.filter(({ loop }) => loop.kind === "spatial" && loop.fanout === fanout && loop.axis === axis),
    indices,
  );
}

/** The loop indices of an instance as one mixed-radix number, outer loops more significant. */
export function numberIn(loops: readonly PlacedLoop[], indices: ArrayLike<number>): number {
  let number_ = 0;
  for (const { iterations, position } of loops) number_ = number_ * iterations + at(indices, position);
  return number_;
}

/** The spatial loops above a position. */
export const spatialAbove = (loops: readonly PlacedLoop[], position: number): readonly PlacedLoop[] =>
  loops.filter(({ loop, position: p }) => loop.kind === "spatial" && p < position);

/**
 * The instances that stand below the spatial loops above a position, as indices by position (0 elsewhere), leftmost loop
 * slowest. Only those that work in some step: an instance that is outside its range at the first iteration of every
 * temporal loop is outside at all of them.
 */
export function instancesAt(
  mapping: LegalMapping,
  loops: readonly PlacedLoop[],
  position: number,
): readonly Int32Array[] {
  let instances: Int32Array[] = [new Int32Array(mapping.nodes.length)];
  for (const { iterations, position: p } of spatialAbove(loops, position)) {
    if (iterations === 1) continue;
    instances = instances.flatMap((instance) =>
      Array.from({ length: iterations }, (_, k) => {
        const next = instance.slice();
        next[p] = k;
        return next;
      }),
    );
  }
  if (loops.every(({ loop }) => loop.extent % loop.by === 0)) return instances;
  return instances.filter((instance) => rangesAt(mapping, position, instance) !== null);
}

/** The place in the loop tree of a level, for counting its instances: below every spatial loop of the fan-outs above it. */
export function positionOfLevel(mapping: LegalMapping, level: number): number {
  return 1 + mapping.nodes.findLastIndex((node) => node.kind === "spatial" && node.fanout < level);
}

export function storageAt(mapping: LegalMapping, level: number): StorageLevel {
  const found = at(mapping.architecture.levels, level);
  if (found.kind !== "storage") throw new Error(`level ${level} is not storage`);
  return found;
}

export const fanoutsOf = (mapping: LegalMapping): readonly { readonly level: number; readonly fanout: FanoutLevel }[] =>
  mapping.architecture.levels.flatMap((fanout, level) => (fanout.kind === "fanout" ? [{ level, fanout }] : []));

/** The item at an index that is known to exist. */
export function at<T>(items: ArrayLike<T>, index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`index ${index} of ${items.length}`);
  return item;
}
