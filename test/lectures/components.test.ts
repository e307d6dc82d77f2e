import { expect } from "chai";
import {
  activation,
  backward,
  inputsOf,
  type Layer,
  macsOf,
  outputOf,
  reference,
  seededInputs,
  slopeOf,
} from "../../workloads/index.js";
import { differences, einsumLayer, expectNear, flatten, layer, outputs, real, rows, run, worked } from "./lecture.js";

const PLUS = [
  [0, 1, 0],
  [1, 1, 1],
  [0, 1, 0],
];
const MAP = [
  [0, 1, 2, 3, 2],
  [1, 2, 2, 2, 0],
  [0, 1, 0, 1, 3],
  [1, 2, 2, 1, 0],
  [0, 1, 0, 3, 1],
];

/** The slide's convolution: one 3×3 filter over one 5×5 map. */
const convolution = (stride: number, padding = 0): Layer =>
  layer(`conv:M=1,C=1,H=5,W=5,R=3,S=3,U=${stride},Z=${padding}`);
const convolved = (stride: number, padding = 0): readonly (readonly number[])[] => {
  const on = convolution(stride, padding);
  return rows(outputs(on, MAP, PLUS), outputOf(on.einsum).shape[3] ?? 1);
};

const extentOf = (text: string): readonly number[] => outputOf(layer(text).einsum).shape.slice(-2);

