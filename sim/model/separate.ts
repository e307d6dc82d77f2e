import { product } from "../../base/index.js";
import type { FoldedLoop } from "./fold.js";
import type { Projection } from "./projection.js";
import type { Context, Track } from "./ranges.js";

/**
 * Words that move into one instance's tile, and those it ever holds, where every axis is driven by one variable: different
 * tiles then have nothing in common, so a move is a whole tile and reuse plays no part.
 *
 * The event "loop i advances and all inner loops wrap" comes up once for each combination of the variables' states outside i
 * (of i's own variable, at each iteration but the first); its words are a product of one sum a variable. Where nothing
 * inside i makes a second iteration and i itself is irrelevant, the tile stays: those events are taken away again.
 */
export function separateWords(
  projection: Projection,
  loops: readonly FoldedLoop[],
  tracks: readonly Track[],
): { readonly requested: number; readonly held: number } {
  const states = tracks.map((track) => statesOf(track));
  const depths = tracks.map(() => 0);
  const length = (v: number, context: Context): number => shadow(projection, v, context);
  let requested = product(tracks.map((track, v) => length(v, firstOf(track.start))));
  for (const { variable, isRelevant } of loops) {
    let [entering, staying] = [1, isRelevant ? 0 : 1];
    for (const [v, perDepth] of states.entries()) {
      let [all, still] = [0, 0];
      for (const [context, times] of perDepth[depths[v] ?? 0] ?? []) {
        if (v === variable) {
          context.segments.forEach(({ count, next }, i) => {
            const words = times * (i === 0 ? count - 1 : count) * length(v, firstOf(next));
            all += words;
            still += words;
          });
        } else {
          const words = times * length(v, firstOf(context));
          all += words;
          if (isIrrelevant(projection, v) || isSingle(context)) still += words;
        }
      }
      entering *= all;
      staying *= still;
    }
    requested += entering - staying;
    depths[variable] = (depths[variable] ?? 0) + 1;
  }
  const held = states.map((perDepth, v) => {
    if (isIrrelevant(projection, v)) return 1;
    let words = 0;
    for (const [context, times] of perDepth.at(-1) ?? []) words += times * length(v, context);
    return words;
  });
  return { requested, held: product(held) };
}

/** Per number of the variable's loops outside: its states there, and how often each comes up. */
function statesOf(track: Track): readonly ReadonlyMap<Context, number>[] {
  const depths: Map<Context, number>[] = [];
  for (let states = new Map([[track.start, 1]]); states.size > 0; ) {
    depths.push(states);
    const next = new Map<Context, number>();
    for (const [context, times] of states)
      for (const segment of context.segments)
        next.set(segment.next, (next.get(segment.next) ?? 0) + times * segment.count);
    states = next;
  }
  return depths;
}

function firstOf(context: Context): Context {
  let first = context;
  for (let next = first.segments[0]?.next; next !== undefined; next = first.segments[0]?.next) first = next;
  return first;
}

/** Whether no loop below makes a second iteration. */
function isSingle(context: Context): boolean {
  const [only, ...others] = context.segments;
  if (only === undefined) return true;
  return others.length === 0 && only.count === 1 && isSingle(only.next);
}

const isIrrelevant = (projection: Projection, variable: number): boolean => (projection.groupOf[variable] ?? -1) < 0;

function shadow(projection: Projection, variable: number, context: Context): number {
  let length = 1;
  for (const coefficient of projection.coefficients[variable] ?? [])
    length *= 1 + Math.abs(coefficient) * ((context.extents[0] ?? 1) - 1);
  return length;
}
