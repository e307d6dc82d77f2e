import type { Values } from "../../workloads/index.js";
import type { Counts } from "../counts.js";

/** What came out of executing a mapping. */
export interface Execution {
  readonly counts: Counts;
  /** The output tensor, row-major over its shape. */
  readonly output: Values;
}

export interface ExecuteOptions {
  /** Called now and then with the operations done so far and their total. */
  readonly progress?: (done: number, total: number) => void;
}
