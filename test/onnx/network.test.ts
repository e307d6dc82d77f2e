import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type Known, type ModelProto, readTensor, writeModel, writeTensor } from "../../workloads/index.js";
import { loopwright } from "../cli/program.js";
import { type AttributeValue, modelOf, randomTensor } from "./models.js";
import { runOnRuntime, withWeights } from "./runtime.js";

/** A small network: convolution, ReLU, pooling, a fully connected layer, softmax. */
const nodes: readonly (readonly [string, readonly string[], string, Readonly<Record<string, AttributeValue>>])[] = [
  ["Conv", ["image", "filters", "bias"], "conv", { pads: [1, 1, 1, 1] }],
  ["Relu", ["conv"], "relu", {}],
  ["MaxPool", ["relu"], "pool", { kernel_shape: [2, 2], strides: [2, 2] }],
  ["Flatten", ["pool"], "flat", {}],
  ["Gemm", ["flat", "matrix", "offset"], "scores", { transB: 1 }],
  ["Softmax", ["scores"], "probabilities", { axis: 1 }],
];
const image = randomTensor([1, 3, 8, 8], 1);
const weights = new Map<string, Known>([
  ["filters", randomTensor([4, 3, 3, 3], 2)],
  ["bias", randomTensor([4], 3)],
  ["matrix", randomTensor([5, 64], 4)],
  ["offset", randomTensor([5], 5)],
]);

