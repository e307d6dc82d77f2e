import { expect } from "chai";
import { builtInWorkload, type Layer, macsOf, outputOf, parametersOf, tensorWords } from "../../workloads/index.js";
import { einsumLayer, layer, outputs, worked } from "./lecture.js";
import { bottleneckedInception, naiveInception, sizesOf } from "./networks.js";

const table = (name: string): readonly Layer[] =>
  (builtInWorkload(name)?.layers ?? []).flatMap((on) => Array.from({ length: on.repeat }, () => on));
const weightsOf = (layers: readonly Layer[]): number => layers.reduce((n, on) => n + parametersOf(on).weights, 0);
const parameters = (name: string): number => {
  const layers = table(name);
  return layers.reduce((n, on) => n + parametersOf(on).biases, weightsOf(layers));
};
const macs = (texts: readonly string[]): number => texts.reduce((n, text) => n + macsOf(layer(text).einsum), 0);

/** VGG-16's pools, by channels and input size. */
const VGG_POOLS = [
  [64, 224],
  [128, 112],
  [256, 56],
  [512, 28],
  [512, 14],
].map(([C, H]) => `max-pool:C=${C},H=${H},W=${H},R=2,S=2,U=2`);

worked("architectures", [
  {
    at: "Architecture, CONV1 (AlexNet)",
    what: "227×227×3, 96 filters of 11×11 at stride 4: 55×55×96, 34,848 weights (“35K”)",
    check: () => {
      const [conv1] = table("alexnet-single");
      if (conv1 === undefined) throw new Error("no conv1");
      expect(outputOf(conv1.einsum).shape).to.deep.equal([1, 96, 55, 55]);
      expect(parametersOf(conv1).weights).to.equal(11 * 11 * 3 * 96);
    },
  },
  {
    at: "Architecture, MAX POOL1 (AlexNet)",
    what: "3×3 at stride 2: 27×27×96, no parameters",
    check: () => {
      const pool = layer("max-pool:C=96,H=55,W=55,R=3,S=3,U=2");
      expect(outputOf(pool.einsum).shape).to.deep.equal([1, 96, 27, 27]);
      expect(parametersOf(pool)).to.deep.equal({ weights: 0, biases: 0 });
    },
  },
  {
    at: "AlexNet, LeNet-5: parameters",
    what: "60 million against 60 thousand",
    check: () => {
      expect(parameters("alexnet") / 60e6).to.be.within(0.95, 1.05);
      expect(parameters("lenet5") / 60e3).to.be.within(0.95, 1.05);
    },
  },
  {
    at: "AlexNet, layers removed",
    what: "without layer 7 about 16 million parameters less, without 3, 4, 6 and 7 about 50 million",
    check: () => {
      const drop = (...names: readonly string[]): number =>
        weightsOf(table("alexnet").filter(({ name }) => names.includes(name))) / 1e6;
      expect(drop("fc7")).to.be.closeTo(16.8, 0.1);
      expect(drop("conv3", "conv4", "fc6", "fc7")).to.be.within(50, 60);
    },
  },
  {
    at: "VGGNet, why use smaller filters",
    what: "three 3×3 layers see 7×7 words, with 3·9·C² weights instead of 49·C²",
    check: () => {
      const bounds = { A: 3, B: 3, C: 3, D: 3, E: 3, F: 3 };
      const seen = einsumLayer("O[] += I[a+b+c,d+e+f]", bounds, {}, { type: "int16" });
      expect(seen.einsum.tensors[0]?.shape).to.deep.equal([7, 7]);
      expect(outputs(seen, new Array<number>(49).fill(1))).to.deep.equal([3 ** 6]);
      const [small, large] = [3, 7].map((R) => parametersOf(layer(`conv:M=8,C=8,H=9,W=9,R=${R},S=${R}`)).weights);
      expect([3 * (small ?? 0), large]).to.deep.equal([3 * 9 * 64, 49 * 64]);
    },
  },
  {
    at: "VGGNet, the table of parameters",
    what: "the weights of all sixteen layers, 138 million in all",
    misprint: "4096 × 4086, 7 · 7 · 512 · 4/96, 4096 · 10\\0; one listing lacks a 256-filter layer",
    check: () => {
      expect(table("vgg16").map((on) => parametersOf(on).weights)).to.deep.equal([
        ...[1_728, 36_864, 73_728, 147_456, 294_912, 589_824, 589_824],
        ...[1_179_648, 2_359_296, 2_359_296, 2_359_296, 2_359_296, 2_359_296],
        ...[102_760_448, 16_777_216, 4_096_000],
      ]);
      expect(Math.round(parameters("vgg16") / 1e6)).to.equal(138);
      expect(table("vgg16").filter((on) => outputOf(on.einsum).shape[1] === 256).length).to.equal(3);
    },
  },
  {
    at: "VGGNet, the table of memory",
    what: "every output's words: 3.2M, 800K, 1.6M, … 4096, 1000",
    check: () => {
      const words = table("vgg16").map((on) => tensorWords(outputOf(on.einsum)));
      expect(words).to.deep.equal([
        ...[3_211_264, 3_211_264, 1_605_632, 1_605_632, 802_816, 802_816, 802_816],
        ...[401_408, 401_408, 401_408, 100_352, 100_352, 100_352, 4_096, 4_096, 1_000],
      ]);
      const pools = VGG_POOLS.map((text) => tensorWords(outputOf(layer(text).einsum)));
      expect(pools).to.deep.equal([802_816, 401_408, 200_704, 100_352, 25_088]);
    },
  },
  {
    at: "VGG16, total memory",
    what: "15,237,608 words an image, 61 MB at 4 bytes",
    misprint: "24M words, 96 MB",
    check: () => {
      const outputsOf = (layers: readonly Layer[]): number =>
        layers.reduce((n, on) => n + tensorWords(outputOf(on.einsum)), 0);
      const total = 224 * 224 * 3 + outputsOf(table("vgg16")) + outputsOf(VGG_POOLS.map((text) => layer(text)));
      expect(total).to.equal(15_237_608);
      expect(Math.round((4 * total) / 1e6)).to.equal(61);
    },
  },
  {
    at: "GoogLeNet, parameters",
    what: "12 times fewer than AlexNet, more than 5 million",
    check: () => {
      expect(parameters("googlenet") / 1e6).to.be.within(5, 7);
      expect(parameters("alexnet-single") / 5e6).to.be.closeTo(12, 0.5);
    },
  },
  {
    at: "Naïve Inception, output volume sizes",
    what: "28×28 of 128, 192, 96 and the pool's 256: 28×28×672 after concatenation",
    check: () => {
      const pool = "max-pool:C=256,H=28,W=28,R=3,S=3,Z=1";
      const sizes = [...naiveInception, pool].map(sizesOf);
      expect(sizes).to.deep.equal([128, 192, 96, 256].map((channels) => [channels, 28, 28]));
      expect(sizes.reduce((channels, [own = 0]) => channels + own, 0)).to.equal(672);
    },
  },
  {
    at: "Naïve Inception, number of convolution operations",
    what: "854,196,224 (“854M”)",
    check: () => {
      expect(macs(naiveInception)).to.equal(854_196_224);
    },
  },
  {
    at: "Bottleneck layers, number of convolution operations",
    what: "271,351,808",
    misprint: "353M; 5x5x264 for 5×5×64",
    check: () => {
      expect(macs(bottleneckedInception)).to.equal(271_351_808);
      const misread = bottleneckedInception.with(4, "conv:M=96,C=264,H=28,W=28,R=5,S=5,Z=2");
      expect(Math.round(macs(misread) / 1e6)).to.not.equal(353);
    },
  },
  {
    at: "Residual block",
    what: "H(x) = F(x) + x",
    check: () => {
      const conv = layer("conv:M=1,C=1,H=3,W=3,R=3,S=3,Z=1");
      const x = [1, 2, 3, 4, 5, 6, 7, 8, 9];
      const f = outputs(conv, x, [0, 0, 0, 0, -1, 0, 0, 0, 0]);
      expect(outputs(layer("add:C=1,H=3,W=3"), f, x)).to.deep.equal(x.map(() => 0));
    },
  },
  {
    at: "Full ResNet architecture",
    what: "34, 50, 101 and 152 layers with weights beside the shortcuts; filters double as sizes halve",
    check: () => {
      for (const depth of [18, 34, 50, 101, 152]) {
        const layers = table(`resnet${depth}`).filter(({ name }) => !/down|short|proj|skip/.test(name));
        expect(layers.length, `resnet${depth}`).to.equal(depth);
      }
    },
  },
]);
