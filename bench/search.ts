import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Architecture, builtInArchitecture, parseArchitecture } from "../arch-specs/index.js";
import { type Conventions, format, type Result } from "../base/index.js";
import { parseObjective, search, valueUnder } from "../mapper/index.js";
import { type Dataflow, type LegalMapping, mapspaceSize, resolveDataflow } from "../mappings/index.js";
import { percent, powerOfTen } from "../reports/index.js";
import { evaluateUnder } from "../sim/conventions/index.js";
import type { Layer } from "../workloads/index.js";

/** One search to be measured. */
export interface Job {
  readonly name: string;
  readonly layer: Layer;
  readonly architecture: Architecture;
  readonly dataflow: Dataflow | null;
  readonly objective: string;
  /** Whose rules count and price, and the proof holds under. */
  readonly conventions: Conventions;
  /** Over tiles that need not divide their extent; false unless given. */
  readonly imperfect?: boolean;
}

/** What came of it. */
export interface Run {
  readonly legal: LegalMapping | null;
  /** Of the objective, under the job's conventions. */
  readonly value: number;
  readonly energy: number;
  readonly cycles: number;
  readonly status: "optimal" | "gap" | "infeasible";
  readonly gap: number;
  readonly cpuSeconds: number;
  /** By the clock. */
  readonly seconds: number;
  readonly mapspace: string;
}

/** Of all threads of the process so far. */
export const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Searches, for so many seconds of CPU time at most, counted by the process: other work on the machine matters less so. */
export function run(job: Job, limitSeconds: number): Run {
  const { layer, architecture, dataflow, conventions, imperfect = false } = job;
  const objective = parseObjective(job.objective);
  if (objective === null) throw new Error(`no objective ${job.objective}`);
  const resolved = dataflow === null ? null : unwrapped(resolveDataflow(dataflow, architecture, layer.einsum));
  const began = cpuSeconds();
  const start = performance.now();
  const found = search(layer, architecture, {
    ...{ objective, conventions, imperfect, dataflow: resolved, gap: 0, progress: () => {} },
    costOf: (legal) => evaluateUnder(legal, conventions, { linkTransfers: false }),
    cancelled: (share = 1) => cpuSeconds() - began > share * limitSeconds,
  });
  const seconds = (performance.now() - start) / 1e3;
  const cpu = cpuSeconds() - began;
  const [energy, cycles] = [found.cost?.energy ?? Number.NaN, found.cost?.cycles ?? Number.NaN];
  return {
    ...{
      legal: found.mapping,
      energy,
      cycles,
      value: valueUnder(objective, energy, cycles),
      gap: found.gap,
      cpuSeconds: cpu,
      seconds,
    },
    status: found.status,
    mapspace: powerOfTen(mapspaceSize(layer, architecture, dataflow)),
  };
}

/** How far a value is from another: `same`, `2.1 % above`. */
export function against(ours: number, theirs: number): string {
  if (Number.isNaN(ours)) return "";
  if (Math.abs(ours / theirs - 1) < 1e-9) return "same";
  return ours > theirs ? `${percent(ours / theirs - 1)} above` : `${percent(1 - ours / theirs)} below`;
}

export const proofOf = ({ status, gap }: Run): string => (status === "gap" ? `gap ${percent(gap)}` : status);

export function unwrapped<T>(result: Result<T> | undefined): T {
  if (result === undefined) throw new Error("nothing of that name");
  if (!result.ok) throw new Error(result.errors.map(format).join("\n"));
  return result.value;
}

/** A file of bench/, from the sources (compiled programs stand in dist/bench). */
export const readBench = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../bench/${name}`, import.meta.url)), "utf8");

export const architectureIn = (file: string, settings: ReadonlyMap<string, string> = new Map()): Architecture =>
  unwrapped(parseArchitecture(readBench(file), file, settings));
export const builtIn = (name: string): Architecture => unwrapped(builtInArchitecture(name, new Map()));
