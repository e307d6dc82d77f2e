import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { loopwright } from "./program.js";

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
    const names = traceEvents.filter(({ name }: { name: string }) => name === "process_name");
    expect(names.length).to.be.above(1);
  });

  it("is empty where a systolic array ran, which has no tiles to show", () => {
    const folder = mkdtempSync(join(tmpdir(), "loopwright-trace-"));
    const file = join(folder, "t.json");
    const run = loopwright(["simulate", "gemm:M=4,N=4,K=4", "--arch", "systolic-ws", "--trace", file]);
    expect(run.code, run.stderr).to.equal(0);
    expect(JSON.parse(readFileSync(file, "utf8")).traceEvents).to.deep.equal([]);
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
  });
});
