import type { LegalMapping } from "../mappings/index.js";

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

/** An interval that is wider is halved, unless its mappings are this near to a point. */
const WIDE = 1.5;
const NEAR = 0.25;

/**
 * Two staircases over the cycles: the least energy known of a mapping that takes at most so many, and the least that is proven of all. Where
 * the two meet, the front is certain.
 */
export class Staircase {
  /** Slowest first; no known mapping is as good in both. */
  private known: readonly (Pair & { readonly mapping: LegalMapping })[] = [];
  /** Whoever takes at most so many cycles takes at least this energy; most cycles first. */
  private proven: readonly { readonly cycles: number; readonly energy: number }[];

  constructor(leastEnergy: number, fewestCycles: number) {
    this.proven = [
      { cycles: Number.POSITIVE_INFINITY, energy: leastEnergy },
      { cycles: fewestCycles * (1 - EQUAL), energy: Number.POSITIVE_INFINITY },
    ];
  }

  /** A mapping and what it costs. */
  note(mapping: LegalMapping, { energy, cycles }: Pair): void {
    const asGood = (a: Pair, b: Pair): boolean =>
      a.energy <= b.energy * (1 + EQUAL) && a.cycles <= b.cycles * (1 + EQUAL);
    const pair = { mapping, energy, cycles };
    if (this.known.some((one) => asGood(one, pair))) return;
    this.known = [...this.known.filter((one) => !asGood(pair, one)), pair].sort((a, b) => b.cycles - a.cycles);
  }

  /** Mappings that take at most so many cycles take at least this energy; Infinity: there is none. */
  prove(cycles: number, energy: number): void {
    if (this.energyAtLeast(cycles) >= energy) return;
    const rest = this.proven.filter((fact) => fact.cycles > cycles || fact.energy > energy);
    this.proven = [...rest, { cycles, energy }].sort((a, b) => b.cycles - a.cycles);
  }

  /** The cheapest known mapping that takes at most so many cycles. */
  cheapest(cycles: number): (Pair & { readonly mapping: LegalMapping }) | undefined {
    return this.known.find((one) => one.cycles <= cycles * (1 + EQUAL));
  }

  points(): readonly FrontPoint[] {
    return this.known.map((one) => ({ ...one, energyAtLeast: Math.min(one.energy, this.energyAtLeast(one.cycles)) }));
  }

  /** Where something may be missing: from the slowest to the fastest. */
  open(): readonly Interval[] {
    const ends = [...this.proven.map(({ cycles }) => cycles), ...this.known.map(({ cycles }) => cycles * (1 - EQUAL))];
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

  /** The cap on the cycles that is worth asking about next; null where every mapping is within the gap of some point. */
  next(gap: number): number | null {
    const [worst] = [...this.open()].sort((a, b) => b.within - a.within);
    if (worst === undefined || worst.within <= gap * (1 + EQUAL)) return null;
    const { above, upTo, within } = worst;
    const isBetween = Number.isFinite(upTo) && this.cheapest(above * (1 + 2 * EQUAL)) !== undefined;
    return isBetween && within > NEAR && upTo / above > WIDE ? Math.sqrt(above * upTo) : upTo;
  }

  private energyAtLeast(cycles: number): number {
    return this.proven.reduce((most, fact) => (fact.cycles >= cycles ? Math.max(most, fact.energy) : most), 0);
  }

  private within(cycles: number, energy: number): number {
    const factors = this.known.map((one) => Math.max(one.energy / energy, one.cycles / cycles));
    return Math.max(0, factors.reduce((least, x) => Math.min(least, x), Number.POSITIVE_INFINITY) - 1);
  }
}
