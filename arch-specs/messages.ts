import { didYouMean, type Location, type Problems } from "../base/index.js";
import { type Dimension, type ExpressionProblem, FUNCTION_NAMES, nameOfDimension, UNITS } from "./expression.js";

// Every text that a reader of architecture files can meet. `what` names the thing: `capacity of "GLB"`.

const quoted = (names: readonly string[]): string => names.map((name) => JSON.stringify(name)).join(", ");

export function unknownKey(to: Problems, at: Location, key: string, where: string, known: readonly string[]): void {
  to.report("arch/unknown-key", `${where} has no key ${JSON.stringify(key)}`, at, didYouMean(key, known));
}

export function missing(to: Problems, at: Location, what: string, hint: string): void {
  to.report("arch/missing", `${what} is missing`, at, hint);
}

export function wrongKind(to: Problems, at: Location, what: string, expected: string, found: string): void {
  to.report("arch/wrong-kind", `${what} must be ${expected}, got ${found}`, at);
}

export function badName(to: Problems, at: Location, what: string, found: string): void {
  to.report(
    "arch/bad-name",
    `${what} must be a name, got ${found}`,
    at,
    "a name is one word: letters, digits and _ . - / @ +, with a letter or _ first",
  );
}

export function notOneOf(to: Problems, at: Location, what: string, found: string, known: readonly string[]): void {
  to.report("arch/not-one-of", `${what} cannot be ${found}`, at, didYouMean(found, known));
}

export function wrongUnit(to: Problems, at: Location, what: string, found: Dimension, example: string): void {
  to.report("arch/wrong-unit", `${what} is given in the wrong unit: ${nameOfDimension(found)}`, at, `write ${example}`);
}

export function outOfRange(
  to: Problems,
  at: Location,
  what: string,
  range: string,
  { shown, example }: { shown: string; example: string },
): void {
  to.report("arch/out-of-range", `${what} must be ${range}, got ${shown}`, at, `write ${example}`);
}

export function unknownTensor(to: Problems, at: Location, name: string, what: string, hint: string): void {
  to.report(
    "arch/unknown-tensor",
    `${what} names ${JSON.stringify(name)}, which is no tensor of the workload`,
    at,
    hint,
  );
}

export function needsClock(to: Problems, at: Location, what: string): void {
  to.report(
    "arch/needs-clock",
    `${what} is given per second, but the file gives no clock`,
    at,
    "add `clock: 200 MHz` at the top, or give it per cycle",
  );
}

export function expressionFailed(
  to: Problems,
  at: Location,
  what: string,
  problem: ExpressionProblem,
  variables: readonly string[],
): void {
  switch (problem.kind) {
    case "silent":
      return;
    case "syntax":
      to.report("arch/expression", `${what} cannot be read as an expression: ${problem.message}`, at);
      return;
    case "unsupported":
      to.report(
        "arch/expression",
        `${what}: ${problem.what} cannot be used in an expression`,
        at,
        `an expression has numbers, units, variables, + - * / % ^ and ${FUNCTION_NAMES.join(", ")}`,
      );
      return;
    case "unknown-name": {
      const hint = didYouMean(problem.name, [...variables, ...UNITS.keys()]);
      to.report(
        "arch/unknown-name",
        `${what}: ${JSON.stringify(problem.name)} is neither a variable nor a unit`,
        at,
        hint.startsWith("did") ? hint : variables.length === 0 ? "the file has no variables" : variablesHint(variables),
      );
      return;
    }
    case "unknown-function":
      to.report(
        "arch/unknown-name",
        `${what}: there is no function ${JSON.stringify(problem.name)}`,
        at,
        didYouMean(problem.name, FUNCTION_NAMES),
      );
      return;
    case "mixed-units":
      to.report(
        "arch/wrong-unit",
        `${what} adds or compares ${nameOfDimension(problem.left)} with ${nameOfDimension(problem.right)}`,
        at,
        "both sides need the same unit",
      );
      return;
  }
}

const variablesHint = (variables: readonly string[]): string => `the variables are: ${variables.join(", ")}`;

export function unknownSetting(to: Problems, at: Location, name: string, variables: readonly string[]): void {
  const hint = variables.length === 0 ? "the architecture has no variables" : didYouMean(name, variables);
  to.report("arch/unknown-variable", `there is no variable ${JSON.stringify(name)} to set`, at, hint);
}

export function badVariableName(to: Problems, at: Location, name: string): void {
  to.report(
    "arch/bad-name",
    `${JSON.stringify(name)} cannot be the name of a variable`,
    at,
    "letters, digits and _, a letter first, and no name of a unit, of a function or of mathjs' own operators",
  );
}

export function circular(to: Problems, at: Location, cycle: readonly string[]): void {
  to.report("arch/circular", `variables refer to each other in a circle: ${cycle.join(" → ")}`, at);
}

export function duplicateName(to: Problems, at: Location, name: string, first: Location): void {
  const line = first.line === undefined ? "" : ` (line ${first.line})`;
  to.report("arch/duplicate-name", `two levels are named ${JSON.stringify(name)}${line}`, at, "give each its own name");
}

export function levelKind(to: Problems, at: Location, kinds: readonly string[]): void {
  const found = kinds.length === 0 ? "none of them" : quoted(kinds);
  to.report(
    "arch/level-kind",
    `a level has exactly one of the keys "storage", "fanout", "compute"; this one has ${found}`,
    at,
    "for example `- storage: GLB`",
  );
}

export function order(to: Problems, at: Location, message: string, hint: string): void {
  to.report("arch/order", message, at, hint);
}

export function contradiction(to: Problems, at: Location, message: string, hint: string): void {
  to.report("arch/contradiction", message, at, hint);
}
