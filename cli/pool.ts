import { availableParallelism } from "node:os";
import { MessageChannel } from "node:worker_threads";
import { Tinypool } from "tinypool";
import type { Interrupt } from "./interrupt.js";
import type { Line, Progress } from "./progress.js";
import type { Report, Wires } from "./work.js";

export interface Task<I> {
  /** Null: nothing of it is shown. */
  readonly label: string | null;
  readonly input: I;
}

export interface Running {
  /** The function of cli/worker.ts that does the work. */
  readonly work: string;
  readonly threads: number | null;
  readonly interrupt: Interrupt;
  readonly progress: Progress;
  /** Whether the work looks at the stop flag by itself and gives its best; else it is cut off, and gives nothing. */
  readonly stops: boolean;
}

/**
 * Does the tasks side by side on worker threads; the answers come in the order of the tasks, whatever the number of threads. After an
 * interrupt no task is begun; null stands for those that gave nothing.
 */
export async function runAll<I, O>(tasks: readonly Task<I>[], how: Running): Promise<readonly (O | null)[]> {
  const threads = Math.min(how.threads ?? availableParallelism(), tasks.length);
  if (threads === 0) return [];
  const filename = new URL("./worker.js", import.meta.url).href;
  const pool = new Tinypool({ filename, minThreads: threads, maxThreads: threads });
  const answers: (O | null)[] = tasks.map(() => null);
  let next = 0;
  const oneAfterAnother = async (): Promise<void> => {
    for (let i = next++; i < tasks.length && !how.interrupt.signal.aborted; i = next++) {
      const task = tasks[i];
      if (task !== undefined) answers[i] = await runOne<I, O>(pool, task, how);
    }
  };
  try {
    await Promise.all(Array.from({ length: threads }, oneAfterAnother));
  } finally {
    await pool.destroy();
  }
  return answers;
}

const UNSEEN: Line = { update: () => {}, end: () => {} };

async function runOne<I, O>(pool: Tinypool, task: Task<I>, how: Running): Promise<O | null> {
  const { interrupt } = how;
  const line = task.label === null ? UNSEEN : how.progress.start(task.label);
  const { port1, port2 } = new MessageChannel();
  port1.on("message", (report: Report) => line.update(report));
  const wires: Wires = { port: port2, stop: interrupt.flag };
  try {
    const answer: O = await pool.run(
      { input: task.input, wires },
      { name: how.work, transferList: [port2], ...(how.stops ? {} : { signal: interrupt.signal }) },
    );
    return answer;
  } catch (error) {
    if (interrupt.signal.aborted) return null;
    throw error;
  } finally {
    port1.close();
    line.end();
  }
}
