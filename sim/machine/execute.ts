import type { LegalMapping } from "../../mappings/index.js";
import type { Values } from "../../workloads/index.js";
import { executeInBulk } from "./bulk/fast.js";
import type { ExecuteOptions, Execution } from "./execution.js";

/**
 * Executes a mapping on real values: buffers hold words, tiles move, operations run, and every access is counted as it happens.
 * `inputs` are row-major over each input's shape, in the order of the Einsum's right-hand side.
 */
export function execute(mapping: LegalMapping, inputs: readonly Values[], options: ExecuteOptions = {}): Execution {
  return executeInBulk(mapping, inputs, options);
}
