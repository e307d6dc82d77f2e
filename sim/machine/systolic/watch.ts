import type { ArrayWork, TracePlace, TraceWishes, Wait } from "../timing/timing.js";

/** Follows what the array does; stretches of the same in a fold are told as one. */
export interface Watch {
  /** The next fold begins: what is seen from now on belongs to it. */
  readonly fold: () => void;
  readonly saw: (work: ArrayWork, from: number, to: number) => void;
  readonly waited: (wait: Wait, from: number, to: number) => void;
  /** Words on the link, one tile of a place after another. */
  readonly tile: (place: TracePlace, action: "fill" | "drain", from: number, to: number, words: number) => void;
  readonly end: () => void;
}

const ignore = (): void => undefined;
export const UNWATCHED: Watch = { fold: ignore, saw: ignore, waited: ignore, tile: ignore, end: ignore };

export function watch({ sink, from: first, to: last, every }: TraceWishes): Watch {
  let fold = -1;
  let seen: { readonly work: ArrayWork; readonly from: number; to: number } | null = null;
  const tiles = new Map<string, number>();
  const isSeen = (from: number, to: number): boolean => to >= first && from < last;
  const tell = (): void => {
    if (seen === null) return;
    const { work, from, to } = seen;
    seen = null;
    if (fold % every === 0 && isSeen(from, to)) sink.array(work, fold, from, to);
  };
  return {
    fold: () => {
      tell();
      fold++;
    },
    saw: (work, from, to) => {
      if (to === from) return;
      if (seen?.work === work) {
        seen.to = to;
        return;
      }
      tell();
      seen = { work, from, to };
    },
    waited: (wait, from, to) => {
      tell();
      if (to > from && fold % every === 0 && isSeen(from, to)) sink.stall(wait, from, to);
    },
    tile: (place, action, from, to, words) => {
      const key = `${place.level} ${place.tensor} ${action}`;
      const index = tiles.get(key) ?? 0;
      tiles.set(key, index + 1);
      if (index % every === 0 && isSeen(from, to)) sink.tile(place, { action, index, words, from, to, flowing: from });
    },
    end: tell,
  };
}
