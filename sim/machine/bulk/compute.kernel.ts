/** The compute instances: all operations of a block, done in bulk, and their accesses (docs/semantics.md, rules 11 and 12). */

import type { Program } from "../code/program.js";
import { at, type Nest } from "../nest.js";
import { operandsOf } from "../tensors.js";
import type { Block } from "./block.js";
import { dot, translationsOf } from "./deltas.js";
import type { EvenRecorder } from "./even-recorder.kernel.js";
import { type Groups, type Merging, merged } from "./grouping.kernel.js";
import type { ComputeCohort, ComputeLayout, Port } from "./ports.js";
import type { Recorder } from "./recorder.kernel.js";
import { wordsIn } from "./regions.kernel.js";
import { type Segment, Trips } from "./segments.js";
import type { Cohort, Node } from "./stages.js";
import type { Starts } from "./starts.kernel.js";

/** What a segment asks of one tensor's holders: found once, used whenever the segment comes again. */
export interface Demand {
  readonly merging: Merging;
  /** Holders that are asked, and for how many words in a run of the segment. */
  readonly parents: Int32Array;
  readonly words: Float64Array;
  /** Fan-outs that are crossed, and by how many words. */
  readonly fanouts: Int32Array;
  readonly hops: Float64Array;
  /** Runs of the segment so far. */
  runs: number;
  /** For each cohort, the places at which the segment has marked its output words already. */
  readonly seen: readonly Uint8Array[];
}

/** What is always alike where all loops divide evenly. */
export interface Evenly {
  readonly segment: Segment;
  /** By operand (and the output), then by the position of the loop that moved on: how far the word moves, in bytes. */
  readonly bytes: readonly Float64Array[];
  /** The same for the number by which the output word is marked. */
  readonly marks: Float64Array;
}

/** Runs the operations of a cohort in a segment. */
export interface Runner {
  /** `distances`: of each operand and the output, bytes from the addresses in the table to the words of the first step. */
  readonly run: (cohort: ComputeCohort, segment: Segment, distances: Int32Array, computes: Computes) => void;
  /** Writes down where compiled code looks for the numbers of a run; null where nothing is compiled. */
  readonly prepare: ((segment: Segment, distances: Int32Array) => void) | null;
}

export class Computes {
  readonly layout: ComputeLayout;
  readonly trips: Trips;
  readonly operands: readonly number[];
  readonly isFree: boolean;
  /** By level of the fan-out. */
  readonly hops: Float64Array;
  readonly demands: Map<Segment, readonly Demand[]> = new Map();
  readonly samples: readonly Int32Array[];
  /** The loops outside the block. */
  readonly outer: readonly { readonly position: number; readonly variable: number; readonly by: number }[];
  /** Of the step that is done now, by position. */
  indices: Int32Array;
  readonly distances: Int32Array;
  /** The same from the low corners of the boxes in which the words are held. */
  readonly lows: Int32Array;
  readonly runner: Runner;
  readonly even: Evenly | null;
  /** Where reductions start from a tensor. */
  readonly starts: Starts | null;
  /** Told of what is asked for, where the run is timed. */
  recorder: Recorder | EvenRecorder | null = null;
  /** `touchedAt` of this step, where all loops divide evenly. */
  markAt = 0;
  steps = 0;
  operations = 0;

  constructor(
    nest: Nest,
    block: Block,
    layout: ComputeLayout,
    hops: Float64Array,
    runner: Runner,
    starts: Starts | null,
  ) {
    const { einsum } = nest;
    this.starts = starts;
    this.layout = layout;
    this.hops = hops;
    this.runner = runner;
    this.trips = new Trips(nest, block);
    this.operands = [...operandsOf(einsum), einsum.tensors.length - 1];
    this.isFree = einsum.padding === "free";
    this.samples = layout.cohorts.map(({ sample }) => sample);
    this.outer = nest.loops.flatMap(({ loop, position }) =>
      loop.kind === "for" && position < block.position ? [{ position, variable: loop.variable, by: loop.by }] : [],
    );
    this.indices = new Int32Array(nest.mapping.nodes.length);
    this.distances = new Int32Array(this.operands.length);
    this.lows = new Int32Array(this.operands.length);
    this.even = nest.areEven.every((is) => is) ? this.evenly(nest, block) : null;
  }

