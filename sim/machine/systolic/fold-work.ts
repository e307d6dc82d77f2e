/**
 * When the elements of a fold work. A word sent in the array's cycle t comes to the element in row r and column c in its cycle t + r + c; so all elements of
 * a diagonal work in the same cycles, one after those of the diagonal before. While the array stands still, so do they.
 */
export interface FoldWork {
  readonly begin: (rows: number, columns: number) => void;
  /** The array stepped in these cycles of the run; `sends`: a word of the stream each. */
  readonly goOn: (from: number, to: number, sends: boolean) => void;
  readonly end: () => void;
}

/** Cycles of the run in which the array stepped without standing still, and the first of them as the array counts. */
interface Stretch {
  readonly step: number;
  readonly from: number;
  to: number;
}

/** `all` is told of the operations of each diagonal, `first` of those of the first element, and whether its first one is among them. */
export function foldWork(
  all: (from: number, to: number, operations: number) => void,
  first: (from: number, to: number, operations: number, isFirst: boolean) => void,
): FoldWork {
  let [rows, columns, step, sent] = [0, 0, 0, 0];
  let stretches: Stretch[] = [];
  return {
    begin: (r, c) => {
      [rows, columns, step, sent] = [r, c, 0, 0];
      stretches = [];
    },
    goOn: (from, to, sends) => {
      const last = stretches.at(-1);
      if (last?.to === from) last.to = to;
      else stretches.push({ step, from, to });
      step += to - from;
      if (sends) sent += to - from;
    },
    end: () => {
      for (let d = 0; d < rows + columns - 1; d++) {
        const elements = Math.min(d + 1, rows, columns, rows + columns - 1 - d);
        for (const stretch of stretches) {
          const from = Math.max(d, stretch.step);
          const to = Math.min(d + sent, stretch.step + stretch.to - stretch.from);
          if (to <= from) continue;
          const [start, end] = [stretch.from + from - stretch.step, stretch.from + to - stretch.step];
          all(start, end, elements * (to - from));
          if (d === 0) first(start, end, to - from, from === 0);
        }
      }
      stretches = [];
    },
  };
}
