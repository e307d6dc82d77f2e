import type { LayerResult } from "./result.js";

/** What is compared on the layers of a workload: an architecture under a dataflow. */
export interface Contender {
  readonly architecture: string;
  readonly dataflow: string;
}

/** The contenders of compared results, in the order in which they first appear. Ratios are to the first. */
export function contendersOf(results: readonly LayerResult[]): readonly Contender[] {
  const found = new Map<string, Contender>();
  for (const { architecture, dataflow = "" } of results)
    found.set(`${architecture} ${dataflow}`, found.get(`${architecture} ${dataflow}`) ?? { architecture, dataflow });
  return [...found.values()];
}

export const isOf = ({ architecture, dataflow }: Contender, result: LayerResult): boolean =>
  result.architecture === architecture && (result.dataflow ?? "") === dataflow;

/** What tells a contender from the others: its architecture, its dataflow, or both. */
export function labelsOf(contenders: readonly Contender[]): readonly string[] {
  const architectures = new Set(contenders.map(({ architecture }) => architecture));
  const dataflows = new Set(contenders.map(({ dataflow }) => dataflow));
  return contenders.map(({ architecture, dataflow }) => {
    const parts = [...(architectures.size > 1 ? [architecture] : []), ...(dataflows.size > 1 ? [dataflow] : [])];
    return parts.length > 0 ? parts.join(" ") : dataflow;
  });
}
