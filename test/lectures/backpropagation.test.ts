import { expect } from "chai";
import {
  activation,
  activationNames,
  backward,
  builtInWorkload,
  crossEntropy,
  type Layer,
  type Loss,
  NO_STATE,
  outputOf,
  parametersOf,
  quadratic,
  type Runner,
  reference,
  seededInputs,
  sgd,
  sigmoidCrossEntropy,
  slopeOf,
  softmax,
  softmaxCrossEntropy,
  tensorWords,
  type Values,
  weightDecay,
} from "../../workloads/index.js";
import { einsumLayer, expectNear, layer, outputs, real, run, worked } from "./lecture.js";

/** Z = W·A + b for a batch, and its activation. */
const dense = (batch: number, from: number, to: number, name: string | null): Layer =>
  einsumLayer(
    "Z[n,j] += A[n,i] * W[j,i] * B[j]",
    { N: batch, I: from, J: to },
    { start: { tensor: "B" }, after: name === null ? null : { kind: "activation", name } },
  );
const plainly: Runner = (on, inputs) => reference(on.einsum, inputs);

/** The sizes of the slides' example: L = 4, s = 3, 5, 5, 4. */
const SIZES = [3, 5, 5, 4];
const BATCH = 3;
const stack = (name: string): readonly Layer[] => SIZES.slice(1).map((to, l) => dense(BATCH, SIZES[l] ?? 0, to, name));
const X = real([0.5, -1, 0.25, 1, 0.75, -0.5, 0, 0.125, 1]);
const Y = real([0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1]);
const parametersFor = (layers: readonly Layer[]): readonly (readonly [Values, Values])[] =>
  layers.map((on, l) => {
    const [, W = X, b = X] = seededInputs(on.einsum, l + 1);
    return [W, b];
  });

interface Pass {
  readonly loss: Loss;
  readonly activations: readonly Values[];
}
function forward(layers: readonly Layer[], parameters: ReturnType<typeof parametersFor>, by: Runner = plainly): Pass {
  const activations: Values[] = [X];
  for (const [l, on] of layers.entries()) {
    const [W = X, b = X] = parameters[l] ?? [];
    activations.push(by(on, [activations.at(-1) ?? X, W, b]));
  }
  return { loss: quadratic(activations.at(-1) ?? X, Y, 4), activations };
}

/** The derivative of the loss by one number, by central differences. */
function slopeBy(lossOf: (change: number) => number): number {
  const step = 2 ** -14;
  return (lossOf(step) - lossOf(-step)) / (2 * step);
}

