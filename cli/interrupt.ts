/** Ctrl-C: the first asks for the best so far; a second ends the program at once. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** The same for worker threads: its one cell is 1 after an interrupt. */
  readonly flag: SharedArrayBuffer;
  /** Gives Ctrl-C its usual meaning back. */
  readonly release: () => void;
}

/** What starts a program for others (npx, timeout) may hand on the one Ctrl-C that the terminal has sent already. */
const SAME_MILLISECONDS = 500;

/** Listens to Ctrl-C until released. */
export function interruptible(): Interrupt {
  const controller = new AbortController();
  const flag = new SharedArrayBuffer(4);
  let first: number | null = null;
  const onInterrupt = (): void => {
    const now = performance.now();
    if (first !== null && now - first > SAME_MILLISECONDS) {
      process.off("SIGINT", onInterrupt);
      process.kill(process.pid, "SIGINT");
      return;
    }
    first ??= now;
    Atomics.store(new Int32Array(flag), 0, 1);
    controller.abort();
  };
  process.on("SIGINT", onInterrupt);
  return { signal: controller.signal, flag, release: () => void process.off("SIGINT", onInterrupt) };
}
