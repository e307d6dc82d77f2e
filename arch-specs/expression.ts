import type { MathNode } from "mathjs";
import math from "mathjs/lib/browser/math.js";

/** A number with its dimension: the exponent of each base unit, in the order of `BASES`. */
export interface Quantity {
  readonly value: number;
  readonly dimension: Dimension;
}
export type Dimension = readonly number[];

/** The units that values are held in; everything else is a multiple of a product of these. */
const BASES: readonly string[] = ["bit", "word", "cycle", "pJ", "s", "um", "V"];

const basis = (name: string, exponent = 1): Dimension => BASES.map((base) => (base === name ? exponent : 0));
export const NONE: Dimension = basis("");
export const BIT: Dimension = basis("bit");
export const WORD: Dimension = basis("word");
export const CYCLE: Dimension = basis("cycle");
export const ENERGY: Dimension = basis("pJ");
export const FREQUENCY: Dimension = basis("s", -1);
export const AREA: Dimension = basis("um", 2);
const TIME: Dimension = basis("s");
export const LENGTH: Dimension = basis("um");
export const VOLTAGE: Dimension = basis("V");

export const divided = (a: Dimension, b: Dimension): Dimension => a.map((exponent, i) => exponent - (b[i] ?? 0));
const multiplied = (a: Dimension, b: Dimension): Dimension => a.map((exponent, i) => exponent + (b[i] ?? 0));
export const sameDimension = (a: Dimension, b: Dimension): boolean => a.every((exponent, i) => exponent === b[i]);
const POWER: Dimension = divided(ENERGY, TIME);

/** A dimension as a reader writes it: `word/cycle`, or "no unit". */
export function nameOfDimension(dimension: Dimension): string {
  const part = (sign: number): string =>
    BASES.flatMap((base, i) => {
      const exponent = (dimension[i] ?? 0) * sign;
      return exponent <= 0 ? [] : [exponent === 1 ? base : `${base}^${exponent}`];
    }).join(" ");
  const [above, below] = [part(1), part(-1)];
  if (above === "" && below === "") return "no unit";
  return below === "" ? above : `${above === "" ? "1" : above}/${below}`;
}

const scaled = (names: Readonly<Record<string, number>>, dimension: Dimension): [string, Quantity][] =>
  Object.entries(names).map(([name, value]) => [name, { value, dimension }]);

const DECIMAL: readonly [string, number][] = [
  ["k", 1e3],
  ["M", 1e6],
  ["G", 1e9],
  ["T", 1e12],
];
const BINARY: readonly [string, number][] = DECIMAL.map(([prefix], i) => [
  `${prefix === "k" ? "K" : prefix}i`,
  2 ** (10 * (i + 1)),
]);
const information = [...DECIMAL, ...BINARY].flatMap(([prefix, by]): [string, Quantity][] =>
  scaled({ [`${prefix}B`]: 8 * by, [`${prefix}bit`]: by }, BIT),
);

/** Every unit that an architecture file may use. */
export const UNITS: ReadonlyMap<string, Quantity> = new Map([
  ...scaled({ bit: 1, bits: 1, byte: 8, bytes: 8, B: 8, KB: 8000 }, BIT),
  ...information,
  ...scaled({ word: 1, words: 1, kword: 1e3, Kiword: 1024, Mword: 1e6, Miword: 2 ** 20 }, WORD),
  ...scaled({ cycle: 1, cycles: 1 }, CYCLE),
  ...scaled({ aJ: 1e-6, fJ: 1e-3, pJ: 1, nJ: 1e3, uJ: 1e6, mJ: 1e9, J: 1e12 }, ENERGY),
  ...scaled({ Hz: 1, kHz: 1e3, MHz: 1e6, GHz: 1e9 }, FREQUENCY),
  ...scaled({ ps: 1e-12, ns: 1e-9, us: 1e-6, ms: 1e-3, s: 1 }, TIME),
  ...scaled({ nW: 1e3, uW: 1e6, mW: 1e9, W: 1e12 }, POWER),
  ...scaled({ nm: 1e-3, um: 1, mm: 1e3 }, LENGTH),
  ...scaled({ um2: 1, mm2: 1e6 }, AREA),
  ...scaled({ mV: 1e-3, V: 1 }, VOLTAGE),
  ...scaled({ unlimited: Number.POSITIVE_INFINITY }, NONE),
]);

type Fold = (...values: number[]) => number;
const FUNCTIONS: ReadonlyMap<string, Fold> = new Map<string, Fold>([
  ["min", Math.min],
  ["max", Math.max],
  ["ceil", Math.ceil],
  ["floor", Math.floor],
  ["round", Math.round],
  ["abs", Math.abs],
  ["sqrt", Math.sqrt],
  ["log2", Math.log2],
]);
/** The functions that keep the unit of their arguments; the others want plain numbers. */
const UNIT_KEEPING: ReadonlySet<string> = new Set(["min", "max", "abs"]);
export const FUNCTION_NAMES: readonly string[] = [...FUNCTIONS.keys()];

/** Why an expression has no value, in words that fit after "capacity: ". */
export type ExpressionProblem =
  | { readonly kind: "syntax"; readonly message: string }
  | { readonly kind: "unsupported"; readonly what: string }
  | { readonly kind: "unknown-name"; readonly name: string }
  | { readonly kind: "unknown-function"; readonly name: string }
  | { readonly kind: "mixed-units"; readonly left: Dimension; readonly right: Dimension }
  /** A name that the scope knows but cannot give a value: its own problem is reported elsewhere. */
  | { readonly kind: "silent" };

