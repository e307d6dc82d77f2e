// Writes the figures of docs/validation.md that compare our numbers with Eyeriss' published ones: `npm run validate`.
// With `--search 10s` the mappings are found anew first, so long a layer and dataflow; without, the recorded ones are priced.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LayerResult } from "../../reports/index.js";
import { sections, withSections } from "./document.js";
import { commandOf, record, type Study } from "./recorded.js";
import { STUDIES } from "./studies.js";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

function search(study: Study, limit: string): void {
  const folder = mkdtempSync(join(tmpdir(), "loopwright-"));
  const words = [...commandOf(study, limit), "--out", folder];
  console.error(`loopwright ${words.join(" ")}`);
  const program = join(ROOT, "dist/cli/main.js");
  const { status } = spawnSync(process.execPath, [program, ...words], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) throw new Error(`loopwright ended with ${status}`);
  const results: readonly LayerResult[] = JSON.parse(readFileSync(join(folder, "result.json"), "utf8"));
  record(study, results);
  rmSync(folder, { recursive: true });
}

const [flag, limit = "10s", ...names] = process.argv.slice(2);
const wanted = STUDIES.filter(({ name }) => names.length === 0 || names.includes(name));
if (flag === "--search") for (const study of wanted) search(study, limit);
else if (flag !== undefined) throw new Error(`what is ${flag}? There is --search TIME [STUDY…]`);
const document = join(ROOT, "docs/validation.md");
const before = readFileSync(document, "utf8");
const after = withSections(before, sections());
if (after !== before) writeFileSync(document, after);
console.log(after === before ? "docs/validation.md says so already" : "docs/validation.md is written anew");
