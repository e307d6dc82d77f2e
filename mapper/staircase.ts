import type { LegalMapping } from "../mappings/index.js";
import { compareRanks, type Rank } from "./rank.js";

/** What a mapping costs: pJ and cycles. */
export interface Pair {
  readonly energy: number;
  readonly cycles: number;
}

/** A mapping of which no other known one has less of one and no more of the other. */
export interface FrontPoint extends Pair {
  readonly mapping: LegalMapping;
  /** No mapping that is at most as slow takes less energy than this: pJ. */
  readonly energyAtLeast: number;
}

/** Mappings that take more cycles than `above` and at most `upTo`: they take at least this energy, but less than the known ones. */
export interface Interval {
  readonly above: number;
  readonly upTo: number;
  readonly energyAtLeast: number;
  /** Each of them is within the factor 1 + this of some point, in energy and in cycles. */
  readonly within: number;
}

/** Relative room within which two numbers count as equal. */
const EQUAL = 1e-11;

/** Whether it is proven that no mapping is at most as slow as the point and cheaper. */
export const isCertain = ({ energy, energyAtLeast }: FrontPoint): boolean => energyAtLeast >= energy * (1 - EQUAL);

/** Mappings that take from so many to so many cycles. */
export interface Reach {
  readonly from: number;
  readonly upTo: number;
}

interface Known extends Pair {
  readonly mapping: LegalMapping;
  /** Null: any other mapping of the same cost goes before it. */
  readonly rank: Rank | null;
}

/** Whether a takes no more of either. */
const isAsGood = (a: Pair, b: Pair): boolean =>
  a.energy <= b.energy * (1 + EQUAL) && a.cycles <= b.cycles * (1 + EQUAL);
const isEqual = (a: Pair, b: Pair): boolean => isAsGood(a, b) && isAsGood(b, a);

/**
 * Two staircases over the cycles: the least energy known of a mapping that takes at most so many, and the least that is proven of all. Where
 * the two meet, the front is certain.
 */
export class Staircase {
  /** Slowest first; no known mapping is as good in both. */
  private known: readonly Known[] = [];
  /** Whoever takes at most so many cycles takes at least this energy; most cycles first. */
  private proven: readonly Pair[];
  /** Pairs that may have a mapping, which was not found. */
  private left: readonly Pair[] = [];

  constructor(leastEnergy: number, fewestCycles: number) {
    this.proven = [
      { cycles: Number.POSITIVE_INFINITY, energy: leastEnergy },
      { cycles: fewestCycles * (1 - EQUAL), energy: Number.POSITIVE_INFINITY },
    ];
  }

  /** A mapping and what it costs; false where one is known that is as good, or goes before it. */
  note(mapping: LegalMapping, { energy, cycles }: Pair, rank: Rank | null = null): boolean {
    const one = { mapping, energy, cycles, rank };
    const isBefore = (other: Known): boolean =>
      rank !== null && isEqual(other, one) && (other.rank === null || compareRanks(rank, other.rank) < 0);
    if (this.known.some((other) => isAsGood(other, one) && !isBefore(other))) return false;
    this.known = [...this.known.filter((other) => !isAsGood(one, other)), one].sort((a, b) => b.cycles - a.cycles);
    return true;
  }

  /** Whether a mapping of the same cost is known that goes before all of the rank. */
  isSettled(pair: Pair, rank: Rank | null): boolean {
    const same = this.known.find((one) => isEqual(one, pair));
    return same !== undefined && (rank === null || (same.rank !== null && compareRanks(rank, same.rank) >= 0));
  }

  /** A mapping may have this cost, though none was found: what is proven of such cycles goes no further. */
  leave({ energy, cycles }: Pair): void {
    const one = { energy, cycles };
    if (this.left.some((other) => isAsGood(other, one))) return;
    this.left = [...this.left.filter((other) => !isAsGood(one, other)), one];
  }

  /** Mappings that take at most so many cycles take at least this energy; Infinity: there is none. */
  prove(cycles: number, energy: number): void {
    if (this.provenAt(cycles) >= energy) return;
    const rest = this.proven.filter((fact) => fact.cycles > cycles || fact.energy > energy);
    this.proven = [...rest, { cycles, energy }].sort((a, b) => b.cycles - a.cycles);
  }

