import type { ReusePolicy } from "../../arch-specs/index.js";
import { type Box, isSame, type Shaped, shaped, type Window, wordsIn } from "./boxes.js";
import type { FirstVisits } from "./first-visits.js";
import { keptBy, namesOf, type State, shifted } from "./held.js";
import { different, type Message } from "./messages.js";
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
  /** Where the words first held must be told one by one: outputs whose tiles overlap, of instances that differ. */
  readonly firstVisits: FirstVisits | null;
}
export interface FoldedLoop {
  readonly variable: number;
  readonly by: number;
  /** How far an iteration moves the tile, per axis. */
  readonly step: readonly number[];
  /** Whether the variable moves the tile at all. */
  readonly isRelevant: boolean;
}

/** Instances that behave alike: rows that stand for theirs, and where their tiles lie relative to that of the rows 0. */
export interface Kind {
  readonly rows: readonly number[];
  /** One an instance, per axis; all different. */
  readonly places: readonly (readonly number[])[];
}

/** Words that the instances move in the whole run; what several ask for, or give back, at one step counts once. */
export interface Moved {
  readonly requested: number;
  /** Of these, at steps other than the first of all irrelevant loops. */
  readonly requestedAgain: number;
  /** Of these, words that no asking instance ever held before; known only where `firstVisits` is given. */
  readonly fresh: number;
  /** The end of the run included. */
  readonly drained: number;
}

interface Outcome {
  readonly tally: Tally;
  /** Of the kinds that work here, in order. */
  readonly states: readonly State[];
}
type Tally = readonly [requested: number, again: number, fresh: number, drained: number];
const NOTHING: Tally = [0, 0, 0, 0];

/**
 * Counts by folding the loop tree. Below a loop, all that matters of the past is what each kind holds relative to the
 * origin of the iteration. So an iteration is a function of (extents below, held tiles), and remembered as such; a run of
 * equal iterations goes on until the held tiles repeat, and what was moved in a period is multiplied by the periods left.
 * Kinds that idle throughout a subtree are left out of it, as they keep what they hold.
 *
 * Where words are clipped at the edges of the tensor, the origin matters too, but only where an edge is within reach.
 */
export function fold(nest: FoldedNest, kinds: readonly Kind[]): Moved {
  const [requested, requestedAgain, fresh, drained] = new Folding(nest, kinds).run();
  return { requested, requestedAgain, fresh, drained };
}

class Folding {
  private readonly nest: FoldedNest;
  private readonly kinds: readonly Kind[];
  private readonly window: Window;
  private readonly isClipped: boolean;
  private readonly contexts: Context[];
  /** Where the tile of the rows 0 lies in the tensor. */
  private readonly origin: number[];
  /** Per variable, where the range of row 0 starts. */
  private readonly starts: number[];
  private readonly known = new Map<string, Outcome>();
  /** Words of sets of messages, by name. */
  private readonly counted = new Map<string, number>();

  constructor(nest: FoldedNest, kinds: readonly Kind[]) {
    this.nest = nest;
    this.kinds = kinds;
    this.window = nest.projection;
    this.isClipped = nest.projection.clipped.includes(true);
    this.contexts = nest.tracks.map((track) => track.start);
    this.origin = [...nest.projection.offsets];
    this.starts = nest.tracks.map(() => 0);
  }

  run(): Tally {
    const kinds = this.working();
    const nothing = kinds.map(() => null);
    const { tally, states } = this.within(0, this.nest.role === "output", nothing);
    const left = kinds.flatMap((kind, i): readonly Message[] => {
      const held = states[i] ?? null;
      return held === null ? [] : [{ kind, whole: held.box, hole: null }];
    });
    return plus(tally, [0, 0, 0, this.together(left, false).words], 1);
  }

