import { divisorsOf } from "../base/index.js";
import type { Group } from "./mapspace.js";
import { type Letter, lettersOf } from "./mapspace-chains.js";
import { keepsOfGroup, keepsWithSources } from "./mapspace-keeps.js";
import { type Lattice, meshWords, polynomialWords, temporalWords } from "./mapspace-lattice.kernel.js";
import type { FanoutPlace, Space } from "./space.js";

/** Cells of an array that is worth its memory: extents left × instances left. */
const MOST_CELLS = 2 ** 23;
/** Up to here sums of whole numbers are exact in floats. */
const EXACT = 2 ** 53;

/**
 * The number of loop trees with perfect factors, walking down the groups of storages with one sum for every combination of the
 * extents left: a zone's loops are letters that divide one extent by a square-free number (inclusion and exclusion over
 * neighbours that could be one loop, see `mapspaceSize`), and what a zone is entered with leaves it multiplied by the words
 * in between. Exact up to 2^53; above, floats give nine digits or more. Null where there are too many combinations.
 */
export function latticeSize(space: Space, groups: readonly Group[]): bigint | null {
  const extents = space.layer.einsum.bounds.map(divisorsOf);
  if (cellsOf(extents) * roomsIn(space) > MOST_CELLS) return null;
  const lettersOf = (extent: number, smaller: readonly number[]): readonly Letter[] =>
    smaller.flatMap((by) => {
      const sign = extent % by === 0 ? -moebius(extent / by) : 0;
      return sign === 0 ? [] : [{ by, iterations: extent / by, sign: BigInt(sign) }];
    });
  return sizeOver(space, groups, extents, lettersOf);
}

/** A number of loop trees, and which they are: those whose tiles are divisors, or no larger than this; null: all. */
export interface Counted {
  readonly size: bigint;
  readonly upTo: number | null;
}

/**
 * The number of loop trees with tiles that need not divide, or of as many of them as can be counted: with tiles that divide their bound, and all up
 * to some size. (What divides such a tile is one, too: so neighbours that could be one loop are seen to as before.) To nine digits or more. Null where even
 * divisors are too many.
 */
export function imperfectLatticeSize(space: Space, groups: readonly Group[]): Counted | null {
  const { bounds } = space.layer.einsum;
  const largest = Math.max(...bounds) - 1;
  const tilesUpTo = (most: number): readonly (readonly number[])[] =>
    bounds.map((bound) =>
      Array.from({ length: bound }, (_, i) => i + 1).filter((tile) => tile <= most || bound % tile === 0),
    );
  let [upTo, extents] = [0, tilesUpTo(1)];
  for (let most = 1; most <= largest; most = Math.max(most + 1, Math.floor(most * 1.1))) {
    const more = tilesUpTo(most);
    if (workOf(space, groups, more) > MOST_WORK) break;
    [upTo, extents] = [most, more];
  }
  const last = tilesUpTo(largest);
  if (workOf(space, groups, last) <= MOST_WORK) [upTo, extents] = [largest, last];
  if (upTo === 0) return null;
  const size = sizeOver(space, groups, extents, lettersOf);
  return size === null ? null : { size, upTo: upTo >= largest ? null : upTo };
}

/** Additions that are worth waiting for, a second or two. */
const MOST_WORK = 4e8;

/** Additions that it takes to walk down the groups, about. */
function workOf(space: Space, groups: readonly Group[], extents: readonly (readonly number[])[]): number {
  const letters = extents.reduce((n, { length }) => n + length, 0);
  const cells = cellsOf(extents);
  const rooms = roomsIn(space);
  if (cells * rooms > MOST_CELLS) return Infinity;
  return cells * letters * (groups.length * POLYNOMIAL + space.fanouts.length * 6 * rooms);
}
const POLYNOMIAL = 12;

const cellsOf = (extents: readonly (readonly number[])[]): number => extents.reduce((n, { length }) => n * length, 1);

/** The most rooms that a fan-out of the space may have left. */
const roomsIn = ({ fanouts }: Space): number =>
  Math.max(1, ...fanouts.map(({ x, y }) => roomsOf(x.size).length * roomsOf(y.size).length));