  /**
   * Mappings that take so many cycles are of interest if they take less energy than this: that of the cheapest known one that is no slower; within
   * a gap, of the cheapest one that is slower by no more than the gap, over 1 + gap.
   */
  bar(cycles: number, gap: number): number {
    const most = gap > 0 ? cycles * (1 + gap) * (1 - 4 * EQUAL) : cycles;
    return (this.cheapest(most)?.energy ?? Number.POSITIVE_INFINITY) / (1 + gap);
  }

  /** Of mappings that take at most `upTo` cycles, each takes at least `share` (of 1) of the bar at its cycles, or at `from` if they are fewer. */
  proveSteps(share: number, { from, upTo }: Reach, gap: number): void {
    for (const { cycles } of this.known) {
      const end = (cycles / (1 + gap)) * (1 - EQUAL);
      if (end > from && end < upTo) this.prove(end, share * this.bar(end * (1 - 2 * EQUAL), gap));
    }
    this.prove(upTo, share * this.bar(upTo * (1 - 2 * EQUAL), gap));
  }

  /**
   * Cycles from one known mapping to another (or on without end) about an interval, with none between of which `isEdge` holds: null where
   * no known mapping is as fast as the interval's.
   */
  reachOf({ above, upTo }: Interval, isEdge: (cycles: number) => boolean): Reach | null {
    const below = this.known.filter(({ cycles }) => cycles <= above * (1 + 2 * EQUAL));
    const from = below.find(({ cycles }) => isEdge(cycles)) ?? below.at(-1);
    if (from === undefined) return null;
    const beyond = this.known.filter(({ cycles }) => cycles >= upTo && isEdge(cycles)).at(-1);
    return { from: from.cycles, upTo: beyond === undefined ? Number.POSITIVE_INFINITY : beyond.cycles * (1 - EQUAL) };
  }

  /** The cheapest known mapping that takes at most so many cycles. */
  cheapest(cycles: number): (Pair & { readonly mapping: LegalMapping }) | undefined {
    return this.known.find((one) => one.cycles <= cycles * (1 + EQUAL));
  }

  get fastest(): Pair | undefined {
    return this.known.at(-1);
  }

  points(): readonly FrontPoint[] {
    return this.known.map((one) => ({ ...one, energyAtLeast: Math.min(one.energy, this.energyAtLeast(one.cycles)) }));
  }

  /** Where something may be missing: from the slowest to the fastest. */
  open(): readonly Interval[] {
    const ends = [
      ...this.proven.map(({ cycles }) => cycles),
      ...[...this.known, ...this.left].map(({ cycles }) => cycles * (1 - EQUAL)),
    ];
    const upwards = [...new Set(ends)].sort((a, b) => b - a);
    return upwards.flatMap((upTo, i) => {
      const above = upwards[i + 1] ?? 0;
      const energyAtLeast = this.energyAtLeast(upTo);
      const energyBelow = this.cheapest(above * (1 + 2 * EQUAL))?.energy ?? Number.POSITIVE_INFINITY;
      if (above >= upTo * (1 - 4 * EQUAL) || energyAtLeast >= energyBelow * (1 - EQUAL)) return [];
      return [{ above, upTo, energyAtLeast, within: this.within(above, energyAtLeast) }];
    });
  }

  /** Every mapping is within the factor 1 + this of some known one, in energy and in cycles. */
  farthest(): number {
    return this.open().reduce((most, { within }) => Math.max(most, within), 0);
  }

  /** The interval whose mappings may be farthest from all points; null where every mapping is within the gap of some point. */
  worst(gap: number): Interval | null {
    const [worst] = [...this.open()].sort((a, b) => b.within - a.within);
    return worst === undefined || worst.within <= gap * (1 + EQUAL) ? null : worst;
  }

  private energyAtLeast(cycles: number): number {
    const isOpen = (one: Pair): boolean => one.cycles * (1 - EQUAL / 2) <= cycles;
    return this.left.reduce((least, one) => (isOpen(one) ? Math.min(least, one.energy) : least), this.provenAt(cycles));
  }

  private provenAt(cycles: number): number {
    return this.proven.reduce((most, fact) => (fact.cycles >= cycles ? Math.max(most, fact.energy) : most), 0);
  }

  private within(cycles: number, energy: number): number {
    const factors = this.known.map((one) => Math.max(one.energy / energy, one.cycles / cycles));
    return Math.max(0, factors.reduce((least, x) => Math.min(least, x), Number.POSITIVE_INFINITY) - 1);
  }
}
