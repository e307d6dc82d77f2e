/** The life of one tensor: at every step the instances of its nodes take their boxes, and words move (docs/semantics.md, rules 5 to 10). */
import { Mergings, type Message } from "./grouping.js";
import { affectsOf, Locator } from "./locate.js";
import type { Mover } from "./movers.js";
import { at, type Nest } from "./nest.js";
import type { Places, Program } from "./program.js";
import {
  eachPoint,
  intersected,
  isSameRegion,
  isWithin,
  type Region,
  without,
  wordsIn,
  wordsInside,
} from "./regions.js";
import { eachSpan, type Placement } from "./spans.js";
import type { Cohort, Laid, Network, Node } from "./stages.js";
import { tally } from "./tally.js";

/** Where a node's tables, counters and buffers lie, in bytes. */
export interface NodeMemory {
  /** Address of each instance's buffer. */
  readonly table: number;
  /** Address of the parent's buffer, moved to where the words of an instance with offset 0 would be. */
  readonly parentTable: number;
  readonly fills: number;
  readonly drains: number;
  /** Counters that nobody reads, for words that are moved but not counted. */
  readonly uncounted: number;
  readonly buffers: number;
  readonly bytesPerBuffer: number;
}

/** What the instances of a cohort do when their box changes. */
interface Move {
  readonly cohort: Cohort;
  readonly next: Region;
  readonly kept: Region | null;
  readonly requested: readonly Region[];
  readonly drained: readonly Region[];
  /** Whether the parent may have moved on while these instances idled, so that it no longer holds their words. */
  readonly isLost: boolean;
}

/** A node at work. */
interface Station {
  readonly node: Node;
  readonly memory: NodeMemory;
  readonly locator: Locator;
  readonly affects: readonly boolean[];
  readonly down: Mergings;
  readonly up: Mergings;
  /** Cohorts that work in this step, and what those of them do whose boxes change. */
  readonly active: Cohort[];
  readonly moves: Move[];
}

export function nodeMemory(node: Node, places: Places, bytesPerWord: number): NodeMemory {
  const count = node.indices.length;
  const bytesPerBuffer = Math.ceil((node.words * bytesPerWord) / 16) * 16;
  return {
    table: places.take(4 * count),
    parentTable: places.take(4 * count),
    fills: places.take(8 * count),
    drains: places.take(8 * count),
    uncounted: places.take(8 * count),
    buffers: places.take(bytesPerBuffer * count),
    bytesPerBuffer,
  };
}

export class Chain {
  readonly laid: Laid;
  readonly isOutput: boolean;
  readonly isFree: boolean;
  readonly program: Program;
  readonly stations: readonly Station[];
  readonly affects: readonly boolean[];
  /** By level of the fan-out. */
  readonly hops: Float64Array;
  readonly bytesPerWord: number;

  constructor(
    nest: Nest,
    laid: Laid,
    nodes: readonly Node[],
    memories: readonly NodeMemory[],
    program: Program,
    hops: Float64Array,
  ) {
    this.laid = laid;
    this.isOutput = laid.tensor.role === "output";
    this.isFree = nest.einsum.padding === "free";
    this.program = program;
    this.hops = hops;
    this.bytesPerWord = program.words.BYTES_PER_ELEMENT;
    this.stations = nodes.map((node, i) => ({
      node,
      memory: at(memories, i),
      locator: new Locator(nest, node.stage.position, laid.ranks),
      affects: affectsOf(nest, node.stage.position, laid.ranks),
      down: new Mergings(node, node.down),
      up: new Mergings(node, node.up),
      active: [],
      moves: [],
    }));
    this.affects = nest.mapping.nodes.map((_, p) => this.stations.some(({ affects }, s) => s > 0 && affects[p]));
    for (const [i, { node, memory }] of this.stations.entries()) this.fillTables(node, memory, this.stations[i - 1]);
    at(at(nodes, 0).cohorts, 0).held = laid.whole;
  }

