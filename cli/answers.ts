import { type Conventions, format, ok, type Result } from "../base/index.js";
import type { Objective } from "../mapper/index.js";
import type { LegalMapping } from "../mappings/index.js";
import { type LayerResult, type Missing, resultOf } from "../reports/index.js";
import { evaluateUnder } from "../sim/conventions/index.js";
import type { Layer } from "../workloads/index.js";
import { explanationsOf } from "./explain.js";
import type { Found } from "./find.js";
import type { Terminal } from "./terminal.js";

/** One layer's result, and the mapping that it is the price of. */
export interface Answer {
  readonly result: LayerResult;
  readonly legal: LegalMapping;
}

/** The mappings that were found, priced under the conventions; `compared` names the dataflow in each. */
export function answersOf(
  found: readonly Found[],
  objective: Objective,
  conventions: Conventions,
  compared = false,
): readonly Answer[] {
  return found.flatMap(({ outcome, workload, dataflow }): readonly Answer[] => {
    if (outcome === null || !outcome.ok) return [];
    const { legal, search } = outcome.value;
    const findings = { workload, conventions, objective: objective.name, search };
    const priced = evaluateUnder(legal, conventions, { linkTransfers: false });
    const result = resultOf(legal, priced, compared ? { ...findings, dataflow } : findings);
    return [{ legal, result }];
  });
}

/** The answer with the numbers explained that were asked for. */
export function explained(answer: Answer, words: readonly string[], isOneOfMany = false): Result<Answer> {
  if (words.length === 0) return ok(answer);
  const explanations = explanationsOf(words, answer.legal, isOneOfMany);
  return explanations.ok
    ? ok({ ...answer, result: { ...answer.result, explanations: explanations.value } })
    : explanations;
}

/** The layers that have no mapping, with the reasons; `compared` names the dataflow of each. */
export function missingOf(found: readonly Found[], compared = false): readonly Missing[] {
  return found.flatMap(({ outcome, workload, layer, architecture, dataflow }): readonly Missing[] => {
    if (outcome === null || outcome.ok) return [];
    const why = [...new Set(outcome.errors.map(({ message }) => message))].join("; ");
    return [{ workload, layer: layer.name, architecture, ...(compared ? { dataflow } : {}), why }];
  });
}

/** Layers that are named when a command is interrupted; of more, their number is told. */
const NAMED = 8;

/** Says why some layers have no mapping, each reason once, and which ones an interrupt left without. */
export function complainAbout(
  found: readonly { readonly layer: Pick<Layer, "name">; readonly outcome: Result<unknown> | null }[],
  terminal: Terminal,
): void {
  const reasons = found.flatMap(({ outcome }) => (outcome === null || outcome.ok ? [] : outcome.errors.map(format)));
  for (const reason of new Set(reasons)) terminal.complain(`${reason}\n`);
  const left = [...new Set(found.flatMap(({ layer, outcome }) => (outcome === null ? [layer.name] : [])))];
  const others = left.length > NAMED ? ` and ${left.length - NAMED} more` : "";
  if (left.length > 0)
    terminal.complain(`interrupted: no mapping yet of ${left.slice(0, NAMED).join(", ")}${others}\n`);
}
