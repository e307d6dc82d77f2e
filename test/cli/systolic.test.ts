import { expect } from "chai";
import { type LayerResult, parseResults } from "../../reports/index.js";
import { expectGolden, loopwright } from "./program.js";

const LAYER = "conv:N=1,M=8,C=4,H=9,W=9,R=3,S=3,Z=1";

function results(words: readonly string[]): readonly LayerResult[] {
  const { stdout, stderr } = loopwright([...words, "--format", "json"]);
  const read = parseResults(stdout, "stdout");
  if (!read.ok) throw new Error(`${read.errors.map(({ message }) => message).join("; ")}\n${stderr}`);
  return read.value;
}

describe("loopwright simulate --lower im2col, on a systolic array", () => {
  const array = (dataflow: string, ...more: readonly string[]): readonly string[] => {
    const size = ["--set", "rows=8", "--set", "cols=4"];
    return ["simulate", LAYER, "--arch", `systolic-${dataflow}`, ...size, "--lower", "im2col", ...more];
  };

  it("prints cycles by part, mapping efficiency, what unfolding costs, and SRAM accesses", () => {
    const { code, stdout } = loopwright(array("ws"));
    expect(code).to.equal(0);
    expectGolden("simulate/systolic/stdout.txt", stdout);
  });

  for (const dataflow of ["ws", "os", "is"])
    it(`is right, and agrees with the model: ${dataflow}`, () => {
      const [result] = results(array(dataflow));
      expect(result?.validation?.status).to.equal("exact");
      expect(result?.witness?.model).to.equal("agrees");
      const { load = 0, stream = 0, drain = 0 } = result?.systolic?.cycles ?? {};
      expect(result?.machineCycles).to.equal(load + stream + drain);
      expect(result?.machineCycles).to.be.above(result?.cycles ?? Number.POSITIVE_INFINITY);
      expect(result?.lowering).to.deep.equal({ kind: "im2col", inputWords: 324, unfoldedWords: 81 * 36 });
    });

  it("tells how long the array waits where DRAM is slow", () => {
    const [fast] = results(array("ws"));
    const [slow] = results(array("ws", "--set", "dramRate=1"));
    expect(slow?.systolic?.cycles).to.deep.equal(fast?.systolic?.cycles);
    const waited = Object.values(slow?.systolic?.waiting ?? {}).reduce((a, b) => a + b, 0);
    expect(slow?.machineCycles).to.equal((fast?.machineCycles ?? 0) + waited);
    expect(waited).to.be.above(0);
  });

  it("prints utilization over time, and waits, as CSV of their own", () => {
    const csv = (table: string): readonly (readonly string[])[] => {
      const { code, stdout } = loopwright(array("os", "--set", "dramRate=1", "--format", "csv", "--csv", table));
      expect(code).to.equal(0);
      return stdout
        .trim()
        .split("\n")
        .slice(1)
        .map((line) => line.replace(/"[^"]*"/g, "").split(","));
    };
    const [result] = results(array("os", "--set", "dramRate=1"));
    const cycles = csv("waits").reduce((n, row) => n + Number(row.at(-1)), 0);
    expect(cycles).to.be.closeTo(result?.machineCycles ?? 0, 1e-6);
    const compute = csv("activity").filter((row) => row[5] === "compute");
    const operations = compute.reduce(
      (n, [, , , from, to, , , share]) => n + Number(share) * 32 * (Number(to) - Number(from)),
      0,
    );
    expect(operations).to.be.closeTo(result?.macs ?? 0, 1e-6);
    expect(loopwright(array("os", "--csv", "activity")).stderr).to.include("add --format csv");
  });

  it("runs what cannot be lowered as it is, and says so", () => {
    const { code, stdout } = loopwright([
      "map",
      "max-pool:C=4,H=8,W=8,R=2,S=2,U=2",
      "--arch",
      "textbook",
      "--lower",
      "im2col",
      "--format",
      "json",
    ]);
    expect(code).to.equal(0);
    expect(stdout).not.to.include('"lowering"');
  });

  it("tells a buffer that is too small", () => {
    const { code, stderr } = loopwright(array("ws", "--set", "sram=16 B"));
    expect(code).to.equal(3);
    expect(stderr).to.include("[mapping/over-capacity]");
  });
});

describe("loopwright compare --lower im2col", () => {
  it("sets every layer beside its matrix product", () => {
    const words = [
      "compare",
      LAYER,
      "--arch",
      "systolic-ws",
      "--dataflows",
      "any",
      "--objective",
      "energy",
      "--lower",
      "im2col",
    ];
    const [direct, lowered] = results(words);
    expect([direct?.dataflow, lowered?.dataflow]).to.deep.equal(["any", "any im2col"]);
    const reads = [direct, lowered].map((result) => result?.levels[0]?.tensors["Inputs"]?.reads ?? 0);
    expect(reads[1]).to.be.above(reads[0] ?? Number.POSITIVE_INFINITY);
  });
});
