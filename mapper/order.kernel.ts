/** Shorter stretches are sorted by insertion. */
const SHORT = 12;

/**
 * Sorts numbers from one place to another by their keys, equal keys by number. The sort of typed arrays would ask a function of ours for every pair; `spare`
 * is as long as the numbers.
 */
export function sortBy(keys: Float64Array, numbers: Int32Array, from: number, to: number, spare: Int32Array): void {
  if (to - from <= SHORT) {
    insert(keys, numbers, from, to);
    return;
  }
  const middle = (from + to) >> 1;
  sortBy(keys, numbers, from, middle, spare);
  sortBy(keys, numbers, middle, to, spare);
  for (let k = from; k < middle; k++) spare[k] = numbers[k]!;
  for (let at = from, p = from, q = middle; p < middle; at++)
    numbers[at] = q < to && goesBefore(keys, numbers[q]!, spare[p]!) ? numbers[q++]! : spare[p++]!;
}

function insert(keys: Float64Array, numbers: Int32Array, from: number, to: number): void {
  for (let k = from + 1; k < to; k++) {
    const x = numbers[k]!;
    let at = k;
    for (; at > from && goesBefore(keys, x, numbers[at - 1]!); at--) numbers[at] = numbers[at - 1]!;
    numbers[at] = x;
  }
}

const goesBefore = (keys: Float64Array, p: number, q: number): boolean =>
  keys[p]! < keys[q]! || (keys[p] === keys[q] && p < q);

/** The number that is at place k where they are sorted; moves them about for it. */
export function kthOf(numbers: Float64Array, k: number): number {
  let low = 0;
  let high = numbers.length - 1;
  while (low < high) {
    const pivot = numbers[(low + high) >> 1]!;
    let i = low;
    let j = high;
    while (i <= j) {
      while (numbers[i]! < pivot) i++;
      while (numbers[j]! > pivot) j--;
      if (i > j) break;
      const x = numbers[i]!;
      numbers[i++] = numbers[j]!;
      numbers[j--] = x;
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else break;
  }
  return numbers[k]!;
}

/** Rows by state. */
export class ByState {
  /** The states that some row has, ascending; those of the k-th are rows[starts[k]], …, rows[starts[k + 1] − 1]. */
  readonly states: Int32Array;
  readonly starts: Int32Array;
  /** Those of a state by cost, then by index. */
  readonly rows: Int32Array;

  /** `of`: per row its state, below `states`. */
  constructor(of: Int32Array, costs: Float64Array, states: number) {
    const n = of.length;
    const counts = new Int32Array(states);
    let present = 0;
    for (let i = 0; i < n; i++) if (counts[of[i]!]!++ === 0) present++;
    this.states = new Int32Array(present);
    this.starts = new Int32Array(present + 1);
    this.rows = new Int32Array(n);
    let at = 0;
    for (let state = 0, k = 0; state < states; state++) {
      if (counts[state] === 0) continue;
      this.states[k] = state;
      this.starts[k++] = at;
      at += counts[state]!;
      counts[state] = at - counts[state]!;
    }
    this.starts[present] = n;
    for (let i = 0; i < n; i++) this.rows[counts[of[i]!]!++] = i;
    const spare = new Int32Array(n);
    for (let k = 0; k < present; k++) sortBy(costs, this.rows, this.starts[k]!, this.starts[k + 1]!, spare);
  }
}
