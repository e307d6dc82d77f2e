import type { Hint } from "./branch.kernel.js";
import { compareCosts } from "./cost.js";
import type { Mode } from "./family.js";
import type { OrderFamily } from "./orders.js";
import { compareRanks, type Rank } from "./rank.js";
import type { SearchResult } from "./search.js";
import type { Seat } from "./space.js";

/**
 * One of several searches that divide a mapspace among them, each on a thread of its own. They tell each other of the best value, and a part that
 * has nothing left takes over what others have not begun: orders of placements while families are bounded, and then whole families. What the parts
 * share is the caller's affair.
 */
export interface Part {
  /** 0 to of − 1. */
  readonly index: number;
  readonly of: number;
  /** Whether this part may bound the families of an order of a placement: true for one part, once. */
  readonly claims: (placement: number, order: number) => boolean;
  /** Tells what the families of a placement that no part has claimed cost at least, a logarithm; Infinity: none is left. */
  readonly bounds: (placement: number, bound: number) => void;
  /** What was told of a placement last, −Infinity for nothing. */
  readonly boundOf: (placement: number) => number;
  /** The least value that any part has found, Infinity for none. */
  readonly best: () => number;
  /** Told each value that is this part's best so far. */
  readonly found: (value: number) => void;
  /** Tells once, before the first of them is searched, the families that this part has bounded and not closed. */
  readonly leaves: (families: readonly Shared[]) => void;
  /** Whether this part may search the one of its families, by its index among those left: not if another part has begun it. */
  readonly begins: (family: number) => boolean;
  /** A family that another part has left and nobody begun, now begun by this one; null where there will be none, or where it stopped waiting. */
  readonly takes: (isStopped: () => boolean) => Shared | null;
}

/** A family for another part to search, as plain data. */
export interface Shared {
  readonly seat: Seat;
  readonly order: OrderFamily;
  readonly mode: Mode;
  /** Per group: the codes of the splits that may still matter. */
  readonly codes: readonly Float64Array[];
  /** Log of a lower bound. */
  readonly bound: number;
  readonly hint: Hint;
}

/** A single part, which is not to look for what costs more than `best`. */
export function alone(best: () => number): Part {
  return {
    ...{ index: 0, of: 1, best },
    claims: () => true,
    bounds: () => undefined,
    boundOf: () => Number.NEGATIVE_INFINITY,
    found: () => undefined,
    leaves: () => undefined,
    begins: () => true,
    takes: () => null,
  };
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
