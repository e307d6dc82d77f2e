import { performance } from "node:perf_hooks";
import { createColors } from "picocolors";
import type { Paint } from "../reports/index.js";

/** The streams as the commands see them. Only the result goes to `out`. */
export interface Terminal {
  /** Writes a part of the result. */
  readonly out: (text: string) => void;
  /** Writes a diagnostic: always shown. */
  readonly complain: (text: string) => void;
  /** Writes a note: shown to people only, on a terminal and not with `--quiet`. */
  readonly note: (text: string) => void;
  /** Where progress may be drawn: stderr if it is a terminal and nobody asked for quiet. */
  readonly progress: NodeJS.WriteStream | null;
  readonly paint: Paint;
  /** Width of the terminal in characters. */
  readonly columns: number;
  /** Seconds on a clock that never goes back. */
  readonly now: () => number;
}

/** The process's own streams. */
export function realTerminal(quiet: boolean): Terminal {
  const { stdout, stderr } = process;
  const talks = stderr.isTTY === true && !quiet;
  const colours = createColors(stdout.isTTY === true && !process.env["NO_COLOR"]);
  return {
    out: (text) => void stdout.write(text),
    complain: (text) => void stderr.write(text),
    note: (text) => void (talks && stderr.write(text)),
    progress: talks ? stderr : null,
    paint: {
      ...{ bold: colours.bold, dim: colours.dim, good: colours.green, bad: colours.red },
      ...(stdout.isTTY === true && known(stdout.columns) ? { width: stdout.columns } : {}),
    },
    columns: known(stdout.columns) ? stdout.columns : 100,
    now: () => performance.now() / 1000,
  };
}

/** Terminals without a size say 0. */
const known = (columns: number | undefined): columns is number => columns !== undefined && columns > 0;

/** Notes on what was read, one a line. */
export const notesText = (notes: readonly string[]): string => notes.map((note) => `note: ${note}\n`).join("");
