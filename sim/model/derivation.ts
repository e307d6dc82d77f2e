/** The words that are explained: one count of one tensor at one level, over all instances. */
export interface Question {
  /** Index into `architecture.levels`. */
  readonly level: number;
  readonly tensor: number;
  readonly count: CountName;
}
export type CountName = "fills" | "reads" | "updates" | "drains";

/** How a count comes about: the sum of its summands. */
export interface Derivation {
  /** Words, over all instances: exactly what `predict` counts. */
  readonly value: number;
  readonly summands: readonly Summand[];
}

/** So many instances that are alike, each with as many words as the chain ends with; taken away where the sign says so. */
export interface Summand {
  readonly sign: 1 | -1;
  readonly role: Role;
  readonly instances: number;
  readonly chain: Chain;
}
export type Role =
  /** Words that move with a tile. */
  | "moved"
  /** Words that an instance holds for the first time: they start from the reduction's identity and move nothing. */
  | "first"
  /** Words that several instances move at once, which cost one access only. */
  | "shared"
  /** Words that operations ask for or deliver. */
  | "operands"
  /** Words that an operation touches for the first time: there is no old value to read. */
  | "touched";

/** A number loop by loop, from the inside out: `value` starts at `start`, and each step makes it times · value − less. */
export interface Chain {
  readonly start: number;
  readonly from: "tile" | "word" | "total";
  readonly steps: readonly Step[];
  readonly value: number;
}
export interface Step {
  /** What multiplies: loops of the mapping, as indices into its loops (keep nodes left out), outermost first. */
  readonly loops: readonly number[];
  readonly reason: Reason;
  readonly times: number;
  readonly less: number;
  /** Words after this step. */
  readonly value: number;
}
export type Reason =
  /** The tile does not move with the loop, nor with any inside it. */
  | "still"
  /** Every iteration moves whole tiles anew. */
  | "anew"
  /** Every iteration but the first keeps some words of the tile before. */
  | "slides"
  /** The last iteration's tiles are shorter. */
  | "short"
  /** Tiles overlap, and the last are shorter or cut off: words are kept, and some do not exist. `less` may then be negative. */
  | "edge"
  /** Each iteration is other words. */
  | "own"
  /** The iterations' words overlap; each counts once. */
  | "overlap"
  /** Every operation asks anew. */
  | "asks"
  /** All instances along the loop ask for the same, and share one access. */
  | "multicast"
  | "reduced"
  /** Each instance along the loop has an access of its own. */
  | "apart";

/** A chain under construction. Steps that change nothing and say nothing are left out. */
export class ChainBuilder {
  private readonly steps: Step[] = [];
  private readonly start: number;
  private readonly from: Chain["from"];
  private value: number;

  constructor(start: number, from: Chain["from"]) {
    this.start = start;
    this.from = from;
    this.value = start;
  }

  /** After the loops, `times` iterations of what was before, there are `value` words. */
  add(loops: readonly number[], times: number, value: number, reason: Reason): this {
    if (times === 1 && value === this.value) return this;
    const factor = reason === "still" || reason === "multicast" || reason === "reduced" ? 1 : times;
    this.steps.push({ loops, reason, times: factor, less: factor * this.value - value, value });
    this.value = value;
    return this;
  }

  chain(): Chain {
    return { start: this.start, from: this.from, steps: this.steps, value: this.value };
  }
}
