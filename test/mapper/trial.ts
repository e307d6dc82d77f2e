import { type Architecture, parseArchitecture } from "../../arch-specs/index.js";
import { seeded } from "../../base/index.js";
import { type Objective, parseObjective, type SearchResult, search, valueUnder } from "../../mapper/index.js";
import { neighboursOf } from "../../mapper/neighbours.js";
import { isSearchable } from "../../mapper/rules.js";
import {
  checkLegality,
  type Dataflow,
  everyLegalMapping,
  isEvenNest,
  type LegalMapping,
  obeysResolved,
  parseDataflow,
  type ResolvedDataflow,
  randomLegalMapping,
  resolveDataflow,
  toMapping,
} from "../../mappings/index.js";
import { evaluateUnder } from "../../sim/conventions/index.js";
import { predict } from "../../sim/model/index.js";
import { price } from "../../sim/pricing/index.js";
import { type Layer, outputOf } from "../../workloads/index.js";
import { layerOf, type Trial } from "./trial-problems.js";

/** How much a trial may take. */
export interface Effort {
  /** Mappings that are listed; where there are more, as many random ones are tried, and the best of them improved step by step. */
  readonly most: number;
  /** Asked by the search; true cuts it short. */
  readonly cancelled: () => boolean;
}

/** How a trial ended: held to all mappings or to some, with no mapping, or not run as its texts do not fit together. */
export type Outcome = "all" | "some" | "infeasible" | "skipped";

export interface Verdict {
  readonly outcome: Outcome;
  /** What is wrong, null for nothing. */
  readonly failure: string | null;
}

/** A trial whose texts are read. */
export interface Ready {
  readonly layer: Layer;
  readonly architecture: Architecture;
  readonly objective: Objective;
  readonly dataflow: Dataflow | null;
  readonly resolved: ResolvedDataflow | null;
  readonly costOf: (mapping: LegalMapping) => { readonly energy: number; readonly cycles: number };
}

/** Searches the trial's problem, and holds answer and bound to every legal mapping, or to many. */
export function verdictOf(trial: Trial, effort: Effort): Verdict {
  const ready = readyFrom(trial);
  if (ready === null) return { outcome: "skipped", failure: null };
  const { objective, architecture, layer, resolved, costOf } = ready;
  const { least, isWhole, count } = leastOf(trial, ready, effort.most);
  let isCut = false;
  const cancelled = (): boolean => {
    isCut ||= effort.cancelled();
    return isCut;
  };
  const found = search(layer, architecture, {
    ...{ objective, costOf, cancelled, dataflow: resolved, progress: () => undefined },
    ...{ gap: trial.gap, imperfect: trial.imperfect, conventions: trial.conventions },
  });
  const failure = failureOf(trial, found, { least, isWhole, count }, isCut, isLoose(trial, ready));
  const told =
    failure === null
      ? null
      : `${failure}: least ${least} of ${count}, answer ${found.cost?.value}, bound ${found.lowerBound}, ${found.status}`;
  if (count === 0) return { outcome: "infeasible", failure: told };
  return { outcome: isWhole ? "all" : "some", failure: told };
}

/** Timeloop's first touches of such an output are bounded by the floor alone; not every order of overlapping windows is tried. */
export function isLoose({ conventions }: Trial, { layer, architecture }: Ready): boolean {
  const windows = layer.einsum.tensors.map(({ ranks }) => ranks.filter(({ terms }) => terms.length > 1).length);
  const overlaps = architecture.levels.some((level) => level.kind === "storage" && level.reuse === "overlap");
  return (
    (conventions === "timeloop" && outputOf(layer.einsum).ranks.some(({ terms }) => terms.length > 1)) ||
    (overlaps && windows.some((n) => n > 1))
  );
}

/** Trees that are begun for each one that is listed, at most. */
const TREES = 30;

interface Least {
  readonly least: number;
  readonly isWhole: boolean;
  readonly count: number;
}

function failureOf(
  trial: Trial,
  found: SearchResult,
  { least, isWhole, count }: Least,
  isCut: boolean,
  isBoundedLoosely: boolean,
): string | null {
  const [more, less] = [1 + 1e-9, 1 - 1e-9];
  const value = found.cost?.value ?? Number.POSITIVE_INFINITY;
  if (count === 0)
    return isWhole && found.status !== "infeasible" && !isCut && !trial.imperfect
      ? "a mapping where there is none"
      : null;
  if (found.status === "infeasible") return "no mapping where there is one";
  if (found.lowerBound > least * more) return "the bound is above a mapping";
  if (found.status === "optimal" && value > least * more) return "a better mapping than the optimum";
  if (isWhole && value < least * less) return "an answer below all mappings";
  if (isCut || trial.kind === "padding" || trial.imperfect) return null;
  if (isBoundedLoosely) return null;
  // Families of streaming tiles do not know orders.
  const isOrdered = trial.conventions === "accelforge" && trial.dataflow?.includes("order") === true;
  const isProven = trial.gap > 0 ? value <= found.lowerBound * (1 + trial.gap) * more : found.status === "optimal";
  return isProven || isOrdered ? null : "no proof though nothing cut the search short";
}

