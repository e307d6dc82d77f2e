import { expect } from "chai";
import { seeded } from "../../base/index.js";
import {
  accuracy,
  argmax,
  crossEntropy,
  dropoutMask,
  type Loss,
  logSoftmax,
  masked,
  meanSquaredError,
  negativeLogLikelihood,
  oneHot,
  quadratic,
  sigmoidCrossEntropy,
  softmax,
  softmaxCrossEntropy,
  softmaxGradient,
  topAccuracy,
  type Values,
  weightDecay,
} from "../../workloads/index.js";

const SCORES = Float64Array.of(3.2, 5.1, -1.7, 0.4, -0.3, 0.9);
const TARGETS = Float64Array.of(1, 0, 0, 0.2, 0.5, 0.3);

/** The gradient of a loss by central differences. */
function expectGradient(lossOf: (values: Values) => Loss, values: Float64Array): void {
  const { gradient } = lossOf(values);
  const step = 2 ** -16;
  values.forEach((value, i) => {
    const at = (x: number): number => lossOf(values.with(i, x)).value;
    expect(gradient[i]).to.be.closeTo((at(value + step) - at(value - step)) / (2 * step), 1e-7);
  });
}

describe("losses", () => {
  it("have the gradients that finite differences show", () => {
    expectGradient((values) => softmaxCrossEntropy(values, TARGETS, 3), SCORES);
    expectGradient((values) => sigmoidCrossEntropy(values, TARGETS, 3), SCORES);
    expectGradient((values) => quadratic(values, TARGETS, 3), SCORES);
    expectGradient((values) => meanSquaredError(values, TARGETS), SCORES);
    expectGradient((values) => negativeLogLikelihood(values, TARGETS, 3), SCORES);
    expectGradient((values) => crossEntropy(values, TARGETS, 3), softmax(SCORES, 3));
    expectGradient((values) => weightDecay(values, { l1: 0.3, l2: 0.7 }), SCORES);
  });

  it("agree with each other: softmax and cross-entropy are two steps or one", () => {
    const probabilities = softmax(SCORES, 3);
    const apart = crossEntropy(probabilities, TARGETS, 3);
    const together = softmaxCrossEntropy(SCORES, TARGETS, 3);
    expect(apart.value).to.be.closeTo(together.value, 1e-14);
    softmaxGradient(probabilities, apart.gradient, 3).forEach((slope, i) => {
      expect(slope).to.be.closeTo(together.gradient[i] ?? Number.NaN, 1e-15);
    });
    expect(negativeLogLikelihood(logSoftmax(SCORES, 3), TARGETS, 3).value).to.be.closeTo(together.value, 1e-14);
  });

  it("stay finite for scores of any size", () => {
    const large = Float64Array.of(1000, -1000, 0);
    expect([...softmax(large, 3)]).to.deep.equal([1, 0, 0]);
    expect(softmaxCrossEntropy(large, Float64Array.of(0, 1, 0), 3).value).to.equal(2000);
    expect(sigmoidCrossEntropy(large, Float64Array.of(0, 1, 0), 3).value).to.be.closeTo(2000 + Math.log(2), 1e-9);
  });
});

describe("metrics and dropout", () => {
  it("tell the largest word of a row, the first of equal ones", () => {
    expect([...argmax(Float64Array.of(1, 3, 3, 0, -1, -2), 3)]).to.deep.equal([1, 0]);
    expect(accuracy(SCORES, [1, 0], 3)).to.equal(0.5);
    expect(topAccuracy(SCORES, [0, 0], 3, 2)).to.equal(1);
    expect([...oneHot([2, 0], 3)]).to.deep.equal([0, 0, 1, 1, 0, 0]);
  });

  it("leave out a share of the words and keep the sum on average", () => {
    const mask = dropoutMask(20_000, 0.25, seeded(1));
    const kept = mask.filter((factor) => factor > 0);
    expect(kept.length / mask.length).to.be.closeTo(0.75, 0.01);
    expect(new Set(kept)).to.deep.equal(new Set([1 / 0.75]));
    expect(dropoutMask(5, 0, seeded(1))).to.deep.equal(new Float64Array(5).fill(1));
    expect([...masked(Float64Array.of(1, 2), Float64Array.of(0, 2))]).to.deep.equal([0, 4]);
  });
});