  evenly(nest: Nest, block: Block): Evenly {
    const [segment] = this.trips.segmentsOf(this.samples, this.indices);
    const output = at(this.layout.ports, this.layout.ports.length - 1);
    if (segment === undefined) throw new Error("nothing works in the first step");
    const along = ({ laid }: Port, strides: readonly number[]): Float64Array =>
      Float64Array.from(translationsOf(nest, laid, block.position), (move) => (move === null ? 0 : dot(move, strides)));
    return {
      segment,
      bytes: this.operands.map((t) => along(at(this.layout.ports, t), at(this.layout.ports, t).holder.strides)),
      marks: along(output, at(output.holder.cohorts, 0).touched.strides),
    };
  }

  /** Does the block at the indices of the loops outside it; `changed` is the outermost of these that moved on (−1: the first step). */
  step(indices: Int32Array, changed: number): void {
    const { distances, operands } = this;
    this.indices = indices;
    if (this.even !== null) {
      this.stepEvenly(this.even, changed);
      return;
    }
    for (const segment of this.trips.segmentsOf(this.samples, indices)) {
      for (let o = 0; o < operands.length; o++) distances[o] = this.distanceTo(operands[o]!, segment);
      this.starts?.begin(segment, this);
      for (const c of segment.cohorts) {
        const cohort = this.layout.cohorts[c]!;
        for (let o = 0; o < operands.length; o++)
          this.lows[o] = distances[o]! - this.layout.ports[operands[o]!]!.holders[c]!.atOwn;
        this.runner.run(cohort, segment, this.lows, this);
        this.operations += cohort.count * segment.steps;
      }
      this.count(segment);
      this.steps += segment.steps;
    }
  }

  /** The same where all loops divide evenly: there is one segment, and what a step moves depends on `changed` only. */
  stepEvenly({ segment, bytes, marks }: Evenly, changed: number): void {
    const { distances, operands, lows } = this;
    if (changed < 0) {
      for (let o = 0; o < operands.length; o++) distances[o] = this.distanceTo(operands[o]!, segment);
      this.markAt = this.touchedAt(this.layout.ports[this.layout.ports.length - 1]!, segment);
    } else {
      for (let o = 0; o < operands.length; o++) distances[o] = distances[o]! + bytes[o]![changed]!;
      this.markAt += marks[changed]!;
    }
    this.starts?.begin(segment, this);
    const cohort = this.layout.cohorts[0]!;
    for (let o = 0; o < operands.length; o++)
      lows[o] = distances[o]! - this.layout.ports[operands[o]!]!.holders[0]!.atOwn;
    this.runner.run(cohort, segment, lows, this);
    this.operations += cohort.count * segment.steps;
    this.steps += segment.steps;
    this.count(segment);
  }

  /**
   * Does `steps` steps of the loop at a position in one call, with the moves in the records; the boxes are still those of the step before.
   */
  sweepFrom(
    { segment, bytes, marks }: Evenly,
    position: number,
    program: Program,
    records: number,
    steps: number,
  ): void {
    const { distances, operands, lows } = this;
    for (let o = 0; o < operands.length; o++) {
      const port = this.layout.ports[operands[o]!]!;
      const word = bytes[o]![position]!;
      program.increments[o] = word - port.boxSteps[position]!;
      lows[o] = distances[o]! - port.holders[0]!.atOwn + program.increments[o]!;
      distances[o] = distances[o]! + steps * word;
    }
    const cohort = this.layout.cohorts[0]!;
    this.runner.prepare?.(segment, lows);
    program.sweep(program.records.byteOffset, records, steps, cohort.first, cohort.count);
    this.operations += steps * cohort.count * segment.steps;
    this.steps += steps * segment.steps;
    const demands = this.demandsOf(segment);
    for (let t = 0; t < demands.length; t++) if (t !== this.starts?.tensor) demands[t]!.runs += steps;
    const last = this.layout.ports.length - 1;
    for (let step = 0; step < steps; step++) {
      this.markAt += marks[position]!;
      this.touch(this.layout.ports[last]!, 0, segment, demands[last]!.seen[0]!);
      this.recorder?.sweep(segment, demands);
    }
  }

