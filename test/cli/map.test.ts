import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type LayerResult, parseResults } from "../../reports/index.js";
import { expectGolden, loopwright, root, withoutTimes } from "./program.js";

function results(stdout: string): readonly LayerResult[] {
  const read = parseResults(stdout, "stdout");
  if (!read.ok) throw new Error(read.errors.map(({ message }) => message).join("; "));
  return read.value;
}

const NETWORK = `name: tiny
layers:
  - {name: first, gemm: {M: 4, N: 8, K: 4}}
  - {name: second, gemm: {M: 8, N: 4, K: 4}}
  - {name: again, gemm: {M: 4, N: 8, K: 4}}
`;

const SMALL = `name: small
levels:
  - {storage: DRAM, keeps: all}
  - {storage: PE, capacity: 2 word, keeps: all}
  - {compute: MAC}
`;

describe("loopwright map and compare", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "loopwright-map-"));
    writeFileSync(join(folder, "tiny.yaml"), NETWORK);
    writeFileSync(join(folder, "mine.yaml"), "dataflow: mine\nPEs: {x: [m], y: [k]}\n");
    writeFileSync(join(folder, "wrong.yaml"), "dataflow: wrong\nPEz: {x: [m], y: [k]}\n");
    writeFileSync(join(folder, "small.yaml"), SMALL);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const run = (words: readonly string[]): ReturnType<typeof loopwright> => loopwright(words, folder);

  it("find the same mapping where several threads share the search of one layer", () => {
    const words = ["map", "gemm:M=12,N=6,K=8", "--arch", "textbook", "--format", "json", "--time-limit", "none"];
    const [one, three] = ["1", "3"].map((threads) => run([...words, "--threads", threads]));
    expect(three?.code).to.equal(0);
    expect(withoutTimes(three?.stdout ?? "")).to.equal(withoutTimes(one?.stdout ?? ""));
    const none = run(["map", "gemm:M=2,N=2,K=2", "--arch", "small.yaml", "--threads", "3"]);
    expect({ code: none.code, stdout: none.stdout }).to.deep.equal({ code: 3, stdout: "" });
    expect(none.stderr).to.include("has no legal mapping");
  });

  it("find the best mapping of each layer, the same for any number of threads", () => {
    const words = ["map", "tiny.yaml", "--arch", "textbook", "--time-limit", "none"];
    const { code, stdout, stderr } = run([...words, "--threads", "1"]);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expectGolden("map/network/stdout.txt", withoutTimes(stdout));
    expect(withoutTimes(run([...words, "--threads", "2"]).stdout)).to.equal(withoutTimes(stdout));
  });

  it("write mappings that evaluate to what was found, layers of one shape searched once", () => {
    const words = ["tiny.yaml", "--arch", "textbook"];
    const out = join(folder, "out");
    const found = results(run(["map", ...words, "--time-limit", "none", "--format", "json", "--out", out]).stdout);
    expect(found.map(({ layer }) => layer)).to.deep.equal(["first", "second", "again"]);
    expect(found.map(({ search }) => [search?.status, search?.gap])).to.deep.equal([
      ...[
        ["optimal", 0],
        ["optimal", 0],
        ["optimal", 0],
      ],
    ]);
    expect(found[2]).to.deep.equal({ ...found[0], layer: "again" });
    expect(readdirSync(join(out, "mappings")).sort()).to.deep.equal(["again.yaml", "first.yaml", "second.yaml"]);
    const again = results(run(["evaluate", ...words, "--mapping", join(out, "mappings"), "--format", "json"]).stdout);
    expect(again.map(({ edp }) => edp)).to.deep.equal(found.map(({ edp }) => edp));
  });

  it("simulate what they find", () => {
    const { code, stdout } = run(["simulate", "gemm:M=4,N=4,K=4", "--arch", "textbook", "--format", "json"]);
    expect(code).to.equal(0);
    const [result] = results(stdout);
    expect(result).to.deep.include({ objective: "edp", witness: { model: "agrees" } });
    expect(result?.validation?.status).to.equal("exact");
  });

  it("put dataflows side by side", () => {
    const words = ["compare", "tiny.yaml", "--layer", "first", "--arch", "eyeriss", "--time-limit", "none"];
    const { code, stdout } = run([...words, "--dataflows", "ws,os,nlr,mine.yaml"]);
    expect(code).to.equal(0);
    expectGolden("compare/dataflows/stdout.txt", withoutTimes(stdout));
    const json = results(run([...words, "--dataflows", "ws,any", "--format", "json"]).stdout);
    expect(json.map(({ dataflow }) => dataflow)).to.deep.equal(["ws", "any"]);
    expect(json[1]?.edp).to.be.at.most(json[0]?.edp ?? 0);
  });

  it("tell what is wrong with a dataflow: its file, or what it asks for", () => {
    const words = ["map", "gemm:M=4,N=4,K=4", "--arch", "textbook", "--dataflow"];
    const unknown = run([...words, "wss"]);
    expect(unknown.code).to.equal(2);
    expect(unknown.stderr).to.contain("did you mean");
    const wrong = run([...words, "wrong.yaml"]);
    expect(wrong.code).to.equal(2);
    expect(wrong.stderr).to.contain("wrong.yaml:2:");
  });

  it("say where no mapping is legal, with exit code 3", () => {
    const { code, stdout, stderr } = run(["map", "gemm:M=4,N=4,K=4", "--arch", "small.yaml"]);
    expect({ code, stdout }).to.deep.equal({ code: 3, stdout: "" });
    expectGolden("map/no-legal-mapping/stderr.txt", stderr);
  });

  it("refuse objectives and times that they cannot read", () => {
    const words = ["map", "gemm:M=4,N=4,K=4", "--arch", "textbook", "--objective", "enrgy", "--time-limit", "soon"];
    const { code, stderr } = run([...words, "--gap", "-1", "--threads", "0", "--set", "rows"]);
    expect(code).to.equal(2);
    expectGolden("map/unreadable-options/stderr.txt", stderr);
  });

  it("give what is done when interrupted, with exit code 130", async () => {
    const out = join(folder, "interrupted");
    const words = ["map", "vgg16", "--arch", "simba", "--time-limit", "none", "--format", "json", "--out", out];
    const child = spawn(process.execPath, [join(root, "dist/cli/main.js"), ...words], { cwd: folder });
    let stdout = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    setTimeout(() => child.kill("SIGINT"), 6000);
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(code).to.equal(130);
    for (const { search, unit } of results(stdout)) if (unit === undefined) expect(search?.gap).to.be.within(0, 1);
    expect(readFileSync(join(out, "result.json"), "utf8")).to.equal(stdout);
  });

  it("name the layers that an interrupt left without a mapping", async () => {
    const words = ["map", "vgg16", "--arch", "simba", "--time-limit", "none", "--threads", "1"];
    const child = spawn(process.execPath, [join(root, "dist/cli/main.js"), ...words], { cwd: folder });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    setTimeout(() => child.kill("SIGINT"), 2500);
    expect(await new Promise((resolve) => child.on("close", resolve))).to.equal(130);
    expect(stderr).to.match(/^interrupted: no mapping yet of (conv\d_\d, ){7}conv\d_\d and \d more$/m);
  });
});
