import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { loopwright, root } from "../cli/program.js";

/** The whole suite, where it lies beside the repository. */
const conformance = join(root, "../shared/onnx/conformance");

describe("ONNX' test-suite", () => {
  it("passes case by case, heavy operators on the machine", () => {
    const run = loopwright(["simulate", "--suite", "test/onnx/cases", "--format", "json"]);
    const cases: readonly Readonly<Record<string, unknown>>[] = JSON.parse(run.stdout);
    expect(run.code).to.equal(0);
    expect(cases).to.have.lengthOf(71);
    expect(cases.filter(({ status }) => status === "failed")).to.deep.equal([]);
    expect(cases.filter(({ status }) => status === "refused").map((one) => one["case"])).to.deep.equal([
      "node/test_adam_multiple",
      "node/test_identity_sequence",
      "node/test_qlinearmatmul_2D_int8_float16",
    ]);
    const heavy = /Conv(?!ert)|_conv|gemm|matmul|einsum|pool|Pool|lstm|gru|rnn/;
    const still = cases.filter(
      (one) => one["status"] === "passed" && heavy.test(String(one["case"])) && one["layers"] === 0,
    );
    expect(still.map((one) => one["case"])).to.deep.equal(["node/test_maxunpool_export_with_output_shape"]);
  });

  it("fails where outputs differ, and says which word", () => {
    const run = loopwright(["simulate", "--suite", "test/onnx/broken"]);
    expect(run.code).to.equal(1);
    expect(run.stdout).to.match(/y: 1 of 3 words differ; word 1 is 5, expected 6/);
    expect(run.stdout).to.match(/\n0 passed, 1 failed, 0 refused\n$/);
  });

  if (existsSync(conformance))
    it("passes as a whole", () => {
      const run = loopwright(["simulate", "--suite", conformance]);
      expect(run.stdout).to.match(/\n504 passed, 0 failed, 4 refused\n$/);
      expect(run.code).to.equal(0);
    }).timeout(300_000);
});
