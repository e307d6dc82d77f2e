/** The life of one tensor: at every step the instances of its nodes take their boxes, and words move (docs/semantics.md, rules 5 to 10). */

import type { Mover } from "../code/movers.js";
import type { Program } from "../code/program.js";
import { at, type Nest } from "../nest.js";
import { type Delta, deltasOf, dot } from "./deltas.js";
import { type Groups, Mergings, type Message } from "./grouping.kernel.js";
import { affectsOf, Locator } from "./locate.kernel.js";
import { fillTables, type NodeMemory } from "./node-memory.js";
import { type Part, type Plan, planOf, SHIFT, SPAN } from "./plans.kernel.js";
import type { Recorder } from "./recorder.kernel.js";
import { eachPoint, isWithin, type Region, wordsInside } from "./regions.kernel.js";
import { eachSpan } from "./spans.kernel.js";
import type { Cohort, Laid, Network, Node } from "./stages.js";
import { tally } from "./tally.kernel.js";

/** A node at work. */
export interface Station {
  readonly node: Node;
  readonly memory: NodeMemory;
  readonly locator: Locator;
  readonly affects: readonly boolean[];
  /** Where every loop divides what is above it: how the box moves, by the position of the loop that moved on. */
  readonly deltas: readonly (Delta | null)[] | null;
  readonly down: Mergings;
  readonly up: Mergings;
  /** Cohorts whose boxes change in this step: the first `moving` of these. */
  readonly movers: Cohort[];
  moving: number;
  /** Whether the boxes were looked at in this step. */
  isVisited: boolean;
}

