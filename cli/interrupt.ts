/** Ctrl-C: the first asks for the best so far; a second ends the program at once, as does a request to end (SIGTERM, SIGHUP). */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** The same for worker threads: its one cell is 1 after an interrupt. */
  readonly flag: SharedArrayBuffer;
  /** What is done before the program ends at once: nothing half-written may be left. Gives how to take it back. */
  readonly beforeEnd: (work: () => void) => () => void;
  /** Gives Ctrl-C its usual meaning back. */
  readonly release: () => void;
}

/** What starts a program for others (npx, timeout) may hand on the one Ctrl-C that the terminal has sent already. */
const SAME_MILLISECONDS = 500;

const ENDING = ["SIGTERM", "SIGHUP"] as const;

/** Listens to Ctrl-C until released. */
export function interruptible(): Interrupt {
  const controller = new AbortController();
  const flag = new SharedArrayBuffer(4);
  const lastWorks = new Set<() => void>();
  let first: number | null = null;
  const release = (): void => {
    process.off("SIGINT", onInterrupt);
    for (const signal of ENDING) process.off(signal, end);
  };
  const end = (signal: NodeJS.Signals): void => {
    for (const work of lastWorks) work();
    release();
    process.kill(process.pid, signal);
  };
  const onInterrupt = (): void => {
    const now = performance.now();
    if (first !== null && now - first > SAME_MILLISECONDS) {
      end("SIGINT");
      return;
    }
    first ??= now;
    Atomics.store(new Int32Array(flag), 0, 1);
    controller.abort();
  };
  process.on("SIGINT", onInterrupt);
  for (const signal of ENDING) process.on(signal, end);
  const beforeEnd = (work: () => void): (() => void) => {
    lastWorks.add(work);
    return () => void lastWorks.delete(work);
  };
  return { signal: controller.signal, flag, beforeEnd, release };
}