worked("backpropagation", [
  {
    at: "Artificial neurons (perceptron)",
    what: "fires from Σ w·x = θ on: a threshold is a bias of −θ",
    check: () => {
      const sums = outputs(dense(3, 2, 1, null), [0, 1, 1, 0, 1, 1], [0.5, 0.75], [-0.75]);
      expect(sums.map((sum) => (sum >= 0 ? 1 : 0))).to.deep.equal([1, 0, 1]);
    },
  },
  {
    at: "Logistic unit: decision boundary",
    what: "w = (1, 1), b = −3: class 1 from x₁ + x₂ = 3 on",
    misprint: "the exponent is −(wᵀx + b), not −wᵀx + b",
    check: () => {
      const on = dense(4, 2, 1, "sigmoid");
      const points = [
        [1, 1],
        [1.5, 1.5],
        [2, 2],
        [3, 0],
      ];
      const h = outputs(on, points, [1, 1], [-3]);
      expect(h.map((p) => p >= 0.5)).to.deep.equal([false, true, true, true]);
      expect(h[1]).to.equal(0.5);
      expect(1 / (1 + Math.exp(-(1.5 + 1.5) + -3))).to.be.above(0.99);
    },
  },
  {
    at: "Recall: Logistic regression",
    what: "the cross-entropy of a logistic unit",
    check: () => {
      const scores = real([-1, 0, 2]);
      const labels = real([0, 1, 1]);
      const byHand = [...scores].reduce((sum, s, i) => {
        const h = 1 / (1 + Math.exp(-s));
        return sum - ((labels[i] ?? 0) * Math.log(h) + (1 - (labels[i] ?? 0)) * Math.log(1 - h));
      }, 0);
      expect(3 * sigmoidCrossEntropy(scores, labels, 1).value).to.be.closeTo(byHand, 1e-12);
    },
  },
  {
    at: "We just built our first neural network!",
    what: "three logistic units: a sigmoid of their sum is never below ½, a logistic unit of them tells both classes",
    misprint:
      "the titles give other weights (w=[-10,1], w=[10,10,10]) than the code's −10·x1 + x2 and 10·(h1+h2+h3) − 1",
    check: () => {
      const points = [
        [4, 4],
        [4, -4],
        [-4, 0],
        [0, 0],
        [-10, 10],
      ];
      const h = outputs(dense(5, 2, 3, "sigmoid"), points, [10, 10, 10, -10, -10, 1], [-30, -30, -3]);
      const sums = [0, 1, 2, 3, 4].map((n) => h.slice(3 * n, 3 * n + 3).reduce((a, b) => a + b));
      for (const sum of sums) expect(activation("sigmoid")(sum)).to.be.at.least(0.5);
      const unit = outputs(dense(5, 3, 1, "sigmoid"), h, [10, 10, 10], [-1]);
      expect(unit.map((p) => p >= 0.5)).to.deep.equal([true, true, true, false, true]);
    },
  },
  {
    at: "Forward propagation",
    what: "three inputs, three hidden units, one output, by inner products",
    check: () => {
      const [W1, b1, W2] = [
        [1, 0, -1, 0.5, 0.5, 0, 0, 2, 1],
        [0, -1, 0.5],
        [1, -1, 0.5],
      ];
      const a2 = outputs(dense(1, 3, 3, "sigmoid"), [1, 2, 3], W1, b1);
      const sigma = (z: number): number => 1 / (1 + Math.exp(-z));
      expectNear(a2, [sigma(-2), sigma(0.5), sigma(7.5)], 12);
      const [y] = outputs(dense(1, 3, 1, "sigmoid"), a2, W2, [0.25]);
      expect(y).to.be.closeTo(sigma((a2[0] ?? 0) - (a2[1] ?? 0) + 0.5 * (a2[2] ?? 0) + 0.25), 1e-12);
    },
  },
  {
    at: "Multi-class classification (K ≥ 3)",
    what: "softmax: probabilities that add up to 1, and two classes of it are a logistic unit",
    check: () => {
      const [first = 0, ...others] = softmax(real([1.5, -0.5, 0, 2]), 4);
      expect(others.reduce((a, b) => a + b, first)).to.be.closeTo(1, 1e-15);
      expect(softmax(real([1.7, 0.4]), 2)[0]).to.be.closeTo(activation("sigmoid")(1.3), 1e-15);
    },
  },
  {
    at: "Loss functions",
    what: "the cross-entropy rewards the right class only; with (1 − y)·log(1 − h) every class counts",
    check: () => {
      const probabilities = real([0.7, 0.1, 0.2]);
      expect(crossEntropy(probabilities, real([1, 0, 0]), 3).value).to.be.closeTo(-Math.log(0.7), 1e-15);
      const scores = probabilities.map((p) => Math.log(p / (1 - p)));
      const all = -(Math.log(0.7) + Math.log(0.9) + Math.log(0.8));
      expect(sigmoidCrossEntropy(scores, real([1, 0, 0]), 3).value).to.be.closeTo(all, 1e-12);
    },
  },
  {
    at: "Side-note: Multi-label classification",
    what: "a sigmoid for each label by itself: the probabilities need not add up to 1",
    check: () => {
      const { value, gradient } = sigmoidCrossEntropy(real([2, 2]), real([1, 1]), 2);
      expect(value).to.be.closeTo(-2 * Math.log(activation("sigmoid")(2)), 1e-12);
      expectNear(gradient, [-0.119203, -0.119203], 6);
    },
  },
  {
    at: "Gradient computation",
    what: "the quadratic loss ½·1/n·Σ(h − y)²",
    check: () => {
      const { value, gradient } = quadratic(real([0.5, 0.25, 1, 0]), real([1, 0, 1, 1]), 2);
      expect(value).to.be.closeTo((0.25 + 0.0625 + 0 + 1) / 4, 1e-15);
      expect([...gradient]).to.deep.equal([-0.25, 0.125, 0, -0.5]);
    },
  },
  {
    at: "Notation",
    what: "L = 4, s = 3, 5, 5, 4: W is 5×3, 5×5, 4×5, b has 5, 5, 4 words",
    check: () => {
      const sizes = stack("sigmoid").map(({ einsum }) => einsum.tensors.slice(1, 3).map(({ shape }) => shape));
      expect(sizes).to.deep.equal([
        [[5, 3], [5]],
        [[5, 5], [5]],
        [[4, 5], [4]],
      ]);
    },
  },
  {
    at: "Backpropagation algorithm",
    what: "δ from the last layer to the first; ∂J/∂W = a·δ and ∂J/∂b = δ, averaged over the batch; the machine runs all of it",
    check: () => {
      const layers = stack("sigmoid");
      const parameters = parametersFor(layers);
      const { loss, activations } = forward(layers, parameters, run);
      let upstream: Values = loss.gradient;
      for (const [l, on] of [...layers.entries()].toReversed()) {
        const [W = X, b = X] = parameters[l] ?? [];
        const [dA = X, ...found] = backward(on, [activations[l] ?? X, W, b], upstream, run);
        found.forEach((gradient, part) => {
          gradient.forEach((slope, i) => {
            const lossOf = (change: number): number => {
              const moved = parameters.map((pair, k) =>
                k === l
                  ? ([0, 1].map((j) =>
                      j === part ? (pair[j] ?? X).with(i, (pair[j]?.[i] ?? 0) + change) : pair[j],
                    ) as [Values, Values])
                  : pair,
              );
              return forward(layers, moved).loss.value;
            };
            expect(slope).to.be.closeTo(slopeBy(lossOf), 1e-7);
          });
        });
        upstream = dA;
      }
    },
  },
  {
    at: "Second step: Backpropagation",
    what: "δ = (a − y) ⊙ σ′(z) at the last layer and Wᵀδ ⊙ σ′(z) before it; σ′ = a·(1 − a)",
    check: () => {
      const layers = stack("sigmoid");
      const parameters = parametersFor(layers);
      const { activations } = forward(layers, parameters);
      const [, , a3 = X, a4 = X] = activations;
      const delta4 = a4.map((a, i) => (a - (Y[i] ?? 0)) * a * (1 - a));
      const [W3 = X] = parameters[2] ?? [];
      const delta3 = a3.map((a, i) => {
        const [n, unit] = [Math.floor(i / 5), i % 5];
        let sum = 0;
        for (let k = 0; k < 4; k++) sum += (W3[k * 5 + unit] ?? 0) * (delta4[n * 4 + k] ?? 0);
        return sum * a * (1 - a);
      });
      const [last, before] = [layers[2], layers[1]];
      if (last === undefined || before === undefined) throw new Error("three layers");
      const upstream = a4.map((a, i) => a - (Y[i] ?? 0));
      const [dA3 = X, , db3 = X] = backward(last, [a3, W3, parameters[2]?.[1] ?? X], upstream);
      const [, , db2 = X] = backward(before, [activations[1] ?? X, ...(parameters[1] ?? [])], dA3);
      const overBatch = (delta: Values, units: number): number[] =>
        Array.from({ length: units }, (_, k) => [0, 1, 2].reduce((sum, n) => sum + (delta[n * units + k] ?? 0), 0));
      expectNear(db3, overBatch(delta4, 4), 12);
      expectNear(db2, overBatch(delta3, 5), 12);
    },
  },
  {
    at: "Backpropagation algorithm, parameter update",
    what: "W − α·∂J/∂W for every weight",
    check: () => {
      const { weights } = sgd({ rate: 0.1 }).update("W", real([1, 2]), real([0.5, -1]), NO_STATE, run);
      expectNear(weights, [0.95, 2.1], 12);
    },
  },
  {
    at: "Saturation",
    what: "σ′(z) ≈ 0 where |z| is large, and with it every gradient of the unit",
    check: () => {
      const on = dense(1, 2, 1, "sigmoid");
      const slopes = (w: number): readonly number[] => {
        const [, dW = X] = backward(on, [real([1, 1]), real([w, w]), real([0])], real([1]), run);
        return [...dW];
      };
      expectNear(slopes(0), [0.25, 0.25], 12);
      for (const w of [10, -10]) expect(Math.max(...slopes(w).map(Math.abs))).to.be.below(1e-8);
    },
  },
  {
    at: "Other activation functions",
    what: "the equations hold for every activation",
    check: () => {
      for (const name of activationNames) {
        const layers = stack(name);
        const parameters = parametersFor(layers);
        const { loss, activations } = forward(layers, parameters);
        const last = layers[2];
        if (last === undefined) throw new Error("three layers");
        const [W = X, b = X] = parameters[2] ?? [];
        const [, dW = X] = backward(last, [activations[2] ?? X, W, b], loss.gradient);
        dW.forEach((slope, i) => {
          const lossOf = (change: number): number =>
            quadratic(reference(last.einsum, [activations[2] ?? X, W.with(i, (W[i] ?? 0) + change), b]), Y, 4).value;
          expect(slope, name).to.be.closeTo(slopeBy(lossOf), 1e-5);
        });
      }
    },
  },
  {
    at: "Examples of activation functions, Maxout",
    what: "max(w₁ᵀx + b₁, w₂ᵀx + b₂); the gradient goes to the larger",
    check: () => {
      const sums = dense(1, 3, 2, null);
      const inputs: readonly Values[] = [real([1, -1, 2]), real([1, 1, 1, -1, 0, 2]), real([0.5, -0.5])];
      const z = run(sums, inputs);
      expect([...z]).to.deep.equal([2.5, 2.5]);
      const maxout = einsumLayer("O[n] max= Z[n,j]", { N: 1, J: 2 });
      const other = z.with(1, 3);
      expect([...run(maxout, [other])]).to.deep.equal([3]);
      expect([...(backward(maxout, [other], real([7]), run)[0] ?? [])]).to.deep.equal([0, 7]);
    },
  },
  {
    at: "Vanishing gradient problem",
    what: "each sigmoid multiplies a gradient by at most ¼",
    check: () => {
      let largest = 0;
      for (let x = -6; x <= 6; x += 0.25) largest = Math.max(largest, slopeOf("sigmoid")(x, activation("sigmoid")(x)));
      expect(largest).to.equal(0.25);
    },
  },
  {
    at: "Model size",
    what: "784-30-30-10: 24,790 parameters",
    check: () => {
      const layers = builtInWorkload("mlp-784-30-30-10")?.layers ?? [];
      const counted = layers.map(parametersOf);
      expect(counted).to.deep.equal([
        { weights: 30 * 784, biases: 30 },
        { weights: 30 * 30, biases: 30 },
        { weights: 10 * 30, biases: 10 },
      ]);
      expect(counted.reduce((n, { weights, biases }) => n + weights + biases, 0)).to.equal(24_790);
    },
  },
  {
    at: "L2 regularization (weight decay)",
    what: "λ / 2n · Σw² adds λ / n · w to the gradient",
    misprint: "λ·W, without ÷ n",
    check: () => {
      const [lambda, n] = [0.5, 4];
      const weights = real([1, -2, 3]);
      const { value, gradient } = weightDecay(weights, { l1: 0, l2: lambda / n });
      expect(value).to.be.closeTo((lambda / (2 * n)) * 14, 1e-15);
      expectNear(gradient, [0.125, -0.25, 0.375], 12);
      const lossOf = (change: number): number =>
        weightDecay(weights.with(1, -2 + change), { l1: 0, l2: lambda / n }).value;
      expect(slopeBy(lossOf)).to.be.closeTo(-0.25, 1e-9);
      expect(lambda * -2).to.not.be.closeTo(slopeBy(lossOf), 0.1);
    },
  },
  {
    at: "Computational graphs, Example",
    what: "f = (x + y)·z at x = −2, y = 5, z = −4: f = −12, its gradients −4, −4 and 3",
    misprint: "z = 4",
    check: () => {
      const add = einsumLayer("Q[] = X[] + Y[]", {});
      const multiply = einsumLayer("F[] = Q[] * Z[]", {});
      const [x, y, z] = [real([-2]), real([5]), real([-4])];
      const q = run(add, [x, y]);
      expect([...run(multiply, [q, z])]).to.deep.equal([-12]);
      const [dQ = x, dZ = x] = backward(multiply, [q, z], real([1]), run);
      const [dX = x, dY = x] = backward(add, [x, y], dQ, run);
      expect([dQ[0], dZ[0], dX[0], dY[0]]).to.deep.equal([-4, 3, -4, -4]);
    },
  },
  {
    at: "Example: Logistic unit",
    what: "∂L/∂w = ∂L/∂σ · σ(z)·(1 − σ(z)) · x",
    check: () => {
      const on = dense(1, 3, 1, "sigmoid");
      const [x, w, b] = [real([1, -2, 0.5]), real([0.3, 0.1, -0.4]), real([0.2])];
      const s = 1 / (1 + Math.exp(-(0.3 - 0.2 - 0.2 + 0.2)));
      const [dX = x, dW = x, dB = x] = backward(on, [x, w, b], real([2]), run);
      expectNear(
        dW,
        [...x].map((value) => 2 * s * (1 - s) * value),
        12,
      );
      expectNear(
        dX,
        [...w].map((value) => 2 * s * (1 - s) * value),
        12,
      );
      expectNear(dB, [2 * s * (1 - s)], 12);
    },
  },
  {
    at: "Example: Backpropagation for convolution",
    what: "∂L/∂F is a convolution of X with ∂L/∂O, ∂L/∂X a full convolution with the filter turned by 180°",
    check: () => {
      const conv = layer("conv:M=1,C=1,H=4,W=5,R=2,S=3", "float64");
      const [x = X, f = X] = seededInputs(conv.einsum, 9);
      const upstream = real(Array.from({ length: tensorWords(outputOf(conv.einsum)) }, (_, i) => (i % 5) - 2));
      const [dX = x, dF = x] = backward(conv, [x, f], upstream, run);
      const byConvolution = run(layer("conv:M=1,C=1,H=4,W=5,R=3,S=3", "float64"), [x, upstream]);
      expect([...dF]).to.deep.equal([...byConvolution]);
      const full = layer("conv:M=1,C=1,H=3,W=3,R=2,S=3,Zt=1,Zb=1,Zl=2,Zr=2", "float64");
      expect([...dX]).to.deep.equal([...run(full, [upstream, f.toReversed()])]);
    },
  },
  {
    at: "Stochastic Gradient Descent (SGD)",
    what: "the gradient of a batch is the mean of its examples'",
    check: () => {
      const scores = real([1, 0, -1, 0.5, 0.5, 2]);
      const targets = real([0, 1, 0, 1, 0, 0]);
      const batch = softmaxCrossEntropy(scores, targets, 3);
      const single = [0, 3].map((i) => softmaxCrossEntropy(scores.slice(i, i + 3), targets.slice(i, i + 3), 3));
      expect(batch.value).to.be.closeTo(((single[0]?.value ?? 0) + (single[1]?.value ?? 0)) / 2, 1e-15);
      expectNear(
        batch.gradient,
        single.flatMap(({ gradient }) => [...gradient].map((slope) => slope / 2)),
        14,
      );
    },
  },
]);