worked("components", [
  {
    at: "DNN Terminology 101",
    what: "a neuron's weighted sum of four inputs and its activation",
    check: () => {
      const neurons = einsumLayer(
        "Y[j] += W[i,j] * X[i]",
        { I: 4, J: 2 },
        { after: { kind: "activation", name: "relu" } },
      );
      const weights = [
        [1, -1],
        [2, 0.5],
        [-1, 0],
        [0.5, -2],
      ];
      expect(outputs(neurons, weights, [1, 2, 3, 4])).to.deep.equal([4, 0]);
    },
  },
  {
    at: "2D Convolution Example, stride 1",
    what: "3×3 outputs, 81 multiplications",
    misprint: "the bottom-left output is 7, not 6",
    check: () => {
      const found = convolved(1);
      expect(found).to.deep.equal([
        [7, 8, 8],
        [5, 6, 7],
        [7, 5, 7],
      ]);
      const printed = [
        [7, 8, 8],
        [5, 6, 7],
        [6, 5, 7],
      ];
      expect(differences(found, printed)).to.deep.equal(["2,0"]);
      expect(macsOf(convolution(1).einsum)).to.equal(81);
    },
  },
  {
    at: "2D Convolution Example, stride 2",
    what: "2×2 outputs, 36 multiplications",
    misprint: "the bottom-left output is 7, not 6",
    check: () => {
      const printed = [
        [7, 8],
        [6, 7],
      ];
      expect(convolved(2)).to.deep.equal([
        [7, 8],
        [7, 7],
      ]);
      expect(differences(convolved(2), printed)).to.deep.equal(["1,0"]);
      expect(macsOf(convolution(2).einsum)).to.equal(36);
    },
  },
  {
    at: "2D Convolution Example, stride 3",
    what: "one output, 9 multiplications",
    check: () => {
      expect(convolved(3)).to.deep.equal([[7]]);
      expect(macsOf(convolution(3).einsum)).to.equal(9);
    },
  },
  {
    at: "2D Convolution Example, size of the output",
    what: "(5 − 3 + U) / U, rounded down, for U = 1, 2, 3",
    check: () => {
      expect([1, 2, 3].map((u) => outputOf(convolution(u).einsum).shape[2])).to.deep.equal([3, 2, 1]);
    },
  },
  {
    at: "Impact of Stride on Convolution",
    what: "a stride of 2 keeps every other output of stride 1",
    check: () => {
      const dense = convolved(1);
      expect(convolved(2)).to.deep.equal([0, 2].map((p) => [0, 2].map((q) => dense[p]?.[q])));
    },
  },
  {
    at: "2D Convolution Example, stride 1 + zero padding",
    what: "the output keeps the input's 5×5",
    misprint: "output (1,4) is 7, not 4; output (3,1) is 7, not 6",
    check: () => {
      const found = convolved(1, 1);
      expect(found).to.deep.equal([
        [2, 5, 8, 9, 5],
        [3, 7, 8, 8, 7],
        [3, 5, 6, 7, 4],
        [3, 7, 5, 7, 5],
        [2, 3, 6, 5, 4],
      ]);
      const printed = [
        [2, 5, 8, 9, 5],
        [3, 7, 8, 8, 4],
        [3, 5, 6, 7, 4],
        [3, 6, 5, 7, 5],
        [2, 3, 6, 5, 4],
      ];
      expect(differences(found, printed)).to.deep.equal(["1,4", "3,1"]);
      expect(found.slice(1, 4).map((row) => row.slice(1, 4))).to.deep.equal(convolved(1));
    },
  },
  {
    at: "Zero Padding in PyTorch",
    what: "without padding (H − R + U) / U, with (R − 1) / 2 on every side ⌈H / U⌉",
    check: () => {
      for (const [H, W] of [
        [7, 9],
        [12, 5],
      ])
        for (const R of [1, 3, 5])
          for (const U of [1, 2, 3]) {
            const bare = [H, W].map((extent = 0) => Math.floor((extent - R + U) / U));
            expect(extentOf(`conv:M=1,C=1,H=${H},W=${W},R=${R},S=${R},U=${U}`)).to.deep.equal(bare);
            const same = [H, W].map((extent = 0) => Math.ceil(extent / U));
            expect(extentOf(`conv:M=1,C=1,H=${H},W=${W},R=${R},S=${R},U=${U},Z=${(R - 1) / 2}`)).to.deep.equal(same);
          }
    },
  },
  {
    at: "Zero Padding in PyTorch, padding=[1,2]",
    what: "one row above and below, two columns left and right",
    check: () => {
      expect(extentOf("conv:M=1,C=1,H=5,W=5,R=3,S=3,Zt=1,Zb=1,Zl=2,Zr=2")).to.deep.equal([5, 7]);
    },
  },
  {
    at: "Signal Processing Perspective",
    what: "a convolution flips the filter and is N + M − 1 long; a CNN correlates, and is no longer than its input",
    check: () => {
      const [signal, filter] = [
        [1, 2, 3, 4],
        [1, 0, -1],
      ];
      const full = einsumLayer("Y[i+j] += X[i] * H[j]", { I: 4, J: 3 });
      expect(outputs(full, signal, filter)).to.deep.equal([1, 2, 2, 2, -3, -4]);
      const correlation = einsumLayer("Y[p] += X[p+r] * H[r]", { P: 2, R: 3 });
      expect(outputs(correlation, signal, filter)).to.deep.equal([-2, -2]);
      expect(outputs(correlation, signal, filter.toReversed())).to.deep.equal(
        outputs(full, signal, filter).slice(2, 4),
      );
    },
  },
  {
    at: "Depth of Network: Convolution",
    what: "two 3×3 layers see all 25 words: 31 in the middle",
    check: () => {
      expect(outputs(layer("conv:M=1,C=1,H=3,W=3,R=3,S=3"), convolved(1), PLUS)).to.deep.equal([31]);
    },
  },
  {
    at: "CONV Layer Implementation",
    what: "seven loops: starts from the bias, ends in the activation",
    check: () => {
      const [N, M, C, H, W, R, S, U] = [2, 3, 2, 7, 5, 3, 3, 2];
      const [P, Q] = [(H - R + U) / U, (W - S + U) / U];
      const on = einsumLayer(
        "O[n,m,p,q] += I[n,c,U*p+r,U*q+s] * F[m,c,r,s] * B[m]",
        { N, M, C, P, Q, R, S, U },
        { start: { tensor: "B" }, after: { kind: "activation", name: "relu" } },
      );
      const [I = real([]), F = real([]), B = real([])] = seededInputs(on.einsum, 3);
      const expected: number[] = [];
      for (let n = 0; n < N; n++)
        for (let m = 0; m < M; m++)
          for (let p = 0; p < P; p++)
            for (let q = 0; q < Q; q++) {
              let o = B[m] ?? 0;
              for (let c = 0; c < C; c++)
                for (let r = 0; r < R; r++)
                  for (let s = 0; s < S; s++)
                    o +=
                      (I[((n * C + c) * H + U * p + r) * W + U * q + s] ?? 0) * (F[((m * C + c) * R + r) * S + s] ?? 0);
              expected.push(Math.max(0, o));
            }
      expect([...run(on, [I, F, B])]).to.deep.equal(expected);
    },
  },
  {
    at: "Traditional Activation Functions",
    what: "sigmoid and hyperbolic tangent",
    check: () => {
      for (const x of [-3, -0.5, 0, 1, 4]) {
        expect(activation("sigmoid")(x)).to.equal(1 / (1 + Math.exp(-x)));
        expect(activation("tanh")(x)).to.be.closeTo((Math.exp(x) - Math.exp(-x)) / (Math.exp(x) + Math.exp(-x)), 1e-15);
      }
    },
  },
  {
    at: "Modern Activation Functions",
    what: "ReLU, leaky ReLU, ELU, Swish, ReLU6 and h-swish at −2, −0.5, 0, 1, 8, each a layer",
    check: () => {
      const words = [-2, -0.5, 0, 1, 8];
      const through = (kind: string, figures = ""): readonly number[] =>
        outputs(layer(`${kind}:C=5${figures}`, "float64"), words);
      const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
      expect(through("relu")).to.deep.equal([0, 0, 0, 1, 8]);
      expectNear(through("leaky-relu", ",alpha=0.1"), [-0.2, -0.05, 0, 1, 8], 12);
      expectNear(through("elu", ",alpha=0.1"), [0.1 * (Math.exp(-2) - 1), 0.1 * (Math.exp(-0.5) - 1), 0, 1, 8], 12);
      expectNear(
        through("swish", ",alpha=2"),
        words.map((x) => x * sigmoid(2 * x)),
        12,
      );
      expect(through("relu6")).to.deep.equal([0, 0, 0, 1, 6]);
      expectNear(through("hard-swish"), [-1 / 3, (-0.5 * 2.5) / 6, 0, 4 / 6, 8], 12);
    },
  },
  {
    at: "Comparison of Activations",
    what: "the gradient of the sigmoid vanishes where its value is high, that of ReLU does not",
    check: () => {
      const values = [-8, -2, 0.5, 8];
      const through = (name: string): readonly number[] => {
        const on = einsumLayer("Y[i] = X[i]", { I: 4 }, { after: { kind: "activation", name } });
        return [...(backward(on, [real(values)], real([1, 1, 1, 1]), run)[0] ?? [])];
      };
      expect(through("relu")).to.deep.equal([0, 0, 1, 1]);
      expectNear(through("sigmoid"), [0.000335, 0.104994, 0.235004, 0.000335], 6);
      expect(slopeOf("sigmoid")(0, 0.5)).to.equal(0.25);
    },
  },
  {
    at: "FC Layer – from CONV Layer POV",
    what: "R = H and S = W leave P = Q = 1: a matrix product",
    check: () => {
      const fc = layer("fc:N=2,M=3,C=2,H=2,W=2");
      expect(outputOf(fc.einsum).shape).to.deep.equal([2, 3, 1, 1]);
      const [I = real([]), F = real([])] = seededInputs(fc.einsum, 5);
      const product = einsumLayer("O[n,m] += A[n,k] * B[m,k]", { N: 2, M: 3, K: 8 }, {}, { type: "int16" });
      expect([...run(fc, [I, F])]).to.deep.equal([...run(product, [I, F])]);
    },
  },
  {
    at: "POOL Layer Implementation",
    what: "six loops, overlapping or not; P ≤ H, Q ≤ W, M = C",
    check: () => {
      for (const U of [1, 2]) {
        const on = layer(`max-pool:N=2,C=2,H=6,W=4,R=2,S=2,U=${U}`);
        const { shape } = outputOf(on.einsum);
        const [N = 0, M = 0, P = 0, Q = 0] = shape;
        const [I = real([])] = seededInputs(on.einsum, 1);
        const expected: number[] = [];
        for (let n = 0; n < N; n++)
          for (let m = 0; m < M; m++)
            for (let p = 0; p < P; p++)
              for (let q = 0; q < Q; q++) {
                let max = Number.NEGATIVE_INFINITY;
                for (let r = 0; r < 2; r++)
                  for (let s = 0; s < 2; s++) {
                    const value = I[((n * M + m) * 6 + U * p + r) * 4 + U * q + s] ?? 0;
                    if (value > max) max = value;
                  }
                expected.push(max);
              }
        expect([...run(on, [I])]).to.deep.equal(expected);
        expect(shape).to.deep.equal([2, 2, U === 1 ? 5 : 3, U === 1 ? 3 : 2]);
      }
    },
  },
  {
    at: "Pooling Einsums",
    what: "an average divides by its window",
    misprint: "/ U² holds only where the window equals the stride",
    check: () => {
      const means = outputs(layer("average-pool:C=1,H=5,W=5,R=3,S=3,U=2", "float64"), MAP);
      const sums = outputs(layer("conv:M=1,C=1,H=5,W=5,R=3,S=3,U=2"), MAP, [1, 1, 1, 1, 1, 1, 1, 1, 1]);
      expectNear(
        means,
        sums.map((sum) => sum / 9),
        12,
      );
      expect(means[0]).to.not.be.closeTo((sums[0] ?? 0) / 4, 0.1);
    },
  },
  {
    at: "Upsampling Einsums, zero insertion",
    what: "O[U·h, U·w] = I[h, w]",
    check: () => {
      const on = einsumLayer("O[U*h,U*w] = I[h,w]", { H: 2, W: 2, U: 2 }, {}, { shapes: new Map([["O", [4, 4]]]) });
      expect(rows(outputs(on, [1, 2, 3, 4]), 4)).to.deep.equal([
        [1, 0, 2, 0],
        [0, 0, 0, 0],
        [3, 0, 4, 0],
        [0, 0, 0, 0],
      ]);
      expect(outputs(layer("unpool:C=1,H=2,W=2,U=2"), [1, 2, 3, 4])).to.deep.equal(outputs(on, [1, 2, 3, 4]));
    },
  },
  {
    at: "Upsampling Einsums, interpolation",
    what: "every word fills a U×U square",
    misprint: "the output's index is U·h + r, not h + r",
    check: () => {
      const on = einsumLayer("O[U*h+r,U*w+s] = I[h,w]", { H: 2, W: 2, R: 2, S: 2, U: 2 });
      expect(rows(outputs(on, [1, 2, 3, 4]), 4)).to.deep.equal([
        [1, 1, 2, 2],
        [1, 1, 2, 2],
        [3, 3, 4, 4],
        [3, 3, 4, 4],
      ]);
      expect(outputs(layer("upsample-nearest:C=1,H=2,W=2,U=2"), [1, 2, 3, 4])).to.deep.equal(outputs(on, [1, 2, 3, 4]));
      expect(outputOf(einsumLayer("O[h+r,w+s] += I[h,w]", { H: 2, W: 2, R: 2, S: 2 }).einsum).shape).to.deep.equal([
        3, 3,
      ]);
    },
  },
  {
    at: "BN Layer Implementation",
    what: "y = (x − μ) / √(σ² + ε) · γ + β, folded into the weights and biases of a convolution",
    check: () => {
      const [mean, variance, epsilon, scale, shift] = [0.5, 4, 1e-5, 1.5, -0.25];
      const conv = layer("conv:M=1,C=1,H=5,W=5,R=3,S=3", "float64");
      const factor = scale / Math.sqrt(variance + epsilon);
      const normalized = outputs(conv, MAP, PLUS).map(
        (x) => ((x - mean) / Math.sqrt(variance + epsilon)) * scale + shift,
      );
      const folded = einsumLayer(
        "O[p,q] += I[p+r,q+s] * F[r,s] * B[]",
        { P: 3, Q: 3, R: 3, S: 3 },
        { start: { tensor: "B" } },
      );
      const weights = flatten(PLUS).map((w) => w * factor);
      expectNear(outputs(folded, MAP, weights, [shift - mean * factor]), normalized, 12);
    },
  },
  {
    at: "Training DNN",
    what: "a weight goes down its gradient: forward, backward, update",
    check: () => {
      const on = einsumLayer("Y[j] += W[i,j] * X[i]", { I: 2, J: 1 });
      const [weights, x] = [real([0.5, -1]), real([2, 1])];
      const [dW] = backward(on, [weights, x], real([1]), run);
      expect([...(dW ?? [])]).to.deep.equal([2, 1]);
      expect(inputsOf(on.einsum).map(({ name }) => name)).to.deep.equal(["W", "X"]);
      const after = weights.map((w, i) => w - 0.1 * (dW?.[i] ?? 0));
      expect(reference(on.einsum, [after, x])[0]).to.be.closeTo(-0.5, 1e-12);
    },
  },
]);
