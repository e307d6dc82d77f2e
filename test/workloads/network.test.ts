import { expect } from "chai";
import { format } from "../../base/index.js";
import {
  builtInWorkload,
  type EntrySummary,
  entriesOf,
  parseWorkload,
  permuted,
  workloadNames,
} from "../../workloads/index.js";

function table(name: string): ReadonlyMap<string, EntrySummary> {
  const workload = builtInWorkload(name);
  if (workload === undefined) throw new Error(name);
  return new Map(entriesOf(workload).map((entry) => [entry.name, entry]));
}
const total = (entries: ReadonlyMap<string, EntrySummary>, figure: (entry: EntrySummary) => number): number =>
  [...entries.values()].reduce((sum, entry) => sum + figure(entry), 0);
const fields = (entries: ReadonlyMap<string, EntrySummary>, ...names: string[]): (string | undefined)[] =>
  names.map((name) => entries.get(name)?.receptiveField?.join("x"));
const problems = (text: string): readonly string[] => {
  const result = parseWorkload(text, "net.yaml");
  return result.ok ? [] : result.errors.map((error) => format(error).split("\n  at ")[0] ?? "");
};

describe("networks in whole", () => {
  for (const name of workloadNames)
    it(`${name} flows from its input to its output`, () => {
      const network = builtInWorkload(name)?.network;
      expect(network?.entries.length).to.be.above(2);
      expect(network?.input.length).to.be.above(1);
    });
  it("give AlexNet's parameters and sizes layer by layer, as the lecture's table has them", () => {
    const entries = table("alexnet-single");
    const parameters = (name: string): number => (entries.get(name)?.weights ?? 0) + (entries.get(name)?.biases ?? 0);
    for (const [name, shape, trained] of [
      ["conv1", "1x96x55x55", 34_944],
      ["pool1", "1x96x27x27", 0],
      ["conv2", "1x256x27x27", 614_656],
      ["pool2", "1x256x13x13", 0],
      ["conv3", "1x384x13x13", 885_120],
      ["conv4", "1x384x13x13", 1_327_488],
      ["conv5", "1x256x13x13", 884_992],
      ["pool5", "1x256x6x6", 0],
      ["fc6", "1x4096x1x1", 37_752_832],
      ["fc7", "1x4096x1x1", 16_781_312],
      ["fc8", "1x1000x1x1", 4_097_000],
    ] as const) {
      expect(entries.get(name)?.shape.join("x")).to.equal(shape);
      expect(parameters(name), name).to.equal(trained);
    }
    expect(total(entries, (entry) => entry.weights + entry.biases)).to.equal(62_378_344);
  });
  it("give VGG-16's memory and weights, where the lecture's table is right", () => {
    const entries = table("vgg16");
    // 224·224·3 and every layer's output; the table says "24M", its own lines add up to this.
    expect(total(entries, ({ activations }) => activations)).to.equal(15_237_608);
    expect(total(entries, ({ weights }) => weights)).to.equal(138_344_128);
    expect(total(entries, ({ macs }) => macs)).to.equal(15_470_264_320);
    expect(entries.get("conv1_2")?.activations).to.equal(3_211_264);
    expect(entries.get("pool5")?.activations).to.equal(25_088);
  });
  it("give receptive fields", () => {
    // Araujo, Norris, Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019: 195, 212, 483.
    expect(fields(table("alexnet"), "conv1", "pool1", "conv2", "pool2", "conv5", "pool5")).to.deep.equal([
      "11x11",
      "19x19",
      "51x51",
      "67x67",
      "163x163",
      "195x195",
    ]);
    expect(fields(table("vgg16"), "conv1_2", "pool5")).to.deep.equal(["5x5", "212x212"]);
    expect(fields(table("resnet18"), "conv1", "pool1", "add2_2", "add3_2")).to.deep.equal([
      "7x7",
      "11x11",
      "43x43",
      "99x99",
    ]);
    // Three 3 x 3 convolutions look at 7 x 7.
    const three = parseWorkload(
      `defaults: {conv: {M: 1, R: 3}}\nnetwork:\n  - {name: a, conv: {C: 1, H: 9, W: 9, S: 3}}\n  - {name: b, conv: {S: 3}}\n  - {name: c, conv: {S: 3}}\n`,
      "three.yaml",
    );
    const last = three.ok ? entriesOf(three.value).at(-1) : undefined;
    expect(last?.receptiveField).to.deep.equal([7, 7]);
    expect(last?.shape).to.deep.equal([1, 1, 3, 3]);
  });
  it("take images in either layout", () => {
    const nhwc = Int32Array.from({ length: 12 }, (_, i) => i);
    const nchw = permuted(nhwc, [1, 2, 3, 2], [0, 3, 1, 2]);
    expect([...nchw]).to.deep.equal([0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]);
    expect(permuted(nchw, [1, 2, 2, 3], [0, 2, 3, 1])).to.deep.equal(nhwc);
    expect(() => permuted(nhwc, [12], [1])).to.throw(RangeError);
  });
  it("tell what does not fit together", () => {
    expect(
      problems(`network:
  - {name: a, conv: {M: 4, C: 3, H: 8, W: 8, R: 3, S: 3}}
  - {name: b, conv: {M: 4, C: 5, H: 6, W: 6, R: 3, S: 3}}
  - {name: c, max-pool: {R: 2, S: 2}, from: [d]}
  - {name: d, concat: {}, from: [a, b]}
  - {name: e, softmax: {}, activation: rely}
layers: []
`),
    ).to.deep.equal([
      "net.yaml:3:5: Inputs of b is 1x5x6x6, but a gives 1x4x6x6 [workload/words-differ]",
      "net.yaml:4:25: max-pool needs C [workload/key-missing]",
      "net.yaml:4:25: max-pool needs H or P [workload/key-missing]",
      "net.yaml:4:25: max-pool needs W or Q [workload/key-missing]",
      'net.yaml:4:46: no entry before this one is called "d" [workload/no-such-entry]',
      "net.yaml:5:5: d (concat) cannot be made of 1x4x6x6 and 1x4x4x4 [workload/shapes-differ]",
      'net.yaml:6:40: activation must be one of relu, relu6, sigmoid, tanh, leaky-relu, elu, selu, celu, swish, hard-swish, hard-sigmoid, gelu, gelu-tanh, softplus, softsign, mish, none, found the text "rely" [workload/wrong-value]',
      "net.yaml:7:1: a workload has either layers or a network [workload/layers-and-network]",
    ]);
  });
});
