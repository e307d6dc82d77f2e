import { readFileSync } from "node:fs";
import { failed, format, type Result } from "../base/index.js";
import type { ExitCode } from "./command.js";
import { commands } from "./commands/index.js";
import { realTerminal, type Terminal } from "./terminal.js";
import { commandHelp, everyOption, programHelp, readGiven, sortWords, unknownCommand, type Words } from "./usage.js";

const BAD_INPUT = 2;
const BUG = 70;

/** Runs a command line; gives the exit code. Nothing a user writes makes it throw, and nothing that throws goes unsaid. */
export async function run(words: readonly string[]): Promise<number> {
  const terminal = realTerminal(words.includes("--quiet"));
  try {
    const result = await dispatch(sortWords(words, everyOption(commands)), terminal);
    if (result.ok) return result.value;
    for (const diagnostic of result.errors) terminal.complain(`${format(diagnostic)}\n`);
    return BAD_INPUT;
  } catch (error) {
    terminal.complain(bugReport(words, error));
    return BUG;
  }
}

async function dispatch(sorted: Words, terminal: Terminal): Promise<Result<ExitCode>> {
  const [name, ...operands] = sorted.operands;
  const asksHelp = sorted.options.has("help");
  if (name === undefined && sorted.options.has("version")) return say(terminal, `${version()}\n`);
  if (name === undefined && (asksHelp || sorted.options.size === 0)) return help(undefined, asksHelp, terminal);
  const chosen = commands.find((command) => command.name === name);
  if (chosen === undefined) return name === "help" ? help(operands[0], true, terminal) : unknownCommand(name, commands);
  if (asksHelp) return help(name, true, terminal);
  const given = readGiven(chosen, { ...sorted, operands });
  if (!given.ok) return given;
  return chosen.run({ ...given.value, terminal });
}

/** Help that was asked for is a result; a bare `loopwright` is shown the same as a complaint. */
async function help(name: string | undefined, asked: boolean, terminal: Terminal): Promise<Result<ExitCode>> {
  const width = Math.min(terminal.columns, 110);
  const chosen = commands.find((command) => command.name === name);
  if (chosen === undefined && name !== undefined) return unknownCommand(name, commands);
  const text = chosen === undefined ? await programHelp(commands, width) : await commandHelp(chosen, width);
  if (asked) return say(terminal, `${text}\n`);
  terminal.complain(`${text}\n`);
  return failed([]);
}

function say(terminal: Terminal, text: string): Result<ExitCode> {
  terminal.out(text);
  return { ok: true, value: 0 };
}

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { version }: { readonly version: string } = JSON.parse(text);
  return version;
}

function bugReport(words: readonly string[], error: unknown): string {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [
    "loopwright: internal error. This is a bug of the program, not of your input.",
    `  command: loopwright ${words.map((word) => JSON.stringify(word)).join(" ")}`,
    `  version: ${version()}, node ${process.version}`,
    ...what.split("\n").map((line) => `  ${line}`),
    "Please report it with these lines and the files that the command names.\n",
  ].join("\n");
}
