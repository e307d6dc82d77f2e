import { expect } from "chai";
import fc from "fast-check";
import { parseEinsum, printEinsum, summaryOf } from "../../workloads/index.js";
import { anEinsum, layerFrom, unwrapped } from "./arbitraries.js";

describe("printEinsum", () => {
  it("writes the text form, constants filled in", () => {
    expect(printEinsum(layerFrom("conv:M=4,C=3,H=9,W=9,R=3,S=3,U=2,D=2,Z=1").einsum)).to.equal(
      "Outputs[n,m,p,q] += Inputs[n,c,2*p+2*r-1,2*q+2*s-1] * Weights[m,c,r,s]",
    );
    expect(printEinsum(layerFrom("max-pool:C=3,H=9,W=9,R=3,S=3").einsum)).to.equal(
      "Outputs[n,c,p,q] max= Inputs[n,c,p+r,q+s]",
    );
  });
  it("is read back as the same Einsum", () => {
    fc.assert(
      fc.property(anEinsum, (einsum) => {
        const bounds = new Map(einsum.variables.map((variable, i) => [variable.toUpperCase(), einsum.bounds[i] ?? 0]));
        const shapes = new Map(einsum.tensors.map((tensor) => [tensor.name, tensor.shape]));
        const again = unwrapped(parseEinsum(printEinsum(einsum), { bounds, shapes }, { file: "test", path: "" }));
        expect(printEinsum(again)).to.equal(printEinsum(einsum));
        expect(new Set(again.variables)).to.deep.equal(new Set(einsum.variables));
        expect(again.tensors.map((tensor) => tensor.shape)).to.deep.equal(einsum.tensors.map((tensor) => tensor.shape));
        expect(again.operation).to.deep.equal(einsum.operation);
      }),
    );
  });
  it("goes with a summary of the layer", () => {
    expect(summaryOf(layerFrom("conv:M=64,C=3,H=224,W=224,R=7,S=7,U=2,Z=3"))).to.deep.equal({
      name: "conv",
      kind: "conv",
      shapes: ["Inputs 1x3x224x224", "Weights 64x3x7x7", "Outputs 1x64x112x112"],
      macs: 118_013_952,
      weights: 9408,
      biases: 0,
      inputWords: 150_528,
      outputWords: 802_816,
      repeat: 1,
    });
  });
});
