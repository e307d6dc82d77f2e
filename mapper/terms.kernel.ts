import type { Term } from "./relaxation.js";

/** Terms (relaxation.ts) one after another, so that loops over them read numbers in a row. */
export class Terms {
  readonly weights: Float64Array;
  readonly columns: Int32Array;
  /** −1: a product; else a difference: weight · p[column] · (p[factor] − 1). */
  readonly factors: Int32Array;

  constructor(terms: readonly Term[]) {
    const n = terms.length;
    this.weights = new Float64Array(n);
    this.columns = new Int32Array(n);
    this.factors = new Int32Array(n);
    for (let t = 0; t < n; t++) {
      const { weight, column, v } = terms[t]!;
      this.weights[t] = weight;
      this.columns[t] = column;
      this.factors[t] = v;
    }
  }
}
