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
import type { Operation } from "../../../workloads/index.js";
import type { NumberKind } from "../arithmetic.js";
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
  mul,
  repeat,
  seq,
  set,
  shl,
  sub,
  tee,
  type WasmFunction,
  whileTrue,
} from "./wasm.js";

/** How far an iteration moves a tensor's word: not at all, to the neighbouring word, or anywhere. */
export type Stride = "none" | "word" | "other";

/** What the code depends on. All other numbers stand in memory, so that mappings of one form share it. */
export interface KernelForm {
  readonly kind: NumberKind;
  readonly combine: Operation["combine"];
  readonly reduce: Operation["reduce"];
  readonly identity: number;
  /** Of each loop, in the order of the nest: the strides of the operands, then of the output. */
  readonly loops: readonly (readonly Stride[])[];
  /** Of each loop its iterations, where they are always the same and the code may be made for them; else null. */
  readonly trips: readonly (number | null)[];
  /** The operands and the output. */
  readonly tensors: number;
  /** The loop that is taken in vectors: it moves the output by a word or not at all. */
  readonly vectorLoop: number | null;
}

/**
 * Where the numbers of a run lie in memory, 32 bits each: for each operand and the output the address of its table (of one address an
 * instance), then for each the distance in bytes from these addresses to the words of the first operation, then the iterations
 * of each loop, then, loop by loop, the strides in bytes of each operand and the output; then by how much each distance
 * grows from step to step of a sweep.
 */
export const PARAMETERS = 16;

export const distancesAt = ({ tensors }: KernelForm): number => PARAMETERS + 4 * tensors;
export const incrementsAt = ({ tensors, loops }: KernelForm): number =>
  PARAMETERS + 4 * ((2 + loops.length) * tensors + loops.length);
export const parametersOf = ({ tensors, loops }: KernelForm): number => (3 + loops.length) * tensors + loops.length;

interface Writer {
  readonly form: KernelForm;
  readonly locals: Locals;
  /** Of each operand, then of the output. */
  readonly pointers: readonly Local[];
  readonly trips: readonly Local[];
  /** Loops that are written out, iteration by iteration. */
  readonly unrolled: ReadonlySet<number>;
  /** By loop and tensor. */
  readonly strides: readonly (readonly Local[])[];
}

/** `compute(first, count)`: does the operations of the instances [first, first + count). */
export function kernelOf(form: KernelForm): WasmFunction {
  const { tensors, loops } = form;
  const locals = new Locals(2);
  const loaded: Code[] = [];
  const next = (): Local => {
    const local = locals.fresh("i32");
    loaded.push(set(local, loadI32(i32(0), PARAMETERS + 4 * loaded.length)));
    return local;
  };
  const each = (): readonly Local[] => Array.from({ length: tensors }, next);
  const [tables, distances] = [each(), each()];
  const trips = loops.map(next);
  const strides = loops.map(each);
  const pointers = tables.map(() => locals.fresh("i32"));
  const writer: Writer = { form, locals, pointers, trips, strides, unrolled: unrolledIn(form) };
  const entry = locals.fresh("i32");
  const body = seq(
    ...loaded,
    set(entry, shl(get(locals.parameter(0)), 2)),
    repeat(
      locals.fresh("i32"),
      get(locals.parameter(1)),
      seq(
        ...pointers.map((pointer, t) =>
          set(pointer, add(loadI32(add(get(entry), get(item(tables, t)))), get(item(distances, t)))),
        ),
        outerLoops(writer),
        advance(entry, i32(4)),
      ),
    ),
  );
  return { name: "compute", parameters: 2, locals: locals.types, body };
}

function item<T>(items: readonly T[], index: number): T {
  const found = items[index];
  if (found === undefined) throw new Error(`item ${index} of ${items.length}`);
  return found;
}

const strideOf = ({ form }: Writer, loop: number, tensor: number): Stride => item(item(form.loops, loop), tensor);

/** `iterations` times the stride, in bytes. */
function distanceOf(writer: Writer, loop: number, tensor: number, iterations: number): Code {
  if (strideOf(writer, loop, tensor) === "word") return i32(iterations * bytesOf(writer.form.kind));
  const stride = get(item(item(writer.strides, loop), tensor));
  return iterations === 1 ? stride : mul(stride, i32(iterations));
}

