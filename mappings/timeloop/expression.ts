/** What a name in an expression stands for; undefined: nothing. */
export type Scope = (name: string) => number | undefined;

/** Why an expression has no value. */
export class ExpressionError extends Error {}

const LONGEST = 400;
const TOKEN =
  /\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|(\*\*|\/\/|>=|<=|==|!=|[-+*/%(),<>]))/y;

const FUNCTIONS: ReadonlyMap<string, (...xs: number[]) => number> = new Map<string, (...xs: number[]) => number>([
  ["min", Math.min],
  ["max", Math.max],
  ["ceil", Math.ceil],
  ["floor", Math.floor],
  ["round", Math.round],
  ["int", Math.trunc],
  ["abs", Math.abs],
  ["sqrt", Math.sqrt],
  ["log2", Math.log2],
  ["pow", Math.pow],
]);

/**
 * The value of an attribute written as an expression, as Timeloop's front end reads it: Python's arithmetic, comparisons,
 * `a if condition else b`, names of other attributes and variables, and a few functions. Throws ExpressionError, nothing else.
 */
export function valueIn(text: string, scope: Scope): number {
  const tokens = tokensOf(text);
  let at = 0;
  const peek = (): string => tokens[at] ?? "";
  const take = (expected?: string): string => {
    const token = peek();
    if (token === "" || (expected !== undefined && token !== expected))
      throw new ExpressionError(`expected ${expected ?? "a value"}, got ${token === "" ? "the end" : token}`);
    at++;
    return token;
  };
  const infix = (operators: ReadonlyMap<string, (a: number, b: number) => number>, operand: () => number): number => {
    let value = operand();
    for (let fold = operators.get(peek()); fold !== undefined; fold = operators.get(peek())) {
      take();
      value = fold(value, operand());
    }
    return value;
  };
  const ternary = (): number => {
    const value = comparison();
    if (peek() !== "if") return value;
    take();
    const condition = comparison();
    take("else");
    const other = ternary();
    return condition === 0 ? other : value;
  };
  const comparison = (): number => infix(COMPARE, sum);
  const sum = (): number => infix(SUM, product);
  const product = (): number => infix(PRODUCT, sign);
  const sign = (): number => {
    if (peek() === "-") {
      take();
      return -sign();
    }
    return power();
  };
  const power = (): number => {
    const base = atom();
    if (peek() !== "**") return base;
    take();
    return base ** sign();
  };
  const atom = (): number => {
    const token = take();
    if (token === "(") {
      const value = ternary();
      take(")");
      return value;
    }
    if (/^[\d.]/.test(token)) return Number(token);
    if (!/^[A-Za-z_]/.test(token)) throw new ExpressionError(`unexpected ${token}`);
    return peek() === "(" ? called(token) : named(token, scope);
  };
  const called = (name: string): number => {
    const fold = FUNCTIONS.get(name);
    if (fold === undefined) throw new ExpressionError(`unknown function ${name}`);
    take("(");
    const values = [ternary()];
    while (peek() === ",") {
      take();
      values.push(ternary());
    }
    take(")");
    return fold(...values);
  };
  const value = ternary();
  if (peek() !== "") throw new ExpressionError(`unexpected ${peek()}`);
  return value;
}

type Fold = (a: number, b: number) => number;
const COMPARE: ReadonlyMap<string, Fold> = new Map<string, Fold>([
  [">=", (a, b) => Number(a >= b)],
  ["<=", (a, b) => Number(a <= b)],
  [">", (a, b) => Number(a > b)],
  ["<", (a, b) => Number(a < b)],
  ["==", (a, b) => Number(a === b)],
  ["!=", (a, b) => Number(a !== b)],
]);
const SUM: ReadonlyMap<string, Fold> = new Map<string, Fold>([
  ["+", (a, b) => a + b],
  ["-", (a, b) => a - b],
]);
const PRODUCT: ReadonlyMap<string, Fold> = new Map<string, Fold>([
  ["*", (a, b) => a * b],
  ["/", (a, b) => a / b],
  ["//", (a, b) => Math.floor(a / b)],
  ["%", (a, b) => a - b * Math.floor(a / b)],
]);

function named(name: string, scope: Scope): number {
  const value = scope(name);
  if (value === undefined) throw new ExpressionError(`nothing is called ${name}`);
  return value;
}

function tokensOf(text: string): readonly string[] {
  if (text.length > LONGEST) throw new ExpressionError(`longer than ${LONGEST} characters`);
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const start = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw new ExpressionError(`cannot read ${JSON.stringify(text.slice(start, start + 10))}`);
    tokens.push(match[1] ?? match[2] ?? match[3] ?? "");
  }
  return tokens;
}
