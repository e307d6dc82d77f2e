import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import fc from "fast-check";
import { format } from "../../base/index.js";
import { importTimeloop, type TimeloopDesign, type TimeloopFile } from "../../mappings/index.js";

const here = dirname(fileURLToPath(import.meta.url));
const native = join(here, "../../../../shared/oracles/timeloop/native-v4");
const isNativeThere = existsSync(native);
const recorded = join(here, "../../../test/oracles/timeloop/cases");

const ARCHITECTURE = `architecture:
  version: 0.4
  nodes:
  - !Container
    name: system
    attributes: {technology: "40nm", global_cycle_seconds: 5e-9}
  - !Component
    name: MainMemory
    class: DRAM
    attributes: {width: 256, datawidth: 8}
  - !Component
    name: GlobalBuffer
    class: SRAM
    attributes: {depth: rows * 1024, width: 8 * datawidth, datawidth: 8, n_banks: 4}
  - !Container
    name: PE
    spatial: {meshX: 4, meshY: 2}
  - !Component
    name: RegisterFile
    class: regfile
    attributes: {depth: 64, width: 8, datawidth: 8, multiple_buffering: 2}
  - !Component
    name: MACC
    class: intmac
    attributes: {width: 8}
variables: {rows: 32}
`;
const PROBLEM = `problem:
  shape: gemm
  instance: {M: 8, N: 6, K: 4}
`;
const MAPPING = `mapping:
- {target: GlobalBuffer, type: temporal, factors: "M0 N=3,K=4", permutation: KNM}
- {target: PE, type: spatial, factors: [M=4, N=2], permutation: [M, N], split: 1}
- {target: RegisterFile, type: dataspace, bypass: [B]}
`;
const files = (...texts: readonly string[]): readonly TimeloopFile[] =>
  texts.map((text, i) => ({ name: `file${i}.yaml`, text }));

function imported(...texts: readonly string[]): TimeloopDesign {
  const design = importTimeloop(files(...texts));
  if (!design.ok) throw new Error(design.errors.map(format).join("\n"));
  return design.value;
}
function problemsOf(...texts: readonly string[]): readonly string[] {
  const design = importTimeloop(files(...texts));
  return design.ok
    ? []
    : design.errors.map((e) => `${e.at.file}:${e.at.line}:${e.at.column} ${e.code} ${e.hint ?? ""}`);
}

