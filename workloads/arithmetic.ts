import { unreachable } from "../base/index.js";
import type { Operation } from "./einsum.js";

/** The value from which a reduction starts, and which padding reads as. (A 32-bit integer maximum starts from the least integer.) */
export function identityOf(reduce: Operation["reduce"], isFloat: boolean): number {
  switch (reduce) {
    case "add":
    case "assign":
      return 0;
    case "multiply":
      return 1;
    case "max":
      return isFloat ? Number.NEGATIVE_INFINITY : -(2 ** 31);
    case "min":
      return isFloat ? Number.POSITIVE_INFINITY : 2 ** 31 - 1;
    default:
      return unreachable(reduce);
  }
}
