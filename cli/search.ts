import type { Architecture } from "../arch-specs/index.js";
import type { Conventions } from "../base/index.js";
import {
  type Blame,
  blame,
  contradictions,
  isPossible,
  type Objective,
  type SearchResult,
  search as searchMapspace,
  together,
} from "../mapper/index.js";
import {
  type Dataflow,
  imperfectMapspace,
  type LegalMapping,
  mapspaceSize,
  type ResolvedDataflow,
  resolveDataflow,
} from "../mappings/index.js";
import { aboveOptimum, powerOfTen, type SearchSummary, short } from "../reports/index.js";
import { evaluateUnder } from "../sim/conventions/index.js";
import type { Layer } from "../workloads/index.js";
import { partOf, type Sharing } from "./sharing.js";
import type { Tell } from "./work.js";

export interface Search {
  readonly layer: Layer;
  readonly architecture: Architecture;
  readonly dataflow: Dataflow | null;
  readonly objective: Objective;
  /** Under whose conventions the proof is to hold. */
  readonly conventions: Conventions;
  readonly gap: number;
  /** Over tiles that do not divide their extent as well. */
  readonly imperfect: boolean;
  /** A mapping of this mapspace that is known already: the answer is never worse. */
  readonly start: LegalMapping | null;
  readonly timeLimitSeconds: number | null;
  /** Given, only a part is searched: a thread for each, and `putTogether` for all. */
  readonly sharing?: Sharing;
}
export interface Searched {
  readonly legal: LegalMapping | null;
  readonly search: SearchSummary;
  /** Where it is proven that no mapping is legal: why. */
  readonly blame: Blame | null;
  /** What the mapper said; null where it was clear without it that nothing is legal. */
  readonly found: SearchResult | null;
}
/** A clock in seconds, and whether the user has interrupted. */
export interface World {
  readonly now: () => number;
  readonly interrupted: () => boolean;
}

/** Searches the whole mapspace of one layer, until the proof, the time limit or an interrupt. */
export function search(wanted: Search, tell: Tell, { now, interrupted }: World): Searched {
  const { layer, architecture, dataflow, objective, conventions, gap, imperfect, start, timeLimitSeconds } = wanted;
  const began = now();
  const allowed = timeLimitSeconds ?? Number.POSITIVE_INFINITY;
  const lookingUntil = (end: number) => (): boolean => interrupted() || now() >= end;
  const cancelled = (share = 1): boolean => interrupted() || now() >= began + share * allowed;
  const resolved = dataflow === null ? null : resolvedFor(dataflow, layer, architecture);
  const asked = { layer, architecture, dataflow: resolved, conventions, imperfect };
  const contradicted = contradictions(asked);
  if (contradicted.length > 0) return impossible({ reasons: contradicted, alternatives: [] });
  const lookForReason = (): Blame | null => {
    tell({ share: null, note: "no mapping is legal: looking for the reason" });
    return blame(asked, lookingUntil(now() + REASON_SECONDS));
  };
  if (asksForIterations(resolved) && !isPossible(asked, interrupted)) return impossible(lookForReason());
  const found = searchMapspace(layer, architecture, {
    ...{ objective, conventions, gap, imperfect, start, dataflow: resolved, cancelled },
    part: wanted.sharing === undefined ? null : partOf(wanted.sharing),
    costOf: (mapping) => evaluateUnder(mapping, conventions, { linkTransfers: false }),
    progress: ({ incumbent, lowerBound }) => {
      if (incumbent === null) tell({ share: null, note: "looking for a first mapping" });
      else {
        const open = 1 - lowerBound / incumbent.value;
        const known = `best ${short(incumbent.value)}, bound ${short(lowerBound)}`;
        tell({ share: 1 - open, note: `${known}, at most ${aboveOptimum(open)}` });
      }
    },
  });
  const summary: SearchSummary = {
    ...summaryOf(found),
    seconds: now() - began,
    ...spaceOf(wanted, resolved),
  };
  const isNone = found.status === "infeasible" && wanted.sharing === undefined;
  return { legal: found.mapping, search: summary, blame: isNone ? lookForReason() : null, found };
}

