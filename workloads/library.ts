import type { Workload } from "./einsum.js";
import { library } from "./library.generated.js";
import { parseWorkload } from "./parse-workload.js";

/** The names of the workloads that come with the product, sorted. */
export const workloadNames: readonly string[] = [...library.keys()];

/** The built-in workload of this name. */
export function builtInWorkload(name: string): Workload | undefined {
  const text = library.get(name);
  if (text === undefined) return undefined;
  const result = parseWorkload(text, `${name}.yaml`);
  if (!result.ok)
    throw new Error(`built-in workload ${name}: ${result.errors.map((error) => error.message).join("; ")}`);
  return result.value;
}
