import { MultiBar, type SingleBar } from "cli-progress";
import { seconds } from "../reports/index.js";
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

const FORMAT = "{label} {bar} {percentage} % · {done} of {all} layers · {time} · {note}";

/** Lines on stderr: one a layer being worked on. */
export function progressOn(terminal: Terminal, all: number): Progress {
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
  let done = 0;
  const start = (label: string): Line => {
    const began = terminal.now();
    const words = (note: string): object => ({ label, done, all, note, time: seconds(terminal.now() - began) });
    const bar: SingleBar = bars.create(100, 0, words(""));
    return {
      update: ({ share, note }) => bar.update(Math.floor(100 * (share ?? 0)), words(note)),
      end: () => {
        done++;
        bars.remove(bar);
      },
    };
  };
  return { start, stop: () => bars.stop() };
}
