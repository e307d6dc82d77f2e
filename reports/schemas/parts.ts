/** A JSON Schema, or a part of one. */
export type Schema = Readonly<Record<string, unknown>>;
export type Properties = Readonly<Record<string, Schema>>;

export const DIALECT = "https://json-schema.org/draft/2020-12/schema";

/** Text; `said` is what editors show beside it. */
export const text = (said: string): Schema => ({ type: "string", description: said });

/** A whole number of at least `least`. */
export const whole = (said: string, least = 1): Schema => ({ type: "integer", minimum: least, description: said });

/** A figure: a number in the unit named first, or an expression with units and variables. */
export const figure = (said: string, ...examples: readonly (string | number)[]): Schema => ({
  type: ["number", "string"],
  description: said,
  ...(examples.length === 0 ? {} : { examples }),
});

/** One of a few words. */
export const word = (said: string, words: readonly string[], otherwise?: string): Schema => ({
  enum: words,
  description: said,
  ...(otherwise === undefined ? {} : { default: otherwise }),
});

export const list = (said: string, items: Schema): Schema => ({ type: "array", items, description: said });

/** An object that has these keys and no others. */
export const closed = (said: string, properties: Properties, required: readonly string[] = []): Schema => ({
  type: "object",
  description: said,
  properties,
  ...(required.length === 0 ? {} : { required }),
  additionalProperties: false,
});

/** An object whose keys are names of the user's, with values of one kind. */
export const named = (said: string, values: Schema): Schema => ({
  type: "object",
  description: said,
  additionalProperties: values,
});

/** A name, which YAML may read as a number or as true or false. */
export const name = (said: string): Schema => ({ type: ["string", "number", "boolean"], description: said });

/** Names as a list, or one alone. */
export const names = (said: string): Schema => ({
  description: said,
  anyOf: [
    { type: ["string", "number", "boolean"] },
    { type: "array", items: { type: ["string", "number", "boolean"] } },
  ],
});

/** `all`, `none`, a name or a list of names of tensors. */
export const tensors = (said: string, otherwise?: string): Schema => ({
  ...names(said),
  examples: ["all", "none", ["Inputs", "Outputs"]],
  ...(otherwise === undefined ? {} : { default: otherwise }),
});
