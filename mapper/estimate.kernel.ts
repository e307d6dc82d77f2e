const BINS = 48;

/**
 * About how many choices of one cost a group come to no more than the room in total: from histograms of what costs are above the group's least. Memory is taken once.
 */
export class Estimate {
  private readonly least: Float64Array;
  private readonly own: Float64Array = new Float64Array(BINS + 1);
  private histogram: Float64Array = new Float64Array(BINS + 1);
  private next: Float64Array = new Float64Array(BINS + 1);

  constructor(groups: number) {
    this.least = new Float64Array(groups);
  }

  of(costs: readonly Float64Array[], room: number): number {
    const { least, own } = this;
    let total = 0;
    for (let g = 0; g < costs.length; g++) {
      least[g] = leastOf(costs[g]!);
      total += least[g]!;
    }
    const gap = Math.max(room - total, 1e-12);
    this.histogram.fill(0);
    this.histogram[0] = 1;
    for (let g = 0; g < costs.length; g++) {
      count(costs[g]!, least[g]!, gap, own);
      const joined = this.next;
      convolve(this.histogram, own, joined);
      this.next = this.histogram;
      this.histogram = joined;
    }
    let sum = 0;
    for (let a = 0; a <= BINS; a++) sum += this.histogram[a]!;
    return sum;
  }
}

function leastOf(costs: Float64Array): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < costs.length; i++) if (costs[i]! < least) least = costs[i]!;
  return least;
}

function count(costs: Float64Array, least: number, gap: number, bins: Float64Array): void {
  bins.fill(0);
  for (let i = 0; i < costs.length; i++) {
    const bin = Math.floor(((costs[i]! - least) / gap) * BINS);
    if (bin <= BINS) bins[bin]!++;
  }
}

function convolve(a: Float64Array, b: Float64Array, to: Float64Array): void {
  to.fill(0);
  for (let i = 0; i <= BINS; i++) {
    if (a[i] === 0) continue;
    for (let k = 0; i + k <= BINS; k++) to[i + k]! += a[i]! * b[k]!;
  }
}