/** Moves of one kind that a cohort keeps worked out. */
const MOST_PLANS = 32;

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
  readonly messages: Message[] = [];
  sender: Cohort | null = null;
  /** Told of what moves, where the run is timed. */
  recorder: Recorder | null = null;
  /** Words of the busiest instance in the drain or fill at hand. */
  most = 0;

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
    const isEven = nest.areEven.every((is) => is);
    this.stations = nodes.map((node, i) => ({
      node,
      memory: at(memories, i),
      locator: new Locator(nest, node.stage.position, laid.ranks),
      affects: affectsOf(nest, node.stage.position, laid.ranks),
      deltas: isEven && i > 0 ? this.deltasAt(nest, node, at(nodes, i - 1)) : null,
      down: new Mergings(node, node.down),
      up: new Mergings(node, node.up),
      movers: [...node.cohorts],
      moving: 0,
      isVisited: false,
    }));
    this.affects = nest.mapping.nodes.map((_, p) => this.stations.some(({ affects }, s) => s > 0 && affects[p]));
    for (const [i, { node, memory }] of this.stations.entries())
      fillTables(node, memory, this.stations[i - 1] ?? null, program);
    const root = at(at(nodes, 0).cohorts, 0);
    root.isEmpty = false;
    copy(laid.whole.low, root.held.low);
    copy(laid.whole.size, root.held.size);
    root.atOwn = dot(laid.whole.low, at(nodes, 0).strides);
  }

  deltasAt(nest: Nest, { stage, strides, cohorts }: Node, above: Node): readonly (Delta | null)[] {
    const marks = at(cohorts, 0).everHeld.strides;
    return deltasOf(nest, this.laid, stage.position, { own: strides, parent: above.strides, marks });
  }

  /** One step, in which the temporal loop at `changed` is the outermost that moved on (−1: the first step). */
  step(indices: Int32Array, changed: number): void {
    if (changed >= 0 && !this.affects[changed]) return;
    const { stations } = this;
    let moving = 0;
    for (let s = 1; s < stations.length; s++) {
      const station = stations[s]!;
      station.moving = 0;
      station.isVisited = changed < 0 || station.affects[changed]!;
      if (station.isVisited)
        if (changed >= 0 && station.deltas !== null) this.decideEvenly(s, station.deltas[changed]!);
        else this.decide(s, indices);
      moving += station.moving;
    }
    if (moving > 0 && this.isOutput) for (let s = stations.length - 1; s >= 1; s--) this.drain(s);
    for (let s = 1; s < stations.length; s++) {
      const station = stations[s]!;
      if (station.moving > 0) this.fill(s);
      if (!station.isVisited) continue;
      for (const cohort of station.node.cohorts) if (cohort.isActive) cohort.parentVersion = cohort.parent!.version;
    }
  }

  /** Rule 5. */
  decide(s: number, indices: Int32Array): void {
    const station = this.stations[s]!;
    const { locator, movers } = station;
    const { low, size } = locator.found;
    for (const cohort of station.node.cohorts) {
      cohort.isActive = locator.locate(cohort.sample, indices);
      if (!cohort.isActive) continue;
      const { held, next } = cohort;
      if (!cohort.isEmpty && isEqual(low, held.low) && isEqual(size, held.size)) continue;
      cohort.isLost = cohort.parentVersion !== cohort.parent!.version;
      copy(low, next);
      this.place(s, cohort);
      cohort.plan = this.planFor(s, cohort, size);
      movers[station.moving++] = cohort;
    }
  }

  /** The places of the next box' low corner. */
  place(s: number, cohort: Cohort): void {
    const [own, parent] = [this.stations[s]!.node.strides, this.stations[s - 1]!.node.strides];
    const { next, everHeld } = cohort;
    cohort.nextOwn = 0;
    cohort.nextParent = 0;
    for (let axis = 0; axis < next.length; axis++) {
      cohort.nextOwn += next[axis]! * own[axis]!;
      cohort.nextParent += next[axis]! * parent[axis]!;
    }
    cohort.nextMarks = everHeld.numberOf(next);
  }

  /** Rule 5 where all loops divide evenly: the only cohort always works, and makes one of a few moves. */
  decideEvenly(s: number, delta: Delta | null): void {
    if (delta === null) return;
    const station = this.stations[s]!;
    const cohort = station.node.cohorts[0]!;
    const { reuse } = station.node;
    const { held, next } = cohort;
    const keeps = reuse !== "none" && (reuse === "overlap" || !cohort.isSliding || cohort.lastDelta === delta.id);
    cohort.isSliding = keeps;
    cohort.lastDelta = delta.id;
    for (let axis = 0; axis < next.length; axis++) next[axis] = held.low[axis]! + delta.move[axis]!;
    cohort.nextOwn = cohort.atOwn + delta.own;
    cohort.nextParent = cohort.atParent + delta.parent;
    cohort.nextMarks = cohort.atMarks + delta.marks;
    const { plans } = delta;
    let plan = keeps ? plans.kept : plans.whole;
    if (plan === null) {
      plan = this.workOut(s, cohort, delta.move, held.size, keeps);
      if (keeps) plans.kept = plan;
      else plans.whole = plan;
    }
    cohort.plan = plan;
    station.movers[station.moving++] = cohort;
  }

  workOut(s: number, cohort: Cohort, move: readonly number[] | null, size: readonly number[], keeps: boolean): Plan {
    const [node, above] = [at(this.stations, s).node, at(this.stations, s - 1).node];
    return planOf(node, above, cohort.everHeld, this.bytesPerWord, move, cohort.held.size, size, keeps);
  }

  /** How the cohort goes to its next box; it remembers the translation, for `slide`. */
  planFor(s: number, cohort: Cohort, size: readonly number[]): Plan {
    const { node } = this.stations[s]!;
    const { held, next, plans, lastMove } = cohort;
    let keeps = false;
    if (!cohort.isEmpty && node.reuse !== "none") {
      keeps = node.reuse === "overlap" || !cohort.isSliding || isMove(lastMove, held.low, next);
      cohort.isSliding = keeps;
      for (let axis = 0; axis < next.length; axis++) lastMove[axis] = next[axis]! - held.low[axis]!;
    }
    for (let i = 0; i < plans.length; i++) {
      const plan = plans[i]!;
      if (plan.keeps !== keeps || (plan.move === null) !== cohort.isEmpty) continue;
      if (!isEqual(plan.to, size)) continue;
      if (plan.move !== null && !(isEqual(plan.from, held.size) && isMove(plan.move, held.low, next))) continue;
      return plan;
    }
    const move = cohort.isEmpty ? null : next.map((x, axis) => x - at(held.low, axis));
    const plan = this.workOut(s, cohort, move, size, keeps);
    plans.unshift(plan);
    if (plans.length > MOST_PLANS) plans.pop();
    return plan;
  }

  /** Rules 7 and 10. */
  drain(s: number): void {
    const station = this.stations[s]!;
    this.most = 0;
    for (let m = 0; m < station.moving; m++) {
      const cohort = station.movers[m]!;
      const { drained } = cohort.plan!;
      if (drained.words === 0) continue;
      if (cohort.isLost) this.drainLost(s, cohort, drained.pieces);
      else this.move("give", s, cohort, drained.spans);
      if (this.isFree) this.countInside(station, station.node.drains, cohort, drained.pieces);
      else {
        cohort.drains += drained.words;
        this.most = Math.max(this.most, drained.words);
      }
      cohort.moved.pieces = drained.pieces;
      cohort.moved.words = drained.words;
      cohort.moved.isAll = true;
      this.send(cohort, drained, station.moving);
    }
    if (station.moving > 0) this.recorder?.note(this, s, "up");
    this.transfer(station, station.up, station.node.up, this.stations[s - 1]!.node.updates);
  }

  /** Rules 6, 7 and 9. */
  fill(s: number): void {
    const station = this.stations[s]!;
    this.most = 0;
    for (let m = 0; m < station.moving; m++) {
      const cohort = station.movers[m]!;
      const { requested, shifts, to } = cohort.plan!;
      if (shifts.length > 0) this.shift(station, cohort, shifts);
      copy(cohort.next, cohort.held.low);
      copy(to, cohort.held.size);
      cohort.atOwn = cohort.nextOwn;
      cohort.atParent = cohort.nextParent;
      cohort.atMarks = cohort.nextMarks;
      cohort.isEmpty = false;
      cohort.version++;
      this.fetch(s, cohort, requested);
      if (requested.words > 0) this.send(cohort, requested, station.moving);
    }
    this.recorder?.note(this, s, "down");
    this.transfer(station, station.down, station.node.down, this.stations[s - 1]!.node.reads);
  }

  /**
   * Requested words come from the parent: inputs as a copy; of an output only those that were here before, the others are the identity.
   */
  fetch(s: number, cohort: Cohort, requested: Part): void {
    const { everHeld, held, moved, atMarks } = cohort;
    const { words, rows, spans } = requested;
    const known = this.isOutput ? everHeld.countRows(atMarks, rows) : words;
    moved.words = known;
    moved.isAll = known === words;
    moved.pieces = known === 0 ? [] : requested.pieces;
    if (known < words) this.move("clear", s, cohort, spans);
    if (known === words) this.move(this.isOutput ? "take" : "copy", s, cohort, spans);
    else if (known > 0) {
      moved.pieces = requested.pieces.flatMap((piece) => everHeld.partsOf(piece, held.low));
      for (const piece of moved.pieces) this.move("take", s, cohort, this.spansOf(s, piece));
    }
    if (this.isFree) this.countInside(this.stations[s]!, this.stations[s]!.node.fills, cohort, moved.pieces);
    else {
      cohort.fills += known;
      this.most = Math.max(this.most, known);
    }
    if (known < words) everHeld.addRows(atMarks, rows);
  }

  spansOf(s: number, piece: Region): Int32Array {
    const low = piece.low.map(() => 0);
    const placement = (station: number) => ({ low, strides: at(this.stations, station).node.strides });
    const spans: number[] = [];
    eachSpan(piece, placement(s), placement(s - 1), this.bytesPerWord, (...span) => spans.push(...span));
    return Int32Array.from(spans);
  }

  move(mover: Mover, s: number, cohort: Cohort, spans: Int32Array): void {
    const { table, parentTable } = this.stations[s]!.memory;
    const { first, count } = cohort;
    const { word, row, box } = this.program.movers[mover];
    const distance = cohort.atParent - cohort.parent!.atOwn;
    for (let i = 0; i < spans.length; i += SPAN) {
      const [child, parent] = [spans[i]!, spans[i + 1]! + distance];
      const [n0, n1, n2, n3] = [spans[i + 2]!, spans[i + 3]!, spans[i + 6]!, spans[i + 9]!];
      if (n1 > 1 || n2 > 1 || n3 > 1) {
        const [c1, p1, c2, p2] = [spans[i + 4]!, spans[i + 5]!, spans[i + 7]!, spans[i + 8]!];
        const [c3, p3] = [spans[i + 10]!, spans[i + 11]!];
        box(table, parentTable, first, count, child, parent, n0, n1, c1, p1, n2, c2, p2, n3, c3, p3);
      } else if (n0 > 1) row(table, parentTable, first, count, child, parent, n0);
      else word(table, parentTable, first, count, child, parent);
    }
  }

  /** Words that stay take their places in the new box. */
  shift({ memory: { table } }: Station, { first, count }: Cohort, shifts: Int32Array): void {
    for (let i = 0; i < shifts.length; i += SHIFT)
      this.program.shift(
        table,
        first,
        count,
        shifts[i]!,
        shifts[i + 1]!,
        shifts[i + 2]!,
        shifts[i + 3]!,
        shifts[i + 4]!,
        shifts[i + 5]!,
        shifts[i + 6]!,
        shifts[i + 7]!,
        shifts[i + 8]!,
        shifts[i + 9]!,
      );
  }

  /** A message is on its way. The only cohort that moves in a step needs no list. */
  send(cohort: Cohort, { box, hole }: Part, moving: number): void {
    if (moving === 1 && !this.isFree) this.sender = cohort;
    else this.messages.push({ cohort, corner: cohort.held.low, box, hole });
  }

  /** Counts the sets of same messages at the parents and on the links. */
  transfer({ node }: Station, mergings: Mergings, network: Network, parents: Float64Array): void {
    const { crossings } = network;
    const { sender, messages } = this;
    if (sender !== null) {
      this.sender = null;
      this.count(mergings, network, sender, sender.moved.words, parents);
    }
    if (messages.length === 0) return;
    const { accesses, hops } = mergings.of(messages);
    tally(node, accesses, this.isFree, parents);
    for (let j = 0; j < crossings.length; j++) {
      const { fanout } = crossings[j]!;
      this.hops[fanout] = this.hops[fanout]! + tally(node, hops[j]!, this.isFree, null);
    }
    messages.length = 0;
  }

  /** Counts words that every instance of a cohort sent, each set of same ones once. */
  count(mergings: Mergings, { crossings }: Network, cohort: Cohort, words: number, parents: Float64Array): void {
    const { accesses, hops } = mergings.ofOne(cohort);
    addTo(parents, accesses, words);
    for (let j = 0; j < crossings.length; j++)
      this.hops[crossings[j]!.fanout] = this.hops[crossings[j]!.fanout]! + hops[j]!.sets * words;
  }

  /** After steps in which all instances worked: whatever they hold, their parents hold. */
  settle(): void {
    for (let s = 1; s < this.stations.length; s++)
      for (const cohort of this.stations[s]!.node.cohorts) cohort.parentVersion = cohort.parent!.version;
  }

  countInside(
    { node }: Station,
    counters: Float64Array,
    { first, count, held }: Cohort,
    pieces: readonly Region[],
  ): void {
    const rank = this.laid.ranks.length;
    for (let i = first; i < first + count; i++) {
      const words = wordsInside(pieces, held.low, this.laid.shape, node.offsets, i * rank);
      counters[i] = counters[i]! + words;
      this.most = Math.max(this.most, words);
    }
  }

  /** Drains to a parent that no longer holds the words: each goes to the nearest node above that does. */
  drainLost(s: number, { held, first, count }: Cohort, pieces: readonly Region[]): void {
    const { words, arithmetic } = this.program;
    for (let i = first; i < first + count; i++)
      for (const piece of pieces)
        eachPoint(piece, (relative) => {
          const point = relative.map((x, axis) => x + at(held.low, axis));
          const from = this.addressOf(s, i, held, point);
          const into = this.nearestHolder(s, i, point);
          words[into] = arithmetic.merge(at(words, into), at(words, from));
        });
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
      const [own, parent] = [instance, at(below.parents, instance)];
      relative = relative.map(
        (x, axis) => x + at(below.offsets, own * rank + axis) - at(node.offsets, parent * rank + axis),
      );
      instance = parent;
      const { held, isEmpty } = at(node.cohorts, at(node.cohortOf, instance));
      if (!isEmpty && isWithin(held, relative)) return this.addressOf(above, instance, held, relative);
    }
    throw new Error("a word is held nowhere above");
  }

  /** The end of rule 7: every instance drains all it holds, innermost levels first. */
  finish(): void {
    if (!this.isOutput) return;
    for (let s = this.stations.length - 1; s >= 1; s--) {
      const station = at(this.stations, s);
      const above = at(this.stations, s - 1).node;
      station.moving = 0;
      for (const cohort of station.node.cohorts) {
        if (cohort.isEmpty) continue;
        const { size } = cohort.held;
        cohort.isLost = cohort.parentVersion !== cohort.parent!.version;
        const nowhere = size.map(() => 0);
        cohort.plan = planOf(station.node, above, cohort.everHeld, this.bytesPerWord, nowhere, size, size, false);
        station.movers[station.moving++] = cohort;
      }
      this.drain(s);
    }
  }
}

function isEqual(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Whether b − a is this translation. */
function isMove(move: readonly number[], a: readonly number[], b: readonly number[]): boolean {
  for (let i = 0; i < a.length; i++) if (b[i]! - a[i]! !== move[i]) return false;
  return true;
}

function copy(from: readonly number[], to: number[]): void {
  for (let i = 0; i < from.length; i++) to[i] = from[i]!;
}

/** Words of a message that is the same for all sets, at every set's parent. */
function addTo(parents: Float64Array, { parents: which, times }: Groups, words: number): void {
  for (let g = 0; g < which.length; g++) parents[which[g]!] = parents[which[g]!]! + words * times[g]!;
}
