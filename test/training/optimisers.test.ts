import { expect } from "chai";
import { adam, momentum, NO_STATE, type Optimiser, type Runner, reference, sgd } from "../../workloads/index.js";

const run: Runner = (layer, inputs) => reference(layer.einsum, inputs);
const WEIGHTS = Float64Array.of(0.5, -0.25, 2);
const GRADIENTS = [Float64Array.of(0.1, -0.4, 0), Float64Array.of(-0.3, 0.2, 1), Float64Array.of(0.05, 0.6, -2)];
const RATE = 0.01;

/** The weights after a step for each gradient. */
function descend(optimiser: Optimiser): readonly number[] {
  let [weights, state] = [WEIGHTS as Float64Array | Float32Array | Int32Array, NO_STATE];
  for (const gradient of GRADIENTS) ({ weights, state } = optimiser.update("w", weights, gradient, state, run));
  return [...weights];
}

function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(found.length).to.equal(expected.length);
  expected.forEach((value, i) => {
    expect(found[i]).to.be.closeTo(value, 1e-15);
  });
}

/** One weight after a step for each gradient, by the update of one number. */
const oneByOne = (stepOf: () => (w: number, g: number) => number): readonly number[] =>
  [...WEIGHTS].map((weight, i) => {
    const step = stepOf();
    return GRADIENTS.reduce((w, gradient) => step(w, gradient[i] ?? 0), weight);
  });

describe("optimisers", () => {
  it("go down the gradient, with weight decay", () => {
    const decay = { l1: 0.02, l2: 0.03 };
    expectClose(
      descend(sgd({ rate: RATE, decay })),
      oneByOne(() => (w, g) => w - RATE * (g + 0.02 * Math.sign(w) + 0.03 * w)),
    );
  });

  it("gather momentum as AlexNet did: v ← 0.9 v − 0.0005 ε w − ε g", () => {
    expectClose(
      descend(momentum({ rate: RATE, momentum: 0.9, decay: { l1: 0, l2: 0.0005 } })),
      oneByOne(() => {
        let v = 0;
        return (w, g) => {
          v = 0.9 * v - 0.0005 * RATE * w - RATE * g;
          return w + v;
        };
      }),
    );
  });

  it("scale by moments as Adam does, the first step by the rate whatever the gradient's size", () => {
    expectClose(
      descend(adam({ rate: RATE, decay: { l1: 0.1, l2: 0.2 } })),
      oneByOne(() => {
        let [m, v, t] = [0, 0, 0];
        return (w, gradient) => {
          const g = gradient + 0.1 * Math.sign(w) + 0.2 * w;
          t++;
          m = 0.9 * m + 0.1 * g;
          v = 0.999 * v + 0.001 * g * g;
          return w - (RATE * (m / (1 - 0.9 ** t))) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8);
        };
      }),
    );
    const { weights } = adam({ rate: RATE }).update("w", WEIGHTS, Float64Array.of(1e3, -1e-3, 7), NO_STATE, run);
    expect(weights[0]).to.be.closeTo(0.49, 1e-7);
    expect(weights[1]).to.be.closeTo(-0.24, 1e-6);
  });

  it("run their linear combinations as Einsums, named after the tensor", () => {
    const names: string[] = [];
    const noting: Runner = (layer, inputs) => {
      names.push(`${layer.name} ${layer.einsum.bounds}`);
      return run(layer, inputs);
    };
    momentum({ rate: RATE, momentum: 0.9 }).update("fc.update", WEIGHTS, WEIGHTS, NO_STATE, noting);
    expect(names).to.deep.equal(["fc.update.velocity 3,3", "fc.update 3,2"]);
  });
});
