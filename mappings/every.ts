import type { Architecture } from "../arch-specs/index.js";
import { type Conventions, ceilDiv, divisorsOf } from "../base/index.js";
import type { Layer } from "../workloads/index.js";
import type { Dataflow, ResolvedDataflow } from "./dataflow.js";
import { resolveDataflow } from "./dataflow-resolve.js";
import { branded } from "./legality.js";
import type { LegalMapping, ResolvedNode } from "./mapping.js";
import { commute, type Loop, merges, rankOf } from "./neighbours.js";
import { obeysResolved } from "./obeys.js";
import { capacityFor, poolsOf } from "./occupancy.js";
import { type Space, type StoragePlace, spaceOf, tensorsIn } from "./space.js";
import { boxWords, storageAt } from "./tensors.js";

export interface EveryOptions {
  /** Tiles that do not divide their extent as well; false unless given. */
  readonly imperfect?: boolean;
  readonly dataflow?: Dataflow;
  /** The same, looked up already. */
  readonly resolved?: ResolvedDataflow | null;
  /** Whose rule of occupancy holds; `loopwright` unless given. */
  readonly conventions?: Conventions;
  /**
   * `distinct` (unless given): of loop trees that differ only in the order of neighbouring loops that never matters, one
   * stands for all. `all`: each order by itself.
   */
  readonly orders?: "distinct" | "all";
  /** Asked of every unfinished tree, all sources being there: whether trees that begin so are wanted. All are unless given. */
  readonly isWanted?: (nodes: readonly ResolvedNode[]) => boolean;
}

/**
 * Every legal mapping of a small problem, for brute force: all choices of keep and bypass, uneven positions of keep nodes,
 * loop orders, spatial loops with temporal ones between them, variables that return several times. Anything that
 * `checkLegality` accepts is there, or an equal of it by these rules, none of which changes any count:
 * - a loop of one iteration goes;
 * - neighbouring loops of one variable, both temporal or both on the same axis of a fan-out, are one loop where the inner
 *   tile divides the outer;
 * - neighbouring keep nodes of one level stand in any order;
 * - with `distinct` orders, neighbouring loops of different variables, one spatial, the other temporal or on the other axis
 *   of the same fan-out, stand in any order.
 */
export function* everyLegalMapping(
  layer: Layer,
  architecture: Architecture,
  options: EveryOptions = {},
): Generator<LegalMapping> {
  const space = spaceFor(layer, architecture, options);
  if (space === null) return;
  const conventions = options.conventions ?? "loopwright";
  const walk = new Walk(space, options, conventions !== "accelforge");
  for (const nodes of walk.start()) {
    if (conventions === "accelforge") {
      const pools = poolsOf(nodes, layer.einsum, architecture, conventions);
      if (pools.some((pool) => pool.used > pool.words)) continue;
    }
    const legal = branded(layer, architecture, nodes);
    if (space.dataflow === null || obeysResolved(legal, space.dataflow).length === 0) yield legal;
  }
}

/** The loop trees before capacity: what `everyLegalMapping` would give if every storage were large enough. */
export function* everyLoopTree(
  layer: Layer,
  architecture: Architecture,
  options: EveryOptions = {},
): Generator<readonly ResolvedNode[]> {
  const space = spaceFor(layer, architecture, options);
  if (space === null) return;
  for (const nodes of new Walk(space, options, false).start())
    if (space.dataflow === null || obeysResolved(branded(layer, architecture, nodes), space.dataflow).length === 0)
      yield nodes;
}

/** Null where the architecture cannot hold to the dataflow: no mapping then. */
function spaceFor(
  layer: Layer,
  architecture: Architecture,
  { dataflow, resolved: known = null }: EveryOptions,
): Space | null {
  if (dataflow === undefined) return spaceOf(layer, architecture, known);
  const resolved = resolveDataflow(dataflow, architecture, layer.einsum);
  return resolved.ok ? spaceOf(layer, architecture, resolved.value) : null;
}

