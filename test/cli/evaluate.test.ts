import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type LayerResult, parseResults } from "../../reports/index.js";
import { expectGolden, loopwright } from "./program.js";

const LAYER = "conv:N=1,M=4,C=3,P=6,Q=6,R=3,S=3";
const MAPPING = `mapping:
  - {keep: [Inputs, Weights, Outputs], in: DRAM}
  - {for: m, by: 2}
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

describe("loopwright evaluate and simulate", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "loopwright-cli-"));
    writeFileSync(join(folder, "mine.yaml"), MAPPING);
    writeFileSync(
      join(folder, "longer.yaml"),
      MAPPING.replace("{for: m, by: 2}", "{for: m, by: 2}\n  - {for: p, by: 3}"),
    );
    writeFileSync(
      join(folder, "broken.yaml"),
      MAPPING.replace("spatial: m", "spatial: k").replace("in: GLB", "in: GBL"),
    );
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const run = (words: readonly string[]): ReturnType<typeof loopwright> => loopwright(words, folder);

  it("print the counts of a mapping for people", () => {
    const { code, stdout, stderr } = run(["evaluate", LAYER, "--arch", "textbook", "--mapping", "mine.yaml"]);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expectGolden("evaluate/one-layer/stdout.txt", stdout);
  });

  it("print the same counts by formula and by execution, and say that they checked", () => {
    const words = [LAYER, "--arch", "textbook", "--mapping", "mine.yaml", "--format", "json"];
    const [model] = results(run(["evaluate", ...words]).stdout);
    const [machine] = results(run(["simulate", ...words]).stdout);
    expect(machine?.levels).to.deep.equal(model?.levels);
    expect(machine?.witness).to.deep.equal({ model: "agrees" });
    expect(machine?.validation).to.deep.equal({ status: "exact", maxAbsError: 0, compared: 144 });
    expect(model).not.to.have.any.keys("witness", "validation", "search");
  });

  it("print CSV with a header that names units", () => {
    const { stdout } = run(["simulate", LAYER, "--arch", "textbook", "--mapping", "mine.yaml", "--format", "csv"]);
    expectGolden("simulate/one-layer/stdout.csv", stdout);
  });

  it("run in floating point within the rounding that is possible", () => {
    const words = ["simulate", LAYER, "--arch", "textbook", "--mapping", "mine.yaml", "--type", "float32"];
    const { code, stdout } = run([...words, "--format", "json"]);
    expect(code).to.equal(0);
    expect(results(stdout)[0]?.validation?.status).to.be.oneOf(["exact", "within-tolerance"]);
  });

  it("write the whole report, and nothing else, into the folder", () => {
    const out = join(folder, "out");
    const words = ["evaluate", LAYER, "--arch", "textbook", "--mapping", "mine.yaml", "--out", out];
    const { stdout } = run([...words, "--format", "json"]);
    expect(readdirSync(out).sort()).to.deep.equal(["layers.csv", "mappings", "report.html", "result.json"]);
    expect(readFileSync(join(out, "result.json"), "utf8")).to.equal(stdout);
    expect(readdirSync(join(out, "mappings"))).to.deep.equal(["conv.yaml"]);
    const again = ["evaluate", LAYER, "--arch", "textbook", "--mapping", join(out, "mappings"), "--format", "json"];
    expect(run(again).stdout).to.equal(stdout);
  });

  it("refuse a folder that cannot be written before any work", () => {
    const words = ["evaluate", LAYER, "--arch", "textbook", "--mapping", "mine.yaml", "--out", "mine.yaml/out"];
    const { code, stdout, stderr } = run(words);
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: "" });
    expectGolden("evaluate/not-writable/stderr.txt", stderr);
  });

  it("refuse a folder where a file system takes none, instead of trying for ever", () => {
    const out = existsSync("/proc/self") ? "/proc/nowhere/out" : "mine.yaml/deep/out";
    const { code, stdout, stderr } = run([
      "evaluate",
      LAYER,
      "--arch",
      "textbook",
      "--mapping",
      "mine.yaml",
      "--out",
      out,
    ]);
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: "" });
    expect(stderr).to.contain("cannot write into this folder");
  });

  it("leave no folder behind when an input is wrong", () => {
    const out = join(folder, "none", "out");
    expect(run(["evaluate", LAYER, "--arch", "textbook", "--mapping", "broken.yaml", "--out", out]).code).to.equal(2);
    expect(existsSync(join(folder, "none"))).to.equal(false);
  });

  it("tell every mistake of every input at once, each with its place", () => {
    const words = ["evaluate", LAYER, "--arch", "textbook", "--mapping", "broken.yaml"];
    const { code, stderr } = run(words);
    expect(code).to.equal(2);
    expectGolden("evaluate/broken-mapping/stderr.txt", stderr);
    const inputs = run(["evaluate", "conv:N=0,M=4", "--arch", "eyeris", "--mapping", "nowhere.yaml"]);
    expect(inputs.code).to.equal(2);
    expectGolden("evaluate/broken-inputs/stderr.txt", inputs.stderr);
  });

  it("can be compared with each other", () => {
    const { code, stdout } = run(["diff", "mine.yaml", "longer.yaml", "--exit-code"]);
    expect(code).to.equal(1);
    expectGolden("diff/mappings/stdout.txt", stdout);
    for (const name of ["mine", "longer"]) {
      const words = ["evaluate", LAYER, "--arch", "textbook", "--mapping", `${name}.yaml`, "--format", "json"];
      writeFileSync(join(folder, `${name}.json`), run(words).stdout);
    }
    expect(run(["diff", "mine.json", "mine.json"])).to.deep.equal({ code: 0, stdout: "no difference\n", stderr: "" });
    expectGolden("diff/results/stdout.txt", run(["diff", "mine.json", "longer.json"]).stdout);
  });

  it("have their files checked", () => {
    const { code, stdout, stderr } = run(["check", "mine.yaml", "longer.yaml"]);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expect(stdout).to.equal("mine.yaml: mapping of 10 nodes\nlonger.yaml: mapping of 11 nodes\n");
    const legal = run(["check", "mine.yaml", "--workload", LAYER, "--arch", "textbook"]);
    expect(legal.stdout).to.equal("mine.yaml: mapping of 10 nodes, legal for conv on textbook\n");
    const broken = run(["check", "broken.yaml", "--workload", LAYER, "--arch", "textbook"]);
    expect(broken.code).to.equal(2);
    expect(broken.stderr).to.contain("broken.yaml:4:");
    const words = ["check", "mine.yaml", "broken.yaml", "--workload", LAYER, "--arch", "textbook", "--format"];
    const json = run([...words, "json"]);
    expect(json.code).to.equal(2);
    const [fine, mistake] = JSON.parse(json.stdout);
    expect(fine).to.include({ file: "mine.yaml", is: "mapping of 10 nodes, legal for conv on textbook", code: null });
    expect(mistake).to.include({ file: "broken.yaml", is: null, line: 4 });
    expect(mistake.code).to.match(/^mapping\//);
    expect(run([...words, "csv"]).stdout.split("\n")[0]).to.equal("file,is,code,message,at,line,column,hint");
  });
});
