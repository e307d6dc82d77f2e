import type { Operation } from "./einsum.js";

/** What an Einsum's text says, before bounds and constants are known. */
export interface EinsumSyntax {
  readonly output: TensorSyntax;
  readonly inputs: readonly TensorSyntax[];
  readonly combine: Operation["combine"];
  readonly reduce: Operation["reduce"];
}
export interface TensorSyntax {
  readonly name: string;
  readonly ranks: readonly Sum[];
}
/** A sum of products of names and whole numbers; which names are variables is told by their case. */
export type Sum = readonly Product[];
export interface Product {
  readonly sign: 1 | -1;
  readonly factors: readonly Factor[];
}
export type Factor =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "sum"; readonly sum: Sum };

/** Why and where (0-based character) a text is no Einsum. */
export class EinsumSyntaxError {
  readonly message: string;
  readonly offset: number;
  constructor(message: string, offset: number) {
    this.message = message;
    this.offset = offset;
  }
}

interface Token {
  readonly text: string;
  readonly kind: "name" | "number" | "mark" | "end";
  readonly offset: number;
}

const DEEPEST = 50;
const REDUCTIONS: ReadonlyMap<string, Operation["reduce"]> = new Map([
  ["=", "assign"],
  ["+=", "add"],
  ["*=", "multiply"],
  ["max=", "max"],
  ["min=", "min"],
]);

/** Reads `O[n,p] += I[n,2*p+r-1] * F[r]`. The first thing that does not fit ends the reading. */
export function readEinsumSyntax(text: string): EinsumSyntax | EinsumSyntaxError {
  try {
    return new Reader(tokensOf(text)).einsum();
  } catch (problem) {
    if (problem instanceof EinsumSyntaxError) return problem;
    throw problem;
  }
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s+|([A-Za-z_][A-Za-z0-9_]*)|([0-9]+)|([+*]=|[-+*=^()[\],])/y;
  while (pattern.lastIndex < text.length) {
    const offset = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match === null)
      throw new EinsumSyntaxError(
        `unexpected ${JSON.stringify(String.fromCodePoint(text.codePointAt(offset) ?? 0))}`,
        offset,
      );
    if (match[1] !== undefined) tokens.push({ text: match[1], kind: "name", offset });
    else if (match[2] !== undefined) tokens.push({ text: match[2], kind: "number", offset });
    else if (match[3] !== undefined) tokens.push({ text: match[3], kind: "mark", offset });
  }
  tokens.push({ text: "", kind: "end", offset: text.length });
  return tokens;
}

/** Recursive descent; the only state is the place in the list of tokens. */
class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;
  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  einsum(): EinsumSyntax {
    const output = this.#tensor();
    const reduce = this.#reduction();
    const { inputs, combine } = this.#right();
    if (this.#next.kind !== "end") this.#refuse("the end of the Einsum");
    return { output, inputs, combine, reduce };
  }

  #reduction(): Operation["reduce"] {
    const start = this.#next;
    const word = start.kind === "name" ? this.#take().text : "";
    const mark = this.#next.kind === "mark" ? this.#next.text : "";
    const reduce = REDUCTIONS.get(word + mark);
    if (reduce === undefined) throw new EinsumSyntaxError("expected one of += = *= max= min=", start.offset);
    this.#take();
    return reduce;
  }

  #right(): Pick<EinsumSyntax, "inputs" | "combine"> {
    const squared = this.#accept("(");
    const first = this.#tensor();
    const inputs = [first];
    let operator = "";
    while (["*", "+", "-"].includes(this.#next.text)) {
      const { text, offset } = this.#take();
      if (operator !== "" && text !== operator)
        throw new EinsumSyntaxError(
          `one Einsum combines its inputs by one operator, not by ${operator} and ${text}`,
          offset,
        );
      operator = text;
      inputs.push(this.#tensor());
    }
    if (squared) {
      this.#expect(")");
      this.#expect("^");
      if (this.#take().text !== "2" || operator !== "-" || inputs.length !== 2) this.#refuse("(A[…] - B[…])^2");
      return { inputs, combine: "subtract-square" };
    }
    if (inputs.length > 3)
      throw new EinsumSyntaxError(`an Einsum has 1 to 3 inputs, not ${inputs.length}`, this.#next.offset);
    const combine = operator === "*" ? "multiply" : operator === "+" ? "add" : operator === "-" ? "subtract" : "first";
    return { inputs, combine };
  }

  #tensor(): TensorSyntax {
    if (this.#next.kind !== "name") this.#refuse("the name of a tensor");
    const name = this.#take().text;
    this.#expect("[");
    const ranks: Sum[] = [];
    if (this.#accept("]")) return { name, ranks };
    do ranks.push(this.#sum(0));
    while (this.#accept(","));
    this.#expect("]");
    return { name, ranks };
  }

  #sum(depth: number): Sum {
    const products: Product[] = [];
    let sign: 1 | -1 = this.#accept("-") ? -1 : 1;
    for (;;) {
      products.push({ sign, factors: this.#factors(depth) });
      if (this.#accept("+")) sign = 1;
      else if (this.#accept("-")) sign = -1;
      else return products;
    }
  }

  #factors(depth: number): Factor[] {
    const factors = [this.#factor(depth)];
    while (this.#accept("*")) factors.push(this.#factor(depth));
    return factors;
  }

  #factor(depth: number): Factor {
    const { kind, text } = this.#next;
    if (kind === "name") return { kind, name: this.#take().text };
    if (kind === "number") {
      this.#take();
      return { kind, value: Number(text) };
    }
    if (depth > DEEPEST) this.#refuse("fewer parentheses");
    if (!this.#accept("(")) this.#refuse("a variable, a constant or a whole number");
    const sum = this.#sum(depth + 1);
    this.#expect(")");
    return { kind: "sum", sum };
  }

  get #next(): Token {
    const token = this.#tokens[Math.min(this.#at, this.#tokens.length - 1)];
    if (token === undefined) throw new Error("no token");
    return token;
  }
  #take(): Token {
    const token = this.#next;
    this.#at++;
    return token;
  }
  #accept(mark: string): boolean {
    if (this.#next.kind !== "mark" || this.#next.text !== mark) return false;
    this.#at++;
    return true;
  }
  #expect(mark: string): void {
    if (!this.#accept(mark)) this.#refuse(`"${mark}"`);
  }
  #refuse(expected: string): never {
    const { kind, text, offset } = this.#next;
    throw new EinsumSyntaxError(
      `expected ${expected}, found ${kind === "end" ? "the end" : JSON.stringify(text)}`,
      offset,
    );
  }
}
