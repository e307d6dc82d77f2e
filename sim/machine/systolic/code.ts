/**
 * The code of a systolic array: what all elements do in one cycle, for as many cycles as asked. Every element takes what its left neighbour held (the first
 * column what stands at the edge), works, and hands on:
 * ```
 * for each cycle
 *   send one more word (or a bubble)                     X, Y: a schedule, the newest entry first
 *   for each row r, lowest first
 *     edge[r] = the word sent r cycles ago, read from the buffer now, or 0
 *     for each column c, rightmost first
 *       across[r][c] = across[r][c-1]
 *       flowing sums:    down[r][c] = down[r-1][c] + across[r][c] · staying[r][c]
 *       staying sums:    down[r][c] = down[r-1][c];  staying[r][c] += across[r][c] · down[r][c]
 *   flowing sums: each column's foot delivers its partial sum, if a word was sent rows-1+c cycles ago
 * ```
 * Lowest and rightmost first, so each register is read before it is written: all elements step at once. The skew is nothing but the hand-on: an address
 * that is sent in one cycle comes to the next row in the next one, to the feet rows-1 cycles later, and goes on along them column by column.
 */
import { scalarLanes, vectorLanes } from "../code/lanes.js";
import {
  add,
  advance,
  both,
  type Code,
  get,
  i32,
  isBelow,
  isNotNegative,
  type Local,
  Locals,
  loadI32,
  mul,
  repeat,
  seq,
  set,
  storeI32,
  sub,
  type WasmFunction,
  when,
} from "../code/wasm.js";
import type { ArrayLayout } from "./layout.js";

/** Whether the partial sums travel down the columns, or stay in the elements. */
export type SumsMove = "flow" | "stay";

/**
 * The function `cycles(count, at, x, xStep, y, yStep, rowsUsed, columnsUsed)`: runs `count` cycles, the first of them entry number `at` of the
 * schedules. In each one address is sent: x, x + xStep, … (−1 and 0: bubbles); y the same. With flowing sums y is where the foot of the
 * first column adds its sum; with staying ones it is what the first column reads.
 */
export function arrayCode(layout: ArrayLayout, sums: SumsMove): WasmFunction {
  const locals = new Locals(8);
  const [count, at, x, xStep, y, yStep, rowsUsed, columnsUsed] = Array.from({ length: 8 }, (_, i) =>
    locals.parameter(i),
  ) as [Local, Local, Local, Local, Local, Local, Local, Local];
  const fresh = (): Local => locals.fresh("i32");
  const counters = { readX: fresh(), readY: fresh(), left: fresh() };
  const [cycle, now] = [fresh(), fresh()];
  const scope: Scope = { layout, locals, now, rowsUsed, columnsUsed, ...counters };
  const { rows, columns } = layout;
  const body = seq(
    set(now, mul(get(at), i32(4))),
    repeat(
      cycle,
      get(count),
      seq(
        storeI32(get(now), layout.sendingX, get(x)),
        storeI32(get(now), layout.sendingY, get(y)),
        advance(x, get(xStep)),
        advance(y, get(yStep)),
        sums === "stay" ? topEdge(scope) : [],
        rowsCode(scope, sums),
        sums === "flow" ? feet(scope) : [],
        when(
          isNotNegative(loadI32(sub(get(now), i32(4 * (rows + columns - 2))), layout.sendingX)),
          advance(counters.left, i32(1)),
        ),
        advance(now, i32(4)),
      ),
    ),
    ...[counters.readX, counters.readY, counters.left].map((counter, i) =>
      storeI32(i32(layout.counters), 4 * i, get(counter)),
    ),
  );
  return { name: "cycles", parameters: 8, locals: locals.types, body };
}

interface Scope {
  readonly layout: ArrayLayout;
  readonly locals: Locals;
  /** The place of this cycle's entry in the schedules, in bytes. */
  readonly now: Local;
  readonly rowsUsed: Local;
  readonly columnsUsed: Local;
  readonly readX: Local;
  readonly readY: Local;
  readonly left: Local;
}

/** All rows, the lowest first. */
function rowsCode(scope: Scope, sums: SumsMove): Code {
  const { layout, locals, now, rowsUsed, readX } = scope;
  const { rows, rowBytes, wordBytes, kind } = layout;
  const fresh = (): Local => locals.fresh("i32");
  const [counter, row, sent, address, across, down, staying] = [
    ...[fresh(), fresh(), fresh(), fresh(), fresh(), fresh(), fresh()],
  ] as [Local, Local, Local, Local, Local, Local, Local];
  const word = scalarLanes(kind);
  const edge = layout.firstElement - wordBytes;
  const top = rows - 1;
  return seq(
    set(row, i32(top)),
    set(sent, sub(get(now), i32(4 * top))),
    set(across, i32(layout.across + top * rowBytes)),
    set(down, i32(layout.down + top * rowBytes)),
    set(staying, i32(layout.staying + top * rowBytes)),
    repeat(
      counter,
      i32(rows),
      seq(
        word.store(get(across), word.constant(0), edge),
        set(address, loadI32(get(sent), layout.sendingX)),
        when(
          both(isNotNegative(get(address)), isBelow(get(row), get(rowsUsed))),
          seq(
            word.store(get(across), word.load(add(get(address), mul(get(row), i32(wordBytes))), 0), edge),
            advance(readX, i32(1)),
          ),
        ),
        elements(scope, sums, { across, down, staying }),
        advance(row, i32(-1)),
        advance(sent, i32(4)),
        advance(across, i32(-rowBytes)),
        advance(down, i32(-rowBytes)),
        advance(staying, i32(-rowBytes)),
      ),
    ),
  );
}

