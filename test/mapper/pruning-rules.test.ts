import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");

describe("the list of pruning rules", () => {
  const rows = readFileSync(join(root, "docs/pruning-rules.md"), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| rule"))
    .map((line) => line.split(" | "));

  it("names tests that are there", () => {
    let seen = 0;
    for (const [rule = "", , tests = ""] of rows)
      for (const [, file = "", titles = ""] of tests.matchAll(/\]\(\.\.\/(test\/mapper\/[\w.-]+)\)((?:,? "[^"]+")+)/g))
        for (const [, title = ""] of titles.matchAll(/"([^"]+)"/g)) {
          expect(readFileSync(join(root, file), "utf8"), `${rule}: ${file}`).to.contain(title);
          seen++;
        }
    expect(seen).to.be.greaterThan(rows.length);
  });

  it("names files that argue", () => {
    for (const [rule = "", places = ""] of rows)
      for (const [, file = ""] of places.matchAll(/`([\w.-]+\.ts)`/g))
        expect(readFileSync(join(root, "mapper", file), "utf8"), `${rule}: ${file}`).to.contain("/**");
  });
});