type SpatialNode = Extract<ResolvedNode, { readonly kind: "spatial" }>;

/** Builds loop trees from the outside in, one node at a time; nothing is built that a rule of structure forbids. */
class Walk {
  readonly #space: Space;
  readonly #imperfect: boolean;
  readonly #distinct: boolean;
  readonly #withCapacity: boolean;
  readonly #isWanted: (nodes: readonly ResolvedNode[]) => boolean;
  readonly #nodes: ResolvedNode[] = [];
  readonly #extents: number[];
  /** Tensors kept so far, by level. */
  readonly #kept = new Map<number, number>();
  /** Words left, by level and pool. */
  readonly #free = new Map<string, number>();
  /** Instances left, by fan-out and axis. */
  readonly #room = new Map<string, number>();
  /** The deepest level with a keep node or a spatial loop. */
  #deepest = -1;

  constructor(space: Space, options: EveryOptions, withCapacity: boolean) {
    this.#space = space;
    this.#imperfect = options.imperfect ?? false;
    this.#distinct = (options.orders ?? "distinct") === "distinct";
    this.#withCapacity = withCapacity;
    this.#isWanted = options.isWanted ?? ((): boolean => true);
    this.#extents = [...space.layer.einsum.bounds];
    for (const { level, x, y } of space.fanouts) {
      this.#room.set(`${level}x`, x.size);
      this.#room.set(`${level}y`, y.size);
    }
  }