  /** Bytes from address 0 of a box with low corner 0 to a tensor's word at the first step of a segment. */
  distanceTo(t: number, { starts }: Segment): number {
    const { origin, moving, byteSteps } = this.layout.ports[t]!;
    const { indices } = this;
    let distance = origin;
    for (let i = 0; i < moving.length; i++) distance += indices[moving[i]!.position]! * moving[i]!.bytes;
    for (let loop = 0; loop < starts.length; loop++) distance += starts[loop]! * byteSteps[loop]!;
    return distance;
  }

  /** The word of an instance with offset 0 at the first step of a segment. */
  pointOf(t: number, { starts }: Segment): readonly number[] {
    const { laid, steps } = at(this.layout.ports, t);
    return laid.ranks.map(({ terms, offset }, axis) => {
      let x = offset;
      for (const { position, variable, by } of this.outer)
        for (const term of terms)
          if (term.variable === variable) x += term.coefficient * by * at(this.indices, position);
      starts.forEach((start, loop) => {
        x += start * at(at(steps, loop), axis);
      });
      return x;
    });
  }

  count(segment: Segment): void {
    const demands = this.demandsOf(segment);
    const { ports } = this.layout;
    for (let t = 0; t < ports.length; t++) {
      if (t === this.starts?.tensor) continue;
      const port = ports[t]!;
      const demand = demands[t]!;
      const isOutput = t === ports.length - 1;
      const parents = isOutput ? port.holder.updates : port.holder.reads;
      if (this.isFree) this.tally(port, demand, segment, parents);
      else demand.runs++;
      if (!isOutput) continue;
      for (let i = 0; i < segment.cohorts.length; i++) this.touch(port, segment.cohorts[i]!, segment, demand.seen[i]!);
    }
    this.recorder?.ask(segment, demands);
  }

  demandsOf(segment: Segment): readonly Demand[] {
    const known = this.demands.get(segment);
    if (known !== undefined) return known;
    const found = this.layout.ports.map((port) => this.demandOf(port, segment));
    this.demands.set(segment, found);
    return found;
  }

  demandOf({ instances, laid }: Port, segment: Segment): Demand {
    const isOutput = laid.tensor.role === "output";
    const box = { low: laid.ranks.map(() => 0), size: laid.ranks.map(() => 1) };
    const messages = segment.cohorts.map((c) => ({
      cohort: at(this.layout.cohorts, c),
      corner: box.low,
      box,
      hole: null,
    }));
    const network = isOutput ? instances.up : instances.down;
    const merging = merged(instances, network, messages);
    const sets = new Map<number, number>();
    for (const parent of merging.accesses.senderParents) sets.set(parent, (sets.get(parent) ?? 0) + 1);
    const places = wordsIn([laid.whole]);
    return {
      merging,
      runs: 0,
      parents: Int32Array.from(sets.keys()),
      words: Float64Array.from(sets.values(), (n) => n * segment.steps),
      fanouts: Int32Array.from(network.crossings, ({ fanout }) => fanout),
      hops: Float64Array.from(merging.hops, ({ senders }) => senders.length * segment.steps),
      seen: segment.cohorts.map(() => new Uint8Array(isOutput ? places : 0)),
    };
  }

  /** Where padding is free: in every step of the segment, for every set of same requests, one word if it lies inside the tensor. */
  tally(port: Port, { merging, fanouts }: Demand, segment: Segment, parents: Float64Array): void {
    this.wordsOfSets(port, merging.accesses, segment).forEach((words, g) => {
      const parent = at(merging.accesses.senderParents, g);
      parents[parent] = at(parents, parent) + words;
    });
    for (const [j, groups] of merging.hops.entries())
      for (const words of this.wordsOfSets(port, groups, segment)) this.addHops(at(fanouts, j), words);
  }

