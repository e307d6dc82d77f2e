/** Amounts over time, in a fixed number of equal bins whose width doubles whenever time outgrows them. */
const BINS = 256;

export class Bins {
  readonly series: number;
  readonly amounts: Float64Array;
  /** Of each series, everything added so far. */
  readonly totals: Float64Array;
  /** Ticks a bin. */
  width = 1;
  /** The bin that was last added to: most of what comes next falls into it, too. */
  private bin = 0;
  private binFrom = 0;
  private binTo = 0;

  /** Of each series, what its ports let through in a tick. */
  readonly limits: readonly number[];

  constructor(limits: readonly number[]) {
    const series = limits.length;
    this.limits = limits;
    this.series = series;
    this.amounts = new Float64Array(series * BINS);
    this.totals = new Float64Array(series);
  }

  /** Adds an amount spread evenly over [from, to). */
  add(series: number, from: number, to: number, amount: number): void {
    this.totals[series] = (this.totals[series] ?? 0) + amount;
    if (from >= this.binFrom && to < this.binTo) {
      const at = series * BINS + this.bin;
      this.amounts[at] = (this.amounts[at] ?? 0) + amount;
    } else this.spread(series, from, to, amount);
  }

  /** Adds what is counted in the totals already. */
  spread(series: number, from: number, to: number, amount: number): void {
    if (amount === 0) return;
    while (to >= this.width * BINS) this.widen();
    const { width, amounts } = this;
    const origin = series * BINS;
    const [first, last] = [Math.floor(from / width), Math.floor(to / width)];
    if (first === last || to <= from) {
      amounts[origin + last] = (amounts[origin + last] ?? 0) + amount;
      this.bin = last;
      this.binFrom = last * width;
      this.binTo = this.binFrom + width;
      return;
    }
    const density = amount / (to - from);
    for (let bin = first; bin <= last; bin++) {
      const length = Math.min(to, (bin + 1) * width) - Math.max(from, bin * width);
      amounts[origin + bin] = (amounts[origin + bin] ?? 0) + density * length;
    }
  }

  /** Widens the bins until they reach the end of the run. */
  cover(end: number): void {
    while (end > this.width * BINS) this.widen();
  }

  private widen(): void {
    const { amounts } = this;
    for (let origin = 0; origin < amounts.length; origin += BINS)
      for (let bin = 0; bin < BINS; bin++) {
        const from = origin + 2 * bin;
        amounts[origin + bin] = 2 * bin < BINS ? (amounts[from] ?? 0) + (amounts[from + 1] ?? 0) : 0;
      }
    this.width *= 2;
    this.binTo = 0;
  }

  /**
   * The bins of a series that begin before a time, the end of the run; what came at that very time belongs to the last one. What is more than the limit lets
   * through came earlier, while the ports had time left, or else later.
   */
  until(series: number, end: number): readonly number[] {
    const count = Math.min(BINS, Math.max(1, Math.ceil(end / this.width)));
    const amounts = Array.from(this.amounts.subarray(series * BINS, series * BINS + count));
    const atTheEnd = count < BINS ? (this.amounts[series * BINS + count] ?? 0) : 0;
    amounts[count - 1] = (amounts[count - 1] ?? 0) + atTheEnd;
    const limit = this.limits[series] ?? Number.POSITIVE_INFINITY;
    if (limit === Number.POSITIVE_INFINITY) return amounts;
    const most = (bin: number): number => limit * (Math.min(end, (bin + 1) * this.width) - bin * this.width);
    const bins = [...amounts.keys()];
    return level(level(amounts, bins.toReversed(), most), bins, most);
  }
}

/** Goes through the bins in this order, and carries on from each what is more than it holds. */
function level(amounts: readonly number[], order: readonly number[], most: (bin: number) => number): readonly number[] {
  const levelled = [...amounts];
  let carried = 0;
  for (const bin of order) {
    const all = (levelled[bin] ?? 0) + carried;
    const kept = Math.min(all, most(bin));
    carried = all - kept;
    levelled[bin] = kept;
  }
  const last = order.at(-1) ?? 0;
  levelled[last] = (levelled[last] ?? 0) + carried;
  return levelled;
}
