import { expect } from "chai";
import fc from "fast-check";
import { seeded } from "../../base/index.js";
import {
  activationNames,
  backward,
  builtInWorkload,
  type Einsum,
  type EinsumSetting,
  einsumWithTypes,
  gradients,
  inputsOf,
  type Layer,
  macsOf,
  outputOf,
  printAffine,
  reference,
  tensorWords,
  trainingOf,
  type Values,
} from "../../workloads/index.js";
import { anEinsum, einsumFrom, layerFrom } from "./arbitraries.js";

const printed = ({ tensors, variables }: Einsum): string =>
  tensors.map((tensor) => `${tensor.name}[${tensor.ranks.map((affine) => printAffine(affine, variables))}]`).join(" ");

const layerOf = (einsum: Einsum): Layer => ({
  name: "layer",
  kind: "einsum",
  repeat: 1,
  einsum: einsumWithTypes(einsum, "float64"),
});
const operations = (text: string, bounds: Record<string, number>, operation: EinsumSetting["operation"]): Layer =>
  layerOf(einsumFrom(text, bounds, operation === undefined ? {} : { operation }));

/** Σ dO·O: a loss whose gradient with respect to the output is dO. Words that nothing reaches (−∞) are left out. */
const lossOf = (einsum: Einsum, inputs: readonly Values[], upstream: Values): number =>
  [...reference(einsum, inputs)].reduce(
    (loss, value, i) => loss + (Number.isFinite(value) ? value * (upstream[i] ?? 0) : 0),
    0,
  );

/** The gradient by central differences, one word at a time. */
function byDifferences(
  einsum: Einsum,
  inputs: readonly Values[],
  wanted: number,
  upstream: Values,
  step: number,
): number[] {
  const values = inputs[wanted] ?? new Float64Array();
  return [...values].map((value, word) => {
    const moved = (by: number): number => {
      const copy = Float64Array.from(values);
      copy[word] = value + by;
      return lossOf(einsum, inputs.with(wanted, copy), upstream);
    };
    return (moved(step) - moved(-step)) / (2 * step);
  });
}

/** Values no two of which, nor sums of two of which, are nearer than 2⁻¹⁰ to each other: no choice of a maximum changes by a small step. */
function apart(einsum: Einsum, seed: number): readonly Values[] {
  const random = seeded(seed);
  return inputsOf(einsum).map((tensor, t) => {
    const spacing = (1 + t / 64) / 16;
    const values = Float64Array.from(
      { length: tensorWords(tensor) },
      (_, i) => spacing * (i + 0.5) * (i % 2 === 0 ? 1 : -1),
    );
    for (let i = values.length - 1; i > 0; i--) {
      const j = random.integer(0, i);
      [values[i], values[j]] = [values[j] ?? 0, values[i] ?? 0];
    }
    return values;
  });
}

/** Every gradient of the layer, by its backward layers and by differences. */
function compare(layer: Layer, seed: number, step: number, tolerance: number): void {
  const { einsum } = layer;
  const inputs = apart(einsum, seed);
  const random = seeded(seed + 1);
  const upstream = Float64Array.from({ length: tensorWords(outputOf(einsum)) }, () => random.integer(-8, 8) / 8);
  backward(layer, inputs, upstream).forEach((found, wanted) => {
    const expected = byDifferences(einsum, inputs, wanted, upstream, step);
    expect(found.length).to.equal(expected.length);
    expected.forEach((value, i) => {
      expect(Math.abs((found[i] ?? Number.NaN) - value)).to.be.at.most(tolerance * (1 + Math.abs(value)));
    });
  });
}

