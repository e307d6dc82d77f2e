/**
 * Executes a mapping in bulk. Every instance of every buffer has its own words in one memory; boxes are copied by rows, operations
 * run in compiled code, and a counter grows by the length of what was just copied or iterated.
 */
import type { LegalMapping } from "../../../mappings/index.js";
import type { Values } from "../../../workloads/index.js";
import { arithmeticOf } from "../arithmetic.js";
import type { KernelForm, Stride } from "../code/kernel.js";
import { bytesOf } from "../code/lanes.js";
import { Places, type Program, programOf } from "../code/program.js";
import { countsOf, withPosts } from "../counting.js";
import type { ExecuteOptions, Execution } from "../execution.js";
import { at, nestOf } from "../nest.js";
import { finishedOutput, operandsOf, type Placed, placeInput, placeOutput, skipsOutside, startOf } from "../tensors.js";
import { type Block, blockOf } from "./block.js";
import { Chain } from "./chain.kernel.js";
import { Computes, type Runner } from "./compute.kernel.js";
import type { EvenRecorder } from "./even-recorder.kernel.js";
import { guardedRun } from "./guarded.js";
import { type NodeMemory, nodeMemory } from "./node-memory.js";
import { computeLayout, type Port, relativeOffset } from "./ports.js";
import type { Recorder } from "./recorder.kernel.js";
import { laidOut, type Node, nodesOf } from "./stages.js";
import { Starts } from "./starts.kernel.js";
import { Sweeper } from "./sweep.kernel.js";

/** From so many operations on, code is made for the very loops of the mapping; below, it is shared by more of them. */
const LONG = 2 ** 20;

/** How often progress is told. */
const TELLINGS = 200;

export function executeInBulk(
  mapping: LegalMapping,
  inputs: readonly Values[],
  options: ExecuteOptions,
  recorderOf: ((machine: Machine) => Recorder | EvenRecorder) | null = null,
): Execution {
  const machine = built(mapping);
  const recorder = recorderOf?.(machine) ?? null;
  load(mapping, machine, inputs);
  const { einsum } = mapping.layer;
  const total = einsum.bounds.reduce((a, b) => a * b, 1);
  const every = Math.ceil(total / TELLINGS);
  const { computes } = machine;
  let next = every;
  const sweeper = new Sweeper(machine.chains, computes, machine.program);
  eachStep(mapping, machine.block, (indices, changed, innermost, left) => {
    recorder?.begin(changed);
    for (const chain of machine.chains) chain.step(indices, changed);
    computes.step(indices, changed);
    const isSettled = changed >= 0 && changed === innermost && at(indices, innermost) >= 2;
    const swept = isSettled ? sweeper.sweep(innermost, left) : 0;
    if (computes.operations >= next) {
      options.progress?.(computes.operations, total);
      next = computes.operations + every;
    }
    return swept;
  });
  recorder?.closing();
  computes.finish();
  for (const chain of machine.chains) chain.finish();
  const counts = countsOf(mapping, {
    steps: computes.steps,
    instancesOf: (tensor, level) => instancesOf(machine, tensor, level),
    hops: machine.hops,
  });
  const output = finishedOutput(einsum, rootOf(machine, einsum.tensors.length - 1));
  return { counts: withPosts(counts, einsum, output), output };
}

export interface Machine {
  readonly block: Block;
  readonly program: Program;
  readonly chains: readonly Chain[];
  readonly computes: Computes;
  readonly hops: Float64Array;
}

function built(mapping: LegalMapping): Machine {
  const nest = nestOf(mapping);
  const { einsum } = nest;
  const block = blockOf(nest);
  const arithmetic = arithmeticOf(einsum);
  const bytes = bytesOf(arithmetic.kind);
  const laid = einsum.tensors.map((_, t) => laidOut(nest, t, at(block.axisOrders, t)));
  const nodes = laid.map((tensor) => nodesOf(nest, tensor, bytes));
  const lasts = nodes.map((chain) => at(chain, chain.length - 1));
  const layout = computeLayout(nest, block, lasts);
  const computed = [...operandsOf(einsum), einsum.tensors.length - 1].map((t) => at(layout.ports, t));
  const { combine, reduce } = einsum.operation;
  const isLong = einsum.bounds.reduce((n, bound) => n * bound, 1) >= LONG;
  const form: KernelForm = {
    ...{ kind: arithmetic.kind, combine, reduce, identity: arithmetic.identity },
    tensors: computed.length,
    loops: block.loops.map((_, l) => computed.map(({ byteSteps }) => strideOf(at(byteSteps, l), bytes))),
    trips: block.loops.map(({ loop, iterations }) => (isLong && at(nest.areEven, loop.variable) ? iterations : null)),
    vectorLoop: block.vectorLoop,
  };
  const places = new Places(form);
  const memories = nodes.map((chain) => chain.map((node) => nodeMemory(node, places, bytes)));
  const tables = computed.map(({ instances }) => places.take(4 * instances.indices.length));
  const start = startOf(einsum);
  const startPort = start === null ? null : at(layout.ports, einsum.tensors.indexOf(start));
  const startTable = startPort === null ? 0 : places.take(4 * startPort.instances.indices.length);
  const program = programOf(form, arithmetic, places.size);
  const fill = (port: Port, table: number): void => {
    const holders = at(memories, port.laid.t);
    fillTable(port, at(holders, holders.length - 1), table, program.memory.buffer);
  };
  computed.forEach((port, o) => {
    fill(port, at(tables, o));
  });
  if (startPort !== null) fill(startPort, startTable);
  const hops = new Float64Array(mapping.architecture.levels.length);
  const chains = laid.map((tensor, t) => new Chain(nest, tensor, at(nodes, t), at(memories, t), program, hops));
  const isGuarded = skipsOutside(einsum.operation) && operandsOf(einsum).some((t) => leaves(at(nodes, t)));
  const runner = isGuarded ? guardedRun(nest, layout, program, tables) : compiledRun(program, computed, tables);
  const starts =
    startPort === null ? null : new Starts(nest, block, layout, program, [startTable, at(tables, tables.length - 1)]);
  return { block, program, chains, hops, computes: new Computes(nest, block, layout, hops, runner, starts) };
}

