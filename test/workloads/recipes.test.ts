import { expect } from "chai";
import {
  activation,
  errorFunction,
  functionNames,
  inputsOf,
  type Layer,
  outputOf,
  parametersOf,
  parseInlineLayer,
  reference,
  slopeOf,
  tensorWords,
  type Values,
} from "../../workloads/index.js";
import { unwrapped } from "./arbitraries.js";

const layersFrom = (argument: string): readonly Layer[] => unwrapped(parseInlineLayer(argument)).layers;

/** Runs the Einsums of a layer one after the other; what one gives is there by its name for the next ones. */
function cooked(argument: string, given: Readonly<Record<string, readonly number[]>>): number[] {
  const values = new Map<string, Values>(Object.entries(given).map(([name, list]) => [name, Float32Array.from(list)]));
  let last: Values = new Float32Array();
  for (const { einsum, name } of layersFrom(argument)) {
    const inputs = inputsOf(einsum).map((tensor) => {
      const found = values.get(tensor.name);
      if (found?.length !== tensorWords(tensor)) throw new Error(`${name} needs ${tensor.name} of ${tensor.shape}`);
      return found;
    });
    last = reference(einsum, inputs);
    values.set(outputOf(einsum).name, last);
  }
  return [...last];
}
function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(found).to.have.length(expected.length);
  found.forEach((value, i) => {
    expect(value).to.be.closeTo(expected[i] ?? Number.NaN, 1e-5);
  });
}
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const at = (values: readonly number[], i: number): number => values[i] ?? Number.NaN;

describe("activations", () => {
  it("give the values of their definitions", () => {
    const values = (name: string, figures = {}): number[] => [-3, -0.5, 0, 0.5, 3].map(activation(name, figures));
    expectClose(values("leaky-relu", { alpha: 0.1 }), [-0.3, -0.05, 0, 0.5, 3]);
    expectClose(values("elu"), [-0.9502129, -0.3934693, 0, 0.5, 3]);
    expectClose(values("selu"), [-1.6705687, -0.6917582, 0, 0.5253505, 3.1521029]);
    expectClose(values("swish"), [-0.1422776, -0.1887703, 0, 0.3112297, 2.8577224]);
    expectClose(values("hard-swish"), [0, -0.2083333, 0, 0.2916667, 3]);
    expectClose(values("hard-sigmoid"), [0, 0.4, 0.5, 0.6, 1]);
    expectClose(values("gelu"), [-0.0040497, -0.1542688, 0, 0.3457312, 2.9959503]);
    expectClose(values("gelu-tanh"), [-0.0036374, -0.154286, 0, 0.345714, 2.9963626]);
    expectClose(values("softplus"), [0.0485874, 0.474077, Math.LN2, 0.974077, 3.0485874]);
    expectClose(values("clip", { alpha: -0.25, beta: 2 }), [-0.25, -0.25, 0, 0.5, 2]);
    expectClose(values("power", { alpha: 2, beta: 7, gamma: 0.5 }), [1, 2.4494897, 2.6457513, 2.8284271, 3.6055513]);
  });
  it("have the error function to many digits", () => {
    for (const [x, erf] of [
      [0.5, 0.5204998778130465],
      [1, 0.8427007929497149],
      [2.4, 0.9993114861033549],
      [2.6, 0.9997639655834707],
      [4, 0.9999999845827421],
    ] as const) {
      expect(errorFunction(x)).to.be.closeTo(erf, 1e-15);
      expect(errorFunction(-x)).to.equal(-errorFunction(x));
    }
  });
});

