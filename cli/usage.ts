import type { Argv } from "yargs";
import parser from "yargs-parser";
import { didYouMean, inArgument, Problems, type Result } from "../base/index.js";
import type { Command } from "./command.js";
import { flag, type Option, type Options, shown } from "./option.js";
import { common } from "./shared-options.js";

/** The words of a command line, sorted but not yet read. */
export interface Words {
  readonly operands: readonly string[];
  readonly options: ReadonlyMap<string, readonly string[]>;
}

const AT = inArgument("command line");

/** All options of all commands: enough to tell which words are values before the command is known. */
export function everyOption(commands: readonly Command[]): Options {
  const version = flag("the version of the program");
  return Object.assign({ ...common, version }, ...commands.map((command) => command.options));
}

/** Sorts words into operands and options by the parser of yargs, which is told to guess nothing. */
export function sortWords(words: readonly string[], options: Options): Words {
  const names = Object.keys(options);
  const isFlag = (name: string): boolean => options[name]?.placeholder === null;
  const parsed: Readonly<Record<string, unknown>> = parser([...withoutValue(words, options)], {
    string: ["_", ...names.filter((name) => !isFlag(name))],
    boolean: names.filter(isFlag),
    alias: { help: "h" },
    configuration: {
      ...{ "boolean-negation": false, "camel-case-expansion": false, "dot-notation": false, "strip-aliased": true },
      ...{ "parse-numbers": false, "parse-positional-numbers": false },
    },
  });
  const found = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(parsed)) {
    if (name === "_" || value === undefined) continue;
    found.set(name, (Array.isArray(value) ? value : [value]).map(String));
  }
  const operands = parsed["_"];
  return { operands: Array.isArray(operands) ? operands.map(String) : [], options: found };
}

/** Tells the parser where an option whose value may be left out stands without: `--explain vgg16` is `--explain= vgg16`. */
function withoutValue(words: readonly string[], options: Options): readonly string[] {
  return words.map((word, i) => {
    const isValue = options[word.replace(/^--/, "")]?.isValue;
    const next = words[i + 1];
    return word.startsWith("--") && isValue !== undefined && (next === undefined || !isValue(next)) ? `${word}=` : word;
  });
}

/** Reads the words of one command: every unknown option, missing or surplus operand and unreadable value is reported at once. */
export function readGiven(
  command: Command,
  words: Words,
): Result<{ readonly operands: readonly string[]; readonly values: Readonly<Record<string, unknown>> }> {
  const problems = new Problems();
  const { options } = command;
  for (const name of words.options.keys()) {
    if (Object.hasOwn(options, name)) continue;
    const hint = didYouMean(name, Object.keys(options)).replace(/"(.*)"/, '"--$1"');
    problems.report("usage/unknown-option", `${command.name} has no option ${dashed(name)}`, AT, hint);
  }
  checkOperands(command, words.operands, problems);
  const values = Object.fromEntries(
    Object.entries(options).map(([name, option]) => [name, readOption(name, option, words, problems)]),
  );
  return problems.result({ operands: words.operands, values });
}

function readOption(name: string, option: Option<unknown>, words: Words, problems: Problems): unknown {
  const given = words.options.get(name) ?? [];
  const at = inArgument("command line", dashed(name));
  if (given.length > 1 && !option.repeatable && option.placeholder !== null)
    problems.report("usage/given-twice", `${dashed(name)} is given ${given.length} times`, at, "give it once");
  if (option.placeholder !== null && option.isValue === undefined && given.includes("")) {
    problems.report("usage/value-missing", `${dashed(name)} needs a value: ${option.placeholder}`, at);
    return option.read([], at, problems);
  }
  return option.read(given, at, problems);
}

function checkOperands(command: Command, operands: readonly string[], problems: Problems): void {
  const needed = command.operands.filter((name) => !name.startsWith("["));
  const open = command.operands.some((name) => name.includes("…"));
  const missing = needed[operands.length];
  const hint = `usage: ${synopsis(command)}`;
  if (missing !== undefined) problems.report("usage/missing", `${missing.replace("…", "")} is missing`, AT, hint);
  const surplus = open ? [] : operands.slice(command.operands.length);
  for (const word of surplus) problems.report("usage/surplus", `${shown(word)} is one word too many`, AT, hint);
}

export function unknownCommand(word: string | undefined, commands: readonly Command[]): Result<never> {
  const problems = new Problems();
  const names = commands.map((command) => command.name);
  if (word === undefined) problems.report("usage/no-command", "no command given", AT, `one of: ${names.join(", ")}`);
  else problems.report("usage/unknown-command", `there is no command ${shown(word)}`, AT, didYouMean(word, names));
  return { ok: false, errors: problems.list };
}

/** The help of the program: its commands, and where to go on. */
export async function programHelp(commands: readonly Command[], width: number): Promise<string> {
  const shell = (await bare())
    .wrap(width)
    .usage(
      "Usage: loopwright COMMAND …\n\nMaps tensor computations on accelerators, proves how good the mapping is, and runs it.",
    );
  for (const { name, operands, summary } of commands) shell.command([name, ...operands].join(" "), summary);
  shell.epilogue("loopwright COMMAND --help shows the options of a command, with examples.");
  return shell.getHelp();
}

/** The help of one command: synopsis, options, examples that can be pasted. */
export async function commandHelp(command: Command, width: number): Promise<string> {
  const shell = declare((await bare()).wrap(width), command.options);
  shell.usage(`Usage: ${synopsis(command)}\n\n${command.summary}`);
  shell.example(command.examples.map(([line, what]): [string, string] => [line, what]));
  // That a value is a string goes without saying, be it behind the text, right at it, or on a line of its own.
  return (await shell.getHelp()).replaceAll(/\s*\[(?:string|boolean)\]$/gm, "");
}

function synopsis(command: Command): string {
  return ["loopwright", command.name, ...command.operands, "[options]"].join(" ");
}

function declare(shell: Argv, options: Options): Argv {
  for (const [name, option] of Object.entries(options)) {
    const { placeholder, describe } = option;
    if (placeholder === null)
      shell.option(name, { type: "boolean", describe, ...(name === "help" ? { alias: "h" } : {}) });
    else {
      const value = option.isValue === undefined ? placeholder : `${placeholder}, or nothing`;
      shell.option(name, { type: "string", describe: `${describe}  [${value}]` });
    }
  }
  return shell;
}

/** yargs as a writer of help, with no output and no exit of its own; loaded only where help is asked for. */
async function bare(): Promise<Argv> {
  const { default: yargs } = await import("yargs");
  return yargs([]).scriptName("loopwright").locale("en").help(false).version(false).exitProcess(false);
}

const dashed = (name: string): string => (name.length === 1 ? `-${name}` : `--${name}`);
