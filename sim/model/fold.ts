import type { ReusePolicy } from "../../arch-specs/index.js";
import { type Box, intersection, isSame, moved, setName, type Window, wordsIn } from "./boxes.js";
import type { FirstVisits } from "./first-visits.js";
import { isCoupled, isRelevant, type Projection } from "./projection.js";
import type { Context, Track } from "./ranges.js";

/** The temporal loops above a node of one tensor, and what moves its tiles. */
export interface FoldedNest {
  readonly projection: Projection;
  readonly role: "input" | "output";
  readonly reuse: ReusePolicy;
  /** Outermost first. */
  readonly loops: readonly FoldedLoop[];
  /** Per variable, its loops above the node. */
  readonly tracks: readonly Track[];
  /** Where the words first held must be told one by one: outputs whose tiles overlap, of members that differ. */
  readonly firstVisits: FirstVisits | null;
}
export interface FoldedLoop {
  readonly variable: number;
  /** How far an iteration moves the tile, per axis. */
  readonly step: readonly number[];
  /** Whether the variable moves the tile at all. */
  readonly isRelevant: boolean;
  readonly by: number;
}

/** An instance: its row of every variable, and where its tile lies relative to that of the rows 0. */
export interface Member {
  readonly rows: readonly number[];
  readonly offset: readonly number[];
}

/** Words that the members move in the whole run; what several members ask for, or give back, at one step counts once. */
export interface Moved {
  readonly requested: number;
  /** Of these, at steps other than the first of all irrelevant loops. */
  readonly requestedAgain: number;
  /** Of these, words that no asking member ever held before; known only where `firstVisits` is given. */
  readonly fresh: number;
  /** The end of the run included. */
  readonly drained: number;
}

/** What an instance holds, relative to the current origin, and how it got there. */
interface Held {
  readonly box: Box;
  /** The vector of the last move; null after a whole fill, when any vector may follow. */
  readonly sliding: readonly number[] | null;
  readonly name: string;
}
type State = Held | null;

interface Outcome {
  readonly moved: Tally;
  /** Of the members that work here, in order. */
  readonly states: readonly State[];
}
type Tally = readonly [requested: number, again: number, fresh: number, drained: number];
const NOTHING: Tally = [0, 0, 0, 0];

const minus = (a: Tally, b: Tally): Tally => plus(a, b, -1);
const plus = (a: Tally, b: Tally, times: number): Tally => [
  a[0] + times * b[0],
  a[1] + times * b[1],
  a[2] + times * b[2],
  a[3] + times * b[3],
];

/**
 * Counts by folding the loop tree. Below a loop, all that matters of the past is what each member holds relative to the
 * origin of the iteration. So an iteration is a function of (extents below, held tiles), and remembered as such; a run of
 * equal iterations goes on until the held tiles repeat, and what was moved in a period is multiplied by the periods left.
 * Members that idle throughout a subtree are left out of it, as they keep what they hold.
 *
 * Where words are clipped at the edges of the tensor, the origin matters too, but only where an edge is within reach.
 */
export function fold(nest: FoldedNest, members: readonly Member[]): Moved {
  const folding = new Folding(nest, members);
  return folding.run();
}

class Folding {
  private readonly nest: FoldedNest;
  private readonly members: readonly Member[];
  private readonly window: Window;
  private readonly contexts: Context[];
  /** Where the tile of the rows 0 lies in the tensor. */
  private readonly origin: number[];
  /** Per variable, where the range of row 0 starts. */
  private readonly starts: number[];
  private readonly known = new Map<string, Outcome>();

  constructor(nest: FoldedNest, members: readonly Member[]) {
    this.nest = nest;
    this.members = members;
    this.window = nest.projection;
    this.contexts = nest.tracks.map((track) => track.start);
    this.origin = [...nest.projection.offsets];
    this.starts = nest.tracks.map(() => 0);
  }

  run(): Moved {
    const all = this.working();
    const { moved, states } = this.within(
      0,
      this.nest.role === "output",
      all.map(() => null),
    );
    const left = new Map(states.flatMap((held) => (held === null ? [] : [[setName(held.box, null), held.box]])));
    let drained = moved[3];
    for (const box of left.values()) drained += wordsIn(box, this.origin, this.window);
    return { requested: moved[0], requestedAgain: moved[1], fresh: moved[2], drained };
  }

  /** The members that work somewhere below. */
  private working(): readonly Member[] {
    return this.members.filter((member) => member.rows.every((row, v) => this.contexts[v]?.works[row] === true));
  }

