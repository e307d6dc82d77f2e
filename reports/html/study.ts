import type { Architecture } from "../../arch-specs/index.js";
import type { LegalMapping } from "../../mappings/index.js";
import { contendersOf, isOf, labelsOf } from "../contenders.js";
import type { LayerResult } from "../result.js";
import { totalOf } from "../summary-text.js";

/** A layer of the report: its result, and the mapping that it is the result of; null where a vector unit ran it without one. */
export interface ReportLayer {
  readonly result: LayerResult;
  readonly legal: LegalMapping | null;
}

/** A result with its place in the report. */
export interface Run extends ReportLayer {
  /** The layer, with its workload where there are several. */
  readonly group: string;
  /** What is compared: the dataflow, the architecture, or both; empty where nothing is. */
  readonly contender: string;
}

/** All that a report shows: results laid out by what they have in common (groups) and what sets them apart (contenders). */
export interface Study {
  readonly runs: readonly Run[];
  readonly groups: readonly string[];
  readonly contenders: readonly string[];
  readonly workloads: readonly string[];
  readonly architectures: readonly string[];
}

/** Lays results out in the order in which they come. */
export function studyOf(layers: readonly ReportLayer[]): Study {
  const results = layers.map(({ result }) => result);
  const workloads = distinct(results.map(({ workload }) => workload));
  const contenders = contendersOf(results);
  const labels = labelsOf(contenders);
  const runs = layers.map(({ result, legal }): Run => {
    const alone = results.every((other) => other.workload !== result.workload || other.layer === result.layer);
    const group =
      workloads.length === 1 ? result.layer : alone ? result.workload : `${result.workload} ${result.layer}`;
    const contender = labels[contenders.findIndex((one) => isOf(one, result))] ?? "";
    return { result, legal, group, contender };
  });
  return {
    ...{ runs, workloads, contenders: labels },
    architectures: distinct(results.map(({ architecture }) => architecture)),
    groups: distinct(runs.map(({ group }) => group)),
  };
}

/** Whether there is anything to compare. */
export const isCompared = ({ contenders }: Study): boolean => contenders.length > 1;

/** Whether all of it are points of fronts. */
export const isOfFronts = ({ runs }: Study): boolean => runs.every(({ result }) => result.front !== undefined);

/** The runs of one contender, or of one group. */
export const runsOf = ({ runs }: Study, contender: string): readonly Run[] =>
  runs.filter((run) => run.contender === contender);

/** Energy, cycles and MACs of some runs together, each as often as its workload runs it. */
export function totals(runs: readonly Run[]): { readonly pJ: number; readonly cycles: number; readonly macs: number } {
  const results = runs.map(({ result }) => result);
  return {
    pJ: totalOf(results, ({ energy_pJ }) => energy_pJ),
    cycles: totalOf(results, ({ cycles }) => cycles),
    macs: totalOf(results, ({ macs }) => macs),
  };
}

/** The architecture of a name, as the mappings on it know it. */
export const architectureOf = ({ runs }: Study, name: string): Architecture | undefined =>
  runs.find(({ result, legal }) => result.architecture === name && legal !== null)?.legal?.architecture;

export const distinct = <T>(items: readonly T[]): readonly T[] => [...new Set(items)];
