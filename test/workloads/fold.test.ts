import { expect } from "chai";
import { seeded } from "../../base/index.js";
import { einsumWithTypes, foldBatchNorm, inputsOf, reference, tensorWords, withBias } from "../../workloads/index.js";
import { layerFrom } from "./arbitraries.js";

describe("a batch normalisation folded into the layer before it", () => {
  const random = seeded(4);
  const some = (count: number, low = -8): Float32Array =>
    Float32Array.from({ length: count }, () => random.integer(low, 8) / 8);
  const conv = einsumWithTypes(layerFrom("conv:M=3,C=2,H=5,W=5,R=3,S=3,Z=1").einsum, "float32");
  const biased = withBias(conv, ["m"]);
  it("gives what the two give one after the other", () => {
    if (biased === undefined) throw new Error("a bias");
    const [image = new Float32Array(), weights = new Float32Array()] = inputsOf(conv).map((t) => some(tensorWords(t)));
    const norm = { scale: some(3), shift: some(3), mean: some(3), variance: some(3, 1), epsilon: 1e-5 };
    const bias = some(3);
    const folded = foldBatchNorm(weights, bias, norm);
    const plain = reference(biased, [image, weights, bias]);
    const found = reference(biased, [image, folded.weights, folded.bias]);
    for (let i = 0; i < plain.length; i++) {
      const m = Math.floor(i / 25);
      const [mean = 0, variance = 0] = [norm.mean[m], norm.variance[m]];
      const [scale = 0, shift = 0] = [norm.scale[m], norm.shift[m]];
      const expected = (((plain[i] ?? 0) - mean) / Math.sqrt(variance + 1e-5)) * scale + shift;
      expect(found[i]).to.be.closeTo(expected, 1e-4);
    }
  });
  it("wants as many values as channels", () => {
    const norm = { scale: some(3), shift: some(3), mean: some(2), variance: some(3), epsilon: 1e-5 };
    expect(() => foldBatchNorm(some(54), null, norm)).to.throw(RangeError);
  });
});
