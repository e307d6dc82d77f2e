import { valueUnder } from "../mapper/index.js";
import { type LegalMapping, printMapping, toMapping } from "../mappings/index.js";
import {
  type Contest,
  contestFigures,
  energy,
  percent,
  resultOf,
  type SearchSummary,
  short,
  verdict,
} from "../reports/index.js";
import { evaluateUnder } from "../sim/conventions/index.js";
import type { Answer } from "./answers.js";
import type { DataflowChoice, SearchWishes } from "./find.js";
import { outsideReasons } from "./why.js";

/** Values that differ by rounding alone are equal. */
const ROUNDING = 1e-9;

export interface Outcome {
  readonly contest: Contest;
  /** The user's mapping is in the mapspace, and below what was proven to be its least: a bug of ours. */
  readonly isBug: boolean;
}

/** Prices the user's own mapping beside the answer, and says where it loses, or why it can win. */
export function contestOf(
  answer: Answer,
  yours: LegalMapping,
  { objective, imperfect }: Pick<SearchWishes, "objective" | "imperfect">,
  dataflow: DataflowChoice,
): Outcome {
  const { workload, conventions, search } = answer.result;
  const priced = evaluateUnder(yours, conventions, { linkTransfers: false });
  const result = resultOf(yours, priced, { workload, conventions });
  const best = valueUnder(objective, answer.result.energy_pJ, answer.result.cycles);
  const value = valueUnder(objective, priced.energy, priced.cycles);
  const outcome = Math.abs(value - best) <= ROUNDING * best ? "level" : value > best ? "behind" : "ahead";
  const figures = contestFigures(answer.result, result);
  const outside = outsideReasons(yours, dataflow.of(yours.layer, yours.architecture), { conventions, imperfect });
  const isBug = outside.length === 0 && search !== undefined && value < search.lowerBound * (1 - ROUNDING);
  const contest = { best, yours: value, outcome, figures } as const;
  if (search?.status === "gap" && outcome === "level" && isSame(answer.legal, yours))
    return { contest: { ...contest, says: ["the search found nothing better in time: yours is the answer"] }, isBug };
  return { contest: { ...contest, says: sayingsOf(contest, outside, isBug, search) }, isBug };
}

const isSame = (a: LegalMapping, b: LegalMapping): boolean => printMapping(toMapping(a)) === printMapping(toMapping(b));

function sayingsOf(
  { best, yours, outcome, figures }: Omit<Contest, "says">,
  outside: readonly string[],
  isBug: boolean,
  search: SearchSummary | undefined,
): readonly string[] {
  const proof = search === undefined ? "" : ` (${verdict(search)})`;
  if (outcome === "level") return [`as good as the best${proof}`];
  if (outcome === "behind") return [`${percent(yours / best - 1)} worse than the best${proof}`, ...lossesOf(figures)];
  const ahead = `${percent(1 - yours / best)} better than the answer${proof}`;
  if (isBug)
    return [
      ahead,
      `this is a bug of the program: it claims to have proven that no mapping of this mapspace is below ${short(search?.lowerBound ?? 0)}`,
    ];
  if (outside.length > 0)
    return [ahead, "it is outside the mapspace that was searched:", ...outside.map((why) => `  ${why}`)];
  return [ahead, "the search was cut short, and yours lies within its proven gap: allow more with --time-limit"];
}

/** The places that make up most of what is lost. */
function lossesOf(figures: Contest["figures"]): readonly string[] {
  const whole = figures.find(({ name }) => name === "energy");
  const cycles = figures.find(({ name }) => name === "cycles");
  const lost = whole === undefined ? 0 : whole.yours - whole.best;
  const worst = figures.find(({ name, unit }) => unit === "pJ" && name !== "energy");
  const energyLoss =
    worst === undefined || lost <= 0 || worst.yours <= worst.best
      ? []
      : [`of ${energy(lost)} more energy, ${worst.name} makes ${energy(worst.yours - worst.best)}`];
  const slower =
    cycles !== undefined && cycles.yours > cycles.best
      ? [`it takes ${percent(cycles.yours / cycles.best - 1)} more cycles`]
      : [];
  return [...energyLoss, ...slower];
}