  fillTables(node: Node, memory: NodeMemory, above: Station | undefined): void {
    const integers = new Int32Array(this.program.memory.buffer);
    const rank = this.laid.ranks.length;
    for (let i = 0; i < node.indices.length; i++) {
      integers[memory.table / 4 + i] = memory.buffers + i * memory.bytesPerBuffer;
      if (above === undefined) continue;
      const parent = at(node.parents, i);
      let address = above.memory.buffers + parent * above.memory.bytesPerBuffer;
      for (let axis = 0; axis < rank; axis++)
        address +=
          (at(node.offsets, i * rank + axis) - at(above.node.offsets, parent * rank + axis)) *
          at(above.node.strides, axis);
      integers[memory.parentTable / 4 + i] = address;
    }
  }

  /** One step, in which the temporal loop at `changed` is the outermost that moved on (−1: the first step). */
  step(indices: Int32Array, changed: number): void {
    if (changed >= 0 && !this.affects[changed]) return;
    let hasMoves = false;
    for (let s = 1; s < this.stations.length; s++) {
      const station = this.stations[s] as Station;
      station.moves.length = 0;
      station.active.length = 0;
      if (changed >= 0 && !station.affects[changed]) continue;
      this.decide(station, indices);
      if (station.moves.length > 0) hasMoves = true;
    }
    if (hasMoves && this.isOutput)
      for (let s = this.stations.length - 1; s >= 1; s--) this.drain(s, (this.stations[s] as Station).moves);
    for (let s = 1; s < this.stations.length; s++) {
      const station = this.stations[s] as Station;
      if (station.moves.length > 0) this.fill(station, this.stations[s - 1] as Station);
      for (const cohort of station.active) cohort.parentVersion = cohort.parent?.version ?? 0;
    }
  }

  /** Rule 5. */
  decide(station: Station, indices: Int32Array): void {
    for (const cohort of station.node.cohorts) {
      const { locator } = station;
      if (!locator.locate(cohort.sample, indices)) continue;
      station.active.push(cohort);
      const old = cohort.held;
      if (old !== null && isSameRegion(old, locator.found)) continue;
      const next = { low: locator.found.low.slice(), size: locator.found.size.slice() };
      const kept = old === null ? null : keep(cohort, old, next, station.node.reuse);
      station.moves.push({
        cohort,
        next,
        kept,
        requested: without(next, kept),
        drained: old === null || !this.isOutput ? [] : without(old, kept),
        isLost: cohort.parentVersion !== (cohort.parent?.version ?? 0),
      });
    }
  }

  /** Rules 7 and 10. */
  drain(s: number, moves: readonly Move[]): void {
    const station = at(this.stations, s);
    const above = at(this.stations, s - 1);
    const messages: Message[] = [];
    for (const move of moves) {
      const { cohort, drained } = move;
      const old = cohort.held;
      if (old === null || drained.length === 0) continue;
      if (move.isLost) this.drainLost(s, move);
      else {
        const child = { low: old.low, strides: station.node.strides };
        const counters = this.isFree ? station.memory.uncounted : station.memory.drains;
        for (const piece of drained) this.move("give", station, above, cohort, piece, child, counters);
      }
      if (this.isFree) this.countInside(station, station.memory.drains, cohort, drained);
      cohort.moved = { parts: drained, words: wordsIn(drained), isAll: true };
      messages.push(messageOf(cohort, old, move.kept, drained));
    }
    if (messages.length === 0) return;
    this.transfer(station, station.up, station.node.up, messages, above.node.updates);
  }

