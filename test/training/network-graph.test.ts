import { expect } from "chai";
import { seeded } from "../../base/index.js";
import {
  adam,
  builtInWorkload,
  dropoutMask,
  networkGraph,
  parametersOf,
  parseWorkload,
  type Runner,
  reference,
  seededDigits,
  type Training,
  trainingGraph,
  trainOnce,
  untrained,
  type Workload,
} from "../../workloads/index.js";
import { unwrapped } from "../workloads/arbitraries.js";

const BLOCKS = `name: blocks
defaults: {activation: relu, bias: true, conv: {N: 1}, fc: {N: 1}}
network:
  - {name: stem, conv: {M: 4, C: 1, H: 12, W: 12, R: 3, S: 3, Z: 1}}
  - {name: local, lrn: {K: 3}}
  - {name: pool, max-pool: {R: 2, S: 2, U: 2}}
  - {name: conv1, conv: {M: 4, C: 4, H: 6, W: 6, R: 3, S: 3, Z: 1}, norm: batch, bias: false}
  - {name: conv2, conv: {M: 4, C: 4, H: 6, W: 6, R: 3, S: 3, Z: 1, G: 2}, activation: none}
  - {name: residual, add: {}, from: [conv2, pool], activation: relu}
  - {name: branch, conv: {M: 2, C: 4, H: 6, W: 6, R: 1, S: 1}, from: [residual], activation: tanh}
  - {name: both, concat: {}, from: [residual, branch]}
  - {name: means, average-pool: {R: 2, S: 2, U: 2}}
  - {name: drop, dropout: {}}
  - {name: fc, fc: {M: 10, C: 6, H: 3, W: 3}, activation: none}
  - {name: softmax, softmax: {}}
`;

function trainingOf(workload: Workload, batch: number, dropout: number): Training {
  if (workload.network === undefined) throw new Error("no network");
  const random = seeded(3);
  return unwrapped(trainingGraph(unwrapped(networkGraph(workload, workload.network, { batch, dropout, random }))));
}
const run: Runner = (layer, inputs) => reference(layer.einsum, inputs);

describe("the training graph of a network", () => {
  it("trains residuals, concatenations, normalisations, groups, pools and dropouts", () => {
    const training = trainingOf(unwrapped(parseWorkload(BLOCKS, "blocks.yaml")), 10, 0.25);
    expect(training.dropouts).to.deep.equal(["drop.mask"]);
    const digits = seededDigits(10, 1, [1, 12, 12]);
    const random = seeded(5);
    const mask = (words: number): Float64Array => dropoutMask(words, 0.25, random);
    let learnt = { ...untrained(training), loss: Number.POSITIVE_INFINITY, accuracy: 0 };
    const losses: number[] = [];
    for (let step = 0; step < 30; step++) {
      learnt = trainOnce(training, learnt, digits, adam({ rate: 0.02 }), run, mask);
      losses.push(learnt.loss);
    }
    expect(losses[0]).to.be.within(1.5, 4);
    expect(learnt.loss).to.be.below(0.4 * (losses[0] ?? 0));
    expect(trainOnce(training, learnt, digits, adam({ rate: 0.02 }), run).accuracy).to.be.at.least(0.9);
  });

  it("draws digits for images of any size and number of channels", () => {
    const { images, labels, shape } = seededDigits(12, 1, [3, 32, 24], 4);
    expect([images.length, ...shape]).to.deep.equal([12 * 3 * 32 * 24, 3, 32, 24]);
    expect([...labels]).to.deep.equal([0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]);
    expect(images).to.deep.equal(seededDigits(12, 1, [3, 32, 24], 4).images);
    expect(images).to.not.deep.equal(seededDigits(12, 2, [3, 32, 24], 4).images);
    expect(Math.max(...images)).to.be.within(0.7, 1);
  });

  for (const name of ["lenet5", "mnist-cnn-32-64", "mobilenet-v2"])
    it(`learns the parameters of ${name}, all of them`, () => {
      const workload = builtInWorkload(name);
      if (workload === undefined) throw new Error(name);
      const counted = workload.layers.reduce((n, layer) => {
        const { weights, biases } = parametersOf(layer);
        return n + layer.repeat * (weights + biases);
      }, 0);
      const { parameters } = trainingOf(workload, 1, 0);
      expect([...parameters.values()].reduce((n, { values }) => n + values.length, 0)).to.equal(counted);
    });
});
