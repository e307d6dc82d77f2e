import type { ArrayWork, TraceWishes } from "../timing/timing.js";

/** Follows what the array does; stretches of the same in a fold are told as one. */
export interface Watch {
  /** The next fold begins: what is seen from now on belongs to it. */
  readonly fold: () => void;
  readonly saw: (work: ArrayWork, from: number, to: number) => void;
  readonly end: () => void;
}

export const UNWATCHED: Watch = { fold: () => undefined, saw: () => undefined, end: () => undefined };

export function watch({ sink, from: first, to: last, every }: TraceWishes): Watch {
  let fold = -1;
  let seen: { readonly work: ArrayWork; readonly from: number; to: number } | null = null;
  const tell = (): void => {
    if (seen === null) return;
    const { work, from, to } = seen;
    seen = null;
    if (fold % every === 0 && to >= first && from < last) sink.array(work, fold, from, to);
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
    end: tell,
  };
}
