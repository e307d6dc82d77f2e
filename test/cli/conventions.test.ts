import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type LayerResult, parseResults } from "../../reports/index.js";
import { loopwright } from "./program.js";

const GEMM = "gemm:M=12,N=6,K=8";

function firstOf(stdout: string): LayerResult {
  const read = parseResults(stdout, "stdout");
  const result = read.ok ? read.value[0] : undefined;
  if (result === undefined) throw new Error(stdout);
  return result;
}

describe("loopwright map and compare under other conventions", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "loopwright-conventions-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const run = (...words: readonly string[]): ReturnType<typeof loopwright> => loopwright(words, folder);

  for (const conventions of ["timeloop", "accelforge"])
    it(`prove an optimum by the rules of ${conventions}, and price it as evaluate does`, () => {
      const own = ["--arch", "textbook", "--conventions", conventions, "--format", "json"];
      const mapped = run("map", GEMM, ...own, "--objective", "energy", "--out", conventions);
      expect({ code: mapped.code, stderr: mapped.stderr }).to.deep.equal({ code: 0, stderr: "" });
      const found = firstOf(mapped.stdout);
      expect(found.conventions).to.equal(conventions);
      expect(found.search?.status).to.equal("optimal");
      const evaluated = firstOf(run("evaluate", GEMM, ...own, "--mapping", `${conventions}/mappings`).stdout);
      expect(evaluated.energy_pJ).to.be.closeTo(found.energy_pJ, 1e-9 * found.energy_pJ);
      const native = firstOf(run("map", GEMM, "--arch", "textbook", "--format", "json", "--out", "native").stdout);
      expect(native.conventions).to.equal("loopwright");
      const repriced = firstOf(run("evaluate", GEMM, ...own, "--mapping", "native/mappings").stdout);
      expect(found.energy_pJ).to.be.at.most(repriced.energy_pJ * (1 + 1e-9));
    });

  it("export what was found under Timeloop's as it is", () => {
    run("map", GEMM, "--arch", "textbook", "--conventions", "timeloop", "--out", "found");
    const words = ["--arch", "textbook", "--mapping", "found/mappings", "--out", "exported"];
    const { code, stderr } = run("export", "timeloop", GEMM, ...words);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
  });

  it("compare dataflows under them", () => {
    const words = ["--arch", "textbook", "--dataflows", "any,os", "--conventions", "accelforge", "--format", "json"];
    const { code, stdout } = run("compare", GEMM, ...words);
    expect(code).to.equal(0);
    expect(firstOf(stdout)).to.include({ conventions: "accelforge", dataflow: "any" });
  });

  it("refuse what they cannot prove or explain", () => {
    const gaps = "einsum:'O[2*p,m] += A[p,k]*B[m,k]',P=4,M=2,K=2";
    const refused = run("map", gaps, "--arch", "textbook", "--conventions", "timeloop");
    expect(refused.code).to.equal(2);
    expect(refused.stderr).to.include("map/conventions-not-searched");
    const explained = run("map", GEMM, "--arch", "textbook", "--conventions", "accelforge", "--explain");
    expect(explained.code).to.equal(2);
    expect(explained.stderr).to.include("needs-own-conventions");
  });
});
