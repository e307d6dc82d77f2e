import type { Packing } from "./packing.js";

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
    const { back, least, active, actives } = this;
    const { times, states } = this.packing;
    back[groups]!.set(this.packing.ends);
    for (let g = groups - 1; g >= 0; g--) {
      actives[g] = listed(least[g]!, active[g]!);
      stepBack(back[g]!, back[g + 1]!, least[g]!, active[g]!, actives[g]!, times, g === 0 ? 1 : states);
    }
    return back[0]![0]!;
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
    const { front, back, least, through, active, actives } = this;
    const { times, states } = this.packing;
    front[0]!.fill(NONE);
    front[0]![0] = 0;
    for (let g = 0; g < groups; g++) {
      const own = least[g]!;
      const here = front[g]!;
      const after = front[g + 1]!.fill(NONE);
      const rest = back[g + 1]!;
      const out = through[g]!.fill(NONE);
      for (let s = 0; s < states; s++) {
        const x = here[s]!;
        if (x === NONE) continue;
        for (let a = 0; a < actives[g]!; a++) {
          const k = active[g]![a]!;
          const to = times[s * states + k]!;
          if (to < 0) continue;
          if (x + own[k]! < after[to]!) after[to] = x + own[k]!;
          if (x + rest[to]! < out[k]!) out[k] = x + rest[to]!;
        }
      }
    }
  }

  /** Per state: the least total of groups with these least costs, beside it. */
  beside(leasts: readonly Float64Array[]): Float64Array {
    const { times, states, ends } = this.packing;
    const list = new Int32Array(states);
    let rest = ends;
    for (const own of leasts) {
      const here = new Float64Array(states);
      stepBack(here, rest, own, list, listed(own, list), times, states);
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

/** here[s] = the least, over a group's states k that fit beside s, of own[k] + after[s·k]; for the first `upTo` states. */
function stepBack(
  here: Float64Array,
  after: Float64Array,
  own: Float64Array,
  list: Int32Array,
  n: number,
  times: Int32Array,
  upTo: number,
): void {
  const states = after.length;
  for (let s = 0; s < upTo; s++) {
    let least = NONE;
    const row = s * states;
    for (let a = 0; a < n; a++) {
      const k = list[a]!;
      const to = times[row + k]!;
      if (to < 0) continue;
      const y = own[k]! + after[to]!;
      if (y < least) least = y;
    }
    here[s] = least;
  }
}
