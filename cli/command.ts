import type { Result } from "../base/index.js";
import type { Options, Values } from "./option.js";
import type { Terminal } from "./terminal.js";

/** The exit codes of the contract that a command may end with; 2 is a failed Result, 70 otherwise a throw. */
export type ExitCode = 0 | 1 | 3 | 70 | 130;

/** A verb of the command line: what it takes, and what it does. */
export interface Command<S extends Options = Options> {
  readonly name: string;
  readonly summary: string;
  /** Names of the operands in order; a last one ending in `…` may stand several times, `[X]` may be absent. */
  readonly operands: readonly string[];
  readonly options: S;
  readonly examples: readonly (readonly [command: string, what: string])[];
  readonly run: (given: Given<S>) => Promise<Result<ExitCode>>;
}

/** What a command is run with: its operands, the values of all of its options, and the world. */
export interface Given<S extends Options = Options> {
  readonly operands: readonly string[];
  readonly values: Values<S>;
  readonly terminal: Terminal;
}

/** A command with the types of its options checked, then forgotten, so that commands can stand in one list. */
export function command<const S extends Options>(definition: Command<S>): Command {
  // The reader of the command line fills `values` from this very `options`, so the narrower type is right.
  return definition as Command<Options> & Command<S>;
}
