import { ceilDiv, divisorsOf } from "../base/index.js";
import type { Zone } from "./mapspace.js";

/** How the loops of one variable may be spread over the zones, and in how many (signed) ways. */
export interface Chain {
  /** Letters by zone; the one that ends a zone is not among them. */
  readonly letters: readonly number[];
  /** By zone: whether this variable's spatial letter ends it. */
  readonly ends: readonly boolean[];
  /** Instances used, along x and y of each zone's fan-out. */
  readonly instances: readonly { readonly x: number; readonly y: number }[];
  readonly ways: bigint;
}

/** A letter: one loop, or a run of neighbours that could be one, by the product of their iterations; the sign is the run's. */
export interface Letter {
  readonly by: number;
  readonly iterations: number;
  readonly sign: bigint;
}

/** A chain so far: what is left of the variable, and whether its last letter in the present zone is spatial. */
interface State extends Chain {
  readonly extent: number;
  readonly lastSpatial: boolean;
}

/** Steps that are worth waiting for, a second or so. */
const MOST_STEPS = 200_000;

/** All chains of a variable from its bound down to 1; null where they are too many to count. */
export function chainsOf(
  variable: number,
  bound: number,
  zones: readonly Zone[],
  imperfect: boolean,
): readonly Chain[] | null {
  const letters = new Map<number, readonly Letter[]>();
  const lettersFrom = (extent: number): readonly Letter[] => {
    const tiles = imperfect ? Array.from({ length: extent - 1 }, (_, i) => i + 1) : divisorsOf(extent).slice(0, -1);
    const known = letters.get(extent) ?? lettersOf(extent, tiles);
    letters.set(extent, known);
    return known;
  };
  let steps = 0;
  let states = new Map<string, State>();
  add(states, {
    letters: zones.map(() => 0),
    ends: zones.map(() => false),
    instances: zones.map(() => ({ x: 1, y: 1 })),
    ways: 1n,
    extent: bound,
    lastSpatial: false,
  });
  for (const [z, zone] of zones.entries()) {
    if (zone.allowed[variable] !== true) continue;
    const done = new Map<string, State>();
    let open = states;
    while (open.size > 0) {
      const next = new Map<string, State>();
      for (const state of open.values()) {
        for (const closed of closings(state, z, zone)) add(done, closed);
        for (const letter of lettersFrom(state.extent))
          for (const after of withLetter(state, letter, z, zone, variable)) {
            add(next, after);
            if (++steps > MOST_STEPS) return null;
          }
      }
      open = next;
    }
    states = done;
  }
  return [...states.values()].filter(({ extent, ways }) => extent === 1 && ways !== 0n);
}

function add(states: Map<string, State>, state: State): void {
  const places = state.instances.map(({ x, y }) => `${x},${y}`).join(" ");
  const key = `${state.extent} ${state.letters.join(" ")} ${state.ends.join(" ")} ${places} ${state.lastSpatial}`;
  const known = states.get(key);
  states.set(key, known === undefined ? state : { ...known, ways: known.ways + state.ways });
}

/** One letter more in the zone: temporal, or spatial along an axis that has room. */
function withLetter(state: State, letter: Letter, z: number, zone: Zone, variable: number): readonly State[] {
  const longer = {
    ...state,
    letters: state.letters.with(z, (state.letters[z] ?? 0) + 1),
    ways: state.ways * letter.sign,
    extent: letter.by,
  };
  const { fanout } = zone;
  const used = state.instances[z];
  if (fanout === null || used === undefined) return [{ ...longer, lastSpatial: false }];
  const spatial = (["x", "y"] as const).flatMap((axis) => {
    const along = used[axis] * letter.iterations;
    if (fanout[axis].allowed[variable] !== true || along > fanout[axis].size) return [];
    return [{ ...longer, instances: state.instances.with(z, { ...used, [axis]: along }), lastSpatial: true }];
  });
  return [{ ...longer, lastSpatial: false }, ...spatial];
}

/** The chain leaves the zone; where zones end with a spatial loop, its last letter may be that one. */
function closings(state: State, z: number, zone: Zone): readonly State[] {
  const inside = { ...state, lastSpatial: false };
  if (!zone.endsSpatial || !state.lastSpatial) return [inside];
  const letters = state.letters.with(z, (state.letters[z] ?? 0) - 1);
  return [inside, { ...inside, letters, ends: state.ends.with(z, true) }];
}

/** Runs of loops from the extent to `by`: the first loop goes to one of the tiles, a multiple of `by`, all others divide exactly. */
export function lettersOf(extent: number, tiles: readonly number[]): readonly Letter[] {
  const found = new Map<string, Letter>();
  for (const first of tiles)
    for (const by of divisorsOf(first)) {
      const iterations = ceilDiv(extent, first) * (first / by);
      const key = `${by} ${iterations}`;
      const sign = (found.get(key)?.sign ?? 0n) + BigInt(moebius(first / by));
      found.set(key, { by, iterations, sign });
    }
  return [...found.values()].filter(({ sign }) => sign !== 0n);
}

/** The Möbius function: 0 where a square divides n, else −1 to the number of prime factors. */
function moebius(n: number): number {
  let [rest, sign] = [n, 1];
  for (let prime = 2; prime * prime <= rest; prime++) {
    if (rest % prime !== 0) continue;
    rest /= prime;
    if (rest % prime === 0) return 0;
    sign = -sign;
  }
  return rest > 1 ? -sign : sign;
}
