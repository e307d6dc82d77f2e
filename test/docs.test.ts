import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { root, withoutTimes } from "./cli/program.js";

// Every ```console block of the README and the guide is run and its output compared; every ```ts block is compiled and run, and what
// it prints compared with the ```text block after it, if there is one. A ```yaml block that begins with `# NAME.yaml` is a file that
// the commands of its document find. UPDATE_GOLDEN=1 writes what the programs print into the documents.

const guide = join(root, "docs/guide");
const documents = ["README.md", ...(existsSync(guide) ? readdirSync(guide).map((name) => `docs/guide/${name}`) : [])]
  .filter((name) => name.endsWith(".md"))
  .sort();

/** A fenced block: what stands between the fences, and where in the document. */
interface Block {
  readonly language: string;
  readonly body: string;
  readonly start: number;
  readonly end: number;
}

describe("the documents", () => {
  let bin = "";
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "loopwright-docs-"));
    bin = join(folder, ".bin");
    mkdirSync(bin);
    const shim = join(bin, "loopwright");
    writeFileSync(shim, `#!/bin/sh\nexec "${process.execPath}" "${join(root, "dist/cli/main.js")}" "$@"\n`);
    chmodSync(shim, 0o755);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const name of documents) {
    it(`show what the commands print: ${name}`, () => {
      const here = mkdtempSync(join(folder, "document-"));
      for (const { language, body } of blocksOf(readFileSync(join(root, name), "utf8"))) {
        const [, file] = /^# ([\w-]+\.yaml)\n/.exec(body) ?? [];
        if (language === "yaml" && file !== undefined) writeFileSync(join(here, file), body);
      }
      const run = (command: string): string => {
        const env = { ...process.env, PATH: `${bin}:${process.env["PATH"] ?? ""}`, NO_COLOR: "1", COLUMNS: "" };
        const { stdout, stderr } = spawnSync("sh", ["-c", command], { cwd: here, encoding: "utf8", env });
        return stdout + stderr;
      };
      compare(name, "console", ({ body }) => {
        const commands = body.split("\n").filter((line) => line.startsWith("$ "));
        return commands.map((line) => `${line}\n${run(line.slice(2))}`).join("");
      });
    });

    it(`hold programs that compile and run: ${name}`, () => {
      const programsOf = (text: string): readonly Block[] => blocksOf(text).filter(({ language }) => language === "ts");
      const outputs = runPrograms(programsOf(readFileSync(join(root, name), "utf8")).map(({ body }) => body));
      compare(name, "text", (block, text) => {
        const printed = programsOf(text).findIndex(
          ({ end }) => end < block.start && text.slice(end, block.start).trim() === "",
        );
        return outputs[printed] ?? block.body;
      });
    });
  }
});

/** Holds every block of the language against what it should be; with UPDATE_GOLDEN=1 writes that into the document. */
function compare(name: string, language: string, expected: (block: Block, text: string) => string): void {
  const file = join(root, name);
  const before = readFileSync(file, "utf8");
  let text = before;
  const blocks = blocksOf(before).filter((one) => one.language === language);
  const bodies = blocks.map((block) => ({ block, body: expected(block, before) }));
  // From the end, so that the places of the earlier blocks stay.
  for (const { block, body } of bodies.reverse()) {
    if (withoutTimes(body) === withoutTimes(block.body)) continue;
    const bodyStart = block.end - "```".length - block.body.length;
    text = text.slice(0, bodyStart) + body + text.slice(bodyStart + block.body.length);
  }
  if (process.env["UPDATE_GOLDEN"] === "1" && text !== before) writeFileSync(file, text);
  else expect(withoutTimes(text)).to.equal(withoutTimes(before));
}

function blocksOf(text: string): readonly Block[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    language: match[1] ?? "",
    body: match[2] ?? "",
    start: match.index,
    end: match.index + match[0].length,
  }));
}

/** Compiles the programs against the package as others import it, runs them, and gives what each printed. */
function runPrograms(programs: readonly string[]): readonly string[] {
  if (programs.length === 0) return [];
  // Inside the repository, so that `import … from "loopwright"` finds the package itself.
  mkdirSync(join(root, "out"), { recursive: true });
  const folder = mkdtempSync(join(root, "out/programs-"));
  try {
    programs.forEach((program, i) => {
      writeFileSync(join(folder, `program${i}.ts`), program);
    });
    const compilerOptions = {
      rootDir: ".",
      outDir: ".",
      declaration: false,
      sourceMap: false,
      isolatedDeclarations: false,
    };
    const config = { extends: "../../tsconfig.json", compilerOptions, include: ["*.ts"], exclude: [] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const tsc = spawnSync("npx", ["tsc", "-p", folder], { cwd: root, encoding: "utf8" });
    expect(tsc.stdout).to.equal("");
    return programs.map((_, i) => {
      const ran = spawnSync(process.execPath, [join(folder, `program${i}.js`)], { cwd: root, encoding: "utf8" });
      expect(ran.stderr).to.equal("");
      return ran.stdout;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
