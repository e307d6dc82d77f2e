import type { Fits, Packing } from "./packing.js";

const NONE = Number.POSITIVE_INFINITY;

/**
 * The least total of one row a group, packed exactly: rows count by the state of their use of the fan-outs (packing.ts). G groups,
 * s states.
 */
export class Packer {
  /** Per group, s: the least cost of a row of the state, Infinity for none; written by the user. */
  readonly least: readonly Float64Array[];
  /** Per group, s: the least total of all others beside a row of the state. */
  readonly through: readonly Float64Array[];
  private readonly packing: Packing;
  /** Per group: the states that some row has, and how many there are. */
  private readonly active: readonly Int32Array[];
  private readonly actives: Int32Array;
  /** Per group g: the least total of groups g, g + 1, … (of groups before g) beside a state. */
  private readonly back: readonly Float64Array[];
  private readonly front: readonly Float64Array[];

  constructor(packing: Packing, groups: number) {
    const each = (n: number): Float64Array[] => Array.from({ length: n }, () => new Float64Array(packing.states));
    this.packing = packing;
    this.least = each(groups);
    this.through = each(groups);
    this.active = Array.from({ length: groups }, () => new Int32Array(packing.states));
    this.actives = new Int32Array(groups);
    this.back = each(groups + 1);
    this.front = each(groups + 1);
  }

  /** The least total of the first `groups`; Infinity where nothing packs. Afterwards `choices` and `spread` may be called. */
  total(groups: number): number {
    const { back, least, active, actives, packing } = this;
    back[groups]!.set(packing.ends);
    if (groups === 0) return packing.ends[0]!;
    for (let g = groups - 1; g > 0; g--) {
      actives[g] = listed(least[g]!, active[g]!);
      stepBack(back[g]!, back[g + 1]!, least[g]!, active[g]!, actives[g]!, packing.fits);
    }
    actives[0] = listed(least[0]!, active[0]!);
    return leastSum(least[0]!, back[1]!, active[0]!, actives[0]!);
  }

  /** Writes the state of each group in a packing of the least total. */
  choices(groups: number, chosen: Int32Array): void {
    const { back, least, active, actives } = this;
    const { times, states } = this.packing;
    let s = 0;
    for (let g = 0; g < groups; g++) {
      const own = least[g]!;
      const list = active[g]!;
      const after = back[g + 1]!;
      let best = -1;
      let value = NONE;
      for (let a = 0; a < actives[g]!; a++) {
        const to = times[s * states + list[a]!]!;
        if (to < 0) continue;
        const y = own[list[a]!]! + after[to]!;
        if (y < value) {
          value = y;
          best = list[a]!;
        }
      }
      chosen[g] = best;
      s = times[s * states + best]!;
    }
  }

  /** Forward totals joined with the backward ones: sets `through`. */
  spread(groups: number): void {
    const { front, back, least, through, active, actives, packing } = this;
    front[0]!.fill(NONE);
    front[0]![0] = 0;
    for (let g = 0; g < groups; g++) {
      front[g + 1]!.fill(NONE);
      through[g]!.fill(NONE);
      for (let a = 0; a < actives[g]!; a++)
        spreadOver(active[g]![a]!, least[g]!, front[g]!, front[g + 1]!, back[g + 1]!, through[g]!, packing.fits);
    }
  }

  /** Per state: the least total of groups with these least costs, beside it. */
  beside(leasts: readonly Float64Array[]): Float64Array {
    const { fits, states, ends } = this.packing;
    const list = new Int32Array(states);
    let rest = ends;
    for (const own of leasts) {
      const here = new Float64Array(states);
      stepBack(here, rest, own, list, listed(own, list), fits);
      rest = here;
    }
    return rest;
  }
}

/** Lists the states that have a least cost. */
function listed(least: Float64Array, list: Int32Array): number {
  let n = 0;
  for (let k = 0; k < least.length; k++) if (least[k] !== NONE) list[n++] = k;
  return n;
}

/** here[s] = the least, over a group's states k that fit beside s, of own[k] + after[s·k]. */
function stepBack(
  here: Float64Array,
  after: Float64Array,
  own: Float64Array,
  list: Int32Array,
  n: number,
  { first, others, both }: Fits,
): void {
  here.fill(NONE);
  for (let a = 0; a < n; a++) {
    const k = list[a]!;
    const cost = own[k]!;
    const end = first[k + 1]!;
    for (let p = first[k]!; p < end; p++) {
      const y = cost + after[both[p]!]!;
      if (y < here[others[p]!]!) here[others[p]!] = y;
    }
  }
}

/** The least of own[k] + after[k] over a group's states: what `stepBack` finds beside state 0. */
function leastSum(own: Float64Array, after: Float64Array, list: Int32Array, n: number): number {
  let least = NONE;
  for (let a = 0; a < n; a++) {
    const y = own[list[a]!]! + after[list[a]!]!;
    if (y < least) least = y;
  }
  return least;
}

/** Lowers, by what a group's state k leads to, what comes before the next group, and what is least through the state. */
function spreadOver(
  k: number,
  own: Float64Array,
  here: Float64Array,
  after: Float64Array,
  rest: Float64Array,
  through: Float64Array,
  { first, others, both }: Fits,
): void {
  const cost = own[k]!;
  const end = first[k + 1]!;
  for (let p = first[k]!; p < end; p++) {
    const x = here[others[p]!]!;
    const to = both[p]!;
    if (x + cost < after[to]!) after[to] = x + cost;
    if (x + rest[to]! < through[k]!) through[k] = x + rest[to]!;
  }
}