/** Rows of more vectors than this are looped over instead of written out. */
const WRITTEN_OUT = 32;

interface RowPointers {
  readonly across: Local;
  /** The row above: the row's own registers come `rowBytes` later. */
  readonly down: Local;
  readonly staying: Local;
}

/** The elements of one row, the rightmost vector first. */
function elements({ layout, locals }: Scope, sums: SumsMove, pointers: RowPointers): Code {
  const { vectors, rowBytes, wordBytes, kind, firstElement } = layout;
  const vector = vectorLanes(kind);
  const [moving, met] = [locals.fresh("v128"), locals.fresh("v128")];
  const at = (base: Local, offset: Local | null): Code => (offset === null ? get(base) : add(get(base), get(offset)));
  const one = (offset: Local | null, fixed: number): Code => {
    const [across, down, staying] = [
      at(pointers.across, offset),
      at(pointers.down, offset),
      at(pointers.staying, offset),
    ];
    const take = [set(moving, vector.load(across, fixed - wordBytes)), vector.store(across, get(moving), fixed)];
    const above = vector.load(down, fixed);
    const stays = vector.load(staying, fixed);
    const below = fixed + rowBytes;
    const multiply = (a: Code, b: Code): Code => vector.binary("multiply", a, b, locals);
    const plus = (a: Code, b: Code): Code => vector.binary("add", a, b, locals);
    if (sums === "flow") return [take, vector.store(down, plus(above, multiply(get(moving), stays)), below)];
    return [
      ...[take, set(met, above), vector.store(down, get(met), below)],
      vector.store(staying, plus(stays, multiply(get(moving), get(met))), fixed),
    ];
  };
  if (vectors <= WRITTEN_OUT)
    return Array.from({ length: vectors }, (_, v) => one(null, firstElement + 16 * (vectors - 1 - v)));
  const [counter, offset] = [locals.fresh("i32"), locals.fresh("i32")];
  return seq(
    set(offset, i32(16 * (vectors - 1))),
    repeat(counter, i32(vectors), seq(one(offset, firstElement), advance(offset, i32(-16)))),
  );
}

/** Staying sums: what comes in at the top of each column, the word that was sent c cycles ago. */
function topEdge({ layout, locals, now, columnsUsed, readY }: Scope): Code {
  const word = scalarLanes(layout.kind);
  const { wordBytes } = layout;
  return alongColumns(
    locals,
    columnsUsed,
    (column, place, address) =>
      seq(
        set(address, loadI32(sub(get(now), mul(get(column), i32(4))), layout.sendingY)),
        word.store(get(place), word.constant(0), layout.down + layout.firstElement),
        when(
          isNotNegative(get(address)),
          seq(
            word.store(
              get(place),
              word.load(add(get(address), mul(get(column), i32(wordBytes))), 0),
              layout.down + layout.firstElement,
            ),
            advance(readY, i32(1)),
          ),
        ),
      ),
    wordBytes,
  );
}

/** Flowing sums: what leaves at the foot of each column is added to the buffer's word. */
function feet({ layout, locals, now, columnsUsed, readY }: Scope): Code {
  const word = scalarLanes(layout.kind);
  const { rows, rowBytes, wordBytes } = layout;
  const foot = layout.down + rows * rowBytes + layout.firstElement;
  return alongColumns(
    locals,
    columnsUsed,
    (column, place, address) =>
      seq(
        set(address, loadI32(sub(get(now), add(i32(4 * (rows - 1)), mul(get(column), i32(4)))), layout.sendingY)),
        when(
          isNotNegative(get(address)),
          seq(
            advance(address, mul(get(column), i32(wordBytes))),
            word.store(
              get(address),
              word.binary("add", word.load(get(address), 0), word.load(get(place), foot), locals),
              0,
            ),
            advance(readY, i32(1)),
          ),
        ),
      ),
    wordBytes,
  );
}

/** Does the body for every used column, with its number, its place in a row in bytes, and a local for an address. */
function alongColumns(
  locals: Locals,
  columnsUsed: Local,
  body: (column: Local, place: Local, address: Local) => Code,
  wordBytes: number,
): Code {
  const [counter, column, place, address] = [
    ...[locals.fresh("i32"), locals.fresh("i32"), locals.fresh("i32"), locals.fresh("i32")],
  ] as [Local, Local, Local, Local];
  return seq(
    set(column, i32(0)),
    set(place, i32(0)),
    repeat(
      counter,
      get(columnsUsed),
      seq(body(column, place, address), advance(column, i32(1)), advance(place, i32(wordBytes))),
    ),
  );
}
