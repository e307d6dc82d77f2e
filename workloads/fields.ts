import { type Diagnostic, inArgument, type Located, type Location } from "../base/index.js";
import * as messages from "./messages.js";
import { isPositiveWhole } from "./parse-einsum.js";

/** A value that a user gave for a key, and where both stand. */
export interface Field {
  readonly value: string | number | boolean | null;
  readonly key: Location;
  readonly at: Location;
}
export type Fields = ReadonlyMap<string, Field>;

/** What one kind of layer is told by: its own keys, and the names by which other texts know them. */
export interface Vocabulary {
  readonly keys: readonly string[];
  readonly aliases: ReadonlyMap<string, string>;
}

/** The keys of one layer while they are read: every problem is collected, every alias gives a note. */
export class FieldReader {
  readonly #fields: Map<string, Field> = new Map();
  /** The kind that is read. */
  readonly owner: string;
  readonly #at: Location;
  readonly problems: Diagnostic[];
  readonly notes: string[];

  constructor(
    owner: string,
    at: Location,
    fields: Fields,
    vocabulary: Vocabulary,
    problems: Diagnostic[],
    notes: string[],
  ) {
    this.owner = owner;
    this.#at = at;
    this.problems = problems;
    this.notes = notes;
    for (const [name, field] of fields) {
      const known = vocabulary.keys.includes(name);
      const meant = known ? name : vocabulary.aliases.get(name);
      if (meant === undefined)
        problems.push(messages.unknownKey(field.key, name, [...vocabulary.keys, ...vocabulary.aliases.keys()]));
      else if (this.#fields.has(meant)) problems.push(messages.keyTwice(field.key, name, meant));
      else this.#fields.set(meant, field);
      if (meant !== undefined && !known) notes.push(`${name} is read as ${meant}`);
    }
  }

  get at(): Location {
    return this.#at;
  }
  has(key: string): boolean {
    return this.#fields.has(key);
  }
  locationOf(key: string): Location {
    return this.#fields.get(key)?.at ?? this.#at;
  }
  raw(key: string): Field["value"] | undefined {
    return this.#fields.get(key)?.value;
  }

  /** A positive whole number; without one a problem is reported, and 1 taken. */
  positive(key: string, otherwise?: number): number {
    const value = this.optional(key);
    if (value !== undefined) return value;
    if (otherwise !== undefined || this.has(key)) return otherwise ?? 1;
    this.problems.push(messages.keyMissing(this.#at, this.owner, key));
    return 1;
  }

  /** A positive whole number if the key is given (and right). */
  optional(key: string): number | undefined {
    const field = this.#fields.get(key);
    if (field === undefined) return undefined;
    if (isPositiveWhole(field.value)) return field.value;
    this.problems.push(messages.notPositive(field.at, key, field.value));
    return undefined;
  }

  /** Any number. */
  figure(key: string, otherwise: number): number {
    const field = this.#fields.get(key);
    if (field === undefined) return otherwise;
    if (typeof field.value === "number" && Number.isFinite(field.value)) return field.value;
    this.problems.push(messages.notA(field.at, key, "a number", JSON.stringify(field.value)));
    return otherwise;
  }

  /** One of the words, if the key is given (and right). */
  word<W extends string>(key: string, words: readonly W[]): W | undefined {
    const field = this.#fields.get(key);
    if (field === undefined) return undefined;
    const found = words.find((word) => word === field.value);
    if (found === undefined)
      this.problems.push(messages.notA(field.at, key, words.join(" or "), JSON.stringify(field.value)));
    return found;
  }

  /** Zero or a positive whole number if the key is given (and right). */
  natural(key: string): number | undefined {
    const field = this.#fields.get(key);
    if (field === undefined) return undefined;
    if (field.value === 0 || isPositiveWhole(field.value)) return field.value;
    this.problems.push(messages.notNatural(field.at, key, field.value));
    return undefined;
  }
}

/** The scalar entries of a YAML map as fields; other entries are reported. */
export function fieldsOfMap(node: Located & { kind: "map" }, problems: Diagnostic[]): Map<string, Field> {
  const fields = new Map<string, Field>();
  for (const [name, { key, value }] of node.entries) {
    if (value.kind === "scalar") fields.set(name, { value: value.value, key, at: value.at });
    else
      problems.push(messages.notA(value.at, name, "a number", value.kind === "list" ? "a list" : "a mapping of keys"));
  }
  return fields;
}

/** A field of an inline argument. */
export const fieldOf = (argument: string, name: string, value: string | number): Field => ({
  value,
  key: inArgument(argument, name),
  at: inArgument(argument, name),
});