  /** Everything under the loops from `depth` on. `isFirst`: all irrelevant loops so far are at their first iteration. */
  private within(depth: number, isFirst: boolean, states: readonly State[]): Outcome {
    const loop = this.nest.loops[depth];
    if (loop === undefined) return this.visit(isFirst, states);
    const key = `${depth} ${isFirst} ${this.placeName(isFirst)} ${this.edgeName(states)} ${namesOf(states)}`;
    const seen = this.known.get(key);
    if (seen !== undefined) return seen;
    const outcome = this.iterate(loop, depth, isFirst, states);
    this.known.set(key, outcome);
    return outcome;
  }

  private iterate(loop: FoldedLoop, depth: number, isFirst: boolean, entered: readonly State[]): Outcome {
    const above = this.contexts[loop.variable];
    if (above === undefined) throw new Error(`no variable ${loop.variable}`);
    const members = this.working();
    const states = [...entered];
    let total = NOTHING;
    let k = 0;
    for (const { count, next } of above.segments) {
      this.contexts[loop.variable] = next;
      const awake = members.flatMap((member, i) => (next.works[member.rows[loop.variable] ?? 0] === true ? [i] : []));
      const seen = new Map<string, { readonly k: number; readonly total: Tally }>();
      for (const end = k + count; k < end; k++) {
        const first = isFirst && (loop.isRelevant || k === 0);
        let before = awake.map((i) => shifted(states[i] ?? null, loop.step, -k));
        const key = `${first} ${this.edgeName(before)} ${namesOf(before)}`;
        const earlier = this.isPositional(loop, first) ? undefined : seen.get(key);
        if (earlier !== undefined) {
          const period = k - earlier.k;
          const periods = Math.floor(this.alike(loop, before, end - k) / period);
          total = plus(total, minus(total, earlier.total), periods);
          this.advance(loop, periods * period);
          k += periods * period;
          seen.clear();
          awake.forEach((i, j) => {
            states[i] = shifted(before[j] ?? null, loop.step, k);
          });
          if (k === end) break;
          before = awake.map((i) => shifted(states[i] ?? null, loop.step, -k));
        }
        seen.set(key, { k, total });
        const outcome = this.within(depth + 1, first, before);
        total = plus(total, outcome.moved, 1);
        awake.forEach((i, j) => {
          states[i] = shifted(outcome.states[j] ?? null, loop.step, k);
        });
        this.advance(loop, 1);
      }
    }
    this.advance(loop, -k);
    this.contexts[loop.variable] = above;
    return { moved: total, states };
  }

  private advance({ variable, step, by }: FoldedLoop, iterations: number): void {
    step.forEach((s, axis) => {
      this.origin[axis] = (this.origin[axis] ?? 0) + iterations * s;
    });
    this.starts[variable] = (this.starts[variable] ?? 0) + iterations * by;
  }

  /** One step: every working member takes its box. */
  private visit(isFirst: boolean, states: readonly State[]): Outcome {
    const members = this.working();
    const asked = new Map<string, Asked>();
    const given = new Map<string, number>();
    const after = members.map((member, i) => {
      const box = this.boxOf(member);
      const held = states[i] ?? null;
      if (held !== null && isSame(held.box, box)) return held;
      const { kept, sliding } = this.keep(held, box);
      const request = setName(box, kept);
      const group = asked.get(request);
      if (group === undefined) asked.set(request, { box, kept, members: [member] });
      else group.members.push(member);
      if (held !== null) given.set(setName(held.box, kept), this.sizeOf(held.box, kept));
      return nameHeld(box, sliding);
    });
    let [requested, fresh, drained] = [0, 0, 0];
    for (const { box, kept, members: together } of asked.values()) {
      requested += this.sizeOf(box, kept);
      if (isFirst) fresh += this.nest.firstVisits?.(together, this.starts, this.contexts) ?? 0;
    }
    for (const words of given.values()) drained += words;
    return { moved: [requested, isFirst ? 0 : requested, fresh, drained], states: after };
  }

  /** What a moving instance keeps, by the rules of the level's reuse, and the vector that may go on. */
  private keep(held: State, box: Box): { readonly kept: Box | null; readonly sliding: readonly number[] | null } {
    if (held === null || this.nest.reuse === "none") return { kept: null, sliding: null };
    if (this.nest.reuse === "overlap") return { kept: intersection(held.box, box), sliding: null };
    const vector = box.low.map((x, axis) => x - (held.box.low[axis] ?? 0));
    const goesOn = held.sliding === null || held.sliding.every((x, axis) => x === vector[axis]);
    return goesOn ? { kept: intersection(held.box, box), sliding: vector } : { kept: null, sliding: null };
  }

