import { didYouMean, type Location, type Problems } from "../base/index.js";

/** One `--name` of a command: how help shows it and how its words are read. */
export interface Option<T> {
  /** What stands for the value in help: `NAME|FILE`; null for a flag. */
  readonly placeholder: string | null;
  readonly describe: string;
  readonly repeatable: boolean;
  /** Where the value may be left out: whether the next word is one. */
  readonly isValue?: (word: string) => boolean;
  /** Reads what was given, in order; nothing was given: the words are empty. A mistake is reported, and any value returned. */
  readonly read: (words: readonly string[], at: Location, problems: Problems) => T;
}
export type Options = Readonly<Record<string, Option<unknown>>>;
/** What a set of options gives after reading. */
export type Values<S extends Options> = { readonly [K in keyof S]: S[K] extends Option<infer T> ? T : never };

export function flag(describe: string): Option<boolean> {
  return { placeholder: null, describe, repeatable: false, read: (words) => words.at(-1) === "true" };
}

/** A text as it is; null where absent. */
export function text(placeholder: string, describe: string): Option<string | null> {
  return once(placeholder, describe, null, (word) => word);
}

export function many(placeholder: string, describe: string): Option<readonly string[]> {
  return { placeholder, describe, repeatable: true, read: (words) => words };
}

/** What an option with a value that may be left out gives. */
export interface Asked {
  readonly isAsked: boolean;
  readonly values: readonly string[];
}

/** A flag that may take values: `--explain`, `--explain GLB.Inputs.fills`. */
export function optional(placeholder: string, describe: string, isValue: (word: string) => boolean): Option<Asked> {
  const read = (words: readonly string[]): Asked => ({
    isAsked: words.length > 0,
    values: words.filter((word) => word !== ""),
  });
  return { placeholder, describe, repeatable: true, isValue, read };
}

/** One of a few words. */
export function choice<T extends string, F>(values: readonly T[], describe: string, fallback: F): Option<T | F> {
  return once(values.join("|"), describe, fallback, (word, at, problems) => {
    const found = values.find((value) => value === word);
    if (found === undefined)
      problems.report("usage/unknown-value", `${at.path} cannot be ${shown(word)}`, at, didYouMean(word, values));
    return found ?? fallback;
  });
}

/** A number of at least `least`; null where absent. */
export function number(
  placeholder: string,
  describe: string,
  least: number,
  kind: "whole" | "real",
): Option<number | null> {
  return once<number | null>(placeholder, describe, null, (word, at, problems) => {
    const value = word.trim() === "" ? Number.NaN : Number(word);
    if (Number.isFinite(value) && value >= least && (kind === "real" || Number.isSafeInteger(value))) return value;
    const wanted = `a ${kind === "whole" ? "whole " : ""}number, ${least} or more`;
    problems.report("usage/not-a-number", `${at.path} needs ${wanted}, got ${shown(word)}`, at);
    return null;
  });
}

const SECONDS: ReadonlyMap<string, number> = new Map([
  ["ms", 0.001],
  ["", 1],
  ["s", 1],
  ["m", 60],
  ["min", 60],
  ["h", 3600],
]);

/** A duration such as `10s`, `500ms`, `2min`, in seconds; `none` is no limit, null. */
export function duration(describe: string, fallback: number): Option<number | null> {
  return once<number | null>("TIME|none", describe, fallback, (word, at, problems) => {
    if (word === "none") return null;
    const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(word) ?? [];
    const scale = SECONDS.get(unit);
    if (digits !== undefined && scale !== undefined) return Number(digits) * scale;
    problems.report(
      "usage/not-a-duration",
      `${at.path} needs a duration, got ${shown(word)}`,
      at,
      "write 10s, 500ms, 2min or none",
    );
    return fallback;
  });
}

/** An option that may stand once, with its own reading of the word. */
export function once<T>(
  placeholder: string,
  describe: string,
  fallback: T,
  read: (word: string, at: Location, problems: Problems) => T,
): Option<T> {
  return {
    placeholder,
    describe,
    repeatable: false,
    read: (words, at, problems) => {
      const [word] = words;
      return word === undefined ? fallback : read(word, at, problems);
    },
  };
}

export const shown = (word: string): string => JSON.stringify(word);