const movesOutput = (writer: Writer, loop: number): boolean =>
  strideOf(writer, loop, writer.form.tensors - 1) !== "none";

/** Operations (of words or vectors) that are written out one after another. */
const MOST_WRITTEN = 48;

/** The loops that are written out: from the innermost on, as long as that stays short. */
function unrolledIn(form: KernelForm): ReadonlySet<number> {
  const unrolled = new Set<number>();
  const isInner = (l: number): boolean => item(item(form.loops, l), form.tensors - 1) === "none";
  const all = [...form.loops.keys()].filter((l) => l !== form.vectorLoop).reverse();
  const vectors = form.vectorLoop === null ? [] : [form.vectorLoop];
  let written = 1;
  for (const loop of [...vectors, ...all.filter(isInner), ...all.filter((l) => !isInner(l))]) {
    const trips = item(form.trips, loop);
    const times = trips === null || loop !== form.vectorLoop ? trips : stepsOf(form.kind, trips);
    if (times === null || written * times > MOST_WRITTEN) break;
    written *= times;
    unrolled.add(loop);
  }
  return unrolled;
}

/** Vectors and single words that so many iterations take. */
function stepsOf(kind: NumberKind, trips: number): number {
  const { words } = vectorLanes(kind);
  return Math.floor(trips / words) + (trips % words);
}

function outerLoops(writer: Writer): Code {
  const { form } = writer;
  const { vectorLoop } = form;
  const outer = form.loops.flatMap((_, l) => (l !== vectorLoop && movesOutput(writer, l) ? [l] : []));
  const inner =
    vectorLoop === null
      ? tile(writer, scalarLanes(form.kind), 1, null)
      : movesOutput(writer, vectorLoop)
        ? vectorTiles(writer, vectorLoop)
        : vectorReduction(writer, vectorLoop);
  return outer.reduceRight((code, loop) => looped(writer, loop, code), inner);
}

/** Does the body in every iteration of a loop, pointers moving along and back. */
function looped(writer: Writer, loop: number, body: Code): Code {
  return restoring(writer, loop, (step) => {
    if (!writer.unrolled.has(loop))
      return repeat(writer.locals.fresh("i32"), get(item(writer.trips, loop)), seq(body, step(1)));
    return Array.from({ length: item(writer.form.trips, loop) ?? 0 }, (_, k) => (k === 0 ? body : seq(step(1), body)));
  });
}

/** Does bodies along the vector loop, each as often as its number of words fits into what is left. */
function alongVectors(
  writer: Writer,
  loop: number,
  step: (iterations: number) => Code,
  bodies: readonly { readonly words: number; readonly body: Code }[],
): Code {
  if (writer.unrolled.has(loop)) {
    let left = item(writer.form.trips, loop) ?? 0;
    return bodies.map(({ words, body }) => {
      const times = Math.floor(left / words);
      left -= times * words;
      return Array.from({ length: times }, () => seq(body, step(words)));
    });
  }
  const left = writer.locals.fresh("i32");
  return seq(
    set(left, get(item(writer.trips, loop))),
    ...bodies.map(({ words, body }) =>
      whileTrue(isAtLeast(get(left), i32(words)), seq(body, step(words), set(left, sub(get(left), i32(words))))),
    ),
  );
}

/** Code in which `step(n)` moves the pointers by n iterations of the loop; afterwards they are where they were. */
function restoring(writer: Writer, loop: number, body: (step: (iterations: number) => Code) => Code): Code {
  const moved = writer.pointers.flatMap((pointer, tensor) =>
    strideOf(writer, loop, tensor) === "none" ? [] : [{ pointer, tensor, saved: writer.locals.fresh("i32") }],
  );
  return seq(
    ...moved.map(({ pointer, saved }) => set(saved, get(pointer))),
    body((n) => seq(...moved.map(({ pointer, tensor }) => advance(pointer, distanceOf(writer, loop, tensor, n))))),
    ...moved.map(({ pointer, saved }) => set(pointer, get(saved))),
  );
}

