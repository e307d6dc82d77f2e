import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type LayerResult, parseResults } from "../../reports/index.js";
import { expectGolden, loopwright, root } from "./program.js";

const cases = join(root, "test/oracles/timeloop/cases");
const filesOf = (name: string): readonly string[] => [
  ...["--arch", join(cases, name, "arch.yaml"), "--problem", join(cases, name, "problem.yaml")],
  ...["--mapping", join(cases, name, "mapping.yaml"), "--ert", join(cases, name, "ert.yaml")],
];
const HALOS = "46-spatialP-Rinner-GLB";

function only(stdout: string): LayerResult {
  const read = parseResults(stdout, "stdout");
  if (!read.ok || read.value[0] === undefined) throw new Error(stdout);
  return read.value[0];
}

describe("loopwright and Timeloop's files", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "loopwright-timeloop-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("evaluate prints our counts, and Timeloop's beside them", () => {
    const { code, stdout, stderr } = loopwright([
      "evaluate",
      "--from",
      "timeloop",
      ...filesOf("26-spatial-2level-bypassLB"),
    ]);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expectGolden("timeloop/evaluate.txt", stdout);
  });

  it("evaluate has timeloop-model's figures in JSON, with link transfers and without", () => {
    const words = ["evaluate", "--from", "timeloop", ...filesOf(HALOS), "--format", "json"];
    const without = only(loopwright(words).stdout).timeloop?.["GLB"]?.["Inputs"];
    expect(without).to.deep.equal({ reads: 48, fills: 10, updates: 0 });
    const passed = only(loopwright([...words, "--link-transfers", "on"]).stdout).timeloop?.["GLB"]?.["Inputs"];
    expect(passed).to.deep.equal({ reads: 24, fills: 10, updates: 0 });
  });

  it("import writes our own files, which evaluate to the same", () => {
    const out = join(folder, "ours");
    const imported = loopwright(["import", "timeloop", ...filesOf(HALOS), "--out", out]);
    expect({ code: imported.code, stderr: imported.stderr }).to.deep.equal({ code: 0, stderr: "" });
    for (const conventions of ["loopwright", "timeloop"]) {
      const common = ["--conventions", conventions, "--link-transfers", "on", "--format", "json"];
      const ours = [
        join(out, "workload.yaml"),
        "--arch",
        join(out, "architecture.yaml"),
        "--mapping",
        join(out, "mapping.yaml"),
      ];
      const { timeloop, ...theirs } = only(
        loopwright(["evaluate", "--from", "timeloop", ...filesOf(HALOS), ...common]).stdout,
      );
      const again = only(loopwright(["evaluate", ...ours, ...common]).stdout);
      expect(timeloop).to.not.equal(undefined);
      expect({ ...again, workload: "" }).to.deep.equal({ ...theirs, workload: "" });
    }
  });

  it("export writes files that evaluate --from timeloop reads", () => {
    const out = join(folder, "theirs");
    const layer = "gemm:M=4,N=4,K=4";
    const mapping = join(folder, "mine.yaml");
    writeFileSync(
      mapping,
      "mapping:\n  - {keep: [Inputs, Weights, Outputs], in: DRAM}\n  - {for: m, by: 1}\n  - {keep: [Inputs, Outputs], in: GLB}\n" +
        "  - {spatial: n, by: 1, axis: x}\n  - {keep: [Inputs, Weights, Outputs], in: PE}\n  - {for: k, by: 1}\n",
    );
    const words = ["timeloop", layer, "--arch", "textbook", "--mapping", mapping, "--out", out];
    const exported = loopwright(["export", ...words]);
    expect(exported.code, exported.stderr).to.equal(0);
    const files = exported.stdout.trim().split("\n");
    expect(files).to.have.length(4);
    const under = ["--conventions", "timeloop", "--format", "json"];
    const again = only(loopwright(["evaluate", "--from", "timeloop", ...files, ...under]).stdout);
    const original = only(loopwright(["evaluate", layer, "--arch", "textbook", "--mapping", mapping, ...under]).stdout);
    expect(again.levels.map((l) => l.tensors)).to.deep.equal(original.levels.map((l) => l.tensors));
    expect([again.cycles, again.energy_pJ]).to.deep.equal([original.cycles, original.energy_pJ]);
  });

  it("say what is wrong with the files, in their places, and write nothing", () => {
    const problem = join(folder, "layer.yaml");
    writeFileSync(problem, "problem:\n  instance: {C: 3, M: 64, HStride: 2}\n");
    const named = filesOf(HALOS).map((word) => (word.endsWith("problem.yaml") ? problem : word));
    const { code, stderr } = loopwright(["evaluate", "--from", "timeloop", ...named]);
    expect(code).to.equal(2);
    expect(stderr).to.contain(`${problem}:2:27: `);
    expect(stderr).to.contain('did you mean "Hstride"?');
    expect(loopwright(["evaluate", "--from", "timeloop", ...filesOf(HALOS).slice(0, 2)]).code).to.equal(2);
    expect(loopwright(["import", "timeloop", problem]).code).to.equal(2);
    expect(loopwright(["import", "maestro", problem, "--out", folder]).stderr).to.contain("maestro");
    expect(loopwright(["evaluate", "gemm:M=4,N=4,K=4", "--problem", problem]).stderr).to.contain("--from timeloop");
    expect(readFileSync(problem, "utf8")).to.contain("HStride");
  });
});
