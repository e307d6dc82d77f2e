/** Work on many tasks, some of them side by side, as it stands. */
export interface Standing {
  /** How many tasks there are. */
  readonly all: number;
  /** Seconds that each finished task took. */
  readonly took: readonly number[];
  /** The tasks at work: for how long, and how much of each is done, 0 to 1, where that is known. */
  readonly running: readonly { readonly seconds: number; readonly share: number | null }[];
  /** The most that one task may take; null: no limit. */
  readonly limitSeconds: number | null;
}

/**
 * Seconds until all tasks are done, if the others take as long as those before them: as long as the limit at most, and that long as
 * long as none is finished. Without a limit the shares of those at work tell. Null: nothing to go by.
 */
export function secondsLeft({ all, took, running, limitSeconds }: Standing): number | null {
  const known = [
    ...took,
    ...running.flatMap(({ seconds, share }) => (share !== null && share > 0.02 ? [seconds / share] : [])),
  ];
  const byTasks = took.length > 0 ? took : limitSeconds === null ? known : [limitSeconds];
  if (byTasks.length === 0 || running.length === 0) return null;
  const each = byTasks.reduce((sum, seconds) => sum + seconds, 0) / byTasks.length;
  const begun = running.reduce((sum, { seconds }) => sum + Math.max(0, each - seconds), 0);
  const waiting = Math.max(0, all - took.length - running.length);
  return (begun + waiting * each) / running.length;
}
