import type { Values } from "./values.js";

/** One loop of a walk: how often it goes round, how far it moves along each axis of the tensor, and how far in the list of words. */
export interface WalkLoop {
  readonly bound: number;
  readonly moves: readonly number[];
}

/**
 * Walks over a nest of loops, the last one fastest, and copies between a tensor's words and a plain list of one word an iteration:
 * ```
 * for each loop …
 *   list[word++] = words[Σ at[axis]·stride[axis]]     (gather; outside the tensor the list stays 0)
 * ```
 * or the other way round (scatter). `at` starts at `offsets`.
 */
export function copyAlong(
  loops: readonly WalkLoop[],
  { shape, strides, offsets }: { shape: readonly number[]; strides: readonly number[]; offsets: readonly number[] },
  words: Values,
  list: Values,
  direction: "gather" | "scatter",
): void {
  const at = [...offsets];
  const axes = at.length;
  const last = loops.at(-1) ?? { bound: 1, moves: at.map(() => 0) };
  const outer = loops.slice(0, -1);
  const step = last.moves.reduce((sum, move, axis) => sum + move * strides[axis]!, 0);
  const gathers = direction === "gather";
  let word = 0;
  /** The iterations of the last loop that lie inside along every axis: a range, since each axis moves evenly. */
  const row = (): void => {
    let [from, end] = [0, last.bound];
    let place = 0;
    for (let axis = 0; axis < axes; axis++) {
      const [x, move, extent] = [at[axis]!, last.moves[axis]!, shape[axis]!];
      place += x * strides[axis]!;
      if (move === 0) {
        if (x < 0 || x >= extent) end = 0;
      } else {
        const [low, high] = move > 0 ? [-x / move, (extent - 1 - x) / move] : [(extent - 1 - x) / move, -x / move];
        from = Math.max(from, Math.ceil(low));
        end = Math.min(end, Math.floor(high) + 1);
      }
    }
    if (gathers) for (let k = from; k < end; k++) list[word + k] = words[place + k * step]!;
    else for (let k = from; k < end; k++) words[place + k * step] = list[word + k]!;
    word += last.bound;
  };
  const along = (depth: number): void => {
    if (depth === outer.length) {
      row();
      return;
    }
    const { bound, moves } = outer[depth]!;
    for (let k = 0; k < bound; k++) {
      along(depth + 1);
      for (let axis = 0; axis < axes; axis++) at[axis]! += moves[axis]!;
    }
    for (let axis = 0; axis < axes; axis++) at[axis]! -= bound * moves[axis]!;
  };
  along(0);
}
