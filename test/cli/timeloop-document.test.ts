import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { loopwright, root } from "./program.js";

const file = join(root, "docs/coming-from-timeloop.md");

describe("docs/coming-from-timeloop.md", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "loopwright-document-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("shows files that work, and what the commands print", () => {
    const text = readFileSync(file, "utf8");
    for (const [, name = "", body = ""] of text.matchAll(/^```yaml\n# file: (\S+)\n([\s\S]*?)^```$/gm))
      writeFileSync(join(folder, name), body);
    const expected = text.replaceAll(/^```console\n([\s\S]*?)^```$/gm, (_, body: string) => {
      const commands = body.split("\n").filter((line) => line.startsWith("$ "));
      return `\`\`\`console\n${commands.map((line) => `${line}\n${printed(line.slice(2).split(" "))}`).join("")}\`\`\``;
    });
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, expected);
    else expect(text).to.equal(expected);
  });

  function printed([command = "", ...words]: readonly string[]): string {
    if (command === "cat") return readFileSync(join(folder, words[0] ?? ""), "utf8");
    const { stdout, stderr } = loopwright(words, folder);
    return stdout + stderr;
  }
});