  /** Above all loops every tensor has its source. */
  *start(): Generator<readonly ResolvedNode[]> {
    for (const batch of this.#batches(0)) {
      const sources = batch.reduce((mask, [, tensors]) => mask | tensors, 0);
      if (sources === this.#space.everything) yield* this.#withBatch(batch);
    }
  }

  /** All ways to go on from a gap between two nodes: keep nodes first, or none. */
  *#gap(): Generator<readonly ResolvedNode[]> {
    yield* this.#loops();
    for (const batch of this.#batches(0)) yield* this.#withBatch(batch);
  }

  /** Sets of keep nodes that may stand together here: pairs of a storage's number and a mask of tensors, none empty. */
  *#batches(from: number): Generator<readonly (readonly [number, number])[]> {
    const place = this.#space.storages[from];
    if (place === undefined) return;
    const before = this.#kept.get(place.level) ?? 0;
    const open = place.level < this.#deepest ? 0 : place.allowed & ~before;
    for (let add = open; ; add = (add - 1) & open) {
      const complete = place.level < this.#deepest || (place.must & ~(before | add)) === 0;
      const head: readonly (readonly [number, number])[] = add === 0 ? [] : [[from, add]];
      if (add !== 0) yield head;
      if (complete) for (const deeper of this.#batches(from + 1)) yield [...head, ...deeper];
      if (add === 0) break;
    }
  }

  *#withBatch(batch: readonly (readonly [number, number])[]): Generator<readonly ResolvedNode[]> {
    const deepest = this.#deepest;
    const length = this.#nodes.length;
    const taken: [string, number][] = [];
    let fits = true;
    for (const [number, tensors] of batch) {
      const place = this.#space.storages[number];
      if (place === undefined) throw new Error("a batch names a storage");
      this.#deepest = place.level;
      this.#kept.set(place.level, (this.#kept.get(place.level) ?? 0) | tensors);
      for (const tensor of tensorsIn(tensors)) {
        this.#nodes.push({ kind: "keep", tensor, level: place.level });
        if (this.#withCapacity) fits = this.#take(place, tensor, taken) && fits;
      }
    }
    if (fits && this.#isWanted(this.#nodes)) yield* this.#loops();
    for (const [key, words] of taken) this.#free.set(key, (this.#free.get(key) ?? 0) + words);
    for (const [number, tensors] of batch) {
      const level = this.#space.storages[number]?.level ?? -1;
      this.#kept.set(level, (this.#kept.get(level) ?? 0) & ~tensors);
    }
    this.#nodes.length = length;
    this.#deepest = deepest;
  }

  #take(place: StoragePlace, tensor: number, taken: [string, number][]): boolean {
    const found = this.#space.layer.einsum.tensors[tensor];
    if (found === undefined) throw new Error(`no tensor ${tensor}`);
    const { pool, words } = capacityFor(storageAt(this.#space.architecture, place.level), found);
    const key = `${place.level} ${pool}`;
    const needed = boxWords(found, this.#extents);
    const left = (this.#free.get(key) ?? words) - needed;
    this.#free.set(key, left);
    taken.push([key, needed]);
    return left >= 0;
  }

  /** Right below a gap's keep nodes, if any: the end, or one more loop. */
  *#loops(): Generator<readonly ResolvedNode[]> {
    if (this.#extents.every((extent) => extent === 1)) {
      if (this.#isComplete(Number.POSITIVE_INFINITY)) yield [...this.#nodes];
      return;
    }
    for (const [variable, extent] of this.#extents.entries()) {
      if (extent === 1 || !this.#mayStand(variable)) continue;
      for (const by of this.#tiles(extent)) {
        yield* this.#withLoop({ kind: "for", variable, by, extent });
        for (const place of this.#space.fanouts)
          for (const axis of ["x", "y"] as const)
            if (place[axis].allowed[variable])
              yield* this.#withSpatial({ kind: "spatial", variable, by, extent, axis, fanout: place.level });
      }
    }
  }

  #tiles(extent: number): readonly number[] {
    if (!this.#imperfect) return divisorsOf(extent).slice(0, -1);
    return Array.from({ length: extent - 1 }, (_, i) => i + 1);
  }

  /** No level kept so far forbids loops over the variable below it. */
  #mayStand(variable: number): boolean {
    return this.#space.storages.every(({ level, below }) => below[variable] || !this.#kept.get(level));
  }

  /** Every storage further out than the level keeps what it must. */
  #isComplete(level: number): boolean {
    return this.#space.storages.every(
      (place) => place.level > level || (place.must & ~(this.#kept.get(place.level) ?? 0)) === 0,
    );
  }

  *#withSpatial(loop: SpatialNode): Generator<readonly ResolvedNode[]> {
    if (loop.fanout < this.#deepest || !this.#isComplete(loop.fanout)) return;
    const key = `${loop.fanout}${loop.axis}`;
    const room = this.#room.get(key) ?? 1;
    const iterations = ceilDiv(loop.extent, loop.by);
    if (iterations > room) return;
    const deepest = this.#deepest;
    this.#deepest = loop.fanout;
    this.#room.set(key, Math.floor(room / iterations));
    yield* this.#withLoop(loop);
    this.#room.set(key, room);
    this.#deepest = deepest;
  }

  *#withLoop(loop: Loop): Generator<readonly ResolvedNode[]> {
    const above = this.#nodes.at(-1);
    if (above !== undefined && above.kind !== "keep" && merges(above, loop)) return;
    if (this.#distinct && this.#comesTooLate(loop)) return;
    this.#nodes.push(loop);
    this.#extents[loop.variable] = loop.by;
    if (this.#isWanted(this.#nodes)) yield* this.#gap();
    this.#extents[loop.variable] = loop.extent;
    this.#nodes.pop();
  }

  /** Whether the loop could move up, over loops whose order with it does not matter, above one that ranks after it. */
  #comesTooLate(loop: Loop): boolean {
    for (let i = this.#nodes.length - 1; i >= 0; i--) {
      const above = this.#nodes[i];
      if (above === undefined || above.kind === "keep" || !commute(above, loop)) return false;
      if (rankOf(loop) < rankOf(above)) return true;
    }
    return false;
  }
}
