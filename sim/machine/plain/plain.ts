/**
 * Executes a mapping word by word, as docs/semantics.md says it: every instance of every node has a buffer of its own, all
 * instances take each step together, and what is equal is found by comparing sets of words. It is written to be read, and slow;
 * the fast machine is held against it.
 */
import type { LegalMapping } from "../../../mappings/index.js";
import type { Tensor, Values } from "../../../workloads/index.js";
import { type Arithmetic, arithmeticOf } from "../arithmetic.js";
import { countsOf, withPosts } from "../counting.js";
import type { ExecuteOptions, Execution } from "../execution.js";
import {
  at,
  type Box,
  boxOf,
  type Crossing,
  crossingsOf,
  instancesAt,
  loopsOf,
  type PlacedLoop,
  positionOn,
  type Range,
  rangesAt,
  type Stage,
  stagesOf,
  storageAt,
} from "../nest.js";
import {
  finishedOutput,
  isInside,
  operandsOf,
  placeInput,
  placeOutput,
  reducedVariables,
  rowMajor,
  skipsOutside,
  startOf,
} from "../tensors.js";
import { Buffer, isSame, keep, nearestHolder, wordOf } from "./buffer.js";
import type { PlainRecorder, Sums } from "./recorder.js";
import { type Space, spaceOf } from "./space.js";
import { stepsOf } from "./steps.js";

/** What a buffer does when its box changes. */
interface Move {
  readonly buffer: Buffer;
  readonly parent: Buffer;
  readonly requested: readonly number[];
  readonly drained: readonly number[];
}

/** A set of words on its way between an instance and its parent; `moving` are those of them that are counted. */
interface Message {
  readonly parent: Buffer;
  readonly indices: Int32Array;
  readonly words: readonly number[];
  readonly moving: Iterable<number>;
}

/** A word of one buffer. */
interface Word {
  readonly parent: Buffer;
  readonly word: number;
}

/** The life of one tensor: its nodes with their buffers, and below them the compute instances. */
interface Chain {
  readonly tensor: Tensor;
  readonly space: Space;
  readonly nodes: readonly Node[];
  /** Between the last node and compute. */
  readonly toCompute: readonly Crossing[];
}
interface Node {
  readonly stage: Stage;
  readonly buffers: readonly Buffer[];
  readonly down: readonly Crossing[];
  readonly up: readonly Crossing[];
}

/** Executes a mapping, each word of it by itself. Slow, and made to be compared with. */
export function executePlainly(
  mapping: LegalMapping,
  inputs: readonly Values[],
  options: ExecuteOptions = {},
  recorder: PlainRecorder | null = null,
): Execution {
  return new PlainMachine(mapping, inputs, recorder).run(options);
}

class PlainMachine {
  readonly mapping: LegalMapping;
  readonly arithmetic: Arithmetic;
  readonly loops: readonly PlacedLoop[];
  readonly chains: readonly Chain[];
  readonly computes: readonly Int32Array[];
  readonly hops: Float64Array;
  readonly operands: readonly number[];
  /** The tensor that reductions start from (−1: none), and the variables that the output lacks. */
  readonly start: number;
  readonly reduced: readonly number[];
  readonly recorder: PlainRecorder | null;
  steps = 0;
  operations = 0;

  constructor(mapping: LegalMapping, inputs: readonly Values[], recorder: PlainRecorder | null) {
    const { einsum } = mapping.layer;
    this.mapping = mapping;
    this.recorder = recorder;
    this.hops = new Float64Array(mapping.architecture.levels.length);
    this.arithmetic = arithmeticOf(einsum);
    this.loops = loopsOf(mapping);
    this.chains = einsum.tensors.map((tensor, t) => this.chainOf(tensor, t));
    this.computes = instancesAt(mapping, this.loops, mapping.nodes.length);
    this.operands = operandsOf(einsum);
    const start = startOf(einsum);
    this.start = start === null ? -1 : einsum.tensors.indexOf(start);
    this.reduced = reducedVariables(einsum);
    for (const [t, { tensor, space, nodes }] of this.chains.entries()) {
      const root = at(at(nodes, 0).buffers, 0);
      root.box = space.whole;
      const placed = rowMajor(einsum, t);
      if (tensor.role === "input") placeInput(einsum, t, inputs, placed);
      else placeOutput(einsum, placed);
      for (const word of space.wordsOf(space.whole)) root.values.set(word, at(placed.words, word));
    }
  }

