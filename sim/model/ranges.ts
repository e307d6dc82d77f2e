import { arePerfect, type Loop, type SpatialLoop } from "./loops.js";

/**
 * What the loops of one rank variable make of its range, for all *rows* at once: a row is one combination of indices of
 * its spatial loops, outer ones more significant. Loops of other variables do not touch it.
 */
export interface Track {
  /** The spatial loops, outermost first. */
  readonly digits: readonly SpatialLoop[];
  readonly rows: number;
  readonly start: Context;
  readonly contexts: readonly Context[];
}

/** The extents of all rows between two temporal loops of the variable; equal extents make one context. */
export interface Context {
  /** Unique within the track. */
  readonly id: number;
  /** Iterations of the next temporal loop in runs that look alike; empty under the last one. */
  readonly segments: readonly Segment[];
  /** Per row (all digits): its extent under all loops, 0 where it idles; empty above the last temporal loop. */
  readonly extents: readonly number[];
  /** Per row (all digits): whether it works anywhere below. */
  readonly works: readonly boolean[];
  /** Per row (all digits): how far its range spreads below, first to last value, gaps included. */
  readonly spreads: readonly number[];
}
export interface Segment {
  readonly count: number;
  readonly next: Context;
}

/** Follows the loops of a variable, outermost first, from [0, bound). */
export function trackOf(bound: number, loops: readonly Loop[]): Track {
  const digits = loops.filter((loop) => loop.kind === "spatial");
  const rows = digits.reduce((n, digit) => n * digit.count, 1);
  if (arePerfect(loops)) return { digits, rows, ...perfectContexts(bound, loops, rows) };
  const known = new Map<string, Context>();
  const contexts: Context[] = [];

  const contextOf = (place: number, extents: readonly number[]): Context => {
    const key = `${place}:${extents.join()}`;
    const seen = known.get(key);
    if (seen !== undefined) return seen;
    const made = follow(place, extents);
    const context = { id: contexts.length, ...made };
    contexts.push(context);
    known.set(key, context);
    return context;
  };
  const follow = (place: number, extents: readonly number[]): Omit<Context, "id"> => {
    let [at, rest] = [place, extents];
    let loop = loops[at];
    for (; loop?.kind === "spatial"; loop = loops[++at]) rest = spreadOver(rest, loop);
    if (loop === undefined)
      return { segments: [], extents: rest, works: rest.map((extent) => extent > 0), spreads: rest };
    const runs = runsOf(rest, loop.by);
    const below = at + 1;
    const segments = runs.map((run) => ({ count: run.count, next: contextOf(below, run.extents) }));
    return { segments, extents: [], works: segments[0]?.next.works ?? [], spreads: spreadsOf(rest, loop.by, segments) };
  };
  const start = contextOf(0, [bound]);
  return { digits, rows, start, contexts };
}

/** Where all tiles are full, one context follows the other, and all rows are alike. */
function perfectContexts(
  bound: number,
  loops: readonly Loop[],
  rows: number,
): { readonly start: Context; readonly contexts: readonly Context[] } {
  const last = loops.at(-1)?.by ?? bound;
  const works = new Array<boolean>(rows).fill(true);
  const extents = new Array<number>(rows).fill(last);
  let start: Context = { id: 0, segments: [], extents, works, spreads: extents };
  const contexts = [start];
  let spread = last;
  for (const { kind, by, count } of [...loops].reverse()) {
    if (kind === "spatial") continue;
    spread += (count - 1) * by;
    const spreads = new Array<number>(rows).fill(spread);
    start = { id: contexts.length, segments: [{ count, next: start }], extents: [], works, spreads };
    contexts.push(start);
  }
  return { start, contexts };
}

/**
 * The same for one row, and only for the steps in which it works: temporal loops make as many iterations as its own range
 * has, and iterations in which it idles all the way down are left out. Which they are is the row's own affair, variable
 * by variable; so an instance's active steps are again all combinations.
 */
