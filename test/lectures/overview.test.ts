import { expect } from "chai";
import { seeded } from "../../base/index.js";
import {
  activation,
  backward,
  dropoutMask,
  masked,
  meanSquaredError,
  momentum,
  NO_STATE,
  outputOf,
  parametersOf,
  quadratic,
  type Runner,
  reference,
  seededInputs,
  sgd,
  type Values,
  weightDecay,
} from "../../workloads/index.js";
import { einsumLayer, expectNear, layer, outputs, real, rows, run, worked } from "./lecture.js";

const CASES = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const XOR = [0, 1, 1, 0];
const hidden = (name: string | null): ReturnType<typeof einsumLayer> =>
  einsumLayer(
    "H[n,j] += X[n,i] * W[i,j] * C[j]",
    { N: 4, I: 2, J: 2 },
    { start: { tensor: "C" }, after: name === null ? null : { kind: "activation", name } },
  );
const output = einsumLayer("Y[n] += H[n,j] * V[j] * B[]", { N: 4, J: 2 }, { start: { tensor: "B" } });
const WEIGHTS = [
  [1, 1],
  [1, 1],
];

const POOLED = [
  [14, 16, 5, 3],
  [10, 32, 2, 2],
  [1, 3, 21, 9],
  [2, 6, 11, 7],
];