  chainOf(tensor: Tensor, t: number): Chain {
    const { mapping } = this;
    const stages = stagesOf(mapping, t);
    const nodes: Node[] = [];
    for (const [i, stage] of stages.slice(0, -1).entries()) {
      const above = nodes.at(-1);
      const buffers = instancesAt(mapping, this.loops, stage.position).map(
        (indices) => new Buffer(indices, above === undefined ? null : holderOf(above, indices)),
      );
      const upper = stages[i - 1];
      const down = upper === undefined ? [] : crossingsOf(mapping, upper, stage, "multicast");
      const up = upper === undefined ? [] : crossingsOf(mapping, upper, stage, "reduction");
      nodes.push({ stage, buffers, down, up });
    }
    const direction = tensor.role === "input" ? "multicast" : "reduction";
    const toCompute = crossingsOf(mapping, at(stages, stages.length - 2), at(stages, stages.length - 1), direction);
    return { tensor, space: spaceOf(mapping.layer.einsum, t), nodes, toCompute };
  }

  run(options: ExecuteOptions): Execution {
    const { einsum } = this.mapping.layer;
    const total = einsum.bounds.reduce((a, b) => a * b, 1);
    for (const step of stepsOf(this.mapping)) {
      for (const chain of this.chains) this.move(chain, step);
      this.compute(step);
      this.steps++;
      options.progress?.(this.operations, total);
    }
    this.recorder?.tell();
    for (const chain of this.chains) this.finish(chain);
    const output = at(this.chains, this.chains.length - 1);
    const root = at(at(output.nodes, 0).buffers, 0);
    const placed = rowMajor(einsum, einsum.tensors.length - 1);
    for (const word of output.space.wordsOf(output.space.whole)) placed.words[word] = wordOf(root, word);
    const counts = countsOf(this.mapping, {
      steps: this.steps,
      instancesOf: (tensor, level) =>
        at(this.chains, tensor).nodes.find(({ stage }) => stage.level === level)?.buffers ?? null,
      hops: this.hops,
    });
    const output_ = finishedOutput(einsum, placed);
    return { counts: withPosts(counts, einsum, output_), output: output_ };
  }

  /** Rule 5: every node of a tensor takes its box of this step; drains from the bottom up, then fills from the top down. */
  move(chain: Chain, step: Int32Array): void {
    const moves = chain.nodes.map((node) => this.movesOf(chain, node, step));
    for (const [i, node] of [...chain.nodes.entries()].reverse()) this.drain(chain, node, at(moves, i));
    for (const [i, node] of chain.nodes.entries()) this.fill(chain, node, at(moves, i));
  }

  movesOf(chain: Chain, node: Node, step: Int32Array): readonly Move[] {
    const { reuse } = storageAt(this.mapping, node.stage.level);
    return node.buffers.flatMap((buffer) => {
      const ranges = rangesAt(this.mapping, node.stage.position, together(step, buffer.indices));
      if (ranges === null || buffer.parent === null) return [];
      const [old, next] = [buffer.box, boxOf(chain.tensor, ranges)];
      if (old !== null && isSame(old, next)) return [];
      const kept = keep(buffer, next, reuse);
      const keptWords = new Set(kept === null ? [] : chain.space.wordsOf(kept));
      const without = (box: Box): readonly number[] => chain.space.wordsOf(box).filter((word) => !keptWords.has(word));
      buffer.box = next;
      return [{ buffer, parent: buffer.parent, requested: without(next), drained: old === null ? [] : without(old) }];
    });
  }