describe("gradients", () => {
  it("scatter into the input and slide for the weights of a convolution", () => {
    const [dInputs, dWeights] = gradients(layerFrom("conv:M=4,C=3,H=9,W=9,R=3,S=3,U=2,Z=1"));
    expect(dInputs?.name).to.equal("conv.dInputs");
    expect([dInputs?.pass, dWeights?.pass]).to.deep.equal(["input-gradient", "weight-gradient"]);
    expect(dInputs === undefined ? "" : printed(dInputs.einsum)).to.equal(
      "dOutputs[n,m,p,q] Weights[m,c,r,s] dInputs[n,c,2*p+r-1,2*q+s-1]",
    );
    expect(dWeights === undefined ? "" : printed(dWeights.einsum)).to.equal(
      "Inputs[n,c,2*p+r-1,2*q+s-1] dOutputs[n,m,p,q] dWeights[m,c,r,s]",
    );
    expect(dWeights?.einsum.tensors.map((tensor) => [tensor.alias, tensor.role].join())).to.deep.equal([
      "Inputs,input",
      "Weights,input",
      "Outputs,output",
    ]);
  });

  it("equal finite differences for layers of every operation", () => {
    fc.assert(
      fc.property(anEinsum, fc.nat(), (drawn, seed) => {
        if (macsOf(drawn) <= 2000) compare(layerOf(drawn), seed, 2 ** -13, 1e-8);
      }),
      { numRuns: 80 },
    );
  });

  it("equal finite differences for every kind of layer", () => {
    for (const text of [
      "conv:N=2,M=3,C=2,H=5,W=6,R=3,S=2,U=2,Zt=1,Zl=1",
      "conv:M=4,C=6,G=2,H=5,W=5,R=3,S=3,D=2",
      "depthwise:C=3,H=5,W=5,R=3,S=3,Z=1",
      "conv3d:M=2,C=2,L=3,H=3,W=3,T=2,R=2,S=2",
      "deconv:M=2,C=3,H=3,W=3,R=3,S=3,U=2,Z=1,A=1",
      "fc:N=2,M=4,C=2,H=2,W=2",
      "gemm:M=3,N=4,K=5,B=2",
      "attention-scores:B=2,H=2,M=3,N=3,K=2",
      "attention-context:B=2,H=2,M=3,N=3,K=2",
      "max-pool:N=2,C=2,H=6,W=6,R=2,S=2,U=2",
      "max-pool:C=2,H=5,W=5,R=3,S=3,U=2,Z=1",
      "average-pool:C=2,H=5,W=5,R=3,S=3,U=2,Z=1,divide=window",
      "average-pool:C=2,H=5,W=5,R=3,S=3,U=2,Z=1,divide=inside",
      "global-max-pool:N=2,C=2,H=3,W=3",
      "global-average-pool:N=2,C=2,H=3,W=3",
      "add:C=3,H=2,W=2",
      "multiply:C=3,H=2,W=2",
    ]) {
      const layer = layerFrom(text);
      compare({ ...layer, einsum: einsumWithTypes(layer.einsum, "float64") }, 7, 2 ** -13, 1e-8);
    }
  });

  it("go through activations, divisions by a count and the tensor that the sums start from", () => {
    for (const name of activationNames) {
      const after = { kind: "activation", name } as const;
      compare(operations("O[m,n] += A[m,k] * B[k,n]", { M: 2, N: 3, K: 2 }, { after }), 3, 2 ** -12, 1e-5);
    }
    const scaled = { start: { tensor: "B" }, after: { kind: "scale", by: 0.5 } } as const;
    compare(operations("O[n,m,p] += I[n,c,p+r-1] * F[m,c,r] * B[m]", CONVOLUTION, scaled), 5, 2 ** -13, 1e-8);
    const activated = { start: { tensor: "B" }, after: { kind: "activation", name: "tanh" } } as const;
    compare(operations("O[n,m,p] += I[n,c,p+r-1] * F[m,c,r] * B[m]", CONVOLUTION, activated), 5, 2 ** -12, 1e-5);
  });

  it("route a maximum's gradient to the word that it took, the first of equal ones", () => {
    const layer = operations("O[p] max= I[2*p+r]", { P: 2, R: 2 }, {});
    const [derived] = gradients(layer);
    expect(derived === undefined ? "" : printed(derived.einsum)).to.equal("dO[p] Routes[p,r] dI[2*p+r]");
    const [dI] = backward(layer, [Float64Array.of(3, 3, -1, 2)], Float64Array.of(10, 20));
    expect([...(dI ?? [])]).to.deep.equal([10, 0, 0, 20]);
  });

  it("carry a scale along and keep the sign of a difference", () => {
    const scaled = operations("O[i] = A[i] - B[i]", { I: 2 }, { after: { kind: "scale", by: 0.5 } });
    const [dA, dB] = backward(scaled, [new Float64Array(2), new Float64Array(2)], Float64Array.of(2, 8));
    expect([[...(dA ?? [])], [...(dB ?? [])]]).to.deep.equal([
      [1, 4],
      [-1, -4],
    ]);
  });

  it("do not run over what they do not mention", () => {
    const [dA, dB] = gradients(layerOf(einsumFrom("O[i] += A[i+k] - B[i]", { I: 4, K: 3 })));
    expect(dA?.einsum.bounds).to.deep.equal([4, 3]);
    expect(dB?.einsum.bounds).to.deep.equal([4]);
    expect(dB?.einsum.operation.after).to.deep.equal({ kind: "scale", by: -3 });
  });

  it("triple the operations of a training step", () => {
    const vgg = builtInWorkload("vgg16");
    if (vgg === undefined) throw new Error("no vgg16");
    const layers = trainingOf(vgg).layers.filter(({ einsum }) => einsum.operation.combine === "multiply");
    const first = layers.findIndex((layer) => layer.name === "fc8");
    expect(layers.slice(first, first + 4).map(({ name, pass }) => `${name} ${pass}`)).to.deep.equal([
      "fc8 forward",
      "fc8.dInputs input-gradient",
      "fc8.dWeights weight-gradient",
      "fc7.dInputs input-gradient",
    ]);
    expect(layers.reduce((macs, layer) => macs + macsOf(layer.einsum), 0)).to.equal(3 * 15_470_264_320);
  });
});

const CONVOLUTION = { N: 2, M: 2, C: 2, P: 3, R: 3 };
