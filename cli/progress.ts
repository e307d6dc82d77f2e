import { MultiBar, type SingleBar } from "cli-progress";
import { seconds } from "../reports/index.js";
import { secondsLeft } from "./remaining.js";
import type { Terminal } from "./terminal.js";
import type { Report } from "./work.js";

/** Progress of work on several layers at once; draws nothing where nobody looks. */
export interface Progress {
  readonly start: (label: string) => Line;
  /** Takes the lines off the terminal. */
  readonly stop: () => void;
}
export interface Line {
  readonly update: (report: Report) => void;
  readonly end: () => void;
}

/** What is worked on. */
export interface Effort {
  /** What the tasks are called: `layers`. */
  readonly of: string;
  /** The most seconds that one task may take; null: no limit is known. */
  readonly limitSeconds: number | null;
}

const LAYERS: Effort = { of: "layers", limitSeconds: null };

const FORMAT = "{label} {bar} {percentage} % · {done} of {all} {of} · {time}{left} · {note}";

/** Lines on stderr: one a task being worked on, with how long all of them will take yet. */
export function progressOn(terminal: Terminal, all: number, { of, limitSeconds }: Effort = LAYERS): Progress {
  if (terminal.progress === null) return { start: () => ({ update: () => {}, end: () => {} }), stop: () => {} };
  const bars = new MultiBar({
    format: FORMAT,
    stream: terminal.progress,
    clearOnComplete: true,
    hideCursor: true,
    barsize: 24,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    emptyOnZero: true,
  });
  const took: number[] = [];
  const running = new Set<{ readonly began: number; share: number | null }>();
  const leftText = (): string => {
    const now = terminal.now();
    const tasks = [...running].map(({ began, share }) => ({ seconds: now - began, share }));
    const left = secondsLeft({ all, took, running: tasks, limitSeconds });
    return left === null ? "" : `, about ${roughly(left)} left`;
  };
  const start = (label: string): Line => {
    const task = { began: terminal.now(), share: null as number | null };
    running.add(task);
    const words = (note: string): object => ({
      ...{ label, done: took.length, all, of, note, left: leftText() },
      time: seconds(terminal.now() - task.began),
    });
    const bar: SingleBar = bars.create(100, 0, words(""));
    return {
      update: ({ share, note }) => {
        task.share = share;
        bar.update(Math.floor(100 * (share ?? 0)), words(note));
      },
      end: () => {
        took.push(terminal.now() - task.began);
        running.delete(task);
        bars.remove(bar);
      },
    };
  };
  return { start, stop: () => bars.stop() };
}

/** Nobody trusts a guess to a hundredth of a second. */
const roughly = (left: number): string => (left < 99.5 ? `${Math.ceil(left)} s` : seconds(left));