  /** The kinds that work somewhere below. */
  private working(): readonly Kind[] {
    return this.kinds.filter(({ rows }) => this.contexts.every((context, v) => context.works[rows[v] ?? 0] === true));
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

  /** All iterations of a loop; states come in and go out relative to the origin of the first. */
  private iterate(loop: FoldedLoop, depth: number, isFirst: boolean, entered: readonly State[]): Outcome {
    const above = this.contexts[loop.variable];
    if (above === undefined) throw new Error(`no variable ${loop.variable}`);
    const kinds = this.working();
    const states = [...entered];
    let tally = NOTHING;
    let k = 0;
    for (const { count, next } of above.segments) {
      this.contexts[loop.variable] = next;
      const awake = kinds.flatMap(({ rows }, i) => (next.works[rows[loop.variable] ?? 0] === true ? [i] : []));
      const seen = new Map<string, { readonly k: number; readonly tally: Tally }>();
      let held = awake.map((i) => shifted(states[i] ?? null, loop.step, -k));
      const end = k + count;
      while (k < end) {
        const first = isFirst && (loop.isRelevant || k === 0);
        if (!this.isPositional(loop, first)) {
          const key = `${first} ${this.edgeName(held)} ${namesOf(held)}`;
          const earlier = seen.get(key);
          if (earlier !== undefined) {
            const period = k - earlier.k;
            const periods = Math.floor(this.alike(loop, held, end - k) / period);
            tally = plus(tally, plus(tally, earlier.tally, -1), periods);
            this.advance(loop, periods * period);
            k += periods * period;
            seen.clear();
            if (periods > 0) continue;
          }
          seen.set(key, { k, tally });
        }
        const outcome = this.within(depth + 1, first, held);
        tally = plus(tally, outcome.tally, 1);
        held = outcome.states.map((state) => shifted(state, loop.step, -1));
        this.advance(loop, 1);
        k++;
      }
      awake.forEach((i, j) => {
        states[i] = shifted(held[j] ?? null, loop.step, k);
      });
    }
    this.advance(loop, -k);
    this.contexts[loop.variable] = above;
    return { tally, states };
  }

  private advance({ variable, step, by }: FoldedLoop, iterations: number): void {
    step.forEach((s, axis) => {
      this.origin[axis] = (this.origin[axis] ?? 0) + iterations * s;
    });
    this.starts[variable] = (this.starts[variable] ?? 0) + iterations * by;
  }

  /** One step: every working kind takes its box. */
  private visit(isFirst: boolean, states: readonly State[]): Outcome {
    const asked: Message[] = [];
    const given: Message[] = [];
    const after = this.working().map((kind, i) => {
      const box = this.boxOf(kind);
      const held = states[i] ?? null;
      if (held !== null && isSame(held.box, box)) return held;
      const { kept, sliding } = keptBy(this.nest.reuse, held, box);
      asked.push({ kind, whole: box, hole: kept });
      if (held !== null && this.nest.role === "output") given.push({ kind, whole: held.box, hole: kept });
      return { box, sliding, name: null };
    });
    const { words, fresh } = this.together(asked, isFirst);
    return { tally: [words, isFirst ? 0 : words, fresh, this.together(given, false).words], states: after };
  }

  /** The words of the different sets among the messages, and those of them that nobody held before. */
  private together(messages: readonly Message[], isFirst: boolean): { readonly words: number; readonly fresh: number } {
    const { firstVisits } = this.nest;
    const [only] = messages;
    if (only === undefined) return { words: 0, fresh: 0 };
    const isListed = isFirst && firstVisits !== null;
    if (messages.length === 1 && !this.isClipped && !isListed)
      return { words: this.sizeOf(only) * only.kind.places.length, fresh: 0 };
    const shapes = messages.map(({ whole, hole }) => shaped(whole, hole));
    if (!this.isClipped && !isListed) {
      const name = messages.map(({ kind }, i) => `${this.kinds.indexOf(kind)} ${shapes[i]?.shape} ${shapes[i]?.low}`);
      return { words: this.differentWords(name.join(";"), messages, shapes), fresh: 0 };
    }
    let [words, fresh] = [0, 0];
    for (const { message, place, senders } of different(messages, shapes)) {
      words += this.sizeOf(message, place);
      if (isListed) fresh += firstVisits(senders, this.starts, this.contexts);
    }
    return { words, fresh };
  }

  /** The same messages come up at many steps. */
  private differentWords(name: string, messages: readonly Message[], shapes: readonly Shaped[]): number {
    const seen = this.counted.get(name);
    if (seen !== undefined) return seen;
    let words = 0;
    for (const { message } of different(messages, shapes)) words += this.sizeOf(message);
    this.counted.set(name, words);
    return words;
  }

  private sizeOf({ whole, hole }: Message, place: readonly number[] = []): number {
    const origin = this.isClipped ? this.origin.map((x, axis) => x + (place[axis] ?? 0)) : this.origin;
    const kept = hole === null ? 0 : wordsIn(hole, origin, this.window);
    return wordsIn(whole, origin, this.window) - kept;
  }

  private boxOf({ rows }: Kind): Box {
    const low = this.origin.map(() => 0);
    const high = this.origin.map(() => 1);
    this.nest.projection.coefficients.forEach((perAxis, v) => {
      stretch(low, high, perAxis, (this.contexts[v]?.extents[rows[v] ?? 0] ?? 1) - 1);
    });
    return { low, high };
  }

  /** Names what the outcome of a subtree depends on besides held tiles and edges. */
  private placeName(isFirst: boolean): string {
    const { projection, firstVisits } = this.nest;
    const names = this.contexts.map((context, v) =>
      context.segments.length === 0 && !isRelevant(projection, v)
        ? this.kinds.map(({ rows }) => (context.works[rows[v] ?? 0] === true ? 1 : 0)).join("")
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
    if (!this.isClipped) return "";
    const names = this.window.clipped.map((clipped, axis) => {
      if (!clipped) return "";
      const { low, high } = this.reach(axis, states);
      return low >= 0 && high <= (this.window.shape[axis] ?? 0) ? "inside" : this.origin[axis];
    });
    return names.join();
  }

  /** For how many of the next iterations `edgeName` stays the same, at most `left`. */
  private alike({ step }: FoldedLoop, states: readonly State[], left: number): number {
    if (!this.isClipped) return left;
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

  /** The part of an axis, in the tensor's coordinates, that the working kinds hold or may visit in this subtree. */
  private reach(axis: number, states: readonly State[]): { readonly low: number; readonly high: number } {
    const origin = this.origin[axis] ?? 0;
    let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    this.working().forEach(({ rows, places }, i) => {
      const held = states[i] ?? null;
      const [low, high] = [[0], [1]];
      this.nest.projection.coefficients.forEach((perAxis, v) => {
        stretch(low, high, [perAxis[axis] ?? 0], (this.contexts[v]?.spreads[rows[v] ?? 0] ?? 1) - 1);
      });
      const from = Math.min(low[0] ?? 0, held?.box.low[axis] ?? Number.POSITIVE_INFINITY);
      const to = Math.max(high[0] ?? 0, held?.box.high[axis] ?? Number.NEGATIVE_INFINITY);
      for (const place of places) {
        lowest = Math.min(lowest, origin + from + (place[axis] ?? 0));
        highest = Math.max(highest, origin + to + (place[axis] ?? 0));
      }
    });
    return { low: lowest, high: highest };
  }
}

const plus = (a: Tally, b: Tally, times: number): Tally => [
  a[0] + times * b[0],
  a[1] + times * b[1],
  a[2] + times * b[2],
  a[3] + times * b[3],
];

/** Widens the intervals by the reach of a variable whose last value is `last`. */
function stretch(low: number[], high: number[], coefficients: readonly number[], last: number): void {
  if (last === 0) return;
  for (let axis = 0; axis < coefficients.length; axis++) {
    const reach = (coefficients[axis] ?? 0) * last;
    if (reach < 0) low[axis] = (low[axis] ?? 0) + reach;
    else high[axis] = (high[axis] ?? 0) + reach;
  }
}
