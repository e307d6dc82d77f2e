import { compareCosts } from "./cost.js";
import { compareRanks, type Rank } from "./rank.js";
import type { SearchResult } from "./search.js";

/**
 * One of several searches that divide a mapspace among them, each on a thread of its own: a placement is searched by one of them.
 * They tell each other of the best value; what they share is the caller's affair.
 */
export interface Part {
  /** 0 to of − 1. */
  readonly index: number;
  readonly of: number;
  /** Whether this part may take the placement: true for one part, once. */
  readonly claims: (placement: number) => boolean;
  /** The least value that any part has found, Infinity for none. */
  readonly best: () => number;
  /** Told each value that is this part's best so far. */
  readonly found: (value: number) => void;
}

/** The best of what some searches found, `openValue` being the least value that what none of them searched may have. */
export function concluded(results: readonly Found[], openValue: number, gap: number): SearchResult {
  const best = results.reduce<Found | null>((a, b) => (a === null || isBefore(b, a) ? b : a), null);
  const value = best?.cost?.value ?? Number.POSITIVE_INFINITY;
  const lowerBound = Math.min(gap > 0 ? value / (1 + gap) : value, openValue);
  const isNone = best === null || best.mapping === null;
  const proven = isNone ? 0 : 1 - lowerBound / value;
  const isProven = isNone ? openValue === Number.POSITIVE_INFINITY : proven === 0;
  return {
    ...{ mapping: best?.mapping ?? null, cost: best?.cost ?? null, rank: best?.rank ?? null },
    status: isProven ? (isNone ? "infeasible" : "optimal") : "gap",
    ...{ lowerBound, gap: proven, open: openValue },
    evaluated: results.reduce((n, { evaluated }) => n + evaluated, 0),
    families: results.reduce((n, { families }) => n + families, 0),
  };
}

/** What the parts of a search found together. */
export function together(parts: readonly SearchResult[], gap: number): SearchResult {
  return concluded(
    parts,
    parts.reduce((least, { open }) => Math.min(least, open), Number.POSITIVE_INFINITY),
    gap,
  );
}

type Found = Pick<SearchResult, "mapping" | "cost" | "rank" | "evaluated" | "families">;

function isBefore(a: Found, b: Found): boolean {
  if (a.cost === null || b.cost === null) return a.cost !== null;
  const order = compareCosts(a.cost, b.cost);
  const rankOf = ({ rank }: Found): Rank => rank ?? [Number.POSITIVE_INFINITY];
  return order < 0 || (order === 0 && compareRanks(rankOf(a), rankOf(b)) < 0);
}
