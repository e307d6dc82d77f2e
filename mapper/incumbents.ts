import type { Incumbent } from "./branch.kernel.js";

/** The incumbent of a first look, which measures by the best value that it met itself. */
export class Scout implements Incumbent {
  /** Infinity for none. */
  least: number = Number.POSITIVE_INFINITY;
  private readonly whole: Incumbent;

  constructor(whole: Incumbent) {
    this.whole = whole;
  }

  cutoff(): number {
    return Math.log(this.least);
  }

  isWorthOffering(value: number, cycles: number, energy: number): boolean {
    if (value < this.least) this.least = value;
    return this.whole.isWorthOffering(value, cycles, energy);
  }

  offer(rows: Int32Array, promised: Float64Array): void {
    this.whole.offer(rows, promised);
  }

  tick(): boolean {
    return this.whole.tick();
  }
}

/** Where only a bound is asked for: nothing is worth offering. */
export class Deaf implements Incumbent {
  private readonly most: () => number;

  constructor(cutoff: () => number) {
    this.most = cutoff;
  }

  cutoff(): number {
    return this.most();
  }

  isWorthOffering(): boolean {
    return false;
  }

  offer(): void {}

  tick(): boolean {
    return false;
  }
}
