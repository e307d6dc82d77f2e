import { divisorsOf } from "../base/index.js";
import type { Group } from "./mapspace.js";
import { keepsOfGroup, keepsWithSources } from "./mapspace-keeps.js";
import { type Lattice, meshWords, temporalWords } from "./mapspace-lattice.kernel.js";
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
  const { bounds } = space.layer.einsum;
  const cells = bounds.reduce((n, bound) => n * divisorsOf(bound).length, 1);
  const most = Math.max(
    1,
    ...space.fanouts.map((fanout) => roomsOf(fanout.x.size).length * roomsOf(fanout.y.size).length),
  );
  if (cells * most > MOST_CELLS) return null;
  const magnitude = walk(space, groups, latticeOf(bounds, false));
  if (!Number.isFinite(magnitude)) return null;
  const words = walk(space, groups, latticeOf(bounds, true));
  // Some ten thousand additions of numbers of either sign stand behind each cell.
  if (magnitude >= EXACT && magnitude * 1e-12 > words * 1e-9) return null;
  return BigInt(Math.round(words));
}

/** The extents left of every variable in mixed radix, and the letters that lead from each to smaller ones. */
function latticeOf(bounds: readonly number[], isSigned: boolean): Lattice {
  const strides: number[] = [];
  const first: Int32Array[] = [];
  const steps: number[] = [];
  const divisors: number[] = [];
  const signs: number[] = [];
  let size = 1;
  for (const bound of bounds) {
    const extents = divisorsOf(bound);
    const starts = new Int32Array(extents.length + 1);
    extents.forEach((extent, i) => {
      starts[i] = steps.length;
      for (let j = 0; j < i; j++) {
        const by = extents[j] ?? 1;
        const sign = extent % by === 0 ? -moebius(extent / by) : 0;
        if (sign === 0) continue;
        steps.push((i - j) * size);
        divisors.push(extent / by);
        signs.push(isSigned ? sign : 1);
      }
    });
    starts[extents.length] = steps.length;
    first.push(starts);
    strides.push(size);
    size *= extents.length;
  }
  return {
    size,
    strides: Int32Array.from(strides),
    radices: Int32Array.from(bounds, (bound) => divisorsOf(bound).length),
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
      add(next, narrower, temporalWords(lattice, reached, mask(narrower), weights(keepsOfGroup(group), lattice)));
      if (isOptional(group))
        add(next, allowed, group.fanout === null ? words : through(lattice, group.fanout, words, allowed, true));
    }
    for (const { allowed, keeps } of sourcesIn(space, groups, i)) {
      const start = new Float64Array(lattice.size);
      start[lattice.size - 1] = 1;
      add(next, allowed, temporalWords(lattice, start, mask(allowed), weights(keeps, lattice)));
    }
    open = next;
  });
  let total = 0;
  for (const { allowed, words } of open.values())
    total +=
      temporalWords(
        lattice,
        words,
        mask(allowed),
        weights(() => 1n, lattice),
      )[0] ?? 0;
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

/** The ways to place keep nodes around 0, 1, … loops, as many as a zone can have. */
function weights(keeps: (loops: number) => bigint, { radices, steps }: Lattice): Float64Array {
  const most = steps.length === 0 ? 0 : radices.reduce((n, radix) => n + radix - 1, 0);
  return Float64Array.from({ length: most + 1 }, (_, loops) => Number(keeps(loops)));
}

/** The zone above a group: temporal loops and those of its fan-out; where the group keeps nothing, ended by a spatial loop. */
function through(
  lattice: Lattice,
  fanout: FanoutPlace | null,
  words: Float64Array,
  allowed: readonly boolean[],
  endsSpatial: boolean,
): Float64Array {
  if (fanout === null)
    return temporalWords(
      lattice,
      words,
      mask(allowed),
      weights(() => 1n, lattice),
    );
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