/** The letters from an extent to some of the smaller ones. */
type Letters = (extent: number, smaller: readonly number[]) => readonly Letter[];

function sizeOver(
  space: Space,
  groups: readonly Group[],
  extents: readonly (readonly number[])[],
  letters: Letters,
): bigint | null {
  const magnitude = walk(space, groups, latticeOf(extents, letters, false));
  if (!Number.isFinite(magnitude)) return null;
  const words = walk(space, groups, latticeOf(extents, letters, true));
  // Some ten thousand additions of numbers of either sign stand behind each cell.
  if (magnitude >= EXACT && magnitude * 1e-12 > words * 1e-9) return null;
  return BigInt(Math.round(words));
}

/** The extents left of every variable in mixed radix, and the letters that lead from each to smaller ones. */
function latticeOf(extents: readonly (readonly number[])[], letters: Letters, isSigned: boolean): Lattice {
  const strides: number[] = [];
  const first: Int32Array[] = [];
  const steps: number[] = [];
  const divisors: number[] = [];
  const signs: number[] = [];
  let size = 1;
  for (const own of extents) {
    const starts = new Int32Array(own.length + 1);
    own.forEach((extent, i) => {
      starts[i] = steps.length;
      for (const { by, iterations, sign } of letters(extent, own.slice(0, i))) {
        steps.push((i - own.indexOf(by)) * size);
        divisors.push(iterations);
        signs.push(isSigned ? Number(sign) : Math.abs(Number(sign)));
      }
    });
    starts[own.length] = steps.length;
    first.push(starts);
    strides.push(size);
    size *= own.length;
  }
  return {
    size,
    strides: Int32Array.from(strides),
    radices: Int32Array.from(extents, ({ length }) => length),
    first,
    steps: Int32Array.from(steps),
    divisors: Int32Array.from(divisors),
    signs: Float64Array.from(signs),
  };
}

/** The Möbius function: 0 where a square divides n, else −1 to the number of prime factors. */
export function moebius(n: number): number {
  let [rest, sign] = [n, 1];
  for (let prime = 2; prime * prime <= rest; prime++) {
    if (rest % prime !== 0) continue;
    rest /= prime;
    if (rest % prime === 0) return 0;
    sign = -sign;
  }
  return rest > 1 ? -sign : sign;
}

/** What has come down so far, by the variables whose loops may still stand below. */
type Open = Map<string, { readonly allowed: readonly boolean[]; readonly words: Float64Array }>;

function walk(space: Space, groups: readonly Group[], lattice: Lattice): number {
  let open: Open = new Map();
  groups.forEach((group, i) => {
    const next: Open = new Map();
    for (const { allowed, words } of open.values()) {
      const narrower = both(allowed, group.below);
      const reached = through(lattice, group.fanout, words, allowed, false);
      add(next, narrower, temporal(lattice, reached, narrower, keepsOfGroup(group)));
      if (isOptional(group))
        add(next, allowed, group.fanout === null ? words : through(lattice, group.fanout, words, allowed, true));
    }
    for (const { allowed, keeps } of sourcesIn(space, groups, i)) {
      const start = new Float64Array(lattice.size);
      start[lattice.size - 1] = 1;
      add(next, allowed, temporal(lattice, start, allowed, keeps));
    }
    open = next;
  });
  let total = 0;
  for (const { allowed, words } of open.values()) total += temporal(lattice, words, allowed, () => 1n)[0] ?? 0;
  return total;
}

const both = (a: readonly boolean[], b: readonly boolean[]): readonly boolean[] => a.map((x, v) => x && b[v] === true);
const mask = (allowed: readonly boolean[]): Uint8Array => Uint8Array.from(allowed, Number);
const isOptional = (group: Group): boolean => group.storages.every(({ must }) => must === 0);

function add(open: Open, allowed: readonly boolean[], words: Float64Array): void {
  const key = String(allowed);
  const known = open.get(key);
  open.set(key, { allowed, words: known === undefined ? words : known.words.map((n, i) => n + (words[i] ?? 0)) });
}