/** The vector loop where it moves the output: tiles of four vectors, of one, of a single word. */
function vectorTiles(writer: Writer, loop: number): Code {
  const [vector, scalar] = [vectorLanes(writer.form.kind), scalarLanes(writer.form.kind)];
  return restoring(writer, loop, (step) =>
    alongVectors(writer, loop, step, [
      { words: 4 * vector.words, body: tile(writer, vector, 4, loop) },
      { words: vector.words, body: tile(writer, vector, 1, loop) },
      { words: 1, body: tile(writer, scalar, 1, loop) },
    ]),
  );
}

/** The loops that leave the output where it is, around one tile of it. */
function tile(writer: Writer, lanes: Lanes, vectors: number, vectorLoop: number | null): Code {
  const { form, locals } = writer;
  const output = item(writer.pointers, form.tensors - 1);
  const bytes = bytesOf(form.kind) * lanes.words;
  const accumulators = Array.from({ length: vectors }, () => locals.fresh(lanes.type));
  const operands = writer.pointers.slice(0, -1).map((_, t) => operandOf(writer, lanes, t, vectorLoop));
  const step = seq(
    ...operands.map(({ prepare }) => prepare),
    ...accumulators.map((accumulator, j) => {
      const value = combined(
        writer,
        lanes,
        operands.map(({ at }) => at(j)),
      );
      return set(accumulator, reduction(lanes, form.reduce, false, get(accumulator), value, locals));
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
  writer.form.loops.flatMap((_, l) => (l !== vectorLoop && !movesOutput(writer, l) ? [l] : []));

/** An operand's words for vector j of a tile: the same word in all lanes where the vector loop does not move it. */
function operandOf(
  writer: Writer,
  lanes: Lanes,
  operand: number,
  vectorLoop: number | null,
): { readonly prepare: Code; readonly at: (j: number) => Code } {
  const { form, locals } = writer;
  const pointer = item(writer.pointers, operand);
  const stride = vectorLoop === null ? "none" : strideOf(writer, vectorLoop, operand);
  if (vectorLoop === null || stride === "none" || lanes.words === 1) {
    const word = locals.fresh(lanes.type);
    return { prepare: set(word, lanes.splat(get(pointer), 0)), at: () => get(word) };
  }
  if (stride === "word")
    return { prepare: [], at: (j) => lanes.load(get(pointer), j * lanes.words * bytesOf(form.kind)) };
  const at = locals.fresh("i32");
  const distance = distanceOf(writer, vectorLoop, operand, 1);
  return { prepare: set(at, get(pointer)), at: () => gathered(form.kind, at, distance, locals) };
}

function combined(writer: Writer, lanes: Lanes, operands: readonly Code[]): Code {
  const { combine } = writer.form;
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
  const { form, locals } = writer;
  const [vector, scalar] = [vectorLanes(form.kind), scalarLanes(form.kind)];
  const { reduce } = form;
  const output = item(writer.pointers, form.tensors - 1);
  const [partial, sum] = [locals.fresh("v128"), locals.fresh(scalar.type)];
  const accumulate = (lanes: Lanes, into: Local): Code => {
    const operands = writer.pointers.slice(0, -1).map((_, t) => operandOf(writer, lanes, t, loop));
    const value = combined(
      writer,
      lanes,
      operands.map(({ at }) => at(0)),
    );
    return seq(
      ...operands.map(({ prepare }) => prepare),
      set(into, reduction(lanes, reduce, false, get(into), value, locals)),
    );
  };
  const along = restoring(writer, loop, (step) =>
    alongVectors(writer, loop, step, [
      { words: vector.words, body: accumulate(vector, partial) },
      { words: 1, body: accumulate(scalar, sum) },
    ]),
  );
  const lanes = Array.from({ length: vector.words }, (_, lane) => laneOf(form.kind, get(partial), lane));
  return seq(
    set(sum, scalar.load(get(output), 0)),
    set(partial, vector.constant(form.identity)),
    innerLoops(writer, loop).reduceRight((code, l) => looped(writer, l, code), along),
    ...lanes.map((lane) => set(sum, reduction(scalar, reduce, true, get(sum), lane, locals))),
    scalar.store(get(output), get(sum), 0),
  );
}