worked("overview", [
  {
    at: "Example - Linear Regression",
    what: "a bias is the weight of a word that is always 1; a polynomial is linear in its powers",
    check: () => {
      const product = einsumLayer("Y[n] += X[n,k] * W[k]", { N: 3, K: 3 });
      const inputs = [0, 2, -1].map((x) => [x * x, x, 1]);
      expect(outputs(product, inputs, [3, -1, 0.5])).to.deep.equal([0.5, 10.5, 4.5]);
      const biased = einsumLayer("Y[n] += X[n,k] * W[k] * B[]", { N: 3, K: 2 }, { start: { tensor: "B" } });
      const powers = inputs.map(([square = 0, x = 0]) => [square, x]);
      expect(outputs(biased, powers, [3, -1], [0.5])).to.deep.equal([0.5, 10.5, 4.5]);
    },
  },
  {
    at: "Example - Linear Regression, normal equation",
    what: "at w = (ΦᵀΦ)⁻¹Φᵀy the gradient of the mean squared error is 0",
    check: () => {
      const phi = [
        [0, 1],
        [1, 1],
        [2, 1],
      ];
      // ΦᵀΦ = (5 3 / 3 3) and Φᵀy = (11, 7) give w = (2, 1/3).
      const y = real([1, 1, 5]);
      const gram = outputs(einsumLayer("G[i,j] += A[n,i] * B[n,j]", { N: 3, I: 2, J: 2 }), phi, phi);
      expect(gram).to.deep.equal([5, 3, 3, 3]);
      const [a = 0, b = 0, c = 0, d = 0] = gram;
      const [u = 0, v = 0] = outputs(einsumLayer("H[i] += A[n,i] * Y[n]", { N: 3, I: 2 }), phi, [...y]);
      const w = real([(d * u - b * v) / (a * d - b * c), (a * v - c * u) / (a * d - b * c)]);
      const product = einsumLayer("Y[n] += X[n,k] * W[k]", { N: 3, K: 2 });
      const inputs = [real(phi), w];
      const { gradient } = meanSquaredError(run(product, inputs), y);
      expectNear(backward(product, inputs, gradient, run)[1] ?? [], [0, 0], 12);
    },
  },
  {
    at: "Bias, Consistency, Estimators for Gaussian Distribution",
    what: "over all samples of three tosses: the mean is unbiased, the variance (÷ m) is (m − 1)/m of σ², the mean's is σ²/m",
    check: () => {
      const samples = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => [(n >> 2) & 1, (n >> 1) & 1, n & 1]);
      const third = { after: { kind: "scale", by: 1 / 3 } } as const;
      const means = outputs(einsumLayer("M[n] += X[n,i]", { N: 8, I: 3 }, third), samples);
      const spread = einsumLayer("V[n] += (X[n,i] - M[n])^2", { N: 8, I: 3 }, third);
      const variances = outputs(spread, samples, means);
      const expectation = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / 8;
      expect(expectation(means)).to.be.closeTo(0.5, 1e-15);
      expect(expectation(variances)).to.be.closeTo((2 / 3) * 0.25, 1e-15);
      expect(expectation(means.map((mean) => (mean - 0.5) ** 2))).to.be.closeTo(0.25 / 3, 1e-15);
    },
  },
  {
    at: "Cost Function",
    what: "the mean squared error over a training set",
    check: () => {
      expect(meanSquaredError(real([1, 2, 4]), real([1, 0, 1])).value).to.be.closeTo((0 + 4 + 9) / 3, 1e-12);
    },
  },
  {
    at: "Regularization - Examples",
    what: "L2 adds λ·Σw², L1 adds λ·Σ|w|",
    check: () => {
      const weights = real([1, -2, 0.5]);
      expect(weightDecay(weights, { l1: 0, l2: 2 * 0.1 }).value).to.be.closeTo(0.1 * 5.25, 1e-12);
      expect(weightDecay(weights, { l1: 0.1, l2: 0 }).value).to.be.closeTo(0.1 * 3.5, 1e-12);
    },
  },
  {
    at: "Regularization - Examples, dropout",
    what: "nodes that are removed get no gradient",
    check: () => {
      const mask = dropoutMask(8, 0.5, seeded(4));
      const removed = [...mask].map((factor) => factor === 0);
      expect(new Set(removed)).to.deep.equal(new Set([true, false]));
      const ones = new Float64Array(8).fill(1);
      expect([...masked(ones, mask)].map((slope) => slope === 0)).to.deep.equal(removed);
    },
  },
  {
    at: "A Simple Example: Learning XOR, linear model",
    what: "the least-squares line says ½ for all four cases: its gradient is 0 there, and a quarter of a unit is left",
    check: () => {
      const line = einsumLayer("Y[n] += X[n,i] * W[i] * B[]", { N: 4, I: 2 }, { start: { tensor: "B" } });
      const inputs: readonly Values[] = [real(CASES), real([0, 0]), real([0.5])];
      const loss = meanSquaredError(run(line, inputs), real(XOR));
      expect(loss.value).to.equal(0.25);
      const [, dW, dB] = backward(line, inputs, loss.gradient, run);
      expect([...(dW ?? []), ...(dB ?? [])]).to.deep.equal([0, 0, 0]);
    },
  },
  {
    at: "A Simple Example: Learning XOR, complete model",
    what: "W^T x + c, ReLU, w^T h + b for the four cases, and a loss of 0",
    check: () => {
      expect(rows(outputs(hidden(null), CASES, WEIGHTS, [0, -1]), 2)).to.deep.equal([
        [0, -1],
        [1, 0],
        [1, 0],
        [2, 1],
      ]);
      const h = outputs(hidden("relu"), CASES, WEIGHTS, [0, -1]);
      expect(rows(h, 2)).to.deep.equal([
        [0, 0],
        [1, 0],
        [1, 0],
        [2, 1],
      ]);
      const y = outputs(output, h, [1, -2], [0]);
      expect(y).to.deep.equal(XOR);
      expect(meanSquaredError(real(y), real(XOR)).value).to.equal(0);
    },
  },
  {
    at: "A Simple Example: Learning XOR, training",
    what: "gradient descent finds parameters that compute XOR",
    check: () => {
      const descent = sgd({ rate: 0.5 });
      const inner = hidden("tanh");
      let parameters: readonly Values[] = [
        real([0.6, -0.9, 0.8, -0.7]),
        real([0.1, 0.4]),
        real([0.7, 0.9]),
        real([0.2]),
      ];
      let loss = 1;
      for (let step = 0; step < 600 && loss > 1e-3; step++) {
        const [W = real([]), c = real([]), v = real([]), b = real([])] = parameters;
        const h = Float64Array.from(plainly(inner, [real(CASES), W, c]));
        const found = meanSquaredError(plainly(output, [h, v, b]), real(XOR));
        loss = found.value;
        const [dH = real([]), dV = v, dB = b] = backward(output, [h, v, b], found.gradient);
        const [, dW = W, dC = c] = backward(inner, [real(CASES), W, c], dH);
        parameters = [W, c, v, b].map(
          (weights, i) => descent.update("w", weights, [dW, dC, dV, dB][i] ?? weights, NO_STATE, plainly).weights,
        );
      }
      expect(loss).to.be.at.most(1e-3);
    },
  },
  {
    at: "Gradient Descent (Steepest Descent)",
    what: "w ← w − ε·∇J goes down to the minimum of a parabola",
    check: () => {
      let w: Values = real([4]);
      for (let i = 0; i < 60; i++)
        w = sgd({ rate: 0.1 }).update("w", w, real([2 * (w[0] ?? 0)]), NO_STATE, run).weights;
      expect(w[0]).to.be.closeTo(4 * 0.8 ** 60, 1e-12);
    },
  },
  {
    at: "Momentum",
    what: "a movement is the negative gradient and a share of the last movement",
    check: () => {
      const by = momentum({ rate: 1, momentum: 0.5 });
      const first = by.update("w", real([0]), real([1]), NO_STATE, run);
      const second = by.update("w", first.weights, real([1]), first.state, run);
      expect([first.weights[0], second.weights[0]]).to.deep.equal([-1, -2.5]);
    },
  },
  {
    at: "DNN Terminology",
    what: "three synapses, a weighted sum and an activation",
    check: () => {
      const after = { kind: "activation", name: "sigmoid" } as const;
      const on = einsumLayer("Y[j] += W[i,j] * X[i]", { I: 3, J: 1 }, { after });
      expectNear(outputs(on, [0.5, -1, 2], [2, 1, 0.5]), [0.731059], 6);
    },
  },
  {
    at: "CNN Decoder Ring",
    what: "E and F for P and Q: E = (H − R + U) / U, F = (W − S + U) / U",
    misprint: "the nest pairs an index below F with the height: right for square maps only",
    check: () => {
      const { einsum } = layer("conv:N=1,M=2,C=3,E=4,F=3,H=9,W=7,R=3,S=3,U=2");
      expect(outputOf(einsum).shape).to.deep.equal([1, 2, 4, 3]);
      const [E, F, U, R, H, W] = [4, 3, 2, 3, 9, 7];
      // The slide reads I[U·x + i][U·y + j] with x < F beside the height and y < E beside the width.
      expect(U * (F - 1) + R - 1).to.be.below(H);
      expect(U * (E - 1) + R - 1).to.be.at.least(W);
    },
  },
  {
    at: "Fully-Connected (FC) Layer",
    what: "E = F = 1, filters as large as the maps",
    check: () => {
      const fc = layer("fc:N=3,M=5,C=2,H=4,W=3");
      expect(outputOf(fc.einsum).shape).to.deep.equal([3, 5, 1, 1]);
      expect(parametersOf(fc).weights).to.equal(5 * 2 * 4 * 3);
      run(fc, seededInputs(fc.einsum, 2));
    },
  },
  {
    at: "Traditional and Modern Activation Functions",
    what: "sigmoid, hyperbolic tangent, ReLU, leaky ReLU and ELU with a = 0.1",
    check: () => {
      expectNear([-1, 2].map(activation("leaky-relu", { alpha: 0.1 })), [-0.1, 2], 12);
      expectNear([-1, 2].map(activation("elu", { alpha: 0.1 })), [0.1 * (Math.exp(-1) - 1), 2], 12);
      expectNear([-1, 0, 2].map(activation("sigmoid")), [0.268941, 0.5, 0.880797], 6);
      expectNear([-1, 0, 2].map(activation("tanh")), [-0.761594, 0, 0.964028], 6);
      expect([-1, 0, 2].map(activation("relu"))).to.deep.equal([0, 0, 2]);
    },
  },
  {
    at: "Pooling (POOL) Layer, 2x2 pooling, stride=2",
    what: "the maxima 32, 5, 6, 21",
    misprint: "the first window is {14, 16, 10, 32}, not {9, 3, 10, 32}",
    check: () => {
      expect(outputs(layer("max-pool:C=1,H=4,W=4,R=2,S=2,U=2"), POOLED)).to.deep.equal([32, 5, 6, 21]);
      expect(Math.max(9, 3, 10, 32)).to.equal(32);
    },
  },
  {
    at: "Pooling (POOL) Layer, average pooling",
    what: "the averages 18, 3, 3, 12",
    misprint: "{9, 3, 10, 32} would average 13.5",
    check: () => {
      const on = layer("average-pool:C=1,H=4,W=4,R=2,S=2,U=2", "float64");
      expect(outputs(on, POOLED)).to.deep.equal([18, 3, 3, 12]);
      expect(quadratic(real([18]), real([(9 + 3 + 10 + 32) / 4]), 1).value).to.equal((18 - 13.5) ** 2 / 2);
    },
  },
  {
    at: "Unpooling and Upsampling",
    what: "zero insertion and nearest neighbour undo 2×2 pooling's size",
    check: () => {
      const bounds = { H: 2, W: 2, U: 2 };
      const zeros = einsumLayer("O[U*h,U*w] = I[h,w]", bounds, {}, { shapes: new Map([["O", [4, 4]]]) });
      const nearest = einsumLayer("O[U*h+r,U*w+s] = I[h,w]", { ...bounds, R: 2, S: 2 });
      const pooled = [32, 5, 6, 21];
      expect(outputs(zeros, pooled).filter((word) => word !== 0)).to.deep.equal(pooled);
      const pool = layer("max-pool:C=1,H=4,W=4,R=2,S=2,U=2", "float64");
      for (const on of [zeros, nearest]) expect(outputs(pool, outputs(on, pooled))).to.deep.equal(pooled);
    },
  },
  {
    at: "Batch Normalization",
    what: "mean, variance (÷ m), normalisation, scale and shift over a mini-batch",
    check: () => {
      const batch = [1, 2, 3, 6];
      const scale = { after: { kind: "scale", by: 1 / batch.length } } as const;
      const [mean = 0] = outputs(einsumLayer("M[] += X[i]", { I: 4 }, scale), batch);
      const [variance = 0] = outputs(einsumLayer("V[] += (X[i] - M[])^2", { I: 4 }, scale), batch, [mean]);
      expect([mean, variance]).to.deep.equal([3, 3.5]);
      const normalized = batch.map((x) => (x - mean) / Math.sqrt(variance + 1e-5));
      expectNear([normalized.reduce((a, b) => a + b), normalized.reduce((a, b) => a + b * b, 0) / 4], [0, 0.999997], 6);
      const [gamma, beta] = [2, 1];
      expectNear(
        normalized.map((x) => gamma * x + beta),
        [-1.138087, -0.069043, 1, 4.20713],
        5,
      );
    },
  },
]);

/** Without the machine: hundreds of steps. */
const plainly: Runner = (on, inputs) => reference(on.einsum, inputs);
