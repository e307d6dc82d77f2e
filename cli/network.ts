import { join } from "node:path";
import type { Result } from "../base/index.js";
import type { LegalMapping } from "../mappings/index.js";
import { short } from "../reports/index.js";
import { writeTensor } from "../workloads/index.js";
import { writeWhole } from "./files.js";
import type { Interrupt } from "./interrupt.js";
import type { NetworkOutput, NetworkRan, NetworkRun } from "./network-run.js";
import { runAll } from "./pool.js";
import { progressOn } from "./progress.js";
import type { Terminal } from "./terminal.js";

/** Runs the network on a worker; null where the user interrupted. */
export async function networkRun(
  wanted: NetworkRun,
  interrupt: Interrupt,
  terminal: Terminal,
): Promise<Result<NetworkRan> | null> {
  const progress = progressOn(terminal, 1, { of: "networks", limitSeconds: null });
  const how = { work: "network", stops: false, threads: 1, interrupt, progress };
  const tasks = [{ label: wanted.workload, input: wanted }];
  const [answer = null] = await runAll<NetworkRun, Result<NetworkRan>>(tasks, how).finally(progress.stop);
  return answer;
}

/** The mappings by the name of their layer. */
export const byLayer = (mappings: readonly LegalMapping[]): ReadonlyMap<string, LegalMapping> =>
  new Map(mappings.map((legal) => [legal.layer.name, legal]));

/** `output prob: float32 [1, 1000], largest word 0.21 (number 281); 1,000 words as expected, largest error 2.1e-7`. */
export function outputText({ name, value, comparison }: NetworkOutput): string {
  let best = 0;
  for (let i = 1; i < value.values.length; i++) if ((value.values[i] ?? 0) > (value.values[best] ?? 0)) best = i;
  const largest = value.values.length === 0 ? "" : `, largest word ${short(value.values[best] ?? 0)} (number ${best})`;
  const what = `output ${name}: ${value.type} [${value.shape.join(", ")}]${largest}`;
  if (comparison === null) return `${what}\n`;
  if (!comparison.isEqual) return `${what}; NOT as expected: ${comparison.reason}\n`;
  return `${what}; ${comparison.compared} words as expected, largest error ${short(comparison.maxAbsError)}\n`;
}

/** `outputs/output_0.pb`, … in the folder. */
export function writeOutputs(folder: string, outputs: readonly NetworkOutput[]): void {
  outputs.forEach(({ name, value }, i) => {
    writeWhole(join(folder, "outputs", `output_${i}.pb`), writeTensor(name, value));
  });
}
