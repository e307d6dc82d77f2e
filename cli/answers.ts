import type { LegalMapping } from "../mappings/index.js";
import type { LayerResult } from "../reports/index.js";

/** One layer's result, and the mapping that it is the price of. */
export interface Answer {
  readonly result: LayerResult;
  readonly legal: LegalMapping;
}