  private sizeOf(whole: Box, hole: Box | null): number {
    const kept = hole === null ? 0 : wordsIn(hole, this.origin, this.window);
    return wordsIn(whole, this.origin, this.window) - kept;
  }

  private boxOf(member: Member): Box {
    const low = [...member.offset];
    const high = member.offset.map((x) => x + 1);
    this.nest.projection.coefficients.forEach((perAxis, v) => {
      const last = (this.contexts[v]?.extents[member.rows[v] ?? 0] ?? 1) - 1;
      stretch(low, high, perAxis, last);
    });
    return { low, high };
  }

  /** Names what the outcome of a subtree depends on besides held tiles and edges. */
  private placeName(isFirst: boolean): string {
    const { projection, firstVisits } = this.nest;
    const names = this.contexts.map((context, v) =>
      context.segments.length === 0 && !isRelevant(projection, v)
        ? this.members.map((member) => (context.works[member.rows[v] ?? 0] === true ? 1 : 0)).join("")
        : context.id,
    );
    if (!isFirst || firstVisits === null) return names.join();
    return `${names} at ${this.starts.filter((_, v) => isCoupled(projection, v))}`;
  }

  /** Whether the loop's iterations differ in which words they visit first. */
  private isPositional({ variable }: FoldedLoop, isFirst: boolean): boolean {
    return isFirst && this.nest.firstVisits !== null && isCoupled(this.nest.projection, variable);
  }

  /** Names the origin on the axes where an edge of the tensor is within reach of what is held or will be visited. */
  private edgeName(states: readonly State[]): string {
    return this.window.clipped
      .flatMap((clipped, axis): readonly (string | number)[] => {
        if (!clipped) return [];
        const { low, high } = this.reach(axis, states);
        return low >= 0 && high <= (this.window.shape[axis] ?? 0) ? ["inside"] : [this.origin[axis] ?? 0];
      })
      .join();
  }

  /** For how many of the next iterations `edgeName` stays the same, at most `left`. */
  private alike({ step }: FoldedLoop, states: readonly State[], left: number): number {
    let iterations = left;
    this.window.clipped.forEach((clipped, axis) => {
      const stride = step[axis] ?? 0;
      if (!clipped || stride === 0) return;
      const { low, high } = this.reach(axis, states);
      const room = stride > 0 ? (this.window.shape[axis] ?? 0) - high : low;
      const isInside = low >= 0 && high <= (this.window.shape[axis] ?? 0);
      iterations = Math.min(iterations, isInside ? Math.floor(room / Math.abs(stride)) + 1 : 0);
    });
    return iterations;
  }

  /** The part of an axis, in the tensor's coordinates, that the working members hold or may visit in this subtree. */
  private reach(axis: number, states: readonly State[]): { readonly low: number; readonly high: number } {
    const origin = this.origin[axis] ?? 0;
    const low: number[] = [];
    const high: number[] = [];
    for (const member of this.working()) {
      const from = [member.offset[axis] ?? 0];
      const to = [(member.offset[axis] ?? 0) + 1];
      this.nest.projection.coefficients.forEach((perAxis, v) => {
        const last = (this.contexts[v]?.spreads[member.rows[v] ?? 0] ?? 1) - 1;
        stretch(from, to, [perAxis[axis] ?? 0], last);
      });
      low.push(...from);
      high.push(...to);
    }
    for (const held of states) {
      if (held === null) continue;
      low.push(held.box.low[axis] ?? 0);
      high.push(held.box.high[axis] ?? 0);
    }
    return { low: origin + Math.min(...low), high: origin + Math.max(...high) };
  }
}

interface Asked {
  readonly box: Box;
  readonly kept: Box | null;
  readonly members: Member[];
}

/** Widens the intervals by the reach of a variable whose last value is `last`. */
function stretch(low: number[], high: number[], coefficients: readonly number[], last: number): void {
  coefficients.forEach((coefficient, axis) => {
    if (coefficient < 0) low[axis] = (low[axis] ?? 0) + coefficient * last;
    else high[axis] = (high[axis] ?? 0) + coefficient * last;
  });
}

const nameHeld = (box: Box, sliding: readonly number[] | null): Held => ({
  box,
  sliding,
  name: `${box.low}|${box.high}|${sliding ?? ""}`,
});

const namesOf = (states: readonly State[]): string => states.map((held) => held?.name ?? "-").join(" ");

function shifted(held: State, step: readonly number[], times: number): State {
  if (held === null || times === 0 || step.every((s) => s === 0)) return held;
  return nameHeld(moved(held.box, step, times), held.sliding);
}
