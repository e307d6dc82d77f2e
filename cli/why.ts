import { type Conventions, ok, type Result } from "../base/index.js";
import { type Objective, valueUnder } from "../mapper/index.js";
import {
  BUILT_IN_DATAFLOWS,
  builtInDataflow,
  type Dataflow,
  isEvenNest,
  type LegalMapping,
  obeys,
  resolveDataflow,
} from "../mappings/index.js";
import {
  bindingOf,
  type DataflowBeside,
  dataflowFindings,
  type Finding,
  type SearchSummary,
  verdict,
} from "../reports/index.js";
import { predict } from "../sim/model/index.js";
import { price } from "../sim/pricing/index.js";
import type { DataflowChoice, Found } from "./find.js";

/** The dataflows of the taxonomy, to be searched beside the one that was asked for. */
export function besides(chosen: DataflowChoice): readonly DataflowChoice[] {
  return BUILT_IN_DATAFLOWS.filter((name) => name !== "any" && (chosen.isFile || name !== chosen.name)).map(
    (name): DataflowChoice => ({
      name: chosen.name === name ? `${name} (built in)` : name,
      of: (layer, architecture) => builtInDataflow(name, architecture, layer.einsum),
      isFile: false,
    }),
  );
}

type Solved = { readonly legal: LegalMapping; readonly search: SearchSummary };

/** What makes the answer the best: what binds it, and what the other dataflows reach. */
export function findingsOf(
  { legal, search }: Solved,
  objective: Objective,
  others: readonly Found[],
  choices: readonly DataflowChoice[],
): readonly Finding[] {
  const counts = predict(legal);
  const priced = price(counts, legal);
  const value = valueUnder(objective, priced.energy, priced.cycles);
  const named = choices.map((choice): DataflowBeside => {
    const found = others.find(({ dataflow }) => dataflow === choice.name);
    return { name: choice.name, isObeyed: isObeyed(choice, legal), ...reachOf(found, objective) };
  });
  const besides = dataflowFindings(value, named);
  return [...bindingOf(legal, counts, priced), ...(search.status === "heuristic" ? [] : besides)];
}

function isObeyed(choice: DataflowChoice, legal: LegalMapping): boolean {
  const dataflow = choice.of(legal.layer, legal.architecture);
  return dataflow.ok && dataflow.value !== null && obeys(legal, dataflow.value).length === 0;
}

function reachOf(found: Found | undefined, objective: Objective): Pick<DataflowBeside, "value" | "says"> {
  if (found === undefined || found.outcome === null) return { value: null, says: "not searched: interrupted" };
  const { outcome } = found;
  if (!outcome.ok) return { value: null, says: `has no mapping here: ${outcome.errors[0]?.message ?? ""}` };
  const { energy, cycles } = price(predict(outcome.value.legal), outcome.value.legal);
  return { value: valueUnder(objective, energy, cycles), says: verdict(outcome.value.search) };
}

/**
 * Where a search was cut short, a dataflow's own search may have found a better mapping of the same mapspace: then that is the
 * answer, still with the bound that was proven for all mappings.
 */
export function betterOf(answer: Found, others: readonly Found[], objective: Objective): Found {
  if (answer.dataflow !== "any") return answer;
  let best = solvedIn(answer);
  for (const other of others) {
    const rival = solvedIn(other);
    if (best === null || rival === null || valueIn(rival, objective) >= valueIn(best, objective)) continue;
    const { lowerBound } = best.search;
    best = { legal: rival.legal, search: { ...best.search, gap: 1 - lowerBound / valueIn(rival, objective) } };
  }
  return best === null ? answer : { ...answer, outcome: ok(best) };
}

const solvedIn = ({ outcome }: Found): Solved | null => (outcome?.ok ? outcome.value : null);

function valueIn({ legal }: Solved, objective: Objective): number {
  const { energy, cycles } = price(predict(legal), legal);
  return valueUnder(objective, energy, cycles);
}

/** What keeps a mapping out of the mapspace that was searched (`imperfect`: over all tiles); none: it is in there. */
export function outsideReasons(
  legal: LegalMapping,
  dataflow: Result<Dataflow | null>,
  { conventions, imperfect }: { readonly conventions: Conventions; readonly imperfect: boolean },
): readonly string[] {
  const { einsum } = legal.layer;
  const foreign =
    conventions === "timeloop" && !isEvenNest(legal) ? ["Timeloop has no words for it on this architecture"] : [];
  const indivisible = legal.nodes.flatMap((node) =>
    !imperfect && node.kind !== "keep" && node.extent % node.by !== 0
      ? [`the loop over ${einsum.variables[node.variable]} by ${node.by} does not divide ${node.extent}`]
      : [],
  );
  const outside = [...indivisible, ...foreign];
  if (!dataflow.ok || dataflow.value === null) return outside;
  const resolved = resolveDataflow(dataflow.value, legal.architecture, einsum);
  return [...outside, ...(resolved.ok ? obeys(legal, dataflow.value).map(({ message }) => message) : [])];
}
