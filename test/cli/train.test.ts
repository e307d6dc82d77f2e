import { expect } from "chai";
import { printTrainingCsv, type TrainingStep } from "../../reports/index.js";
import { loopwright } from "./program.js";

function trained(words: readonly string[]): readonly TrainingStep[] {
  const { code, stdout, stderr } = loopwright(["train", ...words, "--time-limit", "20ms", "--format", "json"]);
  expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

/** That every loss is below the one before, and that machine, reference and model agree. */
function expectDescent(steps: readonly TrainingStep[]): void {
  const losses = steps.map(({ loss }) => loss);
  expect(losses).to.deep.equal([...losses].sort((a, b) => b - a));
  expect(new Set(losses).size).to.equal(steps.length);
  expect(steps[0]?.validation.status).to.be.oneOf(["exact", "within-tolerance"]);
  for (const { witness } of steps) expect(witness.model).to.equal("agrees");
}

describe("loopwright train", () => {
  it("trains the 784-30-30-10 MLP on the machine: the loss goes down, every word is checked, every access counted", () => {
    const steps = trained(["mlp-784-30-30-10", "--arch", "textbook", "--steps", "3", "--batch", "4"]);
    expectDescent(steps);
    const [first] = steps;
    const { forward, update } = first?.passes ?? {};
    // Softmax and cross-entropy are five Einsums over the scores; every bias adds up a gradient a word.
    expect(forward?.macs).to.equal(4 * (24_720 + 5 * 10));
    expect(first?.passes["weight-gradient"]?.macs).to.equal(4 * (24_720 + 70));
    // The two hidden layers' inputs, the slopes of their ReLUs, and eight ways over the scores (two over the rows) back through the loss.
    expect(first?.passes["input-gradient"]?.macs).to.equal(4 * (30 * 30 + 30 * 10 + 60 + 8 * 10 + 2));
    expect(update?.macs).to.equal(2 * 24_790);
    const passes = Object.values(first?.passes ?? {});
    expect(first?.macs).to.equal(passes.reduce((sum, { macs }) => sum + macs, 0));
    expect(first?.energy_pJ).to.equal(passes.reduce((sum, { energy_pJ }) => sum + energy_pJ, 0));
    expect(first?.validation.compared).to.be.above(24_790);
    const csv = printTrainingCsv(steps).split("\n");
    expect(csv[0]).to.match(/^workload,architecture,optimiser,step,loss,accuracy,macs,cycles,energy_pJ,forward_macs,/);
    expect(csv[1]).to.match(/^mlp-784-30-30-10,textbook,sgd,1,\d/);
  });

  it("trains the MNIST CNN on the machine", () => {
    const words = ["mnist-cnn-12-24-32", "--arch", "eyeriss", "--steps", "2", "--batch", "1"];
    expectDescent(trained([...words, "--optimiser", "adam"]));
  });

  it("takes batches in turn from more examples, and prints tables and CSV", () => {
    const words = [
      "train",
      "mlp-784-16-16-10",
      "--arch",
      "textbook",
      "--steps",
      "3",
      "--batch",
      "2",
      "--examples",
      "4",
    ];
    const { stdout } = loopwright([...words, "--optimiser", "momentum", "--time-limit", "10ms"]);
    expect(stdout).to.match(
      /^mlp-784-16-16-10 trained on textbook\nmomentum, rate 0\.01, momentum 0\.9; batches of 2 from 4 /,
    );
    const losses = [...stdout.matchAll(/^ +\d +(\d\.\d{4}) /gm)].map(([, loss]) => Number(loss));
    expect(losses.length).to.equal(3);
    expect(losses[2]).to.be.below(losses[0] ?? 0);
    for (const pass of ["forward", "input-gradient", "weight-gradient", "update"])
      expect(stdout).to.match(new RegExp(`^${pass} +[\\d,]+ `, "m"));
  });

  it("refuses what it cannot train, and says where", () => {
    const { code, stderr } = loopwright(["train", "bert-base", "--arch", "textbook"]);
    expect(code).to.equal(2);
    expect(stderr).to.contain('"query" (gemm)').and.to.contain("[workload/not-trained]");
    for (const model of ["test_convtranspose_dilations", "test_globalaveragepool"]) {
      const file = `test/onnx/cases/node/${model}/model.onnx`;
      const refused = loopwright(["train", file, "--arch", "textbook"]);
      expect(refused.code).to.equal(2);
      expect(refused.stderr).to.contain("[usage/not-trained]");
    }
  });
});
