import { expect } from "chai";
import fc from "fast-check";
import {
  builtInWorkload,
  type Einsum,
  einsumWithTypes,
  gradients,
  inputsOf,
  type Layer,
  macsOf,
  outputOf,
  printAffine,
  reference,
  seededInputs,
  trainingOf,
  type Values,
} from "../../workloads/index.js";
import { anEinsum, einsumFrom, layerFrom, unwrapped } from "./arbitraries.js";

const printed = ({ tensors, variables }: Einsum): string =>
  tensors.map((tensor) => `${tensor.name}[${tensor.ranks.map((affine) => printAffine(affine, variables))}]`).join(" ");

/** Σ dO·O: a loss whose gradient with respect to the output is dO. */
const lossOf = (einsum: Einsum, inputs: readonly Values[], upstream: Values): number =>
  [...reference(einsum, inputs)].reduce((loss, value, i) => loss + value * (upstream[i] ?? 0), 0);

/** The gradient by central differences, one word at a time. */
function byDifferences(einsum: Einsum, inputs: readonly Values[], wanted: number, upstream: Values): number[] {
  const step = 0.5;
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

/** The gradient by the derived Einsum. */
function byEinsum(derived: Layer, inputs: readonly Values[], wanted: number, upstream: Values): number[] {
  const others = inputs.filter((_, i) => i !== wanted);
  const wants = inputsOf(derived.einsum).length;
  const operands = wants === 1 ? [upstream] : wanted === 0 ? [upstream, ...others] : [...others, upstream];
  return [...reference(derived.einsum, operands)];
}

describe("gradients", () => {
  it("scatter into the input and slide for the weights of a convolution", () => {
    const [dInputs, dWeights] = unwrapped(gradients(layerFrom("conv:M=4,C=3,H=9,W=9,R=3,S=3,U=2,Z=1")));
    expect(dInputs?.name).to.equal("conv.dInputs");
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
  it("equal finite differences for every layer that is a sum of products, sums or differences", () => {
    fc.assert(
      fc.property(anEinsum, fc.integer(), (drawn, seed) => {
        const einsum = einsumWithTypes(drawn, "float64");
        const derived = gradients({ name: "layer", kind: "einsum", repeat: 1, einsum });
        const { combine, reduce } = einsum.operation;
        expect(derived.ok).to.equal((reduce === "add" || reduce === "assign") && combine !== "subtract-square");
        if (!derived.ok || macsOf(einsum) > 3000) return;
        const inputs = seededInputs(einsum, seed);
        const upstream = reference(einsum, seededInputs(einsum, seed + 1));
        derived.value.forEach((layer, wanted) => {
          const expected = byDifferences(einsum, inputs, wanted, upstream);
          const found = byEinsum(layer, inputs, wanted, upstream);
          expect(found.map((value) => value + 0)).to.deep.equal(expected.map((value) => value + 0));
        });
      }),
      { numRuns: 60 },
    );
  });
  it("carry a scale along and keep the sign of a difference", () => {
    const scaled = einsumFrom("O[i] = A[i] - B[i]", { I: 2 }, { operation: { after: { kind: "scale", by: 0.5 } } });
    const [dA, dB] = unwrapped(
      gradients({ name: "difference", kind: "einsum", repeat: 1, einsum: einsumWithTypes(scaled, "float64") }),
    );
    const upstream = Float64Array.of(2, 8);
    expect(dA === undefined ? [] : [...reference(dA.einsum, [upstream])]).to.deep.equal([1, 4]);
    expect(dB === undefined ? [] : [...reference(dB.einsum, [upstream])]).to.deep.equal([-1, -4]);
  });
  it("do not run over what they do not mention", () => {
    const einsum = einsumFrom("O[i] += A[i+k] - B[i]", { I: 4, K: 3 });
    const [dA, dB] = unwrapped(gradients({ name: "sum", kind: "einsum", repeat: 1, einsum }));
    expect(dA?.einsum.bounds).to.deep.equal([4, 3]);
    expect(dB?.einsum.bounds).to.deep.equal([4]);
    expect(dB?.einsum.operation.after).to.deep.equal({ kind: "scale", by: -3 });
  });
  it("are refused where values of the forward pass are needed", () => {
    const result = gradients(layerFrom("max-pool:C=1,H=4,W=4,R=2,S=2"));
    expect(result.ok ? "" : result.errors[0]?.message).to.equal(
      "the gradient of max-pool is not an Einsum by itself: its reduction is max",
    );
  });
  it("triple the operations of a training step", () => {
    const vgg = builtInWorkload("vgg16");
    if (vgg === undefined) throw new Error("no vgg16");
    const { layers } = unwrapped(trainingOf(vgg));
    expect(layers.slice(15, 19).map((layer) => layer.name)).to.deep.equal([
      "fc8",
      "fc8.dInputs",
      "fc8.dWeights",
      "fc7.dInputs",
    ]);
    expect(layers.reduce((macs, layer) => macs + macsOf(layer.einsum), 0)).to.equal(3 * 15_470_264_320);
    for (const { einsum } of layers) expect(outputOf(einsum).role).to.equal("output");
  });
});
