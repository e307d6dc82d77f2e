import { expect } from "chai";
import { prepare } from "../../cli/job.js";
import { type LayerResult, parseResults } from "../../reports/index.js";
import { loopwright } from "./program.js";

const WORDS = ["map", "mlp-784-30-30-10", "--training", "--arch", "textbook", "--time-limit"];

function results(words: readonly string[]): readonly LayerResult[] {
  const read = parseResults(loopwright([...words, "--format", "json"]).stdout, "stdout");
  if (!read.ok) throw new Error(read.errors.map(({ message }) => message).join("; "));
  return read.value;
}

describe("loopwright map --training", () => {
  it("sums a step up by pass", () => {
    const { code, stdout, stderr } = loopwright([...WORDS, "20ms", "--layer", "fc3"]);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expect(stdout).to.match(/^mlp-784-30-30-10 \(training\) on textbook$/m);
    for (const pass of ["forward", "input-gradient", "weight-gradient"])
      expect(stdout).to.match(new RegExp(`^${pass} +300 +\\d`, "m"));
    expect(stdout).to.match(/^total +900 /m);
  });

  it("says that light steps and fused layers are no part of it", () => {
    const wishes = { arch: "textbook", set: [], layer: [], type: null, out: null, training: true };
    const [plain, fused] = [false, true].map((fuse) => prepare("mlp-784-30-30-10", { ...wishes, vector: true, fuse }));
    expect(plain?.ok && plain.value.notes.join()).to.not.contain("--fuse");
    expect(fused?.ok && fused.value.notes.join()).to.contain("--light and --fuse change nothing");
  });

  it("tells the pass of each result, three times the operations in all", () => {
    const step = results([...WORDS, "20ms"]);
    expect(step.map(({ layer, pass }) => `${layer} ${pass}`)).to.deep.equal([
      ...["fc1 forward", "fc2 forward", "fc3 forward"],
      ...["fc3.dInputs input-gradient", "fc3.dWeights weight-gradient"],
      ...["fc2.dInputs input-gradient", "fc2.dWeights weight-gradient"],
      ...["fc1.dInputs input-gradient", "fc1.dWeights weight-gradient"],
    ]);
    expect(step.reduce((macs, result) => macs + result.macs, 0)).to.equal(3 * 24_720);
  });

  it("picks layers of the network with their gradients, or layers of the step by themselves", () => {
    const names = (pattern: string): readonly string[] =>
      results([...WORDS, "20ms", "--layer", pattern]).map(({ layer }) => layer);
    expect(names("fc3")).to.deep.equal(["fc3", "fc3.dInputs", "fc3.dWeights"]);
    expect(names("*.dWeights")).to.deep.equal(["fc3.dWeights", "fc2.dWeights", "fc1.dWeights"]);
  });
});