/** Runs the kernel, with its numbers written where it looks for them (see `PARAMETERS`). */
function compiledRun({ compute, parameters }: Program, ports: readonly Port[], tables: readonly number[]): Runner {
  const loops = at(ports, 0).byteSteps.length;
  parameters.set(tables);
  for (let l = 0; l < loops; l++)
    parameters.set(
      ports.map(({ byteSteps }) => at(byteSteps, l)),
      (2 + l) * tables.length + loops,
    );
  const prepare: NonNullable<Runner["prepare"]> = ({ lengths }, distances) => {
    const from = distances.length;
    for (let o = 0; o < from; o++) parameters[from + o] = at(distances, o);
    for (let l = 0; l < lengths.length; l++) parameters[2 * from + l] = at(lengths, l);
  };
  return {
    prepare,
    run: ({ first, count }, segment, distances) => {
      prepare(segment, distances);
      compute(first, count);
    },
  };
}

const strideOf = (distance: number, bytes: number): Stride =>
  distance === 0 ? "none" : distance === bytes ? "word" : "other";

/** Whether a tensor's box goes beyond the tensor. */
function leaves(nodes: readonly Node[]): boolean {
  const { whole, shape } = at(nodes, 0).laid;
  return whole.low.some((low, axis) => low < 0 || low + at(whole.size, axis) > at(shape, axis));
}

/** For every compute instance the address of its holder's buffer, moved by the instance's offset. */
function fillTable({ instances, holder }: Port, memory: NodeMemory, table: number, buffer: ArrayBuffer): void {
  const addresses = new Int32Array(buffer, table, instances.indices.length);
  for (let i = 0; i < addresses.length; i++) {
    let address = memory.buffers + at(instances.parents, i) * memory.bytesPerBuffer;
    relativeOffset(instances, holder, i).forEach((offset, axis) => {
      address += offset * at(holder.strides, axis);
    });
    addresses[i] = address;
  }
}

function load({ layer: { einsum } }: LegalMapping, machine: Machine, inputs: readonly Values[]): void {
  for (const [t, { isOutput }] of machine.chains.entries())
    if (isOutput) placeOutput(einsum, rootOf(machine, t));
    else placeInput(einsum, t, inputs, rootOf(machine, t));
}

/** Where the backing store of a tensor stands. */
function rootOf({ chains, program }: Machine, t: number): Placed {
  const { laid, stations, bytesPerWord } = at(chains, t);
  const { node, memory } = at(stations, 0);
  const strides = laid.axisOrder.map((_, axis) => at(node.strides, laid.axisOrder.indexOf(axis)) / bytesPerWord);
  return { words: program.words, start: memory.buffers / bytesPerWord, strides };
}

function instancesOf(
  { chains }: Machine,
  tensor: number,
  level: number,
): ReturnType<Parameters<typeof countsOf>[1]["instancesOf"]> {
  const station = at(chains, tensor).stations.find(({ node }) => node.stage.level === level);
  if (station === undefined) return null;
  const { node } = station;
  return node.indices.map((indices, i) => ({
    indices,
    fills: at(node.fills, i) + at(node.cohorts, at(node.cohortOf, i)).fills,
    drains: at(node.drains, i) + at(node.cohorts, at(node.cohortOf, i)).drains,
    reads: at(node.reads, i),
    updates: at(node.updates, i),
  }));
}

/**
 * Rule 3, down to the block: visits the temporal loops' indices by position, with the outermost position that moved on (−1 at
 * first), the position of the innermost loop (−1: none), and the iterations that it has left; of these it leaves out as many as
 * the visit says that it has done.
 */
function eachStep(
  mapping: LegalMapping,
  block: Block,
  visit: (indices: Int32Array, changed: number, innermost: number, left: number) => number,
): void {
  const indices = new Int32Array(mapping.nodes.length);
  const extents = [...mapping.layer.einsum.bounds];
  const innermost = mapping.nodes.findLastIndex(
    (node, p) => p < block.position && node.kind === "for" && node.extent > node.by,
  );
  let changed = -1;
  let [left, swept] = [0, 0];
  const below = (position: number): void => {
    const node = mapping.nodes[position];
    if (node === undefined || position >= block.position) {
      swept = visit(indices, changed, innermost, left);
      changed = mapping.nodes.length;
      return;
    }
    if (node.kind === "keep") {
      below(position + 1);
      return;
    }
    const extent = at(extents, node.variable);
    const iterations = node.kind === "for" ? Math.ceil(extent / node.by) : 1;
    for (let k = 0; k < iterations; k++) {
      if (k > 0) changed = Math.min(changed, position);
      indices[position] = k;
      extents[node.variable] = Math.min(node.by, extent - k * node.by);
      if (position === innermost) left = iterations - 1 - k;
      below(position + 1);
      if (position === innermost) k += swept;
    }
    indices[position] = 0;
    extents[node.variable] = extent;
  };
  below(0);
}
