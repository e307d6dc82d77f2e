/** Ctrl-C: the first asks for the best so far; a second ends the program at once. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** The same for worker threads: its one cell is 1 after an interrupt. */
  readonly flag: SharedArrayBuffer;
  /** Gives Ctrl-C its usual meaning back. */
  readonly release: () => void;
}

/** Listens to Ctrl-C until released. */
export function interruptible(): Interrupt {
  const controller = new AbortController();
  const flag = new SharedArrayBuffer(4);
  const onInterrupt = (): void => {
    Atomics.store(new Int32Array(flag), 0, 1);
    controller.abort();
  };
  process.once("SIGINT", onInterrupt);
  return { signal: controller.signal, flag, release: () => void process.off("SIGINT", onInterrupt) };
}