export function ownTrackOf(bound: number, loops: readonly Loop[], row: number): Track {
  const digits = loops.filter((loop) => loop.kind === "spatial");
  const indices: number[] = [];
  let rest = row;
  for (const { count } of [...digits].reverse()) {
    indices.unshift(rest % count);
    rest = Math.floor(rest / count);
  }
  const own = loops.map((loop) => ({ ...loop, index: loop.kind === "spatial" ? (indices.shift() ?? 0) : 0 }));
  const known = new Map<string, Context | null>();
  const contexts: Context[] = [];
  const contextOf = (place: number, extent: number): Context | null => {
    const key = `${place}:${extent}`;
    const seen = known.get(key);
    if (seen !== undefined) return seen;
    let [at, left] = [place, extent];
    let loop = own[at];
    for (; loop?.kind === "spatial"; loop = own[++at]) left = Math.min(loop.by, left - loop.index * loop.by);
    const made = left <= 0 ? null : within(left, loop, at + 1);
    const context = made === null ? null : { id: contexts.length, works: [true], ...made };
    if (context !== null) contexts.push(context);
    known.set(key, context);
    return context;
  };
  const within = (extent: number, loop: Loop | undefined, below: number): Omit<Context, "id" | "works"> | null => {
    if (loop === undefined) return { segments: [], extents: [extent], spreads: [extent] };
    const segments = runsOf([extent], loop.by).flatMap((run): readonly Segment[] => {
      const next = contextOf(below, run.extents[0] ?? 0);
      return next === null ? [] : [{ count: run.count, next }];
    });
    const [first] = segments;
    if (first === undefined) return null;
    const trips = segments.reduce((n, segment) => n + segment.count, 0);
    return { segments, extents: [], spreads: [(trips - 1) * loop.by + (first.next.spreads[0] ?? 0)] };
  };
  const start = contextOf(0, bound);
  if (start === null) throw new Error(`row ${row} never works`);
  return { digits: [], rows: 1, start, contexts };
}

/** One row becomes as many as the spatial loop has iterations. */
function spreadOver(extents: readonly number[], { by, count }: Loop): readonly number[] {
  return extents.flatMap((extent) =>
    Array.from({ length: count }, (_, index) => Math.min(by, Math.max(0, extent - index * by))),
  );
}

/** The iterations of a temporal loop, as many as row 0 has, in runs of equal extents of all rows. */
function runsOf(
  extents: readonly number[],
  by: number,
): readonly { readonly count: number; readonly extents: readonly number[] }[] {
  const trips = Math.ceil((extents[0] ?? 0) / by);
  const runs: { count: number; extents: readonly number[] }[] = [];
  for (let k = 0; k < trips; ) {
    const left = extents.map((extent) => Math.max(0, extent - k * by));
    let count = trips - k;
    for (const extent of left) if (extent > 0) count = Math.min(count, Math.max(1, Math.floor(extent / by)));
    runs.push({ count, extents: left.map((extent) => Math.min(by, extent)) });
    k += count;
  }
  return runs;
}

function spreadsOf(extents: readonly number[], by: number, segments: readonly Segment[]): readonly number[] {
  const first = segments[0]?.next.spreads ?? [];
  const copies = first.length / extents.length;
  return first.map((spread, row) => {
    const extent = extents[Math.floor(row / copies)] ?? 0;
    return spread === 0 ? 0 : (Math.ceil(extent / by) - 1) * by + spread;
  });
}

/** How often each final context comes up in a run of the variable's temporal loops. */
export function timesOf(track: Track): ReadonlyMap<Context, number> {
  const known = new Map<Context, ReadonlyMap<Context, number>>();
  const within = (context: Context): ReadonlyMap<Context, number> => {
    const seen = known.get(context);
    if (seen !== undefined) return seen;
    const times = new Map<Context, number>();
    if (context.segments.length === 0) times.set(context, 1);
    for (const { count, next } of context.segments)
      for (const [last, n] of within(next)) times.set(last, (times.get(last) ?? 0) + count * n);
    known.set(context, times);
    return times;
  };
  return within(track.start);
}

/** Every iteration of the variable's temporal loops, in order: where row 0 starts, and the extents. */
export function positionsOf(track: Track, loops: readonly Loop[]): readonly { start: number; context: Context }[] {
  const temporal = loops.filter((loop) => loop.kind === "for");
  const positions: { start: number; context: Context }[] = [];
  const walk = (context: Context, depth: number, start: number): void => {
    if (context.segments.length === 0) positions.push({ start, context });
    let at = start;
    for (const { count, next } of context.segments)
      for (let k = 0; k < count; k++, at += temporal[depth]?.by ?? 0) walk(next, depth + 1, at);
  };
  walk(track.start, 0, 0);
  return positions;
}

/** Where a row's range starts relative to row 0's. */
export function rowOffset(track: Track, row: number): number {
  let [offset, rest] = [0, row];
  for (const { by, count } of [...track.digits].reverse()) {
    offset += (rest % count) * by;
    rest = Math.floor(rest / count);
  }
  return offset;
}
