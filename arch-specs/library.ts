import type { Result } from "../base/index.js";
import type { Architecture } from "./architecture.js";
import { library } from "./library.generated.js";
import { parseArchitecture } from "./parse.js";

/** The names of the built-in architectures, in alphabetical order. */
export const architectureNames: readonly string[] = [...library.keys()];

/** The built-in architecture of that name, with the settings in place of its variables' values; undefined: no such name. */
export function builtInArchitecture(
  name: string,
  settings?: ReadonlyMap<string, string>,
): Result<Architecture> | undefined {
  const text = library.get(name);
  return text === undefined ? undefined : parseArchitecture(text, `${name}.yaml (built in)`, settings);
}

/** The text of a built-in architecture's file, comments and sources included; undefined: no such name. */
export const architectureText = (name: string): string | undefined => library.get(name);
