import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type LayerResult, parseResults } from "../../reports/index.js";
import { loopwright } from "./program.js";

const LAYER = "gemm:M=4,N=4,K=6";
const ARCH = `name: tiny
levels:
  - {storage: DRAM, keeps: all, energy: {read: 100 pJ, write: 100 pJ}}
  - {fanout: PEs, x: 2, y: 1}
  - {storage: PE, capacity: 12 word, mayKeep: all, energy: {read: 1 pJ, write: 1 pJ}}
  - {compute: MAC, energy: 1 pJ}
`;
const POOR = `mapping:
  - {keep: [Inputs, Weights, Outputs], in: DRAM}
  - {for: m, by: 1}
  - {for: n, by: 1}
  - {for: k, by: 1}
`;
/** k in tiles of 4: no perfect factor. */
const SHORT = POOR.replace("- {for: k, by: 1}", "- {for: k, by: 4}\n  - {for: k, by: 1}");

function results(stdout: string): readonly LayerResult[] {
  const read = parseResults(stdout, "stdout");
  if (!read.ok) throw new Error(read.errors.map(({ message }) => message).join("; "));
  return read.value;
}

describe("loopwright map --explain and --beat", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "loopwright-why-"));
    writeFileSync(join(folder, "tiny.yaml"), ARCH);
    writeFileSync(join(folder, "poor.yaml"), POOR);
    writeFileSync(join(folder, "short.yaml"), SHORT);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const run = (...words: readonly string[]): ReturnType<typeof loopwright> =>
    loopwright(["map", LAYER, "--arch", "tiny.yaml", "--time-limit", "none", ...words], folder);

  it("say what binds the optimum and how much worse the next best dataflow is", () => {
    const { code, stdout } = run("--explain", "--format", "json");
    expect(code).to.equal(0);
    const [result] = results(stdout);
    const findings = result?.findings ?? [];
    expect(new Set(findings.map(({ kind }) => kind))).to.deep.equal(
      new Set(["capacity", "fan-out", "cycles", "energy", "dataflow"]),
    );
    expect(findings.find(({ kind, binds }) => kind === "fan-out" && binds)?.name).to.equal("PEs x");
    const next = findings.find(({ kind, binds }) => kind === "dataflow" && binds);
    expect(next?.value).to.be.at.least(result?.edp ?? Number.POSITIVE_INFINITY);
    const alone = results(run("--dataflow", next?.name ?? "", "--format", "json").stdout);
    expect(alone[0]?.edp).to.equal(next?.value);
    const text = run("--explain");
    expect(text.stdout).to.contain("what makes this the best edp").and.to.contain("next best");
    expect(run("--explain", "--format", "csv").stdout.split("\n").length).to.equal(findings.length + 2);
  });

  it("derive a number of the best mapping", () => {
    const { code, stdout } = run("--explain", "DRAM.Inputs.reads", "--format", "json");
    expect(code).to.equal(0);
    const [result] = results(stdout);
    expect(result?.explanations?.[0]?.value).to.equal(result?.levels[0]?.tensors["Inputs"]?.reads);
  });

  it("price the user's mapping beside the best", () => {
    const out = join(folder, "out");
    const { code, stdout } = run("--beat", "poor.yaml", "--format", "json", "--out", out);
    expect(code).to.equal(0);
    const [result] = results(stdout);
    const contest = result?.contest;
    expect(contest?.outcome).to.equal("behind");
    expect(contest?.best).to.equal(result?.edp);
    expect(contest?.figures[0]).to.include({ name: "energy", best: result?.energy_pJ });
    expect(readFileSync(join(out, "contest.csv"), "utf8")).to.contain(",behind,energy,pJ,");
    const again = results(run("--beat", join(out, "mappings/gemm.yaml"), "--format", "json").stdout);
    expect(again[0]?.contest?.outcome).to.equal("level");
    expect(run("--beat", "poor.yaml").stdout).to.contain("worse than the best (certified optimum)");
    expect(run("--beat", "poor.yaml", "--format", "csv").stdout).to.contain(",behind,energy,pJ,");
    expect(readFileSync(join(out, "result.json"), "utf8")).to.equal(stdout);
  });

  it("say why the user's mapping can be better: it is outside the mapspace", () => {
    const poor = join(folder, "ws.yaml");
    writeFileSync(poor, "dataflow: narrow\nPE: {keeps: []}\nPEs: {x: [], y: []}\n");
    const out = join(folder, "free");
    run("--out", out);
    const { code, stdout } = run("--dataflow", "ws.yaml", "--beat", join(out, "mappings/gemm.yaml"));
    expect(code).to.equal(0);
    expect(stdout).to.contain("better than the answer").and.to.contain("outside the mapspace that was searched");
    expect(stdout).to.match(/narrow: PE may not keep \w+/);
  });

  it("refuse a mapping that is not legal before searching", () => {
    writeFileSync(join(folder, "wrong.yaml"), POOR.replace("{for: k, by: 1}", "{for: k, by: 2}"));
    const { code, stderr } = run("--beat", "wrong.yaml", "--explain", "PE.Inputs.filz");
    expect(code).to.equal(2);
    expect(stderr).to.contain("wrong.yaml").and.to.contain('nothing called "filz" is counted');
  });
});
