/** Bounds beyond which the states of a chain would be too many. */
export const MOST_STATES = 1024;
/** Ratios of tiles that differ by less, as logarithms, count as the lower one. */
const STEP = 0.01;

/** Distinct ratios of the whole numbers up to a bound. */
export interface Ratios {
  readonly logs: Float64Array;
  /** [t · (bound + 1) + u], u ≤ t: the number of t ÷ u. */
  readonly numbers: Uint16Array;
}
const known = new Map<number, Ratios>();

export function ratiosOf(bound: number): Ratios {
  const made = known.get(bound);
  if (made !== undefined) return made;
  const width = bound + 1;
  const numbers = new Uint16Array(width * width);
  const isExact = bound <= 40;
  const keys = new Map<number, number>();
  const logs: number[] = [];
  const list: [number, number][] = [];
  for (let t = 1; t <= bound; t++)
    for (let u = 1; u <= t; u++) {
      const log = Math.log(t / u);
      const key = isExact ? Math.round(log * 1e9) : Math.floor(log / STEP);
      if (!keys.has(key)) {
        keys.set(key, 0);
        list.push([key, isExact ? log : key * STEP]);
      }
    }
  list.sort((a, b) => a[0] - b[0]);
  list.forEach(([key, log], i) => {
    keys.set(key, i);
    logs.push(log);
  });
  for (let t = 1; t <= bound; t++)
    for (let u = 1; u <= t; u++) {
      const log = Math.log(t / u);
      numbers[t * width + u] = keys.get(isExact ? Math.round(log * 1e9) : Math.floor(log / STEP))!;
    }
  const ratios = { logs: Float64Array.from(logs), numbers };
  known.set(bound, ratios);
  return ratios;
}

const LOG_TABLE = Float64Array.from({ length: MOST_STATES + 2 }, (_, n) => Math.log(Math.max(1, n)));
/** The log of a whole number. */
export const LOGS = (n: number): number => (n < LOG_TABLE.length ? LOG_TABLE[n]! : Math.log(n));