describe("Timeloop's files", () => {
  it("become levels and fan-outs, from nodes with tags and expressions", () => {
    const { architecture } = imported(ARCHITECTURE);
    expect(architecture?.clockHz).to.equal(2e8);
    expect(architecture?.levels.map((level) => level.name)).to.deep.equal([
      "MainMemory",
      "GlobalBuffer",
      "PE",
      "RegisterFile",
      "MACC",
    ]);
    expect(architecture?.levels[0]).to.deep.include({ block: 32, capacity: { kind: "shared", words: Infinity } });
    expect(architecture?.levels[1]).to.deep.include({ block: 8, capacity: { kind: "shared", words: 262144 } });
    expect(architecture?.levels[2]).to.deep.include({ kind: "fanout", x: 4, y: 2, multicast: { x: "all", y: "all" } });
    expect(architecture?.levels[3]).to.deep.include({ buffering: "double", wordBits: 8 });
  });

  it("become a loop tree: keeps, temporal loops, spatial loops with y outside x", () => {
    expect(imported(ARCHITECTURE, PROBLEM, MAPPING).mapping?.nodes).to.deep.equal([
      { kind: "keep", tensors: ["A", "B", "Z"], level: "MainMemory" },
      { kind: "keep", tensors: ["A", "B", "Z"], level: "GlobalBuffer" },
      { kind: "for", variable: "m", by: 4 },
      { kind: "for", variable: "n", by: 2 },
      { kind: "for", variable: "k", by: 1 },
      { kind: "spatial", variable: "n", by: 1, axis: "y", fanout: "PE" },
      { kind: "spatial", variable: "m", by: 1, axis: "x", fanout: "PE" },
      { kind: "keep", tensors: ["A", "Z"], level: "RegisterFile" },
    ]);
  });

  it("give layers by projection, strides substituted, tensors under their own names", () => {
    const shape =
      "problem: {shape: {dimensions: [R, P], coefficients: [{name: Wstride, default: 1}], data_spaces: [{name: Filter, projection: [[[R]]]}, " +
      "{name: Signal, projection: [[[R], [P, Wstride]]]}, {name: Answer, projection: [[[P]]], read_write: True}]}, instance: {R: 3, P: 16, Wstride: 2}}";
    const einsum = imported(shape).layer?.einsum;
    expect(einsum?.variables).to.deep.equal(["r", "p"]);
    expect(einsum?.tensors.map(({ name, role, shape: words }) => [name, role, words])).to.deep.equal([
      ["Filter", "input", [3]],
      ["Signal", "input", [33]],
      ["Answer", "output", [16]],
    ]);
    expect(einsum?.tensors[1]?.ranks[0]?.terms).to.deep.equal([
      { variable: 0, coefficient: 1 },
      { variable: 1, coefficient: 2 },
    ]);
  });

  it("may leave out the shape: an instance alone is Timeloop's convolution", () => {
    const { layer, notes } = imported("problem: {instance: {C: 2, M: 3, P: 5}}");
    expect(layer?.einsum.bounds).to.deep.equal([2, 3, 1, 1, 1, 5, 1]);
    expect(notes.join()).to.match(/no shape/);
  });

  it("share anchors, and include texts that are given or built in", () => {
    const base =
      "base: &base {shape: {dimensions: [M], data_spaces: [{name: A, projection: [[[M]]]}, {name: Z, projection: [[[M]]], read_write: true}]}, instance: {M: 3}}";
    const shape =
      "{{include_text('../problem_base.yaml')}}\nproblem:\n  <<<: *problem_base\n  instance: {C: 64, HStride: 2}\n";
    const [problem] = problemsOf(shape);
    expect(problem).to.equal('file0.yaml:4:21 timeloop/undeclared-coefficient did you mean "Hstride"?');
    const given = [
      {
        name: "layer.yaml",
        text: "{{include_text('shapes/base.yaml')}}\nproblem:\n  <<<: *base\n  instance: {M: 7}\n",
      },
      { name: "base.yaml", text: base.replace("base:", "problem_base:") },
    ];
    const design = importTimeloop(given);
    expect(design.ok && design.value.layer?.einsum.bounds).to.deep.equal([7]);
  });

  it("have their constraints read as a dataflow, in both dialects", () => {
    const listed = `architecture_constraints:
  targets:
  - {target: RegisterFile, type: bypass, keep: [Z], bypass: [B]}
  - {target: RegisterFile, type: temporal, permutation: KN, factors: "K<=4 N=0"}
  - {target: PE, type: spatial, permutation: [M, N], split: 1, factors: M=4}
`;
    const rules = imported(ARCHITECTURE, PROBLEM, listed).dataflow?.rules;
    expect(rules?.get("RegisterFile")).to.deep.include({ keeps: ["Z"], mayKeep: ["A"], order: ["n", "k"] });
    expect([...(rules?.get("RegisterFile")?.maxFactors ?? [])]).to.deep.equal([["k", 4]]);
    expect([...(rules?.get("RegisterFile")?.factors ?? [])]).to.deep.equal([["n", 6]]);
    expect(rules?.get("PE")).to.deep.include({ x: ["m"], y: ["n", "k"] });
    const native = ARCHITECTURE.replace(
      "multiple_buffering: 2}",
      "multiple_buffering: 2}\n    constraints: {dataspace: {keep: [Z], bypass: [A, B]}, temporal: {factors: [K=1]}}",
    );
    const rule = imported(native, PROBLEM).dataflow?.rules.get("RegisterFile");
    expect(rule).to.deep.include({ keeps: ["Z"], mayKeep: [] });
    expect([...(rule?.factors ?? [])]).to.deep.equal([["k", 1]]);
  });

  it("have what is not modelled named in notes", () => {
    const { notes } = imported(ARCHITECTURE, PROBLEM);
    expect(notes).to.include("n_banks of GlobalBuffer is not modelled");
    expect(notes.join("\n")).to.match(/no energy reference table/);
  });

  it("are refused with every problem, each in its place", () => {
    const wrong = MAPPING.replace("GlobalBuffer", "GlobalBufer").replace("M=4", "X=4").replace("[B]", "[BB]");
    expect(problemsOf(ARCHITECTURE, PROBLEM, wrong)).to.deep.equal([
      "file2.yaml:3:41 timeloop/unknown-dimension expected one of: M, N, K",
      'file2.yaml:4:52 timeloop/unknown-tensor did you mean "B"?',
      'file2.yaml:2:3 timeloop/unknown-target did you mean "GlobalBuffer"?',
    ]);
    expect(problemsOf(ARCHITECTURE, PROBLEM, MAPPING.replace("N=3", "N=2"))).to.deep.equal([
      "file2.yaml:3:46 timeloop/not-covered ",
    ]);
    expect(problemsOf(ARCHITECTURE.replace("rows * 1024", "row * 1024"))[0]).to.match(/not-a-number/);
    expect(problemsOf("mapping: []")).to.have.length(1);
    expect(problemsOf("problem: {instance: {C: {}}}", "x: [")[0]).to.match(/^file1.yaml:1:\d+ yaml/);
    expect(problemsOf("", "\u0000")).to.have.length(1);
  });

  it("never make it throw", () => {
    const originals = [
      ...readdirSync(recorded).map((name) =>
        ["arch", "problem", "mapping", "ert"].map((kind) => readFileSync(join(recorded, name, `${kind}.yaml`), "utf8")),
      ),
      [ARCHITECTURE, PROBLEM, MAPPING],
    ];
    const junk = fc.constantFrom(
      "",
      "0",
      "-1",
      "[",
      "{}",
      "null",
      "1e400",
      "x",
      ": ",
      "- ",
      "!Component",
      "*a",
      "&a ",
      "<<: ",
      "99999999999",
      "\n  ",
    );
    const damage = fc.record({ file: fc.nat(), at: fc.double({ min: 0, max: 1, noNaN: true }), cut: fc.nat(12), junk });
    fc.assert(
      fc.property(fc.nat(), fc.array(damage, { minLength: 1, maxLength: 4 }), (which, damages) => {
        const texts = [...(originals[which % originals.length] ?? [])];
        for (const { file, at, cut, junk: text } of damages) {
          const i = file % texts.length;
          const old = texts[i] ?? "";
          const start = Math.floor(at * old.length);
          texts[i] = old.slice(0, start) + text + old.slice(start + cut);
        }
        const design = importTimeloop(files(...texts));
        if (!design.ok) expect(design.errors).to.not.have.length(0);
      }),
      { numRuns: 400 },
    );
  });

  if (isNativeThere)
    it("are read as people write them: the exercises and example designs", () => {
      const read = (path: string): TimeloopFile => ({ name: path, text: readFileSync(join(native, path), "utf8") });
      const problem = read("example_designs/_include/default_problem.yaml");
      for (const design of ["eyeriss_like", "simba_like", "simple_output_stationary", "simple_weight_stationary"]) {
        const result = importTimeloop([read(`example_designs/${design}/arch.yaml`), problem]);
        expect(result.ok, result.ok ? "" : result.errors.map(format).join("\n")).to.equal(true);
      }
      const shapes = readdirSync(join(native, "layer_shapes"), { recursive: true, encoding: "utf8" });
      for (const path of shapes.filter((name) => name.endsWith(".yaml"))) {
        const file = read(`layer_shapes/${path}`);
        const result = importTimeloop([file]);
        if (result.ok) expect(file.text).to.not.match(/[HW]Stride/);
        else for (const error of result.errors) expect(error.hint, path).to.match(/did you mean "[HW]stride"/);
      }
    });
});
