import { expect } from "chai";
import {
  accuracy,
  backward,
  builtInWorkload,
  crossEntropy,
  type Layer,
  macsOf,
  momentum,
  NO_STATE,
  outputOf,
  parametersOf,
  seededInputs,
  sgd,
  softmax,
  softmaxCrossEntropy,
  softmaxGradient,
  type Values,
} from "../../workloads/index.js";
import {
  differences,
  einsumLayer,
  expectNear,
  flatten,
  layer,
  type Nested,
  outputs,
  real,
  rows,
  run,
  worked,
} from "./lecture.js";
import { bottleneckedInception, naiveInception, sizesOf } from "./networks.js";

const IMAGE = [
  [2, 4, 9, 1, 4],
  [2, 1, 4, 4, 6],
  [1, 1, 2, 9, 2],
  [7, 3, 5, 1, 3],
  [2, 3, 4, 8, 5],
];
const KERNEL = [
  [1, 2, 3],
  [-4, 7, 4],
  [2, -5, 1],
];
const FEATURE = [
  [51, 66, 20],
  [31, 49, 101],
  [15, 53, -2],
];
const PADDED = [
  [21, 59, 37, -19, 2],
  [30, 51, 66, 20, 43],
  [-14, 31, 49, 101, -19],
  [59, 15, 53, -2, 21],
  [49, 57, 64, 76, 10],
];
const POOLED = [
  [59, 66, 66, 43],
  [51, 66, 101, 101],
  [59, 53, 101, 101],
  [59, 64, 76, 76],
];

