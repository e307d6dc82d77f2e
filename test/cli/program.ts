import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

/** The root of the repository, from where the compiled tests run. */
export const root: string = join(dirname(fileURLToPath(import.meta.url)), "../../..");

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the compiled program as a user would, from the given folder. */
export function loopwright(words: readonly string[], folder: string = root): Outcome {
  const program = join(root, "dist/cli/main.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], {
    cwd: folder,
    encoding: "utf8",
  });
  return { code: status, stdout, stderr };
}

/**
 * Compares a text with its golden file, `test/golden/NAME`. `UPDATE_GOLDEN=1` writes the file instead; a missing one fails.
 * A change of a golden file is reviewed like code.
 */
export function expectGolden(name: string, text: string): void {
  const file = join(root, "test/golden", name);
  if (process.env["UPDATE_GOLDEN"] === "1") {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return;
  }
  if (!existsSync(file)) expect.fail(`test/golden/${name} is missing; to make it: UPDATE_GOLDEN=1 npm test`);
  expect(text).to.equal(readFileSync(file, "utf8"));
}

/** Times differ from run to run, and the effort of a search with every improvement of it; everything else may not. */
export function withoutTimes(text: string): string {
  return text
    .replaceAll(/"seconds": [\d.e+-]+/g, '"seconds": 0')
    .replaceAll(/"evaluated": \d+/g, '"evaluated": 0')
    .replaceAll(/[\d,.]+(?: [kMG])? evaluated/g, "N evaluated")
    .replaceAll(/ +\d+(?:\.\d+)? s$/gm, " T s")
    .replaceAll(/\b\d+(?:\.\d+)? s\b|\b\d+ min \d\d s\b/g, "T s");
}
