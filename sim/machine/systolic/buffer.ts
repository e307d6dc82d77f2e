import type { Tensor, Values } from "../../../workloads/index.js";
import { stridesOf } from "../../../workloads/index.js";
import type { Range } from "../nest.js";
import { clearBox, copyBox, type Region } from "./copy.kernel.js";

/** The words of one tensor that the buffer holds: two tiles' room, the one that the array works on and the one before. */
export interface TensorBuffer {
  /** Brings in the tile over these ranges of the variables, where it is not there yet; what it replaces goes up, once it is settled. */
  readonly move: (ranges: readonly Range[]) => Moved;
  /** Takes up outputs whose tile was left, when nothing is under way to them any more. */
  readonly settle: () => number;
  /** Leaves the last tile. */
  readonly leave: () => void;
  /** Index of the word of the tile that stands where these variables are (others at their least), and how far apart along a variable. */
  readonly place: (at: ReadonlyMap<number, number>) => number;
  readonly stepOf: (variable: number) => number;
  readonly counters: { fills: number; drains: number };
}
export interface Moved {
  /** Words that came from above, and that went up. */
  readonly filled: number;
  readonly drained: number;
}

/** What a buffer is made for. */
export interface BufferNeeds {
  readonly tensor: Tensor;
  /** The tensor's variables, the slowest first: those of the groups, the one that streams (or lies down the rows), the one across. */
  readonly order: readonly number[];
  /** Extents of all variables at the node. */
  readonly extents: readonly number[];
  /** The tensor above, row-major over its shape. */
  readonly above: Values;
  /** The memory of the array, and the word where there is room from. */
  readonly words: Values;
  readonly from: number;
}

/** The room that a tensor's two tiles take, in words. */
export const roomOf = (order: readonly number[], extents: readonly number[]): number =>
  2 * order.reduce((n, variable) => n * (extents[variable] ?? 1), 1);

export function tensorBuffer({ tensor, order, extents, above, words, from }: BufferNeeds): TensorBuffer {
  const sizes = order.map((variable) => extents[variable] ?? 1);
  const strides = stridesOf(sizes);
  const half = roomOf(order, extents) / 2;
  const axisOf = (variable: number): number =>
    tensor.ranks.findIndex(({ terms }) => terms.some((term) => term.variable === variable));
  const aboveStrides = stridesOf(tensor.shape);
  const stepsAbove = order.map((variable) => aboveStrides[axisOf(variable)] ?? 0);
  const counters = { fills: 0, drains: 0 };
  const isOutput = tensor.role === "output";
  const known = new Set<string>();
  let current: Tile | null = null;
  let leaving: Tile | null = null;

  const regionIn = ({ start }: Tile): Region => ({ words, start, strides });
  const regionAbove = ({ ranges }: Tile): Region => {
    const start = ranges.reduce((sum, range, i) => sum + range.start * (stepsAbove[i] ?? 0), 0);
    return { words: above, start, strides: stepsAbove };
  };
  const settle = (): number => {
    if (leaving === null) return 0;
    const gone = copyBox(regionIn(leaving), regionAbove(leaving), extentsOf(leaving));
    counters.drains += gone;
    leaving = null;
    return gone;
  };
  const fill = (tile: Tile): number => {
    if (isOutput && !known.has(keyOf(tile))) {
      known.add(keyOf(tile));
      clearBox(regionIn(tile), extentsOf(tile));
      return 0;
    }
    const came = copyBox(regionAbove(tile), regionIn(tile), extentsOf(tile));
    if (isOutput) clearBox(regionAbove(tile), extentsOf(tile));
    counters.fills += came;
    return came;
  };
  const leave = (): void => {
    if (isOutput) leaving = current;
    current = null;
  };
  return {
    counters,
    settle,
    leave,
    move: (all) => {
      const ranges = order.map((variable) => all[variable] ?? { start: 0, end: 1 });
      if (current !== null && isSame(current.ranges, ranges)) return { filled: 0, drained: 0 };
      const drained = settle();
      const start: number = current?.start === from ? from + half : from;
      leave();
      current = { ranges, start };
      return { filled: fill(current), drained };
    },
    place: (at) => {
      if (current === null) throw new Error(`no tile of ${tensor.name}`);
      const { ranges, start } = current;
      return order.reduce((place, variable, i) => {
        const least = ranges[i]?.start ?? 0;
        return place + ((at.get(variable) ?? least) - least) * (strides[i] ?? 0);
      }, start);
    },
    stepOf: (variable) => strides[order.indexOf(variable)] ?? 0,
  };
}

interface Tile {
  readonly ranges: readonly Range[];
  readonly start: number;
}

const extentsOf = ({ ranges }: Tile): readonly number[] => ranges.map(({ start, end }) => end - start);
const keyOf = ({ ranges }: Tile): string => ranges.map(({ start }) => start).join();
const isSame = (a: readonly Range[], b: readonly Range[]): boolean =>
  a.every((range, i) => range.start === b[i]?.start && range.end === b[i]?.end);