/** Predictions and labels of the batch of ten digits. */
const PREDICTED = [
  [0.1, 0, 0, 0.7, 0, 0.2, 0, 0, 0, 0],
  [1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  [0, 0, 0, 0, 0.7, 0, 0, 0, 0, 0.2],
  [0, 0.9, 0, 0, 0, 0, 0, 0, 0, 0.1],
  [0, 0, 0, 0, 0.1, 0, 0, 0, 0, 0.9],
  [0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
  [0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
  [0, 0, 0, 1, 0, 0, 0, 0, 0, 0],
  [0, 0.9, 0, 0, 0, 0, 0, 0, 0, 0],
  [0, 0, 0, 0, 1, 0, 0, 0, 0, 0],
];
const LABELS = [5, 0, 4, 1, 9, 2, 1, 3, 1, 4];

/** Y = X·Wᵀ + b of one row, with an activation. */
const dense = (from: number, to: number, name: string | null): Layer =>
  einsumLayer(
    "Z[j] += A[i] * W[j,i] * B[j]",
    { I: from, J: to },
    { start: { tensor: "B" }, after: name === null ? null : { kind: "activation", name } },
  );

/** The 2-2-2 network: two sigmoid layers and the quadratic loss ½·Σ(t − o)². */
const mlp = (): { readonly values: Record<string, number>; readonly slopes: Record<string, number> } => {
  const on = dense(2, 2, "sigmoid");
  const [i, w, b1] = [real([0.05, 0.1]), real([0.15, 0.2, 0.25, 0.3]), real([0.35, 0.35])];
  const [v, b2, targets] = [real([0.4, 0.45, 0.5, 0.55]), real([0.6, 0.6]), [0.01, 0.99]];
  const h = run(on, [i, w, b1]);
  const o = run(on, [h, v, b2]);
  const upstream = o.map((value, k) => value - (targets[k] ?? 0));
  const [dH = i, dV = v, dB2 = b2] = backward(on, [h, v, b2], upstream, run);
  const [, dW = w, dB1 = b1] = backward(on, [i, w, b1], dH, run);
  const named = (names: string, values: Values): [string, number][] =>
    names.split(" ").map((name, k) => [name, values[k] ?? Number.NaN]);
  const errors = upstream.map((error) => error ** 2 / 2);
  return {
    values: Object.fromEntries([
      ...named("h1 h2", h),
      ...named("o1 o2", o),
      ...named("Eo1 Eo2", errors),
      ...named("w1 w2 w3 w4", w),
      ...named("w5 w6 w7 w8", v),
    ]),
    slopes: Object.fromEntries([
      ...named("o1 o2", upstream),
      ...named("d1 d2", dB2),
      ...named("w5 w6 w7 w8", dV),
      ...named("h1 h2", dH),
      ...named("d11 d22", dB1),
      ...named("w1 w2 w3 w4", dW),
    ]),
  };
};

/** The CNN exercise: 3×3 image, 2×2 filter, ReLU, two ReLU neurons, two softmax neurons, labels 1 and 0. */
const RATE = 0.5;
const exercise = (): Record<string, readonly number[]> => {
  const conv = einsumLayer(
    "C[p,q] += X[p+r,q+s] * F[r,s] * B[]",
    { P: 2, Q: 2, R: 2, S: 2 },
    { start: { tensor: "B" }, after: { kind: "activation", name: "relu" } },
  );
  const [toHidden, toScores] = [dense(4, 2, "relu"), dense(2, 2, null)];
  const image = [real([1, 0, 1, 0, 1, 0, 1, 0, 1]), real([0.9, 0.1, 0.1, 0.9]), real([0.1])] as const;
  const c = run(conv, image);
  const hidden = [c, real([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]), real([0.2, 0.2])] as const;
  const h = run(toHidden, hidden);
  const scores = [h, real([0.1, 0.2, 0.3, 0.4]), real([0.3, 0.3])] as const;
  const z = run(toScores, scores);
  const loss = softmaxCrossEntropy(z, real([1, 0]), 2);
  const [dH = h, dWo = h, dBo = h] = backward(toScores, scores, loss.gradient, run);
  const [dC = c, dWh = c, dBh = c] = backward(toHidden, hidden, dH, run);
  const [dX = c, dF = c, dB = c] = backward(conv, image, dC, run);
  const updated = (values: Values, slopes: Values): readonly number[] =>
    [...values].map((value, i) => value - RATE * (slopes[i] ?? 0));
  return {
    ...{ c: [...c], h: [...h], z: [...z], o: [...softmax(z, 2)], dz: [...loss.gradient] },
    ...{ dWo: [...dWo], dH: [...dH], dWh: [...dWh], dC: [...dC], dF: [...dF], dB: [...dB], dX: [...dX] },
    ...{ wo: updated(scores[1], dWo), bo: updated(scores[2], dBo), wh: updated(hidden[1], dWh) },
    ...{ bh: updated(hidden[2], dBh), f: updated(image[1], dF), b: updated(image[2], dB) },
  };
};

/** The 7×7×3 exercise, as its slide writes it: rows, columns, channels; and filters: rows, columns, channels, output channels. */
const VOLUME = [
  [0, 0, 0, 0, 0, 0, 0].map(() => [0, 0, 0]),
  [
    [0, 0, 0],
    [2, 2, 0],
    [2, 2, 0],
    [2, 0, 1],
    [2, 2, 2],
    [0, 1, 2],
    [0, 0, 0],
  ],
  [
    [0, 0, 0],
    [0, 1, 0],
    [2, 2, 1],
    [1, 2, 0],
    [1, 2, 1],
    [2, 1, 1],
    [0, 0, 0],
  ],
  [
    [0, 0, 0],
    [2, 2, 0],
    [2, 2, 0],
    [2, 2, 1],
    [1, 1, 0],
    [0, 0, 1],
    [0, 0, 0],
  ],
  [
    [0, 0, 0],
    [2, 1, 2],
    [2, 2, 2],
    [1, 2, 0],
    [1, 0, 1],
    [1, 1, 2],
    [0, 0, 0],
  ],
  [
    [0, 0, 0],
    [2, 0, 0],
    [1, 0, 1],
    [2, 1, 1],
    [2, 1, 0],
    [1, 1, 2],
    [0, 0, 0],
  ],
  [0, 0, 0, 0, 0, 0, 0].map(() => [0, 0, 0]),
];
const FILTERS = [
  [
    [
      [1, -1],
      [0, 0],
      [0, 1],
    ],
    [
      [0, -1],
      [1, -1],
      [0, -1],
    ],
    [
      [-1, -1],
      [1, 0],
      [0, -1],
    ],
  ],
  [
    [
      [-1, -1],
      [1, -1],
      [0, -1],
    ],
    [
      [1, 0],
      [-1, 1],
      [0, -1],
    ],
    [
      [-1, 1],
      [-1, 1],
      [-1, 1],
    ],
  ],
  [
    [
      [0, -1],
      [0, -1],
      [1, 1],
    ],
    [
      [1, 1],
      [1, 0],
      [0, 0],
    ],
    [
      [0, -1],
      [0, 1],
      [0, 1],
    ],
  ],
];
/** NHWC and RSCM words, read by the Einsum as they lie. */
const volume = (after: "relu" | null): Layer =>
  einsumLayer(
    "O[p,q,m] += I[2*p+r,2*q+s,c] * F[r,s,c,m] * B[m]",
    { P: 3, Q: 3, M: 2, R: 3, S: 3, C: 3 },
    { start: { tensor: "B" }, after: after === null ? null : { kind: "activation", name: after } },
    { type: "int16" },
  );
const pooled = einsumLayer("O[p,q,m] max= I[p+r,q+s,m]", { P: 2, Q: 2, M: 2, R: 2, S: 2 }, {}, { type: "int16" });

const table = (name: string): readonly Layer[] => builtInWorkload(name)?.layers ?? [];
const one = (found: readonly number[] | undefined): readonly number[] => found ?? [];

worked("convolutional", [
  {
    at: "Backward Path from Objective Function",
    what: "E = 0.27481 + 0.02356 = 0.29837; its gradients by o₁ and o₂",
    check: () => {
      const { values, slopes } = mlp();
      expect(values["Eo1"]).to.be.closeTo(0.274811083, 1e-9);
      expect(values["Eo2"]).to.be.closeTo(0.023560026, 1e-9);
      expect((values["Eo1"] ?? 0) + (values["Eo2"] ?? 0)).to.be.closeTo(0.298371109, 1e-9);
      expectNear([slopes["o1"] ?? 0, slopes["o2"] ?? 0], [0.74137, -0.21707], 5);
    },
  },
  {
    at: "Softmax Classifier (Multinomial Logistic Regression)",
    what: "scores 3.2, 5.1, −1.7: exponentials 24.5, 164.0, 0.18, probabilities 0.13, 0.87, 0.00",
    misprint: "the last line divides −1.7, not e^−1.7",
    check: () => {
      const scores = real([3.2, 5.1, -1.7]);
      expectNear([...scores].map(Math.exp), [24.53, 164.02, 0.18], 2);
      expectNear(softmax(scores, 3), [0.13, 0.87, 0], 2);
    },
  },
  {
    at: "Categorical Cross Entropy Loss",
    what: "ten digits: −log 0.2 = 1.61, −log 0.7 = 0.357, −log 0.9 = 0.105; nine of ten right",
    misprint: "0.356 for −log 0.7; image 8 is a 1, not a 2; the column of output classes",
    check: () => {
      const oneHotRows = LABELS.map((label) => Array.from({ length: 10 }, (_, k) => (k === label ? 1 : 0)));
      const losses = PREDICTED.map((row, i) => crossEntropy(real(row), real(oneHotRows[i] ?? []), 10).value + 0);
      expectNear(losses, [1.609, 0, 0.357, 0.105, 0.105, 0, 0, 0, 0.105, 0], 3);
      const mean = crossEntropy(real(PREDICTED), real(oneHotRows), 10).value;
      expect(mean).to.be.closeTo(losses.reduce((a, b) => a + b) / 10, 1e-15);
      expect(accuracy(real(PREDICTED), LABELS, 10)).to.equal(0.9);
    },
  },
  {
    at: "Optimization: Batch SGD",
    what: "Θ ← Θ − α·(Δ/m + λ·Θ); biases (j = 0) are not regularised",
    check: () => {
      const [theta, delta] = [real([2, -1]), real([0.4, 0.8])];
      const gradient = delta.map((sum) => sum / 4);
      const decayed = sgd({ rate: 0.5, decay: { l1: 0, l2: 0.1 } });
      expectNear(decayed.update("w", theta, gradient, NO_STATE, run).weights, [2 - 0.5 * 0.3, -1 - 0.5 * 0.1], 12);
      const plain = sgd({ rate: 0.5 });
      expectNear(plain.update("b", theta, gradient, NO_STATE, run).weights, [2 - 0.5 * 0.1, -1 - 0.5 * 0.2], 12);
    },
  },
  {
    at: "Forward computational Operators",
    what: "add distributes a gradient, mul swaps, copy adds, max routes",
    check: () => {
      const by = (text: string, ...values: readonly number[]): readonly (number | undefined)[] => {
        const inputs = values.map((value) => real([value]));
        return backward(einsumLayer(text, {}), inputs, real([2]), run).map(([slope]) => slope);
      };
      expect(by("O[] = A[] + B[]", 3, 4)).to.deep.equal([2, 2]);
      expect(by("O[] = A[] * B[]", 3, 4)).to.deep.equal([8, 6]);
      const copies = einsumLayer("O[i] = A[]", { I: 2 });
      expect([...(backward(copies, [real([5])], real([7, 4]), run)[0] ?? [])]).to.deep.equal([11]);
      const larger = einsumLayer("O[] max= A[i]", { I: 2 });
      expect([...(backward(larger, [real([4, 5])], real([9]), run)[0] ?? [])]).to.deep.equal([0, 9]);
    },
  },
  {
    at: "Forward and backward computation operators",
    what: "z = 4 − 3 = 1, y = 0.731",
    misprint: "−1·−2 + −2·3 − 3 is −7: the weights are 2 and −3",
    check: () => {
      const on = dense(2, 1, "sigmoid");
      expect(-1 * -2 + -2 * 3 + -3).to.equal(-7);
      const inputs = [real([-1, -2]), real([2, -3]), real([-3])];
      expectNear(run(on, inputs), [0.731], 3);
      const [dX = [], dW = [], dB = []] = backward(on, inputs, real([1]), run);
      expectNear(dB, [0.197], 3);
      expectNear(dW, [-0.197, -0.393], 3);
      expectNear(dX, [0.393, -0.59], 3);
    },
  },
  {
    at: "DNN Example, forward propagation",
    what: "h₁, h₂, o₁, o₂ of the 2-2-2 network",
    check: () => {
      const { values } = mlp();
      const printed = { h1: 0.5932699921, h2: 0.5968843783, o1: 0.7513650695, o2: 0.7729284653 };
      for (const [name, value] of Object.entries(printed)) expect(values[name], name).to.be.closeTo(value, 1e-9);
    },
  },
  {
    at: "Multilayer Perceptron : Backward Path Calculation",
    what: "every gradient of the 2-2-2 network",
    misprint: "grad_w2 takes i₁ for i₂: 0.000439, right 0.000877",
    check: () => {
      const { slopes } = mlp();
      const printed = {
        ...{ o1: 0.7413650695, o2: -0.2170715347, d1: 0.1384985616, d2: -0.0380982365 },
        ...{ w5: 0.0821670406, w6: 0.0826676278, w7: -0.0226025405, w8: -0.0227402422 },
        ...{ h1: 0.0363503064, d11: 0.0087713547, w1: 0.0004385677, h2: 0.0413703226, d22: 0.0099542547 },
        ...{ w3: 0.0004977127, w4: 0.0009954255 },
      };
      for (const [name, value] of Object.entries(printed)) expect(slopes[name], name).to.be.closeTo(value, 1e-9);
      expect(slopes["w2"]).to.be.closeTo(0.0008771355, 1e-9);
    },
  },
  {
    at: "Multilayer Perceptron, updated weights",
    what: "w₁⁺ … w₈⁺ at the rate 0.5",
    misprint: "w₂⁺ = 0.19978, right 0.19956",
    check: () => {
      const { values, slopes } = mlp();
      const after = (name: string): number => (values[name] ?? 0) - 0.5 * (slopes[name] ?? 0);
      const printed = {
        ...{ w1: 0.1497807161, w3: 0.2497511436, w4: 0.2995022873, w5: 0.3589164797 },
        ...{ w6: 0.4086661861, w7: 0.5113012702, w8: 0.5613701211 },
      };
      for (const [name, value] of Object.entries(printed)) expect(after(name), name).to.be.closeTo(value, 1e-9);
      expect(after("w2")).to.be.closeTo(0.1995614, 1e-7);
      expect(after("w2")).to.not.be.closeTo(0.1997807, 1e-4);
    },
  },
  {
    at: "CNN : Backward Path (derivatives)",
    what: "∂S_i/∂z_j = S_i·(δ_ij − S_j); with cross-entropy O − y",
    check: () => {
      const s = softmax(real([1.042, 1.914]), 2);
      const [a = 0, b = 0] = s;
      expectNear(softmaxGradient(s, real([1, 0]), 2), [a * (1 - a), -a * b], 14);
      expectNear(softmaxCrossEntropy(real([1.042, 1.914]), real([1, 0]), 2).gradient, [a - 1, b], 14);
    },
  },
  {
    at: "Tensorflow Example",
    what: "784-16-16-10: 12,560 + 272 + 170 = 13,002 parameters",
    check: () => {
      const sums = table("mlp-784-16-16-10")
        .map(parametersOf)
        .map(({ weights, biases }) => weights + biases);
      expect(sums).to.deep.equal([12_560, 272, 170]);
      expect(sums.reduce((a, b) => a + b)).to.equal(13_002);
    },
  },
  {
    at: "Summary : Flow of MLP Dense layer NN",
    what: "ten images are a 10×784 matrix, their outputs 10×10",
    check: () => {
      const on = layer("gemm:M=10,K=784,N=10");
      expect(on.einsum.tensors.map(({ shape }) => shape)).to.deep.equal([
        [10, 784],
        [784, 10],
        [10, 10],
      ]);
      run(on, seededInputs(on.einsum, 1));
    },
  },
  {
    at: "One filter, one channel",
    what: "51, 66, 20 / 31, 49, 101 / 15, 53, −2 from a 5×5 image",
    check: () => {
      expect(outputs(layer("conv:M=1,C=1,H=5,W=5,R=3,S=3"), IMAGE, KERNEL)).to.deep.equal(flatten(FEATURE));
    },
  },
  {
    at: "Feature size with padding",
    what: "(5 + 2·1 − 3) / 1 + 1 = 5, and the 25 words",
    check: () => {
      const found = rows(outputs(layer("conv:M=1,C=1,H=5,W=5,R=3,S=3,Z=1"), IMAGE, KERNEL), 5);
      expect(differences(found, PADDED)).to.deep.equal([]);
    },
  },
  {
    at: "Max Pooled Feature",
    what: "2×2 windows at stride 1 of the padded feature: 4×4 words",
    check: () => {
      const found = rows(outputs(layer("max-pool:C=1,H=5,W=5,R=2,S=2"), PADDED), 4);
      expect(differences(found, POOLED)).to.deep.equal([]);
    },
  },
  {
    at: "MaxPool(ReLU(x)) = ReLU(MaxPool(x))",
    what: "both orders give the same",
    check: () => {
      const pool = layer("max-pool:C=1,H=5,W=5,R=2,S=2");
      const relu = (words: readonly number[]): readonly number[] => words.map((word) => Math.max(0, word));
      expect(outputs(pool, relu(flatten(PADDED)))).to.deep.equal(relu(outputs(pool, PADDED)));
    },
  },
  {
    at: "CNN : Forward Path, Example exercise 3a",
    what: "1.9, 0.3, 0.3, 1.9 → 1.3, 3.06 → 1.042, 1.914 → 0.295, 0.705",
    misprint: "h₁ is printed with the bias 0.1 (1.2) but with 0.2's value; the second output is called O₁ too",
    check: () => {
      const { c, h, z, o } = exercise();
      expectNear(one(c), [1.9, 0.3, 0.3, 1.9], 12);
      expectNear(one(h), [1.3, 3.06], 12);
      expectNear(one(z), [1.042, 1.914], 12);
      expectNear(one(z).map(Math.exp), [2.8349, 6.7802], 4);
      expectNear(one(o), [0.295, 0.705], 3);
      expect(1.9 * 0.1 + 0.3 * 0.2 + 0.3 * 0.3 + 1.9 * 0.4 + 0.1).to.be.closeTo(1.2, 1e-12);
    },
  },
  {
    at: "CNN Arithmetic, multiple input channels (RGB image)",
    what: "a 5×5×3 volume, two 3×3×3 filters, stride 2, padding 1: 3×3×2",
    misprint: "(W − F + S) / 3 + P, right (W − F + 2P) / S + 1",
    check: () => {
      expect(outputOf(layer("conv:M=2,C=3,H=5,W=5,R=3,S=3,U=2,Z=1").einsum).shape).to.deep.equal([1, 2, 3, 3]);
      expect((5 - 3 + 2 * 1) / 2 + 1).to.equal(3);
      expect((5 - 3 + 2) / 3 + 1).to.not.equal(3);
    },
  },
  {
    at: "CNN Arithmetic, the first words",
    what: "3 + 0 − 2 + 1 = 2 of the first filter, 0 + 0 + 0 + 0 = 0 of the second",
    check: () => {
      const window = [
        [0, 0, 0, 0, 0, 1, 0, 1, 2],
        [0, 0, 0, 0, 0, 2, 0, 2, 0],
        [0, 0, 0, 0, 0, 1, 0, 2, 0],
      ];
      const first = [
        [-1, -1, 0, 0, 1, 1, -1, 0, 1],
        [0, 0, -1, 1, 1, -1, -1, 1, 0],
        [0, -1, -1, 0, 1, 0, -1, -1, 0],
      ];
      const second = [
        [-1, 0, 0, 0, 0, 0, 1, 0, 0],
        [1, 0, 0, 0, 1, 1, 1, -1, 0],
        [1, -1, 0, 1, 0, 0, -1, 0, -1],
      ];
      const channel = layer("conv:M=1,C=1,H=3,W=3,R=3,S=3");
      expect(window.map((words, c) => outputs(channel, words, first[c] ?? [])[0])).to.deep.equal([3, 0, -2]);
      expect(window.map((words, c) => outputs(channel, words, second[c] ?? [])[0])).to.deep.equal([0, 0, 0]);
      const both = einsumLayer(
        "O[m] += I[c,r] * F[m,c,r] * B[m]",
        { M: 2, C: 3, R: 9 },
        { start: { tensor: "B" } },
        { type: "int16" },
      );
      expect(outputs(both, window, [first, second], [1, 0])).to.deep.equal([2, 0]);
    },
  },
  {
    at: "CNN Arithmetic, single depth slice",
    what: "2×2 max pooling at stride 2: 6, 8, 3, 4",
    misprint: "the last row is printed as the output volume's; it is 1, 2, 3, 4",
    check: () => {
      const slice = [
        [1, 1, 2, 4],
        [5, 6, 7, 8],
        [3, 2, 1, 0],
        [1, 2, 3, 4],
      ];
      expect(outputs(layer("max-pool:C=1,H=4,W=4,R=2,S=2,U=2"), slice)).to.deep.equal([6, 8, 3, 4]);
    },
  },
  {
    at: "Forward path",
    what: "O₁₁ … O₂₂ of a 2×2 filter over a 3×3 image, term by term",
    check: () => {
      const [X, F] = [
        [2, -1, 3, 0, 5, 1, 4, -2, 7],
        [10, 20, -30, 40],
      ];
      const at = (row: number, column: number): number => X[3 * row + column] ?? 0;
      const [F11 = 0, F12 = 0, F21 = 0, F22 = 0] = F;
      const byTerm = [0, 1].flatMap((p) =>
        [0, 1].map((q) => at(p, q) * F11 + at(p, q + 1) * F12 + at(p + 1, q) * F21 + at(p + 1, q + 1) * F22),
      );
      expect(outputs(layer("conv:M=1,C=1,H=3,W=3,R=2,S=2"), X, F)).to.deep.equal(byTerm);
    },
  },
  {
    at: "Multiple channels in inputs",
    what: "filters have as many channels as their input: 3 (4×4), 6 (2×2), 10 (1×1)",
    check: () => {
      for (const [C, R] of [
        [3, 4],
        [6, 2],
        [10, 1],
      ])
        expect(layer(`conv:M=1,C=${C},H=8,W=8,R=${R},S=${R}`).einsum.tensors[1]?.shape).to.deep.equal([1, C, R, R]);
    },
  },
  {
    at: "Convolution NN : MNIST 28x28 Pixels",
    what: "28×28×12, 14×14×24, 7×7×32, 1568, 200, 10",
    misprint: "7 × 6 × 32 = 1568 and W [1558, 200]",
    check: () => {
      const layers = table("mnist-cnn-12-24-32");
      expect(layers.map(({ einsum }) => outputOf(einsum).shape)).to.deep.equal([
        [1, 12, 28, 28],
        [1, 24, 14, 14],
        [1, 32, 7, 7],
        [1, 200, 1, 1],
        [1, 10, 1, 1],
      ]);
      expect(layers.map((on) => parametersOf(on).weights)).to.deep.equal([
        3 * 3 * 1 * 12,
        6 * 6 * 12 * 24,
        6 * 6 * 24 * 32,
        1568 * 200,
        200 * 10,
      ]);
      expect([7 * 7 * 32, 7 * 6 * 32]).to.deep.equal([1568, 1344]);
    },
  },
  {
    at: "Build the model (Keras, 32 and 64 filters)",
    what: "26×26×32, pool, 11×11×64, pool, 1600 words, 10 classes: 34,826 parameters",
    check: () => {
      const layers = table("mnist-cnn-32-64");
      const sums = layers.map(parametersOf).map(({ weights, biases }) => weights + biases);
      expect(sums).to.deep.equal([320, 18_496, 16_010]);
      expect(sums.reduce((a, b) => a + b)).to.equal(34_826);
      expect(sizesOf("max-pool:C=32,H=26,W=26,R=2,S=2,U=2")).to.deep.equal([32, 13, 13]);
      expect(sizesOf("max-pool:C=64,H=11,W=11,R=2,S=2,U=2")).to.deep.equal([64, 5, 5]);
      expect(64 * 5 * 5).to.equal(1600);
    },
  },
  {
    at: "Implementing Convolutions: im2col",
    what: "the filters times a matrix of windows is the convolution",
    check: () => {
      const conv = layer("conv:M=2,C=2,H=4,W=5,R=3,S=3");
      const [I = real([]), F = real([])] = seededInputs(conv.einsum, 6);
      const windows = einsumLayer(
        "A[c,r,s,p,q] = I[c,p+r,q+s]",
        { C: 2, R: 3, S: 3, P: 2, Q: 3 },
        {},
        { type: "int16" },
      );
      const matrix = run(windows, [I]);
      expect([...run(layer("gemm:M=2,K=18,N=6"), [F, matrix])]).to.deep.equal([...run(conv, [I, F])]);
    },
  },
  {
    at: "Number of Parameters (AlexNet)",
    what: "the table: sizes, weights and biases of every layer, 62,378,344 in all",
    check: () => {
      const layers = table("alexnet-single");
      expect(layers.map(({ einsum }) => outputOf(einsum).shape.slice(1))).to.deep.equal([
        [96, 55, 55],
        [256, 27, 27],
        [384, 13, 13],
        [384, 13, 13],
        [256, 13, 13],
        [4096, 1, 1],
        [4096, 1, 1],
        [1000, 1, 1],
      ]);
      const counted = layers.map(parametersOf);
      expect(counted.map(({ weights }) => weights)).to.deep.equal([
        34_848, 614_400, 884_736, 1_327_104, 884_736, 37_748_736, 16_777_216, 4_096_000,
      ]);
      expect(counted.map(({ biases }) => biases)).to.deep.equal([96, 256, 384, 384, 256, 4096, 4096, 1000]);
      expect(counted.reduce((n, { weights, biases }) => n + weights + biases, 0)).to.equal(62_378_344);
    },
  },
  {
    at: "Size of Output Tensor of a MaxPool Layer (AlexNet)",
    what: "(55 − 3) / 2 + 1 = 27, then 13 and 6",
    check: () => {
      expect(sizesOf("max-pool:C=96,H=55,W=55,R=3,S=3,U=2")).to.deep.equal([96, 27, 27]);
      expect(sizesOf("max-pool:C=256,H=27,W=27,R=3,S=3,U=2")).to.deep.equal([256, 13, 13]);
      expect(sizesOf("max-pool:C=256,H=13,W=13,R=3,S=3,U=2")).to.deep.equal([256, 6, 6]);
    },
  },
  {
    at: "CNN : Backward Path, scores",
    what: "∂L/∂z = −0.705, 0.705; wo⁺ = 0.558, 1.279, −0.158, −0.679; bo⁺ = 0.653, −0.053",
    misprint: "−0.9996 and 2.256 for ∂L/∂wo; bo₁⁺ 0.652 and 0.625; bo₂⁺ −0.352 and −0.0525; wo₄⁺ −0.678 and −0.7678",
    check: () => {
      const { dz, dWo, wo, bo } = exercise();
      expectNear(one(dz), [-0.7052, 0.7052], 4);
      expectNear(one(dWo), [-0.9167, -2.1578, 0.9167, 2.1578], 4);
      expectNear(one(wo), [0.5584, 1.2789, -0.1584, -0.6789], 4);
      expectNear(one(bo), [0.6526, -0.0526], 4);
      expect((one(bo)[0] ?? 0) + (one(bo)[1] ?? 0)).to.be.closeTo(0.6, 1e-12);
    },
  },
  {
    at: "CNN : Backward Path, hidden neurons",
    what: "∂L/∂h = 0.141, 0.141; wh⁺ and bh⁺ = 0.1295",
    misprint: "bh⁺ 0.0295 beside 0.1295 (0.2 − 0.5·0.1428 would be 0.1286); ∂C₄ by h₂ takes 0.4 for 0.8",
    check: () => {
      const { dH, dWh, wh, bh, dC } = exercise();
      expectNear(one(dH), [0.141, 0.141], 3);
      expectNear(one(dWh), [0.268, 0.0423, 0.0423, 0.268, 0.268, 0.0423, 0.0423, 0.268], 4);
      expectNear(one(wh), [-0.034, 0.179, 0.279, 0.266, 0.366, 0.579, 0.679, 0.666], 3);
      expectNear(one(bh), [0.1295, 0.1295], 4);
      expectNear(one(dC), [0.0846, 0.1128, 0.141, 0.1692], 4);
    },
  },
  {
    at: "CNN : Backward Path, wh₅⁺",
    what: "0.5 − 0.5·0.268 = 0.366",
    misprint: "0.3645 and 0.364",
    check: () => {
      expectNear([one(exercise()["wh"])[4] ?? 0], [0.366], 3);
    },
  },
  {
    at: "CNN : Backward Path, filter",
    what: "∂L/∂F = 0.2538 four times; F⁺ = 0.7731, −0.0269, −0.0269, 0.7731",
    misprint: "∂F₁ = 0.5238, ∂F₄ = 0.238",
    check: () => {
      const { dF, f } = exercise();
      expectNear(one(dF), [0.2539, 0.2539, 0.2539, 0.2539], 4);
      expectNear(
        one(dF).map((slope) => slope / 0.14103),
        [1.8, 1.8, 1.8, 1.8],
        3,
      );
      expectNear(one(f), [0.7731, -0.0269, -0.0269, 0.7731], 4);
    },
  },
  {
    at: "Update values of b1 – bias of convolution",
    what: "∂L/∂b = 0.5076, b⁺ = −0.1538",
    check: () => {
      const { dB, b } = exercise();
      expectNear(one(dB), [0.5077], 4);
      expectNear(one(b), [-0.1539], 4);
    },
  },
  {
    at: "Values of dL/dI",
    what: "the full convolution with the turned filter, 3×3 words",
    misprint: "0.0765 for 0.0762, 0.1356 for 0.1354",
    check: () => {
      const found = exercise()["dX"] ?? [];
      expectNear(found, [0.0762, 0.11, 0.0113, 0.1354, 0.2539, 0.1185, 0.0141, 0.1439, 0.1523], 4);
      const loss = [0.0846, 0.1128, 0.141, 0.1692];
      const full = layer("conv:M=1,C=1,H=2,W=2,R=2,S=2,Z=1", "float64");
      const byPrinted = outputs(full, loss, [0.9, 0.1, 0.1, 0.9]);
      expectNear(byPrinted, [0.07614, 0.10998, 0.01128, 0.13536, 0.2538, 0.11844, 0.0141, 0.14382, 0.15228], 5);
    },
  },
  {
    at: "dL/dX as a full convolution, symbol by symbol",
    what: "every word's terms; ∂L/∂X₁₃ = F₁₂ · ∂L/∂O₁₂",
    misprint: "one line has F₁₃",
    check: () => {
      const conv = layer("conv:M=1,C=1,H=3,W=3,R=2,S=2", "float64");
      const [F11, F12, F21, F22] = [2, 3, 5, 7];
      const [O11, O12, O21, O22] = [11, 13, 17, 19];
      const [dX = []] = backward(
        conv,
        [new Float64Array(9), real([F11, F12, F21, F22])],
        real([O11, O12, O21, O22]),
        run,
      );
      expect([...dX]).to.deep.equal([
        O11 * F11,
        O11 * F12 + O12 * F11,
        O12 * F12,
        O11 * F21 + O21 * F11,
        O11 * F22 + O12 * F21 + O21 * F12 + O22 * F11,
        O12 * F22 + O22 * F12,
        O21 * F21,
        O21 * F22 + O22 * F21,
        O22 * F22,
      ]);
    },
  },
  {
    at: "Exercise: CNN Backward Path Calculation",
    what: "∂L/∂F = −0.1, −0.3 / −0.3, 0.2 and the 3×3 words of ∂L/∂X",
    check: () => {
      const conv = layer("conv:M=1,C=1,H=3,W=3,R=2,S=2", "float64");
      const image = real([1, 0, -1, 1, 0, 1, 0, 1, 1]);
      const filter = real([-1, 2, 3, 1]);
      const [dX = [], dF = []] = backward(conv, [image, filter], real([-0.2, 0.2, 0.1, -0.1]), run);
      expectNear(dF, [-0.1, -0.3, -0.3, 0.2], 12);
      expectNear(dX, [0.2, -0.6, 0.4, -0.7, 0.7, 0, 0.3, -0.2, -0.1], 12);
    },
  },
  {
    at: "Exercises (Q1) (a) (b), 7×7×3, stride 2",
    what: "the words after the convolution and after ReLU",
    check: () => {
      const found = outputs(volume(null), VOLUME, FILTERS, [1, 0]);
      expect(found).to.deep.equal([-2, 7, 1, 1, 4, -7, 1, 6, 9, -8, 6, -6, 2, -7, 1, -4, 2, -8]);
      expect(outputs(volume("relu"), VOLUME, FILTERS, [1, 0])).to.deep.equal(found.map((word) => Math.max(0, word)));
    },
  },
  {
    at: "Exercises (Q1) (a), height with and without the padding",
    what: "7 rows of which two are padding, or 5 rows and Z = 1: the same words in NCHW",
    check: () => {
      const channels = (words: readonly (readonly (readonly number[])[])[]): Nested =>
        [0, 1, 2].map((c) => words.map((row) => row.map((word) => word[c] ?? 0)));
      const inner = VOLUME.slice(1, 6).map((row) => row.slice(1, 6));
      const weights = [0, 1].map((m) =>
        [0, 1, 2].map((c) => FILTERS.map((row) => row.map((word) => word[c]?.[m] ?? 0))),
      );
      const whole = outputs(layer("conv:M=2,C=3,H=7,W=7,R=3,S=3,U=2"), channels(VOLUME), weights);
      expect(outputs(layer("conv:M=2,C=3,H=5,W=5,R=3,S=3,U=2,Z=1"), channels(inner), weights)).to.deep.equal(whole);
      expect(whole.slice(0, 9).map((word) => word + 1)).to.deep.equal([-2, 1, 4, 1, 9, 6, 2, 1, 2]);
    },
  },
  {
    at: "Exercises (Q1) (c) (d), overlapping max pooling and flattening",
    what: "9, 7 / 9, 1 / 9, 6 / 9, 0; row-major over height × width × channel 9 7 9 1 9 6 9 0",
    misprint: "the flattened vector 9 9 9 9 7 1 6 0 is channel-major",
    check: () => {
      const words = outputs(pooled, outputs(volume("relu"), VOLUME, FILTERS, [1, 0]));
      expect(words).to.deep.equal([9, 7, 9, 1, 9, 6, 9, 0]);
      const channelMajor = [0, 1].flatMap((m) => words.filter((_, i) => i % 2 === m));
      expect(channelMajor).to.deep.equal([9, 9, 9, 9, 7, 1, 6, 0]);
    },
  },
  {
    at: "Exercises (Q1) (e), trainable parameters",
    what: "56 + 72 + 18 = 146",
    check: () => {
      const counted = ["conv:M=2,C=3,H=7,W=7,R=3,S=3,U=2", "fc:M=8,C=2,H=2,W=2", "fc:M=2,C=8,H=1,W=1"]
        .map((text) => layer(text))
        .map((on) => parametersOf(on).weights + (outputOf(on.einsum).shape[1] ?? 0));
      expect(counted).to.deep.equal([56, 72, 18]);
      expect(counted.reduce((a, b) => a + b)).to.equal(146);
    },
  },
  {
    at: "Softmax output of the flattened vector",
    what: "0.238915 four times, 0.0323337, 0.0000801472, 0.0118949, 0.0000294845",
    check: () => {
      const found = softmax(real([9, 9, 9, 9, 7, 1, 6, 0]), 8);
      const printed = [
        0.23891544, 0.23891544, 0.23891544, 0.23891544, 0.032333687, 8.0147205e-5, 0.0118949, 2.9484507e-5,
      ];
      printed.forEach((value, i) => {
        expect(found[i]).to.be.closeTo(value, 1e-6 * value);
      });
    },
  },
  {
    at: "Homework Question",
    what: "308 − 498 + 164 + 2 = −24 in the first window of the RGB image",
    check: () => {
      const corner = [
        [156, 155, 153, 154],
        [167, 166, 164, 165],
        [163, 162, 160, 161],
      ].map(([a = 0, b = 0, c = 0, d = 0]) => [0, 0, 0, 0, a, b, 0, c, d]);
      const kernels = [
        [-1, -1, 1, 0, 1, -1, 0, 1, 1],
        [1, 0, 0, 1, -1, -1, 1, 0, -1],
        [0, 1, 1, 0, 1, 0, 1, -1, 1],
      ];
      const channel = layer("conv:M=1,C=1,H=3,W=3,R=3,S=3");
      expect(corner.map((words, c) => outputs(channel, words, kernels[c] ?? [])[0])).to.deep.equal([308, -498, 164]);
      const biased = einsumLayer("O[] += I[c,r] * F[c,r] * B[]", { C: 3, R: 9 }, { start: { tensor: "B" } });
      expect(outputs(biased, corner, kernels, [2])).to.deep.equal([-24]);
    },
  },
  {
    at: "AlexNet, update rule",
    what: "v ← 0.9·v − 0.0005·ε·w − ε·∂L/∂w, w ← w + v",
    check: () => {
      const by = momentum({ rate: 0.01, momentum: 0.9, decay: { l1: 0, l2: 0.0005 } });
      const first = by.update("w", real([2]), real([0.5]), NO_STATE, run);
      const v1 = -0.0005 * 0.01 * 2 - 0.01 * 0.5;
      expectNear(first.weights, [2 + v1], 14);
      const second = by.update("w", first.weights, real([-1]), first.state, run);
      expectNear(second.weights, [2 + v1 + 0.9 * v1 - 0.0005 * 0.01 * (2 + v1) + 0.01], 14);
    },
  },
  {
    at: "VGG Design rules",
    what: "3×3 filters at stride 1 and padding 1 keep the size, 2×2 pools halve it, channels double after a pool",
    check: () => {
      const layers = table("vgg16").filter(({ name }) => name.startsWith("conv"));
      expect(layers.length).to.equal(13);
      for (const { einsum } of layers)
        expect(outputOf(einsum).shape.slice(2)).to.deep.equal(einsum.tensors[0]?.shape.slice(2));
      expect(sizesOf("max-pool:C=64,H=224,W=224,R=2,S=2,U=2")).to.deep.equal([64, 112, 112]);
      expect(table("vgg16").length).to.equal(16);
      expect(table("vgg19").length).to.equal(19);
    },
  },
  {
    at: "GoogLeNet, Conv Ops",
    what: "the six convolutions of an inception module with bottlenecks: 271,351,808",
    misprint: "358M, which counts the 3×3 branch twice",
    check: () => {
      const macs = bottleneckedInception.map((text) => macsOf(layer(text).einsum));
      const total = macs.reduce((a, b) => a + b);
      expect(total).to.equal(271_351_808);
      expect(Math.round((total + (macs[3] ?? 0)) / 1e6)).to.equal(358);
      expect(naiveInception.length).to.equal(3);
    },
  },
  {
    at: "ResNet, bottleneck block",
    what: "1×1 to 28×28×64, 3×3 on 64 maps, 1×1 back to 28×28×256",
    check: () => {
      const block = [
        "conv:M=64,C=256,H=28,W=28,R=1,S=1",
        "conv:M=64,C=64,H=28,W=28,R=3,S=3,Z=1",
        "conv:M=256,C=64,H=28,W=28,R=1,S=1",
      ];
      expect(block.map(sizesOf)).to.deep.equal([
        [64, 28, 28],
        [64, 28, 28],
        [256, 28, 28],
      ]);
    },
  },
  {
    at: "Basic Block ResNet18, 34",
    what: "1 + 4·4 and 1 + 6 + 8 + 12 + 6 convolutions beside the shortcuts, 1.8 and 3.6 G operations",
    check: () => {
      for (const [name, convolutions, giga] of [
        ["resnet18", 17, 1.8],
        ["resnet34", 33, 3.6],
      ] as const) {
        const layers = table(name).flatMap((on) => Array.from({ length: on.repeat }, () => on));
        const main = layers.filter(({ einsum }) => (einsum.tensors[1]?.shape.at(-1) ?? 0) > 1);
        expect(main.length).to.equal(convolutions);
        const macs = layers.reduce((n, { einsum }) => n + macsOf(einsum), 0);
        expect(macs / 1e9).to.be.closeTo(giga, 0.02 * giga);
      }
    },
  },
]);
