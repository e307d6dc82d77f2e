import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { LegalMapping } from "../../mappings/index.js";
import { macsOf } from "../../workloads/index.js";
import {
  asFiles,
  casesIn,
  corpus,
  filesOf,
  isCorpusThere,
  legalFrom,
  root,
  sample,
  triplesIn,
} from "./timeloop-files.js";
import { differences } from "./witnesses.js";

/** Larger designs than this are left to the slow test. */
const MOST_MACS = 4e5;

const isSmall = (legal: LegalMapping): boolean => macsOf(legal.layer.einsum) <= MOST_MACS;

function small(folder: string, file: string): readonly string[] {
  const cases = casesIn(folder).map((name) => [name, legalFrom(filesOf(folder, name))] as const);
  const triples = triplesIn(join(folder, file)).map((t) => [`triple ${t.id}`, legalFrom(asFiles(t))] as const);
  return [...cases, ...triples]
    .filter(([, legal]) => isSmall(legal))
    .flatMap(([name, legal]) => differences(name, legal));
}

describe("timeloop-model, the model and the machine", () => {
  it("differ only where docs/conventions.md says so", () => {
    const file = join(root, "docs/conventions.md");
    const text = readFileSync(file, "utf8");
    const [before = "", rest = ""] = text.split("<!-- small designs -->\n");
    const [, after = ""] = rest.split("<!-- end -->\n");
    const table = [
      "| design | what | timeloop-model | executed |",
      "|---|---|---|---|",
      ...small(sample, "designs.jsonl"),
    ];
    const expected = `${before}<!-- small designs -->\n${table.join("\n")}\n<!-- end -->\n${after}`;
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, expected);
    else expect(text).to.equal(expected);
  });

  if (isCorpusThere())
    it("differ nowhere else in the whole corpus", () => {
      const shown = readFileSync(join(root, "docs/conventions.md"), "utf8").split("\n");
      expect(small(corpus, "fuzz.jsonl").filter((row) => !shown.includes(row))).to.deep.equal([]);
    });
});
