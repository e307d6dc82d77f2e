import type { LayerResult } from "./result.js";

/** The results as the fixed JSON: always an array, one object a layer, ending in a line break. */
export function printJson(results: readonly LayerResult[]): string {
  return `${JSON.stringify(results, null, 2)}\n`;
}