  /** Rules 6, 7 and 9. */
  fill(station: Station, above: Station): void {
    const messages: Message[] = [];
    for (const move of station.moves) {
      const { cohort, next, requested } = move;
      this.shift(station, move);
      if (requested.length > 0) messages.push(messageOf(cohort, next, move.kept, requested));
      cohort.held = next;
      cohort.version++;
      const parts = requested.flatMap((piece) => this.fetch(station, above, cohort, piece));
      const words = wordsIn(parts);
      cohort.moved = { parts, words, isAll: words === wordsIn(requested) };
    }
    if (messages.length > 0) this.transfer(station, station.down, station.node.down, messages, above.node.reads);
    if (this.isOutput)
      for (const { cohort, requested } of station.moves)
        for (const piece of requested) cohort.everHeld.addRegion(piece);
  }

  /**
   * Words of the piece come from the parent: inputs as a copy; of an output only those that were here before, the others are the
   * identity. Tells which came.
   */
  fetch(station: Station, above: Station, cohort: Cohort, piece: Region): readonly Region[] {
    const { memory, node } = station;
    const placement = { low: cohort.held?.low ?? [], strides: node.strides };
    const words = wordsIn([piece]);
    const known = this.isOutput ? cohort.everHeld.countIn(piece) : words;
    const parts = known === words ? [piece] : known === 0 ? [] : cohort.everHeld.partsOf(piece);
    if (known < words) this.move("clear", station, above, cohort, piece, placement, memory.uncounted);
    const counters = this.isFree ? memory.uncounted : memory.fills;
    const mover = this.isOutput ? "take" : "copy";
    for (const part of parts) this.move(mover, station, above, cohort, part, placement, counters);
    if (this.isFree) this.countInside(station, memory.fills, cohort, parts);
    return parts;
  }

  move(
    mover: Mover,
    station: Station,
    above: Station,
    cohort: Cohort,
    piece: Region,
    child: Placement,
    counters: number,
  ): void {
    const { table, parentTable } = station.memory;
    const { first, count } = cohort;
    const parent = { low: cohort.parent?.held?.low ?? [], strides: above.node.strides };
    const call = this.program.movers[mover];
    eachSpan(piece, child, parent, this.bytesPerWord, (c, p, n0, n1, c1, p1, n2, c2, p2, n3, c3, p3) =>
      call(table, parentTable, counters, first, count, c, p, n0, n1, c1, p1, n2, c2, p2, n3, c3, p3),
    );
  }

  /** Words that stay take their places in the new box. */
  shift({ node, memory }: Station, { cohort, kept, next }: Move): void {
    const old = cohort.held;
    if (old === null || kept === null) return;
    let distance = 0;
    for (let axis = 0; axis < next.low.length; axis++)
      distance += ((old.low[axis] as number) - (next.low[axis] as number)) * (node.strides[axis] as number);
    if (distance === 0) return;
    const bytes = this.bytesPerWord;
    const { table } = memory;
    const { first, count } = cohort;
    const { strides } = node;
    const { shift } = this.program;
    const isUp = distance > 0;
    eachSpan(
      kept,
      { low: old.low, strides },
      { low: next.low, strides },
      bytes,
      (from, to, n0, n1, s1, _1, n2, s2, _2, n3, s3) => {
        if (!isUp) shift(table, first, count, from, to, n0, n1, s1, n2, s2, n3, s3, bytes);
        else {
          const last = (n0 - 1) * bytes + (n1 - 1) * s1 + (n2 - 1) * s2 + (n3 - 1) * s3;
          shift(table, first, count, from + last, to + last, n0, n1, -s1, n2, -s2, n3, -s3, -bytes);
        }
      },
      isUp,
    );
  }

  /** Counts sets of same messages at the parents and on the links. */
  transfer(
    { node }: Station,
    mergings: Mergings,
    network: Network,
    messages: readonly Message[],
    parents: Float64Array,
  ): void {
    const { accesses, hops } = mergings.of(messages);
    tally(node, accesses, this.isFree, parents);
    network.crossings.forEach(({ fanout }, j) => {
      const words = tally(node, at(hops, j), this.isFree, null);
      this.hops[fanout] = (this.hops[fanout] as number) + words;
    });
  }

