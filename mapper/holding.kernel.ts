import type { Relaxation } from "./relaxation.js";

/** What capacities, and fan-outs, may be passed by for rounding. */
const ROUNDING = 1 + 1e-11;
const WIDEST = 1 + 1e-9;

/**
 * What the last group to choose has to fit into, beside a choice of all others: capacities and fan-outs, whose columns alone are looked at. Of the choices that are
 * left to list, five in six fall through these.
 */
export class Holding {
  /** The columns of all limits, one limit after another: those of the k-th begin at starts[k]. */
  private readonly columns: Int32Array;
  private readonly starts: Int32Array;
  private readonly most: Float64Array;
  /** What the others make of these columns. */
  private readonly beside: Float64Array;

  constructor({ capacities, fanouts }: Relaxation) {
    const limits = [
      ...capacities.map(({ columns, most }) => ({ columns, most: most * ROUNDING })),
      ...fanouts.map(({ column, most }) => ({ columns: [column], most: most * WIDEST })),
    ];
    this.columns = Int32Array.from(limits.flatMap(({ columns }) => columns));
    this.starts = new Int32Array(limits.length + 1);
    for (let k = 0; k < limits.length; k++) this.starts[k + 1] = this.starts[k]! + limits[k]!.columns.length;
    this.most = Float64Array.from(limits, ({ most }) => most);
    this.beside = new Float64Array(this.columns.length);
  }

  /** Takes the others' product of columns. */
  set(product: Float64Array): void {
    const { columns, beside } = this;
    for (let l = 0; l < columns.length; l++) beside[l] = product[columns[l]!]!;
  }

  /** Whether factors of columns, from a place on, fit beside the others. */
  fits(factors: Float64Array, at: number): boolean {
    const { columns, starts, most, beside } = this;
    for (let k = 0, l = 0; k < most.length; k++) {
      let sum = 0;
      for (const end = starts[k + 1]!; l < end; l++) sum += beside[l]! * factors[at + columns[l]!]!;
      if (sum > most[k]!) return false;
    }
    return true;
  }
}
