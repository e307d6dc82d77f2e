import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { checkFormat } from "../reports/trace-format.js";
import { loopwright, root } from "./program.js";

/** 1.85 thousand million MACs, and a tile that moves every few steps: long enough to be ended. */
const MAPPING = `mapping:
  - {keep: [Inputs, Weights, Outputs], in: DRAM}
  - {for: q, by: 2}
  - {for: s, by: 1}
  - {keep: [Inputs], in: GLB}
  - {for: q, by: 1}
  - {keep: [Outputs], in: GLB}
  - {for: c, by: 8}
  - {spatial: m, by: 16, axis: x}
  - {spatial: r, by: 1, axis: y}
  - {keep: [Weights], in: PE}
  - {for: p, by: 1}
  - {keep: [Inputs], in: PE}
  - {for: m, by: 1}
  - {keep: [Outputs], in: PE}
  - {for: c, by: 1}
`;

interface Slice {
  readonly tid: number;
  readonly name: string;
  readonly cat: string;
  readonly ts: number;
  readonly dur: number;
  readonly args: { readonly words?: number; readonly during?: string };
}

describe("simulate --trace", () => {
  it("writes one trace of all layers, and nothing beside it", () => {
    const folder = mkdtempSync(join(tmpdir(), "loopwright-trace-"));
    const file = join(folder, "t.json");
    const run = loopwright([
      "simulate",
      "lenet5",
      "--layer",
      "c*",
      "--arch",
      "textbook",
      "--time-limit",
      "1s",
      "--trace",
      file,
    ]);
    expect(run.code, run.stderr).to.equal(0);
    expect(readdirSync(folder)).to.deep.equal(["t.json"]);
    const { traceEvents } = JSON.parse(readFileSync(file, "utf8"));
    checkFormat(traceEvents);
    const names = traceEvents.filter(({ name }: { name: string }) => name === "process_name");
    expect(names.length).to.be.above(1);
  });

  it("shows what a systolic array did, and all its cycles", () => {
    const folder = mkdtempSync(join(tmpdir(), "loopwright-trace-"));
    const file = join(folder, "t.json");
    const run = loopwright([
      ...["simulate", "gemm:M=40,N=24,K=40", "--arch", "systolic-ws", "--set", "dramRate=2 word/cycle"],
      ...["--trace", file, "--format", "json"],
    ]);
    expect(run.code, run.stderr).to.equal(0);
    const [{ machineCycles, systolic }] = JSON.parse(run.stdout);
    const { load, stream, drain } = systolic.cycles;
    const { start, tiles, finish } = systolic.waiting;
    const { traceEvents } = JSON.parse(readFileSync(file, "utf8"));
    checkFormat(traceEvents);
    const all = traceEvents.filter(({ ph }: { ph: string }) => ph === "X");
    const slices = all.filter(({ cat }: Slice) => cat === "compute" || cat === "stall");
    const cyclesOf = (is: (event: Slice) => boolean): number =>
      slices.reduce((n: number, event: Slice) => (is(event) ? n + event.dur : n), 0);
    const works = ["load", "stream", "drain"].map((name) => cyclesOf((event) => event.name === name));
    expect(works).to.deep.equal([load, stream, drain]);
    const waits = ["start-up", "run", "final drain"].map((when) => cyclesOf(({ args }) => args.during === when));
    expect(waits).to.deep.equal([start, tiles, finish]);
    let end = 0;
    for (const { ts, dur } of slices) {
      expect(ts).to.equal(end);
      end = ts + dur;
    }
    expect(end).to.equal(machineCycles);
    const wordsOf = (action: string): number =>
      all.reduce((n: number, { cat, args }: Slice) => (cat === action ? n + (args.words ?? 0) : n), 0);
    expect([wordsOf("fill"), wordsOf("drain")]).to.deep.equal([1600 + 960, 960]);
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const)
    it(`leaves nothing behind when it is ended by ${signal}`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "loopwright-trace-"));
      const traces = join(folder, "traces");
      mkdirSync(traces);
      writeFileSync(join(folder, "mapping.yaml"), MAPPING);
      const words = ["simulate", "vgg16", "--layer", "conv2_2", "--arch", "eyeriss", "--trace", join(traces, "t.json")];
      const program = join(root, "dist/cli/main.js");
      const run = spawn(process.execPath, [program, ...words, "--mapping", join(folder, "mapping.yaml")], {
        stdio: "ignore",
      });
      const ended = new Promise<readonly unknown[]>((resolve) => run.on("exit", (...how) => resolve(how)));
      const sizeOf = (name: string): number => statSync(join(traces, name), { throwIfNoEntry: false })?.size ?? 0;
      const isWritten = (): boolean => readdirSync(traces).some((name) => sizeOf(name) > 0);
      while (!isWritten() && run.exitCode === null) await setTimeout(20);
      run.kill(signal);
      expect(await ended).to.deep.equal(signal === "SIGINT" ? [130, null] : [null, signal]);
      expect(readdirSync(traces)).to.deep.equal([]);
    });

  it("refuses what it cannot write or read", () => {
    const run = loopwright(["simulate", "gemm:M=4,N=4,K=4", "--arch", "textbook", "--trace-window", "9..3"]);
    expect(run.code).to.equal(2);
    expect(run.stderr).to.contain("write 1000..2000");
    const away = loopwright(["simulate", "gemm:M=4,N=4,K=4", "--arch", "textbook", "--trace", "/proc/none/t.json"]);
    expect(away.code).to.equal(2);
    expect(away.stderr).to.contain("--trace");
    const folder = loopwright(["simulate", "gemm:M=4,N=4,K=4", "--arch", "textbook", "--trace", tmpdir()]);
    expect(folder.code).to.equal(2);
    expect(folder.stderr).to.contain("is a folder");
    const suite = loopwright(["simulate", "--suite", "test/onnx/cases", "--trace", "t.json"]);
    expect(suite.code).to.equal(2);
    expect(suite.stderr).to.contain("--trace");
  });
});
