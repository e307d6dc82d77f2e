import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type LayerResult, parseResults } from "../../reports/index.js";
import { expectGolden, loopwright } from "./program.js";

const LAYER = "conv:N=1,M=4,C=3,P=6,Q=6,R=3,S=3";
const MAPPING = `mapping:
  - {keep: [Inputs, Weights, Outputs], in: DRAM}
  - {for: m, by: 2}
  - {for: p, by: 3}
  - {keep: [Inputs, Outputs], in: GLB}
  - {for: c, by: 1}
  - {spatial: q, by: 1, axis: x}
  - {spatial: m, by: 1, axis: y}
  - {keep: [Inputs, Weights, Outputs], in: PE}
  - {for: p, by: 1}
  - {for: r, by: 1}
  - {for: s, by: 1}
`;

function results(stdout: string): readonly LayerResult[] {
  const read = parseResults(stdout, "stdout");
  if (!read.ok) throw new Error(read.errors.map(({ message }) => message).join("; "));
  return read.value;
}

describe("loopwright evaluate --explain", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "loopwright-explain-"));
    writeFileSync(join(folder, "mine.yaml"), MAPPING);
    writeFileSync(join(folder, "short.yaml"), MAPPING.replace("p, by: 3", "p, by: 4"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const run = (mapping: string, ...words: readonly string[]): ReturnType<typeof loopwright> =>
    loopwright(["evaluate", LAYER, "--arch", "textbook", "--mapping", mapping, ...words], folder);
  const explained = (mapping: string, counts: readonly string[], format: string): ReturnType<typeof loopwright> =>
    run(mapping, ...counts.flatMap((count) => ["--explain", count]), "--format", format);

  it("derives counts loop by loop: kept halos, multicast, first visits", () => {
    const counts = ["GLB.Inputs.fills", "GLB.Inputs.reads", "PE.Outputs.fills", "PE.Outputs.reads"];
    const { code, stdout } = explained("mine.yaml", counts, "table");
    expect(code).to.equal(0);
    expectGolden("explain/counts/stdout.txt", stdout);
  });

  it("derives them where tiles are short", () => {
    const counts = ["GLB.Inputs.fills", "GLB.Inputs.reads", "GLB.Outputs.drains", "PE.Outputs.updates"];
    const { code, stdout } = explained("short.yaml", counts, "table");
    expect(code).to.equal(0);
    expectGolden("explain/short-tiles/stdout.txt", stdout);
  });

  it("says where cycles and energy come from, asked without a name", () => {
    const { code, stdout } = run("mine.yaml", "--explain");
    expect(code).to.equal(0);
    expectGolden("explain/cost/stdout.txt", stdout);
    const one = loopwright(["evaluate", "--explain", LAYER, "--arch", "textbook", "--mapping", "mine.yaml"], folder);
    expect(one.stdout).to.equal(stdout);
  });

  it("prints the same as CSV and JSON", () => {
    const counts = ["GLB.Inputs.fills", "cycles", "DRAM.Weights.energy"];
    expectGolden("explain/formats/stdout.csv", explained("mine.yaml", counts, "csv").stdout);
    const [result] = results(explained("mine.yaml", [...counts, "energy"], "json").stdout);
    const values = Object.fromEntries(result?.explanations?.map(({ count, value }) => [count, value]) ?? []);
    expect(values["GLB.Inputs.fills"]).to.equal(result?.levels[1]?.tensors["Inputs"]?.fills);
    expect(values["cycles"]).to.equal(result?.cycles);
    expect(values["energy"]).to.equal(result?.energy_pJ);
    expect(values["DRAM.Weights.energy"]).to.equal(result?.levels[0]?.tensors["Weights"]?.energy_pJ);
    for (const { combine, summands, value } of result?.explanations ?? []) {
      const parts = summands.map((summand) => summand.sign * summand.instances * summand.value);
      const found = combine === "sum" ? parts.reduce((sum, part) => sum + part, 0) : Math.max(...parts);
      expect(found).to.be.closeTo(value, 1e-9 * value);
    }
  });

  it("tells what it cannot explain", () => {
    const { code, stderr } = explained("mine.yaml", ["GLB.Input.fils", "GBL.Inputs.fills"], "table");
    expect(code).to.equal(2);
    expectGolden("explain/unknown/stderr.txt", stderr);
    const bypassed = explained("mine.yaml", ["GLB.Weights.fills"], "table");
    expect(bypassed.code).to.equal(2);
    expectGolden("explain/bypassed/stderr.txt", bypassed.stderr);
    expect(run("mine.yaml", "--explain", "--conventions", "timeloop").code).to.equal(2);
  });
});
