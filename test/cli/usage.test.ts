import { expect } from "chai";
import { expectGolden, loopwright } from "./program.js";

describe("the command line", () => {
  it("tells its version", () => {
    expect(loopwright(["--version"])).to.deep.equal({ code: 0, stdout: "0.1.0\n", stderr: "" });
  });

  it("shows help as a result when asked, as a complaint when not", () => {
    const asked = loopwright(["--help"]);
    expect(asked.code).to.equal(0);
    expect(asked.stdout).to.contain("loopwright list");
    const bare = loopwright([]);
    expect(bare).to.deep.equal({ code: 2, stdout: "", stderr: asked.stdout });
  });

  it("says of no option that it is text, however long its line is", () => {
    for (const command of ["map", "simulate", "compare", "train"]) {
      const [, options] = /Options:\n(.*?)\n\nExamples:/s.exec(loopwright([command, "--help"]).stdout) ?? [];
      expect(options, command)
        .to.match(/^ +--arch /)
        .and.not.match(/\[string\]|\n\s*\n/);
    }
  });

  const mistakes: readonly (readonly [what: string, words: readonly string[]])[] = [
    ["a misspelt command", ["lst"]],
    ["a misspelt option", ["list", "archs", "--fromat", "json"]],
    ["an unknown value", ["list", "archs", "--format", "jsn"]],
    ["a value missing", ["list", "archs", "--format"]],
    ["an option given twice", ["list", "archs", "--format", "csv", "--format", "json"]],
    ["an operand missing", ["list"]],
    ["a word too many", ["list", "archs", "vgg16"]],
    ["an unknown list", ["list", "arch"]],
    ["an unknown workload", ["list", "layers", "vgg166"]],
    ["a layer that is not there", ["list", "layers", "vgg16", "--layer", "conv9_*"]],
    ["several mistakes at once", ["list", "--fromat=x", "--leyer", "a", "--format", "yaml"]],
  ];
  for (const [what, words] of mistakes) {
    it(`refuses ${what} with a hint, and exit code 2`, () => {
      const { code, stdout, stderr } = loopwright(words);
      expect({ code, stdout }).to.deep.equal({ code: 2, stdout: "" });
      expectGolden(`usage/${what.replaceAll(" ", "-")}/stderr.txt`, stderr);
    });
  }
});
