import { type OpenRows, type RowSpace, taken } from "./open.kernel.js";
import type { Relaxation } from "./relaxation.js";

/** What capacities may be passed by for rounding. */
const ROUNDING = 1e-11;
/** How often rows are dropped that others, now dropped, had room for. */
const ROUNDS = 3;

interface Limit {
  readonly columns: readonly number[];
  readonly most: number;
}

/** The capacities, fan-outs and cycles that rows have to keep within. */
export class Fitting {
  /** The columns of all limits, one limit after another: those of the k-th begin at starts[k]. */
  private readonly columns: Int32Array;
  private readonly starts: Int32Array;
  /** The most that the sum of a limit's columns may be, and its log. */
  private readonly most: Float64Array;
  private readonly logs: Float64Array;

  /** `mostCycles`: Infinity where any number of cycles will do. */
  constructor(relaxation: Relaxation, mostCycles: number) {
    const limits: Limit[] = [
      ...relaxation.capacities,
      ...relaxation.fanouts.map(({ column, most }) => ({ columns: [column], most })),
      ...(Number.isFinite(mostCycles) ? delayLimitsOf(relaxation, mostCycles) : []),
    ];
    this.columns = Int32Array.from(limits.flatMap(({ columns }) => columns));
    this.starts = new Int32Array(limits.length + 1);
    this.most = new Float64Array(limits.length);
    this.logs = new Float64Array(limits.length);
    for (let k = 0; k < limits.length; k++) {
      const { columns, most } = limits[k]!;
      this.starts[k + 1] = this.starts[k]! + columns.length;
      this.most[k] = most * (1 + ROUNDING);
      this.logs[k] = Math.log(most) + ROUNDING;
    }
  }

  /** Rows that pass no limit with the least tiles of the other groups; null where a group has none. */
  fitting(space: RowSpace, open: readonly OpenRows[]): readonly OpenRows[] | null {
    const { columns } = this;
    const [G, L] = [open.length, columns.length];
    const rest = new Float64Array(L);
    /** Per group whether (1, else 0) the latest round dropped rows of it, and how many such groups there are. */
    const dropped = new Uint8Array(G).fill(1);
    let drops = G;
    let now = open;
    for (let round = 0; round < ROUNDS && drops > 0; round++) {
      for (let g = 0; g < G; g++) now[g]!.extremes ??= extremesOf(now[g]!, columns);
      const before = drops;
      const next: OpenRows[] = [];
      for (let g = 0; g < G; g++) {
        const rows = now[g]!;
        const n = rows.ids.length;
        // Beside the same rows of all others, the same of its own fit.
        const isSettled = round > 0 && before === dropped[g]!;
        drops -= dropped[g]!;
        dropped[g] = 0;
        if (n === 0) return null;
        rest.fill(0);
        for (let h = 0; h < G; h++) if (h !== g) for (let l = 0; l < L; l++) rest[l]! += now[h]!.extremes![l]!;
        if (isSettled || this.fits(rows.extremes!, rest)) {
          next.push(rows);
          continue;
        }
        const keep = space.arena.ints(n);
        const kept = this.select(rows, rest, keep);
        if (kept === 0) return null;
        if (kept < n) {
          dropped[g] = 1;
          drops++;
        }
        next.push(kept === n ? rows : taken(space, rows, keep.subarray(0, kept)));
      }
      now = next;
    }
    return now;
  }

  /** Whether even a row of the most in every column, which come behind the least, fits beside the rest. */
  private fits(extremes: Float64Array, rest: Float64Array): boolean {
    const { starts, logs, most } = this;
    const L = rest.length;
    for (let k = 0; k < logs.length; k++) {
      let largest = Number.NEGATIVE_INFINITY;
      for (let l = starts[k]!; l < starts[k + 1]!; l++) {
        const x = extremes[L + l]! + rest[l]!;
        if (x > largest) largest = x;
      }
      if (largest > logs[k]!) return false;
      if (starts[k + 1]! - starts[k]! === 1) continue;
      let sum = 0;
      for (let l = starts[k]!; l < starts[k + 1]!; l++) sum += Math.exp(extremes[L + l]! + rest[l]!);
      if (sum > most[k]!) return false;
    }
    return true;
  }

  /** Writes the rows that fit beside the rest, and returns how many they are. */
  private select({ begins, logs }: OpenRows, rest: Float64Array, keep: Int32Array): number {
    const { columns, starts } = this;
    const limits = starts.length - 1;
    let kept = 0;
    for (let i = 0; i < keep.length; i++) {
      const at = begins[i]!;
      let k = 0;
      for (; k < limits; k++) {
        const end = starts[k + 1]!;
        let largest = Number.NEGATIVE_INFINITY;
        for (let l = starts[k]!; l < end; l++) {
          const x = logs[at + columns[l]!]! + rest[l]!;
          if (x > largest) largest = x;
        }
        if (largest > this.logs[k]!) break;
        const more = end - starts[k]! - 1;
        if (more > 0 && largest > this.logs[k]! - Math.LN2 * more && this.sum(logs, at, k, rest) > this.most[k]!) break;
      }
      if (k === limits) keep[kept++] = i;
    }
    return kept;
  }

  private sum(logs: Float64Array, at: number, k: number, rest: Float64Array): number {
    const { columns, starts } = this;
    let sum = 0;
    for (let l = starts[k]!; l < starts[k + 1]!; l++) sum += Math.exp(logs[at + columns[l]!]! + rest[l]!);
    return sum;
  }
}

/** The least of some columns over the rows, and behind them the most. */
function extremesOf({ begins, logs }: OpenRows, columns: Int32Array): Float64Array {
  const L = columns.length;
  const extremes = new Float64Array(2 * L).fill(Number.POSITIVE_INFINITY, 0, L).fill(Number.NEGATIVE_INFINITY, L);
  for (let i = 0; i < begins.length; i++) {
    const at = begins[i]!;
    for (let l = 0; l < L; l++) {
      const x = logs[at + columns[l]!]!;
      if (x < extremes[l]!) extremes[l] = x;
      if (x > extremes[L + l]!) extremes[L + l] = x;
    }
  }
  return extremes;
}

/** No summand of a delay may take longer than all may. */
function delayLimitsOf({ delays }: Relaxation, mostCycles: number): Limit[] {
  return delays
    .flat()
    .filter(({ v }) => v < 0)
    .map(({ column, weight }) => ({ columns: [column], most: mostCycles / weight }));
}