const summaryOf = ({
  status,
  lowerBound,
  gap,
  evaluated,
}: SearchResult): Omit<SearchSummary, "seconds" | "mapspace"> => ({
  status: status === "infeasible" ? "optimal" : status,
  ...{ lowerBound, gap, evaluated },
});

/** What the parts of a search say together; null where no mapping is legal, for a reason still to be found. */
export function putTogether(parts: readonly Searched[], gap: number): Searched | null {
  const results = parts.flatMap(({ found }) => (found === null ? [] : [found]));
  const [first] = parts;
  if (first === undefined || results.length < parts.length) return first ?? null;
  const found = together(results, gap);
  if (found.status === "infeasible") return null;
  const seconds = parts.reduce((most, { search: { seconds: own } }) => Math.max(most, own), 0);
  return { legal: found.mapping, search: { ...first.search, ...summaryOf(found), seconds }, blame: null, found };
}

/** The size of the mapspace, and how it was counted. */
export function spaceOf(
  { layer, architecture, dataflow, conventions, imperfect }: Search,
  resolved: ResolvedDataflow | null,
): Pick<SearchSummary, "mapspace" | "counted"> {
  const counted = imperfect ? imperfectMapspace(layer, architecture, dataflow) : null;
  const size = counted?.size ?? mapspaceSize(layer, architecture, dataflow);
  if (size === null) return { mapspace: "" };
  const trees = `loop trees ${imperfect ? "of all tiles" : "with perfect factors"}, before capacity, each loop order by itself`;
  const rules = [...(resolved?.storages.values() ?? []), ...(resolved?.fanouts.values() ?? [])];
  const isBound = rules.some(
    (rule) => rule.factors.size + rule.maxFactors.size > 0 || ("order" in rule && rule.order !== null),
  );
  const left = [
    ...(isBound ? ["the dataflow's orders and factors are not counted in"] : []),
    ...(conventions === "timeloop" ? ["only mappings that Timeloop has words for are searched"] : []),
  ];
  const bound = left.length === 0 ? "" : `; an upper bound, as ${left.join(", and ")}`;
  const least = imperfect ? atLeast(counted) : "";
  return { mapspace: powerOfTen(size), counted: `${trees}${bound}${least}` };
}

/** Which trees are counted where not all are. */
function atLeast(counted: ReturnType<typeof imperfectMapspace>): string {
  if (counted === null) return "; at least: those with perfect factors are so many";
  const { upTo } = counted;
  if (upTo === null) return "";
  const small = upTo > 1 ? `, or are ${upTo} at most,` : "";
  return `; at least: those whose tiles divide their bound${small} are so many`;
}

/** How long the reason is looked for where no mapping is legal. */
const REASON_SECONDS = 60;

/** Whether a dataflow has numbers of iterations that may not fit: worth a look before the whole mapspace is searched in vain. */
const asksForIterations = (dataflow: ResolvedDataflow | null): boolean =>
  dataflow !== null &&
  [...dataflow.storages.values(), ...dataflow.fanouts.values()].some(({ factors }) => factors.size > 0);

/** Known before the search: nothing was searched. */
function impossible(blame: Blame | null): Searched {
  const search: SearchSummary = { status: "optimal", lowerBound: 0, gap: 0, mapspace: "", evaluated: 0, seconds: 0 };
  return { legal: null, search, blame, found: null };
}

/** Before the search it was made sure that the dataflow suits. */
export function resolvedFor(dataflow: Dataflow, layer: Layer, architecture: Architecture): ResolvedDataflow {
  const resolved = resolveDataflow(dataflow, architecture, layer.einsum);
  if (!resolved.ok) throw new Error(`${dataflow.name} does not suit ${layer.name}: ${resolved.errors[0]?.message}`);
  return resolved.value;
}
