import type { After } from "../einsum.js";

/** A layer that is several Einsums, one after the other; what one gives, the next ones name. */
export interface Recipe {
  /** Bounds, by upper-case name; those in `optional` are 1 unless given. */
  readonly keys: readonly string[];
  readonly optional: readonly string[];
  /** Real numbers that the steps are made with, and what they are unless given. */
  readonly figures: Readonly<Record<string, number>>;
  /** How many words of the output have a bias of their own: the product of these bounds (for counting parameters). */
  readonly channels: string;
  /** Each step's bounds, by name, are the layer's, and those that it adds. */
  readonly steps: (figures: Figures, bounds: Bounds) => readonly RecipeStep[];
  /** The key that says how often the whole is run, if there is one: the steps of a sequence. */
  readonly repeat?: string;
}
export type Figures = (name: string) => number;
export type Bounds = (name: string) => number;

export interface RecipeStep {
  /** What the step is called after the layer: `softmax.maxima`. The last step is the layer's own result. */
  readonly name: string;
  readonly text: string;
  /** The tensor that the reduction starts from, with its variables: `Bias[h]`. */
  readonly start?: string;
  readonly after?: After;
  /** Bounds of its own. */
  readonly bounds?: Readonly<Record<string, number>>;
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
}

/** A post-step by an activation. */
export const ending = (name: string, figures: { alpha?: number; beta?: number; gamma?: number } = {}): After => ({
  kind: "activation",
  name,
  ...figures,
});

/** 1 ÷ x. */
export const reciprocal: After = ending("power", { gamma: -1 });
export const scaled = (by: number): After => ({ kind: "scale", by });