describe("a whole network on the machine", () => {
  let folder = "";
  const model = network();
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "loopwright-network-"));
    mkdirSync(join(folder, "data"));
    mkdirSync(join(folder, "wrong"));
    writeFileSync(join(folder, "net.onnx"), writeModel(model));
    writeFileSync(join(folder, "data/input_0.pb"), writeTensor("image", image));
    const expected = (await runOnRuntime(model, new Map([["image", image]]), ["probabilities"])).get("probabilities");
    if (expected === undefined) expect.fail("onnxruntime gave nothing");
    writeFileSync(join(folder, "data/output_0.pb"), writeTensor("probabilities", expected));
    const moved = { ...expected, values: expected.values.map((word) => word + 0.01) };
    writeFileSync(join(folder, "wrong/output_0.pb"), writeTensor("probabilities", moved));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...words: readonly string[]) =>
    loopwright(["simulate", "net.onnx", "--arch", "textbook", "--time-limit", "100ms", ...words], folder);

  it("gives the outputs that onnxruntime gives", () => {
    const { code, stdout } = run("--inputs", "data", "--check", "data", "--out", "report");
    expect(stdout).to.match(/output probabilities: float32 \[1, 5\].*; 5 words as expected, largest error/);
    expect(code).to.equal(0);
    const written = readTensor(readFileSync(join(folder, "report/outputs/output_0.pb")), "output_0.pb");
    expect(written.ok && written.value.value.shape).to.deep.equal([1, 5]);
  });

  it("tells every layer's counts, the model agreeing and a sample of its words as the reference has them", () => {
    const { code, stdout } = run("--inputs", "data", "--format", "json");
    const layers: readonly { layer: string; witness: unknown; validation: { status: string; compared: number } }[] =
      JSON.parse(stdout);
    expect(layers.map(({ layer, witness }) => [layer, witness])).to.deep.equal([
      ["conv", { model: "agrees" }],
      ["pool", { model: "agrees" }],
      ["scores", { model: "agrees" }],
    ]);
    expect(layers.map(({ validation }) => validation.compared)).to.deep.equal([64, 64, 5]);
    expect(layers.map(({ validation }) => validation.status)).not.to.include("failed");
    expect(code).to.equal(0);
  });

  it("gives the same where convolutions run as matrix products on a systolic array", () => {
    const words = ["simulate", "net.onnx", "--arch", "systolic-ws", "--lower", "im2col", "--time-limit", "100ms"];
    const { code, stdout } = loopwright([...words, "--inputs", "data", "--check", "data", "--format", "json"], folder);
    const layers: readonly { layer: string; lowering?: unknown; systolic?: unknown; witness: unknown }[] =
      JSON.parse(stdout);
    expect(layers.every(({ witness }) => JSON.stringify(witness) === '{"model":"agrees"}')).to.equal(true);
    expect(layers.flatMap(({ layer, systolic }) => (systolic === undefined ? [] : [layer]))).to.include("conv");
    expect(layers.find(({ layer }) => layer === "conv")?.lowering).to.deep.equal({
      ...{ kind: "im2col", inputWords: 3 * 64, unfoldedWords: 64 * 27 },
    });
    expect(code).to.equal(0);
  });

  it("ends with 1 where outputs differ, and says where", () => {
    const { code, stderr } = run("--inputs", "data", "--check", "wrong");
    expect(stderr).to.match(/output probabilities.*NOT as expected: 5 of 5 words differ; word 0 is/);
    expect(code).to.equal(1);
  });

  it("makes inputs by a seed", () => {
    const outputs = ["1", "2"].map((seed) => run("--inputs", "random", "--seed", seed).stdout.split("\n").at(-2));
    expect(outputs[0]).to.match(/^output probabilities/);
    expect(outputs[0]).not.to.equal(outputs[1]);
  });

  it("is told as a table of layers, and checked", () => {
    const { stdout } = loopwright(["list", "layers", "net.onnx", "--format", "json"], folder);
    expect(JSON.parse(stdout)).to.have.lengthOf.at.least(3);
    expect(loopwright(["check", "net.onnx"], folder).stdout).to.equal("net.onnx: ONNX model, 3 layers\n");
  });

  it("takes open extents from the inputs", () => {
    const { graph } = model;
    const [port] = graph?.input ?? [];
    if (graph === undefined || port === undefined) expect.fail("no input");
    const dim = [{}, { dimValue: 3 }, { dimParam: "rows" }, { dimParam: "columns" }];
    const open = { ...port, type: { tensorType: { elemType: 1, shape: { dim } } } };
    writeFileSync(join(folder, "open.onnx"), writeModel({ ...model, graph: { ...graph, input: [open] } }));
    const { stderr } = loopwright(["list", "layers", "open.onnx"], folder);
    expect(stderr).to.match(/shape of the input image is not fixed: \[\?, 3, rows, columns\]/);
    const words = ["open.onnx", "--arch", "textbook", "--time-limit", "100ms", "--inputs", "data", "--check", "data"];
    expect(loopwright(["simulate", ...words], folder).stdout).to.match(/5 words as expected/);
  });

  it("refuses what does not suit, with code 2", () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [["net.onnx", "--check", "data"], /--check needs --inputs/],
      [["net.onnx", "--inputs", "nowhere"], /nowhere: there is no such folder/],
      [["net.onnx", "--inputs", "wrong"], /there is no value for the input image/],
      [["net.onnx", "--inputs", "data", "--layer", "conv"], /--layer, --type and --training change layers/],
      [["gemm:M=2,N=2,K=2", "--inputs", "random"], /is a list of layers, not a network/],
      [["broken.onnx", "--inputs", "random"], /broken\.onnx: this is no ONNX model/],
    ];
    writeFileSync(join(folder, "broken.onnx"), "not a model");
    for (const [words, message] of cases) {
      const { code, stderr } = loopwright(["simulate", ...words, "--arch", "textbook"], folder);
      expect(stderr).to.match(message);
      expect(code).to.equal(2);
    }
  });

  it("is refused with every node that cannot be run", () => {
    const odd = network((operator) =>
      operator === "Relu" ? "StringSplit" : operator === "Softmax" ? "Unheard" : operator,
    );
    writeFileSync(join(folder, "odd.onnx"), writeModel(odd));
    const { code, stderr } = loopwright(["list", "layers", "odd.onnx"], folder);
    expect(stderr).to.match(/operator StringSplit cannot be run: strings.*\n {2}at graph\.node\[1\] \(StringSplit\)/);
    expect(stderr).to.match(/operator Unheard cannot be run.*\n {2}at graph\.node\[5\] \(Unheard\)/);
    expect(code).to.equal(2);
  });
});

function network(rename: (operator: string) => string = (operator) => operator): ModelProto {
  const parts = nodes.map(([operator, inputs, output, attributes]) => {
    const tensors = inputs.map((name): readonly [string, Known] => [name, image]);
    return modelOf({ operator: rename(operator), inputs: tensors, outputs: [output], attributes }).graph?.node[0];
  });
  const base = modelOf({ operator: "net", inputs: [["image", image]], outputs: ["probabilities"], attributes: {} });
  const { graph } = withWeights(base, weights);
  if (graph === undefined) throw new Error("a model without a graph");
  return { ...base, graph: { ...graph, node: parts.flatMap((node) => (node === undefined ? [] : [node])) } };
}
