/** Where in an input a problem was seen. */
export interface Location {
  readonly file: string;
  /** Where in the document: `levels[2].capacity`. */
  readonly path: string;
  /** 1-based. */
  readonly line?: number;
  /** 1-based. */
  readonly column?: number;
}

/** One mistake of a user's, as data. */
export interface Diagnostic {
  /** Stable and searchable: `arch/capacity-not-positive`. */
  readonly code: string;
  readonly message: string;
  readonly at: Location;
  /** An action that would mend it. */
  readonly hint?: string;
}

/** A value, or every problem that stood in its way. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly errors: readonly Diagnostic[] };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });
export const failed = <T>(errors: readonly Diagnostic[]): Result<T> => ({ ok: false, errors });

/** One diagnostic as text: `file:line:column: message [code]`, the path, the hint. */
export function format(diagnostic: Diagnostic): string {
  const { file, line, column, path } = diagnostic.at;
  const where = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  const inside = path === "" ? "" : `\n  at ${path}`;
  const hint = diagnostic.hint === undefined ? "" : `\n  hint: ${diagnostic.hint}`;
  return `${where}: ${diagnostic.message} [${diagnostic.code}]${inside}${hint}`;
}

/** Marks a branch that the types rule out; reaching it is a bug of ours. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