  /** Rules 7 and 10: words that are not kept leave, and are reduced into the copy above. */
  drain(chain: Chain, node: Node, moves: readonly Move[]): void {
    if (chain.tensor.role === "input") {
      for (const { buffer, drained } of moves) for (const word of drained) buffer.values.delete(word);
      return;
    }
    for (const { buffer, parent, drained } of moves) {
      for (const word of drained) {
        const into = nearestHolder(parent, word);
        into.values.set(word, this.arithmetic.merge(wordOf(into, word), wordOf(buffer, word)));
        buffer.values.delete(word);
      }
      buffer.drains += chain.space.counted(drained);
    }
    const messages = moves.map(({ buffer: { indices }, parent, drained: words }) => ({
      parent,
      indices,
      words,
      moving: words,
    }));
    const stops = this.transfer(chain, messages, node.up, (parent, words) => {
      parent.updates += words;
    });
    const near = moves.map(({ drained }) => chain.space.counted(drained));
    if (moves.length > 0) this.recorder?.tile(this.chains.indexOf(chain), chain.nodes.indexOf(node), "up", near, stops);
  }

  /** Rules 6, 7 and 9: requested words come from the copy above; a refilled output word leaves the identity there. */
  fill(chain: Chain, node: Node, moves: readonly Move[]): void {
    const { identity } = this.arithmetic;
    const isOutput = chain.tensor.role === "output";
    const messages = moves.map(({ buffer, parent, requested }): Message => {
      const moving = isOutput ? requested.filter((word) => buffer.everHeld.has(word)) : requested;
      for (const word of requested) buffer.values.set(word, identity);
      for (const word of moving) {
        buffer.values.set(word, wordOf(parent, word));
        if (isOutput) parent.values.set(word, identity);
      }
      if (isOutput) for (const word of requested) buffer.everHeld.add(word);
      buffer.fills += chain.space.counted(moving);
      return { parent, indices: buffer.indices, words: requested, moving };
    });
    const stops = this.transfer(chain, messages, node.down, (parent, words) => {
      parent.reads += words;
    });
    if (moves.length === 0 || this.recorder === null) return;
    const [t, n] = [this.chains.indexOf(chain), chain.nodes.indexOf(node)];
    const near = messages.map(({ moving }) => chain.space.counted(moving));
    this.recorder.tile(t, n, "down", near, stops);
    const comesBack = ({ requested, drained }: Move): boolean => requested.some((word) => drained.includes(word));
    if (isOutput && moves.some(comesBack)) this.recorder.comesBack(t, n);
  }

  /** Rules 8, 9, 10 and 12: equal messages are merged where the network can, and every link that they cross is counted. */
  transfer(
    chain: Chain,
    messages: readonly Message[],
    crossings: readonly Crossing[],
    access: (parent: Buffer, words: number) => void,
  ): readonly Sums[] {
    const stops: Sums[] = [];
    const ids = new Map<Buffer, number>();
    for (const { parent } of messages) if (!ids.has(parent)) ids.set(parent, ids.size);
    for (let separate = 0; separate <= crossings.length; separate++) {
      const merged = new Map<
        string,
        { readonly parent: Buffer; readonly moving: Set<number>; readonly place: string }
      >();
      const sums = new Map<string, number>();
      stops.push(sums);
      for (const { parent, indices, words, moving } of messages) {
        const positions = crossings.flatMap(({ fanout, shares }, i) =>
          (["x", "y"] as const).map((axis) =>
            i < separate || !shares[axis] ? positionOn(this.loops, fanout, axis, indices) : "any",
          ),
        );
        const key = [ids.get(parent), positions, words].join(" ");
        const known = merged.get(key);
        const place = [...parent.indices, ...positions.slice(0, 2 * separate)].join();
        if (known === undefined) merged.set(key, { parent, moving: new Set(moving), place });
        else for (const word of moving) known.moving.add(word);
      }
      const crossing = crossings[separate - 1];
      for (const { parent, moving, place } of merged.values()) {
        const words = chain.space.counted(moving);
        sums.set(place, (sums.get(place) ?? 0) + words);
        if (crossing === undefined) access(parent, words);
        else this.addHops(crossing, words);
      }
    }
    return stops;
  }

  addHops({ fanout }: Crossing, words: number): void {
    this.hops[fanout] = at(this.hops, fanout) + words;
  }