describe("layers of several Einsums", () => {
  it("share out by softmax, and take its logarithm", () => {
    const inputs = [1, 2, 3, 1000, 1001, 999];
    const shares = [0.0900306, 0.2447285, 0.665241, 0.2447285, 0.665241, 0.0900306];
    expectClose(cooked("softmax:N=2,C=3", { Inputs: inputs }), shares);
    expectClose(cooked("log-softmax:N=2,C=3", { Inputs: inputs }), shares.map(Math.log));
    const Targets = [0, 0, 1, 1, 0, 0];
    const loss = -(Math.log(at(shares, 2)) + Math.log(at(shares, 3))) / 2;
    expectClose(cooked("cross-entropy:N=2,C=3", { Inputs: inputs, Targets }), [loss]);
    expectClose(cooked("nll:N=2,C=3", { Inputs: shares.map(Math.log), Targets }), [loss]);
    expectClose(cooked("quadratic-loss:N=1,C=2", { Inputs: [1, 3], Targets: [0, 1] }), [2.5]);
  });
  it("normalise rows, channels, groups and neighbours", () => {
    const row = [1, 2, 4, 9];
    const mean = sum(row) / 4;
    const deviation = Math.sqrt(sum(row.map((x) => (x - mean) ** 2)) / 4 + 1e-5);
    const normal = row.map((x) => (x - mean) / deviation);
    const Weights = [1, 2, 3, 4];
    const Bias = [0, 0.5, 1, 1.5];
    const expected = normal.map((x, i) => x * at(Weights, i) + at(Bias, i));
    expectClose(cooked("layer-norm:C=4", { Inputs: row, Weights, Bias }), expected);
    expectClose(
      cooked("instance-norm:C=1,H=2,W=2", { Inputs: row, Weights: [2], Bias: [1] }),
      normal.map((x) => 2 * x + 1),
    );
    expectClose(cooked("group-norm:C=4,G=1", { Inputs: row, Weights, Bias }), expected);
    expectClose(cooked("batch-norm:C=2,H=1,W=2", { Inputs: row, Weights: [2, 3], Bias: [1, 0] }), [3, 5, 12, 27]);
    const neighbours = [1 + 4, 1 + 4 + 16, 4 + 16 + 81, 16 + 81].map((s) => (1 + (0.3 / 3) * s) ** -0.75);
    expectClose(
      cooked("lrn:C=4,K=3,alpha=0.3", { Inputs: row }),
      row.map((x, i) => x * at(neighbours, i)),
    );
  });
  it("pool by a norm", () => {
    expectClose(cooked("lp-pool:C=1,H=2,W=4,R=2,S=2,U=2", { Inputs: [1, 2, 0, 3, 4, 2, 4, 0] }), [5, 5]);
    expectClose(cooked("global-lp-pool:C=1,H=2,W=2,p=3", { Inputs: [3, -4, 5, 0] }), [6]);
  });
  it("unpool and upsample", () => {
    const Inputs = [1, 2, 3, 4];
    expectClose(cooked("unpool:C=1,H=2,W=2,U=2", { Inputs }), [1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4, 0, 0, 0, 0, 0]);
    const Mask = [0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0];
    expectClose(
      cooked("max-unpool:C=1,H=2,W=2,U=2", { Inputs, Mask }),
      [0, 1, 0, 0, 0, 0, 0, 2, 3, 0, 0, 0, 0, 0, 4, 0],
    );
    expectClose(
      cooked("upsample-nearest:C=1,H=2,W=2,U=2", { Inputs }),
      [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4],
    );
    const Shares = [1, 0, 0.5, 0.5];
    expectClose(cooked("upsample-linear:C=1,H=2,W=2,U=2", { Inputs, Shares }), [1, 1.5, 2, 2, 2.5, 3, 3, 3.5, 4]);
  });
  it("leave negative values to a trained slope", () => {
    expectClose(cooked("prelu:C=2,W=2", { Inputs: [-1, 2, -3, 4], Weights: [0.5, 0.1] }), [-0.5, 2, -0.3, 4]);
  });
  it("are the cells of recurrent networks", () => {
    const Inputs = [0.5, -1];
    const Hidden = [0.25, 0.75];
    const matrix = (rows: number, seed: number): number[] =>
      Array.from({ length: 2 * rows }, (_, i) => (((i + 1) * seed) % 7) / 7 - 0.4);
    const bias = (rows: number): number[] => Array.from({ length: rows }, (_, i) => i / 10 - 0.2);
    const times = (matrix_: readonly number[], row: number, x: readonly number[]): number =>
      at(matrix_, 2 * row) * at(x, 0) + at(matrix_, 2 * row + 1) * at(x, 1);
    const sigmoid = activation("sigmoid");
    {
      const [Weights, Recurrence, Bias] = [matrix(2, 3), matrix(2, 5), bias(2)];
      const expected = [0, 1].map((h) =>
        Math.tanh(times(Weights, h, Inputs) + times(Recurrence, h, Hidden) + at(Bias, h)),
      );
      expectClose(cooked("rnn:I=2,H=2", { Inputs, Hidden, Weights, Recurrence, Bias }), expected);
    }
    {
      const [Weights, Recurrence, Bias, OldCell] = [matrix(8, 3), matrix(8, 5), bias(8), [0.3, -0.6]];
      const gate = (g: number, h: number): number =>
        times(Weights, 2 * g + h, Inputs) + times(Recurrence, 2 * g + h, Hidden) + at(Bias, 2 * g + h);
      const expected = [0, 1].map((h) => {
        const cell = sigmoid(gate(2, h)) * at(OldCell, h) + sigmoid(gate(0, h)) * Math.tanh(gate(3, h));
        return sigmoid(gate(1, h)) * Math.tanh(cell);
      });
      expectClose(cooked("lstm:I=2,H=2", { Inputs, Hidden, Weights, Recurrence, Bias, OldCell }), expected);
    }
    {
      const [Weights, Recurrence, Bias] = [matrix(6, 3), matrix(6, 5), bias(6)];
      const gate = (g: number, h: number): number =>
        sigmoid(times(Weights, 2 * g + h, Inputs) + times(Recurrence, 2 * g + h, Hidden) + at(Bias, 2 * g + h));
      const reset = [0, 1].map((h) => gate(1, h) * at(Hidden, h));
      const expected = [0, 1].map((h) => {
        const offered = times(Weights, 4 + h, Inputs) + times(Recurrence, 4 + h, reset) + at(Bias, 4 + h);
        return (1 - gate(0, h)) * Math.tanh(offered) + gate(0, h) * at(Hidden, h);
      });
      expectClose(cooked("gru:I=2,H=2", { Inputs, Hidden, Weights, Recurrence, Bias }), expected);
    }
  });
  it("count what is trained", () => {
    const trained = (argument: string): number =>
      sum(layersFrom(argument).map((layer) => parametersOf(layer).weights + parametersOf(layer).biases));
    expect(trained("lstm:I=3,H=5")).to.equal(4 * (5 * 3 + 5 * 5 + 5));
    expect(trained("gru:I=3,H=5")).to.equal(3 * (5 * 3 + 5) + 3 * 25 + 25 + 50);
    expect(trained("layer-norm:C=768")).to.equal(2 * 768);
    expect(trained("softmax:C=10")).to.equal(0);
    expect(trained("add-bias:C=10")).to.equal(10);
  });
});

describe("slopes", () => {
  it("are those of the functions, on both sides of every kink", () => {
    const step = 1e-6;
    for (const name of functionNames)
      for (const x of [-3.3, -1.7, -0.6, 0.4, 1.3, 3.7]) {
        const apply = activation(name);
        if (Number.isNaN(apply(x))) continue;
        const slope = (apply(x + step) - apply(x - step)) / (2 * step);
        expect(slopeOf(name)(x, apply(x)), `${name} at ${x}`).to.be.closeTo(slope, 1e-5);
      }
  });
});
