/**
 * Steps that are alike but for where they are, done in one call: in each, the moves of a list of records, one after another, then the
 * operations of all instances; then everything goes on by as much as in every such step.
 */
import { distancesAt, incrementsAt, type KernelForm } from "./kernel.js";
import {
  add,
  advance,
  type Code,
  call,
  choose,
  get,
  i32,
  isAtLeast,
  Locals,
  loadI32,
  repeat,
  seq,
  set,
  storeI32,
  sub,
  type WasmFunction,
  whileTrue,
} from "./wasm.js";

/** 32-bit integers of a record: which function, what its sixth parameter grows by in each step, and its parameters. */
export const RECORD = 18;
/** Most records of a list. */
export const MOST_RECORDS = 64;
/** The parameter that grows: of movers, the offset of the parent. */
const GROWING = 5;

/** `sweep(records, number of records, steps, first, count)`; `functions`: their numbers in the module, by their number in records. */
export function sweepOf(
  form: KernelForm,
  functions: readonly { readonly index: number; readonly parameters: number }[],
  compute: number,
): WasmFunction {
  const locals = new Locals(5);
  const [records, count, steps] = [locals.parameter(0), locals.parameter(1), locals.parameter(2)];
  const [first, instances] = [get(locals.parameter(3)), get(locals.parameter(4))];
  const [record, left] = [locals.fresh("i32"), locals.fresh("i32")];
  const parameter = (i: number): Code => loadI32(get(record), 4 * (2 + i));
  const move = choose(
    loadI32(get(record)),
    functions.map(({ index, parameters }) =>
      call(index, ...Array.from({ length: parameters }, (_, i) => parameter(i))),
    ),
  );
  const grown = add(parameter(GROWING), loadI32(get(record), 4));
  const moves = seq(
    set(record, get(records)),
    set(left, get(count)),
    whileTrue(
      isAtLeast(get(left), i32(1)),
      seq(
        move,
        storeI32(get(record), 4 * (2 + GROWING), grown),
        advance(record, i32(4 * RECORD)),
        set(left, sub(get(left), i32(1))),
      ),
    ),
  );
  const goOn = Array.from({ length: form.tensors }, (_, t) => {
    const [distance, increment] = [distancesAt(form) + 4 * t, incrementsAt(form) + 4 * t];
    return storeI32(i32(0), distance, add(loadI32(i32(0), distance), loadI32(i32(0), increment)));
  });
  const body = repeat(locals.fresh("i32"), get(steps), seq(moves, call(compute, first, instances), ...goOn));
  return { name: "sweep", parameters: 5, locals: locals.types, body };
}
