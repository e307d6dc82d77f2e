/**
 * The tensor that a reduction starts from (a bias): an operation that begins a word's reduction takes the word's start into the accumulator.
 * Which operations these are is told by loop indices: every variable that the output lacks is at 0. So of a segment only the first
 * iteration of such variables' loops begins anything, and of its instances those with index 0 along such variables' spatial loops:
 * ```
 * for each instance that begins
 *   for each loop of the block that moves the output
 *     O[…] = reduce(O[…], start[…])
 * ```
 */
import type { Program } from "../code/program.js";
import { at, type Crossing, type Nest } from "../nest.js";
import { reducedVariables, startOf } from "../tensors.js";
import type { Block } from "./block.js";
import type { Computes } from "./compute.kernel.js";
import type { ComputeLayout, Port } from "./ports.js";
import type { Segment } from "./segments.js";

/** What the beginnings of a segment ask of the start's holders, found once; and how often they came. */
interface Demand {
  /** The instances that begin, by cohort of the segment. */
  readonly instances: readonly (readonly number[])[];
  readonly parents: readonly number[];
  readonly hops: readonly number[];
  readonly steps: number;
  runs: number;
}

export class Starts {
  readonly nest: Nest;
  readonly layout: ComputeLayout;
  readonly program: Program;
  /** Number of the start tensor. */
  readonly tensor: number;
  readonly from: Port;
  readonly into: Port;
  /** The addresses of the instances' words in the two tensors, as words of 32 bits in memory. */
  readonly tables: readonly [number, number];
  /** Positions of the temporal loops outside the block over variables that the output lacks. */
  readonly outer: readonly number[];
  /** Of the block's loops, those over such variables. */
  readonly isReduced: readonly boolean[];
  /** Positions of spatial loops over such variables. */
  readonly spatial: readonly number[];
  readonly demands: Map<Segment, Demand> = new Map();

  constructor(nest: Nest, block: Block, layout: ComputeLayout, program: Program, tables: readonly [number, number]) {
    const { einsum } = nest;
    const start = startOf(einsum);
    if (start === null) throw new Error("nothing to start from");
    this.nest = nest;
    this.layout = layout;
    this.program = program;
    this.tables = tables;
    this.tensor = einsum.tensors.indexOf(start);
    this.from = at(layout.ports, this.tensor);
    this.into = at(layout.ports, layout.ports.length - 1);
    const lacking = reducedVariables(einsum);
    const reduced = nest.loops.filter(({ loop }) => lacking.includes(loop.variable));
    this.outer = reduced.flatMap(({ loop, position }) =>
      loop.kind === "for" && position < block.position ? [position] : [],
    );
    this.spatial = reduced.flatMap(({ loop, position }) => (loop.kind === "spatial" ? [position] : []));
    this.isReduced = block.loops.map(({ position }) => reduced.some((one) => one.position === position));
  }

  /** Whether the loops outside the block stand where reductions begin. */
  beginsAt(indices: Int32Array): boolean {
    for (let i = 0; i < this.outer.length; i++) if (indices[this.outer[i]!]! !== 0) return false;
    return true;
  }

  /** Whether the operations of a segment begin reductions. */
  beginsIn(segment: Segment, indices: Int32Array): boolean {
    if (!this.beginsAt(indices)) return false;
    for (let loop = 0; loop < this.isReduced.length; loop++)
      if (this.isReduced[loop]! && segment.starts[loop]! !== 0) return false;
    return true;
  }

  /** Takes the start of every word whose reduction the segment begins into the accumulators, and counts what that asked for. */
  begin(segment: Segment, computes: Computes): void {
    if (!this.beginsIn(segment, computes.indices)) return;
    const demand = this.demandOf(segment);
    demand.runs++;
    const last = this.layout.ports.length - 1;
    const from = computes.distanceTo(this.tensor, segment);
    const into = computes.distanceTo(last, segment);
    const addresses = new Int32Array(this.program.memory.buffer);
    for (let i = 0; i < segment.cohorts.length; i++) {
      const c = segment.cohorts[i]!;
      const [atFrom, atInto] = [this.from.holders[c]!.atOwn, this.into.holders[c]!.atOwn];
      const instances = demand.instances[i]!;
      for (let k = 0; k < instances.length; k++) {
        const instance = instances[k]!;
        const start = addresses[this.tables[0] / 4 + instance]! + from - atFrom;
        const word = addresses[this.tables[1] / 4 + instance]! + into - atInto;
        this.along(0, segment, start, word);
      }
    }
  }

  along(loop: number, segment: Segment, start: number, word: number): void {
    if (loop === this.isReduced.length) {
      const { words, arithmetic } = this.program;
      const bytes = words.BYTES_PER_ELEMENT;
      words[word / bytes] = arithmetic.merge(words[word / bytes]!, words[start / bytes]!);
      return;
    }
    const times = this.isReduced[loop]! ? 1 : segment.lengths[loop]!;
    const [from, into] = [this.from.byteSteps[loop]!, this.into.byteSteps[loop]!];
    for (let k = 0; k < times; k++) this.along(loop + 1, segment, start + k * from, word + k * into);
  }

  demandOf(segment: Segment): Demand {
    const known = this.demands.get(segment);
    if (known !== undefined) return known;
    const { instances: all } = this.from;
    const begins = (i: number): boolean => this.spatial.every((position) => at(all.indices, i)[position] === 0);
    const instances = segment.cohorts.map((c) => {
      const { first, count } = at(this.layout.cohorts, c);
      return Array.from({ length: count }, (_, k) => first + k).filter(begins);
    });
    const asking = instances.flat();
    const { crossings } = all.down;
    const parents = this.apart(asking, 0).map((i) => at(all.parents, i));
    const hops = crossings.map((_, j) => this.apart(asking, j + 1).length);
    const steps = segment.lengths.reduce((n, length, loop) => (at(this.isReduced, loop) ? n : n * length), 1);
    const found = { instances, parents, hops, steps, runs: 0 };
    this.demands.set(segment, found);
    return found;
  }

  /** Who asks for starts in a segment, an instance of each set of same requests, and how often (see `apart`). */
  askersOf(segment: Segment, separate: number): { readonly senders: readonly number[]; readonly steps: number } {
    const { instances, steps } = this.demandOf(segment);
    return { senders: this.apart(instances.flat(), separate), steps };
  }

  /** One instance of each set of same requests, where the first `separate` fan-outs tell instances apart. */
  apart(asking: readonly number[], separate: number): readonly number[] {
    const { instances } = this.from;
    const rank = this.from.laid.ranks.length;
    const sets = new Map<string, number>();
    for (const i of asking) {
      const places = instances.down.crossings.flatMap(({ shares }: Crossing, j) => {
        const { x, y } = at(instances.down.positions, j);
        return [j < separate || !shares.x ? at(x, i) : -1, j < separate || !shares.y ? at(y, i) : -1];
      });
      const word = instances.offsets.slice(i * rank, (i + 1) * rank);
      const key = `${at(instances.parents, i)} ${places} ${word}`;
      if (!sets.has(key)) sets.set(key, i);
    }
    return [...sets.values()];
  }

  /** Adds up what all the beginnings asked for. */
  finish(computes: Computes): void {
    const { holder, instances } = this.from;
    for (const { parents, hops, steps, runs } of this.demands.values()) {
      for (const parent of parents) holder.reads[parent] = at(holder.reads, parent) + steps * runs;
      for (const [j, { fanout }] of instances.down.crossings.entries())
        computes.addHops(fanout, at(hops, j) * steps * runs);
    }
  }
}
