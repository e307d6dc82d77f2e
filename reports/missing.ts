import { count } from "./numbers.js";
import type { LayerResult } from "./result.js";
import { left, type Paint, table } from "./table.js";

/** A layer for which no legal mapping was found, and why. */
export interface Missing {
  readonly workload: string;
  readonly layer: string;
  readonly architecture: string;
  /** Where dataflows are compared. */
  readonly dataflow?: string;
  readonly why: string;
}

/** What the layers of one contender that lack a mapping for the same reason have in common. */
export interface MissingGroup {
  /** `nvdla os`: what tells the contender from the others, the architecture where nothing does. */
  readonly contender: string;
  /** `all 8 layers`, or their names. */
  readonly layers: string;
  readonly why: string;
}

/** Gathers what is missing by contender and reason, in the order in which it comes. `results` are those that were found beside. */
export function missingGroups(missing: readonly Missing[], results: readonly LayerResult[]): readonly MissingGroup[] {
  const several = (of: (one: Missing | LayerResult) => string | undefined): boolean =>
    new Set([...missing, ...results].map(of)).size > 1;
  const [architectures, workloads] = [several((one) => one.architecture), several((one) => one.workload)];
  const dataflows = several((one) => one.dataflow);
  const nameOf = ({ workload, layer }: Missing | LayerResult): string => (workloads ? `${workload} ${layer}` : layer);
  const all = new Set([...missing, ...results].map(nameOf));
  const groups = new Map<string, { readonly first: Missing; readonly layers: Set<string> }>();
  for (const one of missing) {
    const key = JSON.stringify([one.architecture, one.dataflow, one.why]);
    const group = groups.get(key) ?? { first: one, layers: new Set() };
    group.layers.add(nameOf(one));
    groups.set(key, group);
  }
  return [...groups.values()].map(({ first, layers }) => {
    const { architecture, dataflow = "", why } = first;
    const parts = [...(architectures ? [architecture] : []), ...(dataflows ? [dataflow] : [])];
    return {
      contender: parts.length > 0 ? parts.join(" ") : [architecture, dataflow].join(" ").trim(),
      layers: layers.size === all.size && all.size > 1 ? `all ${count(all.size)} layers` : [...layers].join(", "),
      why,
    };
  });
}

/** The same for people; nothing where nothing is missing. */
export function missingText(missing: readonly Missing[], results: readonly LayerResult[], paint: Paint): string {
  if (missing.length === 0) return "";
  const rows = missingGroups(missing, results).map(({ contender, layers, why }) => [contender, layers, why]);
  return table([left("no legal mapping"), left("of"), left("why")], rows, paint);
}
