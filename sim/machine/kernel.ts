/**
 * The code of the compute instances: all operations of a stretch of steps in which no tile moves, instance by instance. Loops may be
 * taken in any order there, so one of them is taken in vectors, and those that the output does not know stand innermost:
 * ```
 * for each instance
 *   for each loop that moves the output
 *     for v by 16, then by 4, then by 1          (4, 1 or no vectors of 16 bytes)
 *       accumulators = O[…]
 *       for each loop that leaves the output where it is
 *         accumulators = reduce(accumulators, combine(inputs[…]))
 *       O[…] = accumulators
 * ```
 */
import type { Operation } from "../../workloads/index.js";
import type { NumberKind } from "./arithmetic.js";
import { bytesOf, gathered, type Lanes, laneOf, reduction, scalarLanes, vectorLanes } from "./lanes.js";
import {
  add,
  advance,
  type Code,
  get,
  i32,
  isAtLeast,
  type Local,
  Locals,
  loadI32,
  repeat,
  seq,
  set,
  shl,
  sub,
  tee,
  type WasmFunction,
  whileTrue,
} from "./wasm.js";

/** What the kernel of a mapping looks like. */
export interface KernelPlan {
  readonly kind: NumberKind;
  readonly operation: Operation;
  readonly identity: number;
  /** For each operand, then the output: where its table of addresses (one an instance, in bytes) lies. */
  readonly tables: readonly number[];
  /** Where the parameters of a run lie: as 32-bit integers the distance (in bytes) of each operand and the output from the addresses in
   *  their tables, then the iterations of each loop. */
  readonly parameters: number;
  /** Bytes that an iteration moves each operand's word, and the output's. In the order of the nest. */
  readonly loops: readonly { readonly strides: readonly number[] }[];
  /** The loop that is taken in vectors: its stride is a word at the output, or 0; at the operands 0, a word, or more. */
  readonly vectorLoop: number | null;
}

interface Writer {
  readonly plan: KernelPlan;
  readonly locals: Locals;
  /** Of each operand, then of the output. */
  readonly pointers: readonly Local[];
  readonly trips: readonly Local[];
}

/** `compute(first, count)`: does the operations of the instances [first, first + count), other parameters standing in memory. */
export function kernelOf(plan: KernelPlan): WasmFunction {
  const { tables, loops } = plan;
  const locals = new Locals(2);
  const pointers = tables.map(() => locals.fresh("i32"));
  const distances = tables.map(() => locals.fresh("i32"));
  const trips = loops.map(() => locals.fresh("i32"));
  const parameterOf = (n: number): Code => loadI32(i32(0), plan.parameters + 4 * n);
  const writer: Writer = { plan, locals, pointers, trips };
  const entry = locals.fresh("i32");
  const body = seq(
    ...distances.map((distance, t) => set(distance, parameterOf(t))),
    ...trips.map((trip, l) => set(trip, parameterOf(tables.length + l))),
    set(entry, shl(get(locals.parameter(0)), 2)),
    repeat(
      locals.fresh("i32"),
      get(locals.parameter(1)),
      seq(
        ...pointers.map((pointer, t) =>
          set(pointer, add(loadI32(get(entry), tables[t] ?? 0), get(distances[t] as Local))),
        ),
        outerLoops(writer),
        advance(entry, i32(4)),
      ),
    ),
  );
  return { name: "compute", parameters: 2, locals: locals.types, body };
}

const outputStride = ({ plan }: Writer, loop: number): number => plan.loops[loop]?.strides.at(-1) ?? 0;

function outerLoops(writer: Writer): Code {
  const { plan } = writer;
  const outer = plan.loops.flatMap((_, l) => (l !== plan.vectorLoop && outputStride(writer, l) !== 0 ? [l] : []));
  const { vectorLoop } = plan;
  const inner =
    vectorLoop === null
      ? tile(writer, scalarLanes(plan.kind), 1, null)
      : outputStride(writer, vectorLoop) === 0
        ? vectorReduction(writer, vectorLoop)
        : vectorTiles(writer, vectorLoop);
  return outer.reduceRight((code, loop) => looped(writer, loop, code), inner);
}

/** Does the body in every iteration of a loop, pointers moving along and back. */
function looped(writer: Writer, loop: number, body: Code): Code {
  return restoring(writer, loop, (step) =>
    repeat(writer.locals.fresh("i32"), get(writer.trips[loop] as Local), seq(body, step(1))),
  );
}

/** Code in which `step(n)` moves the pointers by n iterations of the loop; afterwards they are where they were. */
function restoring(writer: Writer, loop: number, body: (step: (iterations: number) => Code) => Code): Code {
  const moved = writer.pointers.flatMap((pointer, t) => {
    const stride = writer.plan.loops[loop]?.strides[t] ?? 0;
    return stride === 0 ? [] : [{ pointer, stride, saved: writer.locals.fresh("i32") }];
  });
  return seq(
    ...moved.map(({ pointer, saved }) => set(saved, get(pointer))),
    body((n) => seq(...moved.map(({ pointer, stride }) => advance(pointer, i32(n * stride))))),
    ...moved.map(({ pointer, saved }) => set(pointer, get(saved))),
  );
}