  countInside({ node }: Station, counters: number, cohort: Cohort, parts: readonly Region[]): void {
    const counts = new Float64Array(this.program.memory.buffer, counters, node.indices.length);
    const rank = this.laid.ranks.length;
    for (let i = cohort.first; i < cohort.first + cohort.count; i++)
      counts[i] = (counts[i] as number) + wordsInside(parts, this.laid.shape, node.offsets, i * rank);
  }

  /** Drains to a parent that no longer holds the words: each goes to the nearest node above that does. */
  drainLost(s: number, { cohort, drained }: Move): void {
    const { node, memory } = at(this.stations, s);
    const old = cohort.held;
    if (old === null) return;
    const { words, arithmetic } = this.program;
    const counts = new Float64Array(this.program.memory.buffer, memory.drains, node.indices.length);
    for (let i = cohort.first; i < cohort.first + cohort.count; i++) {
      for (const piece of drained)
        eachPoint(piece, (point) => {
          const from = this.addressOf(s, i, old, point);
          const into = this.nearestHolder(s, i, point);
          words[into] = arithmetic.merge(at(words, into), at(words, from));
        });
      if (!this.isFree) counts[i] = at(counts, i) + wordsIn(drained);
    }
  }

  /** The place among all words of a point that instance i of a node holds; the point is given relative to the instance's offset. */
  addressOf(s: number, i: number, held: Region, point: readonly number[]): number {
    const { node, memory } = at(this.stations, s);
    let address = memory.buffers + i * memory.bytesPerBuffer;
    for (const [axis, x] of point.entries()) address += (x - at(held.low, axis)) * at(node.strides, axis);
    return address / this.bytesPerWord;
  }

  nearestHolder(s: number, i: number, point: readonly number[]): number {
    const rank = point.length;
    let [instance, relative] = [i, point];
    for (let above = s - 1; above >= 0; above--) {
      const [below, node] = [at(this.stations, above + 1).node, at(this.stations, above).node];
      const parent = at(below.parents, instance);
      const from = relative;
      const own = instance;
      relative = from.map(
        (x, axis) => x + at(below.offsets, own * rank + axis) - at(node.offsets, parent * rank + axis),
      );
      instance = parent;
      const { held } = at(node.cohorts, at(node.cohortOf, instance));
      if (held !== null && isWithin(held, relative)) return this.addressOf(above, instance, held, relative);
    }
    throw new Error("a word is held nowhere above");
  }

  /** The end of rule 7: every instance drains all it holds, innermost levels first. */
  finish(): void {
    if (!this.isOutput) return;
    for (let s = this.stations.length - 1; s >= 1; s--) {
      const moves = at(this.stations, s).node.cohorts.flatMap((cohort): readonly Move[] => {
        if (cohort.held === null) return [];
        const isLost = cohort.parentVersion !== (cohort.parent?.version ?? 0);
        return [{ cohort, next: cohort.held, kept: null, requested: [], drained: [cohort.held], isLost }];
      });
      this.drain(s, moves);
    }
  }
}

/** What a moving cohort keeps. Null: nothing. */
function keep(cohort: Cohort, old: Region, next: Region, reuse: "slide" | "overlap" | "none"): Region | null {
  if (reuse === "none") return null;
  if (reuse === "overlap") return intersected(old, next);
  const move = next.low.map((low, axis) => low - (old.low[axis] as number));
  const slides = cohort.lastMove === null || move.every((x, axis) => x === cohort.lastMove?.[axis]);
  cohort.lastMove = slides ? move : null;
  return slides ? intersected(old, next) : null;
}

function messageOf(cohort: Cohort, box: Region, kept: Region | null, pieces: readonly Region[]): Message {
  const [piece] = pieces;
  return pieces.length === 1 && piece !== undefined ? { cohort, box: piece, hole: null } : { cohort, box, hole: kept };
}
