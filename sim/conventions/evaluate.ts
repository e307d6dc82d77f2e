import { type Conventions, unreachable } from "../../base/index.js";
import type { LegalMapping } from "../../mappings/index.js";
import { predict } from "../model/index.js";
import { type Evaluation, price } from "../pricing/index.js";
import { evaluateAsAccelforge } from "./accelforge/figures.js";
import { evaluateAsTimeloop, type TimeloopOptions } from "./timeloop/figures.js";

/** Counts and prices a mapping by the rules of the conventions asked for; `linkTransfers` matters to Timeloop's only. */
export function evaluateUnder(mapping: LegalMapping, conventions: Conventions, options: TimeloopOptions): Evaluation {
  switch (conventions) {
    case "loopwright":
      return price(predict(mapping), mapping);
    case "timeloop":
      return evaluateAsTimeloop(mapping, options).evaluation;
    case "accelforge":
      return evaluateAsAccelforge(mapping);
    default:
      return unreachable(conventions);
  }
}