/** A zone of temporal loops, with the ways to place keep nodes around 0, 1, … of them. */
function temporal(
  lattice: Lattice,
  words: Float64Array,
  allowed: readonly boolean[],
  keeps: (loops: number) => bigint,
): Float64Array {
  const { radices, steps } = lattice;
  const most = steps.length === 0 ? 0 : radices.reduce((n, radix) => n + radix - 1, 0);
  if (most <= FEW) {
    const weights = Float64Array.from({ length: most + 1 }, (_, loops) => Number(keeps(loops)));
    return temporalWords(lattice, words, mask(allowed), weights);
  }
  const { differences, odd } = polynomialOf(keeps);
  return polynomialWords(lattice, words, mask(allowed), differences, odd);
}

/** Numbers of loops that are gone through one by one. */
const FEW = 12;
/** Nodes of a group at most: tensors × storages. */
const MOST_DEGREE = 24;

/**
 * Ways to place nodes around loops are a polynomial from two loops on, whose degree is the number of nodes: its forward differences at 0, and what
 * the ways are more than it at 0 and at 1.
 */
function polynomialOf(keeps: (loops: number) => bigint): {
  readonly differences: Float64Array;
  readonly odd: readonly [number, number];
} {
  let row = Array.from({ length: MOST_DEGREE + 2 }, (_, i) => keeps(i + 2));
  const atTwo: bigint[] = [];
  while (row.some((n) => n !== 0n)) {
    atTwo.push(row[0] ?? 0n);
    row = row.slice(1).map((n, i) => n - (row[i] ?? 0n));
  }
  if (row.length === 0) throw new Error("ways to place nodes are no polynomial");
  // Two steps back: Δʲ(n − 1) = Δʲ(n) − Δʲ⁺¹(n − 1), the highest first.
  const back = (of: readonly bigint[]): readonly bigint[] => {
    let above = 0n;
    const lower = of.toReversed().map((difference) => {
      above = difference - above;
      return above;
    });
    return lower.reverse();
  };
  const atOne = back(atTwo);
  const atZero = back(atOne);
  const odd = [Number(keeps(0) - (atZero[0] ?? 0n)), Number(keeps(1) - (atOne[0] ?? 0n))] as const;
  return { differences: Float64Array.from(atZero, Number), odd };
}

/** The zone above a group: temporal loops and those of its fan-out; where the group keeps nothing, ended by a spatial loop. */
function through(
  lattice: Lattice,
  fanout: FanoutPlace | null,
  words: Float64Array,
  allowed: readonly boolean[],
  endsSpatial: boolean,
): Float64Array {
  if (fanout === null) return temporal(lattice, words, allowed, () => 1n);
  const { x, y } = fanout;
  const axis = (place: typeof x): { rooms: Int32Array; allowed: Uint8Array } => ({
    rooms: Int32Array.from(roomsOf(place.size)),
    allowed: mask(both(allowed, place.allowed)),
  });
  return meshWords(lattice, words, mask(allowed), axis(x), axis(y), endsSpatial);
}

/** Every ⌊size ÷ n⌋ ≥ 1, descending: how many times as many instances an axis has still room for. */
function roomsOf(size: number): readonly number[] {
  const rooms: number[] = [];
  for (let room = size; room >= 1; room = Math.floor(size / (Math.floor(size / room) + 1))) rooms.push(room);
  return rooms;
}

/** The trees whose last source is in this group, by the variables that it and those above leave: ways to place nodes around n loops. */
function sourcesIn(
  { everything }: Space,
  groups: readonly Group[],
  source: number,
): readonly { readonly allowed: readonly boolean[]; readonly keeps: (loops: number) => bigint }[] {
  const last = groups[source];
  if (last === undefined) return [];
  const above = groups.slice(0, source);
  const found: { allowed: readonly boolean[]; keeps: (loops: number) => bigint }[] = [];
  for (let present = 0; present < 2 ** above.length; present++) {
    const outer = above.filter((_, i) => (present >> i) % 2 === 1);
    if (above.some((group, i) => (present >> i) % 2 === 0 && !isOptional(group))) continue;
    const keeps = keepsWithSources(outer, last, everything);
    if (keeps === null) continue;
    found.push({ allowed: [...outer, last].map((group) => group.below).reduce(both), keeps });
  }
  return found;
}