/** The vector loop where it moves the output: tiles of four vectors, of one, of a single word. */
function vectorTiles(writer: Writer, loop: number): Code {
  const vector = vectorLanes(writer.plan.kind);
  const left = writer.locals.fresh("i32");
  return restoring(writer, loop, (step) => {
    const tiles = ([lanes, vectors]: readonly [Lanes, number]): Code => {
      const words = lanes.words * vectors;
      const body = seq(tile(writer, lanes, vectors, loop), step(words), set(left, sub(get(left), i32(words))));
      return whileTrue(isAtLeast(get(left), i32(words)), body);
    };
    const widths: readonly (readonly [Lanes, number])[] = [
      [vector, 4],
      [vector, 1],
      [scalarLanes(writer.plan.kind), 1],
    ];
    return seq(set(left, get(writer.trips[loop] as Local)), ...widths.map(tiles));
  });
}

/** The loops that leave the output where it is, around one tile of it. */
function tile(writer: Writer, lanes: Lanes, vectors: number, vectorLoop: number | null): Code {
  const { plan, locals } = writer;
  const output = writer.pointers.at(-1) as Local;
  const bytes = bytesOf(plan.kind) * lanes.words;
  const accumulators = Array.from({ length: vectors }, () => locals.fresh(lanes.type));
  const operands = plan.tables.slice(0, -1).map((_, t) => operandOf(writer, lanes, t, vectorLoop));
  const step = seq(
    ...operands.map(({ prepare }) => prepare),
    ...accumulators.map((accumulator, j) => {
      const value = combined(
        writer,
        lanes,
        operands.map(({ at }) => at(j)),
      );
      return set(accumulator, reduction(lanes, plan.operation.reduce, false, get(accumulator), value, locals));
    }),
  );
  const inner = innerLoops(writer, vectorLoop).reduceRight((code, loop) => looped(writer, loop, code), step);
  return seq(
    ...accumulators.map((accumulator, j) => set(accumulator, lanes.load(get(output), j * bytes))),
    inner,
    ...accumulators.map((accumulator, j) => lanes.store(get(output), get(accumulator), j * bytes)),
  );
}

const innerLoops = (writer: Writer, vectorLoop: number | null): readonly number[] =>
  writer.plan.loops.flatMap((_, l) => (l !== vectorLoop && outputStride(writer, l) === 0 ? [l] : []));

/** An operand's words for vector j of a tile: the same word in all lanes where the vector loop does not move it. */
function operandOf(
  writer: Writer,
  lanes: Lanes,
  operand: number,
  vectorLoop: number | null,
): { readonly prepare: Code; readonly at: (j: number) => Code } {
  const { plan, locals } = writer;
  const pointer = get(writer.pointers[operand] as Local);
  const stride = vectorLoop === null ? 0 : (plan.loops[vectorLoop]?.strides[operand] ?? 0);
  if (stride === 0) {
    const word = locals.fresh(lanes.type);
    return { prepare: set(word, lanes.splat(pointer, 0)), at: () => get(word) };
  }
  const isContiguous = stride === bytesOf(plan.kind) || lanes.words === 1;
  return {
    prepare: [],
    at: (j) =>
      isContiguous
        ? lanes.load(pointer, j * lanes.words * stride)
        : gathered(plan.kind, pointer, j * lanes.words * stride, stride),
  };
}

function combined(writer: Writer, lanes: Lanes, operands: readonly Code[]): Code {
  const { combine } = writer.plan.operation;
  const [first = [], ...rest] = operands;
  switch (combine) {
    case "first":
      return first;
    case "subtract-square": {
      const difference = writer.locals.fresh(lanes.type);
      const value = rest.reduce((a, b) => lanes.binary("subtract", a, b, writer.locals), first);
      return lanes.binary("multiply", tee(difference, value), get(difference), writer.locals);
    }
    default:
      return rest.reduce((a, b) => lanes.binary(combine, a, b, writer.locals), first);
  }
}

/** The vector loop where it leaves the output: partial results in the lanes of one vector, joined at the end. */
function vectorReduction(writer: Writer, loop: number): Code {
  const { plan, locals } = writer;
  const [vector, scalar] = [vectorLanes(plan.kind), scalarLanes(plan.kind)];
  const { reduce } = plan.operation;
  const output = writer.pointers.at(-1) as Local;
  const [partial, sum, left] = [locals.fresh("v128"), locals.fresh(scalar.type), locals.fresh("i32")];
  const along = restoring(writer, loop, (step) => {
    const accumulate = (lanes: Lanes, into: Local): Code => {
      const operands = plan.tables.slice(0, -1).map((_, t) => operandOf(writer, lanes, t, loop));
      const value = combined(
        writer,
        lanes,
        operands.map(({ at }) => at(0)),
      );
      const body = seq(
        ...operands.map(({ prepare }) => prepare),
        set(into, reduction(lanes, reduce, false, get(into), value, locals)),
        step(lanes.words),
        set(left, sub(get(left), i32(lanes.words))),
      );
      return whileTrue(isAtLeast(get(left), i32(lanes.words)), body);
    };
    return seq(set(left, get(writer.trips[loop] as Local)), accumulate(vector, partial), accumulate(scalar, sum));
  });
  const lanes = Array.from({ length: vector.words }, (_, lane) => laneOf(plan.kind, get(partial), lane));
  return seq(
    set(sum, scalar.load(get(output), 0)),
    set(partial, vector.constant(plan.identity)),
    innerLoops(writer, loop).reduceRight((code, l) => looped(writer, l, code), along),
    ...lanes.map((lane) => set(sum, reduction(scalar, reduce, true, get(sum), lane, locals))),
    scalar.store(get(output), get(sum), 0),
  );
}
