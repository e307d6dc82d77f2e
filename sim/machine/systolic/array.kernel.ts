import type { Values } from "../../../workloads/index.js";
import { moduleOf } from "../code/wasm.js";
import { compiled, instantiate, memoryOf, type WasmModule } from "../code/webassembly.js";
import { arrayCode, type SumsMove } from "./code.js";
import type { ArrayLayout } from "./layout.js";

/** What some cycles did. */
export interface Beat {
  readonly cycles: number;
  /** Words read from the buffer into the rows (x), and at the tops of the columns, or delivered at their feet (y). */
  readonly x: number;
  readonly y: number;
  /** Words of the stream that have left the last element. */
  readonly left: number;
}

/** A stream of words, or of places: the byte address of the first and the distance to the next. */
export interface Stream {
  readonly first: number;
  readonly step: number;
}
const BUBBLES: Stream = { first: -1, step: 0 };

/** A systolic array with its buffer's memory: registers that hold values, stepped cycle by cycle. */
export interface SystolicArray {
  /** The whole memory as words. */
  readonly words: Values;
  /** Empties all registers, and forgets what was sent. */
  readonly reset: () => void;
  /** Pushes stationary words in from the top, a row a cycle, until the first has come to the last row. Word (r, c) is `first + r·rowStep + c`. */
  readonly load: (source: LoadSource) => Beat;
  /** Sends `count` words, one a cycle. */
  readonly send: (count: number, x: Stream, y: Stream) => Beat;
  /** Sends bubbles for a cycle. */
  readonly idle: () => Beat;
  /** The sums that stay, shifted out through the feet of the columns, or taken where they are; word (r, c) goes to `first + r·rowStep + c`. */
  readonly unload: (target: LoadSource, shifts: boolean) => Beat;
  /** How many rows and columns are at work. */
  readonly use: (rows: number, columns: number) => void;
}
export interface LoadSource {
  /** Index of the first word. */
  readonly first: number;
  readonly rowStep: number;
}

export function systolicArray(layout: ArrayLayout, sums: SumsMove, bytes: number): SystolicArray {
  const memory = memoryOf(bytes);
  const cycles = instantiate(compiledFor(layout, sums), memory)["cycles"]!;
  const { rows, wordBytes, rowBytes, columns } = layout;
  const words = viewOf(layout, memory.buffer);
  const numbers = new Int32Array(memory.buffer);
  const rowWords = rowBytes / wordBytes;
  const staying = (layout.staying + layout.firstElement) / wordBytes;
  const early = rows + columns;
  let [now, usedRows, usedColumns] = [early, rows, columns];

  const run = (count: number, x: Stream, y: Stream): Beat => {
    cycles(count, now, x.first, x.step, y.first, y.step, usedRows, usedColumns);
    now += count;
    const at = layout.counters / 4;
    return { cycles: count, x: numbers[at]!, y: numbers[at + 1]!, left: numbers[at + 2]! };
  };
  const reset = (): void => {
    words.fill(0, layout.across / wordBytes, layout.sendingX / wordBytes);
    for (const schedule of [layout.sendingX, layout.sendingY]) numbers.fill(-1, schedule / 4, schedule / 4 + early);
    now = early;
  };
  const handDown = (): void => {
    if (rows > 1) words.copyWithin(staying + rowWords, staying, staying + (rows - 2) * rowWords + columns);
  };
  const load = ({ first, rowStep }: LoadSource): Beat => {
    let read = 0;
    for (let row = rows - 1; row >= 0; row--) {
      handDown();
      words.fill(0, staying, staying + columns);
      if (row >= usedRows) continue;
      for (let c = 0; c < usedColumns; c++) words[staying + c] = words[first + row * rowStep + c]!;
      read += usedColumns;
    }
    return { cycles: rows, x: 0, y: read, left: 0 };
  };
  const unload = ({ first, rowStep }: LoadSource, shifts: boolean): Beat => {
    let delivered = 0;
    for (let row = rows - 1; row >= 0; row--) {
      const from = staying + (shifts ? rows - 1 : row) * rowWords;
      if (row < usedRows) {
        for (let c = 0; c < usedColumns; c++) words[first + row * rowStep + c] = words[from + c]!;
        delivered += usedColumns;
      }
      if (shifts) handDown();
    }
    return { cycles: shifts ? rows : 0, x: 0, y: delivered, left: 0 };
  };
  return {
    ...{ words, reset, load, unload },
    send: run,
    idle: () => run(1, BUBBLES, BUBBLES),
    use: (r, c) => {
      usedRows = r;
      usedColumns = c;
    },
  };
}

function viewOf({ kind }: ArrayLayout, buffer: ArrayBuffer): Values {
  if (kind === "int32") return new Int32Array(buffer);
  return kind === "float32" ? new Float32Array(buffer) : new Float64Array(buffer);
}

const compiledFor = (layout: ArrayLayout, sums: SumsMove): WasmModule => compiled(moduleOf([arrayCode(layout, sums)]));
