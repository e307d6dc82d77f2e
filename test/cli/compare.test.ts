import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { secondsLeft } from "../../cli/remaining.js";
import type { LayerResult } from "../../reports/index.js";
import { expectGolden, loopwright, type Outcome } from "./program.js";

const NETS = ["gemm:M=4,N=4,K=8", "conv:M=4,C=2,H=5,W=5,R=3,S=3"];

describe("loopwright compare", () => {
  let folder = "";
  const run = (words: readonly string[]): Outcome => loopwright(["compare", ...words, "--time-limit", "none"], folder);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "loopwright-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("says where an unknown dataflow stands", () => {
    const { code, stderr } = run([...NETS, "--arch", "eyeriss", "--dataflows", "ws,xx"]);
    expect(code).to.equal(2);
    expect(stderr).to.contain('"xx"').and.to.contain("at --dataflows");
  });

  it("puts workloads, architectures and dataflows side by side, with ratios to the first", () => {
    const words = [...NETS, "--arch", "eyeriss,nvdla", "--dataflows", "ws,any"];
    const { code, stdout } = run([...words, "--out", "out"]);
    expect(code).to.equal(0);
    expectGolden("compare/three-axes/stdout.txt", stdout);
    const results: readonly LayerResult[] = JSON.parse(readFileSync(join(folder, "out/result.json"), "utf8"));
    const told = results.map(({ workload, architecture, dataflow }) => [workload, architecture, dataflow]);
    const contenders = ["eyeriss ws", "eyeriss any", "nvdla ws", "nvdla any"].map((words) => words.split(" "));
    expect(told).to.deep.equal(NETS.flatMap((net) => contenders.map((contender) => [net, ...contender])));
    expect(new Set(results.map(({ area_um2 }) => area_um2)).size).to.equal(2);
    const files = readdirSync(join(folder, "out/mappings"), { recursive: true }).map(String);
    expect(files.filter((file) => file.endsWith(".yaml"))).to.have.length(8);
    expect(files).to.include(join("gemm_M_4_N_4_K_8", "gemm.nvdla.ws.yaml"));
  });

  it("compares workloads by their totals where they are all that differs", () => {
    const { stdout } = run([...NETS, "--arch", "eyeriss", "--dataflows", "any", "--format", "markdown"]);
    expectGolden("compare/workloads/stdout.md", stdout);
  });

  it("compares the layers of training steps as well, and takes workloads with commas between", () => {
    writeFileSync(join(folder, "a.yaml"), "layers: [{name: fc, gemm: {M: 2, N: 2, K: 2}}]\n");
    writeFileSync(join(folder, "b.yaml"), "layers: [{name: fc, gemm: {M: 4, N: 2, K: 2}}]\n");
    const words = ["a.yaml,b.yaml", "--training", "--arch", "textbook", "--dataflows", "any", "--format", "json"];
    const results: readonly LayerResult[] = JSON.parse(run(words).stdout);
    expect(results.map(({ workload, layer }) => `${workload} ${layer}`)).to.include.members([
      "a (training) fc",
      "b (training) fc.dWeights",
    ]);
  });

  it("tells every mistake once, and refuses what could not be told apart", () => {
    const wrong = run(["vgg16", "--layer", "conv9", "--arch", "eyeris,nvdla", "--dataflows", "ws"]);
    expect(wrong.code).to.equal(2);
    expect(wrong.stderr.match(/no layer matches/g)).to.have.length(1);
    expect(wrong.stderr.match(/no built-in architecture/g)).to.have.length(1);
    for (const file of ["a.yaml", "b.yaml"])
      writeFileSync(join(folder, file), "name: same\nlevels: [{storage: DRAM}, {compute: MAC}]\n");
    const same = run(["gemm:M=2,N=2,K=2", "--arch", "a.yaml,b.yaml", "--dataflows", "any"]);
    expect([same.code, same.stderr]).to.deep.equal([
      2,
      "command line: two of the contenders are called gemm:M=2,N=2,K=2 on same [usage/same-name]\n  hint: give each file a `name:` of its own\n",
    ]);
  });
});

describe("the time left", () => {
  const standing = { all: 10, took: [], running: [{ seconds: 1, share: null }], limitSeconds: null };

  it("is not guessed from nothing", () => {
    expect(secondsLeft(standing)).to.equal(null);
    expect(secondsLeft({ ...standing, running: [] })).to.equal(null);
  });

  it("goes by the limit until a task is finished, then by those that are", () => {
    expect(secondsLeft({ ...standing, limitSeconds: 5 })).to.equal(4 + 9 * 5);
    expect(secondsLeft({ ...standing, limitSeconds: 5, took: [2, 4] })).to.equal(2 + 7 * 3);
  });

  it("is shared by the tasks side by side", () => {
    const running = [
      { seconds: 1, share: null },
      { seconds: 9, share: null },
    ];
    expect(secondsLeft({ ...standing, took: [3], running })).to.equal((2 + 0 + 7 * 3) / 2);
  });

  it("goes by the shares done where there is no limit", () => {
    expect(secondsLeft({ ...standing, all: 1, running: [{ seconds: 2, share: 0.25 }] })).to.equal(6);
  });
});