export type Evaluated =
  | { readonly ok: true; readonly value: Quantity }
  | { readonly ok: false; readonly problem: ExpressionProblem };

/** What a name stands for: a quantity, `"broken"` (known, without a value), or nothing. */
export type Scope = (name: string) => Quantity | "broken" | undefined;

const LONGEST = 500;
/** Only mathjs' parser: its functions and units never come in. */
const { parse } = math;

class Unsolved extends Error {
  readonly problem: ExpressionProblem;
  constructor(problem: ExpressionProblem) {
    super(problem.kind);
    this.problem = problem;
  }
}
const fail = (problem: ExpressionProblem): never => {
  throw new Unsolved(problem);
};
const plain = (value: number): Quantity => ({ value, dimension: NONE });

/**
 * The value of an expression such as `6 * mac pJ`. mathjs reads the text; its tree is then walked here, so that nothing
 * but arithmetic, names and a few functions can happen: no assignments, no function definitions, no access to objects.
 */
export function evaluate(text: string, scope: Scope): Evaluated {
  if (text.length > LONGEST)
    return { ok: false, problem: { kind: "syntax", message: `the expression is longer than ${LONGEST} characters` } };
  try {
    // mathjs knows no micro sign; u is its ASCII stand-in and as long.
    return { ok: true, value: worth(parse(text.replace(/[µμ]/g, "u").replace(/²/g, "2")), scope) };
  } catch (error) {
    if (error instanceof Unsolved) return { ok: false, problem: error.problem };
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, problem: { kind: "syntax", message } };
  }
}

type Parts = MathNode & {
  readonly value?: unknown;
  readonly op?: string;
  readonly args?: readonly MathNode[];
  readonly name?: string;
  readonly fn?: { readonly name?: string };
  readonly content?: MathNode;
  readonly object?: MathNode;
};

const REFUSED: ReadonlyMap<string, string> = new Map([
  ["FunctionAssignmentNode", "a definition of a function"],
  ["AssignmentNode", "an assignment"],
  ["IndexNode", "access to a part"],
  ["ArrayNode", "a list"],
  ["ObjectNode", "an object"],
  ["BlockNode", "a sequence of expressions"],
  ["ConditionalNode", "a condition"],
  ["RangeNode", "a range"],
  ["RelationalNode", "a comparison"],
]);

function worth(node: MathNode, scope: Scope): Quantity {
  const parts = node as Parts;
  switch (node.type) {
    case "ConstantNode":
      return typeof parts.value === "number"
        ? plain(parts.value)
        : fail({ kind: "unsupported", what: parts.value === undefined ? "an empty expression" : "text in quotes" });
    case "ParenthesisNode":
      return parts.content === undefined ? fail({ kind: "unsupported", what: "()" }) : worth(parts.content, scope);
    case "SymbolNode":
      return named(parts.name ?? "", scope);
    case "AccessorNode":
      return named(`${(parts.object as Parts | undefined)?.name ?? ""}.${parts.name ?? ""}`, scope);
    case "OperatorNode":
      return operated(
        parts.op ?? "",
        (parts.args ?? []).map((arg) => worth(arg, scope)),
      );
    case "FunctionNode":
      return called(
        parts.fn?.name ?? "",
        (parts.args ?? []).map((arg) => worth(arg, scope)),
      );
    default:
      return fail({ kind: "unsupported", what: REFUSED.get(node.type) ?? "this syntax" });
  }
}

function named(name: string, scope: Scope): Quantity {
  const found = scope(name);
  if (found === "broken") return fail({ kind: "silent" });
  return found ?? UNITS.get(name) ?? fail({ kind: "unknown-name", name });
}

function operated(op: string, args: readonly Quantity[]): Quantity {
  const [a, b] = args;
  if (a === undefined) return fail({ kind: "unsupported", what: op });
  if (b === undefined) {
    if (op === "-") return { value: -a.value, dimension: a.dimension };
    return op === "+" ? a : fail({ kind: "unsupported", what: `the operator ${op}` });
  }
  switch (op) {
    case "*":
      return { value: a.value * b.value, dimension: multiplied(a.dimension, b.dimension) };
    case "/":
      return { value: a.value / b.value, dimension: divided(a.dimension, b.dimension) };
    case "+":
    case "-":
    case "%": {
      alike(a, b);
      const value = op === "+" ? a.value + b.value : op === "-" ? a.value - b.value : a.value % b.value;
      return { value, dimension: a.dimension };
    }
    case "^":
      alike(b, plain(1));
      return {
        value: a.value ** b.value,
        dimension: a.dimension.map((exponent) => (exponent === 0 ? 0 : exponent * b.value)),
      };
    default:
      return fail({ kind: "unsupported", what: `the operator ${op}` });
  }
}

function alike(a: Quantity, b: Quantity): void {
  if (!sameDimension(a.dimension, b.dimension)) fail({ kind: "mixed-units", left: a.dimension, right: b.dimension });
}

function called(name: string, args: readonly Quantity[]): Quantity {
  const fold = FUNCTIONS.get(name);
  const first = args[0];
  if (fold === undefined) return fail({ kind: "unknown-function", name });
  if (first === undefined) return fail({ kind: "unsupported", what: `${name} without arguments` });
  for (const arg of args) alike(UNIT_KEEPING.has(name) ? first : plain(1), arg);
  return { value: fold(...args.map((arg) => arg.value)), dimension: first.dimension };
}