  /** The words inside the tensor that each set asks for in the segment. */
  wordsOfSets(port: Port, { senders }: Groups, segment: Segment): Float64Array {
    const point = this.pointOf(port.laid.t, segment);
    const { offsets } = port.instances;
    return Float64Array.from(senders, (sender) => {
      const start = point.map((x, axis) => x + at(offsets, sender * point.length + axis));
      return port.inside.count(start, segment.lengths);
    });
  }

  /** The number in the whole box of the output word of an instance with offset 0 at the first step of a segment. */
  touchedAt({ markOrigin, marking, markSteps }: Port, { starts }: Segment): number {
    let number_ = markOrigin;
    for (let i = 0; i < marking.length; i++) number_ += this.indices[marking[i]!.position]! * marking[i]!.bytes;
    for (let loop = 0; loop < starts.length; loop++) number_ += starts[loop]! * markSteps[loop]!;
    return number_;
  }

  /** Marks the output words that the segment writes. */
  touch(port: Port, c: number, segment: Segment, seen: Uint8Array): void {
    const { touched } = port.holders[c]!;
    const start = this.even === null ? this.touchedAt(port, segment) : this.markAt;
    if (seen[start] !== 0) return;
    seen[start] = 1;
    const moving = port.markSteps.flatMap((stride, loop) =>
      at(port.steps, loop).some((step) => step !== 0) ? [{ length: at(segment.lengths, loop), stride }] : [],
    );
    const mark = (depth: number, number_: number): void => {
      const loop = moving[depth];
      if (loop === undefined) touched.add(number_);
      else for (let k = 0; k < loop.length; k++) mark(depth + 1, number_ + k * loop.stride);
    };
    for (const distance of at(port.spread, c)) mark(0, start + distance);
  }

  addHops(fanout: number, words: number): void {
    this.hops[fanout] = at(this.hops, fanout) + words;
  }

  /**
   * Adds up the runs of each segment, which all ask for the same; then the old values that accumulations read: one for every update,
   * but for the first of each word at each instance.
   */
  finish(): void {
    for (const demands of this.demands.values())
      for (const [t, { runs, parents, words, fanouts, hops }] of demands.entries()) {
        const { holder } = at(this.layout.ports, t);
        add(t === this.layout.ports.length - 1 ? holder.updates : holder.reads, parents, words, runs);
        add(this.hops, fanouts, hops, runs);
      }
    this.starts?.finish(this);
    const port = at(this.layout.ports, this.layout.ports.length - 1);
    const { holder } = port;
    for (const cohort of holder.cohorts)
      for (let i = cohort.first; i < cohort.first + cohort.count; i++) {
        const words = at(holder.updates, i) - this.touchedWords(holder, cohort, i);
        holder.reads[i] = at(holder.reads, i) + words;
        for (const { fanout } of port.instances.up.crossings) this.addHops(fanout, words);
      }
  }

  touchedWords({ laid, offsets }: Node, { touched }: Cohort, i: number): number {
    const rank = laid.ranks.length;
    const { whole } = laid;
    const fits = whole.low.every((low, axis) => low >= 0 && low + at(whole.size, axis) <= at(laid.shape, axis));
    if (!this.isFree || fits) return touched.count;
    let words = 0;
    touched.bytes.forEach((isTouched, number_) => {
      if (isTouched === 0) return;
      const isInside = whole.low.every((low, axis) => {
        const x = low + (Math.floor(number_ / at(touched.strides, axis)) % at(whole.size, axis));
        const absolute = x + at(offsets, i * rank + axis);
        return absolute >= 0 && absolute < at(laid.shape, axis);
      });
      if (isInside) words++;
    });
    return words;
  }
}

function add(counters: Float64Array, which: Int32Array, words: Float64Array, times: number): void {
  for (let i = 0; i < which.length; i++) {
    const counter = which[i]!;
    counters[counter] = counters[counter]! + words[i]! * times;
  }
}