  /** Rule 11: every instance that works in this step takes its operands, and accumulates into the output. */
  compute(step: Int32Array): void {
    const points: { readonly indices: Int32Array; readonly ranges: readonly Range[] }[] = [];
    for (const indices of this.computes) {
      const ranges = rangesAt(this.mapping, this.mapping.nodes.length, together(step, indices));
      if (ranges !== null) points.push({ indices, ranges });
    }
    this.operations += points.length;
    this.recorder?.step(points.length);
    const messagesOf = (chain: Chain): readonly (Message & { readonly word: number })[] =>
      points.map(({ indices, ranges }) => {
        const words = chain.space.wordsOf(boxOf(chain.tensor, ranges));
        return {
          parent: holderOf(at(chain.nodes, chain.nodes.length - 1), indices),
          indices,
          words,
          moving: words,
          word: at(words, 0),
        };
      });
    const messages = this.chains.map(messagesOf);
    for (const [t, chain] of this.chains.entries()) {
      if (chain.tensor.role === "output") continue;
      const asking = at(messages, t).filter((_, i) => t !== this.start || this.begins(at(points, i).ranges));
      const stops = this.transfer(chain, asking, chain.toCompute, (parent, words) => {
        parent.reads += words;
      });
      this.recorder?.access(t, stops);
    }
    const products = points.map(({ ranges }, i) => {
      if (this.isSkipped(ranges)) return null;
      const operands = this.operands.map((t) => {
        const { parent, word } = at(at(messages, t), i);
        return wordOf(parent, word);
      });
      return this.arithmetic.combine(operands);
    });
    const last = this.chains.length - 1;
    if (this.start >= 0) {
      const beginning = points.flatMap(({ ranges }, i) => (this.begins(ranges) ? [i] : []));
      this.begin(beginning.map((i) => [at(at(messages, last), i), at(at(messages, this.start), i)]));
    }
    this.accumulate(at(this.chains, last), at(messages, last), products);
  }

  /** Whether an operation begins the reduction of its word. */
  begins(ranges: readonly Range[]): boolean {
    return this.reduced.every((variable) => at(ranges, variable).start === 0);
  }

  /** Takes the words that reductions start from into the accumulators. */
  begin(pairs: readonly (readonly [into: Word, from: Word])[]): void {
    for (const [into, from] of pairs) {
      const started = this.arithmetic.merge(wordOf(into.parent, into.word), wordOf(from.parent, from.word));
      into.parent.values.set(into.word, started);
    }
  }

  isSkipped(ranges: readonly Range[]): boolean {
    const { tensors, operation } = this.mapping.layer.einsum;
    if (!skipsOutside(operation)) return false;
    return !this.operands.every((t) => isInside(at(tensors, t), boxOf(at(tensors, t), ranges)));
  }

  accumulate(
    chain: Chain,
    messages: readonly (Message & { readonly word: number })[],
    products: readonly (number | null)[],
  ): void {
    for (const [i, { parent, word }] of messages.entries()) {
      const product = at(products, i);
      if (product !== null) parent.values.set(word, this.arithmetic.accumulate(wordOf(parent, word), product));
    }
    const stops = this.transfer(chain, messages, chain.toCompute, (parent, words) => {
      parent.updates += words;
      parent.reads += words;
      for (const crossing of chain.toCompute) this.addHops(crossing, words);
    });
    this.recorder?.access(this.chains.length - 1, stops);
    for (const { parent, word } of messages) {
      if (parent.touched.has(word)) continue;
      parent.touched.add(word);
      const words = chain.space.counted([word]);
      parent.reads -= words;
      this.recorder?.first(parent.indices.join(), words);
      for (const crossing of chain.toCompute) this.addHops(crossing, -words);
    }
  }

  /** The end of rule 7: every instance drains all it holds, innermost levels first. */
  finish(chain: Chain): void {
    if (chain.tensor.role === "input") return;
    for (const node of chain.nodes.toReversed()) {
      const moves = node.buffers.flatMap((buffer): readonly Move[] => {
        if (buffer.box === null || buffer.parent === null) return [];
        return [{ buffer, parent: buffer.parent, requested: [], drained: chain.space.wordsOf(buffer.box) }];
      });
      this.drain(chain, node, moves);
    }
  }
}

const together = (step: Int32Array, instance: Int32Array): Int32Array => step.map((k, p) => k + at(instance, p));

/** The instance of a node that serves the instance with these indices. */
function holderOf(node: Node, indices: Int32Array): Buffer {
  const found = node.buffers.find((buffer) =>
    buffer.indices.every((k, p) => p >= node.stage.position || k === indices[p]),
  );
  if (found === undefined) throw new Error("an instance works below one that never does");
  return found;
}
