import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { expect } from "chai";
import { root } from "./cli/program.js";

function run(command: string, words: readonly string[], folder: string): string {
  const { stdout, stderr, status } = spawnSync(command, words, { cwd: folder, encoding: "utf8" });
  expect(status, `${command} ${words.join(" ")}\n${stdout}${stderr}`).to.equal(0);
  return stdout;
}

describe("the package", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "loopwright-package-"));
    run("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], root);
    const [tarball = ""] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
    run("tar", ["-xzf", tarball], folder);
    mkdirSync(join(folder, "node_modules"));
    renameSync(join(folder, "package"), join(folder, "node_modules/loopwright"));
    // What an installation would put beside it: its dependencies, and not those of development.
    const listed = run("npm", ["ls", "--omit=dev", "--all", "--parseable"], root).trim().split("\n").slice(1);
    for (const path of listed) {
      const target = join(folder, relative(root, path));
      mkdirSync(dirname(target), { recursive: true });
      if (relative(root, path).lastIndexOf("node_modules") === 0) symlinkSync(path, target);
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("holds the program, the library and its documents, and no tests", () => {
    const held = readdirSync(join(folder, "node_modules/loopwright"), { recursive: true, encoding: "utf8" });
    expect(held).to.include.members(["LICENSE", "README.md", "CHANGELOG.md", "dist/index.js", "dist/index.d.ts"]);
    expect(held).to.include.members(["dist/cli/main.js", "dist/cli/worker.js"]);
    expect(held.filter((name) => /^dist\/(?:test|bench)\b|^(?:cli|sim|test)\b/.test(name))).to.deep.equal([]);
  });

  it("runs elsewhere as a program", () => {
    const main = join(folder, "node_modules/loopwright/dist/cli/main.js");
    const { version }: { readonly version: string } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(run(process.execPath, [main, "--version"], folder)).to.equal(`${version}\n`);
    const layer = "gemm:M=4,N=4,K=4";
    run(process.execPath, [main, "map", layer, "--arch", "textbook", "--out", "out"], folder);
    const words = ["simulate", layer, "--arch", "textbook", "--mapping", "out/mappings", "--format", "json"];
    const [result] = JSON.parse(run(process.execPath, [main, ...words], folder));
    expect(result).to.deep.include({ macs: 64, witness: { model: "agrees" } });
  });

  it("runs elsewhere as a library", () => {
    const program = `import { builtInWorkload, macsOf } from "loopwright";
console.log(builtInWorkload("vgg16").layers.map((layer) => macsOf(layer.einsum)).reduce((a, b) => a + b));`;
    writeFileSync(join(folder, "use.mjs"), program);
    expect(run(process.execPath, ["use.mjs"], folder)).to.equal("15470264320\n");
  });
});