/** Null where the texts do not fit together (a dataflow that the architecture cannot hold to, a layer that is not searched). */
export function readyFrom(trial: Trial): Ready | null {
  const [layer, architecture, objective] = [
    layerOf(trial),
    parseArchitecture(trial.architecture, "trial.yaml"),
    parseObjective(trial.objective),
  ];
  if (layer === undefined || !architecture.ok || objective === null) return null;
  if (!isSearchable(layer.einsum, trial.conventions)) return null;
  const costOf = (mapping: LegalMapping): { readonly energy: number; readonly cycles: number } =>
    trial.conventions === "loopwright"
      ? price(predict(mapping), mapping)
      : evaluateUnder(mapping, trial.conventions, { linkTransfers: false });
  const ready = { layer, architecture: architecture.value, objective, costOf };
  if (trial.dataflow === null) return { ...ready, dataflow: null, resolved: null };
  const dataflow = parseDataflow(trial.dataflow, "trial.yaml");
  if (!dataflow.ok) return null;
  const resolved = resolveDataflow(dataflow.value, architecture.value, layer.einsum);
  return resolved.ok ? { ...ready, dataflow: dataflow.value, resolved: resolved.value } : null;
}

/** The least value of all mappings, or, where they are many, of the first, of random ones and of what these can be improved to. */
function leastOf(trial: Trial, ready: Ready, most: number): Least {
  const { layer, architecture, objective, dataflow, costOf } = ready;
  const { imperfect, conventions } = trial;
  // Under AccelForge's conventions each order of loops counts: it may decide what fits.
  const orders = conventions === "accelforge" ? ("all" as const) : ("distinct" as const);
  const options = { imperfect, conventions, orders, ...(dataflow === null ? {} : { dataflow }) };
  const isMeant = (mapping: LegalMapping): boolean => conventions !== "timeloop" || isEvenNest(mapping);
  const worthOf = (mapping: LegalMapping): number => {
    const { energy, cycles } = costOf(mapping);
    return valueUnder(objective, energy, cycles);
  };
  let least = Number.POSITIVE_INFINITY;
  let [count, seen, begun] = [0, 0, 0];
  const isWanted = (): boolean => ++begun <= TREES * most;
  for (const mapping of everyLegalMapping(layer, architecture, { ...options, isWanted })) {
    if (++seen > most) break;
    if (!isMeant(mapping)) continue;
    count++;
    least = Math.min(least, worthOf(mapping));
  }
  if (seen <= most && begun <= TREES * most) return { least, isWhole: true, count };
  const random = seeded(trial.seed);
  const starts: { readonly mapping: LegalMapping; readonly value: number }[] = [];
  for (let i = 0; i < most / 20; i++) {
    const mapping = randomLegalMapping(layer, architecture, random, options);
    if (mapping === null || !isMeant(mapping)) continue;
    count++;
    starts.push({ mapping, value: worthOf(mapping) });
  }
  starts.sort((a, b) => a.value - b.value);
  for (const { mapping, value } of starts.slice(0, 4))
    least = Math.min(least, value, improved(mapping, value, most / 10));

  /** The least value on the way down from a mapping. */
  function improved(from: LegalMapping, value: number, steps: number): number {
    let [at, best, left]: [LegalMapping | null, number, number] = [from, value, steps];
    while (at !== null) {
      const here: LegalMapping = at;
      at = null;
      for (const nodes of neighboursOf(here)) {
        if (--left < 0) return best;
        const legal = checkLegality(toMapping({ ...here, nodes }), layer, architecture, { conventions });
        if (!legal.ok || !isMeant(legal.value) || !isAllowed(legal.value)) continue;
        const other = worthOf(legal.value);
        if (other >= best) continue;
        [at, best] = [legal.value, other];
        break;
      }
    }
    return best;
  }
  function isAllowed(mapping: LegalMapping): boolean {
    const isPerfect = mapping.nodes.every((node) => node.kind === "keep" || node.extent % node.by === 0);
    return (imperfect || isPerfect) && (ready.resolved === null || obeysResolved(mapping, ready.resolved).length === 0);
  }
  return { least, isWhole: false, count };
}
