import type { Zone } from "./mapspace.js";
import type { Chain } from "./mapspace-chains.js";
import { chineseRemainder, type Field, floats, magnitudes, primeField } from "./mapspace-fields.js";
import { addProduct, compact, type Touched } from "./mapspace-series.kernel.js";

/** The terms of a series with the same instances left: letters and ends of the zones in one number each, and the ways. */
interface Terms {
  /** Instances left, along x and y of each zone's fan-out. */
  readonly room: readonly number[];
  readonly codes: Int32Array;
  readonly ways: Float64Array;
}

/** How many products of two terms may still be made; shared by all the words of one mapspace. */
export interface Budget {
  products: number;
}

/** Different numbers of letters by zone that are worth an array. */
export const MOST_CODES: number = 2 ** 22;

/** Sums of absolute values up to here are computed exactly; above, floats give nine digits or more. */
const EXACT = 1e15;

/**
 * The number of words with keep nodes: one chain a variable, interleaved in every zone, the keep nodes of the zone
 * placed around the letters. Null where the budget runs out.
 */
export function wordsIn(zones: readonly Zone[], chains: readonly (readonly Chain[])[], budget: Budget): bigint | null {
  const coding = codingOf(zones, chains);
  if (coding.size > MOST_CODES) return null;
  const bound = countIn(magnitudes, coding, zones, chains, budget);
  if (bound === null || !Number.isFinite(bound)) return null;
  if (bound > EXACT) {
    const rounded = countIn(floats, coding, zones, chains, budget);
    if (rounded === null) return null;
    // Each term is exact to some 1e-14 of its magnitude.
    if (bound * 1e-14 < rounded * 1e-9) return BigInt(Math.round(rounded));
  }
  return exactWords(bound, coding, zones, chains, budget);
}

/** Modulo primes, put together; the primes suffice for the sum of the absolute values of all terms. */
function exactWords(
  bound: number,
  coding: Coding,
  zones: readonly Zone[],
  chains: readonly (readonly Chain[])[],
  budget: Budget,
): bigint | null {
  const residues: { readonly prime: number; readonly residue: number }[] = [];
  let below = 2 ** 26;
  for (let reach = 1; reach <= 4 * bound; reach *= below) {
    const field = primeField(below);
    below = field.prime;
    const residue = countIn(field, coding, zones, chains, budget);
    if (residue === null) return null;
    residues.push({ prime: field.prime, residue });
  }
  return chineseRemainder(residues);
}

/** How letters by zone become one number: a mixed radix, above one bit for each zone that ends with a spatial loop. */
interface Coding {
  readonly radices: readonly number[];
  /** By zone, the bit that says it is ended; 0 where it need not be. */
  readonly flags: readonly number[];
  /** All flags and one. */
  readonly base: number;
  readonly size: number;
}

function codingOf(zones: readonly Zone[], chains: readonly (readonly Chain[])[]): Coding {
  const radices = zones.map((_, z) =>
    chains.reduce((sum, some) => sum + Math.max(0, ...some.map((chain) => chain.letters[z] ?? 0)), 1),
  );
  let base = 1;
  const flags = zones.map(({ endsSpatial }) => {
    if (!endsSpatial) return 0;
    base *= 2;
    return base / 2;
  });
  return { radices, flags, base, size: radices.reduce((a, b) => a * b, base) };
}

function countIn(
  field: Field,
  coding: Coding,
  zones: readonly Zone[],
  chains: readonly (readonly Chain[])[],
  budget: Budget,
): number | null {
  const room = zones.flatMap(({ fanout }) => (fanout === null ? [] : [fanout.x.size, fanout.y.size]));
  let series: readonly Terms[] = [{ room, codes: Int32Array.of(0), ways: Float64Array.of(1) }];
  const sums = new Float64Array(coding.size);
  const touched: Touched = { codes: new Int32Array(1024), count: 0 };
  // The variables with most chains first: the products stay smaller so.
  for (const some of [...chains].sort((a, b) => b.length - a.length)) {
    const factors = factorsOf(some, zones, coding, field);
    const next = new Map<string, { readonly room: readonly number[]; readonly pairs: (readonly [Terms, Terms])[] }>();
    for (const terms of series)
      for (const factor of factors) {
        const left = terms.room.map((n, i) => Math.floor(n / (factor.room[i] ?? 1)));
        if (left.includes(0)) continue;
        budget.products -= terms.codes.length * factor.codes.length;
        if (budget.products < 0) return null;
        const key = left.join(" ");
        const known = next.get(key);
        if (known === undefined) next.set(key, { room: left, pairs: [[terms, factor]] });
        else known.pairs.push([terms, factor]);
      }
    series = [...next.values()].map(({ room: left, pairs }) => {
      for (const [a, b] of pairs)
        addProduct(sums, touched, a.codes, a.ways, b.codes, b.ways, coding.base, field.modulus);
      return { room: left, ...compact(sums, touched) };
    });
  }
  let total = 0;
  for (const { codes, ways } of series)
    for (const [i, code] of codes.entries())
      total = field.add(total, field.multiply(ways[i] ?? 0, weightOf(code, zones, coding, field)));
  return total;
}

/** The series of one variable, by instances used: its chains over the factorials of their letters. */
function factorsOf(chains: readonly Chain[], zones: readonly Zone[], coding: Coding, field: Field): readonly Terms[] {
  const byUse = new Map<string, Chain[]>();
  const use = (chain: Chain): readonly number[] =>
    chain.instances.flatMap(({ x, y }, z) => (zones[z]?.fanout === null ? [] : [x, y]));
  for (const chain of chains) {
    const key = use(chain).join(" ");
    const known = byUse.get(key);
    if (known === undefined) byUse.set(key, [chain]);
    else known.push(chain);
  }
  return [...byUse.values()].map((some) => ({
    room: some[0] === undefined ? [] : use(some[0]),
    codes: Int32Array.from(some, (chain) => codeOf(chain, coding)),
    ways: Float64Array.from(some, (chain) =>
      chain.letters.reduce((ways, n) => field.multiply(ways, field.inverseFactorial(n)), field.of(chain.ways)),
    ),
  }));
}

function codeOf({ letters, ends }: Chain, { radices, flags, base }: Coding): number {
  const ended = ends.reduce((bits, end, z) => (end ? bits + (flags[z] ?? 0) : bits), 0);
  return letters.reduceRight((code, n, z) => code * (radices[z] ?? 1) + n, 0) * base + ended;
}

/** Ways to interleave the letters of each zone, times those to place its keep nodes; 0 where a zone ends wrongly. */
function weightOf(code: number, zones: readonly Zone[], { radices, flags, base }: Coding, field: Field): number {
  let rest = Math.floor(code / base);
  let weight = 1;
  for (const [z, zone] of zones.entries()) {
    const radix = radices[z] ?? 1;
    const letters = rest % radix;
    rest = Math.floor(rest / radix);
    const isEnded = (code & (flags[z] ?? 0)) !== 0;
    if (zone.endsSpatial && !isEnded && letters > 0) return 0;
    weight = field.multiply(weight, field.multiply(field.factorial(letters), field.of(zone.keeps(letters))));
  }
  return weight;
}
