/**
 * The code that moves words between the buffers of a node's instances and those above them. Each function does one box for the
 * instances [first, first + count): up to four axes, the innermost of neighbouring words,
 * ```
 * for each instance                       child = table of the node [instance] + child offset; above likewise
 *   for n3, for n2, for n1, for n0        one word moves
 * ```
 */
import type { Operation } from "../../../workloads/index.js";
import type { NumberKind } from "../arithmetic.js";
import { bytesOf, type Lanes, reduction, scalarLanes, vectorLanes } from "./lanes.js";
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
  type WasmFunction,
  whileTrue,
} from "./wasm.js";

/**
 * - `copy`: the child takes a copy of the words above.
 * - `take`: the child takes the words, the identity stays above.
 * - `give`: the child's words are reduced into those above.
 * - `clear`: the child's words become the identity.
 */
export type Mover = "copy" | "take" | "give" | "clear";

/** How much one call moves for each instance: a word, a row of neighbouring words, or up to three axes of rows. */
export type Extent = "word" | "row" | "box";

/** Parameters of each extent (see `moverOf`). */
const PARAMETERS: Readonly<Record<Extent, number>> = { word: 6, row: 7, box: 16 };

/**
 * Parameters: tables of the node and of the node above, first, count, offsets of child and parent; for a row n0; for a box then for
 * axes 1 to 3: n, the child's stride, the parent's stride. All in bytes but n.
 */
export function moverOf(
  mover: Mover,
  extent: Extent,
  reduce: Operation["reduce"],
  identity: number,
  kind: NumberKind,
): WasmFunction {
  const locals = new Locals(PARAMETERS[extent]);
  const p = (index: number): Code => get(locals.parameter(index));
  const [mine, theirs, count] = [locals.fresh("i32"), locals.fresh("i32"), locals.fresh("i32")];
  const move = (lanes: Lanes, child: Local, parent: Local): Code => {
    const empty = lanes.constant(identity);
    const [own, above] = [lanes.load(get(child), 0), lanes.load(get(parent), 0)];
    switch (mover) {
      case "copy":
        return lanes.store(get(child), above, 0);
      case "take":
        return seq(lanes.store(get(child), above, 0), lanes.store(get(parent), empty, 0));
      case "give":
        return lanes.store(get(parent), reduction(lanes, reduce, true, above, own, locals), 0);
      default:
        return lanes.store(get(child), empty, 0);
    }
  };
  const row =
    extent === "word"
      ? (child: Local, parent: Local) => move(scalarLanes(kind), child, parent)
      : rowOf(locals, p(6), move, kind);
  const body = seq(
    set(mine, add(p(0), shl(p(2), 2))),
    set(theirs, add(p(1), shl(p(2), 2))),
    repeat(
      count,
      p(3),
      seq(
        axes(
          locals,
          extent === "box" ? [13, 10, 7] : [],
          [add(loadI32(get(mine)), p(4)), add(loadI32(get(theirs)), p(5))],
          row,
        ),
        advance(mine, i32(4)),
        advance(theirs, i32(4)),
      ),
    ),
  );
  return { name: `${mover} ${extent}`, parameters: PARAMETERS[extent], locals: locals.types, body };
}

/** Nested axes, outermost first, each given by the parameter of its n (its strides follow); the row goes innermost. */
function axes(
  locals: Locals,
  parameters: readonly number[],
  from: readonly [Code, Code],
  row: (child: Local, parent: Local) => Code,
): Code {
  const [child, parent] = [locals.fresh("i32"), locals.fresh("i32")];
  const [n, ...inner] = parameters;
  const here = seq(set(child, from[0]), set(parent, from[1]));
  if (n === undefined) return seq(here, row(child, parent));
  const body = axes(locals, inner, [get(child), get(parent)], row);
  const step = seq(advance(child, get(locals.parameter(n + 1))), advance(parent, get(locals.parameter(n + 2))));
  return seq(here, repeat(locals.fresh("i32"), get(locals.parameter(n)), seq(body, step)));
}

/** A row of neighbouring words: by vectors, then one by one. */
function rowOf(
  locals: Locals,
  length: Code,
  move: (lanes: Lanes, child: Local, parent: Local) => Code,
  kind: NumberKind,
): (child: Local, parent: Local) => Code {
  return (child, parent) => {
    const left = locals.fresh("i32");
    const by = (lanes: Lanes): Code => {
      const step = i32(lanes.words * bytesOf(kind));
      const body = seq(
        move(lanes, child, parent),
        advance(child, step),
        advance(parent, step),
        set(left, sub(get(left), i32(lanes.words))),
      );
      return whileTrue(isAtLeast(get(left), i32(lanes.words)), body);
    };
    return seq(set(left, length), by(vectorLanes(kind)), by(scalarLanes(kind)));
  };
}

/**
 * `shift`: words that stay in a buffer take their places in its new box. Parameters: table, first, count, from, to, n0, then n and
 * stride of axes 1 to 3, and the step from word to word. Towards higher addresses the walk is from the last word backwards: the
 * offsets then are those of the last word, strides and step are negative.
 */
export function shiftOf(kind: NumberKind): WasmFunction {
  const parameters = 13;
  const locals = new Locals(parameters);
  const p = (index: number): Code => get(locals.parameter(index));
  const entry = locals.fresh("i32");
  const lanes = scalarLanes(kind);
  const nested = (axesLeft: readonly number[], from: Code, to: Code): Code => {
    const [source, target] = [locals.fresh("i32"), locals.fresh("i32")];
    const here = seq(set(source, from), set(target, to));
    const [n, ...inner] = axesLeft;
    const step = n === undefined ? p(12) : p(n + 1);
    const body =
      n === undefined
        ? lanes.store(get(target), lanes.load(get(source), 0), 0)
        : nested(inner, get(source), get(target));
    return seq(
      here,
      repeat(
        locals.fresh("i32"),
        n === undefined ? p(5) : p(n),
        seq(body, advance(source, step), advance(target, step)),
      ),
    );
  };
  const base = locals.fresh("i32");
  const body = seq(
    set(entry, add(p(0), shl(p(1), 2))),
    repeat(
      locals.fresh("i32"),
      p(2),
      seq(
        set(base, loadI32(get(entry))),
        nested([10, 8, 6], add(get(base), p(3)), add(get(base), p(4))),
        advance(entry, i32(4)),
      ),
    ),
  );
  return { name: "shift", parameters, locals: locals.types, body };
}
